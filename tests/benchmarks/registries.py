"""Measure a large trust store: `python tests/benchmarks/registries.py`.

40 authorities, one of which is the anchor and recognises the others, with 3,000 issuers and 30,000 keys among
them. The store is filled on disk, opened again by a new process, and judges codes of the recognised authorities
through the whole path. Seconds are of the processor; beside them stands what the bare checks of points take in the
same run. Memory is what Linux says.
"""

import argparse
import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
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
from healthpass.documents._registry_document import ISSUER, IssuerEntry, KeyEntry
from healthpass.store import TrustStore
from healthpass.words._code_points import KeyUse

AUTHORITIES: Final = 40
OFFICES: Final = 75  # of an authority
KEYS: Final = 10  # of an office
DAY: Final = timedelta(days=1)
NAMES: Final = Names("某某市卫生健康委员会", "Health Commission of Somewhere")


def key(number: int) -> SigningKey:
    """Return one of the 30,000 keys."""
    return SigningKey.from_seed(hashlib.sha256(f"healthpass benchmark {number}".encode()).digest())


def office(authority: int, number: int) -> IssuerId:
    """Return the id of an office."""
    return IssuerId(f"CN-{11 + authority}-{1 + number:02d}.WJW")


class LargeRegion(Region):
    """A region with 75 offices of ten keys each."""

    def entries(self, authority: int) -> list[IssuerEntry]:
        """Return the issuers of the registry."""
        return [
            IssuerEntry(
                office(authority, number),
                NAMES,
                "https://example.org/appeal/of/this/office",
                tuple(
                    KeyEntry(key(place).public_key.to_bytes(), KeyUse.CREDENTIAL, NOW, NOW + 365 * DAY, FULL)
                    for place in range(first, first + KEYS)
                ),
                f"https://example.org/status/{authority}/{number}",
            )
            for number in range(OFFICES)
            for first in [(authority * OFFICES + number) * KEYS]
        ]


def world() -> tuple[Region, list[bytes]]:
    """Return the anchor, and all documents."""
    regions = [LargeRegion(f"CN-{11 + number}") for number in range(AUTHORITIES)]
    for other in regions[1:]:
        regions[0].recognise(other)
    documents = [root for region in regions for root in region.roots]
    for number, region in enumerate(regions):
        issuers = [ISSUER.write(entry) for entry in region.entries(number)]
        documents.append(region.publish(content={2: issuers}))
    return regions[0], documents


def resident() -> float:
    """Return the megabytes of memory that this process takes."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def judging(path: str, count: int) -> None:
    """Open the store and judge codes; this runs in a process of its own."""
    before = resident()
    start = time.process_time()
    registry = TrustStore.open(path).registry()
    loaded = time.process_time() - start
    memory = resident() - before
    numbers = [OFFICES * KEYS + number * 7 % (OFFICES * KEYS * (AUTHORITIES - 1)) for number in range(count)]
    texts = [
        issue(
            GREEN,
            issuer=office(number // (OFFICES * KEYS), number // KEYS % OFFICES),
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
    row("opened by a new process, s of the processor", f"{loaded:.2f}", "<= 0.5")
    row("memory that it takes then, MB", f"{memory:.0f}", "")
    row("`verify()` by a recognised path / bare verification, a key's first code", f"{first:.2f}", "")
    row("the same, a key's later codes", f"{again:.2f}", "<= 2.2")


def main(arguments: Sequence[str]) -> None:
    """Fill the store and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=4000, help="how many codes are judged (4000)")
    parser.add_argument("--judge", metavar="STORE", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.judge:
        judging(options.judge, options.count)
        return
    anchor, documents = world()
    keys = [key(number).public_key.to_bytes() for number in range(AUTHORITIES * OFFICES * KEYS)]
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
        row("accepted, s of the processor", f"{accepted:.2f}", "<= 3")
        row("accepted / the bare checks of all points", f"{accepted / points:.2f}", "")
        command = [sys.executable, __file__, "--judge", path, "--count", str(options.count)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
