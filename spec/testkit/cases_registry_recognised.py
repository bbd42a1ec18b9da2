"""Section 6 of registry.md: how a store takes the documents of authorities that an anchor recognises."""

from __future__ import annotations

from documents import (
    DAY,
    HANGZHOU,
    JIANGSU,
    OFFICE,
    SH_1,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_OFFICE,
    SIGNED,
    ZHEJIANG,
    ZJ_ROOT,
    entry,
    issuer,
    recognition,
    registry,
    root,
)
from topic import AT, ISSUER, KEY, SECOND_KEY, Topic
from worlds import BY_ZHEJIANG, SHANGHAI_CODE, code, pin, refused, update, valid, world

TOPIC = Topic("registry-recognised")
Z, S = ZHEJIANG, SHANGHAI
NEW = issuer(ISSUER, entry(SECOND_KEY))
NEW_CODE = code(key=SECOND_KEY)

BOTH = registry(Z, OFFICE, recognises=[recognition(SH_ROOT)])
WITH = (pin(ZJ_ROOT), update(ZJ_ROOT, BOTH, SH_ROOT, SH_1,
                             told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-31 applied",
                                   "3 CN-33 CN-31 applied"]))  # fmt: skip
SHANGHAI_VALID = valid(BY_ZHEJIANG, SHANGHAI_CODE)
world(TOPIC, "rgu-050", "UPD-1 UPD-2 UPD-3", "An anchor and what it recognises, in one bundle.", *WITH, valid(),
      SHANGHAI_VALID, layered=True)  # fmt: skip
world(
    TOPIC,
    "rgu-051",
    "UPD-2",
    "The same bundle backwards: the order of UPD-2 counts.",
    pin(ZJ_ROOT),
    update(SH_1, SH_ROOT, BOTH, ZJ_ROOT,
           told=["0 CN-33 CN-31 applied", "1 CN-33 CN-31 applied", "2 CN-33 applied", "3 CN-33 applied"]),
    SHANGHAI_VALID,
)  # fmt: skip
world(
    TOPIC,
    "rgu-052",
    "UPD-3",
    "A registry of a recognised authority whose root is missing concerns nothing yet.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, BOTH, SH_1, told=["0 CN-33 applied", "1 CN-33 applied", "2 unknown-signer"]),
    refused("unknown-key", SHANGHAI_CODE),
)
SH_2ND = root(S, 2, keys=(4, 5, 6), by=(1, 2, 4, 5), registry_keys=(2,))
fresh = registry(Z, OFFICE, recognises=[recognition(SH_2ND)])
world(
    TOPIC,
    "rgu-053",
    "REG-5 UPD-3 UPD-6",
    "A fresh gate is given a root that the recognised region has left behind, with a registry of its old key.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, fresh, SH_ROOT, SH_1,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 unknown-signer", "3 unknown-signer"]),
    refused("unknown-key", SHANGHAI_CODE),
    attack=[28],
)  # fmt: skip
world(
    TOPIC,
    "rgu-054",
    "REG-5 UPD-6",
    "The root that the recognition names starts the chain: the one before it is not needed.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, fresh, SH_2ND, registry(S, SHANGHAI_OFFICE, epoch=2, by=[2]),
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-31 applied", "3 CN-33 CN-31 applied"]),
    SHANGHAI_VALID,
    attack=[28],
)  # fmt: skip
wrong = registry(Z, OFFICE, recognises=[recognition(SH_ROOT, changes={2: 2})])
world(
    TOPIC,
    "rgu-055",
    "REG-5 UPD-6",
    "A recognition names version 2, and its hash is that of version 1.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, wrong, SH_ROOT, SH_1,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-31 malformed-document", "3 unknown-signer"]),
    attack=[28],
)  # fmt: skip
misnamed = registry(Z, OFFICE, recognises=[recognition(SH_ROOT, changes={1: "CN-32"})])
world(
    TOPIC,
    "rgu-056",
    "UPD-4 UPD-6",
    "A recognition of CN-32 names the root of CN-31.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, misnamed, SH_ROOT, SH_1,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-32 wrong-authority", "3 unknown-signer"]),
    attack=[12],
)  # fmt: skip
SH_2 = registry(S, SHANGHAI_OFFICE, after=SH_1)
hostile = (
    registry(S, issuer("CN-33-01.WJW", entry(KEY)), after=SH_1),
    registry(S, after=SH_1, content={1: {}}),
    registry(S, after=SH_1, payload=b"\xff" * 24),
    registry(S, after=SH_1, claims={1: "CN-33"}),
    registry(S, version=1, content={32: 0}),
    registry(S, after=SH_1, iat=AT + 9 * DAY),
    root(S, 9),
    root(S, 2, threshold=1, by=(1,)),
)
outcomes = ["malformed-document", "malformed-document", "malformed-payload", "wrong-authority", "equivocation",
            "dated-ahead", "root-gap", "threshold-not-met"]  # fmt: skip
