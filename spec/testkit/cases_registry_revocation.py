"""Section 8 of registry.md: what is revoked stays revoked, who is heard about it, and how a theft is undone."""

from __future__ import annotations

from typing import Any

from documents import (
    CHINA,
    HANGZHOU,
    OFFICE,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_ISSUER,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    Document,
    entry,
    issuer,
    recognition,
    registry,
    root,
)
from ed25519 import TORSION, compress
from topic import AT, ISSUER, KEY, SECOND_KEY, Topic
from worlds import ROOTED, START, Step, code, pin, refused, update, valid, world

TOPIC = Topic("registry-revocation")
Z, S, H, C = ZHEJIANG, SHANGHAI, HANGZHOU, CHINA
HZ_ROOT, CN_ROOT = root(H), root(C)
GONE = issuer(ISSUER, entry(KEY, revoked=[AT, 2]))
PAIR = issuer(ISSUER, entry(KEY), entry(SECOND_KEY))
REVOKED = refused("key-revoked")
SECOND = code(key=SECOND_KEY)
identifier: str
comment: str

# RVK-2: tombstones.
ZJ_2 = registry(Z, GONE, after=ZJ_1)
ZJ_3 = registry(Z, OFFICE, after=ZJ_2)
ZJ_4 = registry(Z, OFFICE, after=ZJ_3)
AGAIN = ["0 CN-33 applied revoked-key-listed"]
world(
    TOPIC,
    "rgv-001",
    "RVK-1 RVK-2",
    "A key is revoked one day and listed again the next: it stays revoked, and each time the store says so.",
    *START,
    valid(),
    update(ZJ_2),
    REVOKED,
    update(ZJ_3, told=AGAIN),
    REVOKED,
    update(ZJ_4, told=AGAIN),
    REVOKED,
    attack=[27],
    layered=True,
)
world(
    TOPIC,
    "rgv-002",
    "RVK-2",
    "The revocation and the revival come in one bundle.",
    *START,
    update(ZJ_2, ZJ_3, told=["0 CN-33 applied", "1 CN-33 applied revoked-key-listed"]),
    REVOKED,
    attack=[27],
)
world(
    TOPIC,
    "rgv-003",
    "RVK-2 PTH-3",
    "A revoked key that is listed no more is unknown, and listed once more it is revoked.",
    *START,
    update(ZJ_2, without := registry(Z, after=ZJ_2)),
    refused("unknown-key"),
    update(registry(Z, OFFICE, after=without), told=AGAIN),
    REVOKED,
    attack=[27],
)
world(
    TOPIC,
    "rgv-004",
    "RVK-2",
    "The registry that revoked never reached this gate: that is why a revoked key stays listed (AUT-5).",
    *START,
    update(ZJ_3),
    valid(),
    attack=[27],
)
moved = issuer("CN-33-02.WJW", entry(KEY))
world(
    TOPIC,
    "rgv-005",
    "RVK-1 RVK-2",
    "A key is revoked for an issuer: the same key of another office is another matter.",
    *START,
    update(ZJ_2, registry(Z, moved, after=ZJ_2)),
    refused("issuer-mismatch"),
    valid("CN-33 CN-33-02.WJW", code({1: "CN-33-02.WJW"})),
)
test = registry(Z, GONE, after=ZJ_1, environment="test")
world(
    TOPIC,
    "rgv-006",
    "RVK-2 UPD-1",
    "A registry that is refused revokes nothing.",
    *START,
    update(test, told=["0 CN-33 wrong-environment"]),
    valid(),
    update(registry(Z, OFFICE, after=ZJ_1)),
    valid(),
    attack=[19],
)
world(
    TOPIC,
    "rgv-007",
    "RVK-2",
    "A root with another registry key, in the same epoch, takes no revocation away.",
    *START,
    update(ZJ_2),
    update(root(Z, 2, registry_keys=(2,)), registry(Z, OFFICE, after=ZJ_2, by=[2]),
           told=["0 CN-33 applied", "1 CN-33 applied revoked-key-listed"]),
    REVOKED,
    attack=[27],
)  # fmt: skip
weak = issuer(ISSUER, entry(KEY), entry(compress(TORSION[0]), revoked=[AT, 2]))
world(
    TOPIC,
    "rgv-008",
    "RVK-2 KEY-2",
    "A weak key that is revoked: dropped, and no other key of the office is touched.",
    *ROOTED,
    update(registry(Z, weak), told=["0 CN-33 applied weak-key"]),
    valid(),
    attack=[16],
)
identity = compress(TORSION[0])
first_weak = registry(Z, weak)
world(
    TOPIC,
    "rgv-010",
    "RVK-2 KEY-2",
    "A weak key is revoked, and then listed as good: it is dropped, and its tombstone is told all the same.",
    *ROOTED,
    update(first_weak, told=["0 CN-33 applied weak-key"]),
    update(registry(Z, issuer(ISSUER, entry(KEY), entry(identity)), after=first_weak),
           told=["0 CN-33 applied revoked-key-listed weak-key"]),
    valid(),
    attack=[16, 27],
)  # fmt: skip
world(
    TOPIC,
    "rgv-011",
    "RVK-2 KEY-2",
    "One registry with a weak key and with another that was revoked: two notes.",
    *START,
    update(ZJ_2),
    update(registry(Z, issuer(ISSUER, entry(KEY), entry(SECOND_KEY), entry(identity)), after=ZJ_2),
           told=["0 CN-33 applied revoked-key-listed weak-key"]),
    REVOKED,
    valid(text=SECOND),
    attack=[16, 27],
)  # fmt: skip
world(
    TOPIC,
    "rgv-009",
    "RVK-1 RVK-2",
    "A revoked key is in the first registry that a gate sees.",
    *ROOTED,
    update(registry(Z, issuer(ISSUER, entry(KEY, revoked=[AT, 2]), entry(SECOND_KEY)))),
    REVOKED,
    valid(text=SECOND),
)

