"""Withdrawing many codes: counted first, and then in steps, each a batch of the log."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from healthpass.credential._claims import CTI_SIZE
from healthpass.ledger import _codes, _selecting
from healthpass.ledger._actions import Withdrawal, checked_bytes, words
from healthpass.ledger._databases import Database
from healthpass.ledger._errors import TooManyCodesError
from healthpass.ledger._selecting import Selection

AT_MOST: Final = 100  # codes that are withdrawn at once without somebody having told their number
_AT_ONCE: Final = 4096  # codes of a transaction; others write in between


def rehearse(database: Database, chosen: Selection | Iterable[bytes]) -> Withdrawal:
    """Tell what withdrawing would come to, and change nothing."""
    if isinstance(chosen, Selection):
        with database.snapshot("read") as connection:
            return Withdrawal(*_selecting.count(connection, chosen), ())
    distinct = _distinct(chosen)
    with database.snapshot("read") as connection:
        good, unknown = _codes.good_ones(connection, distinct)
    return Withdrawal(len(good), len(distinct) - len(good) - len(unknown), tuple(unknown))


def withdraw(
    database: Database, chosen: Selection | Iterable[bytes], *, at: int, by: str, why: str, at_most: int
) -> Withdrawal:
    """Withdraw codes for good, where they are not too many.

    Raises:
        TooManyCodesError: when more would be withdrawn; nothing is then.
    """
    words("by", by), words("why", why)
    if type(at_most) is not int:
        raise TypeError(f"at_most must be an int, not {type(at_most).__name__}")
    if isinstance(chosen, Selection):
        with database.snapshot("read") as connection:  # what is counted here is what is withdrawn
            _refuse_more(_selecting.count(connection, chosen)[0], at_most)
            return _in_steps(database, _selecting.ctis(connection, chosen), at=at, by=by, why=why)
    distinct = _distinct(chosen)
    if len(distinct) > at_most:
        _refuse_more(rehearse(database, distinct).revoked, at_most)
    return _in_steps(database, iter(distinct), at=at, by=by, why=why)


def _refuse_more(count: int, at_most: int) -> None:
    if count > at_most:
        raise TooManyCodesError(count, at_most)


def _distinct(ctis: Iterable[bytes]) -> list[bytes]:
    return list(dict.fromkeys(checked_bytes("a cti", cti, CTI_SIZE) for cti in ctis))


def _in_steps(database: Database, ctis: Iterator[bytes], *, at: int, by: str, why: str) -> Withdrawal:
    revoked, already = 0, 0
    unknown: list[bytes] = []
    batches: list[int] = []
    while step := list(islice(ctis, _AT_ONCE)):
        with database.writing("withdraw codes in") as connection:
            batch, done, strange = _codes.revoke(connection, step, at=at, by=by, why=why)
        batches += [] if batch is None else [batch]
        revoked += done
        already += len(step) - done - len(strange)
        unknown += strange
    return Withdrawal(revoked, already, tuple(unknown), tuple(batches))
