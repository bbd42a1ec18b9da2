"""The folder of a trust store: one writer, readers without locks, and the old state or the new one.

    trust.json       the record
    documents/       the documents, and a file for each state, all of them named by their SHA-256
    lock             held by whoever commits; its time is that of the last update that ran to its end

What is in `documents` never changes once it is there. A commit brings what is new to the disk, then puts the new
record in the place of the old one in a single step. Last, what no record names is cleared away. Whatever stops a
writer, the record that is there is whole, and so is all that it names.

Every step is a call of `os`, so that the tests can let each of them fail.
"""

import errno
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from healthpass.documents._document import Kind
from healthpass.store._errors import StoreError
from healthpass.store._record import STATE, sha256

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

RECORD: Final = "trust.json"
DOCUMENTS: Final = "documents"
LOCK: Final = "lock"
MAX_RECORD: Final = 1 << 24  # bytes; a state takes some 150 of them
MAX_STATE: Final = 1 << 26  # bytes; one that has all that a state may have takes less
MAX_DOCUMENT: Final = max(kind.max_bytes for kind in Kind)
_PART: Final = 1 << 16  # bytes that are read at once
_PAUSE: Final = 0.02  # seconds between two looks at the lock
_OURS: Final = re.compile(
    r"[0-9a-f]{64}\.(?:cbor|json)|\.healthpass-([0-9a-f]{16})(?:\.tmp|-[0-9a-f]+\.tmp|\.lock)"
)
_FILE: Final = 0o644  # nothing here is secret; only the owner writes
_LOCK: Final = 0o600  # whoever may open the lock can hold it, and stop every update
_FOLDER: Final = 0o700  # others than the owner come in when the owner lets them
_BINARY: Final[int] = getattr(os, "O_BINARY", 0)  # Windows' alone
_AT_ONCE: Final[int] = getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer must not hold us up
_NO_LINK: Final[int] = getattr(os, "O_NOFOLLOW", 0)
_UID: Final = getattr(os, "geteuid", None)  # on Windows files have no such owner


