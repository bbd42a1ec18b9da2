"""What the rules of a ledger need of a database; SQLite and PostgreSQL are asked in the same words.

Parameters stand as `?`. Where the two differ, the connection says how it is called there.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol

_AT_ONCE: Final = 1_000  # values of a question


class ConflictError(Exception):
    """Rows are there already that must be there once."""


class CodeRow(NamedTuple):
    """What the table of codes holds of one, but for its line and its state."""

    cti: bytes
    list: int
    entry: int
    kid: bytes
    issued_at: int
    expires_at: int
    device: bytes | None
    seal: bytes | None


class Cursor(Protocol):
    """What a question is answered with."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""

    def fetchone(self) -> Any:
        """Return the next row; None when there is none."""

    def fetchall(self) -> list[Any]:
        """Return all rows."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection within a transaction.

    Attributes:
        every_code: the table of all codes whose history is kept.
        devices: the table of device keys, each with its line.
        by: what the facts of a line say of who, as an expression.
        why: likewise on what ground.
    """

    every_code: str
    devices: str
    by: str
    why: str

    @property
    def codes(self) -> str:
        """The codes that have a place, and perhaps others, as a table that is called `codes`."""

    def codes_of(self, line: int) -> str:
        """Return a table, called `known`, with all codes that a line is about and whose history is kept."""

    def execute(self, statement: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Ask, or change something."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Cursor:
        """Change something for each of several rows."""

    def stream(self, statement: str, parameters: Sequence[Any] = ..., /) -> Iterator[Any]:
        """Ask for rows that may be millions."""

    def give_up(self, expired_by: int, at_most: int) -> int:
        """Give up the places of codes that had expired by a time, and return how many; some of them, or all."""

    def forget_codes(self, lines: Sequence[int], expired_by: int) -> None:
        """Forget the codes of lines whose codes had all expired by a time."""

    def check(self) -> None:
        """Let the database compare its parts.

        Raises:
            DamagedError: when they do not agree.
        """

    def expiring(self, first: int, last: int) -> str:
        """Return what a question about codes that expire between two times ends with; perhaps nothing."""

    def add_codes(self, first: int, batches: Sequence[Sequence[CodeRow]], at: int) -> None:
        """Add the codes of all batches that were announced.

        Args:
            first: the number of the first one's line; the others' follow.
            batches: the codes of each.
            at: now.

        Raises:
            ConflictError: when a cti, a place or a device key is there already.
        """

    def withdraw(self, line: int, news: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Withdraw codes that have a place, in a line; some of them have another one instead."""


def change_all(connection: Connection, statement: str, values: Iterable[Any], first: Sequence[Any] = ()) -> int:
    """Change what belongs to many values, some at a time, and return how many rows that were.

    The arguments are those of `each_of`.
    """
    waiting, changed = iter(values), 0
    while some := tuple(islice(waiting, _AT_ONCE)):
        marks = ", ".join("?" * len(some))
        changed += connection.execute(statement.format(marks), (*first, *some)).rowcount
    return changed


def each_of(
    connection: Connection, statement: str, values: Iterable[Any], first: Sequence[Any] = ()
) -> Iterator[Any]:
    """Ask about many values, some at a time.

    Args:
        connection: the ledger's.
        statement: the question, with `{}` in the place of the values.
        values: the values.
        first: the parameters before them.
    """
    waiting = iter(values)
    while some := tuple(islice(waiting, _AT_ONCE)):
        marks = ", ".join("?" * len(some))
        yield from connection.execute(statement.format(marks), (*first, *some))
