"""Measure what one party can cost a gate: `python tests/benchmarks/hostile.py`.

A gate pins one anchor, which recognises 256 regions: 255 ordinary ones, and one that is either ordinary too or has
everything at its limit at once: 64 links of 8,192 bytes, a registry of 4 MiB, 64 MiB of status lists that do not
compress, and documents that contradict each other. In the same update the anchor revokes a key.

Beside it, what one office of the anchor costs, that sends as many lists and as many bytes of them as sources may
have, while another office withdraws a code; and what a file costs that a neighbour, or whoever carries the news,
puts into the folder: full of documents and lists with forged signatures, while the anchor revokes a key in the
file beside it. Seconds are of the processor, in one run.
"""

import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import nacl.bindings

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from authorities import NAMES, Region
from benchmarks.measuring import clock, compare
from forging import AT, NOW
from healthpass import IssuerId, Scope, VerificationError, inspect_unverified, verify
from healthpass.documents._bundle import DOCUMENT_BYTES, DOCUMENT_LIMIT, LIST_BYTES, LIST_LIMIT
from healthpass.documents._document import Kind
from healthpass.documents._registry_document import ISSUER, MAX_KEYS, MAX_RECOGNITIONS, IssuerEntry, KeyEntry
from healthpass.documents._status_list import BYTES_PER_BIT
from healthpass.store import TrustStore
from healthpass.trust._held import Pin
from healthpass.trust._state import MAX_CHAIN, MAX_EVIDENCE
from healthpass.trust._trust import MAX_LISTS, MAX_OWN_LISTS
from healthpass.words._code_points import KeyUse
from listing import INDEX, PLACED, StatusOffice, add_office

DAY: Final = timedelta(days=1)
GUEST: Final = "XX-000"
KEYS_OF_OFFICE: Final = 64
SMALL: Final = Scope(colors=[])  # so that 32,768 keys are no more than 524,288 data items (DOC-7)
SENT: Final = "what it sends, MB"
AFTERWARDS: Final = (
    "the same again, s",
    "opened by a new process, s",
    "`verify()` of another's code / bare verification",
    "memory of that process at most, MB",
    "the store's files, MB",
)
IGNORED: Final = 32  # a key of a map from which on everything is to be ignored (DOC-8)


def raw_key(number: int) -> bytes:
    """Return the bytes of a public key."""
    seed = hashlib.sha256(f"healthpass hostile {number}".encode()).digest()
    return nacl.bindings.crypto_sign_seed_keypair(seed)[0]


def ordinary(number: int) -> tuple[Region, bytes]:
    """Return an ordinary region, and its bundle."""
    region = Region(f"XX-{number}")
    for office in range(4):
        region.office(f"XX-{number}.O{office}")
    region.publish()
    return region, region.bundle()


