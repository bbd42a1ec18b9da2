"""Files: reads that are bounded, and writes that are whole or not there at all."""

import codecs
import errno
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from healthpass.cli.errors import USAGE, CommandError, why

if sys.platform != "win32":
    import fcntl

MAX_KEY_FILE: Final = 4096  # bytes; a key's PEM file has 120
_SECRET: Final = 0o600
_PUBLIC: Final = 0o666  # and the user's umask
# What file systems without hard links answer (FAT, some network shares, Android).
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_NONE: Final = (-1, -1)
_TEMPORARY: Final = re.compile(r"\.healthpass-[0-9a-f]{16}\.tmp")
_ABANDONED: Final = 3600.0  # seconds; a file is written within a few
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read(path: Path, *, at_most: int, exit_code: int = USAGE) -> bytes:
    """Read a file, but not one without end.

    Raises:
        CommandError: with `exit_code`, when it cannot be read, or has more than `at_most` bytes.
    """
    return _read(repr(str(path)), lambda: path.open("rb"), at_most, exit_code)


def read_input(*, at_most: int) -> bytes:
    """Read standard input, but not one without end.

    Raises:
        CommandError: when it cannot be read, or has more than `at_most` bytes.
    """
    if sys.stdin is None:
        raise CommandError("standard input is closed")
    return _read("standard input", lambda: nullcontext(unbuffered(sys.stdin.buffer)), at_most, USAGE)


def unbuffered(stream: BinaryIO) -> BinaryIO:
    """Return a stream without its buffer: with it, "nothing is there yet" cannot be told from the end."""
    raw: BinaryIO = getattr(stream, "raw", stream)
    return raw


def some_of(stream: BinaryIO, at_most: int) -> bytes:
    """Read what is there, and wait only where nothing is; nothing is the end.

    It also waits where another program has set a descriptor that it shares with this one not to wait (O_NONBLOCK).
    """
    unbuffered: Any = stream  # BinaryIO does not say that it may have read1
    take = getattr(unbuffered, "read1", unbuffered.read)
    while (some := take(at_most)) is None:
        select([stream], [], [])
    read_now: bytes = some
    return read_now


def _read(
    name: str, opened: Callable[[], AbstractContextManager[BinaryIO]], at_most: int, exit_code: int
) -> bytes:
    try:
        with opened() as file:
            data = b""
            while len(data) <= at_most and (some := some_of(file, at_most + 1 - len(data))):
                data += some
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise CommandError(f"cannot read {name}: {_why(error)}", exit_code=exit_code) from error
    if len(data) > at_most:
        raise CommandError(f"cannot read {name}: it has more than {at_most} bytes", exit_code=exit_code)
    return data


def unmarked(data: bytes, name: str) -> bytes:
    """Take off the byte order mark with which editors of Windows begin a text that people write.

    Args:
        data: what a file holds.
        name: what it is called in an error.

    Raises:
        CommandError: when it is a text in UTF-16.
    """
    if data.startswith(_UTF16):
        raise CommandError(f"{name} is in UTF-16, as its byte order mark says", hint="save it as UTF-8")
    return data.removeprefix(codecs.BOM_UTF8)


def taken(path: Path) -> CommandError:
    """Say that there is something of a new file's name."""
    return CommandError(
        f"{str(path)!r} exists already, and nothing is overwritten",
        hint="choose another name, or move the file away first",
    )