class Folder:
    """The files of a store. What the operating system refuses is an `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self._documents = path / DOCUMENTS

    def make(self) -> None:
        """Make the folder, or take an empty one; what an interrupted creation has left behind is no obstacle.

        Raises:
            StoreError: when there is anything else in it.
        """
        with suppress(FileExistsError):
            os.mkdir(self.path, _FOLDER)  # noqa: PTH102
        with os.scandir(self.path) as entries:
            if any(entry.name not in {LOCK, DOCUMENTS} and not _OURS.fullmatch(entry.name) for entry in entries):
                raise StoreError(f"cannot create a trust store in {str(self.path)!r}: there is something in it")
        with suppress(FileExistsError):
            os.mkdir(self._documents, _FOLDER)  # noqa: PTH102
        self._check()
        for folder in (self.path, self._documents):
            os.chmod(folder, _FOLDER)  # noqa: PTH101
        with suppress(OSError):  # it may be somebody else's, and then it was not for us to bring to the disk
            _sync(self.path.parent)

    def _check(self) -> None:
        """Check that what will be written and cleared away is this folder's, and this account's.

        A link may lead to another store, and who owns a folder can put another one in its place at any time.

        Raises:
            StoreError: when it is not.
        """
        self._check_documents()
        for path in (self.path, self._documents, self.path / RECORD, self.path / LOCK):
            with suppress(FileNotFoundError):
                status = os.stat(path) if path is self.path else os.lstat(path)  # noqa: PTH116
                if _UID and status.st_uid != _UID():
                    raise _foreign(path, status.st_uid)

    def _check_documents(self) -> None:
        if not stat.S_ISDIR(os.lstat(self._documents).st_mode):
            raise StoreError(f"{str(self._documents)!r} is a link or a file, and must be a folder")

    def record(self) -> bytes:
        """Read the record.

        Raises:
            StoreError: when it, or the folder of the documents, was put here by another account than the owner.
        """
        data = self._read(self.path / RECORD, at_most=MAX_RECORD)
        self._check_documents()
        return data

    def _read(self, path: Path | str, *, at_most: int) -> bytes:
        """Read a file, if it is no link, and the folder's owner or root has put it here."""
        return read(path, at_most=at_most, owner=os.stat(self.path).st_uid)  # noqa: PTH116

    def content(self, name: str) -> bytes:
        """Read a file of `documents`.

        Raises:
            StoreError: when it is not what its name says, or was put here by another account than the owner.
        """
        path = f"{self._documents}{os.sep}{name}"  # a store may have 16,384 lists, for which pathlib is slow
        data = self._read(path, at_most=_most(name))
        if sha256(data) != name.partition(".")[0]:
            raise StoreError(
                f"{path!r} is damaged: its SHA-256 is not its name; "
                "put the trust store back from a copy, or make a new one, and pin and update it"
            )
        return data

    @contextmanager
    def locked(self, timeout: float) -> Iterator[None]:
        """Be the only writer.

        Raises:
            StoreError: when another one does not finish in time.
        """
        self._check()
        descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | _AT_ONCE | _NO_LINK, _LOCK)
        try:
            end = time.monotonic() + timeout
            while not _take(descriptor):
                if time.monotonic() >= end:
                    raise StoreError(
                        f"somebody else is writing to the trust store {str(self.path)!r}, "
                        f"and was not done in {timeout:g} s; try again"
                    )
                time.sleep(_PAUSE)
            yield
        finally:
            os.close(descriptor)  # which releases it, as the end of the process does

    def note_update(self) -> None:
        """Note that an update has run to its end, also one that brought nothing: who watches wants to know."""
        with suppress(OSError):  # nothing is judged by it
            os.utime(self.path / LOCK, follow_symlinks=False)

    def last_update(self) -> float | None:
        """Return when an update last ran to its end, in seconds since 1970; None where none has."""
        try:
            return os.lstat(self.path / LOCK).st_mtime
        except OSError:
            return None

    def commit(self, record: bytes, stage: "Stage | None" = None, names: Collection[str] = ()) -> None:
        """Put a new record in the place of the old one; nothing is written that could not be read again.

        Args:
            record: the record.
            stage: holds what the record names and is not there yet.
            names: the names of that in `documents`.
        """
        _check_size(RECORD, record)
        if stage and names:
            for name in sorted(names):
                stage.place(name)
            _sync(self._documents)
        _replace(self.path / RECORD, record)
        _sync(self.path)

    @contextmanager
    def staging(self) -> Iterator["Stage"]:
        """Bring files to the disk before the lock is taken, for a commit under it."""
        self._check()
        stage = Stage(self._documents)
        try:
            yield stage
        finally:
            stage.close()

    def clear(self, keep: Collection[str]) -> None:
        """Clear away what is not named by the record: what was by the one before, and what a dead writer left.

        What stays for any reason is cleared away the next time.
        """
        with suppress(OSError):
            if doomed := [*_useless(self.path, keep), *_useless(self._documents, keep)]:
                # The record may be a dead writer's: its name reaches the disk before what was needed goes.
                _sync(self.path)
            for path in doomed:
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108


