"""UPD-1 to UPD-4 and UPD-7 of registry.md: how a store takes the registries of its anchors."""

from __future__ import annotations

from typing import Any

from documents import (
    DAY,
    OFFICE,
    REGISTRY,
    SHANGHAI,
    SIGNED,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    Document,
    Hand,
    entry,
    issuer,
    named,
    registry,
    root,
    signed,
)
from topic import AT, ISSUER, SECOND_KEY, Topic
from worlds import ROOTED, START, code, pin, refused, update, valid, world

TOPIC = Topic("registry-update")
Z, S = ZHEJIANG, SHANGHAI
NEW = issuer(ISSUER, entry(SECOND_KEY))
NEW_CODE = code(key=SECOND_KEY)
ZJ_2 = registry(Z, NEW, after=ZJ_1)
ZJ_3 = registry(Z, OFFICE, after=ZJ_2)
OTHER_2 = registry(Z, OFFICE, after=ZJ_1)
identifier: str
clause: str
comment: str
told: Any

# UPD-7: one registry after another.
world(
    TOPIC,
    "rgu-001",
    "UPD-1 UPD-7 REG-4",
    "The next registry: a key that it leaves out is unknown, and the one that it lists is good.",
    *START,
    valid(),
    refused("unknown-key", NEW_CODE),
    update(ZJ_2),
    refused("unknown-key"),
    valid(text=NEW_CODE),
    layered=True,
)
world(
    TOPIC,
    "rgu-002",
    "UPD-7",
    "Versions may be left out, and then nothing is said about previous.",
    *START,
    update(ZJ_3),
    valid(),
)
world(
    TOPIC,
    "rgu-003",
    "UPD-7 UPD-11",
    "An older registry is offered again: what is held is compared, also in another update.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, ZJ_2),
    update(ZJ_1, told=["0 CN-33 rollback"]),
    refused("unknown-key"),
    valid(text=NEW_CODE),
    attack=[1],
)
world(
    TOPIC,
    "rgu-004",
    "UPD-7",
    "The registry that is held.",
    *START,
    update(ZJ_1, ZJ_ROOT, told=["0 CN-33 unchanged", "1 CN-33 unchanged"]),
    valid(),
)
cosigned = registry(Z, OFFICE, by=[1, named("stranger 1")])
world(
    TOPIC,
    "rgu-005",
    "UPD-7 UPD-3",
    "The registry that is held, with one more signature: its payload is what counts.",
    *START,
    update(cosigned, told=["0 CN-33 unchanged"]),
)
RESIGNED = registry(Z, OFFICE, by=[2])
OTHER_PIN = root(Z, keys=(7, 8, 9), registry_keys=(2,), epoch=1)
world(
    TOPIC,
    "rgu-015",
    "UPD-7 PTH-2",
    "Another pin names another registry key, and the same registry comes again, signed by that one: it counts.",
    *START,
    pin(OTHER_PIN),
    update(OTHER_PIN),
    refused("registry-stale"),
    update(ZJ_1, told=["0 CN-33 unchanged"]),
    refused("registry-stale"),
    update(RESIGNED),
    valid(),
    update(ZJ_1, RESIGNED, told=["0 CN-33 unchanged", "1 CN-33 unchanged"]),
    valid(),
)
COMING = named("registry CN-33 2")
poisoned = registry(Z, OFFICE, by=[1, Hand(COMING, signature=bytes(64))])
BOTH_KEYS = root(Z, keys=(7, 8, 9), registry_keys=(1, 2), epoch=1)
world(
    TOPIC,
    "rgu-016",
    "UPD-7 PTH-2",
    "Somebody adds a false signature of a key that another pin names: held, it is as none.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, poisoned),
    pin(BOTH_KEYS),
    update(BOTH_KEYS),
    valid(),
    update(poisoned, told=["0 CN-33 unchanged"]),
    attack=[18],
)
world(
    TOPIC,
    "rgu-006",
    "UPD-7 UPD-9",
    "Two registries of one version: the second is refused.",
    *START,
    update(ZJ_2),
    update(OTHER_2, told=["0 CN-33 equivocation"]),
    valid(text=NEW_CODE),
    attack=[26],
)
for identifier, comment, outcomes, given, rows in [
    ("rgu-007", "Versions 2 and 3 in one bundle.", ["applied", "applied"], (ZJ_2, ZJ_3), []),
    ("rgu-008", "Versions 3 and 2 in one bundle: the first is applied, and the other is older.",
     ["applied", "rollback"], (ZJ_3, ZJ_2), [1]),
    ("rgu-009", "Two of version 2 in one bundle.", ["applied", "equivocation"], (ZJ_2, OTHER_2), [26]),
    ("rgu-010", "One twice in a bundle.", ["applied", "unchanged"], (ZJ_2, ZJ_2), []),
]:  # fmt: skip
    told = [f"{i} CN-33 {outcome}" for i, outcome in enumerate(outcomes)]
    world(TOPIC, identifier, "UPD-2 UPD-7", comment, *START, update(*given, told=told), attack=rows)
