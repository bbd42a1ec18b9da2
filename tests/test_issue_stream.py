"""Issuing many credentials: as a stream, batch by batch; and which order an error is about."""

import asyncio
import gc
import traceback
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import pytest

from forging import DAY, GREEN, ISSUER, KEY
from healthpass import Color, HealthCode, HolderKey, Issued, Issuer, Order, SignatureError, SigningKey
from healthpass.ledger import DeviceKeyUsedError, LedgerError, SqliteLedger

WHO: Final[dict[str, Any]] = {"by": "morning program", "why": "negative test"}
SLIP: Final = HealthCode(color=Color.GREEN, holder="张三丰")


class Slow:
    """A signer that signs all at once, and the wrong bytes in certain places."""

    def __init__(self, *wrong: int) -> None:
        self.public_key = KEY.public_key
        self.asked: list[int] = []
        self._wrong = wrong

    def sign(self, message: bytes) -> bytes:
        """Sign one."""
        return KEY.sign(message)

    def sign_many(self, messages: Iterable[bytes]) -> list[bytes]:
        """Sign all."""
        signatures = [KEY.sign(message) for message in messages]
        self.asked.append(len(signatures))
        for number in self._wrong:
            if number < len(signatures):
                signatures[number] = bytes(64)
        return signatures


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """Give a ledger of its own to each test."""
    with SqliteLedger.create(tmp_path / "ledger", ISSUER) as made:
        yield made


def office(ledger: SqliteLedger | None = None, signer: Any = KEY) -> Issuer:
    """Return an issuer."""
    return Issuer(ISSUER, signer=signer, lifetime=DAY, ledger=ledger)


def orders(end: int, problem: Any = None) -> Iterator[Any]:
    """Give so many health codes one after the other, and then a problem."""
    for _ in range(end):
        yield GREEN
    if isinstance(problem, Exception):
        raise problem
    if problem is not None:
        yield problem
        yield from orders(10)


def held(ledger: SqliteLedger) -> int:
    """Return how many places are taken and neither recorded nor given back."""
    return len(ledger._places._taken)


def recorded(ledger: SqliteLedger) -> set[bytes]:
    """Return the codes that the ledger knows."""
    with ledger._database.reading("read") as connection:
        return {cti for (cti,) in connection.execute("SELECT cti FROM codes")}


def notes(error: BaseException) -> list[str]:
    """Return what is noted on an error."""
    return getattr(error, "__notes__", [])


