"""UPD-7, UPD-8, PTH-4 and PTH-12 of registry.md: what has ended, stays ended, on the whole path."""

from __future__ import annotations

from documents import (
    CHINA,
    HANGZHOU,
    OFFICE,
    SHANGHAI,
    SHANGHAI_ISSUER,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    entry,
    issuer,
    recognition,
    registry,
    root,
)
from ed25519 import TORSION, compress
from topic import AT, IAT, ISSUER, KEY, SECOND_KEY, Topic
from worlds import ROOTED, START, code, gates, pin, refused, update, valid, world

TOPIC = Topic("registry-endings")
Z, S, H, C = ZHEJIANG, SHANGHAI, HANGZHOU, CHINA
HZ_ROOT, CN_ROOT, SH_ROOT = root(H), root(C), root(S)
GONE = issuer(ISSUER, entry(KEY, revoked=[AT, 2]))
PAIR = issuer(ISSUER, entry(KEY), entry(SECOND_KEY))
HALF = issuer(ISSUER, entry(KEY, revoked=[AT, 2]), entry(SECOND_KEY))
REVOKED = refused("key-revoked")
SECOND = code(key=SECOND_KEY)
UNDONE = ["0 CN-33 revocation-undone"]

# UPD-7.5: a revoked entry stays, byte for byte.
ZJ_2 = registry(Z, GONE, after=ZJ_1)
ZJ_3 = registry(Z, OFFICE, after=ZJ_2)
world(
    TOPIC,
    "rgv-101",
    "UPD-7",
    "A key is revoked one day and listed again the next: that registry is refused, and the key stays revoked.",
    *START,
    valid(),
    update(ZJ_2),
    REVOKED,
    update(ZJ_3, told=UNDONE),
    REVOKED,
    attack=[27],
    layered=True,
)
world(
    TOPIC,
    "rgv-102",
    "UPD-7",
    "The revocation and the revival come in one bundle.",
    *START,
    update(ZJ_2, ZJ_3, told=["0 CN-33 applied", "1 CN-33 revocation-undone"]),
    REVOKED,
    attack=[27],
)
for identifier, comment, listed in [
    ("rgv-103", "A revoked entry is left out.", PAIR),
    ("rgv-104", "A revoked entry gets another reason.", issuer(ISSUER, entry(KEY, revoked=[AT, 1]))),
    ("rgv-105", "A revoked entry gets another time.", issuer(ISSUER, entry(KEY, revoked=[AT + 1, 2]))),
    ("rgv-106", "A revoked entry ends earlier.", issuer(ISSUER, entry(KEY, until=AT + 1, revoked=[AT, 2]))),
    ("rgv-107", "A revoked entry goes to another office.", issuer("CN-33-02.WJW", entry(KEY, revoked=[AT, 2]))),
    ("rgv-108", "A revoked entry gets a member that is to be ignored.",
     issuer(ISSUER, entry(KEY, revoked=[AT, 2], changes={32: 0}))),
]:  # fmt: skip
    world(
        TOPIC,
        identifier,
        "UPD-7",
        comment,
        *START,
        update(ZJ_2),
        update(registry(Z, listed, after=ZJ_2), told=UNDONE),
        REVOKED,
        attack=[27],
    )
for identifier, comment, document, outcome in [
    ("rgv-114", "A registry of an older version without the revoked entry: it is older first.",
     registry(Z, PAIR), "rollback"),
    ("rgv-115", "Another registry of the version that is held, without the revoked entry: it contradicts first.",
     registry(Z, PAIR, after=ZJ_1), "equivocation"),
    ("rgv-116", "A registry of a higher epoch without the revoked entry: the epoch comes first.",
     registry(Z, PAIR, version=3, epoch=2), "wrong-epoch"),
]:  # fmt: skip
    steps = (*START, update(ZJ_2), update(document, told=[f"0 CN-33 {outcome}"]), REVOKED)
    world(TOPIC, identifier, "UPD-7.3 UPD-7.4 UPD-7.5", comment, *steps, attack=[1, 27])