unlinked = registry(Z, OFFICE, version=2)
for identifier, comment, document in [
    ("rgu-011", "Version 2 names another version 1 than the one held: somebody was shown another.",
     registry(Z, OFFICE, version=2, content={4: bytes(32)})),
    ("rgu-012", "Version 2 names no version before.", unlinked),
]:  # fmt: skip
    steps = (*START, update(document, told=["0 CN-33 applied broken-chain"]), valid())
    world(TOPIC, identifier, "UPD-7 UPD-9 REG-4", comment, *steps, attack=[4])
world(
    TOPIC,
    "rgu-013",
    "UPD-7 REG-4",
    "Version 3 names a version 2 that was never seen: nothing is said.",
    *START,
    update(registry(Z, OFFICE, version=3, content={4: bytes(32)})),
    attack=[4],
)
huge = registry(Z, OFFICE, version=2**53 - 1)
world(
    TOPIC,
    "rgu-014",
    "UPD-7",
    "The largest version there is: until a new epoch everything else is older.",
    *START,
    update(huge),
    update(ZJ_2, told=["0 CN-33 rollback"]),
    valid(),
    attack=[5],
)
ahead = registry(Z, OFFICE, after=ZJ_1, iat=AT + DAY + 1)
strange = Hand(named("stranger 1"), kid=Z.registry_key(1).kid)
refusals: list[tuple[str, str, list[int], str, str, Document]] = [
    ("rgu-020", "UPD-4", [25], "Dated a day and a second ahead.", "dated-ahead", ahead),
    ("rgu-021", "UPD-4", [12], "It speaks for CN-31.", "wrong-authority", registry(Z, claims={1: "CN-31"})),
    ("rgu-022", "UPD-4", [12], "It speaks for CN-33-01.", "wrong-authority", registry(Z, claims={1: "CN-33-01"})),
    ("rgu-023", "UPD-4 DOC-10", [19], "Of a test.", "wrong-environment",
     registry(Z, OFFICE, after=ZJ_1, environment="test")),
    ("rgu-025", "DOC-4 REG-1", [37], "A root's payload, signed as a registry.", "malformed-document",
     signed(REGISTRY, root(Z, 2).payload, [Z.registry_key(1)])),
    ("rgu-026", "UPD-4", [12], "It speaks for CN, lists an office there, and is dated ahead.", "wrong-authority",
     registry(Z, OFFICE, claims={1: "CN"}, iat=AT + 2 * DAY)),
    ("rgu-027", "UPD-4 UPD-7", [], "Of a test, and of a higher epoch.", "wrong-environment",
     registry(Z, OFFICE, after=ZJ_1, epoch=2, environment="test")),
    ("rgu-028", "UPD-4 UPD-7", [], "Dated ahead, and of the version held.", "dated-ahead",
     registry(Z, OFFICE, iat=AT + DAY + 1)),
    ("rgu-029", "UPD-7", [5], "A higher epoch and a lower version.", "wrong-epoch",
     registry(Z, OFFICE, version=1, epoch=2)),
]  # fmt: skip
for identifier, clause, rows, comment, outcome, document in refusals:
    steps = (*START, update(document, told=[f"0 CN-33 {outcome}"]), valid())
    world(TOPIC, identifier, clause, comment, *steps, attack=rows)