class Stage:
    """Files that a writer has brought to the disk under names of its own, which nobody clears away while it lives.

    So what takes long is done before the lock is taken. The writer holds the lock of one more file, its guard.
    """

    def __init__(self, documents: Path) -> None:
        self._documents: Final = documents
        self._id = ""
        self._guard = -1
        self._count = 0
        self._files: dict[str, Path] = {}

    def put(self, name: str, data: bytes) -> None:
        """Bring a file to the disk, unless it is there."""
        if name in self._files:
            return
        _check_size(name, data)
        while self._guard < 0:
            self._begin()
        self._count += 1
        path = self._documents / f".healthpass-{self._id}-{self._count:x}.tmp"
        _write(path, data)
        self._files[name] = path

    def place(self, name: str) -> None:
        """Give a file its name in `documents`."""
        os.replace(self._files[name], self._documents / name)  # noqa: PTH105
        del self._files[name]

    def close(self) -> None:
        """Clear away what was not needed."""
        guard = [_guard(self._documents, self._id)] if self._guard >= 0 else []
        try:
            for path in (*self._files.values(), *guard):
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108
        finally:
            if self._guard >= 0:
                os.close(self._guard)

    def _begin(self) -> None:
        """Make a guard, unless somebody takes it for a dead writer's in the moment before it is locked."""
        self._id = secrets.token_hex(8)
        path = _guard(self._documents, self._id)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _LOCK)
        try:
            with suppress(FileNotFoundError):
                if _take(descriptor) and os.path.samestat(os.fstat(descriptor), os.stat(path)):  # noqa: PTH116
                    self._guard = descriptor
        finally:
            if self._guard < 0:
                os.close(descriptor)


def _guard(documents: Path, writer: str) -> Path:
    return documents / f".healthpass-{writer}.lock"


def _check_size(name: str, data: bytes) -> None:
    if len(data) > _most(name):
        raise OSError(errno.EFBIG, f"it would have {len(data):,} bytes", name)


def _most(name: str) -> int:
    if name == RECORD:
        return MAX_RECORD
    return MAX_STATE if name.endswith(STATE) else MAX_DOCUMENT


def _foreign(path: Path | str, owner: int) -> StoreError:
    return StoreError(
        f"{str(path)!r} belongs to another account (uid {owner}): run this as that account, "
        "or make a store in a folder of your own"
    )


def read(path: Path | str, *, at_most: int, owner: int | None = None) -> bytes:
    """Read a file, but nothing that is none, and not one without end.

    Args:
        path: the file.
        at_most: how many bytes are read.
        owner: whose it must be, if not root's; then it may be no link either. Anybody's when left out.

    Raises:
        StoreError: when it is somebody else's.
    """
    follows = _NO_LINK if owner is not None else 0
    descriptor = os.open(path, os.O_RDONLY | _AT_ONCE | _BINARY | follows)
    try:
        status = os.fstat(descriptor)
        if _UID and owner is not None and status.st_uid not in {owner, 0}:
            raise _foreign(path, status.st_uid)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        # By its size first: what is far too large is not read at all.
        data = _all_of(descriptor, at_most + 1) if status.st_size <= at_most else b""
    finally:
        os.close(descriptor)
    if max(len(data), status.st_size) > at_most:
        raise OSError(errno.EFBIG, f"it has more than {at_most:,} bytes", str(path))
    return data


def _all_of(descriptor: int, at_most: int) -> bytes:
    """Read to the end of a file, but no more than that."""
    parts, left = [], at_most
    while left and (part := os.read(descriptor, min(left, _PART))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _replace(path: Path, data: bytes) -> None:
    """Write a file under another name, bring it to the disk, and give it its name in one step."""
    temporary = path.parent / f".healthpass-{secrets.token_hex(8)}.tmp"
    try:
        _write(temporary, data)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


def _write(path: Path, data: bytes) -> None:
    """Write a new file and bring it to the disk; none is left where that fails."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, _FILE)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        raise


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk; Windows does that by itself."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _useless(folder: Path, keep: Collection[str]) -> list[Path]:
    """Return the files of ours that nobody needs: no record names them, and no living writer has staged them."""
    with os.scandir(folder) as entries:
        names = [(entry.name, found) for entry in entries if (found := _OURS.fullmatch(entry.name))]
    living = {writer for writer in {found[1] for _, found in names if found[1]} if _lives(folder, writer)}
    return [folder / name for name, found in names if name not in keep and found[1] not in living]


def _lives(folder: Path, writer: str) -> bool:
    try:
        descriptor = os.open(_guard(folder, writer), os.O_RDWR | _AT_ONCE | _NO_LINK)
    except FileNotFoundError:
        return False
    try:
        return not _take(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
