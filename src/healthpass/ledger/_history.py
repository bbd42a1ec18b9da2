"""The log: who did what and when, in lines of which each holds the hash of the one before (STI-6).

A line's *facts* (who, on what ground, how many codes) are a JSON text with a random salt. Which codes they were
stands in the tables: the line is a *batch*, and its entries have a Merkle root. The line itself holds one digest
only, over the facts and that root. So all of it can be forgotten some time after the codes, and the chain stays
whole; and what is left tells nothing, because nobody can try out facts against a hash whose salt is gone.

What the chain finds by itself is a line that was changed, removed or inserted. Whoever can write to the ledger can
also write the whole log anew, or cut off its end: that is found by a `Head` that was kept elsewhere, such as the
one that is told with each publication.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from healthpass.documents._document import DAY
from healthpass.ledger import _merkle
from healthpass.ledger._errors import UNREADABLE, LedgerError, TamperedError, WentBackError
from healthpass.ledger._lists import KEPT
from healthpass.ledger._sql import Connection

START: Final = bytes(32)  # what the first line holds in the place of a hash
FORGOTTEN: Final = "forgotten"
RESTORED: Final = "restored"
PAUSE: Final = 2 * DAY  # no office that issues or publishes is idle for so long
_SALT_SIZE: Final = 16


class Head(NamedTuple):
    """The last line of a log at some time; it stands for all lines before.

    Attributes:
        number: its number, from 1.
        hash: its hash.
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
            raise ValueError("expected a number, a colon and 64 hexadecimal digits")
        return cls(int(number), bytes.fromhex(digest))


_DECIMAL: Final = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)  # a head that no line can have is none
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log.

    Attributes:
        number: its number, from 1.
        at: when, in seconds since 1970.
        action: what was done.
        digest: what the line holds of its facts and its codes: the leaf hash of the facts and, of a batch, the
            node hash of that and the root (RFC 9162).
        previous: the hash of the line before.
        facts: a JSON text; None when they are forgotten.
        root: the Merkle root over the codes of a batch; None of another line, or when they are forgotten.
        forgotten: the number of the line that says that they are forgotten.
    """

    number: int
    at: int
    action: str
    digest: bytes
    previous: bytes
    facts: str | None
    root: bytes | None
    forgotten: int | None

    @property
    def own(self) -> bytes:
        """Leaf hash of what the line says itself: its number, when, what was done, and its digest."""
        line = [self.number, self.at, self.action, self.digest.hex()]
        return _merkle.leaf(json.dumps(line, separators=(",", ":")).encode())

    @property
    def hash(self) -> bytes:
        """Node hash of the line before and this one, which the next one holds."""
        return _merkle.node(self.previous, self.own)

    def to_json(self) -> str:
        """Write the line as one of a JSON Lines file."""
        line = {
            "number": self.number,
            "at": self.at,
            "action": self.action,
            "digest": self.digest.hex(),
            "previous": self.previous.hex(),
            "facts": self.facts,
            "root": self.root and self.root.hex(),
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
            digest, previous, root = (line.pop(name) for name in ("digest", "previous", "root"))
            return cls(
                digest=bytes.fromhex(digest),
                previous=bytes.fromhex(previous),
                root=None if root is None else bytes.fromhex(root),
                **line,
            )
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"this is no line of a log: {text[:80]!r}") from error


def next_line(connection: Connection) -> int:
    """Return the number that the next line will have."""
    return head(connection).number + 1


class NextBatch(NamedTuple):
    """A batch that is about to be written.

    Attributes:
        line: the number of its line.
        salt: the salt of its facts, and of its entries.
        key: what the salts of its entries come from.
    """

    line: int
    salt: bytes
    key: bytes


def next_batch(connection: Connection) -> NextBatch:
    """Begin the next line, for codes."""
    last, secret = connection.execute("SELECT last_number, secret FROM ledger").fetchone()
    salt = new_salt()
    return NextBatch(last + 1, salt, _merkle.entry_key(secret, salt))


def entry_key(connection: Connection, salt: bytes) -> bytes:
    """Return what the salts of the entries of a line come from, by the line's salt."""
    (secret,) = connection.execute("SELECT secret FROM ledger").fetchone()
    return _merkle.entry_key(secret, salt)


