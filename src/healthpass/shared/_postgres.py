"""A memory in PostgreSQL, for the processes of several hosts."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Self, final

from healthpass.codec._spelling import write_time
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.shared._errors import SharedError
from healthpass.shared._schema import SCHEMA

_REMEMBER: Final = f"SELECT fresh, accepts_from FROM {SCHEMA}.remember(%s, %s, %s)"  # noqa: S608 - a constant
_KEEP: Final = f"SELECT {SCHEMA}.keep(%s, %s, %s)"
_TAKE: Final = f"SELECT {SCHEMA}.take(%s, %s)"
_PATIENCE: Final = 5.0  # seconds
_MOST: Final = 60


@final
class PostgresMemory:
    """What the processes of several hosts share, in PostgreSQL: a `Replays` and a `Challenges`.

    >>> PostgresMemory.create("postgresql://owner@db/gate")  # doctest: +SKIP
    >>> gate = Verifier(registry, replay=PostgresMemory("postgresql://worker@db/gate"))  # doctest: +SKIP

    All that a `ReplayMemory` and a `ChallengeMemory` promise holds over all hosts. The time of a call and the
    clock of the database must agree: where they differ by more than 30 seconds, nothing is accepted. What has
    passed is kept for 180 seconds by the clock of the database, so that no clocks that agree so far let a replay
    through. There is room for a million presentations and as many challenges.

    The tables are not in the log of the database. So they are fast, and no standby and no backup holds them; a
    crash or a fail-over empties them. In the 180 seconds after that no presentation is accepted.

    An object serves a process with one connection. Threads take turns, and a process that was forked opens its
    own. Whatever fails is a `SharedError`, and the next call connects again.

    Args:
        url: the database, `postgresql://...`. Nothing is opened before the first call.
        timeout: seconds that connecting, waiting for other threads, and an answer may each take.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when the address is none, or `timeout` is not 1 to 60 seconds.
        ImportError: when psycopg is not installed.
    """

    def __init__(self, url: str, *, timeout: float = _PATIENCE) -> None:
        from healthpass.shared._connection import Server  # noqa: PLC0415 - a file needs no psycopg

        if not isinstance(url, str):
            raise TypeError(f"url must be a str, not {type(url).__name__}")
        if not 1 <= timeout <= _MOST:
            raise ValueError(f"timeout must be 1 to {_MOST} seconds")
        self._server: Final = Server(url, timeout)

    @classmethod
    def create(cls, url: str) -> Self:
        """Make the tables in a database, unless they are there, and return their memory.

        Args:
            url: the database, with an owner of the tables who may create a schema. The workers need no more than
                `GRANT USAGE ON SCHEMA healthpass_shared` and `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA
                healthpass_shared`.

        Raises:
            TypeError, ValueError, ImportError: as the constructor.
            SharedError: when they cannot be made, or a later version of this library has made them.
        """
        made = cls(url)
        made._server.make()
        return made

    def remember(self, presentation: bytes, credential: bytes, at: datetime) -> bool:
        """Remember a presentation that is otherwise valid.

        Args:
            presentation: its bytes.
            credential: what tells the credential in it from every other one.
            at: the time of judging, with a time zone.

        Returns:
            False when one of the hosts remembered it already: it is a replay.

        Raises:
            SharedError: when this cannot be told; the presentation is not to be accepted.
        """
        shown, owner = sha256(presentation).digest(), sha256(credential).digest()
        fresh, accepts_from = self._server.ask(_REMEMBER, [shown, owner, to_seconds(at)])
        if fresh is None:
            raise SharedError(
                "a crash or a fail-over of the database has emptied the shared memory: it accepts presentations "
                f"from {write_time(from_seconds(accepts_from))} on"
            )
        return bool(fresh)

    def keep(self, challenge: str, at: datetime, lifetime: timedelta) -> None:
        """Remember a challenge.

        Args:
            challenge: its whole text.
            at: when it is made, with a time zone.
            lifetime: for how long it can be answered, in whole seconds.

        Raises:
            SharedError: when it is not remembered; it is not to be shown.
        """
        self._server.ask(
            _KEEP, [sha256(challenge.encode()).digest(), to_seconds(at), int(lifetime.total_seconds())]
        )

    def take(self, challenge: str, at: datetime) -> bool:
        """Take a challenge away.

        Args:
            challenge: its whole text.
            at: when the answer came, with a time zone.

        Returns:
            True when one of the hosts has kept it, none has taken it before, and it has not expired.

        Raises:
            SharedError: when this cannot be told; the answer is not to be accepted.
        """
        (taken,) = self._server.ask(_TAKE, [sha256(challenge.encode()).digest(), to_seconds(at)])
        return bool(taken)

    def close(self) -> None:
        """Close the connection of this process; a call after that opens another one."""
        self._server.close()
