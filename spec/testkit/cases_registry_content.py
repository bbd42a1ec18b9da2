"""Section 4 of registry.md: issuers, key entries, scopes and recognitions. What is refused here is well signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from documents import (
    DAY,
    DROP,
    FROM,
    FULL,
    OFFICE,
    SH_ROOT,
    UNTIL,
    ZHEJIANG,
    Authority,
    entry,
    issuer,
    names,
    recognition,
    registry,
    root,
)
from ed25519 import TORSION, compress
from encode import Key
from topic import ISSUER, KEY, MAX_TIME, SECOND_KEY, Topic, table
from worlds import LEAN, code, pin, refused, update, valid, world

TOPIC = Topic("registry-content")
Z = ZHEJIANG
PUBLISHED = bytes.fromhex(table("published-keys")[0]["public_key"])
MANY = sorted(Key(f"healthpass test many {number}").public for number in range(65))
identifier: str
clause: str
comment: str
content: Any
given: Any
changes: Any


@dataclass(frozen=True)
class Zero(Key):
    """The key whose private half is 32 zeros, which stands in the table of published keys."""

    @property
    def seed(self) -> bytes:
        """Return the private key."""
        return bytes(32)


ZERO = Zero("zero")


def ill(identifier: str, clause: str, comment: str, content: Any, attack: Any = ()) -> None:
    """Add a store that holds a root and refuses a registry."""
    document = registry(Z, OFFICE, content=content)
    steps = (*LEAN, update(document, told=["0 CN-33 malformed-document"]))
    world(TOPIC, identifier, clause, comment, *steps, attack=attack)


def fine(identifier: str, clause: str, comment: str, content: Any, *notes: str, attack: Any = ()) -> None:
    """Add a store that holds a root, takes a registry, and judges a code by it."""
    told = ["0 CN-33 applied " + " ".join(notes)]
    steps = (*LEAN, update(registry(Z, OFFICE, content=content), told=told), valid())
    world(TOPIC, identifier, clause, comment, *steps, attack=attack)


# Issuers
other = issuer("CN-33-02.WJW", entry(SECOND_KEY))
fine("rgc-001", "REG-1", "An issuer without keys.", {2: [OFFICE, issuer("CN-33-02.WJW")]})
fine("rgc-002", "REG-1", "An issuer with an address of status lists.",
     {2: [{**OFFICE, 5: "https://status.example.cn/33/01"}]})  # fmt: skip
fine("rgc-005", "REG-1 DOC-11.2", "An address of status lists of 9 characters.", {2: [{**OFFICE, 5: "https://a"}]})
base = "https://" + "a!~" * 82 + "bc"
fine("rgc-006", "REG-1 DOC-11.2", "An address of status lists of 256 characters.", {2: [{**OFFICE, 5: base}]})
fine("rgc-003", "REG-2", "The region itself, and an office of it.",
     {2: [issuer("CN-33"), OFFICE, issuer("CN-33.WJW", entry(SECOND_KEY))]})  # fmt: skip
bare = registry(Z)
world(
    TOPIC,
    "rgc-004",
    "REG-1 PTH-5",
    "A registry without issuers and without recognitions.",
    *LEAN,
    update(bare),
    refused("unknown-key"),
)
for identifier, clause, comment, rows, content in [
    ("rgc-010", "REG-1", "An empty array of issuers.", [], {2: []}),
    ("rgc-011", "REG-1 DOC-8", "Issuers in descending order.", [], {2: [other, OFFICE]}),
    ("rgc-012", "REG-1 DOC-8", "An issuer twice.", [29], {2: [OFFICE, issuer(ISSUER, entry(SECOND_KEY))]}),
    ("rgc-013", "REG-1", "Issuers as a map.", [], {2: {0: OFFICE}}),
    ("rgc-014", "REG-1", "An issuer as an array.", [], {2: [[ISSUER]]}),
    ("rgc-015", "REG-1", "An issuer without id.", [], {2: [{2: names(), 3: "tel:12320"}]}),
    ("rgc-016", "REG-1", "An issuer without names.", [], {2: [{1: ISSUER, 3: "tel:12320"}]}),
    ("rgc-017", "REG-1", "An issuer without an address for appeals.", [], {2: [{1: ISSUER, 2: names()}]}),
    ("rgc-018", "REG-1", "An empty array of keys.", [], {2: [issuer(ISSUER, changes={4: []})]}),
    ("rgc-020", "REG-2", "An issuer of another region.", [12], {2: [issuer("CN-31.WJW", entry(KEY))]}),
    ("rgc-021", "REG-2", "An issuer of the region above.", [12], {2: [issuer("CN", entry(KEY))]}),
    ("rgc-022", "REG-2", "An office of the region above.", [12], {2: [issuer("CN.WJW", entry(KEY))]}),
    ("rgc-023", "REG-2", "CN-330 is no region id.", [12], {2: [issuer("CN-330.WJW", entry(KEY))]}),
    ("rgc-024", "REG-2", "A region that starts with the same bytes, of another country.", [12],
     {2: [issuer("US-33.WJW", entry(KEY))]}),
    ("rgc-025", "REG-1", "An issuer id in small letters.", [], {2: [issuer("CN-33-01.wjw", entry(KEY))]}),
    ("rgc-030", "REG-1", "An address of status lists with a question mark.", [],
     {2: [{**OFFICE, 5: "https://status.example.cn/?list="}]}),
    ("rgc-031", "REG-1", "An address of status lists with a number sign.", [],
     {2: [{**OFFICE, 5: "https://status.example.cn/a#b"}]}),
    ("rgc-032", "REG-1", "An address of status lists that ends with a slash.", [],
     {2: [{**OFFICE, 5: "https://status.example.cn/"}]}),
    ("rgc-033", "REG-1", "An address of status lists for mail.", [], {2: [{**OFFICE, 5: "mailto:a@example.cn"}]}),
    ("rgc-036", "REG-1 DOC-11.2", "An address of status lists of 257 characters.", [],
     {2: [{**OFFICE, 5: base + "d"}]}),
    ("rgc-037", "REG-1 DOC-11.2", "An address of status lists that ends with a Chinese character.", [],
     {2: [{**OFFICE, 5: "https://status.example.cn/省"}]}),
    ("rgc-038", "REG-1 DOC-11.2", "An address of status lists that ends with U+007F.", [],
     {2: [{**OFFICE, 5: "https://status.example.cn/\x7f"}]}),
    ("rgc-034", "REG-4", "previous of 31 bytes.", [], {4: bytes(31)}),
    ("rgc-035", "REG-4", "previous as text.", [], {4: "0" * 32}),
]:  # fmt: skip
    ill(identifier, clause, comment, content, rows)
US = Authority("US-33")
us_root = root(US)
for identifier, comment, office, told in [
    ("rgc-040", "US-330 does not lie within US-33.", "US-330.A", "malformed-document"),
    ("rgc-041", "US-33-0 lies within US-33.", "US-33-0.A", "applied"),
    ("rgc-042", "US lies above US-33.", "US.A", "malformed-document"),
]:
    offered = update(registry(US, issuer(office, entry(KEY))), told=[f"0 US-33 {told}"])
    world(TOPIC, identifier, "REG-2 RGN-2", comment, pin(us_root), update(us_root), offered, attack=[12])

# Key entries


def keyed(*entries: Any) -> dict[int, Any]:
    """Return the content of a registry whose one issuer has these entries, in this order."""
    return {2: [issuer(ISSUER, changes={4: list(entries)})]}


def cose(changes: dict[int, Any]) -> dict[int, Any]:
    """Return the content of a registry whose one key is this COSE_Key."""
    return keyed(entry(KEY, changes={1: {1: 1, -1: 6, -2: KEY.public} | changes}))


low, high = sorted((KEY, SECOND_KEY), key=lambda key: key.public)
for identifier, clause, comment, rows, content in [
    ("rgc-050", "KEY-1.1", "A COSE_Key with a kid.", [10], cose({2: KEY.kid})),
    ("rgc-051", "KEY-1.1", "A COSE_Key with a kid of another key.", [10], cose({2: SECOND_KEY.kid})),
    ("rgc-052", "KEY-1.1", "A COSE_Key with an algorithm.", [], cose({3: -19})),
    ("rgc-053", "KEY-1.1", "A COSE_Key with a member that other maps would ignore.", [], cose({32: 0})),
    ("rgc-054", "KEY-1.1", "A COSE_Key of type EC2.", [], cose({1: 2})),
    ("rgc-055", "KEY-1.1", "A COSE_Key of the curve X25519.", [], cose({-1: 4})),
    ("rgc-056", "KEY-1.1", "A COSE_Key with a private key.", [], cose({-4: bytes(32)})),
    ("rgc-057", "KEY-1.1", "x of 31 bytes.", [16], cose({-2: KEY.public[:31]})),
    ("rgc-058", "KEY-1.1", "x of 33 bytes.", [16], cose({-2: KEY.public + b"\0"})),
    ("rgc-076", "KEY-1.1", "x as text.", [], cose({-2: "x" * 32})),
    ("rgc-077", "KEY-4", "A revocation as bytes.", [], keyed(entry(KEY, changes={7: b"\1\2"}))),
    ("rgc-078", "REG-1", "from before all time.", [], keyed(entry(KEY, start=-1))),
    ("rgc-059", "KEY-1.1", "The key as bytes.", [], keyed(entry(KEY, changes={1: KEY.public}))),
    ("rgc-060", "REG-3 DOC-8", "A key twice in one issuer.", [9, 29], keyed(entry(KEY), entry(KEY, use=2))),
    ("rgc-061", "REG-3", "A key of two issuers.", [29], {2: [OFFICE, issuer("CN-33-02.WJW", entry(KEY))]}),
    ("rgc-062", "REG-3", "A key of two issuers with two uses.", [20, 29],
     {2: [OFFICE, issuer("CN-33-02.WJW", entry(KEY, use=2))]}),
    ("rgc-063", "REG-1 DOC-8", "Keys in descending order.", [], keyed(entry(high), entry(low))),
    ("rgc-064", "REG-1", "65 keys of an issuer.", [6], keyed(*map(entry, MANY))),
    ("rgc-065", "REG-1", "A key without use.", [20], keyed(entry(KEY, changes={2: DROP}))),
    ("rgc-079", "REG-1", "A key entry without key.", [], keyed(entry(KEY), entry(SECOND_KEY, changes={1: DROP}))),
    ("rgc-083", "REG-1", "A key without from.", [], keyed(entry(KEY, changes={3: DROP}))),
    ("rgc-084", "REG-1", "A key without until.", [], keyed(entry(KEY, changes={4: DROP}))),
    ("rgc-066", "KEY-3", "A use as text.", [20], keyed(entry(KEY, changes={2: "credential"}))),
    ("rgc-067", "KEY-3", "A use of -1.", [20], keyed(entry(KEY, use=-1))),
    ("rgc-068", "REG-1", "until is from.", [], keyed(entry(KEY, start=FROM, until=FROM))),
    ("rgc-069", "REG-1", "until before from.", [], keyed(entry(KEY, start=UNTIL, until=FROM))),
    ("rgc-070", "REG-1", "until is no time any more.", [], keyed(entry(KEY, until=MAX_TIME + 1))),
    ("rgc-071", "KEY-4", "A retirement without a reason.", [], keyed(entry(KEY, retired=[UNTIL]))),
    ("rgc-072", "KEY-4", "A revocation with three members.", [], keyed(entry(KEY, revoked=[FROM, 2, 0]))),
    ("rgc-073", "KEY-4", "A reason of -1.", [], keyed(entry(KEY, revoked=[FROM, -1]))),
    ("rgc-074", "KEY-4", "A reason as text.", [], keyed(entry(KEY, changes={6: [UNTIL, "rotation"]}))),
    ("rgc-075", "KEY-4", "A retirement at no time.", [], keyed(entry(KEY, retired=[-1, 1]))),
    ("rgc-085", "KEY-4", "A retirement in the year 9999.", [39], keyed(entry(KEY, retired=[MAX_TIME + 1, 1]))),
    ("rgc-086", "KEY-4", "A revocation in the year 9999.", [39], keyed(entry(KEY, revoked=[MAX_TIME + 1, 2]))),
]:  # fmt: skip
    ill(identifier, clause, comment, content, rows)
fine("rgc-080", "REG-1", "64 keys of an issuer.",
     {2: [OFFICE, issuer("CN-33-02.WJW", *map(entry, MANY[:64]))]}, attack=[6])  # fmt: skip
fine("rgc-081", "KEY-4", "A retirement for a reason that is not assigned.", keyed(entry(KEY, retired=[UNTIL, 99])))
fine("rgc-082", "KEY-3", "A second key of a use that is not assigned.",
     {2: [OFFICE, issuer("CN-33-02.WJW", entry(SECOND_KEY, use=9))]}, attack=[20])  # fmt: skip

# Keys that are dropped alone
for identifier, comment, x in [
    ("rgc-090", "The identity.", compress(TORSION[0])),
    ("rgc-091", "A key of order 2.", compress(TORSION[4])),
    ("rgc-092", "A key of order 8.", compress(TORSION[1])),
    ("rgc-093", "A key whose encoding is not canonical.", (2**255 - 19 + 3).to_bytes(32, "little")),
    ("rgc-094", "A key that is no point.", bytes([2]) + bytes(31)),
    ("rgc-095", "A key of RFC 8032.", PUBLISHED),
    ("rgc-096", "The key whose private half is zeros.", ZERO.public),
]:
    weak = {2: [OFFICE, issuer("CN-33-02.WJW", entry(x))]}
    fine(identifier, "KEY-2", f"{comment} It is dropped, and the rest holds.", weak, attack=[16])
published = registry(Z, issuer(ISSUER, entry(KEY), entry(ZERO)))
world(
    TOPIC,
    "rgc-097",
    "KEY-2 PTH-5",
    "A code signed with a published key: it is as if it were not listed.",
    *LEAN,
    update(published, told=["0 CN-33 applied"]),
    refused("unknown-key", code(key=ZERO)),
    valid(),
    attack=[16],
)
two = issuer("CN-33-02.WJW", *(entry(compress(point)) for point in (TORSION[0], TORSION[4])))
fine("rgc-098", "KEY-2", "Two weak keys of one office.", {2: [OFFICE, two]}, attack=[16])
identity = compress(TORSION[0])
for identifier, clause, comment, rows, content in [
    ("rgc-150", "KEY-2 REG-3", "The identity is listed by two offices.", [16, 29],
     {2: [issuer(ISSUER, entry(KEY), entry(identity)), issuer("CN-33-02.WJW", entry(identity))]}),
    ("rgc-151", "KEY-2 REG-3 KEY-1", "The identity is listed twice by one office.", [9, 16],
     keyed(entry(identity), entry(identity, use=2))),
    ("rgc-152", "KEY-2 DOC-8", "The identity does not stand at its place in the order.", [16],
     keyed(entry(KEY), entry(identity))),
    ("rgc-153", "KEY-2 REG-1", "The entry of the identity has no use: it is dropped for its key alone.", [16, 20],
     keyed(entry(identity, changes={2: DROP}), entry(KEY))),
]:  # fmt: skip
    ill(identifier, clause, comment, content, rows)

# Scopes
longest = 253_370_764_799
scopes: list[tuple[str, str, str, dict[int, Any]]] = [
    ("rgc-100", "REG-1", "An empty array of colors.", {1: []}),
    ("rgc-101", "REG-1", "17 colors.", {1: list(range(17))}),
    ("rgc-102", "REG-1 DOC-8", "Colors in descending order.", {1: [1, 0]}),
    ("rgc-103", "REG-1 DOC-8", "A color twice.", {1: [0, 0]}),
    ("rgc-104", "REG-1", "A color of -1.", {1: [-1]}),
    ("rgc-105", "REG-1", "A color as text.", {1: ["green"]}),
    ("rgc-111", "REG-1", "Colors as bytes.", {1: b"\0\1"}),
    ("rgc-106", "REG-1", "A lifetime of -1.", {2: -1}),
    ("rgc-107", "REG-1", "A lifetime above the largest time.", {3: longest + 1}),
    ("rgc-108", "REG-1", "A lifetime as text.", {4: "1 day"}),
]
for identifier, clause, comment, given in scopes:
    ill(identifier, clause, comment, keyed(entry(KEY, scope={**FULL, **given})), [21])
    at_home = recognition(SH_ROOT, scope={**FULL, **given})
    name = f"rgc-{int(identifier[4:]) + 100}"
    ill(name, clause, f"{comment[:-1]}, in a recognition.", {2: [OFFICE], 3: [at_home]}, [21])
ill("rgc-109", "REG-1", "A scope as an array.", keyed(entry(KEY, changes={5: [0]})), [21])
fine("rgc-110", "REG-1", "16 colors, and the longest lifetimes.",
     keyed(entry(KEY, scope={1: list(range(16)), 2: longest, 3: longest, 4: longest})))  # fmt: skip

# Recognitions
sh = recognition(SH_ROOT)
plain = recognition(SH_ROOT, scope=None)
js = recognition(root(Authority("CN-32")))
for identifier, clause, comment, rows, given in [
    ("rgc-120", "REG-1", "An empty array of recognitions.", [], []),
    ("rgc-121", "REG-1 DOC-8", "Recognitions in descending order.", [], [js, sh]),
    ("rgc-122", "REG-1 DOC-8", "An authority twice.", [], [sh, recognition(SH_ROOT, until=FROM + DAY)]),
    ("rgc-123", "REG-1", "It recognises itself.", [13], [recognition(root(Z))]),
    ("rgc-124", "REG-1", "It recognises CN-330.", [12], [{**sh, 1: "CN-330"}]),
    ("rgc-125", "REG-1", "It recognises an office.", [12], [{**sh, 1: "CN-31.WJW"}]),
    ("rgc-126", "REG-1 REG-5", "A root version of 0.", [28], [{**sh, 2: 0}]),
    ("rgc-127", "REG-1 REG-5", "A root hash of 31 bytes.", [28], [{**sh, 3: bytes(31)}]),
    ("rgc-128", "REG-1 REG-5", "No root hash.", [28], [recognition(SH_ROOT, changes={3: DROP})]),
    ("rgc-129", "REG-1 REG-5", "No end.", [14], [recognition(SH_ROOT, changes={5: DROP})]),
    ("rgc-130", "REG-1 REG-5", "It ends as it begins.", [14], [{**sh, 5: FROM}]),
    ("rgc-131", "REG-1 REG-5", "It ends before it begins.", [14], [{**sh, 5: FROM - 1}]),
    ("rgc-137", "REG-1 REG-5", "No root version.", [28], [recognition(SH_ROOT, changes={2: DROP})]),
    ("rgc-138", "REG-1 REG-5", "No beginning.", [14], [recognition(SH_ROOT, changes={4: DROP})]),
    ("rgc-133", "REG-1 REG-5", "A root version as text.", [28], [{**sh, 2: "1"}]),
    ("rgc-134", "REG-1 REG-5", "A root hash as text.", [28], [{**sh, 3: "0" * 32}]),
    ("rgc-135", "REG-1 REG-5", "It ends at no time.", [14], [{**sh, 5: MAX_TIME + 1}]),
    ("rgc-136", "REG-1 REG-5", "It begins before all time.", [14], [{**sh, 4: -1}]),
    ("rgc-132", "REG-1", "257 recognitions.", [6],
     [{**plain, 1: f"US-{number}"} for number in range(100, 357)]),
]:  # fmt: skip
    ill(identifier, clause, comment, {3: given}, rows)
fine("rgc-140", "REG-1 REG-5", "Regions within and above may be recognised, like all others.",
     {3: [{**sh, 1: region} for region in ("CN", "CN-31", "CN-33-02", "US")]})  # fmt: skip
fine("rgc-141", "REG-1", "256 recognitions.", {3: [{**plain, 1: f"US-{n}"} for n in range(100, 356)]}, attack=[6])
