"""`PostgresLedger`: a ledger in PostgreSQL, shared by many hosts."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Self

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import to_seconds
from healthpass.credential._regions import IssuerId
from healthpass.ledger import _history, _lists
from healthpass.ledger._actions import words
from healthpass.ledger._errors import LedgerError
from healthpass.ledger._ledger import BLOCK_SIZE, LEASE, DatabaseLedger, check_blocks
from healthpass.ledger._permutation import KEY_SIZE
from healthpass.ledger._published import read_lists
from healthpass.ledger._restore import LONGEST, Order, Restored, put_in_order
from healthpass.ledger.postgres._connection import PostgresConnection
from healthpass.ledger.postgres._database import PostgresDatabase
from healthpass.ledger.postgres._schema import make
from healthpass.ledger.postgres._schema import migrate as bring_up
from healthpass.ledger.postgres._session import connect, failing, name_of
from healthpass.words._logging import logger

_LOG: Final = logger("ledger")
TIMEOUT: Final = 30.0  # seconds that a writer waits for the others; a transaction takes some milliseconds


class PostgresLedger(DatabaseLedger):
    """The codes of one issuer, their places and their log, in a database of PostgreSQL 15 or later.

    Threads can share one object. Each process opens its own, on whichever host; after a fork, it is refused. A
    connection that was lost is made anew by the next call.

    A process knows that the ledger went back: where a standby took over that lacks what this process has seen
    committed, all that would give out a place or change something raises `WentBackError`, until it is opened anew.
    Keep heads elsewhere, and give them to `verify_chain`. No lists are kept beside it, for they would go back with
    it: compare those at their address with `compare`.

    Attributes:
        issuer: the issuer whose lists these are.

    Args:
        url: the address of a database in which `create` has made a ledger, `postgresql://user@host/database`. A
            password is best in a password file of libpq (`~/.pgpass`).
        timeout: how long a writer waits for the others, in seconds.
        block_size: how many places a worker reserves at once, 1 to 4,096.
        lease: how long it holds them without recording a code, a second to a week. A signature must not take
            longer. After a crash, others get the rest of the places when this time is over.

    Raises:
        ValueError: when an argument is out of range.
        LedgerError: when there is no ledger, it is of another version, or it cannot be read.
    """

    _database: PostgresDatabase

    def __init__(
        self,
        url: str,
        *,
        timeout: float = TIMEOUT,
        block_size: int = BLOCK_SIZE,
        lease: timedelta = LEASE,
    ) -> None:
        check_blocks(block_size, lease)
        super().__init__(PostgresDatabase(url, timeout), block_size, lease)

    @classmethod
    def create(cls, url: str, issuer: str, *, at: datetime | None = None) -> Self:
        """Make a ledger for an issuer that has none, in a schema `healthpass_ledger` of its own.

        Args:
            url: the address of a database.
            issuer: the issuer's id.
            at: the time; now when left out.

        Raises:
            ValueError: when that is no issuer id.
            LedgerError: when there is a ledger in this database, or it cannot be written.
        """
        facts, name = {"issuer": str(IssuerId(issuer))}, name_of(url)
        with failing("create", name), connect(url, TIMEOUT) as raw, raw.transaction():
            make(raw, name)
            connection = PostgresConnection(raw)
            ((moment,),) = raw.execute("SELECT extract(epoch FROM now())::bigint")
            moment = moment if at is None else to_seconds(at)
            connection.execute(
                "INSERT INTO ledger (issuer, secret, last_number, last_hash, clock) VALUES (?, ?, 0, ?, ?)",
                (str(issuer), secrets.token_bytes(KEY_SIZE), _history.START, moment),
            )
            _lists.open_first(connection)
            _history.append(connection, at=moment, action="created", facts=facts)
        _LOG.info("made the ledger %s of %s", name, issuer)
        return cls(url)

    def recover(
        self,
        *,
        by: str,
        why: str,
        published: Iterable[bytes] = (),
        keys: Iterable[PublicKey] = (),
        without_evidence: bool = False,
        longest: timedelta = LONGEST,
        at: datetime | None = None,
    ) -> Restored:
        """Put the ledger in order after a fail-over, or from a backup, that lacks what had been committed.

        All lists are retired, and codes get places in fresh ones: a place that was given out and is not known
        is given to no other code. What the lists that were published last show as withdrawn is withdrawn, or shown
        on where the ledger does not know the code. What was withdrawn after that and lost must be told again. Runs
        that were begun before are refused from then on. Let nobody else use the ledger meanwhile.

        Args:
            by: who does it.
            why: on what ground.
            published: the lists that were published last.
            keys: the issuer's status keys; each of these lists is signed by one.
            without_evidence: that there is no list that tells what was lost.
            longest: how long a code may live that the ledger does not know.
            at: the time; the server's when left out.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when a value is not valid.
            LedgerError: when there is no evidence, or the ledger cannot be written.
        """
        words("by", by), words("why", why)
        order = Order(self._moment(at), by, why, longest // timedelta(seconds=1), without_evidence)
        evidence = read_lists(published, keys)
        if not evidence and not without_evidence:
            raise LedgerError(
                "nothing tells what was issued and withdrawn and is lost; give the lists that were published last "
                "(--published), or accept it (--without-evidence)"
            )
        self._places.abandon()
        with self._database.recovering() as connection:
            line, facts = put_in_order(connection, order, None, evidence)
        _LOG.warning("put the ledger %s in order", self._database.name)
        return Restored.of(line, facts, None)

    @classmethod
    def migrate(cls, url: str) -> tuple[int, int]:
        """Bring the tables of a ledger up to those of this version; nobody may use it meanwhile.

        Returns:
            The version that they had, and the one that they have.

        Raises:
            LedgerError: when there is no ledger, it is of a later version, or it cannot be changed.
        """
        name = name_of(url)
        with failing("migrate", name), connect(url, TIMEOUT) as raw, raw.transaction():
            before, version = bring_up(raw, name)
        _LOG.info("the tables of %s are of version %d, and were of version %d", name, version, before)
        return before, version
