"""The contract on places: no place is given twice (STI-1)."""

import threading
from contextlib import suppress

from healthpass.credential._health import StatusPlace
from healthpass.issuing._status_places import CodeRecord, StatusPlaces
from healthpass.ledger._errors import LedgerError
from healthpass.ledger._interface import Ledger
from healthpass.ledger.contract._desk import ISSUER, Desk, Ledgers, differ, places_of


class PlacesContract(Ledgers):
    """No place is given twice (STI-1)."""

    def test_place_of_which_issuer(self, desk: Desk) -> None:
        """A ledger has the methods of `Ledger`, and tells whose codes it keeps."""
        for ledger in (desk.ledger, desk.other()):
            assert isinstance(ledger, Ledger)
            assert isinstance(ledger, StatusPlaces)
            assert ledger.issuer == ISSUER

    def test_place_is_taken_once(self, desk: Desk) -> None:
        """Of many places that are taken, no two are the same."""
        assert len({desk.ledger.take() for _ in range(3000)}) == 3000

    def test_place_is_given_back_once(self, desk: Desk) -> None:
        """A place that was given back twice goes to one code at most."""
        place = desk.ledger.take()
        desk.ledger.give_back(place)
        desk.ledger.give_back(place)
        assert [desk.ledger.take() for _ in range(600)].count(place) <= 1

    def test_place_of_a_recorded_code_is_not_given_back(self, desk: Desk) -> None:
        """Giving back the place of a recorded code does nothing."""
        codes = desk.issue(3)
        for code in codes:
            desk.ledger.give_back(code.place)
        desk.other().give_back(codes[0].place)
        assert not {desk.ledger.take() for _ in range(1000)} & places_of(codes)

    def test_place_of_another_worker_is_not_given_back(self, desk: Desk) -> None:
        """Giving back a place that somebody else holds, or nobody, does nothing."""
        other = desk.other()
        held = desk.code(other)
        desk.ledger.give_back(held.place)
        desk.ledger.give_back(StatusPlace(0, 1))
        desk.ledger.give_back(StatusPlace(65_535, 7))
        taken = [desk.ledger.take() for _ in range(600)]
        assert len({held.place, *taken}) == 601
        other.record([held])
        assert desk.ledger.history(held.cti)[0].place == held.place

    def test_place_is_taken_by_one_of_several_workers(self, desk: Desk) -> None:
        """Workers that have a ledger open at once never hold the same place, whatever they give back."""
        workers = [desk.ledger, desk.other(), desk.other()]
        codes: list[CodeRecord] = []
        for round_ in range(40):
            for worker in workers:
                made = [desk.code(worker) for _ in range(8)]
                worker.give_back(made.pop().place)
                if round_ % 2:
                    worker.record(made)
                codes += made
        assert len(places_of(codes)) == len(codes)

    def test_place_stays_taken_when_the_ledger_is_opened_again(self, desk: Desk) -> None:
        """A ledger that is closed and opened, also many times, gives out no place of a recorded code."""
        recorded = desk.issue(20)
        for _ in range(5):
            desk.reopen()
            recorded += desk.issue(20)
        assert len(places_of(recorded)) == len(recorded)
        assert not {desk.ledger.take() for _ in range(1000)} & places_of(recorded)

    def test_place_stays_taken_when_a_worker_does_not_come_back(self, desk: Desk) -> None:
        """What a worker has recorded that was never closed is given to nobody."""
        gone = desk.other()
        recorded = desk.issue(20, ledger=gone)
        other = desk.other()
        assert not {other.take() for _ in range(600)} & places_of(recorded)

    def test_place_is_one_threads(self, desk: Desk) -> None:
        """Threads share a ledger: each place is taken once, and all codes are recorded."""
        done: list[CodeRecord] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                for _ in range(10):
                    codes = [desk.code() for _ in range(20)]
                    desk.ledger.give_back(codes.pop().place)
                    desk.ledger.record(codes)
                    done.extend(codes)
            except BaseException as error:  # noqa: BLE001 - told below
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(places_of(done)) == len(done) == 4 * 10 * 19
        assert differ(desk.chosen().keys(), {code.cti for code in done}) == ""

    def test_place_of_which_the_lease_has_ended(self, desk: Desk) -> None:
        """A worker that comes late records a code, or is told that it may not; no place has two codes."""
        late = desk.issue(5) + [desk.code() for _ in range(5)]
        desk.end_leases()
        other = desk.other()
        codes = desk.issue(400, ledger=other)
        assert not places_of(codes) & places_of(late[:5])
        for code in late[5:]:
            with suppress(LedgerError):
                desk.ledger.record([code])
                codes.append(code)
            desk.ledger.give_back(code.place)
        codes += late[:5] + desk.issue(50)
        assert len(places_of(codes)) == len(codes)
        assert differ(desk.chosen().keys(), {code.cti for code in codes}) == ""