class TestStream:
    def test_is_the_same_as_one_by_one(self, ledger: SqliteLedger) -> None:
        """All orders are issued, in their order, each with a place of its own, and written down in batches."""
        codes = [HealthCode(color=Color.GREEN, holder=f"{chr(0x4E00 + n)}*") for n in range(23)]
        issued = list(office(ledger).issue_stream(codes, batch=10, **WHO))
        assert [one.health.holder for one in issued] == [code.holder for code in codes]
        assert len({one.health.status for one in issued}) == 23
        assert [line.action for line in ledger.log()] == ["created", "issued", "issued", "issued"]
        assert recorded(ledger) == {one.cti for one in issued}
        assert ledger.verify_chain().number == 4

    def test_asks_for_orders_when_they_are_needed(self, ledger: SqliteLedger) -> None:
        """It asks for a batch when its first code is needed, and not before; orders may have no end."""
        numbers = count()
        stream = office(ledger).issue_stream((GREEN for _ in numbers), batch=5, **WHO)
        assert next(numbers) == 0
        first = list(islice(stream, 5))
        assert (len(first), next(numbers)) == (5, 6)
        next(stream)
        assert next(numbers) == 12

    def test_of_none(self, ledger: SqliteLedger) -> None:
        """Where nothing is ordered nothing is issued, and the log has no line of it."""
        assert list(office(ledger).issue_stream([], **WHO)) == []
        assert len(list(office(ledger).issue_stream([GREEN] * 4, batch=2, **WHO))) == 4
        assert ledger.head().number == 3

    def test_holds_one_batch_in_memory(self) -> None:
        """What was taken from the stream and dropped is not kept by it."""
        gc.collect()
        before = sum(isinstance(one, Issued) for one in gc.get_objects())
        most = 0
        for number, _ in enumerate(office().issue_stream(orders(400), batch=20)):
            if number % 50 == 0:
                most = max(most, sum(isinstance(one, Issued) for one in gc.get_objects()))
        assert most - before <= 41

    @pytest.mark.parametrize(
        ("problem", "error", "end"),
        [
            ("green", TypeError, 27),
            (SLIP, ValueError, 27),
            (HealthCode.model_construct(color="purple"), ValueError, 27),
            (OSError("the file ends here"), OSError, 27),
            (StopIteration("of a broken iterator"), RuntimeError, 27),
            ("green", TypeError, 20),
            (KeyError("a column"), KeyError, 0),
        ],
    )
    def test_says_which_order_was_wrong(
        self, ledger: SqliteLedger, problem: Any, error: type[Exception], end: int
    ) -> None:
        """When an order is wrong, or cannot be read, its number is told; what was recorded was returned before."""
        issued: list[Issued] = []
        with pytest.raises(error) as caught:
            issued.extend(office(ledger).issue_stream(orders(end, problem), batch=10, **WHO))
        assert notes(caught.value) == [f"orders[{end}]"]
        assert len(issued) == end // 10 * 10
        assert recorded(ledger) == {one.cti for one in issued}
        assert held(ledger) == 0
        assert str(caught.value) != f"orders[{end}]"

    @pytest.mark.parametrize("taken", [0, 1, 9, 10, 11])
    @pytest.mark.parametrize("how", ["close", "drop", "throw"])
    def test_that_is_given_up_loses_no_place(self, ledger: SqliteLedger, taken: int, how: str) -> None:
        """Whoever stops early has at most a batch too many in the ledger, and no place stays taken."""
        stream: Any = office(ledger).issue_stream(orders(100), batch=10, **WHO)
        issued = list(islice(stream, taken))
        if how == "throw":
            with pytest.raises(KeyboardInterrupt):
                stream.throw(KeyboardInterrupt())
        elif how == "close":
            stream.close()
        del stream
        known = recorded(ledger)
        assert {one.cti for one in issued} <= known
        assert len(known) == -(-taken // 10) * 10
        assert held(ledger) == 0
        assert len(list(office(ledger).issue_stream(orders(300), batch=100, **WHO))) == 300

    @pytest.mark.parametrize("batch", [0, -1, 2.5, "100"])
    def test_needs_a_batch(self, batch: Any) -> None:
        """A batch has at least one code, and is a number of codes."""
        with pytest.raises(ValueError, match="batch must be a positive integer"):
            next(office().issue_stream([GREEN], batch=batch))

    def test_gives_a_batch_signer_its_batches(self, ledger: SqliteLedger) -> None:
        """A signer that signs many at once is asked once a batch; a wrong signature is named by its order."""
        signer = Slow()
        assert len(list(office(ledger, signer).issue_stream(orders(25), batch=10, **WHO))) == 25
        assert signer.asked == [10, 10, 5]
        before = recorded(ledger)
        issued: list[Issued] = []
        with pytest.raises(SignatureError) as caught:
            issued.extend(office(ledger, Slow(7)).issue_stream(orders(25), batch=8, **WHO))
        assert notes(caught.value) == ["orders[7]"]
        assert (issued, recorded(ledger), held(ledger)) == ([], before, 0)

    def test_with_a_ledger_that_cannot_record(self, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
        """What cannot be written down does not leave; the batches before have."""
        record, calls = ledger.record, count()

        def fails(codes: Any) -> None:
            if next(calls) == 2:
                raise LedgerError("the disk is full")
            record(codes)

        monkeypatch.setattr(ledger, "record", fails)
        issued: list[Issued] = []
        with pytest.raises(LedgerError, match="the disk is full") as caught:
            issued.extend(office(ledger).issue_stream(orders(50), batch=10, **WHO))
        assert notes(caught.value) == []
        assert recorded(ledger) == {one.cti for one in issued}
        assert (len(issued), held(ledger)) == (20, 0)

    def test_its_errors_are_discreet(self, ledger: SqliteLedger) -> None:
        """No frame of the library keeps what was ordered, neither a code nor the list of all of them."""
        named = HealthCode(color=Color.GREEN, holder="欧*")
        wanted: Any = [named] * 30 + [SLIP]
        with pytest.raises(ValueError, match="label") as caught:
            list(office(ledger).issue_stream(wanted, batch=10, **WHO))
        trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        told = "".join(
            str(frame.locals) for frame in trace.stack if "/src/healthpass/" in frame.filename and frame.locals
        )
        assert "HealthCode" not in told
        assert "欧" not in told


class TestNotes:
    def test_of_many(self, ledger: SqliteLedger) -> None:
        """Errors of issue_many name the order; of issue, which has but one, they name none."""
        with pytest.raises(TypeError) as caught:
            office(ledger).issue_many([GREEN, GREEN, "green"], **WHO)  # type: ignore[list-item]
        assert notes(caught.value) == ["orders[2]"]
        with pytest.raises(ValueError, match="unmasked") as slipped:
            office(ledger).issue(SLIP, **WHO)
        assert notes(slipped.value) == []
        with pytest.raises(SignatureError) as signed:
            office(ledger, Slow(3)).issue_many([GREEN] * 5, **WHO)
        assert notes(signed.value) == ["orders[3]"]
        assert (recorded(ledger), held(ledger)) == (set(), 0)

    def test_of_a_key_that_fails(self, ledger: SqliteLedger) -> None:
        """A signer that raises is asked for one code, and that one is named."""
        calls = count()

        class Failing:
            public_key = KEY.public_key

            def sign(self, message: bytes) -> bytes:
                if next(calls) == 4:
                    raise ConnectionError
                return KEY.sign(message)

        with pytest.raises(ConnectionError) as caught:
            list(office(ledger, Failing()).issue_stream(orders(9), batch=3, **WHO))
        assert notes(caught.value) == ["orders[4]"]
        assert (len(recorded(ledger)), held(ledger)) == (3, 0)

    def test_of_a_device_key_that_was_used(self, ledger: SqliteLedger) -> None:
        """Where the ledger refuses one code of a batch for its device key, the error says which order it was."""
        keys = [HolderKey.generate().public_key for _ in range(5)]
        with pytest.raises(DeviceKeyUsedError) as caught:
            office(ledger).issue_many([Order(GREEN, holder_key=key) for key in (*keys, keys[1])], **WHO)
        assert notes(caught.value) == ["orders[5]"]
        bound = [Order(GREEN, holder_key=key) for key in keys]
        office(ledger).issue(GREEN, holder_key=keys[3], **WHO)
        with pytest.raises(DeviceKeyUsedError) as again:
            list(office(ledger).issue_stream([*[GREEN] * 8, *bound], batch=4, **WHO))
        assert notes(again.value) == ["orders[11]"]
        assert len(recorded(ledger)) == 9

    def test_of_many_that_are_awaited(self, ledger: SqliteLedger) -> None:
        """Errors of issue_many_async name the order too."""
        with pytest.raises(TypeError) as caught:
            asyncio.run(office(ledger).issue_many_async([GREEN, "green"], **WHO))  # type: ignore[list-item]
        assert notes(caught.value) == ["orders[1]"]
        with pytest.raises(SignatureError) as signed:
            asyncio.run(office(ledger, Slow(2)).issue_many_async([GREEN] * 4, **WHO))
        assert notes(signed.value) == ["orders[2]"]
        assert (recorded(ledger), held(ledger)) == (set(), 0)

    def test_of_too_few_signatures(self, ledger: SqliteLedger) -> None:
        """A signer that returns another number of signatures is no single order's fault."""

        class Short(Slow):
            def sign_many(self, messages: Iterable[bytes]) -> list[bytes]:
                return super().sign_many(messages)[1:]

        with pytest.raises(SignatureError, match="3 signatures for 4 codes") as caught:
            office(ledger, Short()).issue_many([GREEN] * 4, **WHO)
        assert notes(caught.value) == []
        assert isinstance(KEY, SigningKey)