world(
    TOPIC,
    "rgu-057",
    "UPD-1 UPD-2 BDL-2",
    "A recognised region sends eight bad documents before the anchor's good one: none of them stands in its way.",
    *WITH,
    update(*hostile, registry(Z, NEW, after=BOTH, recognises=[recognition(SH_ROOT)]),
           told=[*(f"{i} CN-33 CN-31 {outcome}" for i, outcome in enumerate(outcomes)), "8 CN-33 applied"]),
    valid(text=NEW_CODE),
    SHANGHAI_VALID,
    attack=[6, 12, 25, 26, 55],
)  # fmt: skip
world(
    TOPIC,
    "rgu-058",
    "UPD-1 UPD-4 PTH-11",
    "A recognised region dates its registry a day ahead: the clock of the gate is the anchors' affair alone.",
    *WITH,
    update(registry(S, SHANGHAI_OFFICE, after=SH_1, iat=AT + DAY), told=["0 CN-33 CN-31 applied"]),
    valid(),
    SHANGHAI_VALID,
    attack=[25],
)
world(
    TOPIC,
    "rgu-059",
    "UPD-1",
    "A recognition that is taken back: the state is kept, and hears nothing more.",
    *WITH,
    update(registry(Z, OFFICE, after=BOTH)),
    update(SH_2, told=["0 unknown-signer"]),
    refused("not-recognised", SHANGHAI_CODE),
    attack=[14],
)
taken_back = registry(Z, OFFICE, after=BOTH)
again = registry(Z, OFFICE, after=taken_back, recognises=[recognition(SH_ROOT)])
world(
    TOPIC,
    "rgu-060",
    "UPD-1 UPD-7 UPD-11",
    "A recognition that is taken back and given again finds its state as it was: nothing goes back.",
    *WITH,
    update(SH_2, told=["0 CN-33 CN-31 applied"]),
    update(taken_back),
    update(again, SH_1, told=["0 CN-33 applied", "1 CN-33 CN-31 rollback"]),
    SHANGHAI_VALID,
    attack=[1, 14],
)
anchors = (pin(ZJ_ROOT), pin(SH_ROOT))
world(
    TOPIC,
    "rgu-061",
    "UPD-1 UPD-3",
    "An authority that is an anchor and is recognised too: its documents concern two states.",
    *anchors,
    update(ZJ_ROOT, BOTH, SH_ROOT, SH_1,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-31 applied", "2 CN-33 CN-31 applied",
                 "3 CN-31 applied", "3 CN-33 CN-31 applied"]),
    valid("CN-31 CN-31.WJW", SHANGHAI_CODE),
)  # fmt: skip
world(
    TOPIC,
    "rgu-062",
    "UPD-1 UPD-6 UPD-7",
    "Two states of one authority: what one of them has seen of the epoch, the other takes no more.",
    *anchors,
    update(SH_ROOT, SH_2),
    update(ZJ_ROOT, BOTH, SH_ROOT, SH_1,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-31 unchanged", "2 CN-33 CN-31 applied",
                 "3 CN-31 rollback", "3 CN-33 CN-31 rollback"]),
    valid("CN-31 CN-31.WJW", SHANGHAI_CODE),
    attack=[1, 3],
)  # fmt: skip
for identifier, comment, later, outcome in [
    ("rgu-067", "32 days less a second", 32 * DAY - 1, "rollback"),
    ("rgu-068", "32 days", 32 * DAY, "applied"),
]:
    now = SIGNED + later
    left = registry(Z, OFFICE, after=BOTH, iat=now)
    world(
        TOPIC,
        identifier,
        "UPD-12",
        f"A state that the anchor recognises no more, {comment} after its registry by the clock floor.",
        *WITH,
        update(SH_2, told=["0 CN-33 CN-31 applied"]),
        update(left, at=now),
        update(registry(Z, OFFICE, after=left, iat=now, recognises=[recognition(SH_ROOT)]), at=now),
        update(SH_ROOT, SH_1, at=now, told=[f"0 CN-33 CN-31 {'unchanged' if outcome == 'rollback' else 'applied'}",
                                           f"1 CN-33 CN-31 {outcome}"]),
        attack=[1, 6],
    )  # fmt: skip