def new_salt() -> bytes:
    """Draw the salt of a line."""
    return secrets.token_bytes(_SALT_SIZE)


def append(
    connection: Connection,
    *,
    at: int,
    action: str,
    facts: dict[str, Any],
    salt: bytes | None = None,
    root: bytes | None = None,
    expires_at: int | None = None,
) -> int:
    """Append a line, within the transaction of what it tells, and return its number.

    Args:
        connection: the ledger's.
        at: when.
        action: what was done.
        facts: what the line tells.
        salt: that of the entries of a batch.
        root: the root of a batch.
        expires_at: when the last code of a batch expires, or when the line is written if that is later. Its
            facts are kept for some time after that: so what says when a line was written, which the chain holds,
            shows later that it was not forgotten too early.
    """
    last, previous, clock = connection.execute("SELECT last_number, last_hash, clock FROM ledger").fetchone()
    facts = {"salt": (salt or new_salt()).hex(), **facts}
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    line = LogLine(last + 1, at, action, digest_of(text, root), previous, text, root, None)
    connection.execute(
        "INSERT INTO log (number, at, action, digest, previous, facts, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (line.number, at, action, line.digest, previous, text, expires_at),
    )
    if at - clock <= PAUSE:
        clock = max(clock, at)
    connection.execute(
        "UPDATE ledger SET last_number = ?, last_hash = ?, clock = ?", (line.number, line.hash, clock)
    )
    return line.number


def digest_of(facts: str, root: bytes | None) -> bytes:
    """Return what a line holds of its facts and of its codes."""
    told = _merkle.leaf(facts.encode())
    return told if root is None else _merkle.node(told, root)


def check_clock(connection: Connection, at: int, *, after_pause: bool) -> None:
    """Make sure that the clock has not jumped, before anything is done that time alone allows.

    Raises:
        LedgerError: when it is long after all that was done before, or before it by more than a day, which is as
            far as gates take a list that is dated ahead; and nobody says that it is right.
    """
    (clock,) = connection.execute("SELECT clock FROM ledger").fetchone()
    if not -DAY <= at - clock <= PAUSE:
        if not after_pause:
            raise LedgerError(
                f"the clock is {abs(at - clock) // DAY:,} days {'ahead of' if at > clock else 'behind'} "
                "when the ledger was last in use: is it right? after a pause of the office, or of a wrong clock, "
                "confirm it once with --after-pause (after_pause=True)"
            )
        connection.execute("UPDATE ledger SET clock = ?", (at,))


def head(connection: Connection) -> Head:
    """Return the head.

    Raises:
        TypeError: when the ledger holds something else there.
    """
    return checked_head(*connection.execute("SELECT last_number, last_hash FROM ledger").fetchone())


def checked_head(number: Any, digest: Any) -> Head:
    """Return what a ledger holds as its head.

    Raises:
        TypeError: when it is something else.
    """
    if type(number) is not int or type(digest) is not bytes:
        raise TypeError("a head is a number and a SHA-256")
    return Head(number, digest)


def contains(connection: Connection, kept: Head) -> bool:
    """Tell whether the log has gone on from a head."""
    last = head(connection)
    if kept.number >= last.number:
        return kept == last
    row = connection.execute("SELECT previous FROM log WHERE number = ?", (kept.number + 1,)).fetchone()
    return row is not None and row[0] == kept.hash


