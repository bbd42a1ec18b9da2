"""The health of a ledger: whether its lists are published in time, and whether it went back."""

import os
from datetime import datetime, timedelta
from typing import Final

from healthpass.health._report import Check, Limits, Notes, length, moment
from healthpass.health._store import told_error
from healthpass.health._words import Level, Matter
from healthpass.ledger._errors import LedgerError
from healthpass.ledger._open import open_ledger, shown
from healthpass.ledger._state import LedgerState

SLOWNESS: Final = timedelta(minutes=15)  # that what was published may take to reach its address
_FEW: Final = 128  # numbers for new lists
_VERY_FEW: Final = 16
_DEFAULT: Final = Limits()


def check_ledger(
    ledger: str | os.PathLike[str], *, at: datetime | None = None, limits: Limits = _DEFAULT
) -> Check:
    """Check the ledger of an issuer. Nothing in it is changed.

    Args:
        ledger: its folder, which only its owner may read; or the address of its database,
            `postgresql://user@host/database` (extra: ``postgres``).
        at: the time; now when left out.
        limits: how much time must be left.

    Returns:
        What came of it. A ledger that cannot be read is a finding, and no error.

    Raises:
        TypeError: when `at` is no `datetime`.
        ValueError: when `at` has no time zone, or does not lie from 1970 to 9998.
    """
    notes = Notes("ledger", shown(os.fsdecode(ledger)), limits, moment(at))
    if state := read_state(notes, ledger):
        _look(notes, state)
    return notes.check


def read_state(notes: Notes, ledger: str | os.PathLike[str]) -> LedgerState | None:
    """Read how a ledger is; None where it cannot be read, which is a finding."""
    try:
        with open_ledger(os.fsdecode(ledger)) as opened:
            return opened.state(at=notes.at)
    except (LedgerError, ValueError) as error:  # ValueError: a name that no file can have
        told_error(notes, "ledger", error)
    except ModuleNotFoundError as error:
        notes.find(Level.UNKNOWN, Matter.UNREADABLE, "ledger", str(error))
    return None


def _look(notes: Notes, state: LedgerState) -> None:
    issuer = state.issuer
    notes.measure("lists", len(state.lists))
    notes.measure("free-lists", state.free_lists)
    if state.went_back is not None:
        notes.find(Level.CRITICAL, Matter.WENT_BACK, "ledger", state.went_back)
    if (behind := state.clock - notes.at) > notes.limits.clock_crit:
        words = f"the clock here is {length(behind)} behind the ledger"
        notes.find(Level.CRITICAL, Matter.CLOCK_BEHIND, "clock", words)
    if state.free_lists < _FEW:
        level = Level.CRITICAL if state.free_lists < _VERY_FEW else Level.WARNING
        notes.find(level, Matter.FEW_LISTS, "ledger", f"there are numbers for {state.free_lists:,} new lists")
    if state.last_published is None or state.published_until is None:
        notes.find(Level.WARNING, Matter.NOT_PUBLISHED, "ledger", f"no status list of {issuer} was published yet")
        return
    notes.measure("age-seconds", (notes.at - state.last_published).total_seconds())
    title = f"the first of the published status lists of {issuer}"
    notes.end("lists", issuer, state.last_published, state.published_until, title=title)


def compare(notes: Notes, state: LedgerState, newest: datetime) -> None:
    """Compare what is published of a ledger's issuer with what the ledger says.

    Args:
        notes: takes up what is found.
        state: how the ledger is, read after that: so it knows each list that it has made.
        newest: when the newest list that is published was made.
    """
    last, issuer = state.newest_list, state.issuer
    if last is None or newest > last:
        when = "nothing" if last is None else f"lists {length(newest - last)} older"
        words = f"there are newer lists of {issuer} than the ledger knows of: it has published {when}"
        notes.find(Level.CRITICAL, Matter.WENT_BACK, issuer, words)
    elif newest < last and notes.at - last > SLOWNESS:
        words = f"the lists of {issuer} are {length(last - newest)} older than those that the ledger has published"
        notes.find(Level.CRITICAL, Matter.OLDER, issuer, words)
