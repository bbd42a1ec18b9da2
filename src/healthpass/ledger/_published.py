"""What was published: kept beside the ledger, and compared with what the ledger says (docs/adr/0024)."""

import json
import os
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self

from healthpass.codec._keys import PublicKey
from healthpass.documents._document import DAY, Kind
from healthpass.documents._status_list import ENTRIES, StatusList, parse
from healthpass.ledger import _lists
from healthpass.ledger._batches import GIVEN_UP, WITHDRAWN
from healthpass.ledger._errors import LedgerError, WentBackError
from healthpass.ledger._folder import PUBLISHED
from healthpass.ledger._sql import Connection
from healthpass.words._errors import DocumentError

_MOST_TOLD: Final = 5
_MOST: Final = Kind.STATUS_LIST.max_bytes


class Published(NamedTuple):
    """A list that was published.

    Attributes:
        base: its address without the number.
        number: its number.
        issued: when it was made, in seconds since 1970.
        expires: until when it counts.
        bits: which entries it shows as withdrawn, 131,072 bytes.
    """

    base: str
    number: int
    issued: int
    expires: int
    bits: bytes

    @classmethod
    def of(cls, data: bytes, keys: Mapping[bytes, PublicKey] | None) -> Self:
        """Open a list.

        Args:
            data: its bytes.
            keys: the status keys by their kids; None for a list that nobody but the ledger can have written.

        Raises:
            DocumentError: when it is none, or its signature is wrong.
            LedgerError: when it is signed by another key.
        """
        signed = parse(data)
        if keys is not None:
            if (key := keys.get(signed.kid)) is None:
                raise LedgerError(
                    f"it is signed by the key {signed.kid.hex()}, and the public key of that one was not given"
                )
            signed.verify(key)
        claims = StatusList.decode(signed.payload)
        number = claims.number
        if number is None or number >= _lists.MAX_LISTS:
            raise LedgerError(f"its address {claims.uri!r} ends with no number of a list")
        base = claims.uri.rpartition("/")[0]
        return cls(base, number, claims.issued, claims.expires, claims.entries().withdrawn())

    def shows_all_of(self, other: "Published") -> bool:
        """Tell whether it shows all that another list shows as withdrawn."""
        return not int.from_bytes(other.bits) & ~int.from_bytes(self.bits)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How published lists differ from what a ledger says.

    Attributes:
        newer: numbers of lists that are dated after all that the ledger knows of.
        unknown: numbers of lists that the ledger does not have.
        withdrawn: numbers of lists that show codes as withdrawn which the ledger does not, and how many.
    """

    newer: tuple[int, ...]
    unknown: tuple[int, ...]
    withdrawn: dict[int, int]

    @property
    def says_more(self) -> bool:
        """Whether the lists say more than the ledger does."""
        return bool(self.newer or self.unknown or self.withdrawn)

    def __str__(self) -> str:
        told = []
        if self.unknown:
            told.append(f"list {_few(self.unknown)} was published, and the ledger does not have it")
        if self.newer:
            told.append(f"list {_few(self.newer)} was published with a later date than the ledger knows of")
        if self.withdrawn:
            count = sum(self.withdrawn.values())
            told.append(
                f"{count:,} codes of list {_few(self.withdrawn)} were published as withdrawn, and the ledger says "
                "nothing of it"
            )
        return "; ".join(told) or "the ledger says all that was published"


def _few(numbers: Collection[int]) -> str:
    first, more = sorted(numbers)[:_MOST_TOLD], len(numbers) - _MOST_TOLD
    return ", ".join(map(str, first)) + (f" and {more} others" if more > 0 else "")


def read_lists(lists: Iterable[bytes], keys: Iterable[PublicKey]) -> list[Published]:
    """Open lists that are evidence, each signed by one of the issuer's status keys.

    Raises:
        LedgerError: when one is none, or is not signed by one of the keys.
    """
    known = {key.kid: key for key in keys}
    opened = []
    for position, data in enumerate(lists, 1):
        try:
            opened.append(Published.of(data, known))
        except (DocumentError, LedgerError) as error:
            raise LedgerError(f"list {position} of those published cannot be compared: {error}") from error
    return opened


def keep(folder: Path, lists: Mapping[int, bytes]) -> None:
    """Keep lists as those that were published last, each in the place of the one before.

    Raises:
        OSError: when they cannot be written.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    for number, data in lists.items():
        descriptor, made = tempfile.mkstemp(prefix=".healthpass-", suffix=".tmp", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)  # after a power cut the old or the new one is there, and not an empty file
            os.replace(made, folder / f"{number}.cbor")  # noqa: PTH105 - as it was made
        except BaseException:
            with suppress(OSError):
                os.unlink(made)  # noqa: PTH108
            raise