world(
    TOPIC,
    "rgv-109",
    "UPD-7",
    "A revoked entry stays, and its office gets another key.",
    *START,
    update(ZJ_2, registry(Z, HALF, after=ZJ_2)),
    REVOKED,
    valid(text=SECOND),
)
world(
    TOPIC,
    "rgv-110",
    "UPD-7",
    "The registry that revoked never reached this gate: that is why a revoked key stays listed (AUT-5).",
    *START,
    update(ZJ_3),
    valid(),
    attack=[27],
)
world(
    TOPIC,
    "rgv-111",
    "UPD-7 UPD-1",
    "A registry that is refused revokes nothing.",
    *START,
    update(registry(Z, GONE, after=ZJ_1, environment="test"), told=["0 CN-33 wrong-environment"]),
    valid(),
    update(registry(Z, OFFICE, after=ZJ_1)),
    valid(),
    attack=[19],
)
world(
    TOPIC,
    "rgv-112",
    "UPD-7",
    "A revoked key is in the first registry that a gate sees.",
    *ROOTED,
    update(registry(Z, HALF)),
    REVOKED,
    valid(text=SECOND),
)
identity = compress(TORSION[0])
weak = registry(Z, issuer(ISSUER, entry(KEY), entry(identity, revoked=[AT, 2])))
world(
    TOPIC,
    "rgv-113",
    "UPD-7 KEY-2",
    "A weak key is revoked, and then listed as good: its entry is dropped, and has to stay all the same.",
    *ROOTED,
    update(weak),
    update(registry(Z, issuer(ISSUER, entry(KEY), entry(identity)), after=weak), told=UNDONE),
    valid(),
    attack=[16, 27],
)

# UPD-8: in a new epoch the authority speaks afresh.
OPENS = root(Z, 2, registry_keys=(2,))
OPENED = "0 CN-33 applied epoch-opened"
world(
    TOPIC,
    "rgv-120",
    "UPD-8 ROT-3",
    "A thief of the registry key revokes an honest key, and the new epoch undoes it.",
    *START,
    update(ZJ_2),
    REVOKED,
    update(OPENS, told=[OPENED]),
    refused("registry-stale"),
    update(registry(Z, OFFICE, after=ZJ_1, epoch=2, by=[2])),
    valid(),
    attack=[5, 27],
    layered=True,
)
world(
    TOPIC,
    "rgv-121",
    "UPD-8 AUT-5",
    "An authority carries its own revocation over into the new epoch.",
    *START,
    update(ZJ_2),
    update(OPENS, registry(Z, HALF, after=ZJ_2, epoch=2, by=[2]), told=[OPENED, "1 CN-33 applied"]),
    REVOKED,
    valid(text=SECOND),
    attack=[27],
)
world(
    TOPIC,
    "rgv-122",
    "UPD-7 UPD-8",
    "A gate that slept takes root, registry and epoch in one bundle: the old registry has no signer any more.",
    *START,
    update(ZJ_2, OPENS, registry(Z, OFFICE, after=ZJ_2, epoch=2, by=[2]),
           told=["0 unknown-signer", "1 CN-33 applied epoch-opened", "2 CN-33 applied"]),
    valid(),
    attack=[27, 52],
)  # fmt: skip
FRESH = root(Z, 5, keys=(7, 8, 9), registry_keys=(7,))
world(
    TOPIC,
    "rgv-123",
    "UPD-6 UPD-8",
    "Another pin is another chain: what was revoked on the old one counts no more than what was good.",
    *START,
    update(ZJ_2),
    REVOKED,
    pin(FRESH),
    update(FRESH),
    refused("registry-stale"),
    update(registry(Z, OFFICE, epoch=5, by=[7])),
    valid(),
)
FIRST = root(Z, keys=(7, 8, 9), registry_keys=(1,))
world(
    TOPIC,
    "rgv-124",
    "UPD-6 UPD-7",
    "Another pin with the same registry key and epoch: the registry counts on, and what it revoked stays.",
    *START,
    update(ZJ_2),
    pin(FIRST),
    update(FIRST),
    REVOKED,
    update(ZJ_3, told=UNDONE),
    REVOKED,
    attack=[27],
)

