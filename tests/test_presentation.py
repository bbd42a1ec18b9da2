"""Presentations, challenges and the memory of a gate: spec/presentation.md."""

import copy
import pickle
import threading
from datetime import datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forging import AT, DAY, GREEN, ISSUER, KEY, NOW, issued, judged
from healthpass import (
    Challenge,
    ChallengeError,
    ChallengeMemory,
    Color,
    HealthCode,
    HolderKey,
    Issuer,
    MalformedError,
    ReplayMemory,
    Signer,
    UnsupportedError,
    VerificationError,
    bind_document,
    inspect_unverified,
    present,
)
from healthpass.codec import _text
from healthpass.codec._time import from_seconds
from healthpass.presentation import _presentation
from healthpass.presentation._presentation import Showing

PHONE = HolderKey.from_seed(bytes(range(60, 92)))
OTHER = HolderKey.from_seed(bytes(range(70, 102)))
NUMBER = "11010519491231002X"
BOUND = bind_document("resident-id", NUMBER, opening=bytes(range(16)))
CODE = issued(HealthCode(color=Color.GREEN, binding=BOUND.binding), holder_key=PHONE.public_key)
CREDENTIAL = _text.decode(CODE, _text.CREDENTIAL)[1]
NONCE = bytes(range(8))
SECOND = timedelta(seconds=1)


def code(text: str, **options: Any) -> str:
    """Return the verdict on a text."""
    with pytest.raises(VerificationError) as caught:
        judged(text, **options)
    return caught.value.verdict


def shown(payload: bytes, key: HolderKey = PHONE, credential: bytes = CREDENTIAL) -> str:
    """Return a presentation whose payload is signed as it is, whatever it holds."""
    signature = key._sign(_presentation.to_be_signed(credential, payload))
    return _text.encode(_text.PRESENTATION, _presentation.assemble(credential, payload, signature))


class TestPresent:
    def test_a_presentation_is_judged_with_its_credential(self) -> None:
        """What a device shows verifies, and says when it was made."""
        verified = judged(present(CODE, PHONE, at=NOW + 5 * SECOND), at=NOW + 9 * SECOND)
        assert verified.presented_at == NOW + 5 * SECOND
        assert (verified.holder_key, verified.opening, verified.waived) == (PHONE.public_key, None, frozenset())

    def test_the_clock_is_read_without_at(self) -> None:
        """Without a time, a presentation is made now."""
        text = present(issued(at=None, holder_key=PHONE.public_key), PHONE)
        now = datetime.now(NOW.tzinfo)
        presented = judged(text, at=now).presented_at
        assert presented is not None
        assert abs(presented - now) < timedelta(seconds=30)

    def test_the_opening_travels_in_it(self) -> None:
        """With the opening in the presentation, the gate compares the document without asking for more."""
        verified = judged(present(CODE, PHONE, at=NOW, opening=BOUND.opening))
        assert verified.opening == BOUND.opening
        assert verified.matches_document("resident-id", NUMBER)
        assert not verified.matches_document("resident-id", "440524188001010014")
        assert not verified.matches_document("resident-id", NUMBER, bytes(16))

    def test_without_an_opening_nothing_is_compared(self) -> None:
        """A gate that has no opening is told so, rather than that the document is another."""
        with pytest.raises(ValueError, match="without the opening"):
            judged(present(CODE, PHONE, at=NOW)).matches_document("resident-id", NUMBER)

    @pytest.mark.parametrize(
        ("changes", "error", "message"),
        [
            ({"credential": b"HP1:"}, TypeError, "must be a str"),
            ({"credential": "HP1:"}, ValueError, "not the text of a credential"),
            ({"credential": present(CODE, PHONE, at=NOW)}, ValueError, "not the text of a credential"),
            ({"credential": issued()}, ValueError, "another device key, or to none"),
            ({"key": OTHER}, ValueError, "another device key, or to none"),
            ({"key": KEY}, TypeError, "must be a HolderKey"),
            ({"nonce": bytes(7)}, ValueError, "8 to 64 bytes"),
            ({"nonce": bytes(65)}, ValueError, "8 to 64 bytes"),
            ({"nonce": "0" * 16}, TypeError, "must be bytes"),
            ({"opening": bytes(15)}, ValueError, "16 bytes"),
            ({"at": NOW.replace(tzinfo=None)}, ValueError, "time zone"),
            ({"at": NOW.replace(year=1960)}, ValueError, "1970 to 9998"),
        ],
    )
    def test_wrong_arguments(self, changes: dict[str, Any], error: type[Exception], message: str) -> None:
        """What no gate would accept is not made."""
        options: dict[str, Any] = {"credential": CODE, "key": PHONE, "at": NOW} | changes
        with pytest.raises(error, match=message):
            present(options.pop("credential"), options.pop("key"), **options)


