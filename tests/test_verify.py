"""Verifying and inspecting: spec/credential.md, section 12."""

from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forging import AT, DAY, GREEN, ISSUER, KEY, NOW, REGISTRY, claims, issued, judged, signed
from healthpass import (
    CannotJudgeError,
    Color,
    HealthCode,
    HealthpassError,
    PresentationError,
    PublicKey,
    Registry,
    SigningKey,
    StatusPlace,
    UntrustedError,
    ValidityError,
    Verdict,
    VerificationError,
    Verifier,
    inspect_unverified,
    verify,
)
from healthpass.codec import _text
from healthpass.words._limits import PUBLISHED_KEYS

OTHER = SigningKey.from_seed(bytes(range(50, 82)))
PHONE = SigningKey.from_seed(bytes(range(60, 92))).public_key
SECOND = timedelta(seconds=1)


def code(text: str, **options: Any) -> Verdict:
    """Return the verdict on a text."""
    with pytest.raises(VerificationError) as caught:
        judged(text, **options)
    return caught.value.verdict


class TestKey:
    def test_an_unknown_key(self) -> None:
        """A code of a key that nobody trusts is unknown-key, even with a good signature."""
        with pytest.raises(UntrustedError, match=OTHER.public_key.kid.hex()) as caught:
            judged(signed(cbor2.dumps(claims()), key=OTHER))
        assert caught.value.verdict == "unknown-key"
        assert code(issued(), registry=Registry.pinned({})) == "unknown-key"

    def test_another_issuers_name(self) -> None:
        """A trusted key that signs in another's name is issuer-mismatch."""
        assert code(signed(cbor2.dumps(claims(iss="CN-31.WJW")))) == "issuer-mismatch"
        assert code(signed(cbor2.dumps(claims(iss="CN-33-01")))) == "issuer-mismatch"

    def test_keys_with_one_kid_are_all_tried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A kid finds keys and proves nothing: with a collision, the key that verifies counts, among four."""
        monkeypatch.setattr(PublicKey, "kid", KEY.public_key.kid)
        made = (SigningKey.from_seed(bytes([seed]) * 32).public_key for seed in range(1, 256))
        others = [key for key in made if key.to_bytes() < KEY.public_key.to_bytes()][:4]
        keys = {f"CN-{seed}": [key] for seed, key in enumerate(others[:3], 11)}
        assert judged(issued(), registry=Registry.pinned({**keys, ISSUER: [KEY.public_key]})).issuer.id == ISSUER
        assert code(issued(), registry=Registry.pinned(keys)) == "bad-signature"
        crowded = {**keys, "CN-50": [others[3]], ISSUER: [KEY.public_key]}
        assert code(issued(), registry=Registry.pinned(crowded)) == "bad-signature"


class TestSignature:
    def test_every_flipped_bit_of_the_credential(self) -> None:
        """A typical credential with any one bit flipped is never valid, and the verdict is one of three."""
        sound = _text.decode(
            issued(HealthCode(color=Color.GREEN, holder="张*丰", binding=bytes(16))), _text.CREDENTIAL
        )[1]
        verdicts = set()
        for bit in range(len(sound) * 8):
            flipped = bytearray(sound)
            flipped[bit // 8] ^= 1 << bit % 8
            verdicts.add(code(_text.encode(_text.CREDENTIAL, bytes(flipped))))
        assert verdicts == {"malformed-envelope", "unknown-key", "bad-signature"}

    def test_every_truncation_of_the_text(self) -> None:
        """A text that is cut anywhere is never valid."""
        text = issued()
        for end in range(len(text)):
            assert code(text[:end]) in {"malformed-text", "malformed-envelope"}

    def test_every_character_changed(self) -> None:
        """A text with any one character replaced by any other of the alphabet is never valid."""
        text = issued()
        for position in range(4, len(text)):
            for character in "0A:":
                if character != text[position]:
                    code(text[:position] + character + text[position + 1 :])

    def test_nothing_is_decoded_before_the_signature_holds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An attacker's payload never reaches the CBOR decoder."""
        monkeypatch.setattr(cbor2, "loads", lambda *_, **__: pytest.fail("decoded"))
        forged = bytearray(_text.decode(issued(), _text.CREDENTIAL)[1])
        forged[-1] ^= 1
        assert code(_text.encode(_text.CREDENTIAL, bytes(forged))) == "bad-signature"