# UPD-7.4: versions are those of the epoch, for all states of the store.
BY_Z = registry(Z, recognises=[recognition(SH_ROOT)])
SH_OFFICE = issuer(SHANGHAI_ISSUER, entry(KEY))
SH_GONE = issuer(SHANGHAI_ISSUER, entry(KEY, revoked=[AT, 2]))
SH_1 = registry(S, SH_OFFICE)
SH_2 = registry(S, SH_GONE, after=SH_1)
world(
    TOPIC,
    "rgv-130",
    "UPD-7",
    "One state has seen the revocation: no other state of the store takes the registry before it.",
    pin(SH_ROOT),
    update(SH_ROOT, SH_1, SH_2),
    pin(ZJ_ROOT),
    update(ZJ_ROOT, BY_Z, SH_ROOT, SH_1,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-31 unchanged", "2 CN-33 CN-31 applied",
                 "3 CN-31 rollback", "3 CN-33 CN-31 rollback"]),
    refused("key-revoked", code({1: SHANGHAI_ISSUER})),
    update(SH_2, told=["0 CN-31 unchanged", "0 CN-33 CN-31 applied"]),
    refused("key-revoked", code({1: SHANGHAI_ISSUER})),
    attack=[1, 27],
)  # fmt: skip

# PTH-4: what either registry of a path says has ended.
CITY = registry(Z, OFFICE, recognises=[recognition(HZ_ROOT)])
KILLS = registry(Z, GONE, recognises=[recognition(HZ_ROOT)])
HZ_1 = registry(H, OFFICE)
BY_CITY = f"CN-33 CN-33-01 {ISSUER}"
world(
    TOPIC,
    "rgv-140",
    "PTH-4",
    "The anchor revokes a key of a city that it recognises: it has ended on the city's path.",
    *gates((ZJ_ROOT, KILLS), others=(HZ_ROOT, HZ_1)),
    REVOKED,
    attack=[27, 54],
)
world(
    TOPIC,
    "rgv-141",
    "PTH-4 PTH-3",
    "A city revokes a key of its own office, which the province still lists as good: the city speaks for it.",
    *gates((ZJ_ROOT, CITY), others=(HZ_ROOT, registry(H, GONE))),
    REVOKED,
    attack=[27],
)
world(
    TOPIC,
    "rgv-142",
    "PTH-4 PTH-3",
    "A recognised country revokes a key of the anchor's office: it does not speak for that.",
    *gates((ZJ_ROOT, registry(Z, OFFICE, recognises=[recognition(CN_ROOT)])), others=(CN_ROOT, registry(C, GONE))),
    valid(),
    attack=[27],
)
world(
    TOPIC,
    "rgv-143",
    "PTH-4",
    "The anchor revokes the key for another office: for this one it is good.",
    *gates(
        (
            ZJ_ROOT,
            registry(Z, issuer("CN-33-02.WJW", entry(KEY, revoked=[AT, 2])), recognises=[recognition(HZ_ROOT)]),
        ),
        others=(HZ_ROOT, HZ_1),
    ),
    valid(BY_CITY),
    attack=[29],
)
for identifier, comment, at, step in [
    ("rgv-144", "The anchor has retired a key of a recognised city at the start of the code.", IAT,
     refused("key-not-valid")),
    ("rgv-145", "The anchor has retired it a second later: the code is from before.", IAT + 1, valid(BY_CITY)),
]:  # fmt: skip
    retired = registry(Z, issuer(ISSUER, entry(KEY, retired=[at, 1])), recognises=[recognition(HZ_ROOT)])
    world(TOPIC, identifier, "PTH-4 PTH-9", comment, *gates((ZJ_ROOT, retired), others=(HZ_ROOT, HZ_1)), step)
world(
    TOPIC,
    "rgv-146",
    "PTH-4 PTH-8",
    "The registry that revoked has expired: the key is revoked before the lists are stale.",
    *gates((ZJ_ROOT, registry(Z, GONE, exp=AT))),
    REVOKED,
    refused("key-revoked", waive=["registry-stale"]),
)
