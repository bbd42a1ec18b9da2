"""A proof of one entry of the log: what was done to one code, for whoever holds a head and nothing else.

It leads from the entry by its audit path to the root of its batch, with the facts (who, why, how many) to the
digest of the line, and from line to line to a head (docs/adr/0024). Of other codes it holds hashes alone, each
over a salt that is not in it; of other lines a hash each.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self, final

from healthpass.codec._time import from_seconds
from healthpass.credential._claims import CTI_SIZE
from healthpass.credential._health import StatusPlace
from healthpass.ledger import _batches, _codes, _history, _merkle
from healthpass.ledger._actions import Action, words
from healthpass.ledger._batches import CORRECTED, ISSUED, OF_CODES, REVOKED
from healthpass.ledger._errors import UNREADABLE, LedgerError, ProofError, TamperedError, UnknownCodeError
from healthpass.ledger._history import Head, LogLine
from healthpass.ledger._sql import Connection

MAX_LINES: Final = 100_000  # between the entry and the head
MAX_JSON: Final = 8 << 20  # characters
_HASH_SIZE: Final = 32
_DEVICE_SIZE: Final = 16
_CTI_AT: Final = slice(_merkle.SALT_SIZE, _merkle.SALT_SIZE + CTI_SIZE)
_MAX_LINE: Final = 10**15 - 1  # as of a head
_MAX_TIME: Final = 2**53
_MAX_CODES: Final = 2**32
_MAX_PATH: Final = 32
_ISSUED_SIZE: Final = _merkle.SALT_SIZE + _merkle.ISSUED.size
_SIZES: Final = {
    ISSUED: frozenset({_ISSUED_SIZE, _ISSUED_SIZE + _DEVICE_SIZE}),
    REVOKED: frozenset({_CTI_AT.stop}),
    CORRECTED: frozenset({_CTI_AT.stop + CTI_SIZE}),
}
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*", re.ASCII)


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EntryProof:
    """A proof that a code was issued, withdrawn or corrected, as one entry of a line of the log.

    `check` says what it proves. It does not prove that nothing else was done to the code.

    Attributes:
        line: the number of the line.
        at: when, in seconds since 1970.
        action: `issued`, `revoked` or `corrected`.
        facts: who did it, on what ground, and to how many codes, as a JSON text.
        entry: what the line holds of this code: 16 bytes of salt, its cti, and what else is known of it.
        index: where the entry stands among those of the line.
        path: its audit path, hashes of 32 bytes (RFC 9162, section 2.1.3).
        previous: the hash of the line before.
        later: for each later line, up to the newest head that this reaches, the leaf hash of what it says.

    Raises:
        ValueError: when a value is of another type, or is none that a ledger writes.
    """

    line: int
    at: int
    action: str
    facts: str
    entry: bytes
    index: int
    path: tuple[bytes, ...]
    previous: bytes
    later: tuple[bytes, ...]

    def __post_init__(self) -> None:
        hashes = (self.previous, *_sequence(self.path, _MAX_PATH), *_sequence(self.later, MAX_LINES))
        if any(type(one) is not bytes or len(one) != _HASH_SIZE for one in hashes):
            raise ValueError(f"a hash has {_HASH_SIZE} bytes")
        if type(self.action) is not str or self.action not in OF_CODES:
            raise ValueError("this is about no code")
        _integer("line", self.line, 1, _MAX_LINE)
        _integer("at", self.at, -_MAX_TIME, _MAX_TIME)
        if type(self.entry) is not bytes or len(self.entry) not in _SIZES[self.action]:
            raise ValueError("an entry of this kind has another size")
        _integer("index", self.index, 0, _Facts.read(self.facts).codes - 1)

    def __repr__(self) -> str:
        return f"EntryProof(line={self.line}, ...)"

    @property
    def reaches(self) -> int:
        """The number of the newest head by which it can be checked; the oldest is that of its own line."""
        return self.line + len(self.later)

    def check(self, head: Head) -> Action:
        """Check that the log with this head holds the entry, and tell what was done.

        Args:
            head: a head that was told when the line had been written, and was kept where nobody could change it.

        Returns:
            What was done to which code, when, by whom and on what ground.

        Raises:
            TypeError: when `head` is no `Head`.
            ProofError: when the log of this head holds no such entry, or the proof does not reach the head.
        """
        if not isinstance(head, Head):
            raise TypeError("a head is a Head, such as Head.parse reads")
        if not self.line <= head.number <= self.reaches:
            raise ProofError(
                f"it is for the heads of line {self.line:,} to {self.reaches:,}, not for that of {head.number:,}"
            )
        facts = _Facts.read(self.facts)
        try:
            root = _merkle.root_by(self.path, _merkle.leaf(self.entry), self.index, facts.codes)
            digest = _history.digest_of(self.facts, root)
            found = LogLine(self.line, self.at, self.action, digest, self.previous, None, None, None).hash
            for own in self.later[: head.number - self.line]:
                found = _merkle.node(found, own)
            action = self._told(facts)
        except UNREADABLE as error:
            raise ProofError(f"no ledger makes such a proof: {error}") from error
        if found != head.hash:
            raise ProofError(f"the log with the head {head} holds no such entry")
        return action

    def _told(self, facts: "_Facts") -> Action:
        more: dict[str, Any] = {}
        if self.action == ISSUED:
            _, number, index, kid, issued_at, expires_at = _merkle.ISSUED.unpack(
                self.entry[_merkle.SALT_SIZE : _ISSUED_SIZE]
            )
            more = {
                "place": StatusPlace(number, index),
                "kid": kid,
                "issued_at": from_seconds(issued_at),
                "expires_at": from_seconds(expires_at),
            }
        elif self.action == CORRECTED:
            more = {"new": self.entry[_CTI_AT.stop :]}
        return Action(
            line=self.line,
            codes=facts.codes,
            at=from_seconds(self.at),
            action=self.action,
            cti=self.entry[_CTI_AT],
            by=facts.by,
            why=facts.why,
            **more,
        )

    def to_json(self) -> str:
        """Write the proof as one line of JSON."""
        told = {
            "line": self.line,
            "at": self.at,
            "action": self.action,
            "facts": self.facts,
            "entry": self.entry.hex(),
            "index": self.index,
            "path": [one.hex() for one in self.path],
            "previous": self.previous.hex(),
            "later": [one.hex() for one in self.later],
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote, without believing it: that is for `check`.

        Raises:
            TypeError: when it is no `str`.
            ValueError: when it is something else.
        """
        if not isinstance(text, str):
            raise TypeError(f"a proof is a str, not {type(text).__name__}")
        if len(text) > MAX_JSON:
            raise ValueError(f"this is no proof of an entry: it has more than {MAX_JSON:,} characters")
        try:
            told = json.loads(text)
            if type(told) is not dict or list(told) != list(cls.__slots__):
                raise ValueError("it has other members")
            entry, previous = _unhex(told.pop("entry")), _unhex(told.pop("previous"))
            path, later = (tuple(map(_unhex, _exactly(list, told.pop(name)))) for name in ("path", "later"))
            read = cls(entry=entry, previous=previous, path=path, later=later, **told)
            if read.to_json() != text.strip():
                raise ValueError("it is not written as a ledger does")
        except UNREADABLE as error:
            raise ValueError(f"this is no proof of an entry: {error}") from None
        return read