class TestTime:
    @pytest.mark.parametrize(
        ("at", "skew", "expected"),
        [
            (AT, 60, "valid"),
            (AT - 60, 60, "valid"),
            (AT - 61, 60, "not-yet-valid"),
            (AT - 1, 0, "not-yet-valid"),
            (AT, 0, "valid"),
            (AT - 300, 300, "valid"),
            (AT - 301, 300, "not-yet-valid"),
            (AT + 86399, 60, "valid"),
            (AT + 86400, 60, "expired"),
            (AT + 86400, 300, "expired"),
            (0, 60, "not-yet-valid"),
        ],
    )
    def test_the_bounds(self, at: int, skew: int, expected: str) -> None:
        """A code is valid from nbf - skew until exp, exp excluded and without skew."""
        moment = NOW + (at - AT) * SECOND
        if expected == "valid":
            assert judged(issued(), at=moment, skew=timedelta(seconds=skew)).valid_from == NOW
        else:
            assert code(issued(), at=moment, skew=timedelta(seconds=skew)) == expected

    def test_a_fraction_of_a_second_before_the_end(self) -> None:
        """A code is valid until its very end."""
        assert judged(issued(), at=NOW + DAY - timedelta(microseconds=1)).health == GREEN

    def test_the_clock_is_read_without_at(self) -> None:
        """Without a time, the time is now."""
        assert verify(issued(at=None), registry=REGISTRY).health == GREEN
        with pytest.raises(ValidityError):
            verify(issued(at=NOW.replace(year=2020)), registry=REGISTRY)


class TestWaiving:
    def test_a_status_cannot_be_looked_up(self) -> None:
        """A code with a status is status-unknown, and cannot be judged, until that is waived by name."""
        text = issued(HealthCode(color=Color.GREEN, status=StatusPlace(0, 0)))
        with pytest.raises(CannotJudgeError) as caught:
            judged(text)
        assert caught.value.verdict == "status-unknown"
        assert caught.value.verdict.outcome == "cannot judge"
        assert judged(text, waive={"status-unknown"}).waived == {"status-unknown"}

    def test_a_device_key_demands_a_presentation(self) -> None:
        """A code with a device key that is shown bare is presentation-required, until that is waived by name."""
        text = issued(holder_key=PHONE)
        with pytest.raises(PresentationError) as caught:
            judged(text)
        assert caught.value.verdict == "presentation-required"
        verified = judged(text, waive=[Verdict.PRESENTATION_REQUIRED, "clock-suspect"])
        assert verified.waived == {"presentation-required"}

    def test_status_comes_before_presentation(self) -> None:
        """A code that would fail both steps fails the first that is not waived."""
        text = issued(HealthCode(color=Color.GREEN, status=StatusPlace(0, 0)), holder_key=PHONE)
        assert code(text) == "status-unknown"
        assert code(text, waive={"presentation-required"}) == "status-unknown"
        assert code(text, waive={"status-unknown"}) == "presentation-required"
        assert len(judged(text, waive={"status-unknown", "presentation-required"}).waived) == 2

    def test_nothing_is_waived_that_does_not_strike(self) -> None:
        """Waiving what does not strike leaves no trace."""
        assert judged(issued(), waive={"status-unknown"}).waived == frozenset()

    @pytest.mark.parametrize("verdict", sorted(set(Verdict) - {v for v in Verdict if v.waivable}))
    def test_nothing_else_can_be_waived(self, verdict: str) -> None:
        """Exactly four verdicts can be waived."""
        with pytest.raises(
            ValueError, match="clock-suspect, presentation-required, registry-stale, status-unknown"
        ):
            judged(issued(), waive={verdict})


class TestArguments:
    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"registry": None}, TypeError, "must be a Registry"),
            ({"registry": {ISSUER: [KEY.public_key]}}, TypeError, "must be a Registry"),
            ({"at": NOW.replace(tzinfo=None)}, ValueError, "time zone"),
            ({"at": AT}, TypeError, "must be a datetime"),
            ({"at": datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)}, ValueError, "from 1970 to 9998"),
            ({"at": datetime(9999, 1, 1, tzinfo=UTC)}, ValueError, "from 1970 to 9998"),
            ({"skew": timedelta(seconds=-1)}, ValueError, "0 to 300"),
            ({"skew": timedelta(seconds=301)}, ValueError, "0 to 300"),
            ({"skew": 60}, TypeError, "must be a timedelta"),
            ({"skew": 1.5}, TypeError, "must be a timedelta"),
            ({"waive": "expired"}, TypeError, "not one str"),
            ({"waive": {"expired"}}, ValueError, "can be waived"),
        ],
    )
    def test_say_what_was_expected(self, options: dict[str, Any], error: type[Exception], message: str) -> None:
        """A wrong argument is the caller's error, not a verdict."""
        with pytest.raises(error, match=message):
            judged(issued(), **options)

    @pytest.mark.parametrize("text", [None, b"HP1:", 1, ["HP1:"]])
    def test_the_text_is_a_str(self, text: Any) -> None:
        """Bytes are not guessed to be text."""
        for function in (judged, inspect_unverified):
            with pytest.raises(TypeError, match="text must be a str"):
                function(text)