class NewFiles:
    """Files that a command creates. They stay if the block ends well; otherwise none was ever there.

    Each is written under another name in its folder, brought to the disk, and then given its name in one step,
    which fails if the name is taken.

    >>> with NewFiles() as files:  # doctest: +SKIP
    ...     files.create(Path("key.pem"), b"...", secret=True)
    """

    def __init__(self) -> None:
        self._created: list[tuple[Path, tuple[int, int]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is None:
            return
        for path, identity in reversed(self._created):
            # Only what is still ours: the name may be somebody else's, or have become so.
            if _identity(path) == identity:
                with suppress(OSError):
                    path.unlink()

    def create(self, path: Path | None, data: bytes | None, *, secret: bool = False) -> None:
        """Create a file.

        Args:
            path: a name that is not taken, in a folder that is there; None where no file is wanted.
            data: all that it holds; None as well.
            secret: whether its owner alone may read it.

        Raises:
            CommandError: when it exists, or cannot be written.
        """
        if path is None or data is None:
            return
        try:
            with _written(path, data, _SECRET if secret else _PUBLIC) as temporary:
                self._name(temporary, path)
        except FileExistsError as error:
            raise taken(path) from error
        except (OSError, ValueError) as error:
            raise CommandError(f"cannot create {str(path)!r}: {_why(error)}") from error

    def _name(self, temporary: Path, path: Path) -> None:
        # Noted first: an interrupt may come between any two lines. `_identity` guards what is not ours.
        self._created.append((path, _identity(temporary)))
        try:
            path.hardlink_to(temporary)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            claim = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET)
            os.close(claim)
            self._created.append((path, _identity(path)))
            temporary.replace(path)


def replace(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file that the caller may replace: the old or the new one is there, never a half.

    Args:
        path: its name.
        data: all that it holds.
        durable: whether it must outlast a power failure; not what the caller can make again.

    Raises:
        CommandError: when it cannot be written.
    """
    try:
        with _written(path, data, _PUBLIC, durable=durable) as temporary:
            _take_place(temporary, path)
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot write {str(path)!r}: {_why(error)}") from error


def replace_all(files: Mapping[Path, bytes]) -> None:
    """Write files of one folder that the caller may replace, in this order; each is the old or the new one.

    All are written under other names and brought to the disk before the first gets its name, so that a full disk
    leaves all of them as they were.

    Raises:
        CommandError: when one cannot be written.
    """
    done = path = Path()
    try:
        with ExitStack() as stack:
            waiting = []
            for path, data in files.items():
                waiting.append((stack.enter_context(_written(path, data, _PUBLIC)), path))
            for temporary, path in waiting:
                _take_place(temporary, path)
                done = path
        if done != Path():
            _flush_folder(done.parent)
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot write {str(path)!r}: {_why(error)}") from error


def _take_place(temporary: Path, path: Path) -> None:
    """Give a file a name, in the place of a file alone: root could take /dev/null from everybody."""
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):  # nor in the place of a link to such a thing, as /dev/stdout is
            raise OSError(errno.EEXIST, "what has that name is no plain file", str(path))
    temporary.replace(path)


def clear_leftovers(folder: Path) -> None:
    """Clear away what writers that were killed have left in a folder; what is young may be a living one's."""
    with suppress(OSError, ValueError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if _TEMPORARY.fullmatch(entry.name):
                    age = time.time() - entry.stat(follow_symlinks=False).st_mtime
                    if age > _ABANDONED:
                        Path(entry.path).unlink()


@contextmanager
def alone_in(folder: Path, doing: str) -> Iterator[None]:
    """Be the only one who does something in a folder, where the file system can tell.

    Raises:
        CommandError: when somebody else is doing it.
    """
    if sys.platform == "win32":
        yield
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise CommandError(f"cannot open {str(folder)!r}: {_why(error)}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                f"somebody else is {doing} in {str(folder)!r}", hint="give the command again when that is done"
            ) from error
        except OSError:
            pass  # a file system of a network that has no locks
        yield
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    """Bring the names of a folder's files to the disk; not where a folder cannot be opened, as on Windows."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _written(path: Path, data: bytes, mode: int, *, durable: bool = True) -> Iterator[Path]:
    """Write the data beside `path`, and clear away in the end what was not given that name."""
    temporary = path.parent / f".healthpass-{secrets.token_hex(8)}.tmp"
    try:
        # O_BINARY is Windows' alone.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(temporary, flags, mode), "wb") as file:  # noqa: PTH123 - Path.open takes no descriptor
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        yield temporary
    finally:
        with suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)


def _identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from every other one, whatever it is called."""
    try:
        status = path.lstat()
    except OSError:
        return _NONE
    return status.st_dev, status.st_ino


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    return why(error) if isinstance(error, OSError) else str(error)