# RVK-3: a thief of the registry's key revokes, and a new epoch undoes it.
OPENED = "0 CN-33 applied epoch-opened"


def epoch(stands_by: int, version: int = 2, number: int = 2, key: int = 2) -> Document:
    """Return a root that opens an epoch with a registry key that is new."""
    return root(Z, version, epoch=number, stands_by=stands_by, registry_keys=(key,))


world(
    TOPIC,
    "rgv-020",
    "RVK-3 ROT-3 RVK-1",
    "A thief revokes a key in version 2. The new epoch stands by 1: his word falls at once, though still held.",
    *START,
    update(ZJ_2),
    REVOKED,
    update(epoch(1), told=[OPENED]),
    refused("registry-stale"),
    update(registry(Z, OFFICE, after=ZJ_2, epoch=2, by=[2])),
    valid(),
    attack=[5, 27],
    layered=True,
)
world(
    TOPIC,
    "rgv-029",
    "RVK-1 RVK-3",
    "A thief of the province's key revokes what the platform lists too: the new epoch undoes it there as well.",
    pin(ZJ_ROOT),
    pin(CN_ROOT),
    update(ZJ_ROOT, CN_ROOT, ZJ_1, registry(C, OFFICE),
           told=["0 CN-33 applied", "1 CN applied", "2 CN-33 applied", "3 CN applied"]),
    update(ZJ_2),
    REVOKED,
    update(epoch(1), told=[OPENED]),
    valid("CN CN-33-01.WJW"),
    attack=[27, 52],
)  # fmt: skip
world(
    TOPIC,
    "rgv-021",
    "RVK-3 ROT-3",
    "The new epoch stands by version 2: what that revoked stays revoked.",
    *START,
    update(ZJ_2),
    update(epoch(2), registry(Z, OFFICE, after=ZJ_2, epoch=2, by=[2]),
           told=[OPENED, "1 CN-33 applied revoked-key-listed"]),
    REVOKED,
    attack=[27],
)  # fmt: skip
honest = registry(Z, issuer(ISSUER, entry(KEY), entry(SECOND_KEY, revoked=[AT, 2])), after=ZJ_1)
thief = registry(Z, issuer(ISSUER, entry(KEY, revoked=[AT, 2]), entry(SECOND_KEY, revoked=[AT, 2])), after=honest)
restored = registry(Z, PAIR, after=thief, epoch=2, by=[2])
world(
    TOPIC,
    "rgv-022",
    "RVK-2 RVK-3",
    "The office revoked one key in version 2, a thief the other in 3, repeating the first; the epoch stands by 2.",
    *START,
    update(honest, thief),
    update(epoch(2), restored, told=[OPENED, "1 CN-33 applied revoked-key-listed"]),
    valid(),
    refused("key-revoked", SECOND),
    attack=[27],
)
world(
    TOPIC,
    "rgv-023",
    "RVK-2 RVK-3",
    "This gate saw version 3 alone: there both revocations are the thief's, and both fall.",
    *START,
    update(thief),
    update(epoch(2), restored, told=[OPENED, "1 CN-33 applied"]),
    valid(),
    valid(text=SECOND),
)
world(
    TOPIC,
    "rgv-024",
    "RVK-3",
    "The third epoch stands by nothing of the second; what the first revoked stays.",
    *START,
    update(ZJ_2),
    update(epoch(2), epoch(0, 3, 3, 3), told=[OPENED, "1 CN-33 applied epoch-opened"]),
    update(registry(Z, OFFICE, after=ZJ_2, epoch=3, by=[3]), told=AGAIN),
    REVOKED,
    attack=[27],
)
world(
    TOPIC,
    "rgv-025",
    "RVK-3",
    "A gate that slept takes root, registry and epoch in one bundle: the old registry has no signer any more.",
    *START,
    update(ZJ_2, epoch(1), registry(Z, OFFICE, after=ZJ_2, epoch=2, by=[2]),
           told=["0 unknown-signer", "1 CN-33 applied epoch-opened", "2 CN-33 applied"]),
    valid(),
    attack=[27, 52],
)  # fmt: skip
FRESH = root(Z, 5, keys=(7, 8, 9), registry_keys=(7,))
RESTART = (pin(FRESH), update(FRESH, told=["0 CN-33 applied restarted"]))
world(
    TOPIC,
    "rgv-026",
    "RVK-3 UPD-6",
    "A restart keeps what was revoked.",
    *START,
    update(ZJ_2),
    *RESTART,
    update(registry(Z, OFFICE, version=9, by=[7]), told=AGAIN),
    REVOKED,
    attack=[27],
)
later = root(Z, 6, keys=(7, 8, 9), registry_keys=(8,), epoch=2, stands_by=0)
world(
    TOPIC,
    "rgv-027",
    "RVK-3 UPD-6",
    "After a restart no epoch takes away what was revoked before it.",
    *START,
    update(ZJ_2),
    *RESTART,
    update(later, registry(Z, OFFICE, version=9, epoch=2, by=[8]),
           told=[OPENED, "1 CN-33 applied revoked-key-listed"]),
    REVOKED,
    attack=[27],
)  # fmt: skip
world(
    TOPIC,
    "rgv-028",
    "RVK-3 UPD-6",
    "A key that was not revoked before the restart, and is after it, falls with the next epoch.",
    *START,
    *RESTART,
    update(after_restart := registry(Z, GONE, version=9, by=[7])),
    REVOKED,
    update(later, registry(Z, OFFICE, after=after_restart, epoch=2, by=[8]), told=[OPENED, "1 CN-33 applied"]),
    valid(),
)


