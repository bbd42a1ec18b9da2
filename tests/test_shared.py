"""What several processes share: the file of one computer, and the memory of one process beside it."""

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from healthpass import ChallengeMemory, HealthpassError, ReplayMemory
from healthpass.shared import FileMemory, PostgresMemory, SharedError, open_memory
from memory_contract import Memory, MemoryContract, SharedContract

NOW = datetime(2026, 11, 2, tzinfo=UTC)


class Both:
    """The memories of one process, as one."""

    def __init__(self, capacity: int) -> None:
        self.remember = ReplayMemory(capacity).remember
        challenges = ChallengeMemory(capacity)
        self.keep, self.take = challenges.keep, challenges.take


class TestProcess(MemoryContract):
    """A `ReplayMemory` and a `ChallengeMemory`."""

    def make(self, capacity: int = 1000) -> Memory:
        """Make them."""
        self.made = Both(capacity)
        return self.made

    def open(self) -> Memory:
        """Return the same."""
        return self.made


class TestFile(SharedContract):
    """A `FileMemory`."""

    @pytest.fixture(autouse=True)
    def _in_a_folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "memory"

    def make(self, capacity: int = 1000) -> Memory:
        """Make the file."""
        self.capacity = capacity
        return self.open()

    def open(self) -> Memory:
        """Open the file."""
        return FileMemory(self.path, capacity=self.capacity)

    def where(self) -> str:
        """Return its path."""
        return str(self.path)


class TestAttackedFile:
    def test_is_its_owners(self, tmp_path: Path) -> None:
        """Its owner alone can read it, and a file of somebody else is not used."""
        path = tmp_path / "memory"
        FileMemory(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        if os.geteuid() == 0:
            os.chown(path, 12345, 12345)
            with pytest.raises(SharedError, match="belongs to somebody else"):
                FileMemory(path)

    def test_holds_hashes_alone(self, tmp_path: Path) -> None:
        """Nothing of a presentation, a credential or a challenge is written."""
        path = tmp_path / "memory"
        memory = FileMemory(path)
        memory.remember(b"a presentation", b"its credential", NOW)
        memory.keep("a challenge", NOW, timedelta(seconds=60))
        content = path.read_bytes()
        assert not any(word in content for word in (b"a presentation", b"its credential", b"a challenge"))

    def test_junk(self, tmp_path: Path) -> None:
        """What is no memory is not used, and what was one accepts nothing any more."""
        path = tmp_path / "memory"
        memory = FileMemory(path)
        path.write_bytes(b"this is no database, and somebody else has put it here" * 20)
        for call in (
            lambda: memory.remember(b"one", b"code", NOW),
            lambda: memory.take("one", NOW),
            lambda: FileMemory(path),
        ):
            with pytest.raises(SharedError, match="cannot be used"):
                call()

    def test_goes_away(self, tmp_path: Path) -> None:
        """A file that was removed, or emptied, is not made anew by a worker that runs; it accepts nothing."""
        path = tmp_path / "memory"
        memory = FileMemory(path)
        path.unlink()
        with pytest.raises(SharedError):
            memory.remember(b"one", b"code", NOW)
        path.touch()
        with pytest.raises(SharedError):
            memory.remember(b"one", b"code", NOW)

    def test_another_format(self, tmp_path: Path) -> None:
        """A file of another version is refused, and so is another program's."""
        for name, statement in (("later", "PRAGMA user_version = 2"), ("other", "CREATE TABLE t (c)")):
            with sqlite3.connect(tmp_path / name) as db:
                db.execute(statement)
            db.close()
            with pytest.raises(SharedError, match="of format"):
                FileMemory(tmp_path / name)

    def test_that_is_locked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who waits for others too long accepts nothing."""
        monkeypatch.setattr("healthpass.shared._file._PATIENCE", 0.1)
        memory = FileMemory(tmp_path / "memory")
        other = sqlite3.connect(tmp_path / "memory", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SharedError, match="locked"):
            memory.remember(b"one", b"code", NOW)
        other.close()
        assert memory.remember(b"one", b"code", NOW)

    def test_no_folder(self, tmp_path: Path) -> None:
        """A path where nothing can be is told."""
        with pytest.raises(SharedError, match="No such file"):
            FileMemory(tmp_path / "nowhere" / "memory")

    @pytest.mark.parametrize(("capacity", "error"), [(0, ValueError), (True, TypeError), (1.5, TypeError)])
    def test_wrong_arguments(self, tmp_path: Path, capacity: Any, error: type[Exception]) -> None:
        """A memory without room is not made."""
        with pytest.raises(error, match="capacity must"):
            FileMemory(tmp_path / "memory", capacity=capacity)
        assert not (tmp_path / "memory").exists()

    def test_a_time_without_a_zone(self, tmp_path: Path) -> None:
        """What a caller gets wrong is said, and nothing is remembered."""
        memory = FileMemory(tmp_path / "memory")
        with pytest.raises(ValueError, match="time zone"):
            memory.remember(b"one", b"code", NOW.replace(tzinfo=None))
        assert memory.remember(b"one", b"code", NOW)


class TestOpening:
    def test_by_what_it_is(self, tmp_path: Path) -> None:
        """An address is that of a database, which is not asked yet; anything else is a file."""
        assert isinstance(open_memory("postgresql://nowhere.invalid/gate"), PostgresMemory)
        assert isinstance(open_memory(tmp_path / "memory"), FileMemory)
        assert isinstance(open_memory(str(tmp_path / "other")), FileMemory)

    def test_says_nothing_of_an_address(self) -> None:
        """An address that is none is not repeated: it has a password in it."""
        with pytest.raises(ValueError, match="no address") as caught:
            open_memory("postgresql://me:secret@host/gate?no=such")
        assert "secret" not in repr(caught.value.__context__ if caught.value.__cause__ else caught.value)

    def test_loads_no_extra(self) -> None:
        """A file needs no psycopg, and the core none of all this."""
        core = "from healthpass import Challenge, Enrolment, ReplayMemory, Verifier"
        for statement, absent in (
            ("import healthpass.shared", {"psycopg"}),
            (core, {"psycopg", "sqlite3", "healthpass.shared"}),
        ):
            program = f"{statement}; import sys; assert not {absent} & sys.modules.keys()"
            subprocess.run([sys.executable, "-c", program], check=True)

    def test_without_psycopg(self) -> None:
        """Where psycopg is missing, it is said what to install."""
        program = (
            "import sys; sys.modules['psycopg'] = None\n"
            "from healthpass.shared import open_memory\n"
            "try:\n    open_memory('postgresql://host/gate')\n"
            "except ImportError as error:\n    print(error)"
        )
        done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        assert "pip install 'healthpass[postgres]'" in done.stdout

    def test_is_an_error_of_healthpass(self) -> None:
        """Who catches all of healthpass's errors catches this one."""
        assert issubclass(SharedError, HealthpassError)