class _Facts(NamedTuple):
    """What a line about codes tells, but for its salt."""

    by: str
    why: str
    codes: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Read facts; a text that somebody else would read in another way is none.

        Raises:
            ValueError: when they are not as a ledger writes them.
        """
        try:
            told = json.loads(_exactly(str, text))
            if list(told) != ["salt", *cls._fields] or _compact(told) != text:
                raise ValueError("they are not written as a ledger does")
            if len(_unhex(told["salt"])) != _merkle.SALT_SIZE:
                raise ValueError("a salt has another size")
            _integer("codes", told["codes"], 1, _MAX_CODES)
            return cls(words("by", told["by"]), words("why", told["why"]), told["codes"])
        except UNREADABLE as error:
            raise ValueError(f"the facts cannot be read: {error}") from None


def prove(connection: Connection, cti: bytes, head: Head | None) -> tuple[EntryProof, ...]:
    """Prove each thing that was done to a code up to a head.

    Raises:
        UnknownCodeError: when the ledger does not know the code.
        TamperedError: when the log is not as it was written.
        LedgerError: when the log has not gone on from the head, or nothing was done up to it or too long before.
    """
    if head is None:
        head = _history.head(connection)
    elif not _history.contains(connection, head):
        raise LedgerError(f"the log does not have the head {head}")
    lines = _codes.lines_of(connection, cti)
    if not lines:
        raise UnknownCodeError(cti)
    lines = [line for line in lines if line <= head.number]
    if not lines:
        raise LedgerError(f"nothing was done to the code {cti.hex()} up to line {head.number:,}")
    first = lines[0]
    if head.number - first > MAX_LINES:
        raise LedgerError(
            f"the head of line {head.number:,} is more than {MAX_LINES:,} lines after line {first:,}, which tells "
            "of the code: give an earlier one that was kept"
        )
    rows = connection.stream(
        "SELECT number, at, action, digest, previous, facts FROM log WHERE number BETWEEN ? AND ? ORDER BY number",
        (first, head.number),
    )
    number = first
    try:
        chain = []
        about = {}
        for at_line, at, action, digest, previous, facts in rows:
            line = LogLine(at_line, at, action, digest, previous, facts, root=None, forgotten=None)
            chain.append(line.own)
            if line.number in lines:
                about[line.number] = line
        proofs = []
        for number in lines:
            proofs.append(_prove(connection, about[number], cti, tuple(chain[number - first + 1 :])))
            proofs[-1].check(head)
    except (*UNREADABLE, ProofError) as error:
        raise TamperedError(number, "cannot be proven: it is not as it was written") from error
    return tuple(proofs)


def _prove(connection: Connection, line: LogLine, cti: bytes, later: tuple[bytes, ...]) -> EntryProof:
    facts = _exactly(str, line.facts)
    entries = _batches.entries(connection, line.number, line.action, bytes.fromhex(json.loads(facts)["salt"]))
    index = [entry[_CTI_AT] for entry in entries].index(cti)
    return EntryProof(
        line=line.number,
        at=line.at,
        action=line.action,
        facts=facts,
        entry=entries[index],
        index=index,
        path=_merkle.path([*map(_merkle.leaf, entries)], index),
        previous=line.previous,
        later=later,
    )


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"a {kind.__name__} is expected")
    return value


def _sequence(value: Any, most: int) -> tuple[bytes, ...]:
    if type(value) is not tuple or len(value) > most:
        raise ValueError(f"at most {most:,} hashes are expected")
    return value


def _integer(name: str, value: Any, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} is an integer of {least:,} to {most:,}")


def _unhex(text: Any) -> bytes:
    if type(text) is not str or not _HEX.fullmatch(text):
        raise ValueError("hexadecimal digits are expected")
    return bytes.fromhex(text)