class TestHostile:
    @settings(max_examples=500)
    @given(
        st.text(max_size=400)
        | st.text("HP1:ABC %", max_size=3000)
        | st.binary(max_size=1100).map(lambda data: _text.encode("HP1:", data))
    )
    def test_any_text_ends_in_a_verdict(self, text: str) -> None:
        """Whatever the text, the answer is a verdict, and no other exception."""
        assert code(text) in set(Verdict)

    @settings(max_examples=500)
    @given(st.binary(min_size=24, max_size=900))
    def test_any_signed_payload_ends_in_a_verdict(self, payload: bytes) -> None:
        """Whatever a registered issuer signs, the answer is a verdict, and no other exception."""
        assert code(signed(payload)) in {"malformed-payload", "malformed-claims"}

    @settings(max_examples=300)
    @given(st.data())
    def test_a_mutated_payload_that_is_signed(self, data: st.DataObject) -> None:
        """An honest payload with bytes changed, signed again, is judged; whatever is valid reads back the same."""
        payload = bytearray(
            inspect_unverified(issued(HealthCode(color=Color.RED, reason=3, status=StatusPlace(1, 2)))).payload
        )
        for _ in range(data.draw(st.integers(1, 3))):
            payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
        try:
            judged(signed(bytes(payload)), waive={"status-unknown"})
        except VerificationError as error:
            assert error.verdict in set(Verdict)

    def test_no_error_carries_a_claim(self) -> None:
        """An expired code's error shows nothing of the code."""
        text = issued(HealthCode(color=Color.RED, reason=3, holder="张*丰"))
        with pytest.raises(ValidityError) as caught:
            judged(text, at=NOW + 2 * DAY)
        shown = f"{caught.value} {caught.value!r} {vars(caught.value)} {caught.value.__cause__}"
        for claim in ("张", ISSUER, "Color", "2026", text[4:20]):
            assert claim not in shown

    def test_errors_have_one_root(self) -> None:
        """Every verdict is a HealthpassError with its code and a sentence for guard and holder."""
        with pytest.raises(HealthpassError) as caught:
            judged("nothing")
        assert isinstance(caught.value, VerificationError)
        assert str(caught.value).startswith("malformed-text: ")
        assert {caught.value.verdict.guard.en, caught.value.verdict.holder.zh} >= {
            "未能读取您的健康码，请调亮屏幕重新打开后再试，或出示身份证件。"
        }


class TestRegistry:
    def test_a_published_key_is_refused(self) -> None:
        """No key whose private half is printed in a standard can be trusted."""
        for raw in PUBLISHED_KEYS:
            with pytest.raises(ValueError, match="published test key"):
                Registry.pinned({ISSUER: [PublicKey(raw)]})

    @pytest.mark.parametrize(
        ("keys", "error", "message"),
        [
            ({"Hangzhou": []}, ValueError, "issuer id"),
            ({ISSUER: [b"x" * 32]}, TypeError, "must be a PublicKey"),
            ({ISSUER: KEY.public_key}, TypeError, "must be a list"),
            ({ISSUER: [KEY.public_key], "CN-31": [KEY.public_key]}, ValueError, "for both CN-33-01.WJW and CN-31"),
            ([KEY.public_key], TypeError, "must be a mapping"),
        ],
    )
    def test_wrong_arguments(self, keys: Any, error: type[Exception], message: str) -> None:
        """What cannot be trusted is refused when the registry is made."""
        with pytest.raises(error, match=message):
            Registry.pinned(keys)

    def test_an_issuer_has_several_keys(self) -> None:
        """Each of an issuer's keys is trusted for it, and one given twice counts once."""
        registry = Registry.pinned({ISSUER: [KEY.public_key, OTHER.public_key, KEY.public_key]})
        for key in (KEY, OTHER):
            assert judged(signed(cbor2.dumps(claims()), key=key), registry=registry).public_key == key.public_key
        ((edge,),) = registry._candidates(KEY.public_key.kid, at=0, waive=frozenset())
        assert (edge.issuer.id, edge.public_key, edge.scope, edge.path) == (ISSUER, KEY.public_key, None, None)