class _Forgetting:
    """What a log says that it has forgotten, against what is missing in it."""

    def __init__(self) -> None:
        # By the line that says so: how many lines before it have no facts, the hash of their numbers, and when the
        # newest was written.
        self._gone: dict[int, tuple[int, Any, int]] = {}

    def check(self, line: LogLine) -> None:
        """Check a line, each in its turn."""
        if (line.facts is None) != (line.forgotten is not None) or (
            line.forgotten or line.number + 1
        ) <= line.number:
            raise TamperedError(line.number, "has no facts, and no later line says that they were forgotten")
        if line.forgotten is not None:
            count, digest, newest = self._gone.get(line.forgotten, (0, hashlib.sha256(), line.at))
            digest.update(line.number.to_bytes(8))
            self._gone[line.forgotten] = count + 1, digest, max(newest, line.at)
        if line.action == FORGOTTEN:
            count, digest, newest = self._gone.pop(line.number, (0, hashlib.sha256(), line.at))
            facts = json.loads(line.facts or "{}")
            if (facts.get("lines"), facts.get("sha256")) != (count, digest.hexdigest()):
                raise TamperedError(line.number, "does not name the lines that have no facts")
            # By what a line is filed is never before it was written, and is kept for at least so long.
            if not newest <= facts["expired_by"] <= line.at - KEPT:
                raise TamperedError(line.number, "forgets lines too early")

    def end(self) -> None:
        """Check, after the last line, that every line was there that others referred to."""
        for number in sorted(self._gone):
            raise TamperedError(number, "should say which lines were forgotten, but does not")


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
    lost: list[Lost] = []
    differing: Head | None = None
    number, last = 0, START
    for line in log:
        number += 1
        try:
            _check_line(line, number, last)
            forgetting.check(line)
            last = line.hash
            if line.action == RESTORED:
                lost.append(Lost.of(line))
        except UNREADABLE as error:
            raise TamperedError(number, "contains what no ledger writes") from error
        if differing is None:
            differing = next((head for head in told if head.number == number and head.hash != last), None)
        yield line
    forgetting.end()
    missing = [head for head in sorted(told) if head.number > number]
    for head in filter(None, (differing, *missing)):
        for one in lost:
            if one.has(head):
                raise WentBackError(
                    f"the head {head.number:,} belongs to the lines that were lost, {one}, before "
                    f"the ledger was put back from a copy (line {one.line:,})"
                )
    if differing:
        raise TamperedError(differing.number, "differs from the head that was kept")
    if missing:
        raise TamperedError(missing[0].number, f"was kept as a head, but the log ends with line {number:,}")


class Lost(NamedTuple):
    """The part of a log that was lost when a copy was put back.

    Attributes:
        line: the line of the log that tells of it.
        after: the last line that the copy had.
        head: the last line that is known to have been written; None when nobody knows.
    """

    line: int
    after: int
    head: Head | None

    @classmethod
    def of(cls, line: LogLine) -> Self:
        """Read a line."""
        facts = json.loads(line.facts or "{}")
        return cls(line.number, line.number - 1, Head.parse(facts["lost"]) if facts["lost"] else None)

    def has(self, head: Head) -> bool:
        """Tell whether a head may be one of the lines that were lost."""
        return self.after < head.number and (self.head is None or head.number <= self.head.number)

    def __str__(self) -> str:
        return f"{self.after + 1:,} to {self.head.number:,}" if self.head else f"{self.after + 1:,} and later"


def check_facts(facts: Any, root: bytes | None, digest: Any) -> bool:
    """Tell whether facts and codes are those that a line holds the hash of."""
    # A database that was tampered with has other types in its columns too.
    return type(facts) is str and digest_of(facts, root) == digest


def _check_line(line: LogLine, number: int, last: bytes) -> None:
    if line.number != number:
        raise TamperedError(number, f"is missing, and line {line.number:,} is in its place")
    if line.previous != last:
        raise TamperedError(number, "does not follow the line before it")
    if line.facts is not None and not check_facts(line.facts, line.root, line.digest):
        raise TamperedError(number, "has other facts, or other codes, than were written")
