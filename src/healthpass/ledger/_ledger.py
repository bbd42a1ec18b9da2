"""What every ledger does that a database keeps: places, codes, withdrawals, runs, and lists that are published."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._time import to_seconds
from healthpass.credential._claims import CTI_SIZE
from healthpass.credential._health import StatusPlace
from healthpass.issuing._status_places import CodeRecord, Recorded, RunTerms
from healthpass.ledger import _codes, _forgetting, _issues, _lists, _runs, _withdrawing
from healthpass.ledger._actions import CheckedCode, Withdrawal, checked_bytes, words
from healthpass.ledger._allocator import MAX_LEASE, BlockAllocator
from healthpass.ledger._databases import Database
from healthpass.ledger._errors import LedgerError, UnknownCodeError, WithdrawnCodeError
from healthpass.ledger._interface import ListIssue
from healthpass.ledger._reading import LedgerReading
from healthpass.ledger._selecting import Selection
from healthpass.ledger._withdrawing import AT_MOST
from healthpass.words._logging import logger

_LOG: Final = logger("ledger")
BLOCK_SIZE: Final = 1024  # places that a worker reserves at once
LEASE: Final = timedelta(hours=1)  # for which a worker holds places without recording a code
HISTORY: Final = timedelta(days=180)  # after a code has expired; appeals take months
_MAX_BLOCK: Final = 4096  # places
_RECORD: Final = "record codes in"


def check_blocks(block_size: int, lease: timedelta) -> None:
    """Check how many places a worker reserves, and for how long.

    Raises:
        ValueError: when one is out of range.
    """
    if not 1 <= block_size <= _MAX_BLOCK or not timedelta(seconds=1) <= lease <= timedelta(seconds=MAX_LEASE):
        raise ValueError(f"block_size must be 1 to {_MAX_BLOCK}, and lease a second to a week")


class DatabaseLedger(LedgerReading):
    """The codes of one issuer, their places and their log, in a database.

    What `SqliteLedger` and `PostgresLedger` have in common; `open_ledger` returns one of the two.

    Attributes:
        issuer: the issuer whose lists these are.
    """

    def __init__(self, database: Database, block_size: int, lease: timedelta) -> None:
        self._database = database
        self.issuer = database.issuer
        self._places = BlockAllocator(
            database, database.secret, block_size=block_size, lease=lease // timedelta(seconds=1)
        )

    def take(self) -> StatusPlace:
        """Take a place that nobody else has or had; it waits for `record` or `give_back`.

        Raises:
            LedgerError: when the ledger cannot be written.
        """
        return self._places.take()

    def give_back(self, place: StatusPlace) -> None:
        """Give back a place whose code did not leave; one that is not held is ignored."""
        self._places.give_back(place)

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down, all or none; their texts may leave when this returns, and not before.

        Those of the same who and why are a batch: one line of the log. Many codes at once are much faster than
        one by one: each call waits for the disk. The same codes again, by whomever, are no error and change
        nothing: who was interrupted learns so whether they may leave. A code with a seal is the same also where
        it was made again at another time.

        Raises:
            TypeError: when a field is of another type.
            ValueError: when a value is not valid.
            CodeKnownError: when a cti was used for another code.
            DeviceKeyUsedError: when a device key is in another code already (ISS-4).
            WentBackError: when the ledger says less than was known of it before.
            LedgerError: when a place is not held for these codes, its lease was over and others have it, or the
                ledger cannot be written. None of the codes may leave then.
        """
        checked = [CheckedCode.of(code) for code in codes]
        if not checked:
            return
        batches = _codes.batches_of(self._database.secret, checked)
        try:
            claim = self._places.claim(code.place for code in checked)
        except LedgerError:
            with self._database.writing(_RECORD) as connection:
                if _codes.are_recorded(connection, batches):
                    return
            raise
        only_the_commit_is_missing = False
        try:
            with self._database.writing(_RECORD, [batch.rows for batch in batches]) as connection:
                claim.hold(connection)
                _codes.insert(connection, batches, checked, self._database.now())
                only_the_commit_is_missing = True
        except BaseException:
            # Where the disk fails in a commit, nobody knows what it holds. Then the places are nobody's until
            # their lease is over, and whoever reserves them next reads which have been recorded.
            if not only_the_commit_is_missing:
                self._places.undo(claim)
            raise
        claim.renewed()
        _LOG.debug("recorded %d codes in %s", len(checked), self._database.name)

    def begin_run(self, terms: RunTerms) -> bytes:
        """Note the terms of a run, and return its secret: 32 bytes, the same each time, and of no other run.

        The same terms again are no error: a run that was interrupted is started again. A run is forgotten when the
        history of its codes is.

        Raises:
            TypeError: when a term is of another type.
            ValueError: when a value is not valid.
            LedgerError: when the run was begun with other terms, or before the ledger was restored; or the ledger
                cannot be written.
        """
        checked = _runs.CheckedTerms.of(terms)
        with self._database.writing("begin a run in") as connection:
            return _runs.begin(connection, checked)

    def recorded(
        self, ctis: Collection[bytes], *, expiring: tuple[datetime, datetime] | None = None
    ) -> dict[bytes, Recorded]:
        """Return what is recorded of codes; one that is not recorded, or was dropped, is left out.

        Args:
            ctis: the codes.
            expiring: the first and the last time at which they expire, where that is known: PostgreSQL looks into
                these days alone.

        Raises:
            TypeError: when a cti is of another type.
            ValueError: when a cti has not 12 bytes.
            LedgerError: when the ledger cannot be read.
        """
        checked = [checked_bytes("a cti", cti, CTI_SIZE) for cti in ctis]
        between = expiring and (to_seconds(expiring[0]), to_seconds(expiring[1]))
        with self._database.reading("read") as connection:
            return _codes.recorded(connection, checked, between)

    def revoke(self, cti: bytes, *, by: str, why: str, at: datetime | None = None) -> bool:
        """Withdraw a code, for good (STI-4).

        Args:
            cti: the code.
            by: who withdraws it.
            why: on what ground.
            at: the time; now when left out.

        Returns:
            Whether it was not withdrawn before; only then the log has a new line.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when a value is not valid.
            UnknownCodeError: when the ledger does not know the code.
            LedgerError: when it cannot be written.
        """
        done = self.revoke_many([cti], by=by, why=why, at=at)
        if done.unknown:
            raise UnknownCodeError(cti)
        return bool(done.revoked)

    def revoke_many(
        self,
        chosen: Selection | Iterable[bytes],
        *,
        by: str,
        why: str,
        at_most: int = AT_MOST,
        at: datetime | None = None,
    ) -> Withdrawal:
        """Withdraw codes for good (STI-4); unknown ones are returned, and do not stop the others.

        This happens in steps of 4,096 codes, each all or nothing, and each one line of the log. After an
        interruption, call it again.

        Codes that a thief signed elsewhere were not recorded here; only a revocation of the key in the registry
        stops those.

        Args:
            chosen: a selection, or the ctis of codes, such as `read_ctis` reads.
            by: who withdraws them.
            why: on what ground.
            at_most: how many of them may be withdrawn that are not yet; `rehearse` counts them.
            at: the time; now when left out.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when a value is not valid; nothing is withdrawn then.
            TooManyCodesError: when more than `at_most` would be withdrawn; none is then.
            UnknownBatchError: when the log tells nothing of the batch of a selection.
            LedgerError: when the ledger cannot be read or written.
        """
        moment = self._moment(at)
        done = _withdrawing.withdraw(self._database, chosen, at=moment, by=by, why=why, at_most=at_most)
        _LOG.info("withdrew %d codes in %s", done.revoked, self._database.name)
        return done

    def correct(self, cti: bytes, *, new: bytes, by: str, why: str, at: datetime | None = None) -> None:
        """Withdraw a code, and note which one was issued in its place (ISS-7, STI-4).

        Args:
            cti: the code that was wrong, or was withdrawn by mistake.
            new: the code that was issued anew.
            by: who corrects it.
            why: on what ground.
            at: the time; now when left out.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when a value is not valid.
            UnknownCodeError: when the ledger does not know one of the codes.
            WithdrawnCodeError: when the new code is withdrawn itself.
            LedgerError: when it cannot be written.
        """
        checked_bytes("cti", cti, CTI_SIZE)
        if checked_bytes("new", new, CTI_SIZE) == cti:
            raise ValueError("cti and new must be two different codes")
        words("by", by), words("why", why)
        moment = self._moment(at)
        with self._database.writing("correct a code in") as connection:
            if _codes.is_revoked(connection, new):
                raise WithdrawnCodeError(new)
            _codes.correct(connection, cti, new=new, at=moment, by=by, why=why)

    def forget(
        self, *, at: datetime | None = None, keep_history: timedelta = HISTORY, after_pause: bool = False
    ) -> int:
        """Forget what is not needed any more; it is best done once a day.

        A code is dropped 691,200 s (8 days) after it expired, and its place is given to another code. Its history
        is forgotten later, with that of all codes of its batch: the line of the log then keeps only a hash, so
        that the chain stays whole.

        Args:
            at: the time; now when left out.
            keep_history: how long after its expiry a code has a history, for appeals; as the law has it.
            after_pause: that the clock is right, though nothing was issued or published for more than two days.

        Returns:
            How many codes were dropped.

        Raises:
            ValueError: when `keep_history` is shorter than a code itself is kept.
            TamperedError: when a line of the log is filed as one that may be forgotten sooner.
            LedgerError: when the ledger cannot be written, or the clock has jumped ahead; also when all was done,
                and what was forgotten is still in the `-wal` file, since somebody reads for long.
        """
        history = keep_history // timedelta(seconds=1)
        if history < _lists.KEPT:
            raise ValueError(
                f"keep_history must be at least {_lists.KEPT:,} seconds, for which the code itself is kept"
            )
        count = _forgetting.forget(
            self._database, at=self._moment(at), keep_history=history, after_pause=after_pause
        )
        _LOG.info("forgot %d codes in %s", count, self._database.name)
        return count

    def issue_lists(
        self, *, kid: bytes, at: datetime, lifetime: timedelta, after_pause: bool = False
    ) -> dict[int, ListIssue]:
        """Give each list its next iat, and note in the log that it is published; for `publish`.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when a value is not valid.
            LedgerError: when the ledger cannot be written, or the clock has jumped ahead.
        """
        checked_bytes("kid", kid, KID_SIZE)
        life = lifetime // timedelta(seconds=1)
        if not 0 < life <= _lists.MAX_LIFE:
            raise ValueError(f"lifetime must be 1 to {_lists.MAX_LIFE:,} seconds (STL-4)")
        issues = _issues.issue_lists(
            self._database, kid=kid, at=to_seconds(at), life=life, after_pause=after_pause
        )
        _LOG.info("publishing %d lists of %s", len(issues), self._database.name)
        return issues

    def keep_published(self, lists: Mapping[int, bytes]) -> None:
        """Keep signed lists where they can lie beside, to compare later ones with them; for `publish`.

        Raises:
            LedgerError: when they cannot be written.
        """
        self._database.keep(lists)

    def close(self) -> None:
        """Close it; places that were not used go to others at once."""
        with suppress(LedgerError):  # or when their lease is over
            self._places.release()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
