"""Runs: many orders give the same codes however often, wherever and in whatever batches they are carried out."""

import copy
import hashlib
import hmac
import os
import pickle
import random
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

from forging import DAY, GREEN, ISSUER, KEY
from healthpass import (
    Color,
    HealthCode,
    HolderKey,
    Issued,
    Issuer,
    LabMethod,
    LabResult,
    LabTest,
    Order,
    PublicKey,
    Registry,
    RowError,
    Run,
    Scope,
    SignatureError,
    SigningKey,
    StatusPlace,
    bind_document,
    inspect_unverified,
    verify,
)
from healthpass.codec._time import now
from healthpass.issuing import _attempt
from healthpass.ledger import (
    CodeKnownError,
    CodeRecord,
    LedgerError,
    Recorded,
    RunTerms,
    SqliteLedger,
)
from healthpass.ledger.postgres import PostgresLedger
from memory_ledger import MemoryLedger, Store
from test_discreet import told

START: Final = datetime.now(UTC).replace(microsecond=0)
HOUR: Final = timedelta(hours=1)
TERMS: Final[dict[str, Any]] = {"at": START, "by": "night program", "why": "negative test"}
REGISTRY: Final = Registry.pinned({ISSUER: [KEY.public_key]})
YELLOW: Final = HealthCode(color=Color.YELLOW, reason=2, holder="张*丰")
SLIP: Final = HealthCode(color=Color.GREEN, holder="张三丰")
DOCUMENT: Final = ("resident-id", "11010519491231002X")
Rows = list[tuple[str, Any]]


def office(ledger: Any, signer: Any = KEY, **options: Any) -> Issuer:
    """Return an issuer."""
    return Issuer(ISSUER, signer=signer, **{"lifetime": DAY, "jitter": HOUR, "ledger": ledger} | options)


def begun(ledger: Any, signer: Any = KEY, run: str = "night", **options: Any) -> Run:
    """Begin a run."""
    return office(ledger, signer, **options).begin_run(run, **TERMS)


def terms() -> RunTerms:
    """Return the terms of the run that `begun` begins."""
    return RunTerms("night", START, DAY, HOUR, KEY.public_key.kid, TERMS["by"], TERMS["why"])


def orders(count: int, start: int = 0) -> list[tuple[str, Any]]:
    """Return so many orders, no two alike."""
    numbers = range(start, start + count)
    return [(f"order-{n}", HealthCode(color=Color.GREEN, holder=f"{chr(0x4E00 + n)}*")) for n in numbers]


def texts(results: Sequence[Issued | RowError]) -> list[str]:
    """Return the texts of codes, all of which are there."""
    assert [one for one in results if isinstance(one, RowError)] == []
    return [str(one) for one in results]


def codes(results: Sequence[Issued | RowError]) -> list[str]:
    """Return what is the matter with each order; nothing where it has a code."""
    return [one.code if isinstance(one, RowError) else "" for one in results]


def held(ledger: Any) -> int:
    """Return how many places are taken and neither recorded nor given back."""
    return len(ledger._store.held if isinstance(ledger, MemoryLedger) else ledger._places._taken)


def recorded(ledger: Any) -> dict[bytes, StatusPlace]:
    """Return the codes that the ledger knows, each with its place."""
    if isinstance(ledger, MemoryLedger):
        return {cti: code.record.place for cti, code in ledger._store.codes.items()}
    with ledger._database.reading("read") as connection:
        rows = connection.execute(f"SELECT cti, list, entry FROM {connection.codes}").fetchall()  # noqa: S608
    return {cti: StatusPlace(number, entry) for cti, number, entry in rows}