world(
    TOPIC,
    "rgu-038",
    "UPD-2 UPD-3",
    "The registry that was held, after its key was dropped and another has taken its place: it concerns nothing.",
    *START,
    update(root(Z, 2, registry_keys=(2,)), registry(Z, OFFICE, after=ZJ_1, epoch=2, by=[2]), ZJ_1,
           told=["0 CN-33 applied epoch-opened", "1 CN-33 applied", "2 unknown-signer"]),
    valid(),
    attack=[1],
)  # fmt: skip
NEXT = root(Z, 2, registry_keys=(2,))
OPENED = "0 CN-33 applied epoch-opened"
old_hand = Hand(Z.registry_key(1), signature=bytes(64))
for identifier, comment, document, outcome in [
    ("rgu-040", "The old root's key has signed for the new epoch: it concerns nobody.",
     registry(Z, NEW, epoch=2, by=[1]), "1 unknown-signer"),
    ("rgu-041", "The new root's key has signed, and the old one's signature is false: that is a stranger's.",
     registry(Z, OFFICE, epoch=2, by=[2, old_hand]), "1 CN-33 applied"),
    ("rgu-042", "The old root's key has signed, and the new one's signature is false: it concerns nobody.",
     registry(Z, NEW, epoch=2, by=[1, Hand(Z.registry_key(2), signature=bytes(64))]), "1 unknown-signer"),
]:  # fmt: skip
    after = valid() if "applied" in outcome else refused("registry-stale")
    steps = (*START, update(NEXT, document, told=[OPENED, outcome]), after)
    world(TOPIC, identifier, "UPD-3.2 UPD-2", comment, *steps, attack=[52])
soon = registry(Z, OFFICE, after=ZJ_1, iat=AT + DAY)
world(
    TOPIC,
    "rgu-030",
    "UPD-4 PTH-11",
    "Dated a day ahead, and no more: applied, and the clock floor is the time of its taking.",
    *START,
    update(soon),
    valid(),
    refused("clock-suspect", at=AT - 61),
    attack=[25],
)
world(
    TOPIC,
    "rgu-031",
    "UPD-4 PTH-8",
    "A registry that has expired is applied, and is stale when codes are judged.",
    *ROOTED,
    update(registry(Z, OFFICE, iat=SIGNED - 40 * DAY)),
    refused("registry-stale"),
    attack=[2],
)
world(
    TOPIC,
    "rgu-032",
    "UPD-2",
    "The registry stands before the root that names its new key.",
    *START,
    update(
        registry(Z, NEW, after=ZJ_1, epoch=2, by=[2]),
        root(Z, 2, registry_keys=(2,)),
        told=["0 CN-33 applied", "1 CN-33 applied epoch-opened"],
    ),
    valid(text=NEW_CODE),
)
world(
    TOPIC,
    "rgu-033",
    "UPD-3 UPD-7",
    "The registry held, after a root that dropped its key: unchanged, and not usable.",
    *START,
    update(root(Z, 2, registry_keys=(2,)), ZJ_1, told=["0 CN-33 applied epoch-opened", "1 CN-33 unchanged"]),
    refused("registry-stale"),
    attack=[52],
)
world(
    TOPIC,
    "rgu-034",
    "UPD-1 UPD-2",
    "A refused document between two good ones.",
    *START,
    update(ZJ_2, registry(Z, claims={1: "CN"}, after=ZJ_2), ZJ_3,
           told=["0 CN-33 applied", "1 CN-33 wrong-authority", "2 CN-33 applied"]),
    valid(),
    attack=[6],
)  # fmt: skip
world(
    TOPIC,
    "rgu-035",
    "DOC-10 UPD-4 PTH-8",
    "A store for a test: a document of production is refused, and only who asks for the test is told more.",
    pin(test := root(Z, environment="test")),
    update(test, registry(Z, OFFICE, environment="test")),
    update(registry(Z, OFFICE, after=ZJ_1), told=["0 CN-33 wrong-environment"]),
    refused("wrong-environment"),
    valid(environment="test"),
    attack=[19],
    environment="test",
)
for identifier, comment, environment in [
    ("rgu-036", "An environment of 1 character.", "t"),
    ("rgu-037", "An environment of 32 characters.", "z-0123456789-abcdefghij-klmnopqr"),
]:
    first = root(Z, environment=environment)
    world(
        TOPIC,
        identifier,
        "DOC-10 PTH-8",
        comment,
        pin(first),
        update(first, registry(Z, OFFICE, environment=environment)),
        refused("wrong-environment"),
        valid(environment=environment),
        environment=environment,
    )
