"""Offices with a ledger in PostgreSQL, for tests; and what stands between them and the server, and may fail."""

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psycopg

from healthpass.ledger.contract._desk import DAY, Desk, Ledgers
from healthpass.ledger.postgres import PostgresLedger
from postgres import Postgres

ISSUER: Final = "CN-33-01.WJW"
SCHEMA: Final = "healthpass_ledger"


class Databases(Ledgers):
    """Ledgers in the databases of a server."""

    def __init__(self, server: Postgres) -> None:
        self.server = server

    def make(self, folder: Path, issuer: str) -> PostgresLedger:
        """Make a ledger in a database of its own, whose address the folder has."""
        (folder / "address").write_text(self.server.database())
        return PostgresLedger.create((folder / "address").read_text(), issuer)

    def open(self, folder: Path, issuer: str) -> PostgresLedger:
        """Open it."""
        del issuer
        return PostgresLedger((folder / "address").read_text())


class PostgresDesk(Desk):
    """An office with a ledger in PostgreSQL."""

    ledger: PostgresLedger

    def __init__(self, server: Postgres, folder: Path) -> None:
        super().__init__(Databases(server), folder)
        self.server = server
        self.address = (folder / "address").read_text()
        self.database = self.address.removeprefix("postgresql://tests@/").partition("?")[0]

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Do what only an administrator can do."""
        with psycopg.connect(self.address, options=f"-c search_path={SCHEMA}", autocommit=True) as raw:
            cursor = raw.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def wired(self) -> Iterator["Wire"]:
        """Have the ledger open over a wire that can be cut."""
        wire, straight = Wire(self.server._new_folder(), self.server.folder), self.ledger
        self.ledger = PostgresLedger(self.address.replace(str(self.server.folder), str(wire.folder)))
        try:
            yield wire
        finally:
            wire.arm(None)
            self.ledger.close()
            wire.close()
            self.ledger = straight

    def forget(self, days: float, **options: Any) -> int:
        """Forget at a later time."""
        return self.ledger.forget(at=self.now + days * DAY, after_pause=True, **options)


@contextmanager
def locked(desk: PostgresDesk) -> Iterator[psycopg.Connection]:
    """Hold what a writer holds."""
    with psycopg.connect(desk.address) as raw:
        raw.execute(f"SELECT 1 FROM {SCHEMA}.ledger FOR UPDATE")  # noqa: S608 - the schema
        yield raw


def pid_of(ledger: PostgresLedger) -> int:
    """Return the process of the server that serves a ledger."""
    raw: psycopg.Connection | None = getattr(ledger._database, "_raw")  # noqa: B009 - PostgreSQL's alone
    assert raw is not None
    return raw.info.backend_pid


def end(desk: PostgresDesk, ledger: PostgresLedger) -> None:
    """End the session of a ledger as an administrator does, and wait until it is gone."""
    pid = pid_of(ledger)
    desk.sql("SELECT pg_terminate_backend(%s, 5000)", pid)


class Wire:
    """What stands between an office and its server, and is cut when so many messages have gone to the server.

    Args:
        folder: where its socket is made.
        server: the folder of the server's socket.
    """

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self.passed = 0
        self.cut_at: int | bytes | None = None
        self.answers = False  # whether the last message still comes to the server, and its answer is lost
        self._server = str(server / ".s.PGSQL.5432")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, cut_at: int | bytes | None, *, answers: bool = False) -> None:
        """Count anew, and cut the wire at this message, or at the one with these bytes."""
        self.passed, self.cut_at, self.answers = 0, cut_at, answers

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()
        shutil.rmtree(self.folder)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._server)
        threading.Thread(target=self._back, args=(server, client), daemon=True).start()
        with client, server:
            with suppress(OSError):
                while data := client.recv(1 << 16):
                    self.passed += 1
                    if self.passed == self.cut_at or (isinstance(self.cut_at, bytes) and self.cut_at in data):
                        self.cut_at = None
                        if self.answers:
                            client.shutdown(socket.SHUT_RDWR)  # nothing of the answer comes back
                            server.sendall(data)
                            server.shutdown(socket.SHUT_WR)  # it has done what it was told, when it ends
                            while server.recv(1 << 16):
                                pass
                        break
                    server.sendall(data)
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)  # to close it would not wake who waits for it

    @staticmethod
    def _back(server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
