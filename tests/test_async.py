"""Issuing while others run: an asynchronous signer, and a ledger that is asked in a thread."""

import asyncio
import threading
import traceback
from pathlib import Path
from typing import Any, Final

import pytest

from forging import DAY, GREEN, ISSUER, KEY, NOW, WHENEVER, judged
from healthpass import Color, HealthCode, Issuer, Order, PublicKey, SignatureError, SigningKey
from healthpass.ledger import SqliteLedger

WHO: Final[dict[str, Any]] = {"by": "officer 17", "why": "declaration"}


class Kms:
    """A key in the network: it answers after a while."""

    def __init__(self, key: SigningKey = KEY) -> None:
        self.public_key: PublicKey = KEY.public_key
        self.waiting = self.most = 0
        self._key = key

    async def sign(self, message: bytes) -> bytes:
        """Sign, and count how many wait at the same time."""
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await asyncio.sleep(0.01)
        self.waiting -= 1
        return self._key.sign(message)


class Places:
    """A ledger in memory that notes in which threads it was asked, and what was given back."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self._ledger = ledger
        self.issuer = ledger.issuer
        self.threads: set[threading.Thread] = set()
        self.taken: list[Any] = []
        self.returned: list[Any] = []
        self.recording = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def take(self) -> Any:
        """Take a place."""
        self.threads.add(threading.current_thread())
        self.taken.append(self._ledger.take())
        return self.taken[-1]

    def record(self, codes: Any) -> None:
        """Write codes down."""
        self.threads.add(threading.current_thread())
        self.recording.set()
        self.go_on.wait(10)
        self._ledger.record(codes)

    def give_back(self, place: Any) -> None:
        """Give a place back."""
        self.returned.append(place)
        self._ledger.give_back(place)


@pytest.fixture
def places(tmp_path: Path) -> Any:
    """Give a ledger of its own to each test."""
    with SqliteLedger.create(tmp_path / "ledger", ISSUER) as ledger:
        yield Places(ledger)


class TestIssueAsync:
    def test_it_awaits_the_signer(self) -> None:
        """A code of an asynchronous signer is a code like any other."""
        issued = asyncio.run(
            Issuer(ISSUER, signer=Kms(), lifetime=DAY).issue_async(GREEN, at=NOW, accept=WHENEVER)
        )
        assert judged(issued.text).health == GREEN

    def test_many_are_signed_at_the_same_time(self) -> None:
        """The answers come in the order of what was asked."""
        kms = Kms()
        orders = [HealthCode(color=Color.GREEN, holder=f"{number}*") for number in range(20)]
        office = Issuer(ISSUER, signer=kms, lifetime=DAY)
        issued = asyncio.run(office.issue_many_async([Order(order, accept=WHENEVER) for order in orders], at=NOW))
        assert [one.health for one in issued] == orders
        assert kms.most == 20

    def test_another_signer_will_do(self) -> None:
        """A signer that is not to be awaited signs in a thread."""
        issued = asyncio.run(Issuer(ISSUER, signer=KEY, lifetime=DAY).issue_async(GREEN, at=NOW, accept=WHENEVER))
        assert judged(issued.text).health == GREEN

    def test_what_is_to_be_awaited_is(self) -> None:
        """An asynchronous signer is not for `issue`, and a public key alone for neither."""
        with pytest.raises(TypeError, match="issue_async"):
            Issuer(ISSUER, signer=Kms(), lifetime=DAY).issue(GREEN)
        with pytest.raises(TypeError, match="prepare"):
            asyncio.run(Issuer(ISSUER, signer=KEY.public_key, lifetime=DAY).issue_async(GREEN))

    def test_the_ledger_is_asked_in_a_thread(self, places: Places) -> None:
        """The loop goes on while a ledger waits for the disk, and each code is written down."""
        office = Issuer(ISSUER, signer=Kms(), lifetime=DAY, ledger=places)
        issued = asyncio.run(office.issue_many_async([GREEN] * 3, **WHO))
        assert [one.health.status for one in issued] == places.taken
        assert threading.current_thread() not in places.threads
        assert places.returned == []

    @pytest.mark.parametrize("other", [SigningKey.generate(), None])
    def test_what_fails_loses_no_place(self, places: Places, other: Any) -> None:
        """A wrong signature, and a code that is wrong, give back what was taken; the error tells nothing."""
        office = Issuer(ISSUER, signer=Kms(other or KEY), lifetime=DAY, ledger=places)
        bad = GREEN if other else GREEN.model_copy(update={"holder": "密\u202e"})
        with pytest.raises(SignatureError if other else ValueError) as caught:
            asyncio.run(office.issue_many_async([GREEN, bad], **WHO))
        assert sorted(places.returned) == sorted(places.taken)
        assert "密" not in str(caught.value)

    def test_a_call_that_is_cancelled_while_it_waits(self, places: Places) -> None:
        """Who no longer waits for the signer has his places back."""

        async def give_up() -> None:
            office = Issuer(ISSUER, signer=Kms(), lifetime=DAY, ledger=places)
            await asyncio.wait_for(office.issue_async(GREEN, **WHO), timeout=0.005)

        with pytest.raises(TimeoutError):
            asyncio.run(give_up())
        assert places.returned == places.taken

    def test_a_call_that_is_cancelled_while_it_writes(self, places: Places) -> None:
        """What is being written down is written to its end, and its place is nobody else's."""

        async def give_up() -> None:
            places.go_on.clear()
            office = Issuer(ISSUER, signer=Kms(), lifetime=DAY, ledger=places)
            issuing = asyncio.ensure_future(office.issue_async(GREEN, **WHO))
            await asyncio.to_thread(places.recording.wait, 10)
            issuing.cancel()
            await asyncio.sleep(0.02)
            assert not issuing.done()
            places.go_on.set()
            await issuing

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(give_up())
        (place,) = places.taken
        assert places._ledger.take() != place

    def test_a_thread_that_raises_stop_iteration(self) -> None:
        """What no future can hold is an error of another class, and nobody waits for ever."""
        registries: Any = iter(())
        issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY, registry=lambda: next(registries))
        with pytest.raises(RuntimeError, match="StopIteration"):
            asyncio.run(asyncio.wait_for(issuer.issue_async(GREEN), 20))

    def test_the_frames_of_its_errors(self) -> None:
        """No frame, also none of Python's threads, keeps a document's number, also when the call is cancelled."""
        number = "110105194912310021"

        class Slow(Kms):
            async def sign(self, message: bytes) -> bytes:
                await asyncio.sleep(60)
                return await super().sign(message)

        async def run(issuer: Issuer, number: str) -> None:
            await asyncio.wait_for(issuer.issue_async(GREEN, document=("resident-id", number)), 0.5)

        for issuer, one, error in (
            (Issuer(ISSUER, signer=KEY, lifetime=DAY), number, ValueError),
            (Issuer(ISSUER, signer=Slow(), lifetime=DAY), "11010519491231002X", TimeoutError),
        ):
            with pytest.raises(error) as caught:
                asyncio.run(run(issuer, one))
            found: list[BaseException | None] = [caught.value]
            while found and (one_error := found.pop()) is not None:
                found += [one_error.__cause__, one_error.__context__]
                for frame, _ in traceback.walk_tb(one_error.__traceback__):
                    if frame.f_code.co_filename != __file__:
                        assert one not in str(frame.f_locals), frame