class Hand:
    """A ledger with a hand in it: before and after each step something is done, such as failing."""

    def __init__(self, ledger: Any, **steps: Callable[[], object]) -> None:
        self.ledger = ledger
        self.issuer = ledger.issuer
        self.steps = steps
        self.asked: list[tuple[str, int]] = []

    def _step(self, name: str, count: int = 1) -> None:
        self.asked.append((name, count))
        self.steps.get(name, bool)()

    def take(self) -> StatusPlace:
        """Take a place."""
        self._step("before_take")
        place: StatusPlace = self.ledger.take()
        return place

    def record(self, records: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        self._step("before_record", len(records))
        self.ledger.record(records)
        self._step("after_record", len(records))

    def give_back(self, place: StatusPlace) -> None:
        """Give a place back."""
        self.ledger.give_back(place)

    def begin_run(self, terms: RunTerms) -> bytes:
        """Note the terms of a run."""
        secret: bytes = self.ledger.begin_run(terms)
        return secret

    def recorded(self, ctis: Collection[bytes], **hints: Any) -> dict[bytes, Recorded]:
        """Return what is recorded of codes."""
        self._step("before_recorded", len(ctis))
        known: dict[bytes, Recorded] = self.ledger.recorded(ctis, **hints)
        self._step("after_recorded", len(ctis))
        return known

    def calls(self, name: str) -> list[int]:
        """Return of how many codes each call of a step was."""
        return [count for step, count in self.asked if step == name]


class Once:
    """Does something the first time, or the nth; and nothing later."""

    def __init__(self, what: Callable[[], object], nth: int = 1) -> None:
        self._what = what
        self._left = nth

    def __call__(self) -> None:
        """Do it when it is time."""
        self._left -= 1
        if self._left == 0:
            self._what()


def failing(error: BaseException) -> Callable[[], None]:
    """Return what fails."""

    def fail() -> None:
        raise error

    return fail


class Batching:
    """A signer that signs all at once, and may sign wrongly."""

    def __init__(self, wrong: Callable[[list[bytes]], list[bytes]] | None = None) -> None:
        self.public_key = KEY.public_key
        self.asked: list[int] = []
        self._wrong = wrong

    def sign(self, message: bytes) -> bytes:
        """Sign one."""
        return self.sign_many([message])[0]

    def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """Sign all."""
        self.asked.append(len(messages))
        signatures = [KEY.sign(message) for message in messages]
        return self._wrong(signatures) if self._wrong else signatures


class Hedged:
    """A signer whose signatures are good and never the same, against SIG-7."""

    def __init__(self) -> None:
        seed = bytes(range(100, 132))
        digest = hashlib.sha512(seed).digest()[:32]
        clamped = bytes([digest[0] & 248, *digest[1:31], digest[31] & 127 | 64])
        self._scalar = bindings.crypto_core_ed25519_scalar_reduce(clamped + bytes(32))
        self.public_key = KEY.public_key

    def sign(self, message: bytes) -> bytes:
        """Sign."""
        nonce = bindings.crypto_core_ed25519_scalar_reduce(os.urandom(64))
        point = bindings.crypto_scalarmult_ed25519_base_noclamp(nonce)
        hashed = hashlib.sha512(point + self.public_key.to_bytes() + message).digest()
        challenge = bindings.crypto_core_ed25519_scalar_reduce(hashed)
        product = bindings.crypto_core_ed25519_scalar_mul(challenge, self._scalar)
        return point + bindings.crypto_core_ed25519_scalar_add(nonce, product)


@pytest.fixture(params=["sqlite", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Give a ledger of its own to each test, of either kind."""
    if request.param == "memory":
        yield MemoryLedger(Store(ISSUER))
        return
    with SqliteLedger.create(tmp_path / "ledger", ISSUER) as made:
        yield made


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Give a ledger of its own to each test of several workers, of each kind."""
    if request.param == "memory":
        yield MemoryLedger(Store(ISSUER))
        return
    if request.param == "sqlite":
        made: Any = SqliteLedger.create(tmp_path / "ledger", ISSUER)
    else:
        made = PostgresLedger.create(request.getfixturevalue("postgres").database(), ISSUER)
    with made:
        yield made


class TestIssuing:
    def test_makes_codes_that_pass(self, ledger: Any) -> None:
        """Each order has a code that says what was ordered, from the start of the run, with a place of its own."""
        run = begun(ledger)
        results = run.issue(orders(20))
        for (_, health), issued in zip(orders(20), results, strict=True):
            assert isinstance(issued, Issued)
            verified = verify(issued.text, registry=REGISTRY, at=START, waive={"status-unknown"})
            assert verified.health.holder == health.holder
            assert (verified.cti, verified.valid_from) == (issued.cti, START)
            assert DAY - HOUR <= verified.expires_at - START <= DAY
            assert recorded(ledger)[issued.cti] == verified.health.status
        assert len(set(recorded(ledger).values())) == 20
        assert held(ledger) == 0
        assert ledger.verify_chain().number == 2

    def test_makes_the_same_again(self, ledger: Any) -> None:
        """Asked again, also by another worker, a run gives the same texts and openings and records nothing."""
        wanted = [(ref, Order(health, document=DOCUMENT)) for ref, health in orders(9)]
        first = begun(ledger).issue(wanted)
        head = ledger.head()
        assert begun(ledger).issue(wanted) == first
        assert begun(ledger, Batching()).issue(wanted[::-1]) == first[::-1]
        assert ledger.head() == head
        assert held(ledger) == 0

    def test_derives_what_the_specification_says(self, ledger: Any) -> None:
        """The cti, the opening and the end are those of ISS-9, computed here anew."""
        secret = ledger.begin_run(terms())
        run = begun(ledger)
        (issued,) = run.issue([("a-1", Order(GREEN, document=DOCUMENT))])
        cti, opening, n = (
            hmac.new(secret, f"healthpass-run-{label}-v1a-1".encode(), hashlib.sha256).digest()
            for label in ("cti", "opening", "jitter")
        )
        assert isinstance(issued, Issued)
        assert (issued.cti, issued.opening) == (cti[:12], opening[:16])
        assert run.cti_of("a-1") == issued.cti
        seconds = 86_400 - int.from_bytes(n[:8], "big") % 3_601
        assert issued.expires_at == START + timedelta(seconds=seconds)
        bound = bind_document(*DOCUMENT, opening=opening[:16]).binding
        assert verify(issued.text, registry=REGISTRY, at=START, waive={"status-unknown"}).health.binding == bound

    def test_has_no_opening_without_a_document(self, ledger: Any) -> None:
        """What opens nothing is not given out."""
        (issued,) = begun(ledger).issue([("a", GREEN)])
        assert isinstance(issued, Issued)
        assert issued.opening is None

    def test_differs_from_run_to_run_and_from_ledger_to_ledger(self, ledger: Any) -> None:
        """The same ref has another cti and another opening in another run, and in another ledger."""
        wanted = [("a", Order(GREEN, document=DOCUMENT))]
        other = MemoryLedger(Store(ISSUER))
        made = [begun(*one).issue(wanted)[0] for one in ((ledger,), (ledger, KEY, "day"), (other,))]
        for name in ("cti", "opening"):
            assert len({getattr(one, name) for one in made}) == 3

    def test_spreads_the_ends(self, ledger: Any) -> None:
        """Codes of one start do not end together (ISS-5)."""
        ends = {one.expires_at for one in begun(ledger).issue(orders(60)) if isinstance(one, Issued)}
        assert len(ends) > 40
        assert len({one.expires_at for one in begun(ledger, run="b", jitter=timedelta(0)).issue(orders(9))}) == 1  # type: ignore[union-attr]

    def test_of_none(self, ledger: Any) -> None:
        """Where nothing is ordered nothing is asked of the ledger."""
        hand = Hand(ledger)
        assert begun(hand).issue([]) == []
        assert begun(hand).issue([("", GREEN)])[0] == begun(hand).issue([("", YELLOW)])[0]
        assert hand.asked == []

    def test_asks_the_ledger_once_a_batch(self, ledger: Any) -> None:
        """A batch is looked up once and recorded once, and so is one in which some codes are known."""
        hand = Hand(ledger)
        begun(hand).issue(orders(10))
        begun(hand).issue(orders(10, 5))
        begun(hand).issue(orders(10, 5))
        assert hand.calls("before_recorded") == [10, 10, 10]
        assert hand.calls("before_record") == [10, 5]
        assert len(hand.calls("before_take")) == 15

    def test_gives_a_batch_signer_all_at_once(self, ledger: Any) -> None:
        """A signer that takes many is given all of a batch, old ones and new ones."""
        signer = Batching()
        begun(ledger, signer).issue(orders(10))
        begun(ledger, signer).issue(orders(10, 5))
        assert signer.asked == [10, 10]
        assert texts(begun(ledger, signer).issue(orders(1))) == texts(begun(ledger).issue(orders(1)))

    def test_takes_orders_from_anywhere(self, ledger: Any) -> None:
        """Orders may come one after the other; what fails in asking for them has taken nothing."""

        def some() -> Iterator[tuple[str, HealthCode]]:
            yield from orders(3)
            raise OSError("the file ends here")

        assert len(texts(begun(ledger).issue(iter(orders(3))))) == 3
        with pytest.raises(OSError, match="ends here"):
            begun(ledger, run="b").issue(some())
        assert held(ledger) == 0

    def test_keeps_a_digest_of_the_signature(self, ledger: Any) -> None:
        """What is kept to notice other claims is of the signature: nobody tries out a colour with it (STI-8)."""
        run = begun(ledger)
        (issued,) = run.issue([("a", GREEN)])
        assert isinstance(issued, Issued)
        signature = inspect_unverified(issued.text).signature
        kept = ledger.recorded([issued.cti])[issued.cti]
        assert kept.seal == hashlib.sha256(signature).digest()[:8]


LATE: Final = LabTest(
    sampled_at=(START + timedelta(days=2)).replace(minute=0, second=0),
    result=LabResult.NEGATIVE,
    method=LabMethod.NAAT,
)
EARLIER: Final = LabTest(
    sampled_at=(START - timedelta(hours=2)).replace(minute=0, second=0),
    result=LabResult.NEGATIVE,
    method=LabMethod.NAAT,
)
SCOPE: Final = Scope(
    colors=[Color.GREEN], max_lifetime=DAY, max_bearer_lifetime=DAY, max_lifetime_without_status=DAY
)
PHONE: Final = HolderKey.from_seed(bytes(range(50, 82))).public_key


def phone(number: int) -> PublicKey:
    """Return the public key of a device."""
    return HolderKey.from_seed(number.to_bytes(32)).public_key


class TestRows:
    @pytest.mark.parametrize(
        ("row", "code"),
        [
            (("", GREEN), "bad-ref"),
            ((" a", GREEN), "bad-ref"),
            (("a\n", GREEN), "bad-ref"),
            (("é", GREEN), "bad-ref"),
            (("\ud800", GREEN), "bad-ref"),
            (("a" * 201, GREEN), "bad-ref"),
            ((None, GREEN), "bad-ref"),
            ((b"a", GREEN), "bad-ref"),
            ((7, GREEN), "bad-ref"),
            (GREEN, "bad-order"),
            (None, "bad-order"),
            ("ab", "bad-order"),
            (("a",), "bad-order"),
            (("a", GREEN, KEY), "bad-order"),
            (["a", GREEN], "bad-order"),
            (("a", None), "bad-order"),
            (("a", "green"), "bad-order"),
            (("a", ("a", GREEN)), "bad-order"),
            (("a", GREEN.model_copy(update={"color": 7})), "bad-order"),
            (("a", GREEN.model_copy(update={"holder": "张*\u202e丰"})), "bad-order"),
            (("a", GREEN.model_copy(update={"holder": "\ud800*"})), "bad-order"),
            (("a", GREEN.model_copy(update={"status": StatusPlace(0, 1)})), "bad-order"),
            (("a", HealthCode.model_construct()), "bad-order"),
            (("a", YELLOW.model_copy(update={"until": START})), "bad-order"),
            (("a", Order(GREEN, document=("resident-id", "44052418800101001x"))), "bad-order"),
            (("a", Order(GREEN, document=("resident-id",))), "bad-order"),  # type: ignore[arg-type]
            (("a", Order(GREEN, document=7)), "bad-order"),  # type: ignore[arg-type]
            (("a", Order(GREEN, holder_key=KEY.public_key)), "bad-order"),
            (("a", Order(GREEN, holder_key=b"key")), "bad-order"),  # type: ignore[arg-type]
            (("a", Order(GREEN, accept="label-unmasked")), "bad-order"),
            (("a", Order(GREEN, accept=["no-such"])), "bad-order"),
            (("a", Order(GREEN, accept=[["no-such"]])), "bad-order"),  # type: ignore[list-item]
            (("a", Order(None)), "bad-order"),  # type: ignore[arg-type]
            (("a", SLIP), "findings"),
            (("a", HealthCode(color=Color.GREEN, evidence=(LATE,))), "findings"),
        ],
    )
    def test_a_bad_one_is_one(self, ledger: Any, row: Any, code: str) -> None:
        """What is wrong with an order is its result; the others have codes, and its place goes to another one."""
        results = begun(ledger).issue([("b", GREEN), row, ("c", GREEN)])
        assert codes(results) == ["", code, ""]
        assert (len(recorded(ledger)), held(ledger)) == (2, 0)
        message = str(results[1])
        assert message.startswith(f"{code}: ")
        for secret in ("张", "丰", "44052418800101001"):
            assert secret not in message

    def test_only_bad_ones(self, ledger: Any) -> None:
        """Where no order has a code, nothing is signed or recorded, and no place is lost."""
        signer = Batching()
        assert codes(begun(ledger, signer).issue([(f"r{n}", SLIP) for n in range(5)])) == ["findings"] * 5
        assert (signer.asked, recorded(ledger), held(ledger)) == ([], {}, 0)

    def test_a_bad_one_that_was_mended(self, ledger: Any) -> None:
        """An order that had no code gets one under its ref when it is in order."""
        run = begun(ledger)
        assert codes(run.issue([("a", SLIP)])) == ["findings"]
        assert codes(run.issue([("a", Order(SLIP, accept=["label-unmasked"]))])) == [""]

    def test_no_gate_would_accept(self, ledger: Any) -> None:
        """A code that the registry would refuse is not made; nor is another one with it."""
        registry = Registry.pinned({ISSUER: [KEY.public_key]}, scope=SCOPE)
        run = begun(ledger, registry=registry)
        assert codes(run.issue([("a", GREEN), ("b", YELLOW), ("c", GREEN)])) == ["", "not-trusted", ""]
        results = begun(ledger, registry=Registry.pinned({})).issue([("d", GREEN)])
        assert codes(results) == ["not-trusted"]
        assert "unknown-key" in str(results[0])
        assert held(ledger) == 0

    def test_device_key_of_an_earlier_code(self, ledger: Any) -> None:
        """Orders whose device keys are in other codes have none; however many they are, the others do (ISS-4)."""
        used = [phone(n) for n in range(1, 40)]
        begun(ledger, run="day").issue([(f"u{n}", Order(GREEN, key)) for n, key in enumerate(used)])
        hand = Hand(ledger)
        rows: Rows = [(f"r{n}", Order(GREEN, used[n // 2] if n % 2 else phone(100 + n))) for n in range(60)]
        results = begun(hand).issue(rows)
        assert codes(results) == ["", "device-key-used"] * 30
        assert (len(recorded(ledger)), held(ledger)) == (39 + 30, 0)
        assert sum(hand.calls("before_record")) < 60 * 8
        assert begun(ledger).issue(rows[::-1]) == results[::-1]

    def test_one_device_key_costs_two_calls(self, ledger: Any) -> None:
        """One such order among many is told by its error, and the others are recorded in two halves."""
        begun(ledger, run="day").issue([("u", Order(GREEN, PHONE))])
        hand = Hand(ledger)
        rows: Rows = [*orders(9), ("r", Order(GREEN, PHONE)), *orders(9, 9)]
        assert codes(begun(hand).issue(rows)) == [""] * 9 + ["device-key-used"] + [""] * 9
        assert hand.calls("before_record") == [19, 9, 9]

    def test_device_key_twice_in_a_call(self, ledger: Any) -> None:
        """The first order with a device key has a code, whatever comes later."""
        rows: Rows = [
            ("a", Order(SLIP, PHONE)),
            ("b", Order(GREEN, PHONE)),
            ("c", Order(GREEN, PHONE)),
            ("d", GREEN),
        ]
        results = begun(ledger).issue(rows)
        assert codes(results) == ["findings", "", "device-key-used", ""]
        assert begun(ledger).issue(rows) == results
        assert held(ledger) == 0


class TestRefs:
    def test_twice_in_a_call(self, ledger: Any) -> None:
        """The same order under the same ref has the same code; another one is a conflict, and the first counts."""
        rows: Rows = [("a", GREEN), ("b", YELLOW), ("a", GREEN), ("a", YELLOW), ("b", YELLOW), ("a", Order(GREEN))]
        results = begun(ledger).issue(rows)
        assert codes(results) == ["", "", "", "ref-conflict", "", ""]
        assert results[0] == results[2] == results[5]
        assert results[1] == results[4]
        assert (len(recorded(ledger)), held(ledger)) == (2, 0)
        assert begun(ledger).issue(rows) == results

    def test_first_order_is_bad(self, ledger: Any) -> None:
        """An order that can have no code leaves the ref to the next one."""
        rows: Rows = [("a", SLIP), ("a", None), ("a", YELLOW), ("a", GREEN), ("a", SLIP)]
        results = begun(ledger).issue(rows)
        assert codes(results) == ["findings", "bad-order", "", "ref-conflict", "ref-conflict"]
        assert (len(recorded(ledger)), held(ledger)) == (1, 0)

    def test_many_times_in_a_call(self, ledger: Any) -> None:
        """A thousand orders under one ref take two looks, not a thousand."""
        hand = Hand(ledger)
        results = begun(hand).issue([("a", health) for _, health in orders(1_000)])
        assert codes(results) == [""] + ["ref-conflict"] * 999
        assert hand.calls("before_recorded") == [1, 1]

    @pytest.mark.parametrize(
        "other",
        [
            YELLOW,
            HealthCode(color=Color.GREEN, holder="张*峰"),
            HealthCode(color=Color.GREEN, holder="张*丰", residence="CN-33"),
            Order(GREEN, PHONE),
            Order(GREEN, document=DOCUMENT),
        ],
    )
    def test_other_claims_later(self, ledger: Any, other: Any) -> None:
        """Whatever differs in the claims, the ref has no second code; the first one stays what it is."""
        run = begun(ledger)
        first = run.issue([("a", GREEN)])
        (conflict, *others) = run.issue([("a", other), ("b", other)])
        assert codes([conflict, *others]) == ["ref-conflict", ""]
        assert run.issue([("a", GREEN)]) == first
        assert (len(recorded(ledger)), held(ledger)) == (2, 0)

    def test_other_document_of_a_bound_code(self, ledger: Any) -> None:
        """No code tells under one opening of two documents (PRV-6)."""
        run = begun(ledger)
        run.issue([("a", Order(GREEN, document=DOCUMENT))])
        assert codes(run.issue([("a", Order(GREEN, document=("passport", "CHN-E00000000")))])) == ["ref-conflict"]

    def test_what_is_meant_is_no_claim(self, ledger: Any) -> None:
        """Which findings an office meant is not asked again of a code that is recorded."""
        run = begun(ledger)
        first = run.issue([("a", Order(SLIP, accept=["label-unmasked"]))])
        assert run.issue([("a", SLIP)]) == first

    def test_is_a_code_of_no_run(self, ledger: Any) -> None:
        """A code that was recorded with the cti, and by no run, is another one."""
        run = begun(ledger)
        record = CodeRecord(
            cti=run.cti_of("a"),
            place=ledger.take(),
            kid=KEY.public_key.kid,
            by="a",
            why="b",
            issued_at=START,
            expires_at=START + DAY,
        )
        ledger.record([record])
        assert codes(run.issue([("a", GREEN)])) == ["ref-conflict"]

    def test_was_dropped(self, ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """A ref whose code expired and was dropped has no second one, while the history of the first is kept."""
        old = START - timedelta(days=20)
        run = office(ledger).begin_run("old", **TERMS | {"at": old})
        rows: Rows = [("a", Order(GREEN, accept=["expired"])), ("b", Order(GREEN, PHONE, accept=["expired"]))]
        assert codes(run.issue(rows)) == ["", ""]
        assert ledger.forget(after_pause=True) == 2
        results = run.issue([*rows, ("c", Order(GREEN, accept=["expired"]))])
        assert codes(results) == ["ref-conflict", "ref-conflict", ""]
        assert "was dropped" in str(results[0])
        monkeypatch.setattr(_attempt, "now", lambda: now() - 25 * DAY)  # a host that sees nothing expired
        assert run.issue([("a", GREEN)]) == results[:1]
        assert held(ledger) == 0

    def test_cti_of_no_ref(self, ledger: Any) -> None:
        """What is no ref has no cti, and is not repeated."""
        for ref, kind in (("张三丰", ValueError), ("", ValueError), (None, TypeError), (b"a", TypeError)):
            with pytest.raises(kind, match="a ref") as caught:
                begun(ledger).cti_of(ref)  # type: ignore[arg-type]
            assert "张三丰" not in str(caught.value)


class TestInterrupted:
    """A worker that dies somewhere, as far as a process that lives on can show it; see TestKilled."""

    @pytest.mark.parametrize("error", [LedgerError("the disk is full"), OSError("gone"), KeyboardInterrupt()])
    @pytest.mark.parametrize(
        "step", ["before_recorded", "after_recorded", "before_take", "before_record", "after_record"]
    )
    def test_anywhere(self, ledger: Any, step: str, error: BaseException) -> None:
        """Whatever fails, nothing comes out, no place is lost, and asked again the run makes one code for each."""
        begun(ledger).issue(orders(5))
        with pytest.raises(type(error)):
            begun(Hand(ledger, **{step: Once(failing(error))})).issue(orders(12))
        assert held(ledger) == 0
        wanted = begun(ledger).issue(orders(12))
        assert len(set(texts(wanted))) == 12
        assert begun(ledger).issue(orders(12)) == wanted
        assert (len(recorded(ledger)), len(set(recorded(ledger).values()))) == (12, 12)
        assert held(ledger) == 0

    def test_at_each_place(self, ledger: Any) -> None:
        """A ledger that gives some places and then no more has them all back."""
        for number in range(1, 6):
            hand = Hand(ledger, before_take=Once(failing(LedgerError("no more lists")), number))
            with pytest.raises(LedgerError, match="no more lists"):
                begun(hand).issue(orders(6))
            assert held(ledger) == 0

    def test_between_two_halves(self, ledger: Any) -> None:
        """Where a part was recorded and the rest was not, the part is known when the run goes on."""
        begun(ledger, run="day").issue([("u", Order(GREEN, PHONE))])
        rows: Rows = [*orders(8), ("r", Order(GREEN, PHONE))]
        hand = Hand(ledger, before_record=Once(failing(LedgerError("gone")), 3))
        with pytest.raises(LedgerError, match="gone"):
            begun(hand).issue(rows)
        assert (len(recorded(ledger)), held(ledger)) == (1 + 4, 0)
        assert codes(begun(ledger).issue(rows)) == [""] * 8 + ["device-key-used"]
        assert (len(recorded(ledger)), held(ledger)) == (1 + 8, 0)

    def test_place_that_others_have_now(self, tmp_path: Path) -> None:
        """A worker that slept until its lease was over records nothing; asked again, it takes other places."""
        with SqliteLedger.create(tmp_path / "ledger", ISSUER) as ledger:
            with ledger._database.writing("end leases of") as connection:
                connection.execute("SELECT 1")

            def others_take_over() -> None:
                with ledger._database.writing("end leases of") as connection:
                    connection.execute("UPDATE blocks SET token = ?", (os.urandom(16),))

            hand = Hand(ledger, before_record=Once(others_take_over))
            with pytest.raises(LedgerError, match="lease"):
                begun(hand).issue(orders(4))
            assert recorded(ledger) == {}
            assert len(texts(begun(hand).issue(orders(4)))) == 4
            assert held(ledger) == 0

    def test_in_other_batches(self, shared: Any) -> None:
        """A thousand orders, of which some were carried out in other batches before, have one code each."""
        wanted = orders(1_000)
        left: dict[str, str] = {}
        for start in range(0, 700, 70):
            batch = wanted[start : start + 70]
            hand = Hand(shared, after_record=failing(OSError("killed")) if start % 3 else lambda: None)
            try:
                left |= {ref: str(one) for (ref, _), one in zip(batch, begun(hand).issue(batch), strict=True)}
            except OSError:
                continue
        assert 0 < len(left) < 700
        again: dict[str, str] = {}
        backwards = wanted[::-1]
        for start in range(0, 1_000, 333):
            batch = backwards[start : start + 333]
            again |= {ref: text for (ref, _), text in zip(batch, texts(begun(shared).issue(batch)), strict=True)}
        assert len(set(again.values())) == 1_000
        assert {ref: again[ref] for ref in left} == left
        assert len(set(recorded(shared).values())) == len(recorded(shared)) == 1_000
        assert held(shared) == 0


class TestSigner:
    @pytest.mark.parametrize(
        "wrong",
        [
            lambda signatures: signatures[:-1],
            lambda signatures: [*signatures, signatures[0]],
            lambda signatures: [*signatures[:-1], bytes(64)],
            lambda signatures: signatures[::-1],
            lambda _: [],
        ],
    )
    def test_that_signs_wrongly(self, ledger: Any, wrong: Any) -> None:
        """What another signer returns is verified before anything is recorded (ISS-6)."""
        with pytest.raises(SignatureError):
            begun(ledger, Batching(wrong)).issue(orders(4))
        assert (recorded(ledger), held(ledger)) == ({}, 0)
        assert len(texts(begun(ledger).issue(orders(4)))) == 4

    @pytest.mark.parametrize("error", [OSError("the module is gone"), ValueError("wrong PIN"), TypeError("bytes")])
    def test_that_fails(self, ledger: Any, error: Exception) -> None:
        """What a signer raises is no fault of an order: all wait for the next time."""
        begun(ledger).issue(orders(2))

        def fail(_: list[bytes]) -> list[bytes]:
            raise error

        with pytest.raises(type(error)):
            begun(ledger, Batching(fail)).issue(orders(4))
        assert (len(recorded(ledger)), held(ledger)) == (2, 0)

    def test_that_never_signs_alike(self, ledger: Any) -> None:
        """A signer whose signatures differ is told from an order whose claims do (SIG-7)."""
        run = begun(ledger, Hedged())
        assert len(texts(run.issue(orders(3)))) == 3
        with pytest.raises(SignatureError, match="another signature each time"):
            run.issue(orders(3))
        assert codes(begun(ledger).issue(orders(4))) == ["ref-conflict"] * 3 + [""]
        assert held(ledger) == 0

    def test_that_is_to_be_awaited(self, ledger: Any) -> None:
        """A run does not wait for a signer, and has one."""

        class Awaited:
            public_key = KEY.public_key

            async def sign(self, message: bytes) -> bytes:
                """Sign."""
                return KEY.sign(message)

        with pytest.raises(TypeError, match="awaited"):
            begun(ledger, Awaited())
        with pytest.raises(TypeError, match="public key alone"):
            begun(ledger, KEY.public_key)

    def test_with_another_key(self, ledger: Any) -> None:
        """A run has one key: with a new one, begin another run."""
        begun(ledger)
        with pytest.raises(LedgerError):
            begun(ledger, SigningKey.generate())


class TestTerms:
    def test_begun_twice(self, ledger: Any) -> None:
        """The same terms again go on with the run, also where parts of a second and time zones differ."""
        first = begun(ledger).issue(orders(3))
        beijing = (START + timedelta(microseconds=5)).astimezone(timezone(timedelta(hours=8)))
        other = office(ledger, lifetime=DAY + timedelta(microseconds=7)).begin_run(
            "night", **TERMS | {"at": beijing}
        )
        assert other.issue(orders(3)) == first
        assert other.id == "night"

    @pytest.mark.parametrize(
        ("terms", "options"),
        [
            ({"at": START + timedelta(seconds=1)}, {}),
            ({"by": "day program"}, {}),
            ({"why": "close contact"}, {}),
            ({}, {"lifetime": 2 * DAY}),
            ({}, {"jitter": 2 * HOUR}),
            ({}, {"jitter": timedelta(0)}),
        ],
    )
    def test_begun_with_others(self, ledger: Any, terms: dict[str, Any], options: dict[str, Any]) -> None:
        """A run that was begun otherwise is not gone on with: its codes would be others."""
        begun(ledger)
        with pytest.raises(LedgerError):
            office(ledger, **options).begin_run("night", **TERMS | terms)
        begun(ledger)

    @pytest.mark.parametrize(
        ("run", "terms", "error"),
        [
            ("", {}, ValueError),
            ("a\nb", {}, ValueError),
            ("a" * 101, {}, ValueError),
            (b"night", {}, TypeError),
            ("night", {"by": ""}, ValueError),
            ("night", {"why": " "}, ValueError),
            ("night", {"at": START.replace(tzinfo=None)}, ValueError),
            ("night", {"at": None}, TypeError),
            ("night", {"at": datetime(9998, 12, 31, 12, tzinfo=UTC)}, ValueError),
            ("night", {"at": datetime(1969, 12, 31, tzinfo=UTC)}, ValueError),
        ],
    )
    def test_that_are_none(self, ledger: Any, run: Any, terms: dict[str, Any], error: type[Exception]) -> None:
        """What is no term is the caller's mistake, told when the run is begun."""
        with pytest.raises(error):
            office(ledger).begin_run(run, **TERMS | terms)

    def test_need_a_ledger(self, ledger: Any) -> None:
        """Without a ledger that keeps runs nobody knows what was issued."""
        with pytest.raises(ValueError, match="needs a ledger"):
            begun(None)

        class Simple:
            issuer = ledger.issuer
            take, record, give_back = ledger.take, ledger.record, ledger.give_back

        with pytest.raises(TypeError, match="keeps runs"):
            begun(Simple())

    @pytest.mark.parametrize(
        "options",
        [{"jitter": DAY}, {"jitter": -HOUR}, {"lifetime": timedelta(seconds=0.9), "jitter": timedelta(0)}],
    )
    def test_of_the_issuer(self, options: dict[str, Any]) -> None:
        """In whole seconds, a code lives for one at least, whatever its jitter."""
        with pytest.raises(ValueError, match="jitter"):
            office(None, **options)


class TestClocks:
    @pytest.mark.parametrize("wrong", [-60 * DAY, -DAY, DAY / 2, 3 * DAY, 400 * DAY])
    def test_wrong_one_of_a_host_that_goes_on(
        self, ledger: Any, wrong: timedelta, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A host with a wrong clock makes the same codes again as the others; only new ones are judged by it."""
        rows: Rows = [*orders(3), ("t", HealthCode(color=Color.GREEN, evidence=(EARLIER,)))]
        first = begun(ledger).issue(rows)
        monkeypatch.setattr(_attempt, "now", lambda: now() + wrong)
        results = begun(ledger).issue([*rows, *orders(2, 3)])
        assert results[:4] == first
        assert codes(results[4:]) == ([""] if -30 * DAY < wrong < DAY - HOUR else ["findings"]) * 2
        monkeypatch.undo()
        assert codes(begun(ledger).issue(orders(5))) == [""] * 5
        assert held(ledger) == 0

    def test_registry_that_changed(self, ledger: Any) -> None:
        """A code that is recorded is made again also when its key is listed no more; a new one is not made."""
        first = begun(ledger, registry=REGISTRY).issue(orders(3))
        results = begun(ledger, registry=lambda: Registry.pinned({})).issue(orders(4))
        assert results[:3] == first
        assert codes(results[3:]) == ["not-trusted"]

    def test_registry_that_cannot_be_read(self, ledger: Any) -> None:
        """The registry is asked once for a batch, and what it raises is no fault of an order."""
        asked: list[int] = []

        def registry() -> Registry:
            asked.append(1)
            if len(asked) > 1:
                raise ValueError("no store")
            return REGISTRY

        run = begun(ledger, registry=registry)
        assert codes(run.issue(orders(5))) == [""] * 5
        with pytest.raises(ValueError, match="no store"):
            run.issue(orders(5))
        assert (len(asked), held(ledger)) == (2, 0)


class TestTwoWorkers:
    def test_one_is_faster(self, shared: Any) -> None:
        """What another worker records between the look and the recording is made again with its place."""
        faster = begun(shared)
        made: list[Any] = []
        hand = Hand(shared, before_record=Once(lambda: made.extend(faster.issue(orders(4, 3)))))
        results = begun(hand).issue(orders(10))
        assert results[3:7] == made
        assert (len(recorded(shared)), held(shared)) == (10, 0)
        assert hand.calls("before_record") == [10, 3, 3]

    def test_one_is_faster_with_other_claims(self, shared: Any) -> None:
        """Then the slower one's order is the conflict."""
        hand = Hand(shared, before_record=Once(lambda: begun(shared).issue([("order-1", YELLOW)])))
        assert codes(begun(hand).issue(orders(3))) == ["", "ref-conflict", ""]

    def test_one_is_faster_with_a_device_key(self, shared: Any) -> None:
        """Whoever is second with a device key has no code for it, and one for all else."""
        hand = Hand(shared, before_record=Once(lambda: begun(shared).issue([("x", Order(GREEN, PHONE))])))
        rows: Rows = [*orders(3), ("y", Order(GREEN, PHONE)), ("x", Order(GREEN, PHONE))]
        assert codes(begun(hand).issue(rows)) == ["", "", "", "device-key-used", ""]

    def test_one_is_always_faster(self, shared: Any) -> None:
        """A worker that loses whenever it can tries with fewer at once, and has all codes in the end."""
        faster = begun(shared)
        backwards = iter(orders(40)[::-1])
        hand = Hand(shared, before_record=lambda: faster.issue([next(backwards)]))
        results = begun(hand).issue(orders(40)[::-1])
        assert results == begun(shared).issue(orders(40)[::-1])
        assert hand.calls("before_record")[:4] == [40, 19, 8, 2]
        assert (len(recorded(shared)), held(shared)) == (40, 0)

    def test_of_a_ledger_that_forgets(self, shared: Any) -> None:
        """A ledger that knows a code, and does not when it is asked for all, is no race; the worker gives up."""
        begun(shared).issue(orders(4))
        calls = iter([True, False] * 99)

        class Stale(Hand):
            def recorded(self, ctis: Collection[bytes], **hints: Any) -> dict[bytes, Recorded]:
                """Return what is recorded, every other time."""
                known = super().recorded(ctis, **hints)
                return {} if next(calls) else known

        with pytest.raises(CodeKnownError):
            begun(Stale(shared)).issue(orders(4))
        assert held(shared) == 0

    def test_at_once(self, shared: Any) -> None:
        """Threads that carry the same orders out at once, in other orders and batches, make the same codes."""
        wanted = orders(120)
        found: list[dict[str, str]] = []
        gate = threading.Barrier(4)

        def work(seed: int) -> None:
            shuffled = random.Random(seed).sample(wanted, len(wanted))  # noqa: S311 - an order
            run = begun(shared)
            mine: dict[str, str] = {}
            gate.wait()
            for start in range(0, 120, size := 20 * (seed + 1)):
                batch = shuffled[start : start + size]
                mine |= {ref: str(one) for (ref, _), one in zip(batch, run.issue(batch), strict=True)}
            found.append(mine)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4
        assert all(one == found[0] for one in found)
        assert len(set(found[0].values())) == 120
        assert len(set(recorded(shared).values())) == len(recorded(shared)) == 120
        assert held(shared) == 0


class TestSecrets:
    def test_is_shown_nowhere(self) -> None:
        """Neither the secret nor an order is in what is printed or pickled."""
        ledger = MemoryLedger(Store(ISSUER))
        run = begun(ledger)
        (secret, _) = ledger._store.runs["night"]
        for shown in (repr(run), str(run)):
            assert repr(secret)[2:-1] not in shown
            assert secret.hex() not in shown
        assert repr(run) == "Run('night', issuer='CN-33-01.WJW')"
        for copied in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="neither pickled nor copied"):
                copied(run)

    def test_ref_is_in_no_code_and_in_no_ledger(self, tmp_path: Path) -> None:
        """The ref is neither in the code nor on the disk of the ledger (ISS-9.7)."""
        with SqliteLedger.create(tmp_path / "ledger", ISSUER) as ledger:
            (issued,) = begun(ledger).issue([("order-of-Zhang-San-1968", GREEN)])
            assert isinstance(issued, Issued)
            assert b"Zhang-San" not in inspect_unverified(issued.text).payload
            ledger._database.writing("x")
        for path in (tmp_path / "ledger").rglob("*"):
            assert path.is_dir() or b"Zhang-San" not in path.read_bytes()


class TestDiscreet:
    @pytest.mark.parametrize("step", ["after_recorded", "before_take", "before_record", "after_record", "sign"])
    def test_nothing_is_reachable(self, ledger: Any, step: str) -> None:
        """Whatever fails, no label, number, ref, text or opening hangs on the error (VER-9)."""

        def wrong(signatures: list[bytes]) -> list[bytes]:
            return [bytes(64)] * len(signatures) if step == "sign" else signatures

        wanted: Rows = [("ref-0815", Order(HealthCode(color=Color.GREEN, holder="秘*密"), document=DOCUMENT))]
        hand = Hand(ledger, **{step: failing(LedgerError("gone"))})
        with pytest.raises((LedgerError, SignatureError)) as caught:
            begun(hand, Batching(wrong)).issue(wanted)
        found = told(caught.value)
        for one in ("秘*密", DOCUMENT[1], "ref-0815", "HP1:", repr(ledger.begin_run(terms()))[2:-1]):
            assert one not in found

    def test_what_cannot_be_begun(self) -> None:
        """The error of a run that was begun otherwise holds no secret."""
        ledger = MemoryLedger(Store(ISSUER))
        begun(ledger)
        with pytest.raises(LedgerError) as caught:
            office(ledger).begin_run("night", **TERMS | {"by": "x"})
        assert repr(ledger._store.runs["night"][0])[2:-1] not in told(caught.value)


REFS: Final = st.sampled_from([f"r{n}" for n in range(6)])
WHAT: Final = st.sampled_from([GREEN, YELLOW, SLIP, None, Order(GREEN, phone(1)), Order(YELLOW, phone(2))])
STEPS: Final = st.sampled_from(["before_recorded", "before_take", "before_record", "after_record"])
FAULTS: Final = st.none() | st.tuples(STEPS, st.integers(1, 3))
BATCHES: Final = st.lists(st.tuples(st.lists(st.tuples(REFS, WHAT), max_size=7), FAULTS), max_size=12)


class TestProperties:
    @given(BATCHES)
    def test_a_ref_has_one_code(self, batches: list[tuple[list[tuple[str, Any]], Any]]) -> None:
        """Whatever is ordered under some refs, and whatever fails: a ref never has two codes, nor a place two."""
        ledger = MemoryLedger(Store(ISSUER))
        out: dict[str, str] = {}
        said: dict[str, Any] = {}
        for rows, fault in batches:
            steps = {fault[0]: Once(failing(OSError("killed")), fault[1])} if fault else {}
            try:
                results = begun(Hand(ledger, **steps)).issue(rows)
            except OSError:
                results = []
            for (ref, what), one in zip(rows, results, strict=False):
                if isinstance(one, Issued):
                    assert out.setdefault(ref, one.text) == one.text
                    assert said.setdefault(ref, what) == what
                    ordered = what.health_code if isinstance(what, Order) else what
                    assert one.health.color == ordered.color
                elif one.code == "ref-conflict":
                    assert begun(ledger).cti_of(ref) in recorded(ledger)
            assert held(ledger) == 0
        places = recorded(ledger)
        assert len(set(places.values())) == len(places)
        assert {begun(ledger).cti_of(ref) for ref in out} <= places.keys()
        last = begun(ledger).issue([*said.items()])
        assert [str(one) for one in last] == [out[ref] for ref in said]

    @given(st.text(max_size=5) | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
    def test_a_ref_is_what_it_is(self, ref: str) -> None:
        """Each text is a ref as it stands, or none: two texts never have one cti."""
        run = begun(LEDGER)
        if 1 <= len(ref) <= 200 and all("!" <= character <= "~" for character in ref):
            assert run.cti_of(ref) != run.cti_of(ref + "0"[: 200 - len(ref)]) or len(ref) == 200
        else:
            with pytest.raises(ValueError, match="a ref has 1 to 200 characters"):
                run.cti_of(ref)


LEDGER: Final = MemoryLedger(Store(ISSUER))
