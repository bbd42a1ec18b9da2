"""The folder of a ledger, which is its owner's alone, and the mark in it, by which it knows that it went back.

    ledger.db              the database; SQLite has ledger.db-wal and ledger.db-shm beside it
    mark                   how far the log was, written after each commit
    published/N.cbor       the lists that were published last
    before-N.db            what was there before a copy was put back

SQLite plays in whatever lies beside a database under certain names, and what somebody else can rename or replace
is not what was written. So nobody else may write here, and nothing else may lie here.
"""

import errno
import os
import re
import stat
import struct
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from healthpass.ledger._errors import LedgerError
from healthpass.ledger._history import Head

if sys.platform != "win32":
    import fcntl

DATABASE: Final = "ledger.db"
MARK: Final = "mark"
PUBLISHED: Final = "published"
STAGED: Final = "restoring.db"
SIDECARS: Final = ("-wal", "-shm")
_OURS: Final = re.compile(
    rf"{MARK}(?:\.tmp)?|{re.escape(DATABASE)}(?:-wal|-shm)?|{re.escape(STAGED)}(?:-wal|-shm|-journal)?"
    r"|before-[1-9][0-9]{0,3}\.db(?:-wal)?"
)
_LIST: Final = re.compile(r"(?:0|[1-9][0-9]{0,3})\.cbor")
_TEMPORARY: Final = re.compile(r"\.healthpass-[^/]*\.tmp")
_MAGIC: Final = b"hpLm"
_MARK: Final = struct.Struct(">4sQ32sHI")  # magic, number and hash of the head, the highest list, CRC-32 of these
_ATTEMPTS: Final = 3  # to read it
_MOMENT: Final = 0.01  # seconds between two of them
_NO_LINK: Final[int] = getattr(os, "O_NOFOLLOW", 0)
_A_FOLDER: Final[int] = getattr(os, "O_DIRECTORY", 0)
_BINARY: Final[int] = getattr(os, "O_BINARY", 0)  # Windows' alone


class Marked(NamedTuple):
    """How far a ledger was at least.

    Attributes:
        head: the head of its log.
        last_list: the highest number of its lists.
    """

    head: Head
    last_list: int


def check_folder(path: Path) -> None:
    """Make sure that a folder is a ledger's, and that nobody else can write to it or has.

    Raises:
        LedgerError: when it is not.
        OSError: when it cannot be read.
    """
    if not os.path.lexists(path):
        raise FileNotFoundError(errno.ENOENT, "there is no such folder")
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise _refused(path, "it is a symbolic link; give the folder itself")
    if not stat.S_ISDIR(found.st_mode):
        raise _refused(
            path,
            "a ledger is a folder, and this is a file; of a copy, or of a ledger that was one file, "
            "`healthpass status restore` makes one if it can",
        )
    if not any(os.path.lexists(path / name) for name in (DATABASE, MARK, STAGED)):
        raise _refused(path, "this is no ledger")
    _check_owner(path, found)
    with os.scandir(path) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # SQLite takes its own away with the last connection
                _check_entry(path, entry)
    published = path / PUBLISHED
    if os.path.lexists(published):
        with os.scandir(published) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # who publishes has just given a list its name
                    _check_list(path, entry)


def _check_entry(path: Path, entry: "os.DirEntry[str]") -> None:
    found = entry.stat(follow_symlinks=False)
    if entry.name == PUBLISHED:
        if not stat.S_ISDIR(found.st_mode):
            raise _refused(path, f"{PUBLISHED} is not a folder")
    elif entry.name == f"{DATABASE}-journal":
        raise _refused(
            path,
            f"{entry.name!r} lies in it, which SQLite would apply to it; find out whose it is, and take it away",
        )
    elif not _OURS.fullmatch(entry.name):
        raise _refused(path, f"{entry.name!r} is none of its files; find out whose it is, and take it away")
    elif not stat.S_ISREG(found.st_mode):
        raise _refused(path, f"{entry.name} is not a plain file")
    _check_owner(path / entry.name, found)


def _check_list(path: Path, entry: "os.DirEntry[str]") -> None:
    found = entry.stat(follow_symlinks=False)
    if not _LIST.fullmatch(entry.name) and not _TEMPORARY.fullmatch(entry.name):
        raise _refused(path, f"{PUBLISHED}/{entry.name!r} is none of its files")
    if not stat.S_ISREG(found.st_mode):
        raise _refused(path, f"{PUBLISHED}/{entry.name} is not a plain file")
    _check_owner(path / PUBLISHED / entry.name, found)


def _check_owner(path: Path, found: os.stat_result) -> None:
    if not hasattr(os, "geteuid"):  # Windows
        return
    # Not root either: what root makes beside a database locks its owner out.
    if found.st_uid != os.geteuid():
        raise _refused(
            path,
            f"it belongs to user {found.st_uid}, and this program runs as user {os.geteuid()}: "
            "run it as the owner",
        )
    if found.st_mode & 0o022:
        raise _refused(path, "others may write to it; `chmod go-w` it, and find out what they wrote")