far = SIGNED + 40 * DAY
late = registry(Z, OFFICE, after=BOTH)
world(
    TOPIC,
    "rgu-069",
    "UPD-12",
    "A gate's own clock is 40 days ahead for one update: the floor does not follow, and no state is forgotten.",
    *WITH,
    update(SH_2, told=["0 CN-33 CN-31 applied"]),
    update(late, at=far),
    update(registry(Z, OFFICE, after=late, recognises=[recognition(SH_ROOT)])),
    update(SH_1, told=["0 CN-33 CN-31 rollback"]),
    attack=[1, 56],
)
nested = registry(S, SHANGHAI_OFFICE, recognises=[recognition(JS_ROOT := root(JIANGSU))])
world(
    TOPIC,
    "rgu-063",
    "UPD-3 REG-5",
    "What a recognised authority recognises makes no state: its documents concern nothing.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, BOTH, SH_ROOT, nested, JS_ROOT, registry(JIANGSU),
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-31 applied", "3 CN-33 CN-31 applied",
                 "4 unknown-signer", "5 unknown-signer"]),
    attack=[13],
)  # fmt: skip
moved = registry(Z, OFFICE, after=BOTH, recognises=[recognition(SH_2ND)])
NEXT = registry(S, SHANGHAI_OFFICE, after=SH_1, epoch=2, by=[2])
world(
    TOPIC,
    "rgu-064",
    "UPD-6 PTH-2",
    "A recognition moves to the next root, which has not come: until it comes the authority is not recognised.",
    *WITH,
    update(moved),
    refused("not-recognised", SHANGHAI_CODE),
    update(SH_2ND, NEXT, told=["0 CN-33 CN-31 applied", "1 CN-33 CN-31 applied"]),
    SHANGHAI_VALID,
    attack=[28],
)
elsewhere = root(S, 7, keys=(7, 8, 9), registry_keys=(7,))
world(
    TOPIC,
    "rgu-065",
    "UPD-6 PTH-2",
    "A recognition moves to a root that nothing leads to: the chain begins with that one.",
    *WITH,
    update(registry(Z, OFFICE, after=BOTH, recognises=[recognition(elsewhere)]), elsewhere,
           told=["0 CN-33 applied", "1 CN-33 CN-31 applied"]),
    refused("not-recognised", SHANGHAI_CODE),
    update(registry(S, SHANGHAI_OFFICE, epoch=7, by=[7]), told=["0 CN-33 CN-31 applied"]),
    SHANGHAI_VALID,
)  # fmt: skip
city = registry(HANGZHOU, OFFICE, by=[S.registry_key(1)])
world(
    TOPIC,
    "rgu-066",
    "UPD-3 UPD-4",
    "The key of a recognised authority signs a registry in the name of another region.",
    *WITH,
    update(city, told=["0 CN-33 CN-31 wrong-authority"]),
    attack=[11, 12],
)
