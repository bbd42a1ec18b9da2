"""One name for both memories: a path, or an address of PostgreSQL."""

import os

from healthpass.shared._file import FileMemory
from healthpass.shared._postgres import PostgresMemory


def open_memory(where: str | os.PathLike[str]) -> FileMemory | PostgresMemory:
    """Open what several processes share.

    Args:
        where: `postgresql://...` for a `PostgresMemory`, anything else is the path of a `FileMemory`.

    Raises:
        ValueError: when the address is none.
        ImportError: when it is one, and psycopg is not installed.
        SharedError: when the file cannot be used.
    """
    if isinstance(where, str) and where.startswith(("postgresql://", "postgres://")):
        return PostgresMemory(where)
    return FileMemory(where)
