"""The challenges that wait for an answer, of a gate and of an office (spec/presentation.md, sections 8 and 12)."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final, Protocol, final, runtime_checkable

from healthpass.codec._time import to_seconds

MAX_OPEN: Final = 10_000  # challenges that wait for an answer; some 3 MB


@runtime_checkable
class Challenges(Protocol):
    """What remembers the challenges that wait for an answer.

    A `ChallengeMemory` is one, for the threads of one process. `healthpass.shared` has those of several processes
    and hosts, so that one of them can take what another one has shown.
    """

    def keep(self, challenge: str, at: datetime, lifetime: timedelta) -> None:
        """Remember a challenge. What it raises ends the call that wanted to show it.

        Args:
            challenge: its whole text. It says whether it is a gate's or an office's, and which office's: one is
                never answered as the other.
            at: when it is made, with a time zone.
            lifetime: for how long it can be answered, in whole seconds.
        """

    def take(self, challenge: str, at: datetime) -> bool:
        """Take a challenge away. Of two calls with the same one, also at the same moment, one at most gets True.

        Args:
            challenge: its whole text.
            at: when the answer came, with a time zone.

        Returns:
            True when it was kept, was not taken before, and has not expired.
        """


@final
class ChallengeMemory:
    """The challenges that wait for an answer here; safe to use from several threads.

    Args:
        capacity: how many it can hold, 1 and up; should there be more, the oldest goes.

    Raises:
        TypeError: when `capacity` is not an `int`.
        ValueError: when it is less than 1.
    """

    def __init__(self, capacity: int = MAX_OPEN) -> None:
        if type(capacity) is not int:
            raise TypeError(f"capacity must be an int, not {type(capacity).__name__}")
        if capacity < 1:
            raise ValueError(f"capacity must be 1 or more, not {capacity}")
        self._capacity = capacity
        self._lock = threading.Lock()
        self._open: OrderedDict[str, int] = OrderedDict()

    def keep(self, challenge: str, at: datetime, lifetime: timedelta) -> None:
        """Remember a challenge.

        Args:
            challenge: its whole text.
            at: when it is made, with a time zone.
            lifetime: for how long it can be answered, in whole seconds.
        """
        ends = to_seconds(at) + int(lifetime.total_seconds())
        with self._lock:
            self._open[challenge] = ends
            if len(self._open) > self._capacity:
                self._open.popitem(last=False)

    def take(self, challenge: str, at: datetime) -> bool:
        """Take a challenge away.

        Args:
            challenge: its whole text.
            at: when the answer came, with a time zone.

        Returns:
            True when it was kept, was not taken before, and has not expired.
        """
        seconds = to_seconds(at)
        with self._lock:
            ends = self._open.pop(challenge, seconds)
        return seconds < ends

    def __len__(self) -> int:
        return len(self._open)


def checked(challenges: Challenges) -> Challenges:
    """Return what remembers challenges.

    Raises:
        TypeError: when it does not.
    """
    if not isinstance(challenges, Challenges):
        raise TypeError(f"challenges must be a ChallengeMemory or the like, not {type(challenges).__name__}")
    return challenges
