"""Measure status lists: `python tests/benchmarks/lists.py`.

One list of 1,048,576 codes of which 1 % are withdrawn at random, and one of 0.05 %; then what a province of 64
million people needs whose codes live for a day: computed, and one list of it measured. Times are of the processor.
"""

import random
import statistics
import sys
import time
import zlib
from pathlib import Path
from typing import Final

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import row
from forging import AT
from healthpass import SigningKey
from healthpass.documents import _status_list
from healthpass.documents._status_list import BYTES_PER_BIT, ENTRIES, Entries, StatusList, sign_list

PEOPLE: Final = 64_000_000
LIFE: Final = 1  # days of a code
MEMORY: Final = 8  # days until an index may be used again (STI-1)
SHARE: Final = 0.01
ORDINARY: Final = 0.0005
LOOKS: Final = 200_000
KEY: Final = SigningKey.generate()


def bitmap(seed: int, share: float) -> bytes:
    """Return a list's bits, with a share of them set."""
    bits = bytearray(BYTES_PER_BIT)
    for index in random.Random(seed).sample(range(ENTRIES), int(ENTRIES * share)):  # noqa: S311 - no secret
        bits[index >> 3] |= 1 << (index & 7)
    return bytes(bits)


def published(bits: bytes) -> tuple[bytes, float]:
    """Publish a list; return it and the seconds."""
    start = time.thread_time()
    data = sign_list(bits, uri="https://status.example.cn/hz/3", key=KEY, issued=AT, expires=AT + 86_400)
    return data, time.thread_time() - start


def look_up(entries: Entries) -> float:
    """Return the seconds of one look."""
    places = [random.Random(7).randrange(ENTRIES) for _ in range(1000)] * (LOOKS // 1000)  # noqa: S311
    start = time.thread_time()
    for index in places:
        entries.at(index)
    return (time.thread_time() - start) / LOOKS


def main() -> None:
    """Measure and print the table."""
    lists, ordinary = ([published(bitmap(seed, share)) for seed in range(9)] for share in (SHARE, ORDINARY))
    size, small = (statistics.median(len(data) for data, _ in made) for made in (lists, ordinary))
    signed = _status_list.parse(lists[0][0])
    start = time.thread_time()
    signed.verify(KEY.public_key)
    content = StatusList.decode(signed.payload)
    accepted = time.thread_time() - start
    alive = PEOPLE * (LIFE + MEMORY)
    count = -(-alive // ENTRIES)
    row("status lists", "measured", "beside it")
    row("---", "---", "---")
    row(
        f"{ENTRIES:,} codes, {SHARE:.0%} withdrawn: bytes",
        f"{size:,.0f}",
        "14.3 kB, the size that the IETF draft gives for its own form",
    )
    row(f"the same, {ORDINARY:.2%} withdrawn", f"{small:,.0f}", "")
    row("the same, not compressed", f"{BYTES_PER_BIT:,}", "")
    row("published, ms", f"{1000 * statistics.median(seconds for _, seconds in lists):.1f}", "")
    start = time.thread_time()
    packed = zlib.compress(bitmap(0, SHARE), 9)
    slow = time.thread_time() - start
    row("its bits at level 9 of zlib, which was not chosen: bytes, ms", f"{len(packed):,}, {1000 * slow:.0f}", "")
    row("accepted by a store, ms", f"{1000 * accepted:.1f}", "")
    row("one look, microseconds", f"{1e6 * look_up(content.entries()):.2f}", "< 2")
    days = f"{LIFE} day, places free again after {MEMORY}"
    row(f"{PEOPLE:,} people, codes of {days}: lists in use", str(count), "computed")
    now_alive = -(-PEOPLE * LIFE // ENTRIES)
    row("lists with a code that is still valid", str(now_alive), "computed")
    row("bytes that a gate takes a day, all lists once", f"{count * size / 1e6:.1f} MB", "computed of the above")


if __name__ == "__main__":
    main()
