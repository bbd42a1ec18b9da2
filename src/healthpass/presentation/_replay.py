"""What a gate remembers, so that one presentation opens it once (spec/presentation.md, PRS-9)."""

import hashlib
import threading
from collections import OrderedDict
from datetime import datetime
from typing import Final, final

from healthpass.codec._time import to_seconds

REMEMBERED_FOR: Final = 90  # seconds: the whole window of PRS-8
MAX_REMEMBERED: Final = 100_000  # 1,100 people a second, for 90 seconds; some 15 MB


@final
class ReplayMemory:
    """The presentations that passed here in the last 90 seconds.

    Give the same memory to each `verify` of a gate, or of several gates that share it. It holds hashes alone, and
    is safe to use from several threads. It never holds more than `capacity` of them: should it be full, the oldest
    goes. Only presentations that are valid in all else come in, so that it takes a holder to fill it.

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
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def remember(self, presentation: bytes, at: datetime) -> bool:
        """Remember a presentation that is otherwise valid.

        Args:
            presentation: its bytes.
            at: the time of judging, with a time zone.

        Returns:
            False when it was remembered already: it is a replay.
        """
        seconds = to_seconds(at)
        digest = hashlib.sha256(presentation).digest()
        with self._lock:
            while self._seen and next(iter(self._seen.values())) < seconds - REMEMBERED_FOR:
                self._seen.popitem(last=False)
            if digest in self._seen:
                return False
            self._seen[digest] = seconds
            if len(self._seen) > self._capacity:
                self._seen.popitem(last=False)
        return True

    def __len__(self) -> int:
        return len(self._seen)
