"""Measure a large trust store: `python tests/benchmarks/registries.py`.

40 authorities, one of which is the anchor and recognises the others, with 3,000 issuers and 30,000 keys among
them, or as many as `--keys` says. The store is filled on disk, opened again by a new process, and judges codes of
the recognised authorities through the whole path. Then one registry of the 40 changes, often: what that costs the
process that takes it, and a gate that notices, stands beside opening the whole. Seconds are of the processor,
in one run; beside them stands what the bare checks of points take in it. Memory is what Linux says.
"""

import argparse
import hashlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import nacl.bindings

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from authorities import FULL, Region
from benchmarks.measuring import clock, compare, row
from forging import GREEN, NOW
from healthpass import IssuerId, SigningKey, inspect_unverified, issue, verify
from healthpass.documents._fields import Names
from healthpass.documents._registry_document import ISSUER, IssuerEntry, KeyEnd, KeyEntry
from healthpass.store import TrustStore
from healthpass.words._code_points import KeyUse

AUTHORITIES: Final = 40
OFFICES: Final = 75  # of an authority
KEYS: Final = 30_000
EACH: Final = KEYS // (AUTHORITIES * OFFICES)  # keys of an office; the targets in seconds are for so many
CHANGES: Final = 9  # how often one registry changes
DAY: Final = timedelta(days=1)
NAMES: Final = Names("某某市卫生健康委员会", "Health Commission of Somewhere")


def key(number: int) -> SigningKey:
    """Return one of the keys."""
    return SigningKey.from_seed(hashlib.sha256(f"healthpass benchmark {number}".encode()).digest())


def office(authority: int, number: int) -> IssuerId:
    """Return the id of an office."""
    return IssuerId(f"CN-{11 + authority}-{1 + number:02d}.WJW")


class LargeRegion(Region):
    """A region with 75 offices."""

    def entries(self, authority: int, keys: int) -> list[IssuerEntry]:
        """Return the issuers of the registry, each with so many keys."""
        return [
            IssuerEntry(
                office(authority, number),
                NAMES,
                "https://example.org/appeal/of/this/office",
                tuple(
                    KeyEntry(key(place).public_key.to_bytes(), KeyUse.CREDENTIAL, NOW, NOW + 365 * DAY, FULL)
                    for place in range(first, first + keys)
                ),
                f"https://example.org/status/{authority}/{number}",
            )
            for number in range(OFFICES)
            for first in [(authority * OFFICES + number) * keys]
        ]


def world(keys: int) -> tuple[list[LargeRegion], list[bytes]]:
    """Return the authorities, first the anchor, and all documents."""
    regions = [LargeRegion(f"CN-{11 + number}") for number in range(AUTHORITIES)]
    for other in regions[1:]:
        regions[0].recognise(other)
    documents = [root for region in regions for root in region.roots]
    for number, region in enumerate(regions):
        issuers = [ISSUER.write(entry) for entry in region.entries(number, keys)]
        documents.append(region.publish(content={2: issuers}))
    return regions, documents


