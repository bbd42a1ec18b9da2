"""What errors and reprs hold: no label, reference, opening or number, wherever an error tracker looks (VER-9)."""

import importlib.util
import json
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import cbor2
import pytest

from forging import CTI, DAY, GREEN, ISSUER, KEY, NOW, REGISTRY, claims, issued, signed
from healthpass import (
    Color,
    DocumentType,
    HealthCode,
    HealthpassError,
    HolderKey,
    IdentityDocument,
    Issuer,
    Order,
    Registry,
    SigningKey,
    Vaccination,
    Verdict,
    VerificationError,
    Verifier,
    bind_document,
    inspect_unverified,
    issue,
    prepare,
    present,
    scan,
    sheet,
    verify,
)

KIT: Final = Path(__file__).resolve().parent.parent / "spec"
LABEL: Final = "秘*密"
NUMBER: Final = "CHN-E12345678"
PHONE: Final = HolderKey.from_seed(bytes(range(60, 92)))


def linked(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error, and all that it is linked to."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def told(error: BaseException) -> str:
    """Return all that an error, its causes and the frames of this library hold."""
    found = []
    for one in linked(error):
        found += [repr(one), str(one), repr(vars(one)), repr(getattr(one, "errors", list)())]
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if str(frame.f_globals.get("__name__")).startswith("healthpass."):
                found += [repr(value) for value in frame.f_locals.values()]
                found += [repr(vars(value)) for value in frame.f_locals.values() if hasattr(value, "__dict__")]
    return "\n".join(found)


def secrets_of(text: str) -> list[str]:
    """Return what may not be found, of a text that can be read at all."""
    try:
        found = inspect_unverified(text)
    except VerificationError:
        return []
    secrets = [text[5:], repr(found.payload)[2:-1], found.payload.hex()]
    if found.claimed is not None:
        secrets += [repr(found.claimed.cti)[2:-1], found.claimed.cti.hex()]
        secrets += [found.claimed.health.holder] if found.claimed.health.holder else []
    if found.showing is not None and found.showing.opening is not None:
        secrets += [repr(found.showing.opening)[2:-1], found.showing.opening.hex()]
    return [secret for secret in secrets if len(secret) > 1]


@pytest.fixture
def adapter() -> ModuleType:
    """Return what answers the cases of the kit."""
    spec = importlib.util.spec_from_file_location("healthpass_adapter", KIT / "testkit" / "healthpass_adapter.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases() -> Iterator[str]:
    """Give the lines of all cases in which codes are judged."""
    for path in sorted((KIT / "vectors").glob("*.json")):
        for case in json.loads(path.read_text("utf-8")).get("cases", ()):
            if case["op"] in {"verify", "world"}:
                yield json.dumps(case)


class TestVerifying:
    def test_every_vector_that_fails(self, adapter: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever the verdict, nothing of the code is reachable from the error; and each verdict comes up."""
        met = set()

        def spy(text: str, **options: Any) -> Any:
            try:
                return verify(text, **options)
            except VerificationError as error:
                met.add(error.verdict)
                found = told(error)
                assert not [secret for secret in secrets_of(text) if secret in found], error
                raise

        monkeypatch.setattr(adapter, "verify", spy)
        for _ in adapter.answers(cases()):
            pass
        assert met == set(Verdict) - {Verdict.VALID, Verdict.NO_CODE}

    @pytest.mark.parametrize("at", [NOW, NOW + 2 * DAY])
    def test_the_error_of_a_verifier(self, at: Any) -> None:
        """`Verifier.verify` is as discreet as `verify`."""
        broken = signed(cbor2.dumps(claims(health={1: 0, 2: LABEL + "\u202e"})))
        text = broken if at == NOW else issued(HealthCode(color=Color.GREEN, holder=LABEL), cti=CTI)
        with pytest.raises(VerificationError) as caught:
            Verifier(REGISTRY).verify(text, at=at)
        found = told(caught.value)
        assert LABEL not in found
        assert CTI.hex() not in found
        assert text[5:] not in found
        assert list(linked(caught.value)) == [caught.value]

    def test_where_it_was_raised_is_known(self) -> None:
        """The frames are empty, and still say in which lines the code was refused."""
        with pytest.raises(VerificationError) as caught:
            verify(issued(), registry=REGISTRY, at=NOW + 2 * DAY)
        assert "check_all" in [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]

    def test_what_the_caller_was_doing_stays_linked(self) -> None:
        """An error that the caller handles already is the caller's."""

        def judge_at_lane(lanes: dict[str, str]) -> None:
            try:
                lanes["lane"]
            except KeyError:
                Verifier(REGISTRY).verify("x")

        with pytest.raises(VerificationError) as caught:
            judge_at_lane({})
        assert isinstance(caught.value.__context__, KeyError)


BAD: Final = HealthCode(color=Color.GREEN, holder=LABEL).model_copy(update={"holder": LABEL + "\u202e"})
DOCUMENT: Final = ("passport", NUMBER.lower())
ISSUING: Final[dict[str, Any]] = {"issuer": ISSUER, "signer": KEY, "lifetime": DAY, "at": NOW}
PREPARING: Final[dict[str, Any]] = {"issuer": ISSUER, "public_key": KEY.public_key, "lifetime": DAY, "at": NOW}
OFFICE: Final = Issuer(ISSUER, signer=KEY, lifetime=DAY)
STRICT: Final = Issuer(ISSUER, signer=KEY, lifetime=DAY, registry=Registry.pinned({}))
NAMED: Final = HealthCode(color=Color.GREEN, holder=LABEL)
BEARER: Final = issue(NAMED, **ISSUING, document=("passport", NUMBER))
LIVE: Final = issue(NAMED, **ISSUING, holder_key=PHONE.public_key)
OPENING: Final = BEARER.opening or b""


class TestOtherErrors:
    @pytest.mark.parametrize(
        "call",
        [
            lambda: issue(BAD, **ISSUING),
            lambda: prepare(BAD, **PREPARING),
            lambda: issue(NAMED, **ISSUING, document=DOCUMENT),
            lambda: issue(NAMED, **ISSUING | {"lifetime": timedelta(0)}),
            lambda: OFFICE.issue(BAD),
            lambda: OFFICE.prepare(BAD),
            lambda: OFFICE.issue_many([NAMED, BAD]),
            lambda: STRICT.issue(NAMED),
            lambda: prepare(NAMED, **PREPARING).seal(bytes(64)),
            lambda: bind_document(*DOCUMENT),
            lambda: bind_document("passport", NUMBER, opening=OPENING + OPENING),
            lambda: verify(BEARER.text, registry=REGISTRY, at=NOW).matches_document("passport", NUMBER.lower()),
            lambda: verify(BEARER.text, registry=REGISTRY, at=NOW).matches_document(
                "passport", NUMBER, OPENING[1:]
            ),
            lambda: present(BEARER.text, PHONE),
            lambda: present(signed(cbor2.dumps(claims(health={1: 9, 2: LABEL}))), PHONE),
            lambda: present(LIVE.text, PHONE, opening=OPENING + OPENING),
            lambda: inspect_unverified(BEARER.text + "%"),
            lambda: sheet.pdf(LIVE),
            lambda: sheet.svg(BEARER, opening=OPENING + OPENING),
            lambda: scan.scan(BEARER.text.encode()),
            lambda: SigningKey.from_pem(KEY.to_pem().replace("PRIVATE", "SECRET")),
        ],
    )
    def test_nothing_is_reachable(self, call: Callable[[], object]) -> None:
        """Errors of issuing, binding, showing and printing hold nothing of whom they are about."""
        with pytest.raises((ValueError, HealthpassError)) as caught:
            call()
        found = told(caught.value)
        number = NUMBER.lower()
        for secret in (LABEL, NUMBER, number, BEARER.text[5:], LIVE.text[5:], repr(OPENING)[2:-1], OPENING.hex()):
            assert secret not in found
        assert KEY.to_pem().splitlines()[1] not in found

    def test_what_cannot_be_read(self) -> None:
        """Of claims that break a rule an inspection keeps the verdict alone."""
        text = signed(cbor2.dumps(claims(health={1: 0, 2: LABEL + "\u202e"})))
        assert inspect_unverified(text).problem is Verdict.MALFORMED_CLAIMS


class TestReprs:
    def test_results_can_be_logged(self) -> None:
        """No label, reference, opening or text is in what stands in a log."""
        verified = verify(present(LIVE.text, PHONE, opening=OPENING, at=NOW), registry=REGISTRY, at=NOW)
        for value, cti in ((BEARER, BEARER.cti), (LIVE, LIVE.cti), (verified, verified.cti)):
            for secret in (LABEL, repr(cti)[2:-1], repr(OPENING)[2:-1], BEARER.text, LIVE.text):
                assert secret not in repr(value)
            assert ISSUER in repr(value)
        draft = prepare(NAMED, **PREPARING, document=("passport", NUMBER), cti=CTI)
        assert LABEL not in repr(draft)
        assert repr(CTI)[2:-1] not in repr(draft)
        found = inspect_unverified(present(LIVE.text, PHONE, opening=OPENING, at=NOW))
        document = IdentityDocument(DocumentType.PASSPORT, NUMBER)
        judgement = Verifier(REGISTRY, waive={"presentation-required"}).judge(BEARER.text, at=NOW)
        assert judgement
        for shown in (
            *(found, found.claimed, found.showing, NAMED, Order(NAMED, document=document), document, judgement),
            bind_document(*document, opening=OPENING),
        ):
            assert shown is not None
            for secret in (LABEL, NUMBER, repr(BEARER.cti)[2:-1], repr(LIVE.cti)[2:-1], repr(OPENING)[2:-1]):
                assert secret not in repr(shown)
                assert secret not in str(shown)


class TestIssuing:
    @pytest.mark.parametrize(
        "update",
        [
            {"color": Color.GREEN},
            {"holder": "x\u202egnp"},
            {"holder": "某*某" * 8},
            {"color": 7},
            {"reason": None},
            {"binding": bytes(15)},
            {"evidence": (1,)},
            {"status": [3]},
            {"residence": "Hangzhou"},
            {"extensions": ((9, 1),)},
            {"extensions": ((32, 1.5),)},
        ],
    )
    def test_a_copy_is_checked(self, update: dict[str, Any]) -> None:
        """What verifiers refuse is not issued, for whatever object is given (ISS-1)."""
        red = HealthCode(color=Color.RED, reason=1, until=NOW + 3 * DAY, holder="某*某")
        with pytest.raises(ValueError, match="no verifier accepts this health code"):
            issue(red.model_copy(update=update), **ISSUING)

    def test_what_was_never_checked(self) -> None:
        """A health code of no members, one of too few, and one with more than the wire has."""

        class More(HealthCode):
            note: str = ""

        for health in (
            HealthCode.model_construct(),
            HealthCode.model_construct(color=Color.RED),
            More(color=Color.GREEN),
        ):
            with pytest.raises(ValueError, match="no verifier accepts this health code"):
                issue(health, **ISSUING)

    def test_evidence_that_was_never_checked(self) -> None:
        """What is nested is checked again too, also before it is issued."""
        wrong = Vaccination.model_construct(day="soon", dose=0, of=2)
        with pytest.raises(ValueError, match="evidence"):
            HealthCode(color=Color.GREEN, evidence=(wrong,))
        with pytest.raises(ValueError, match=r"evidence\[0\]\.day"):
            issue(GREEN.model_copy(update={"evidence": (wrong,)}), **ISSUING)