class TestHolderKey:
    def test_is_no_signer(self) -> None:
        """A device key signs presentations alone: it has no sign(), and no issuer is made with it."""
        assert not isinstance(PHONE, Signer)
        with pytest.raises(TypeError, match="must be a Signer"):
            Issuer(ISSUER, signer=PHONE, lifetime=DAY)  # type: ignore[arg-type]

    @pytest.mark.parametrize("copier", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_keeps_its_secret(self, copier: Any) -> None:
        """A device key is neither pickled nor copied, and its repr shows the kid alone."""
        with pytest.raises(TypeError, match="a HolderKey is neither"):
            copier(PHONE)
        assert repr(PHONE) == f"HolderKey(kid={PHONE.public_key.kid.hex()!r})"
        assert HolderKey.from_pem(PHONE.to_pem()).public_key == PHONE.public_key


class TestWindow:
    @pytest.mark.parametrize(("offset", "expected"), [(-60, ""), (-61, "stale"), (30, ""), (31, "stale"), (0, "")])
    def test_the_bounds(self, offset: int, expected: str) -> None:
        """A presentation passes from 60 seconds after its time to 30 before, and is stale outside."""
        text = present(CODE, PHONE, at=NOW + 3600 * SECOND + offset * SECOND)
        if expected:
            assert code(text, at=NOW + 3600 * SECOND) == "presentation-stale"
        else:
            assert judged(text, at=NOW + 3600 * SECOND).presented_at

    def test_the_skew_is_not_for_presentations(self) -> None:
        """A larger skew makes no presentation last longer."""
        assert code(present(CODE, PHONE, at=NOW), at=NOW + 61 * SECOND, skew=300 * SECOND) == "presentation-stale"


class TestNonce:
    @pytest.mark.parametrize(
        ("carried", "asked", "expected"),
        [
            (NONCE, NONCE, ""),
            (bytes(64), bytes(64), ""),
            (None, NONCE, "presentation-mismatch"),
            (NONCE, None, "presentation-mismatch"),
            (NONCE, NONCE[::-1], "presentation-mismatch"),
            (NONCE + b"\0", NONCE, "presentation-mismatch"),
        ],
    )
    def test_exactly_the_one_that_was_asked(self, carried: bytes, asked: bytes, expected: str) -> None:
        """A presentation carries exactly the nonce that this gate asked for, or none when it asked for none."""
        text = present(CODE, PHONE, at=NOW, nonce=carried)
        assert (code(text, nonce=asked) if expected else judged(text, nonce=asked).waived or "") == expected

    def test_a_bearer_code_passes_without(self) -> None:
        """A bearer code has no presentation that could carry a nonce."""
        assert judged(issued(), nonce=NONCE).health == GREEN

    @pytest.mark.parametrize("nonce", [bytes(7), bytes(65)])
    def test_another_size_is_the_gate_s_mistake(self, nonce: bytes) -> None:
        """A nonce of another size is an error of the call."""
        with pytest.raises(ValueError, match="8 to 64 bytes"):
            judged(CODE, nonce=nonce)


class TestForged:
    def test_order(self) -> None:
        """The credential is judged first, then device key, signature, payload, nonce and time."""
        assert code(present(CODE, PHONE, at=NOW - 3600 * SECOND), at=NOW + 2 * DAY) == "expired"
        assert code(shown(b"\xff" * 10, credential=_text.decode(issued(), "HP1:")[1])) == "presentation-mismatch"
        assert code(shown(b"\xff" * 10, key=OTHER)) == "bad-signature"
        assert code(shown(b"\xff" * 10), nonce=NONCE) == "malformed-payload"
        assert code(present(CODE, PHONE, at=NOW - 3600 * SECOND), nonce=NONCE) == "presentation-mismatch"

    def test_every_flipped_bit(self) -> None:
        """A presentation with any one bit flipped is never valid."""
        sound = _text.decode(present(CODE, PHONE, at=NOW, nonce=NONCE), "HPP1:")[1]
        verdicts = set()
        for bit in range(len(sound) * 8):
            flipped = bytearray(sound)
            flipped[bit // 8] ^= 1 << bit % 8
            verdicts.add(code(_text.encode("HPP1:", bytes(flipped)), nonce=NONCE))
        assert verdicts == {"malformed-envelope", "unknown-key", "bad-signature"}

    def test_every_truncation(self) -> None:
        """A presentation that is cut anywhere, or longer, is malformed."""
        sound = _text.decode(present(CODE, PHONE, at=NOW), "HPP1:")[1]
        for cut in [sound[:end] for end in range(len(sound))] + [sound + b"\0"]:
            assert code(_text.encode("HPP1:", cut)) == "malformed-envelope"

    def test_one_is_not_the_other(self) -> None:
        """A credential under the presentation's prefix, the reverse, and one inside the other are malformed."""
        presentation = _text.decode(present(CODE, PHONE, at=NOW), "HPP1:")[1]
        assert code(_text.encode("HPP1:", CREDENTIAL)) == "malformed-envelope"
        assert code(_text.encode("HP1:", presentation)) == "malformed-envelope"
        assert code(shown(bytes(8), credential=presentation)) == "malformed-envelope"

    @pytest.mark.parametrize(
        "claims",
        [
            {},
            {10: NONCE},
            {6: AT, 7: NONCE},
            {6: -1},
            {6: "now, as it were"},
            {6: 253_370_764_800},
            {6: 1.0},
            {6: AT, 10: bytes(7)},
            {6: AT, 10: bytes(65)},
            {6: AT, 10: "12345678"},
            {6: AT, -65538: bytes(15)},
            {6: AT, -65538: bytes(17)},
            {-65538: bytes(16), 6: AT},
            [AT, "a list, not a map"],
        ],
    )
    def test_a_payload_that_the_device_signed(self, claims: Any) -> None:
        """Whatever the device signs is held to the same rules."""
        payload = cbor2.dumps(claims)
        expected = "malformed-payload" if len(payload) >= 7 else "malformed-envelope"
        assert code(shown(payload)) == expected

    @settings(max_examples=300)
    @given(
        st.binary(max_size=1400).map(lambda data: _text.encode("HPP1:", data))
        | st.text(max_size=50).map("HPP1:".__add__)
    )
    def test_any_text_ends_in_a_verdict(self, text: str) -> None:
        """Whatever follows the prefix, the answer is a verdict."""
        assert code(text) in {"malformed-text", "malformed-envelope"}

    @settings(max_examples=300)
    @given(st.binary(min_size=7, max_size=255))
    def test_any_signed_payload_ends_in_a_verdict(self, payload: bytes) -> None:
        """Whatever a device signs, the answer is a verdict."""
        assert code(shown(payload)) in {"malformed-payload", "presentation-stale"}

    @given(
        st.builds(
            Showing,
            st.integers(2**16, 253_370_764_799).map(from_seconds),
            st.none() | st.binary(min_size=8, max_size=64),
            st.none() | st.binary(min_size=16, max_size=16),
        )
    )
    def test_round_trip(self, showing: Showing) -> None:
        """What is encoded decodes to itself, and parses to its parts."""
        payload = _presentation.encode(showing)
        assert _presentation.decode(payload) == showing
        parsed = _presentation.parse(_presentation.assemble(CREDENTIAL, payload, bytes(64)))
        assert (parsed.payload, parsed.to_be_signed) == (payload, _presentation.to_be_signed(CREDENTIAL, payload))


class TestMemory:
    def test_a_second_showing(self) -> None:
        """One presentation opens a gate once, and a fresh one opens it again."""
        memory = ReplayMemory()
        text = present(CODE, PHONE, at=NOW)
        assert judged(text, replay=memory).presented_at
        assert code(text, replay=memory) == "presentation-stale"
        assert code(text, replay=memory, at=NOW + 59 * SECOND) == "presentation-stale"
        assert judged(present(CODE, PHONE, at=NOW + SECOND), replay=memory).presented_at
        assert judged(text, replay=ReplayMemory()).presented_at

    def test_what_failed_is_not_remembered(self) -> None:
        """A showing that was refused for another reason can be shown again."""
        memory = ReplayMemory()
        text = present(CODE, PHONE, at=NOW)
        code(text, replay=memory, nonce=NONCE)
        assert len(memory) == 0
        assert judged(text, replay=memory).presented_at

    def test_forgets(self) -> None:
        """After 90 seconds nothing is left, and it never holds more than its capacity."""
        memory = ReplayMemory(capacity=2)
        assert all(memory.remember(bytes([number]), b"", NOW) for number in range(3))
        assert len(memory) == 2
        assert memory.remember(bytes([0]), b"", NOW)
        assert memory.remember(b"at the end", b"", NOW + 90 * SECOND)
        assert len(memory) == 2
        assert memory.remember(b"later", b"", NOW + 91 * SECOND)
        assert len(memory) == 2

    def test_one_credential_crowds_out_no_other(self) -> None:
        """Showings of one credential that differ in an opening push out each other, and nobody else's."""
        memory = ReplayMemory(capacity=50)
        other = HolderKey.generate()
        mine = issued(holder_key=other.public_key)
        shown = present(CODE, PHONE, at=NOW)
        assert judged(shown, replay=memory).presented_at
        for number in range(60):
            text = present(mine, other, at=NOW, opening=number.to_bytes(16))
            assert judged(text, replay=memory).presented_at
        assert code(shown, replay=memory) == "presentation-stale"
        assert code(text, replay=memory) == "presentation-stale"
        assert len(memory) == 1 + 8

    def test_shares_are_forgotten_too(self) -> None:
        """Of a credential whose showings have left the memory nothing is kept."""
        memory = ReplayMemory(capacity=20)
        for number in range(300):
            assert memory.remember(f"showing {number}".encode(), bytes([number % 30]), NOW + number * SECOND)
            assert sum(map(len, memory._shares.values())) == len(memory) <= 20
        assert memory.remember(b"later", b"", NOW + 1000 * SECOND)
        assert len(memory) == len(memory._shares) == 1

    def test_many_threads(self) -> None:
        """Of many threads that see one presentation at once, one lets it pass."""
        memory, passed = ReplayMemory(), []
        threads = [
            threading.Thread(target=lambda: passed.append(memory.remember(b"x", b"", NOW))) for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(passed) == [False] * 15 + [True]

    @pytest.mark.parametrize(("capacity", "error"), [(0, ValueError), (True, TypeError), (1.5, TypeError)])
    def test_wrong_arguments(self, capacity: Any, error: type[Exception]) -> None:
        """A memory without room is not made."""
        with pytest.raises(error, match="capacity must"):
            ReplayMemory(capacity)
        with pytest.raises(error, match="capacity must"):
            ChallengeMemory(capacity)


class TestChallenge:
    def test_is_answered(self) -> None:
        """A holder reads the nonce out of the gate's code, and the gate accepts what carries it."""
        challenge = Challenge(at=NOW)
        text = present(CODE, PHONE, at=NOW, nonce=Challenge.read(challenge.text))
        assert judged(text, nonce=challenge.take(at=NOW)).presented_at
        assert challenge.text.startswith("HPC1:")
        assert Challenge().text != Challenge().text

    def test_once_and_not_for_long(self) -> None:
        """A challenge is for one showing, and expires."""
        challenge = Challenge(at=NOW)
        challenge.take(at=NOW)
        with pytest.raises(ChallengeError, match="has been used"):
            challenge.take(at=NOW)
        late = Challenge(at=NOW, lifetime=timedelta(seconds=30))
        assert late.expires_at == NOW + 30 * SECOND
        with pytest.raises(ChallengeError, match="has expired"):
            late.take(at=NOW + 30 * SECOND)

    def test_workers_share_it(self) -> None:
        """What one worker has shown another one takes, once over all; and nothing that was not shown here."""
        memory = ChallengeMemory()
        shown = Challenge(at=NOW, challenges=memory)
        assert Challenge.take_shown(shown.text, memory, at=NOW) == Challenge.read(shown.text)
        for take in (shown.take, lambda at: Challenge.take_shown(shown.text, memory, at=at)):
            with pytest.raises(ChallengeError, match="has been used"):
                take(at=NOW)
        with pytest.raises(ChallengeError):
            Challenge.take_shown(_text.encode("HPC1:", NONCE), memory)
        with pytest.raises(TypeError, match="challenges must be"):
            Challenge.take_shown(shown.text, {})  # type: ignore[arg-type]
        with pytest.raises(MalformedError):
            Challenge.take_shown("HPC1:", memory)

    def test_memory_has_a_bound(self) -> None:
        """When more challenges wait than fit, the oldest goes."""
        memory = ChallengeMemory(capacity=2)
        shown = [Challenge(at=NOW, challenges=memory) for _ in range(3)]
        assert len(memory) == 2
        with pytest.raises(ChallengeError):
            shown[0].take(at=NOW)
        assert all(challenge.take(at=NOW) for challenge in shown[1:])
        assert len(memory) == 0

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("", MalformedError),
            ("HPC1:", MalformedError),
            ("hpc1:00", MalformedError),
            ("HPC2:0", MalformedError),
            (_text.encode("HPC1:", bytes(7)), MalformedError),
            (_text.encode("HPC1:", bytes(65)), MalformedError),
            (_text.encode("HPC1:", bytes(16)) + "\n", MalformedError),
            (CODE, UnsupportedError),
        ],
    )
    def test_another_text(self, text: str, error: type[Exception]) -> None:
        """An app refuses whatever is not a challenge."""
        with pytest.raises(error):
            Challenge.read(text)
        assert code(_text.encode("HPC1:", bytes(16))) == "malformed-text"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"lifetime": timedelta(0)}, ValueError),
            ({"lifetime": timedelta(seconds=121)}, ValueError),
            ({"lifetime": 60}, TypeError),
            ({"at": NOW.replace(tzinfo=None)}, ValueError),
            ({"challenges": {}}, TypeError),
        ],
    )
    def test_wrong_arguments(self, changes: dict[str, Any], error: type[Exception]) -> None:
        """A challenge lives from a second to two minutes."""
        with pytest.raises(error, match="must"):
            Challenge(**changes)


class TestInspect:
    def test_shows_what_a_presentation_claims(self) -> None:
        """Inspecting a presentation shows its credential and its showing, unverified."""
        unverified = inspect_unverified(present(CODE, PHONE, at=NOW, nonce=NONCE))
        assert unverified.claimed is not None
        assert unverified.showing == Showing(NOW, NONCE, None)
        assert inspect_unverified(CODE).showing is None
        assert inspect_unverified(shown(bytes(10))).problem == "malformed-payload"
