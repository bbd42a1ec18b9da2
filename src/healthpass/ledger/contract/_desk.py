"""What the tests of the contract work with: an office that writes codes down without making them."""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

from healthpass.credential._health import StatusPlace
from healthpass.issuing._status_places import CodeRecord
from healthpass.ledger._interface import Ledger
from healthpass.ledger._selecting import SelectedCode, Selection

ISSUER: Final = "CN-33-01.WJW"
KID: Final = bytes(range(8))
BITMAP: Final = 131_072  # bytes of a list (STL-6)
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
SECOND: Final = timedelta(seconds=1)
KEPT: Final = 8 * DAY  # for which a code is kept after it expired, at least
GONE: Final = 9 * DAY  # and at most
_T = TypeVar("_T")
WHO: Final[dict[str, Any]] = {"by": "officer 4", "why": "samples mixed up"}


class Ledgers:
    """How the ledgers of a contract are made."""

    writers: int = 4
    seconds: float = 1.0
    kills: int = 8

    def make(self, folder: Path, issuer: str) -> Ledger:
        """Make a new ledger; to be overridden.

        Args:
            folder: an empty folder, another one for each ledger. Where your ledger lies elsewhere, derive its name
                from this.
            issuer: the issuer's id.
        """
        raise NotImplementedError("override make(), so that it returns a new ledger")

    def open(self, folder: Path, issuer: str) -> Ledger:
        """Open a ledger that was made, as another process or another host would; to be overridden.

        The first handle may still be open, and no two handles may share anything in memory. Some tests call this
        in a process of its own, which imports the file of your class and makes an object of it: what is needed to
        open the ledger comes from the arguments, the class, or the environment.

        Args:
            folder: what `make` was given.
            issuer: the issuer's id.
        """
        raise NotImplementedError("override open(), so that it opens a ledger that was made")

    def close(self, ledger: Ledger) -> None:
        """Close a ledger; by default, with its own `close()`, if it has one."""
        getattr(ledger, "close", lambda: None)()

    def end_leases(self) -> None:
        """Let all leases end under which workers hold places now: wait, or move the ledger's clock.

        Override it where your ledger gives the places of a worker that does not come back to others after some
        time. By default the tests of that are left out.
        """
        pytest.skip("end_leases() is not overridden")

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Iterator["Desk"]:
        """Give an office with a new ledger."""
        made = Desk(self, tmp_path / "ledger")
        yield made
        made.close()


class Desk:
    """An office with a new ledger, which writes codes down without making them.

    Attributes:
        ledger: the ledger, as the office has it open.
        now: the time at which the office was opened, in whole seconds.
    """

    ledger: Ledger
    now: datetime

    def __init__(self, ledgers: Ledgers, folder: Path) -> None:
        folder.mkdir()
        self._ledgers = ledgers
        self._folder = folder
        self._open: list[Ledger] = []
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.ledger = self._kept(ledgers.make(folder, ISSUER))

    def _kept(self, ledger: Ledger) -> Ledger:
        self._open.append(ledger)
        return ledger

    def other(self) -> Ledger:
        """Open the ledger once more, as another worker does."""
        return self._kept(self._ledgers.open(self._folder, ISSUER))

    def reopen(self) -> None:
        """Close the ledger, and open it again."""
        self._ledgers.close(self.ledger)
        self._open.remove(self.ledger)
        self.ledger = self.other()

    def close(self) -> None:
        """Close all that is open."""
        while self._open:
            self._ledgers.close(self._open.pop())

    def end_leases(self) -> None:
        """Let the leases of all places end."""
        self._ledgers.end_leases()

    def another(self) -> "Desk":
        """Make another ledger of the same issuer."""
        return Desk(self._ledgers, self._folder.with_name(f"{self._folder.name}-2"))

    def code(self, ledger: Ledger | None = None, **changes: Any) -> CodeRecord:
        """Make the record of a code, and take a place for it."""
        fields: dict[str, Any] = {
            "cti": os.urandom(12),
            "place": changes["place"] if "place" in changes else (ledger or self.ledger).take(),
            "kid": KID,
            "by": "officer 17",
            "why": "close contact",
            "issued_at": self.now,
            "expires_at": self.now + DAY,
        }
        return CodeRecord(**fields | changes)

    def issue(self, count: int = 1, *, ledger: Ledger | None = None, **changes: Any) -> list[CodeRecord]:
        """Record codes."""
        codes = [self.code(ledger, **changes) for _ in range(count)]
        (ledger or self.ledger).record(codes)
        return codes

    def shown(self, ledger: Ledger | None = None, at: datetime | None = None) -> set[StatusPlace]:
        """Return the places whose bit is set in any of the lists."""
        found = ledger or self.ledger
        return {
            StatusPlace(number, index)
            for number in found.lists()
            for index in bits_of(found.bitmap(number, at=at or self.now))
        }

    def chosen(self, ledger: Ledger | None = None, **conditions: Any) -> dict[bytes, SelectedCode]:
        """Return the codes of a selection by their ctis; none may come twice."""
        found = list((ledger or self.ledger).select(Selection(**conditions)))
        by_cti = {code.cti: code for code in found}
        assert len(by_cti) == len(found), "a code was selected twice"
        return by_cti


def bits_of(bitmap: bytes) -> Iterator[int]:
    """Return the indices whose bit is set, the least significant bit of a byte first (STL-6)."""
    assert len(bitmap) == BITMAP, f"a bitmap has {BITMAP:,} bytes, not {len(bitmap):,}"
    for found in re.finditer(rb"[^\0]", bitmap):
        yield from (8 * found.start() + bit for bit in range(8) if found[0][0] >> bit & 1)


def places_of(codes: Iterable[CodeRecord]) -> set[StatusPlace]:
    """Return the places of codes."""
    return {code.place for code in codes}


def ctis_of(codes: Iterable[CodeRecord]) -> list[bytes]:
    """Return the ctis of codes."""
    return [code.cti for code in codes]


def differ(found: AbstractSet[Any], expected: AbstractSet[Any]) -> str:
    """Say how what was found differs from what was expected, in few words also where both are many."""
    missing, strange = expected - found, found - expected
    said = [f"{len(missing)} are missing, such as {next(iter(missing))!r}"] if missing else []
    said += [f"{len(strange)} are too many, such as {next(iter(strange))!r}"] if strange else []
    return "; ".join(said)


def only(found: Collection[_T]) -> _T:
    """Return what there must be one of."""
    assert len(found) == 1, f"one is expected, and there are {len(found)}"
    return next(iter(found))