def _refused(path: Path, why: str) -> LedgerError:
    return LedgerError(f"cannot open the ledger {str(path)!r}: {why}")


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Use a ledger's folder while no other program does.

    Raises:
        LedgerError: when another one has the ledger open.
    """
    held = _lock(path, exclusive=True)
    try:
        yield
    finally:
        held.close()


def share(path: Path) -> "Held":
    """Use a ledger's folder beside others.

    Raises:
        LedgerError: when the ledger is being restored.
    """
    return _lock(path, exclusive=False)


class Held:
    """A folder that is in use, until this is closed or the process ends."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Let others have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _lock(path: Path, *, exclusive: bool) -> Held:
    if sys.platform == "win32":
        return Held(None)
    descriptor = os.open(path, os.O_RDONLY | _A_FOLDER | _NO_LINK)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        why = "other programs use it; end them first" if exclusive else "it is being restored"
        raise LedgerError(f"cannot {'restore' if exclusive else 'open'} the ledger {str(path)!r}: {why}") from None
    return Held(descriptor)


class Mark:
    """The file that says how far the ledger was. It may say less than the ledger, and never more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: Marked | None = None
        self._lock = threading.Lock()  # threads share the place in the file
        self._descriptor: int | None = None
        with suppress(FileNotFoundError):
            self._descriptor = os.open(path, os.O_RDWR | _NO_LINK | _BINARY | getattr(os, "O_CLOEXEC", 0))

    @classmethod
    def make(cls, path: Path, marked: Marked) -> None:
        """Write a mark where there is none, or in the place of another, so that one of the two is there."""
        made = path.with_name(f"{path.name}.tmp")
        with suppress(FileNotFoundError):
            made.unlink()
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _BINARY, 0o600)
        try:
            os.write(descriptor, _packed(marked))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        made.replace(path)

    def read(self) -> Marked | None:
        """Return what it says; None when there is none, or it is damaged."""
        for attempt in range(_ATTEMPTS):
            if attempt:  # another process was perhaps in the middle of writing it
                time.sleep(_MOMENT)
            with self._lock:
                if (found := self._read()) is not None or self._descriptor is None:
                    return found
        return None

    def write(self, marked: Marked) -> None:
        """Go on to what was committed, unless another process has gone further.

        The disk is waited for only when a list was begun: a place in it leaves after that.

        Raises:
            OSError: when a list was begun, and the mark cannot say so.
        """
        before = self._written
        if before == marked or self._descriptor is None:
            return
        begun = before is None or before.last_list != marked.last_list
        try:
            with self._lock:
                there = self._read()
                if there is None or there.head.number <= marked.head.number:
                    os.lseek(self._descriptor, 0, os.SEEK_SET)
                    os.write(self._descriptor, _packed(marked))
                if begun:
                    os.fsync(self._descriptor)
        except OSError:  # it says less, then
            if begun:
                raise
        else:
            self._written = marked

    def _read(self) -> Marked | None:
        if self._descriptor is None:
            return None
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return _unpacked(os.read(self._descriptor, _MARK.size + 1))

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def read_mark(path: Path) -> Marked | None:
    """Read a mark once; None when there is none, or it is damaged."""
    mark = Mark(path)
    try:
        return mark.read()
    finally:
        mark.close()


def _packed(marked: Marked) -> bytes:
    told = _MARK.pack(_MAGIC, marked.head.number, marked.head.hash, marked.last_list, 0)[:-4]
    return told + zlib.crc32(told).to_bytes(4)


def _unpacked(data: bytes) -> Marked | None:
    if len(data) != _MARK.size:
        return None
    magic, number, digest, last_list, checksum = _MARK.unpack(data)
    if magic != _MAGIC or checksum != zlib.crc32(data[:-4]):
        return None
    return Marked(Head(number, digest), last_list)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Fill a folder under another name, which its owner alone may read, and give it its name when it is whole.

    Raises:
        OSError: when there is something of that name, or it cannot be written.
    """
    import shutil  # noqa: PLC0415 - half as long to import as all the rest together
    import tempfile  # noqa: PLC0415

    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, f"File exists: {path.name!r}")
    made = Path(tempfile.mkdtemp(prefix=".healthpass-", suffix=".tmp", dir=path.absolute().parent))
    try:
        (made / PUBLISHED).mkdir(mode=0o700)
        yield made
        sync(made)
        made.rename(path)  # over nothing but an empty folder
    finally:
        shutil.rmtree(made, ignore_errors=True)
    sync(path.absolute().parent)


def sync(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    if not _A_FOLDER:  # Windows has no such thing
        return
    descriptor = os.open(folder, os.O_RDONLY | _A_FOLDER)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
