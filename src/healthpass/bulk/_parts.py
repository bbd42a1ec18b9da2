"""The folder of an output: parts, each whole or not there, so that work that was stopped goes on where it was.

    _job.json              what the parts come of: the work, the input, and how it is cut into batches
    part-000000.parquet    a part for each batch, in the order of the input
    _parts.jsonl           which parts are whole, and what came of their rows
    _done.json             what came of all rows; it is there when the work is done

Programs that read a folder of parts, such as Spark and pyarrow, pass over names that begin with `_`. Whoever reads
codes can show them: an output is for its owner alone.
"""

import json
import os
import re
import secrets
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from healthpass.bulk._errors import OtherWorkError, OutputError
from healthpass.ledger._folder import sync

if sys.platform != "win32":
    import fcntl

_JOB: Final = "_job.json"
_PARTS: Final = "_parts.jsonl"
_DONE: Final = "_done.json"
_TEMPORARY: Final = re.compile(r"\.healthpass-[0-9a-f]{16}\.tmp")
_FOLDER: Final = 0o700
_FILE: Final = 0o600
_BINARY: Final[int] = getattr(os, "O_BINARY", 0)  # Windows' alone
_MAX_FILE: Final = 1 << 28  # bytes that are read of what is ours; a million parts take less


class Part(NamedTuple):
    """A part that is whole.

    Attributes:
        number: its number, from 0.
        bytes: how many it has.
        counts: of its rows, how many came to what.
    """

    number: int
    bytes: int
    counts: dict[str, int]


class Parts:
    """The folder of an output. Use `begun`."""

    def __init__(self, path: Path, suffix: str) -> None:
        self.path = path
        self.suffix = suffix
        self._whole: dict[int, Part] = {}

    @property
    def whole(self) -> Mapping[int, Part]:
        """The parts that are whole, by their numbers."""
        return self._whole

    @contextmanager
    def begun(self, job: Mapping[str, Any]) -> Iterator[None]:
        """Be the only one who writes here, for this work.

        Args:
            job: what the parts come of, as JSON.

        Raises:
            OtherWorkError: when the folder is of other work.
            OutputError: when somebody else writes here, or it cannot be written.
        """
        with _writing(self.path):
            self.path.mkdir(_FOLDER, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            with _writing(self.path):
                self._hold(descriptor)
                self._begin(job)
            yield
        finally:
            os.close(descriptor)

    def _hold(self, descriptor: int) -> None:
        if sys.platform == "win32":
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(f"somebody else is writing to {str(self.path)!r}") from None
        except OSError:
            pass  # a file system of a network that has no locks

    def _begin(self, job: Mapping[str, Any]) -> None:
        begun = read_job(self.path)
        if begun is None:
            if any(not _TEMPORARY.fullmatch(name) for name in os.listdir(self.path)):  # noqa: PTH208 - names alone
                raise OtherWorkError(f"the folder {str(self.path)!r} is not empty, and no work was begun in it")
            self._replace(_JOB, json.dumps(job, ensure_ascii=False, indent=1).encode() + b"\n")
        elif begun != job:
            raise OtherWorkError(f"the folder {str(self.path)!r} is of other work: {_difference(begun, job)}")
        for name in os.listdir(self.path):  # noqa: PTH208
            if _TEMPORARY.fullmatch(name):
                (self.path / name).unlink(missing_ok=True)
        self._whole = {part.number: part for part in self._noted() if self._is_there(part)}
        # Without the half of a line that a writer was killed in.
        self._replace(_PARTS, b"".join(map(_line, self._whole.values())))

    def _noted(self) -> Iterator[Part]:
        with suppress(FileNotFoundError):
            for line in _read(self.path / _PARTS).splitlines():
                with suppress(ValueError, TypeError):
                    yield Part(**json.loads(line))

    def _is_there(self, part: Part) -> bool:
        with suppress(OSError):
            return (self.path / self.name(part.number)).stat().st_size == part.bytes
        return False

    def name(self, number: int) -> str:
        """Return the name of a part."""
        return f"part-{number:06d}.{self.suffix}"

    def write(self, number: int, data: bytes) -> None:
        """Write a part; another process may do this.

        Raises:
            OutputError: when it cannot be written.
        """
        with _writing(self.path):
            self._replace(self.name(number), data)

    def note(self, part: Part) -> None:
        """Note that a part is whole.

        Raises:
            OutputError: when it cannot be written.
        """
        with _writing(self.path), (self.path / _PARTS).open("ab") as file:
            file.write(_line(part))
        self._whole[part.number] = part

    def end(self) -> Counter[str]:
        """Note that all parts are whole, and return what came of all rows.

        Raises:
            OutputError: when it cannot be written.
        """
        total: Counter[str] = Counter()
        for part in self._whole.values():
            total.update(part.counts)
        told = {"v": 1, "parts": len(self._whole), "rows": total.total(), "counts": dict(sorted(total.items()))}
        with _writing(self.path):
            self._replace(_DONE, json.dumps(told, indent=1).encode() + b"\n")
        return total

    def _replace(self, name: str, data: bytes) -> None:
        """Write a file under another name, bring it to the disk, and give it its name."""
        temporary = self.path / f".healthpass-{secrets.token_hex(8)}.tmp"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, _FILE)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - Path.open takes no descriptor
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path / name)
        finally:
            temporary.unlink(missing_ok=True)
        sync(self.path)


def read_job(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Read what the parts of a folder come of; None where no work was begun.

    Raises:
        OutputError: when it cannot be read.
    """
    folder = Path(path)
    try:
        job = json.loads(_read(folder / _JOB))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise OutputError(f"cannot read {str(folder)!r}: {_why(error)}") from error
    except ValueError:
        job = None
    if not isinstance(job, dict):
        raise OutputError(f"{_JOB} in {str(folder)!r} is not what was written there")
    return job


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MAX_FILE)


def _line(part: Part) -> bytes:
    return json.dumps(part._asdict()).encode() + b"\n"


def _difference(begun: Mapping[str, Any], job: Mapping[str, Any], where: str = "") -> str:
    """Say in what two descriptions of work differ first."""
    for name in (*job, *(begun.keys() - job.keys())):
        was, is_ = begun.get(name), job.get(name)
        if isinstance(was, dict) and isinstance(is_, dict) and was != is_:
            return _difference(was, is_, f"{where}{name}.")
        if was != is_:
            before, now = (json.dumps(value, ensure_ascii=False) for value in (was, is_))
            place = where + name
            return f"{place} was {before}, and is {now}"
    return "it was written by another version"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say that a folder cannot be written.

    Raises:
        OutputError: in place of an error of the system.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write to {str(path)!r}: {_why(error)}") from error
    except ValueError as error:  # a name that no file can have
        raise OutputError(f"cannot write to {str(path)!r}: {error}") from error


def _why(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return reason[:1].lower() + reason[1:]
