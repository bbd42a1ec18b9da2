"""A real PostgreSQL server for the tests: in a temporary folder, on a socket of its own, gone afterwards."""

import atexit
import copy
import functools
import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

import psycopg

_PROGRAMS: Final = ("initdb", "pg_ctl", "psql")
_USER: Final = "postgres"  # root may not run a server
_PATIENCE: Final = 60.0  # seconds
_ROOM: Final = 4 << 30  # bytes; a database takes 8 MB, and there are hundreds


def binaries() -> Path | None:
    """Find the programs of the server; None where there are none, or they may not be run by this user."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # Debian has them out of the way
    folders += [Path(found).resolve().parent] if found else []
    if os.geteuid() == 0 and _USER not in {entry.pw_name for entry in pwd.getpwall()}:
        return None
    return next(
        (folder for folder in folders if (folder / "initdb").exists() and (folder / "psql").exists()), None
    )


def _roomy() -> str:
    """Return where a server is made: in memory, where there is room; a socket's path is short in both."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of another name is made in it
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > _ROOM else "/tmp"  # noqa: S108


@functools.cache
def _template() -> Path:
    """Return where the files of a server are that was never started, of this process."""
    folder = Postgres._new_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "data"


class Postgres:
    """A server with one user, `tests`, and one database for each name that is asked for.

    It writes with `fsync=off`: it is killed, but the machine's power never fails.

    Args:
        settings: what else stands in its configuration.
    """

    def __init__(self, **settings: str) -> None:
        found = binaries()
        if found is None:
            raise FileNotFoundError("PostgreSQL is not installed")
        self._binaries = found
        self.folder = self._new_folder()
        self._data = self.folder / "data"
        self._count = 0
        self._init()
        told = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.folder}'",
            "fsync": "off",
            "shared_buffers": "128MB",
            "max_connections": "60",
        }
        self._set(**told | settings)
        self.start()

    def url(self, name: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://tests@/{name}?host={self.folder}"

    def database(self) -> str:
        """Make an empty database, and return its address."""
        self._count += 1
        name = f"t{os.getpid()}_{self._count}"
        with psycopg.connect(
            self.url(), autocommit=True
        ) as raw:  # there are hundreds: no program is started for each
            raw.execute(f"CREATE DATABASE {name} STRATEGY file_copy".encode())
        return self.url(name)

    def sql(self, command: str, database: str = "postgres") -> str:
        """Run a command of SQL as an administrator would, in a database of this name or address."""
        address = database if "://" in database else self.url(database)
        return self._command([self._binaries / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", command, address])

    def size(self, address: str) -> int:
        """Return the bytes of a database of this server on the disk."""
        name = address.removeprefix("postgresql://tests@/").partition("?")[0]
        return int(self.sql(f"SELECT pg_database_size('{name}')"))

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._run("pg_ctl", "--silent", "-w", "-t", "60", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` ends the sessions, `immediate` is a crash."""
        self._run("pg_ctl", "--silent", "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """Kill all of the server, as a machine does whose power fails."""
        main = self._signal(signal.SIGKILL)
        end = time.monotonic() + _PATIENCE
        while Path(f"/proc/{main}").exists() and time.monotonic() < end:
            time.sleep(0.01)

    def freeze(self) -> None:
        """Stop all of the server where it is: it takes connections, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def standby(self) -> "Postgres":
        """Make a second server that follows this one, until it is promoted."""
        other = copy.copy(self)
        other.folder = self._new_folder()
        other._data = other.folder / "data"
        self._command([self._binaries / "pg_basebackup", "-D", other._data, "-R", "-c", "fast", "-d", self.url()])
        other._set(unix_socket_directories=f"'{other.folder}'")
        other.start()
        return other

    def runs(self) -> bool:
        """Tell whether the server runs."""
        return (self._data / "postmaster.pid").exists() and Path(f"/proc/{self._main()}").exists()

    def promote(self) -> None:
        """Let a standby be a server of its own."""
        self._run("pg_ctl", "--silent", "-w", "promote")

    def remove(self) -> None:
        """Stop the server, and take its files away."""
        if self.runs():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _init(self) -> None:
        """Make the files of a server: the first time in earnest, then as a copy of these."""
        if not (template := _template()).exists():
            told = ("--auth=trust", "--username=tests", "--no-sync", "--encoding=UTF8", "--locale=C")
            self._run("initdb", *told)
            self._command(["cp", "-a", self._data, template])
        else:
            self._command(["cp", "-a", template, self._data])

    @staticmethod
    def _new_folder() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_roomy()))
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        return folder

    def _set(self, **settings: str) -> None:
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def _main(self) -> int:
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])

    def _signal(self, number: signal.Signals) -> int:
        main = self._main()
        listed = subprocess.run(["pgrep", "-P", str(main)], capture_output=True, text=True, check=False).stdout
        for process in (main, *map(int, listed.split())):
            os.kill(process, number)
        return main

    def _run(self, program: str, *arguments: str) -> str:
        return self._command([self._binaries / program, "-D", self._data, *arguments])

    def _command(self, command: list[str | Path]) -> str:
        change = ["setpriv", "--reuid", _USER, "--regid", _USER, "--init-groups"] if os.geteuid() == 0 else []
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        ran = subprocess.run(
            [*change, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            env=environment | {"USER": getpass.getuser()},
        )
        if ran.returncode:
            raise RuntimeError(f"{command[0]} failed: {ran.stdout}")
        return ran.stdout
