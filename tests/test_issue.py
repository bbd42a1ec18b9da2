"""Issuing: spec/credential.md, section 11."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forging import CTI, DAY, GREEN, ISSUER, KEY, NOW, REGISTRY, WHENEVER, judged
from healthpass import (
    Color,
    DocumentType,
    FindingsError,
    HealthCode,
    Issuer,
    IssuingFinding,
    Order,
    PublicKey,
    Reason,
    SignatureError,
    SigningKey,
    Vaccination,
    inspect_unverified,
    issue,
    mask_name,
    prepare,
    verify,
)
from healthpass.words._limits import PUBLISHED_KEYS

NUMBER = "11010519491231002X"
PHONE = SigningKey.from_seed(bytes(31) + b"\x07").public_key


class Kms:
    """A key that is elsewhere, and perhaps answers wrongly."""

    def __init__(self, answer: Callable[[bytes], bytes] = KEY.sign) -> None:
        self.sign = answer
        self.public_key = KEY.public_key


class TestIssue:
    def test_is_deterministic(self) -> None:
        """The same key, claims, time and cti give the same text."""
        options: dict[str, Any] = {"issuer": ISSUER, "signer": KEY, "lifetime": DAY, "at": NOW, "cti": CTI}
        assert issue(GREEN, **options) == issue(GREEN, **options)

    def test_a_subclass_of_our_key_is_a_foreign_signer(self) -> None:
        """Whose `sign` is not ours is checked as any other is, and nothing that gates refuse is issued (ISS-6)."""

        class Hsm(SigningKey):  # type: ignore[misc]  # it is final, and Python lets it happen
            __slots__ = ()

            def sign(self, message: bytes) -> bytes:
                return bytes(len(message))[:64]

        with pytest.raises(SignatureError):
            issue(GREEN, issuer=ISSUER, signer=Hsm.generate(), lifetime=DAY)

    def test_each_code_has_its_own_cti(self) -> None:
        """Without a cti each code gets a random one."""
        codes = {issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW).cti for _ in range(50)}
        assert len(codes) == 50

    def test_result(self) -> None:
        """The result says what was stated, until when, and is printed as its text."""
        issued = issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW)
        assert str(issued) == issued.text
        assert (issued.issuer, issued.health, issued.opening) == (ISSUER, GREEN, None)
        assert (issued.valid_from, issued.expires_at) == (NOW, NOW + DAY)

    def test_now_is_the_start(self) -> None:
        """Without a time, validity starts now."""
        before = datetime.now(UTC).replace(microsecond=0)
        issued = issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY)
        assert before <= issued.valid_from <= datetime.now(UTC)
        assert verify(issued.text, registry=REGISTRY).health == GREEN

    def test_a_document_is_bound(self) -> None:
        """A document given at issue matches at the gate with the opening, and nothing else does."""
        issued = issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW, document=("resident-id", NUMBER))
        assert issued.opening is not None
        verified = judged(issued.text)
        assert verified.matches_document(DocumentType.RESIDENT_ID, NUMBER, issued.opening)
        assert not verified.matches_document("resident-id", "440524188001010014", issued.opening)
        assert not verified.matches_document("resident-id", NUMBER, bytes(16))
        assert not judged(issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW).text).matches_document(
            "resident-id", NUMBER, issued.opening
        )

    def test_the_number_is_not_in_the_code(self) -> None:
        """Neither the number nor the opening stands in the payload."""
        issued = issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, document=("resident-id", NUMBER))
        assert issued.opening is not None
        payload = inspect_unverified(issued.text).payload
        assert NUMBER.encode() not in payload
        assert issued.opening not in payload

    @pytest.mark.parametrize(
        ("changes", "error", "message"),
        [
            ({"issuer": "Hangzhou"}, ValueError, "issuer id"),
            ({"issuer": 33}, TypeError, "must be a str"),
            ({"lifetime": timedelta(0)}, ValueError, "must come after its start"),
            ({"lifetime": -DAY}, ValueError, "must come after its start"),
            ({"lifetime": timedelta(days=3_000_000)}, ValueError, "1970 to 9998"),
            ({"lifetime": 86400}, TypeError, "lifetime must be timedelta"),
            ({"at": NOW.replace(tzinfo=None)}, ValueError, "time zone"),
            ({"at": 1793491200}, TypeError, "datetime"),
            ({"at": NOW.replace(year=1960)}, ValueError, "1970 to 9998"),
            ({"cti": bytes(11)}, ValueError, "cti has 12 bytes"),
            ({"cti": "0" * 12}, TypeError, "cti must be bytes"),
            ({"holder_key": KEY}, TypeError, "holder_key must be PublicKey"),
            ({"holder_key": KEY.public_key}, ValueError, "holder's own"),
            ({"holder_key": PublicKey(min(PUBLISHED_KEYS))}, ValueError, "holder's own"),
            ({"signer": KEY.public_key}, TypeError, "signer must be a SigningKey"),
            ({"signer": SigningKey.from_seed(bytes(32))}, ValueError, "published test key"),
            ({"document": ("resident-id", "1")}, ValueError, "spelled"),
            ({"health_code": {"color": 0}}, TypeError, "health_code must be HealthCode"),
            ({"health_code": GREEN.model_copy(update={"holder": "a•b"})}, ValueError, "U\\+2022.*U\\+00B7"),
            (
                {
                    "health_code": GREEN.model_copy(update={"binding": bytes(16)}),
                    "document": ("tw-permit", "0" * 8),
                },
                ValueError,
                "not both",
            ),
            (
                {"health_code": HealthCode(color=Color.RED, reason=Reason.EXPOSURE, until=NOW + DAY / 2)},
                ValueError,
                "not end after its measure",
            ),
            (
                {"health_code": HealthCode(color=Color.GREEN, extensions=((32, "x" * 1000),))},
                ValueError,
                "24 to 938",
            ),
            (
                {"health_code": HealthCode(color=Color.GREEN, extensions=((32, [[[1]]]),))},
                ValueError,
                "open at once",
            ),
        ],
    )
    def test_what_no_verifier_would_accept(
        self, changes: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        """Wrong arguments are an error that says what was expected, and no credential leaves."""
        options: dict[str, Any] = {
            "health_code": GREEN,
            "issuer": ISSUER,
            "signer": KEY,
            "lifetime": DAY,
            "at": NOW,
        } | changes
        with pytest.raises(error, match=message):
            issue(options.pop("health_code"), **options)


class TestFindings:
    """What looks like a slip is not signed unless it is meant (ISS-8); spec/vectors shows each finding."""

    SLIP = GREEN.model_copy(update={"holder": "张三丰", "evidence": (Vaccination(day=NOW.date(), dose=3, of=2),)})

    def test_all_are_told_at_once(self) -> None:
        """The error names each finding once, and nothing of the code; it is a ValueError as other slips are."""
        with pytest.raises(ValueError, match="label-unmasked: .*dose-above-series: ") as caught:
            issue(self.SLIP, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW)
        assert isinstance(caught.value, FindingsError)
        assert caught.value.findings == ("label-unmasked", "dose-above-series")
        assert "张三丰" not in str(caught.value)
        assert "(accept=['dose-above-series', 'label-unmasked'] issues it as it is)" in str(caught.value)

    def test_each_is_accepted_by_its_name(self) -> None:
        """What the office means is issued as it is, and a name that is missing still refuses."""
        options: dict[str, Any] = {"issuer": ISSUER, "signer": KEY, "lifetime": DAY, "at": NOW}
        with pytest.raises(FindingsError) as caught:
            issue(self.SLIP, **options, accept=["label-unmasked", "expired"])
        assert caught.value.findings == ("dose-above-series",)
        accept = {IssuingFinding.LABEL_UNMASKED, "dose-above-series"}
        assert judged(issue(self.SLIP, **options, accept=accept).text).health == self.SLIP

    @pytest.mark.parametrize(
        ("accept", "error"),
        [
            ("expired", TypeError),
            (True, TypeError),
            (["all"], ValueError),
            ([3], ValueError),
            ([None], ValueError),
            ([[]], ValueError),
        ],
    )
    def test_names_that_are_none(self, accept: Any, error: type[Exception]) -> None:
        """Nothing is accepted by another name than that of a finding."""
        with pytest.raises(error, match="accept"):
            issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW, accept=accept)

    def test_what_is_meant_in_one_code_is_not_meant_in_another(self) -> None:
        """Of many codes each has its own word of the office, and a slip beside it is refused."""
        slip = GREEN.model_copy(update={"holder": "张三丰"})
        office = Issuer(ISSUER, signer=KEY, lifetime=DAY)
        meant = Order(slip, accept=["label-unmasked"])
        assert len(office.issue_many([meant, GREEN])) == 2
        with pytest.raises(FindingsError):
            office.issue_many([meant, slip])

    def test_a_mask_is_never_a_finding(self) -> None:
        """What `mask_name` makes of a name has none of the findings on labels."""
        for name in (
            "张三丰",
            "欧阳娜娜",
            "阿卜杜·热合曼",
            "Anna-Lena Müller",
            "李",
            "J. R. Hartley",
            "  张 三  ",
        ):
            health = HealthCode(color=Color.GREEN, holder=mask_name(name))
            issue(health, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW)


class TestPrepareAndSeal:
    def test_in_two_steps(self) -> None:
        """A draft that is sealed with the right signature is the code that issue() makes."""
        draft = prepare(GREEN, issuer=ISSUER, public_key=KEY.public_key, lifetime=DAY, at=NOW, cti=CTI)
        issued = draft.seal(KEY.sign(draft.to_be_signed))
        assert issued == issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW, cti=CTI)

    @pytest.mark.parametrize("signature", [bytes(64), b"", KEY.sign(b"another message")])
    def test_a_wrong_signature_does_not_leave(self, signature: bytes) -> None:
        """A signature that does not verify seals nothing."""
        draft = prepare(GREEN, issuer=ISSUER, public_key=KEY.public_key, lifetime=DAY)
        with pytest.raises(SignatureError):
            draft.seal(signature)

    def test_any_signer(self) -> None:
        """issue() takes any signer, and checks what it returns."""
        assert judged(issue(GREEN, issuer=ISSUER, signer=Kms(), lifetime=DAY, at=NOW).text).health == GREEN
        with pytest.raises(SignatureError):
            issue(GREEN, issuer=ISSUER, signer=Kms(lambda _: bytes(64)), lifetime=DAY)


class TestIssuer:
    def test_issues_in_its_name(self) -> None:
        """An issuer issues with its id, key and lifetime."""
        issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY)
        issued = issuer.issue(GREEN, at=NOW, holder_key=PHONE, document=("resident-id", NUMBER), accept=WHENEVER)
        verified = judged(issued.text, waive={"presentation-required"})
        assert (verified.issuer.id, verified.holder_key) == (issuer.id, PHONE)
        assert verified.expires_at == NOW + DAY
        for name in ("id", "public_key"):
            with pytest.raises(AttributeError):
                setattr(issuer, name, PHONE)
        assert repr(issuer) == f"Issuer('{ISSUER}', kid='{KEY.public_key.kid.hex()}')"

    def test_jitter_spreads_the_expiry(self) -> None:
        """With jitter, codes made at one moment do not all expire at one moment, and none lives longer."""
        issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY, jitter=timedelta(hours=2))
        ends = {issuer.issue(GREEN, at=NOW, accept=WHENEVER).expires_at for _ in range(100)}
        assert len(ends) > 50
        assert NOW + DAY - timedelta(hours=2) <= min(ends) <= max(ends) <= NOW + DAY

    def test_with_a_public_key_alone(self) -> None:
        """An issuer whose key is elsewhere prepares, and says so when it is asked to issue."""
        issuer = Issuer(ISSUER, signer=KEY.public_key, lifetime=DAY)
        draft = issuer.prepare(GREEN, at=NOW, accept=WHENEVER)
        assert judged(draft.seal(KEY.sign(draft.to_be_signed)).text).health == GREEN
        with pytest.raises(TypeError, match="prepare"):
            issuer.issue(GREEN)

    def test_codes_made_by_another_clock(self) -> None:
        """A code that is over when it is made, or begins in 36 years, is a slip: the clock here tells (ISS-8)."""
        issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY)
        now = datetime.now(UTC)
        for make in (issuer.issue, issuer.prepare):
            for at, finding in ((now - DAY, "expired"), (now + 36 * 365 * DAY, "begins-late")):
                with pytest.raises(FindingsError) as caught:
                    make(GREEN, at=at)
                assert caught.value.findings == (finding,)
            make(GREEN, at=now + 29 * DAY)
            make(GREEN, at=now - DAY / 2)

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"jitter": DAY}, ValueError),
            ({"jitter": -DAY}, ValueError),
            ({"lifetime": 86400}, TypeError),
            ({"signer": "key"}, TypeError),
            ({"issuer_id": "Hangzhou"}, ValueError),
        ],
    )
    def test_wrong_arguments(self, changes: dict[str, Any], error: type[Exception]) -> None:
        """An issuer that could not issue is not made."""
        options: dict[str, Any] = {"issuer_id": ISSUER, "signer": KEY, "lifetime": DAY} | changes
        with pytest.raises(error, match=r"must|not an issuer id"):
            Issuer(options.pop("issuer_id"), **options)