def kept(folder: Path) -> tuple[list[Published], list[tuple[Path, str]]]:
    """Open the lists that were published last, and say which are damaged, and how.

    Raises:
        LedgerError: when one cannot be read.
    """
    opened, broken = [], []
    for path in sorted(folder.glob("*.cbor")) if folder.is_dir() else ():
        try:
            with path.open("rb") as file:
                data = file.read(_MOST + 1)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise LedgerError(f"cannot read {PUBLISHED}/{path.name}: {error.strerror or error}") from error
        try:
            one = Published.of(data, None)
        except (DocumentError, LedgerError) as error:
            broken.append((path, str(error)))
            continue
        if path.name == f"{one.number}.cbor":
            opened.append(one)
        else:
            broken.append((path, f"it is list {one.number}"))
    return opened, broken


def compare_with(connection: Connection, lists: Iterable[Published]) -> Comparison:
    """Compare published lists with what a ledger says."""
    last = _lists.last_dates(connection)
    newer, unknown, withdrawn = [], [], {}
    for one in lists:
        if one.number not in last:
            unknown.append(one.number)
            continue
        if one.issued > last[one.number] and not _told(connection, one):
            newer.append(one.number)
        if count := len(missing(connection, one)):
            withdrawn[one.number] = count
    return Comparison(tuple(newer), tuple(unknown), withdrawn)


def missing(connection: Connection, one: Published) -> list[int]:
    """Return the entries that a list shows as withdrawn, and that the ledger should show and does not."""
    shown = _lists.bitmap(connection, one.number, one.issued)
    differing = int.from_bytes(one.bits, "little") & ~int.from_bytes(shown, "little")
    if not differing:
        return []
    (begun,) = connection.execute("SELECT begun FROM lists WHERE list = ?", (one.number,)).fetchone()
    # Of codes that were dropped since, or of an earlier generation of the list, nothing is known any more.
    over = max(dropped_by(connection), begun if begun > one.issued else 0)
    return [entry for entry in _set_bits(differing) if _should_show(connection, one, entry, over)]


def dropped_by(connection: Connection) -> int:
    """Return until when codes had expired that were dropped."""
    expired_by = 0
    for (facts,) in connection.execute("SELECT facts FROM log WHERE action = 'dropped'"):
        expired_by = max(expired_by, int(json.loads(facts)["expired_by"]))
    return expired_by


def known_code(connection: Connection, one: Published, entry: int) -> bytes | None:
    """Return the code that an entry of a list was set for; None when the ledger does not know it."""
    row = _code_at(connection, one, entry)
    return row[0] if row else None


def _should_show(connection: Connection, one: Published, entry: int, over: int) -> bool:
    if row := _code_at(connection, one, entry):
        return bool(row[1] != WITHDRAWN)
    return over <= one.issued - _lists.SHOWN


def _code_at(connection: Connection, one: Published, entry: int) -> tuple[bytes, int] | None:
    """Return cti and state of the code that had a place when a list was made, if the ledger knows it."""
    # One that was made later has the place after another: a place rests for days, so that a day decides.
    return connection.execute(  # type: ignore[no-any-return]
        f"SELECT cti, state FROM {connection.codes} WHERE list = ? AND entry = ? AND state < {GIVEN_UP}"
        " AND expires_at > ? AND issued_at <= ?",
        (one.number, entry, one.issued - _lists.SHOWN, one.issued + DAY),
    ).fetchone()


def _told(connection: Connection, one: Published) -> bool:
    """Tell whether the log knows of an issue; after a clock was far ahead, dates go on from an earlier one."""
    return any(
        [one.number, one.issued] == told[:2]
        for (facts,) in connection.execute("SELECT facts FROM log WHERE action = 'published'")
        for told in json.loads(facts)["lists"]
    )


def _set_bits(bits: int) -> Iterable[int]:
    data = bits.to_bytes(ENTRIES // 8, "little")
    return (8 * at + bit for at, byte in enumerate(data) if byte for bit in range(8) if byte >> bit & 1)


def refuse_if_more(
    connection: Connection,
    published: tuple[Iterable[Published], Sequence[tuple[Path, str]]],
    to_do: str,
) -> None:
    """Refuse to go on where the lists that were published last say more than the ledger does.

    Raises:
        WentBackError: when they do.
        LedgerError: when one cannot be read.
    """
    lists, broken = published
    if broken:
        path, why = broken[0]
        raise LedgerError(
            f"cannot {to_do}: {PUBLISHED}/{path.name}, which was published last, cannot be read: {why}; "
            "`healthpass status restore` goes on with what is left"
        )
    if (found := compare_with(connection, lists)).says_more:
        raise WentBackError(f"cannot {to_do}: {found}")
