"""The log: who did what and when, in lines of which each holds the hash of the one before (STI-6).

A line's *facts* (which code, who, on what ground) are a JSON text with a random salt. The line itself holds their
SHA-256 only. So the facts can be forgotten some time after the code, and the chain stays whole; and what is left
tells nothing, because nobody can try out facts against a hash whose salt is gone.

What the chain finds by itself is a line that was changed, removed or inserted. Whoever can write to the ledger can
also write the whole log anew, or cut off its end: that is found by a `Head` that was kept elsewhere, such as the
one that is told with each publication.
"""

import hashlib
import json
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from healthpass.ledger._errors import TamperedError

START: Final = bytes(32)  # what the first line holds in the place of a hash
FORGOTTEN: Final = "forgotten"
_SALT_SIZE: Final = 16
_COLUMNS: Final = "number, at, action, digest, previous, facts, forgotten"


class Head(NamedTuple):
    """The last line of a log at some time; it stands for all lines before.

    Attributes:
        number: its number, from 1.
        hash: its SHA-256.
    """

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote.

        Raises:
            ValueError: when it is something else.
        """
        number, _, digest = text.partition(":")
        if not _DECIMAL.fullmatch(number) or not _SHA256.fullmatch(digest):
            raise ValueError("a head is a number and a SHA-256, as in 5:9f86...")
        return cls(int(number), bytes.fromhex(digest))


_DECIMAL: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log.

    Attributes:
        number: its number, from 1.
        at: when, in seconds since 1970.
        action: what was done.
        digest: SHA-256 of the facts.
        previous: SHA-256 of the line before.
        facts: a JSON text; None when they are forgotten.
        forgotten: the number of the line that says that they are forgotten.
    """

    number: int
    at: int
    action: str
    digest: bytes
    previous: bytes
    facts: str | None
    forgotten: int | None

    @property
    def hash(self) -> bytes:
        """SHA-256 of the line, which the next one holds."""
        line = [self.number, self.at, self.action, self.digest.hex(), self.previous.hex()]
        return hashlib.sha256(json.dumps(line, separators=(",", ":")).encode()).digest()

    def to_json(self) -> str:
        """Write the line as one of a JSON Lines file."""
        line = {
            "number": self.number,
            "at": self.at,
            "action": self.action,
            "digest": self.digest.hex(),
            "previous": self.previous.hex(),
            "facts": self.facts,
            "forgotten": self.forgotten,
        }
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a line of a JSON Lines file.

        Raises:
            ValueError: when it is none.
        """
        try:
            line = json.loads(text)
            digest, previous = bytes.fromhex(line.pop("digest")), bytes.fromhex(line.pop("previous"))
            return cls(digest=digest, previous=previous, **line)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"this is no line of a log: {text[:80]!r}") from error


class Subject(NamedTuple):
    """The code that a line is about; its facts are kept for some time after it has expired."""

    cti: bytes
    expires_at: int


def append(
    connection: sqlite3.Connection, *, at: int, action: str, facts: dict[str, Any], of: Subject | None = None
) -> int:
    """Append a line, within the transaction of what it tells, and return its number."""
    last, previous = connection.execute("SELECT last_number, last_hash FROM ledger").fetchone()
    facts = {"salt": secrets.token_hex(_SALT_SIZE), **facts}
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    line = LogLine(last + 1, at, action, hashlib.sha256(text.encode()).digest(), previous, text, None)
    cti, expires_at = of or (None, None)
    connection.execute(
        "INSERT INTO log (number, at, action, digest, previous, cti, expires_at, facts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (line.number, at, action, line.digest, previous, cti, expires_at, text),
    )
    connection.execute("UPDATE ledger SET last_number = ?, last_hash = ?", (line.number, line.hash))
    return line.number


def head(connection: sqlite3.Connection) -> Head:
    """Return the head."""
    return Head(*connection.execute("SELECT last_number, last_hash FROM ledger").fetchone())


def lines(connection: sqlite3.Connection, cti: bytes | None = None) -> Iterator[LogLine]:
    """Read the log in its order, all of it or that of one code."""
    if cti is None:
        rows = connection.execute(f"SELECT {_COLUMNS} FROM log ORDER BY number")  # noqa: S608 - a constant
    else:
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM log WHERE cti = ? ORDER BY number",  # noqa: S608 - a constant
            (cti,),
        )
    return (LogLine(*row) for row in rows)


def forget(connection: sqlite3.Connection, *, expired_by: int, at: int, at_most: int) -> int:
    """Take the facts of codes out of the log, append the line that says of which lines, and return how many."""
    rows = connection.execute(
        "SELECT number FROM log WHERE cti IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?",
        (expired_by, at_most),
    )
    numbers = sorted(number for (number,) in rows)
    if numbers:
        digest = hashlib.sha256(b"".join(number.to_bytes(8) for number in numbers))
        facts = {"lines": len(numbers), "sha256": digest.hexdigest()}
        own = append(connection, at=at, action=FORGOTTEN, facts=facts)
        connection.executemany(
            "UPDATE log SET cti = NULL, expires_at = NULL, facts = NULL, forgotten = ? WHERE number = ?",
            [(own, number) for number in numbers],
        )
    return len(numbers)


class _Forgetting:
    """What a log says that it has forgotten, against what is missing in it."""

    def __init__(self) -> None:
        # By the line that says so: how many lines before it have no facts, and the hash of their numbers.
        self._gone: dict[int, tuple[int, Any]] = {}

    def check(self, line: LogLine) -> None:
        """Check a line, each in its turn."""
        if (line.facts is None) != (line.forgotten is not None) or (
            line.forgotten or line.number + 1
        ) <= line.number:
            raise TamperedError(line.number, "has lost its facts, and no later line says so")
        if line.forgotten is not None:
            count, digest = self._gone.get(line.forgotten, (0, hashlib.sha256()))
            digest.update(line.number.to_bytes(8))
            self._gone[line.forgotten] = count + 1, digest
        if line.action == FORGOTTEN:
            count, digest = self._gone.pop(line.number, (0, hashlib.sha256()))
            facts = json.loads(line.facts or "{}")
            if (facts.get("lines"), facts.get("sha256")) != (count, digest.hexdigest()):
                raise TamperedError(line.number, "forgets other lines than have lost their facts")

    def end(self) -> None:
        """Check, after the last line, that every line was there that others referred to."""
        for number in sorted(self._gone):
            raise TamperedError(number, "is said to forget others, and does not")


def verify_chain(log: Iterable[LogLine], *heads: Head) -> Iterator[LogLine]:
    """Pass on the lines of a log, from the first to the last, and check each.

    Args:
        log: all lines.
        heads: heads that were told at some time; the log must have gone on from each.

    Raises:
        TamperedError: when a line is not what was written, is missing, or was inserted; after the last one, when
            lines are missing there.
    """
    told = {Head(0, START), *heads}
    forgetting = _Forgetting()
    number, last = 0, START
    for line in log:
        number += 1
        if line.number != number:
            raise TamperedError(number, f"is missing, and line {line.number:,} is in its place")
        if line.previous != last:
            raise TamperedError(number, "does not go on from the one before")
        # A database that was tampered with has other types in its columns too.
        if line.facts is not None and (
            type(line.facts) is not str or hashlib.sha256(line.facts.encode()).digest() != line.digest
        ):
            raise TamperedError(number, "holds other facts than were written")
        forgetting.check(line)
        last = line.hash
        if any(head.number == number and head.hash != last for head in told):
            raise TamperedError(number, "is not the head that was told")
        yield line
    for head in sorted(told):
        if head.number > number:
            raise TamperedError(head.number, f"was told as the head, and the log ends with line {number:,}")
    forgetting.end()
