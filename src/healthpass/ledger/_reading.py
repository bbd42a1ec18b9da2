"""What is read of a ledger: histories, lists, the log, and how it is."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from healthpass.codec._time import to_seconds
from healthpass.credential._claims import CTI_SIZE
from healthpass.credential._regions import IssuerId
from healthpass.ledger import _batches, _codes, _history, _lists, _published, _selecting, _withdrawing
from healthpass.ledger._actions import Action, Batch, Withdrawal, checked_bytes
from healthpass.ledger._audit import audit
from healthpass.ledger._databases import Database
from healthpass.ledger._errors import LedgerError, UnknownCodeError, WentBackError
from healthpass.ledger._history import Head, LogLine
from healthpass.ledger._proof import EntryProof, prove
from healthpass.ledger._selecting import SelectedCode, Selection
from healthpass.ledger._state import LedgerState, state


class LedgerReading:
    """What can be read of a ledger, also of one that went back."""

    issuer: IssuerId
    _database: Database

    def _moment(self, at: datetime | None) -> int:
        return self._database.now() if at is None else to_seconds(at)

    def history(self, cti: bytes) -> tuple[Action, ...]:
        """Tell who set, withdrew or corrected a code, when and on what ground.

        Raises:
            TypeError: when `cti` is not `bytes`.
            ValueError: when it has not 12 of them.
            UnknownCodeError: when the ledger does not know the code.
            TamperedError: when what the log says of it cannot be read.
            LedgerError: when it cannot be read.
        """
        checked_bytes("cti", cti, CTI_SIZE)
        with self._database.reading("read") as connection:
            actions = tuple(_codes.history(connection, cti))
        if not actions:
            raise UnknownCodeError(cti)
        return actions

    def prove(self, cti: bytes, *, head: Head | None = None) -> tuple[EntryProof, ...]:
        """Prove what was done to a code, to somebody who holds a head and nothing else of the ledger.

        A proof shows who did it, when, on what ground, and to how many codes at once; that of issuing shows the
        code's place, key and times too. It shows nothing of any other code.

        Args:
            cti: the code.
            head: the head that the other one holds; the present one when left out.

        Returns:
            A proof for each thing that was done up to the head, in the order of the log.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when the cti has not 12 bytes.
            UnknownCodeError: when the ledger does not know the code.
            TamperedError: when what the log says of it is not as it was written.
            LedgerError: when the log does not have the head, nothing was done to the code up to it, or more than
                100,000 lines lie between; or when the ledger cannot be read.
        """
        checked_bytes("cti", cti, CTI_SIZE)
        if head is not None and not isinstance(head, Head):
            raise TypeError("a head is a Head, such as Head.parse reads")
        with self._database.snapshot("read") as connection:
            return prove(connection, cti, head)

    def in_place_of(self, cti: bytes) -> tuple[bytes, ...]:
        """Tell which codes were corrected by this one, until that is forgotten.

        Raises:
            TypeError: when `cti` is not `bytes`.
            ValueError: when it has not 12 of them.
            LedgerError: when the ledger cannot be read.
        """
        checked_bytes("cti", cti, CTI_SIZE)
        with self._database.reading("read") as connection:
            return _codes.replaced_by(connection, cti)

    def batch(self, number: int) -> Batch:
        """Tell of codes that were recorded, withdrawn or corrected together.

        Args:
            number: the line of the log, from 1: `Action.line`, `SelectedCode.batch`, `Withdrawal.batches`.

        Raises:
            TypeError: when it is no `int`.
            ValueError: when no line can have this number.
            UnknownBatchError: when the log tells of no such batch.
            TamperedError: when its line cannot be read.
            LedgerError: when the ledger cannot be read.
        """
        _selecting.checked_line("number", number)
        with self._database.reading("read") as connection:
            return _batches.batch(connection, number)

    def select(self, selection: Selection) -> Iterator[SelectedCode]:
        """Read the codes of a selection as they are now, one after the other, in no certain order.

        Raises:
            UnknownBatchError: when the log tells nothing of its batch.
            LedgerError: when the ledger cannot be read.
        """
        with self._database.snapshot("read") as connection:
            yield from _selecting.codes(connection, selection)

    def rehearse(self, chosen: Selection | Iterable[bytes]) -> Withdrawal:
        """Tell what withdrawing codes would come to, and change nothing.

        Args:
            chosen: a selection, or the ctis of codes.

        Raises:
            TypeError: when a cti is of another type.
            ValueError: when a cti has not 12 bytes.
            UnknownBatchError: when the log tells nothing of the batch of a selection.
            LedgerError: when the ledger cannot be read.
        """
        return _withdrawing.rehearse(self._database, chosen)

    def lists(self) -> tuple[int, ...]:
        """Return the numbers of the lists that exist, and of the next one, ascending.

        Raises:
            LedgerError: when the ledger cannot be read.
        """
        with self._database.reading("read") as connection:
            return _lists.numbers(connection)

    def bitmap(self, number: int, *, at: datetime | None = None) -> bytes:
        """Return the entries of a list, 131,072 bytes (STL-6).

        An entry is 0 again a day after its code has expired.

        Raises:
            LedgerError: when there is no such list, or the ledger cannot be read.
        """
        moment = self._moment(at)
        with self._database.reading("read") as connection:
            if number not in (known := _lists.numbers(connection)):
                raise LedgerError(f"there is no list {number} here; the lists are {known[0]} to {known[-1]}")
            return bytes(_lists.bitmap(connection, number, moment))

    def state(self, *, at: datetime | None = None) -> LedgerState:
        """Tell how the ledger is, for a monitor.

        Args:
            at: the time; now when left out.

        Raises:
            LedgerError: when the ledger cannot be read.
        """
        moment = self._moment(at)
        marked = self._database.marked()
        with self._database.reading("read") as connection:
            return state(connection, self.issuer, moment, self._database.went_back(connection, marked))

    def head(self) -> Head:
        """Return the head of the log: kept elsewhere, it finds a log that was cut off or written anew.

        Raises:
            LedgerError: when the ledger cannot be read.
        """
        with self._database.reading("read") as connection:
            return _history.head(connection)

    def verify_chain(self, *heads: Head) -> Head:
        """Check the database, the whole log, that it went on from earlier heads, and that the codes are as told.

        The lists that were published last are compared with it too.

        Returns:
            The head.

        Raises:
            TypeError: when a head is of another type.
            TamperedError: when something was changed, removed or inserted.
            DamagedError: when the tables and the indexes of the database do not agree.
            WentBackError: when the ledger says less than was known of it before, or a head belongs to what was
                lost before it was put back from a copy.
            LedgerError: when the ledger cannot be read.
        """
        if not all(isinstance(head, Head) for head in heads):
            raise TypeError("a head is a Head, such as Head.parse reads")
        marked, published = self._database.marked(), self._database.published()  # before the ledger
        to_do = f"vouch for the ledger {self._database.name!r}"
        with self._database.snapshot("read") as connection:
            head = audit(connection, heads, self._database.now(), published[0])
            if why := self._database.went_back(connection, marked):
                raise WentBackError(f"cannot {to_do}: {why}", self._database.until)
            _published.refuse_if_more(connection, published, to_do)
            return head

    def log(self) -> Iterator[LogLine]:
        """Read the whole log as it is now, line by line; `to_json` makes a JSON Lines file of it.

        Raises:
            LedgerError: when the ledger cannot be read.
        """
        with self._database.snapshot("read") as connection:
            yield from _batches.lines(connection)
