"""What a gate remembers, so that one presentation opens it once (spec/presentation.md, PRS-9)."""

import hashlib
import threading
from collections import OrderedDict, deque
from datetime import datetime
from typing import Final, Protocol, final, runtime_checkable

from healthpass.codec._time import to_seconds

REMEMBERED_FOR: Final = 90  # seconds: the whole window of PRS-8
MAX_REMEMBERED: Final = 100_000  # 1,100 people a second, for 90 seconds; some 30 MB
MAX_OF_ONE: Final = 8  # of one credential; its device makes four in 90 seconds (PRS-6)


@runtime_checkable
class Replays(Protocol):
    """What remembers the presentations that passed.

    A `ReplayMemory` is one, for the threads of one process. Several processes that are one gate need a memory that
    they share: one of `healthpass.shared`, or any object with this method.
    """

    def remember(self, presentation: bytes, credential: bytes, at: datetime) -> bool:
        """Remember a presentation that is otherwise valid, for 90 seconds.

        Of two calls with the same presentation, also at the same moment, one is answered with False. What it
        raises ends `verify`: a gate whose memory fails accepts nothing.

        Args:
            presentation: its bytes.
            credential: what tells the credential in it from every other one; the showings of one credential must
                not crowd out those of others.
            at: the time of judging, with a time zone.

        Returns:
            False when it was remembered already: it is a replay.
        """


@final
class ReplayMemory:
    """The presentations that passed here in the last 90 seconds.

    Give the same memory to each `verify` of a gate, or of several gates that share it. It holds hashes alone, and
    is safe to use from several threads. It never holds more than `capacity` of them: should it be full, the oldest
    goes. Of one credential it holds 8, and then the oldest of these goes, so that one phone with one code crowds
    out nobody else's. Only presentations that are valid in all else come in: it takes many holders to fill it.

    Args:
        capacity: how many presentations it can hold, 1 and up.

    Raises:
        TypeError: when `capacity` is not an `int`.
        ValueError: when it is less than 1.
    """

    def __init__(self, capacity: int = MAX_REMEMBERED) -> None:
        if type(capacity) is not int:
            raise TypeError(f"capacity must be an int, not {type(capacity).__name__}")
        if capacity < 1:
            raise ValueError(f"capacity must be 1 or more, not {capacity}")
        self._capacity = capacity
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, tuple[int, bytes]] = OrderedDict()
        self._shares: dict[bytes, deque[bytes]] = {}

    def remember(self, presentation: bytes, credential: bytes, at: datetime) -> bool:
        """Remember a presentation that is otherwise valid.

        Args:
            presentation: its bytes.
            credential: what tells the credential in it from every other one.
            at: the time of judging, with a time zone.

        Returns:
            False when it was remembered already: it is a replay.
        """
        seconds = to_seconds(at)
        digest, owner = hashlib.sha256(presentation).digest(), hashlib.sha256(credential).digest()
        with self._lock:
            while self._seen and next(iter(self._seen.values()))[0] < seconds - REMEMBERED_FOR:
                self._forget(next(iter(self._seen)))
            if digest in self._seen:
                return False
            self._seen[digest] = seconds, owner
            share = self._shares.setdefault(owner, deque())
            share.append(digest)
            if len(share) > MAX_OF_ONE:
                self._forget(share[0])
            if len(self._seen) > self._capacity:
                self._forget(next(iter(self._seen)))
        return True

    def _forget(self, digest: bytes) -> None:
        _, owner = self._seen.pop(digest)
        share = self._shares[owner]
        share.popleft()  # what is forgotten is the oldest of its credential
        if not share:
            del self._shares[owner]

    def __len__(self) -> int:
        return len(self._seen)
