"""Status lists: as files, which are looked at without being verified, and as a store holds them."""

import zlib
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from healthpass import DocumentError, IssuerId, write_time
from healthpass.cli.edges import minute
from healthpass.cli.errors import CANNOT_JUDGE, NOT_VALID, CommandError
from healthpass.cli.io.files import read
from healthpass.cli.io.output import JSON_VERSION
from healthpass.cli.show.times import local_time
from healthpass.codec._time import from_seconds
from healthpass.documents._document import Kind
from healthpass.documents._status_list import START, Entries, Status, StatusList, parse
from healthpass.trust._state import State


class SeenList(NamedTuple):
    """A list whose signature nobody has verified.

    Attributes:
        data: its bytes.
        digest: SHA-256 of its payload.
        kid: the kid of the key that it says has signed it.
        content: what it says.
    """

    data: bytes
    digest: bytes
    kid: bytes
    content: StatusList

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Take a list apart.

        Raises:
            DocumentError: when the bytes are not those of a list, or what it says breaks a rule.
        """
        signed = parse(data)
        return cls(data, signed.digest, signed.kid, StatusList.decode(signed.payload))

    def count(self, status: Status) -> int:
        """Count the entries that say this."""
        in_byte = _in_byte(self.content.bits, status)
        inflated = zlib.decompress(self.content.compressed)  # as long as it may be: `decode` has seen to that
        return sum(times * in_byte[byte] for byte, times in Counter(inflated).items())

    def claimed(self) -> dict[str, Any]:
        """Write for machines which list it says it is."""
        content = self.content
        return {
            "address": content.uri,
            "list": content.number,
            "issued_at": write_time(from_seconds(content.issued)),
            "expires_at": write_time(from_seconds(content.expires)),
        }

    def as_json(self) -> dict[str, Any]:
        """Write all that it says for machines."""
        return {
            "v": JSON_VERSION,
            "kind": Kind.STATUS_LIST,
            "bytes": len(self.data),
            "sha256": self.digest.hex(),
            "signed_by": [self.kid.hex()],
            "claimed": {
                **self.claimed(),
                "ttl": self.content.ttl,
                "bits": self.content.bits,
                "entries": len(self.content.entries()),
                "withdrawn": self.count(Status.REVOKED),
                "unknown": self.count(Status.UNKNOWN),
            },
        }

    def as_rows(self) -> list[tuple[str, str]]:
        """Write all that it says as labels and texts."""
        content = self.content
        unknown = self.count(Status.UNKNOWN)
        return [
            ("address", content.uri),
            ("list", "no number at the end of its address" if content.number is None else str(content.number)),
            ("signed by", self.kid.hex()),
            ("made", local_time(from_seconds(content.issued))),
            ("counts until", local_time(from_seconds(content.expires))),
            *([("ask again", f"after {content.ttl} s")] if content.ttl is not None else []),
            ("withdrawn", f"{self.count(Status.REVOKED):,} of {len(content.entries()):,} entries 已撤回"),
            *([("neither", f"{unknown:,} entries say something else")] if unknown else []),
            ("bytes", f"{len(self.data):,}"),
        ]


class HeldLists(NamedTuple):
    """The status lists of an issuer, as far as a store holds them.

    Attributes:
        base: the address beneath which they stand; None where the registry names none.
        issued: when each was made, in seconds since 1970, ascending.
        expires: until when each counts, in seconds since 1970, ascending.
    """

    base: str | None
    issued: tuple[int, ...]
    expires: tuple[int, ...]

    @classmethod
    def of(cls, state: State, issuer: IssuerId, base: str | None = None) -> Self:
        """Look at what a state holds of an issuer."""
        held = [held.content for (of, _), held in state.lists.items() if of == issuer]
        issued, expires = (one.issued for one in held), (one.expires for one in held)
        return cls(base, tuple(sorted(issued)), tuple(sorted(expires)))

    @property
    def stale_from(self) -> int:
        """From when one of them counts no more, in seconds since 1970; 0 when none is held."""
        return self.expires[0] if self.expires else 0

    def as_json(self) -> dict[str, Any]:
        """Write it for machines."""
        return {
            "base": self.base,
            "lists": len(self.issued),
            "oldest": write_time(from_seconds(self.issued[0])) if self.issued else None,
            "newest": write_time(from_seconds(self.issued[-1])) if self.issued else None,
            "expires_at": write_time(from_seconds(self.stale_from)) if self.expires else None,
        }

    def words(self, at: int) -> str:
        """Write how many are held, of when, and until when they count."""
        if not self.issued:
            return "none held yet 尚未获取"
        number, ended = len(self.expires), sum(at >= end for end in self.expires)
        oldest, newest, end = map(minute, (self.issued[0], self.issued[-1], self.stale_from))
        when = f"of {newest}" if oldest == newest else f"of {oldest} to {newest}"
        until = f"until {end} 已持有{number}份"
        if ended:
            some = "expired" if ended == number else f"{ended:,} of them expired, the first"
            until = f"{some} {end} 已持有{number}份，{ended}份已过期"
        return f"{number:,} held, {when}, {until}"


def is_list(path: Path) -> bool:
    """Tell a status list from whatever else a file may hold, by its first bytes."""
    try:
        if not path.is_file():  # a pipe would hold us up
            return False
        with path.open("rb") as file:
            return file.read(len(START)) == START
    except (OSError, ValueError):  # said by whoever opens it as something else
        return False


def load(path: Path) -> SeenList:
    """Read a list.

    Raises:
        CommandError: when it cannot be read, or is malformed.
    """
    try:
        data = read(path, at_most=Kind.STATUS_LIST.max_bytes)
    except CommandError as error:
        error.exit_code = CANNOT_JUDGE
        raise
    try:
        return SeenList.of(data)
    except DocumentError as error:
        raise CommandError(f"{str(path)!r}: {error}", exit_code=NOT_VALID) from error


@lru_cache
def _in_byte(bits: int, status: Status) -> tuple[int, ...]:
    """Return, for each value of a byte, how many of its entries say this."""
    return tuple(
        sum(entries.at(index) is status for index in range(len(entries)))
        for entries in (Entries(bits, bytes((byte,))) for byte in range(256))
    )
