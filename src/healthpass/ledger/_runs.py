"""Runs: millions of codes that are made again, byte for byte, when a run is started again (docs/adr/0027)."""

import hmac
import secrets
from datetime import timedelta
from typing import Final, NamedTuple, Self

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.issuing._status_places import RunTerms
from healthpass.ledger._actions import checked_bytes, words
from healthpass.ledger._errors import LedgerError
from healthpass.ledger._sql import Connection

MAX_ID: Final = 100  # characters
_SALT_SIZE: Final = 16
_LABEL: Final = b"healthpass run secret\0"
_COLUMNS: Final = "run, starts_at, lifetime, jitter, kid, set_by, set_why"
_SECOND: Final = timedelta(seconds=1)


class CheckedTerms(NamedTuple):
    """The terms of a run, checked, with times and durations in seconds."""

    run: str
    starts_at: int
    lifetime: int
    jitter: int
    kid: bytes
    by: str
    why: str

    @classmethod
    def of(cls, terms: RunTerms) -> Self:
        """Check the terms of a run.

        Raises:
            TypeError: when one is of another type.
            ValueError: when a value is not valid.
        """
        for name in ("lifetime", "jitter"):
            if not isinstance(getattr(terms, name), timedelta):
                raise TypeError(f"{name} must be a timedelta, not {type(getattr(terms, name)).__name__}")
        lifetime, jitter = terms.lifetime // _SECOND, terms.jitter // _SECOND
        if not 0 <= jitter < lifetime:
            raise ValueError("jitter must not be negative, and must be less than lifetime")
        return cls(
            checked_id(terms.run),
            to_seconds(terms.starts_at, "starts_at"),
            lifetime,
            jitter,
            checked_bytes("kid", terms.kid, KID_SIZE),
            words("by", terms.by),
            words("why", terms.why),
        )

    def told(self) -> dict[str, str]:
        """Return each of them as people read it."""
        return {
            "starts_at": from_seconds(self.starts_at).isoformat(),
            "lifetime": f"{self.lifetime} s",
            "jitter": f"{self.jitter} s",
            "kid": self.kid.hex(),
            "by": repr(self.by),
            "why": repr(self.why),
        }


def checked_id(run: str) -> str:
    """Check the id of a run.

    Raises:
        TypeError: when it is no `str`.
        ValueError: when it is empty, too long, or holds what cannot be printed on one line.
    """
    if not isinstance(run, str):
        raise TypeError(f"run must be a str, not {type(run).__name__}")
    if not run.strip() or len(run) > MAX_ID or not run.isprintable():
        raise ValueError(f"run must be 1 to {MAX_ID} printable characters")
    return run


def begin(connection: Connection, terms: CheckedTerms) -> bytes:
    """Note the terms of a run, within a transaction, and return its secret, 32 bytes.

    It comes from the ledger's, the id, and a salt that is forgotten with the run: whoever uses the id again later,
    or in a ledger that was restored and does not know the run, has another secret (ISS-9.1).

    Raises:
        LedgerError: when it was begun with others, or before the ledger was restored.
    """
    secret, restored = connection.execute("SELECT secret, restored FROM ledger").fetchone()
    question = f"SELECT salt, restored, {_COLUMNS} FROM runs WHERE run = ?"
    found = connection.execute(question, (terms.run,)).fetchone()
    if found is None:
        salt = secrets.token_bytes(_SALT_SIZE)
        connection.execute(
            f"INSERT INTO runs (salt, restored, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (salt, restored, *terms),
        )
    else:
        salt, began, *known = found
        _compare(terms, CheckedTerms(*known))
        if began != restored:
            raise LedgerError(
                f"the run {terms.run!r} was begun before the ledger was restored, which does not know all that it "
                "issued: go on under another id, and withdraw what it has let out"
            )
    return hmac.digest(secret, _LABEL + salt + terms.run.encode(), "sha256")


def _compare(terms: CheckedTerms, known: CheckedTerms) -> None:
    asked, began = terms.told(), known.told()
    differing = [f"{name} {began[name]}, not {asked[name]}" for name in asked if asked[name] != began[name]]
    if differing:
        raise LedgerError(
            f"the run {terms.run!r} was begun with other terms: {', '.join(differing)}; another run has another id"
        )


def forget(connection: Connection, expired_by: int) -> None:
    """Forget the runs whose codes had all expired by a time."""
    connection.execute("DELETE FROM runs WHERE starts_at + lifetime <= ?", (expired_by,))
