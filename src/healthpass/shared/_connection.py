"""One connection of a process to PostgreSQL, which its threads take turns with (extra: ``postgres``)."""

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from math import inf
from time import monotonic
from typing import Any, Final, TypeVar

from healthpass.shared._errors import SharedError
from healthpass.shared._schema import LOCKS, OTHER_CLOCK, SCHEMA, STATEMENTS, VERSION

try:
    import psycopg
    from psycopg.abc import PQGen
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.rows import TupleRow
except ImportError as err:
    raise ImportError("a memory in PostgreSQL needs psycopg: pip install 'healthpass[postgres]'") from err

_RV = TypeVar("_RV")
_LATER: Final = 1.0  # second; the server gives up before the client, and says why
_SHUT_DOWN: Final = {"57P01", "57P02", "57P03"}  # by an administrator, in a crash, not started yet
_MISSING: Final = {"3F000", "42883"}  # no such schema, no such function
# A connection over which nothing was said for a while may be dead without a word.
_ALIVE: Final = {"keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3}


class Server:
    """A database, by one connection a process; one that was lost is opened anew by the next call.

    Args:
        url: its address.
        timeout: seconds that connecting, a turn and an answer may each take.

    Raises:
        ValueError: when the address is none.
    """

    def __init__(self, url: str, timeout: float) -> None:
        try:
            given = conninfo_to_dict(url)
        except psycopg.Error:
            raise ValueError("this is no address of a PostgreSQL database") from None  # it may hold a password
        told: dict[str, Any] = {"connect_timeout": max(2, round(timeout)), "application_name": "healthpass"}
        self._address: Final = told | _ALIVE | given
        self._timeout: Final = timeout
        # A child that was forked finds no turn of its own here, and makes one. The parent's it leaves alone: to
        # close that connection would end the parent's session.
        self._turns: Final[dict[int, _Turn]] = {}

    def make(self) -> None:
        """Make the tables, unless they are there already.

        Raises:
            SharedError: when they cannot be made, or a later version has made them.
        """
        with _failing(), closing(self._connected()) as connection:
            with connection.transaction():
                connection.execute("SET LOCAL synchronous_commit = on")
                connection.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCKS + 1])
                if connection.execute("SELECT to_regnamespace(%s)", [SCHEMA]).fetchone() == (None,):
                    connection.execute(STATEMENTS)
            _check_version(connection)

    def ask(self, question: str, values: list[int | bytes]) -> TupleRow:
        """Run one statement in a transaction of its own, and return its row.

        Raises:
            SharedError: when there is no answer, or none in time; it may have been done all the same.
        """
        turn = self._turns.setdefault(os.getpid(), _Turn())
        if not turn.lock.acquire(timeout=self._timeout):
            raise SharedError("the shared memory cannot be used: other threads wait for it")
        try:
            with _failing():
                return self._asked(turn, question, values)
        finally:
            turn.lock.release()

    def close(self) -> None:
        """Close the connection of this process; a call after that opens another one."""
        turn = self._turns.setdefault(os.getpid(), _Turn())
        with turn.lock:
            if turn.connection is not None:
                turn.connection.close()
                turn.connection = None

    def _asked(self, turn: "_Turn", question: str, values: list[int | bytes]) -> TupleRow:
        # What was lost since the last call, as in a restart of the server, is opened anew once. Should the first
        # attempt have been done, and its answer lost, the second finds a replay, or nothing to take.
        for kept in (turn.connection, None):
            connection = kept or self._opened()
            turn.connection = None
            try:
                row = connection.ask(question, values, self._timeout)
            except psycopg.OperationalError as error:
                if kept is None or not (connection.broken or error.sqlstate in _SHUT_DOWN):
                    raise
            else:
                turn.connection = connection
                return row
            finally:
                if turn.connection is None:
                    connection.close()
        raise AssertionError  # the second attempt returns or raises

    def _opened(self) -> "_Connection":
        connection = self._connected()
        try:
            _check_version(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connected(self) -> "_Connection":
        connection = _Connection.connect(autocommit=True, **self._address)
        connection.until = monotonic() + self._timeout + _LATER
        milliseconds = str(int(self._timeout * 1000))
        # Functions that take turns have to see what was done before them. What a crash empties waits for no disk.
        connection.execute(
            "SELECT set_config('statement_timeout', %s, false), set_config('synchronous_commit', 'off', false), "
            "set_config('default_transaction_isolation', 'read committed', false)",
            [milliseconds],
        )
        return connection


class _Connection(psycopg.Connection[TupleRow]):
    """A connection that waits for nothing longer than until a time."""

    until = inf

    def ask(self, question: str, values: list[int | bytes], timeout: float) -> TupleRow:
        self.until = monotonic() + timeout + _LATER
        row = self.execute(question, values).fetchone()
        if row is None:
            raise psycopg.DataError("it answered nothing")
        return row

    def wait(self, gen: PQGen[_RV], interval: float = 0.1, timeout: float | None = None) -> _RV:  # noqa: ARG002
        return super().wait(_limited(gen, self.until), interval)


class _Turn:
    """The connection of one process, and whose turn it is."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection: _Connection | None = None


def _limited(gen: PQGen[_RV], until: float) -> PQGen[_RV]:
    """Do what a generator of psycopg does, but not for longer: the server may be frozen, or out of reach."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and monotonic() > until:
                raise psycopg.OperationalError("there was no answer in time")
            wanted = gen.send(ready)
    except StopIteration as done:
        result: _RV = done.value
        return result


def _check_version(connection: _Connection) -> None:
    (found,) = connection.execute(f"SELECT {SCHEMA}.version()").fetchone() or (None,)
    if found != VERSION:
        raise SharedError(
            f"the shared memory is of version {found}, and this library knows {VERSION}: use a newer library"
        )


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        why = error.diag.message_primary or " ".join(str(error).split())
        if error.sqlstate == OTHER_CLOCK:
            why = f"{why}: set the clock that is wrong"
        elif error.sqlstate in _MISSING:
            why = f"{why}; `healthpass gate share`, or PostgresMemory.create, makes what is missing"
        raise SharedError(f"the shared memory cannot be used: {why}") from error