# RVK-4: who is heard.
def heard(
    identifier: str,
    comment: str,
    anchors: tuple[tuple[Document, Document], ...],
    others: tuple[Document, ...],
    *answers: Step,
    attack: tuple[int, ...] = (27,),
    later: tuple[Document, ...] = (),
) -> None:
    """Add a store with anchors, and with what the authorities that they recognise have signed."""
    given = [document for pair in anchors for document in pair]
    words = [f"{i} {document.authority} applied" for i, document in enumerate(given)]
    for i, document in enumerate(others, len(given)):
        by = {pair[0].authority for pair in anchors if others[(i - len(given)) // 2 * 2].hash in pair[1].payload}
        words += [f"{i} {anchor} {document.authority} applied" for anchor in sorted(by)]
    steps = (*(pin(pair[0]) for pair in anchors), update(*given, *others, told=words))
    after = tuple(update(document) for document in later)
    world(TOPIC, identifier, "RVK-4 RVK-1", comment, *steps, *after, *answers, attack=attack)


def who(of: Any, *issuers: Any, recognises: tuple[Document, ...] = (), **dates: Any) -> Document:
    """Return a first registry that recognises authorities by their roots."""
    return registry(of, *issuers, recognises=[recognition(one, **dates) for one in recognises])


ZJ_GONE, HZ_GONE, CN_GONE = registry(Z, GONE), registry(H, GONE), registry(C, GONE)
heard("rgv-040", "A city revokes a key of its own, and the province that recognises it lists it: it is heard.",
      ((ZJ_ROOT, who(Z, OFFICE, recognises=(HZ_ROOT,))),), (HZ_ROOT, HZ_GONE), REVOKED)  # fmt: skip
heard("rgv-041", "A recognised country revokes a key of the anchor's office: it is not heard.",
      ((ZJ_ROOT, who(Z, OFFICE, recognises=(CN_ROOT,))),), (CN_ROOT, CN_GONE), valid())  # fmt: skip
heard("rgv-042", "The same, where the anchor does not list the key: on the country's own path it is revoked.",
      ((ZJ_ROOT, who(Z, recognises=(CN_ROOT,))),), (CN_ROOT, CN_GONE), REVOKED)  # fmt: skip
heard("rgv-043", "A country and its province are recognised, and the country revokes: not on the other path.",
      ((SH_ROOT, who(S, recognises=(CN_ROOT, ZJ_ROOT))),), (CN_ROOT, CN_GONE, ZJ_ROOT, ZJ_1),
      valid(f"CN-31 CN-33 {ISSUER}"))  # fmt: skip
heard("rgv-044", "A country and its province are recognised, and the province revokes: it is heard on both paths.",
      ((SH_ROOT, who(S, recognises=(CN_ROOT, ZJ_ROOT))),), (CN_ROOT, registry(C, OFFICE), ZJ_ROOT, ZJ_GONE),
      REVOKED)  # fmt: skip
heard("rgv-045", "The country is an anchor: it is heard everywhere.",
      ((ZJ_ROOT, ZJ_1), (CN_ROOT, CN_GONE)), (), REVOKED)  # fmt: skip
heard("rgv-046", "The city is an anchor, and the province lists the key: it is heard.",
      ((ZJ_ROOT, ZJ_1), (HZ_ROOT, HZ_GONE)), (), REVOKED)  # fmt: skip
heard("rgv-047", "The country is an anchor and revokes, and the path leads through another anchor's recognition.",
      ((CN_ROOT, CN_GONE), (SH_ROOT, who(S, recognises=(ZJ_ROOT,)))), (ZJ_ROOT, ZJ_1), REVOKED)  # fmt: skip
heard("rgv-048", "Another anchor recognises the city that revokes: it is heard where the province is trusted.",
      ((ZJ_ROOT, ZJ_1), (SH_ROOT, who(S, recognises=(HZ_ROOT,)))), (HZ_ROOT, HZ_GONE), REVOKED)  # fmt: skip
heard("rgv-049", "Another anchor recognises the country that revokes: the province does not hear it.",
      ((ZJ_ROOT, ZJ_1), (SH_ROOT, who(S, recognises=(CN_ROOT,)))), (CN_ROOT, CN_GONE), valid())  # fmt: skip
heard("rgv-050", "The city is heard as long as it is recognised, and not a second more.",
      ((ZJ_ROOT, who(Z, OFFICE, recognises=(HZ_ROOT,), until=AT + 1)),), (HZ_ROOT, HZ_GONE), REVOKED,
      valid(at=AT + 1))  # fmt: skip
heard("rgv-051", "The city is heard as soon as it is recognised, and not a second before.",
      ((ZJ_ROOT, who(Z, OFFICE, recognises=(HZ_ROOT,), start=AT)),), (HZ_ROOT, HZ_GONE), valid(at=AT - 1),
      REVOKED)  # fmt: skip
TOWN = who(Z, OFFICE, recognises=(HZ_ROOT,))
heard("rgv-052", "The city is recognised no more: it is not heard.", ((ZJ_ROOT, TOWN),), (HZ_ROOT, HZ_GONE),
      valid(), later=(registry(Z, OFFICE, after=TOWN),))  # fmt: skip
heard("rgv-053", "The city's registry has expired: what it revoked is heard all the same.",
      ((ZJ_ROOT, TOWN),), (HZ_ROOT, registry(H, GONE, exp=AT)), REVOKED)  # fmt: skip
heard("rgv-054", "The anchor's registry has expired: what it revoked is heard all the same.",
      ((ZJ_ROOT, ZJ_1), (CN_ROOT, registry(C, GONE, exp=AT))), (), REVOKED)  # fmt: skip
mine = issuer(SHANGHAI_ISSUER, entry(KEY, revoked=[AT, 2]))
heard("rgv-055", "A recognised region lists a foreign key as its own and revokes it: that is its own affair.",
      ((ZJ_ROOT, who(Z, OFFICE, recognises=(SH_ROOT,))),), (SH_ROOT, registry(S, mine)), valid(),
      refused("key-revoked", code({1: SHANGHAI_ISSUER})), attack=(27, 29))  # fmt: skip
heard("rgv-056", "An anchor does the same: the revocation is for its own issuer alone.",
      ((ZJ_ROOT, ZJ_1), (SH_ROOT, registry(S, mine))), (), valid(), attack=(27, 29))  # fmt: skip
desk = issuer("CN-33-01.GA", entry(KEY, revoked=[AT, 2]))
heard("rgv-057", "A city revokes the key for another office of its own: for this one it is good.",
      ((ZJ_ROOT, TOWN),), (HZ_ROOT, registry(H, desk)), valid())  # fmt: skip
back = registry(H, OFFICE, after=HZ_GONE)
world(
    TOPIC,
    "rgv-058",
    "RVK-2 RVK-4",
    "A recognised city revokes a key and lists it again: the tombstone is heard where the province lists the key.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, TOWN, HZ_ROOT, HZ_GONE, back,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-33-01 applied", "3 CN-33 CN-33-01 applied",
                 "4 CN-33 CN-33-01 applied revoked-key-listed"]),
    REVOKED,
    attack=[27],
)  # fmt: skip
elsewhere = root(H, 5, keys=(7, 8, 9), registry_keys=(7,))
turned = registry(Z, OFFICE, after=TOWN, recognises=[recognition(elsewhere)])
world(
    TOPIC,
    "rgv-060",
    "RVK-3 RVK-4 PTH-2",
    "A city that revoked restarts: it is heard all along, also until its next registry, while it makes no path.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, TOWN, HZ_ROOT, HZ_GONE,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-33-01 applied", "3 CN-33 CN-33-01 applied"]),
    REVOKED,
    update(turned, elsewhere, told=["0 CN-33 applied", "1 CN-33 CN-33-01 applied restarted"]),
    REVOKED,
    update(registry(H, version=9, by=[7]), told=["0 CN-33 CN-33-01 applied"]),
    REVOKED,
    attack=[27],
)  # fmt: skip
world(
    TOPIC,
    "rgv-061",
    "RVK-4 PTH-2",
    "The province recognises the city by a root that is not here yet: what the city revoked is heard.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, TOWN, HZ_ROOT, HZ_GONE,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-33-01 applied", "3 CN-33 CN-33-01 applied"]),
    update(turned),
    REVOKED,
    attack=[27],
)  # fmt: skip
turned_later = registry(Z, OFFICE, after=TOWN, recognises=[recognition(elsewhere, until=AT + 1)])
world(
    TOPIC,
    "rgv-062",
    "RVK-3 RVK-4",
    "The same restart, and the recognition ends: heard until then. It is given again: heard again.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, TOWN, HZ_ROOT, HZ_GONE,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-33-01 applied", "3 CN-33 CN-33-01 applied"]),
    update(turned_later, elsewhere, told=["0 CN-33 applied", "1 CN-33 CN-33-01 applied restarted"]),
    REVOKED,
    valid(at=AT + 1),
    update(registry(Z, OFFICE, after=turned_later, recognises=[recognition(elsewhere)]), at=AT + 1),
    refused("key-revoked", at=AT + 1),
    attack=[27],
)  # fmt: skip
world(
    TOPIC,
    "rgv-064",
    "RVK-4 PTH-6",
    "Whom an anchor recognises is heard, until a root of that anchor drops the key that signed its registry.",
    pin(CN_ROOT),
    pin(SH_ROOT),
    update(CN_ROOT, registry(C, OFFICE), SH_ROOT, registry(S, recognises=[recognition(ZJ_ROOT)]), ZJ_ROOT,
           registry(Z, GONE),
           told=["0 CN applied", "1 CN applied", "2 CN-31 applied", "3 CN-31 applied", "4 CN-31 CN-33 applied",
                 "5 CN-31 CN-33 applied"]),
    REVOKED,
    update(root(S, 2, registry_keys=(2,)), told=["0 CN-31 applied"]),
    valid("CN CN-33-01.WJW"),
    attack=[27],
)  # fmt: skip
undone = root(H, 2, epoch=2, stands_by=0, registry_keys=(2,))
world(
    TOPIC,
    "rgv-059",
    "RVK-3 RVK-4",
    "A thief of a recognised city's key revokes; the city's new epoch undoes it on every path.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, TOWN, HZ_ROOT, HZ_GONE,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-33-01 applied", "3 CN-33 CN-33-01 applied"]),
    REVOKED,
    update(undone, registry(H, OFFICE, after=HZ_GONE, epoch=2, by=[2]),
           told=["0 CN-33 CN-33-01 applied epoch-opened", "1 CN-33 CN-33-01 applied"]),
    valid(),
    attack=[27],
)  # fmt: skip
