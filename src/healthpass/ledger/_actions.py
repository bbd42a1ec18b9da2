"""What the log tells of a code, and the rules for what people write into it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Self, final

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import PublicKey
from healthpass.codec._time import to_seconds
from healthpass.credential._claims import CTI_SIZE
from healthpass.credential._health import StatusPlace
from healthpass.issuing._status_places import CodeRecord

MAX_WORDS: Final = 500  # characters of who and why
SEAL_SIZE: Final = 8


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What was done to a code, for whoever decides on an appeal.

    Attributes:
        line: the line of the log, which is the id of the batch.
        codes: to how many codes it was done at once.
        at: when.
        action: `issued`, `revoked` or `corrected`.
        cti: to which code, 12 bytes.
        by: who did it.
        why: on what ground.
        place: its place in the lists; where it was issued, as the next three.
        kid: the kid of the key that signed it, 8 bytes.
        issued_at: when it was made.
        expires_at: when it expires.
        new: the code in its place, 12 bytes; where it was corrected.
    """

    line: int
    codes: int
    at: datetime
    action: str
    cti: bytes
    by: str
    why: str
    place: StatusPlace | None = None
    kid: bytes | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    new: bytes | None = None


@final
@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What came of withdrawing many codes.

    Attributes:
        revoked: how many are withdrawn now and were not before.
        already: how many were withdrawn before.
        unknown: those that the ledger does not know.
        batches: the lines of the log that withdrew them, each for up to 4,096 codes.
    """

    revoked: int
    already: int
    unknown: tuple[bytes, ...]
    batches: tuple[int, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Codes that were recorded, withdrawn or corrected together, by one person on one ground.

    Attributes:
        line: the line of the log, which is its id.
        at: when.
        action: `issued`, `revoked` or `corrected`.
        codes: to how many codes it was done.
        by: who did it.
        why: on what ground.
        withdrawn: how many of them are known to be withdrawn now.
    """

    line: int
    at: datetime
    action: str
    codes: int
    by: str
    why: str
    withdrawn: int


class CheckedCode(NamedTuple):
    """A code's record, checked, with its times in seconds since 1970."""

    cti: bytes
    place: StatusPlace
    kid: bytes
    by: str
    why: str
    issued_at: int
    expires_at: int
    holder_key: PublicKey | None
    seal: bytes | None

    @classmethod
    def of(cls, code: CodeRecord) -> Self:
        """Check a record.

        Raises:
            TypeError: when a field is of another type.
            ValueError: when one cannot be what it should be.
        """
        checked_bytes("cti", code.cti, CTI_SIZE)
        checked_bytes("kid", code.kid, KID_SIZE)
        if not isinstance(code.place, StatusPlace):
            raise TypeError(f"place must be a StatusPlace, not {type(code.place).__name__}")
        if code.holder_key is not None and not isinstance(code.holder_key, PublicKey):
            raise TypeError(f"holder_key must be a PublicKey, not {type(code.holder_key).__name__}")
        return cls(
            code.cti,
            code.place,
            code.kid,
            words("by", code.by),
            words("why", code.why),
            to_seconds(code.issued_at, "issued_at"),
            to_seconds(code.expires_at, "expires_at"),
            code.holder_key,
            None if code.seal is None else checked_bytes("seal", code.seal, SEAL_SIZE),
        )


def checked_bytes(name: str, value: bytes, size: int) -> bytes:
    """Check an identifier.

    Raises:
        TypeError: when it is not `bytes`.
        ValueError: when it has another size.
    """
    if not isinstance(value, bytes):
        raise TypeError(f"{name} must be bytes, not {type(value).__name__}")
    if len(value) != size:
        raise ValueError(f"{name} has {size} bytes, not {len(value)}")
    return value


def words(name: str, value: str) -> str:
    """Check what a person is to read later.

    Raises:
        TypeError: when it is not a `str`.
        ValueError: when it is empty, too long, or holds what cannot be printed on one line.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value.strip() or len(value) > MAX_WORDS or not value.isprintable():
        raise ValueError(f"{name} must be 1 to {MAX_WORDS} printable characters")
    return value


def read_ctis(path: Path) -> list[bytes]:
    """Read a file of ctis, 24 hexadecimal digits a line; empty lines and what follows a `#` are left out.

    A byte order mark, with which editors of Windows begin a file, is left out too.

    Raises:
        OSError: when it cannot be read.
        ValueError: when a line holds something else; the message says which.
    """
    ctis = []
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if digits := line.partition("#")[0].strip():
            try:
                ctis.append(read_cti(digits))
            except ValueError as error:
                raise ValueError(f"line {number} of {path.name!r}: {error}") from None
    return ctis


def read_cti(text: str) -> bytes:
    """Read the reference of a code, 24 hexadecimal digits.

    Raises:
        ValueError: when it is something else.
    """
    return _read_hex(text, CTI_SIZE)


def read_kid(text: str) -> bytes:
    """Read the kid of a key, 16 hexadecimal digits.

    Raises:
        ValueError: when it is something else.
    """
    return _read_hex(text, KID_SIZE)


def _read_hex(text: str, size: int) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != size:
        raise ValueError(f"expected {2 * size} hexadecimal digits")
    return raw