def guest(*, hostile: bool) -> tuple[Region, Pin, list[bytes]]:
    """Return the region in whose place the hostile one stands, the pin, and its bundles."""
    region = Region(GUEST)
    office = add_office(region, f"{GUEST}.WJW")
    first = region.pin
    if not hostile:
        region.publish()
        return region, first, [region.bundle()]
    for _ in range(MAX_CHAIN - 1):
        room = Kind.ROOT.max_bytes - len(region.rotate(content={IGNORED: bytes(4_096)}, keep=False))
        region.rotate(content={IGNORED: bytes(4_096 + room)})
    issuers = [ISSUER.write(office.to_entry())]
    for number in range(MAX_KEYS // KEYS_OF_OFFICE - 1):
        keys = sorted(raw_key(number * KEYS_OF_OFFICE + place) for place in range(KEYS_OF_OFFICE))
        entries = tuple(KeyEntry(raw, KeyUse.CREDENTIAL, NOW, NOW + 365 * DAY, SMALL) for raw in keys)
        name = IssuerId(f"{GUEST}.Z{number:03}")
        issuers.append(ISSUER.write(IssuerEntry(name, NAMES, "https://example.org", entries)))
    made = region.publish(content={2: issuers, IGNORED: bytes(99_999)}, keep=False)
    region.publish(content={2: issuers, IGNORED: bytes(99_999 + Kind.REGISTRY.max_bytes - len(made))})
    again = [
        region.publish(version=region.version, content={IGNORED: bytes([n]) * 120_000}, keep=False)
        for n in range(2 * MAX_EVIDENCE)
    ]
    return region, first, [region.bundle(), b"".join(again), b"".join(lists(office))]


def lists(office: StatusOffice, most: int = MAX_LISTS) -> list[bytes]:
    """Return as many lists that do not compress as a state may hold, and one more."""
    chance = random.Random(1)  # noqa: S311 - no secret
    found: list[bytes] = []
    while sum(map(len, found)) <= most:
        found.append(office.status_list(number=len(found), bitmap=chance.randbytes(BYTES_PER_BIT)))
    return found


def used(folder: Path) -> float:
    """Return the megabytes of the files of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def judging(path: str, texts: Sequence[str]) -> None:
    """Open the store and judge codes of the ordinary regions; this runs in a process of its own."""
    start = time.process_time()
    registry = TrustStore.open(path).registry()
    opened = time.process_time() - start
    parts = [inspect_unverified(text) for text in texts]
    edges = [registry._edges(part.kid, int(NOW.timestamp()))[0] for part in parts]
    work = [
        (part.signature + part.to_be_signed, edge.public_key.to_bytes())
        for part, edge in zip(parts, edges, strict=True)
    ]
    judged = clock(lambda text: verify(text, registry=registry, at=NOW), texts)
    ratio = compare(judged, clock(lambda item: nacl.bindings.crypto_sign_open(*item), work), len(texts))
    (peak,) = (line for line in Path("/proc/self/status").read_text("ascii").splitlines() if "VmHWM" in line)
    memory = int(peak.split()[1]) / 1e3
    print(json.dumps([opened, ratio, memory]))


def measured(folder: Path, *, hostile: bool) -> list[float]:
    """Fill a store, let its anchor revoke a key while the guest sends what it can, and measure."""
    anchor = Region("CN-33")
    revoked = anchor.office("CN-33-01.WJW")
    others = [ordinary(number) for number in range(1, MAX_RECOGNITIONS)]
    region, pin, bundles = guest(hostile=hostile)
    for other, _ in others:
        anchor.recognise(other)
    anchor.recognise(region, pin=pin)
    anchor.publish()
    store = TrustStore.create(folder / "store")
    store.pin(anchor.id, version=1, digest=anchor.pin.digest)
    store.update([anchor.bundle(), *(bundle for _, bundle in others)], at=NOW)
    code = revoked.issue()
    revoked.revoke()
    anchor.publish()
    start = time.process_time()
    results = store.update([*bundles, anchor.bundle()], at=NOW)  # the anchor's news come last
    updated = time.process_time() - start
    largest = next(one for one in results if one.authority == region.id and one.kind is Kind.REGISTRY)
    assert largest.outcome == "applied", largest.message
    start = time.process_time()
    store.update([*bundles, anchor.bundle()], at=NOW)
    again = time.process_time() - start
    refused(store, code, "key-revoked")
    texts = [other.offices[f"{other.id}.O{n % 4}"].issue() for n in range(8) for other, _ in others]
    return [sum(map(len, bundles)) / 1e6, updated, again, *by_another_process(store, texts), used(store.path)]


def by_another_process(store: TrustStore, texts: Sequence[str]) -> list[float]:
    """Return what opening the store and judging these codes costs a new process."""
    command = [sys.executable, __file__, "--judge", str(store.path)]
    told = subprocess.run(command, input="\n".join(texts), text=True, capture_output=True, check=True)
    return [float(figure) for figure in json.loads(told.stdout)]


def refused(store: TrustStore, code: str, verdict: str) -> None:
    """Make sure that the news of others has come."""
    try:
        verify(code, registry=TrustStore.open(store.path).registry(), at=NOW)
    except VerificationError as error:
        assert error.verdict == verdict
    else:
        raise AssertionError("the news of another is lost")


def gate_of(anchor: Region, folder: Path) -> TrustStore:
    """Return the store of a gate that has chosen this authority and heard of it."""
    anchor.publish()
    store = TrustStore.create(folder / "store")
    store.pin(anchor.id, version=1, digest=anchor.pin.digest)
    store.update(anchor.bundle(), at=NOW)
    return store


def office(folder: Path) -> list[float]:
    """Measure what one office costs that sends all the lists that two sources may have."""
    anchor = Region("CN-33")
    hostile, other = add_office(anchor, "CN-33-01.WJW"), add_office(anchor, "CN-33-02.WJW")
    store = gate_of(anchor, folder)
    code = other.issue(PLACED)
    texts = [code, *(other.issue(PLACED) for _ in range(1_999))]
    store.update(other.status_list(), at=NOW)
    verify(code, registry=store.registry(), at=NOW)
    many = [hostile.status_list([number], number=number, issued=AT - 1) for number in range(LIST_LIMIT)]
    large = lists(hostile, MAX_OWN_LISTS)[:-1]  # one source takes as many
    sources = [b"".join(many), b"".join(large), other.status_list([INDEX], issued=AT + 1)]
    start = time.process_time()
    store.update(sources, at=NOW)
    updated = time.process_time() - start
    start = time.process_time()
    store.update(sources, at=NOW)
    again = time.process_time() - start
    refused(store, code, "revoked")
    store.update(other.status_list(issued=AT + 2), at=NOW)  # so that the codes can be judged
    return [sum(map(len, sources)) / 1e6, updated, again, *by_another_process(store, texts), used(store.path)]


def forged(data: bytes, number: int) -> bytes:
    """Return a document whose last signature does not verify, and which no other one equals."""
    return data[:-64] + number.to_bytes(32) + data[-32:]


def junk(folder: Path) -> list[float]:
    """Measure what a file costs that concerns nobody: as many documents, lists and bytes as a source may have."""
    anchor, foreign = Region("CN-33"), Region("CN-31")
    revoked, listing = anchor.office("CN-33-01.WJW"), add_office(anchor, "CN-33-02.WJW")
    store = gate_of(anchor, folder)
    before = used(store.path)
    code = revoked.issue()
    size = DOCUMENT_BYTES // DOCUMENT_LIMIT - 700
    by = [anchor.registry_key(1)]  # whose kid stands in it; the signature is another's
    one = foreign.publish(content={IGNORED: bytes(size)}, by=by)
    chance = random.Random(1).randbytes(LIST_BYTES // LIST_LIMIT - 580)  # noqa: S311 - no secret
    two = listing.status_list(bitmap=chance.ljust(BYTES_PER_BIT, b"\0"), issued=AT + 1)
    documents = b"".join(forged(one, number) for number in range(DOCUMENT_LIMIT))
    files = folder / "files"
    files.mkdir()
    (files / "a neighbour.cbor").write_bytes(documents + b"".join(forged(two, n) for n in range(LIST_LIMIT)))
    revoked.revoke()
    anchor.publish()
    (files / "the anchor.cbor").write_bytes(anchor.bundle())
    start = time.process_time()
    store.update_from(files, at=NOW)
    seconds = time.process_time() - start
    refused(store, code, "key-revoked")
    return [(files / "a neighbour.cbor").stat().st_size / 1e6, seconds, used(store.path) - before]


def main(arguments: Sequence[str]) -> None:
    """Measure both, and print them side by side."""
    if arguments[:1] == ["--judge"]:
        judging(arguments[1], sys.stdin.read().split("\n"))
        return
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / name for name in ("honest", "hostile", "office", "junk")]
        for folder in folders:
            folder.mkdir()
        honest, hostile = measured(folders[0], hostile=False), measured(folders[1], hostile=True)
        table(
            ("one recognised region of 256", "ordinary", "hostile, all at the limit"),
            (SENT, "the update that also brings the anchor's revocation, s", *AFTERWARDS),
            zip(honest, hostile, strict=True),
        )
        table(
            ("one office of an anchor, with all the lists of two sources", "measured"),
            (SENT, "the update that also brings another office's withdrawal, s", *AFTERWARDS),
            zip(office(folders[2]), strict=True),
        )
        table(
            ("a file full of forgeries, beside the anchor's", "measured"),
            (SENT, "the update that also brings the anchor's revocation, s", "what the store's files grew by, MB"),
            zip(junk(folders[3]), strict=True),
        )


def table(head: Sequence[str], names: Sequence[str], figures: Iterable[Sequence[float]]) -> None:
    """Print a table; that the news of others have come is made sure of before."""
    for cells in (head, ["---"] * len(head)):
        print(f"| {' | '.join(cells)} |")
    for name, row in zip(names, figures, strict=True):
        print(f"| {name} | {' | '.join(f'{figure:.2f}' for figure in row)} |")
    print(f"| the news of the other is in force afterwards |{' yes |' * (len(head) - 1)}\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