def resident() -> float:
    """Return the megabytes of memory that this process takes."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes, of the processor."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def changing(store: TrustStore, regions: Sequence[LargeRegion], keys: int, accepted: float) -> None:
    """Let one registry after another change, and measure what that costs who takes it and who notices."""
    gate = TrustStore.open(store.path)
    gate.registry()
    taken, noticed, opened = [], [], []
    for number in range(1, 1 + CHANGES):
        changed = regions[number].entries(number, keys)
        first = changed[0]
        changed[0] = first._replace(keys=(first.keys[0]._replace(revoked=KeyEnd(NOW, 1)), *first.keys[1:]))
        news = regions[number].publish(content={2: [ISSUER.write(entry) for entry in changed]})
        taken.append(seconds(lambda news=news: (store.update(news, at=NOW), store.registry())))  # type: ignore[misc]
        noticed.append(seconds(gate.registry))
        opened.append(seconds(lambda: TrustStore.open(store.path).registry()))
    whole = statistics.median(opened)
    one = f"one registry of {AUTHORITIES} changes"
    middle = statistics.median(taken)
    row(f"{one}, by the process that takes it, ms", f"{1000 * middle:.1f}", "")
    row("a change taken / accepting all", f"{middle / accepted:.3f}", "<= 0.1")
    row("a change taken / opening the whole store", f"{middle / whole:.3f}", "")
    middle = statistics.median(noticed)
    row(f"{one}, by a gate that notices, ms", f"{1000 * middle:.1f}", "")
    row("a change noticed / opening the whole store", f"{middle / whole:.3f}", "<= 0.1")


def judging(path: str, count: int, keys: int) -> None:
    """Open the store and judge codes; this runs in a process of its own."""
    before = resident()
    start = time.process_time()
    registry = TrustStore.open(path).registry()
    loaded = time.process_time() - start
    memory = resident() - before
    listed = OFFICES * keys  # by an authority
    numbers = [listed + number * 7 % (listed * (AUTHORITIES - 1)) for number in range(count)]
    texts = [
        issue(
            GREEN,
            issuer=office(number // listed, number // keys % OFFICES),
            signer=key(number),
            lifetime=DAY,
            at=NOW,
        ).text
        for number in numbers
    ]
    parts = [inspect_unverified(text) for text in texts]
    work = [
        (part.signature + part.to_be_signed, key(number).public_key.to_bytes())
        for part, number in zip(parts, numbers, strict=True)
    ]
    judged = clock(lambda text: verify(text, registry=registry, at=NOW), texts)
    bare = clock(lambda item: nacl.bindings.crypto_sign_open(*item), work)
    first, again = compare(judged, bare, count), compare(judged, bare, count)
    row("opened by a new process, s of the processor", f"{loaded:.2f}", "<= 0.2" if keys == EACH else "")
    row("memory that it takes then, MB", f"{memory:.0f}", "")
    row("`verify()` by a recognised path / bare verification, a key's first code", f"{first:.2f}", "")
    row("the same, a key's later codes", f"{again:.2f}", "<= 2.2")


def main(arguments: Sequence[str]) -> None:
    """Fill the store and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=4000, help="how many codes are judged (4000)")
    parser.add_argument("--keys", type=int, default=KEYS, help="how many keys are listed, at most 192000 (30000)")
    parser.add_argument("--judge", metavar="STORE", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    each = options.keys // (AUTHORITIES * OFFICES)
    if options.judge:
        judging(options.judge, options.count, each)
        return
    regions, documents = world(each)
    anchor = regions[0]
    keys = [key(number).public_key.to_bytes() for number in range(AUTHORITIES * OFFICES * each)]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "store")
        store = TrustStore.create(path)
        store.pin(anchor.id, version=anchor.pin.version, digest=anchor.pin.digest)
        bundle = b"".join(documents)
        start = time.process_time()
        results = store.update(bundle, at=NOW)
        accepted = time.process_time() - start
        assert {str(result.outcome) for result in results} == {"applied"}
        start = time.process_time()
        for raw in keys:
            nacl.bindings.crypto_core_ed25519_is_valid_point(raw)
        points = time.process_time() - start
        row(
            f"{AUTHORITIES} authorities, {AUTHORITIES * OFFICES:,} issuers, {len(keys):,} keys",
            "measured",
            "target",
        )
        row("---", "---", "---")
        row("bundle, MB", f"{len(bundle) / 1e6:.2f}", "")
        row("accepted, s of the processor", f"{accepted:.2f}", "<= 0.6" if each == EACH else "")
        row("accepted / the bare checks of all points", f"{accepted / points:.2f}", "")
        more = ["--count", str(options.count), "--keys", str(options.keys)]
        subprocess.run([sys.executable, __file__, "--judge", path, *more], check=True)
        changing(store, regions, each, accepted)


if __name__ == "__main__":
    main(sys.argv[1:])