class TestInspect:
    def test_shows_what_a_code_claims(self) -> None:
        """Inspecting needs no registry, shows the claims, and its result is not a Verified."""
        unverified = inspect_unverified(issued())
        assert unverified.claimed is not None
        assert unverified.claimed.health == GREEN
        assert unverified.kid == KEY.public_key.kid
        assert unverified.problem is None
        assert not hasattr(unverified, "health")

    def test_says_why_claims_cannot_be_read(self) -> None:
        """A payload that breaks the rules is shown as bytes, with the verdict that it would get."""
        unverified = inspect_unverified(signed(cbor2.dumps(claims(cti=b""))))
        assert (unverified.claimed, unverified.problem) == (None, "malformed-claims")
        assert inspect_unverified(signed(bytes(30))).problem == "malformed-payload"

    def test_a_text_that_is_no_credential(self) -> None:
        """What is not the text of a credential is refused like in verifying."""
        with pytest.raises(VerificationError, match="malformed-text"):
            inspect_unverified("HP1:?")


class TestVerifier:
    def test_it_decides_once(self) -> None:
        """What is given once holds for each text, as it does for the function."""
        text = issued()
        assert Verifier(REGISTRY).verify(text, at=NOW) == judged(text)
        for gate, moment, verdict in (
            (Verifier(REGISTRY), NOW - 61 * SECOND, "not-yet-valid"),
            (Verifier(REGISTRY, skew=timedelta(0)), NOW - SECOND, "not-yet-valid"),
            (Verifier(REGISTRY), NOW + DAY, "expired"),
        ):
            with pytest.raises(ValidityError) as caught:
                gate.verify(text, at=moment)
            assert caught.value.verdict == gate.judge(text, at=moment).verdict == verdict

    def test_it_follows_updates(self) -> None:
        """A callable is asked for the registry of each text."""
        registries = iter([Registry.pinned({}), REGISTRY])
        gate = Verifier(lambda: next(registries))
        assert [gate.judge(issued(), at=NOW).verdict for _ in range(2)] == ["unknown-key", "valid"]
        with pytest.raises(TypeError, match="must return a Registry, not NoneType"):
            Verifier(lambda: None).judge(issued())  # type: ignore[arg-type, return-value]

    def test_it_waives_and_asks(self) -> None:
        """What is waived is reported; a nonce belongs to one text."""
        health = HealthCode(color=Color.GREEN, status=StatusPlace(3, 17))
        gate = Verifier(REGISTRY, waive={"status-unknown", "presentation-required"})
        text = issued(health, holder_key=PHONE)
        assert gate.verify(text, at=NOW).waived == {"status-unknown", "presentation-required"}
        assert gate.judge(text, at=NOW, nonce=bytes(8)).outcome == "valid"

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"registry": None}, TypeError, "or return one"),
            ({"replay": set()}, TypeError, "replay must be a ReplayMemory or the like"),
            ({"skew": timedelta(seconds=301)}, ValueError, "0 to 300 seconds"),
            ({"waive": {"expired"}}, ValueError, "can be waived"),
            ({"environment": "Production!"}, ValueError, "environment"),
            ({"status_grace": timedelta(days=8)}, ValueError, "0 to 604,800 seconds"),
        ],
    )
    def test_arguments_are_checked_when_it_is_made(
        self, options: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        """A gate that is set up wrongly does not open in the morning."""
        with pytest.raises(error, match=message):
            Verifier(**{"registry": REGISTRY} | options)

    @pytest.mark.parametrize(("text", "options"), [(b"HP1:", {}), ("HP1:", {"nonce": b"short"}), ("", {"at": AT})])
    def test_errors_of_the_call_are_raised(self, text: Any, options: dict[str, Any]) -> None:
        """`judge` raises nothing for a verdict, and what it must for the caller's mistakes."""
        with pytest.raises((TypeError, ValueError)):
            Verifier(REGISTRY).judge(text, **options)
