"""UPD-6 and ROT-3 of registry.md: pins, restarts and epochs."""

from __future__ import annotations

from typing import Any

from documents import (
    CHINA,
    DAY,
    OFFICE,
    SH_1,
    SH_ROOT,
    SHANGHAI,
    SIGNED,
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
from topic import AT, ISSUER, SECOND_KEY, Topic
from worlds import BY_ZHEJIANG, SHANGHAI_CODE, START, gates, pin, refused, update, valid, world

TOPIC = Topic("registry-epoch")
Z = ZHEJIANG
R2, R3, R4 = (root(Z, n) for n in (2, 3, 4))

# UPD-6: the first root of a chain.
half = root(Z, by=(1,))
pins: list[tuple[str, str, list[int], str, Document, dict[str, Any], str]] = [
    ("rgo-001", "UPD-6", [], "A pin names version 2, and its root has version 1.", ZJ_ROOT, {"version": 2},
     "0 CN-33 malformed-document"),
    ("rgo-002", "UPD-4 UPD-6", [12], "A pin names CN-31, and its root speaks for CN-33.", ZJ_ROOT,
     {"authority": "CN-31"}, "0 CN-31 wrong-authority"),
    ("rgo-003", "UPD-6", [7], "The pinned root has not been signed by enough of its own.", half, {},
     "0 CN-33 threshold-not-met"),
    ("rgo-004", "UPD-6 DOC-10", [19], "The pinned root is that of a test.", root(Z, environment="test"), {},
     "0 CN-33 wrong-environment"),
    ("rgo-005", "UPD-4 UPD-6", [25], "The pinned root is dated a day and a second ahead.",
     root(Z, iat=AT + DAY + 1), {}, "0 CN-33 dated-ahead"),
    ("rgo-006", "UPD-6", [], "The pinned root has expired: it starts the chain all the same.",
     root(Z, iat=SIGNED - 500 * DAY), {}, "0 CN-33 applied"),
    ("rgo-007", "UPD-6 ROT-3", [], "The first root of a chain is in epoch 7.",
     root(Z, 40, epoch=7), {}, "0 CN-33 applied"),
    ("rgo-015", "UPD-6", [], "The pinned root has the largest version there is.", root(Z, 2**53 - 1), {},
     "0 CN-33 applied"),
    ("rgo-016", "UPD-4 UPD-6", [12], "A pin names version 2; its root has version 1 and speaks for CN-31.",
     root(Z, claims={1: "CN-31"}), {"version": 2}, "0 CN-33 malformed-document"),
    ("rgo-017", "UPD-6 DOC-8", [15], "A pin names version 2; its root has version 1 and a critical key.",
     root(Z, content={31: 0}), {"version": 2}, "0 CN-33 unsupported-document"),
    ("rgo-018", "UPD-6", [7], "A pin names version 2; its root has version 1 and is half signed.", half,
     {"version": 2}, "0 CN-33 malformed-document"),
    ("rgo-009", "UPD-6 DOC-8", [15], "The pinned root has a critical key.", root(Z, content={31: 0}), {},
     "0 CN-33 unsupported-document"),
]  # fmt: skip
for identifier, clause, rows, comment, document, options, told in pins:
    world(TOPIC, identifier, clause, comment, pin(document, **options), update(document, told=[told]), attack=rows)
world(
    TOPIC,
    "rgo-010",
    "UPD-3 UPD-6",
    "Another root of the pinned authority and version, signed by the same people, is not the pinned one.",
    pin(ZJ_ROOT),
    update(root(Z, claims={32: 0}), R2, told=["0 unknown-signer", "1 unknown-signer"]),
    refused("registry-stale"),
    attack=[18, 26],
)
world(
    TOPIC,
    "rgo-011",
    "UPD-6",
    "The pinned root half signed, and then with the signatures of both: the hash is that of the payload.",
    pin(half),
    update(half, told=["0 CN-33 threshold-not-met"]),
    update(ZJ_ROOT, ZJ_1),
    valid(),
)
world(
    TOPIC,
    "rgo-012",
    "UPD-2 UPD-6",
    "The pinned root comes last: it is applied first, then the next one, then the registry.",
    pin(ZJ_ROOT),
    update(ZJ_1, R2, ZJ_ROOT),
    valid(),
)
world(
    TOPIC,
    "rgo-013",
    "UPD-6",
    "A store without documents knows no key, and says that it cannot judge.",
    pin(ZJ_ROOT),
    refused("registry-stale"),
    refused("unknown-key", waive=["registry-stale"]),
)

# UPD-6: another pin.
FRESH = root(Z, 5, keys=(7, 8, 9), registry_keys=(7,))
FRESH_1 = registry(Z, OFFICE, version=9, epoch=5, by=[7])
world(
    TOPIC,
    "rgo-020",
    "UPD-6 PTH-2 PTH-5",
    "A new pin names a root that nothing leads to: nothing counts until it comes, and then what its keys sign.",
    *START,
    pin(FRESH),
    refused("registry-stale"),
    refused("unknown-key", waive=["registry-stale"]),
    update(FRESH, told=["0 CN-33 applied"]),
    refused("registry-stale"),
    update(FRESH_1),
    valid(),
    layered=True,
)
world(
    TOPIC,
    "rgo-021",
    "UPD-2 UPD-6",
    "A new pin names a root further on: the chain begins there, and what leads to it has no part in it.",
    *START,
    pin(R3),
    update(R3, R2, told=["0 CN-33 applied", "1 CN-33 superseded"]),
    valid(),
)
world(
    TOPIC,
    "rgo-022",
    "UPD-6 PTH-2",
    "A new pin names a root further on without the links: its keys have signed the held registry.",
    *START,
    pin(R3),
    update(R3, told=["0 CN-33 applied"]),
    valid(),
)
world(
    TOPIC,
    "rgo-023",
    "UPD-6",
    "A new pin names a root of the chain: it begins there, and the registry counts on.",
    *START,
    update(R2, R3),
    pin(R2),
    update(R2, told=["0 CN-33 unchanged"]),
    valid(),
)
world(
    TOPIC,
    "rgo-024",
    "UPD-3 UPD-6 PTH-2",
    "A new pin, and its root does not come: the state takes nothing else.",
    *START,
    pin(FRESH),
    update(
        R2,
        registry(Z, OFFICE, after=ZJ_1),
        ZJ_1,
        told=[f"{i} unknown-signer" for i in range(3)],
    ),
    refused("registry-stale"),
    attack=[52],
)
world(
    TOPIC,
    "rgo-025",
    "UPD-6 PTH-2",
    "A new pin, and its root half signed: it is refused, and what was held counts no more than before.",
    *START,
    pin(FRESH),
    update(root(Z, 5, keys=(7, 8, 9), registry_keys=(7,), by=(7,)), told=["0 CN-33 threshold-not-met"]),
    refused("registry-stale"),
    attack=[7],
)
EARLIER = root(Z, keys=(7, 8, 9), registry_keys=(7,))
world(
    TOPIC,
    "rgo-026",
    "UPD-6",
    "A new pin names a root of a lower version: whoever runs the verifier may go back, and nobody else.",
    *START,
    update(R2),
    pin(EARLIER),
    update(EARLIER, told=["0 CN-33 applied"]),
    update(registry(Z, OFFICE, by=[7])),
    valid(),
    attack=[1],
)
world(
    TOPIC,
    "rgo-027",
    "UPD-2 UPD-6",
    "The pinned root and a next root of the old chain: that is a stranger's now.",
    *START,
    pin(FRESH),
    update(FRESH, R2, told=["0 CN-33 applied", "1 unknown-signer"]),
    refused("registry-stale"),
)
world(
    TOPIC,
    "rgo-028",
    "UPD-6",
    "After another pin the old chain's keys sign nothing more.",
    *START,
    pin(FRESH),
    update(FRESH, told=["0 CN-33 applied"]),
    update(R2, registry(Z, OFFICE, after=ZJ_1), told=["0 unknown-signer", "1 unknown-signer"]),
    refused("registry-stale"),
)

world(
    TOPIC,
    "rgo-030",
    "UPD-5 UPD-6",
    "A new pin, and another root of its version by the old chain's keys: what was not pinned begins nothing.",
    *START,
    pin(FRESH),
    update(root(Z, 5), told=["0 unknown-signer"]),
    refused("registry-stale"),
    attack=[7],
)
world(
    TOPIC,
    "rgo-031",
    "UPD-2 UPD-6",
    "The root that was held and the one that is pinned now: in the end the old root concerns nothing.",
    *START,
    pin(FRESH),
    update(ZJ_ROOT, FRESH, told=["0 unknown-signer", "1 CN-33 applied"]),
    refused("registry-stale"),
)
ahead = root(Z, 5, keys=(7, 8, 9), registry_keys=(7,), iat=AT + DAY + 1)
world(
    TOPIC,
    "rgo-032",
    "UPD-5 UPD-6",
    "A new pin, and its root by its own keys alone, dated too far ahead: UPD-6 says why, and not UPD-5.",
    *START,
    pin(ahead),
    update(ahead, told=["0 CN-33 dated-ahead"]),
    refused("registry-stale"),
    attack=[25],
)
WIDE = registry(Z, OFFICE, recognises=[recognition(SH_ROOT)])
world(
    TOPIC,
    "rgo-029",
    "UPD-1 UPD-6 PTH-5",
    "An anchor gets another pin: until its next registry, nobody can judge what it recognised.",
    *gates((ZJ_ROOT, WIDE), others=(SH_ROOT, SH_1)),
    pin(FRESH),
    refused("not-recognised", SHANGHAI_CODE),
    update(FRESH, told=["0 CN-33 applied"]),
    refused("not-recognised", SHANGHAI_CODE),
    update(registry(Z, OFFICE, version=9, epoch=5, by=[7], recognises=[recognition(SH_ROOT)])),
    valid(BY_ZHEJIANG, SHANGHAI_CODE),
)
ZJ_2 = registry(Z, issuer(ISSUER, entry(SECOND_KEY)), after=ZJ_1)
world(
    TOPIC,
    "rgo-038",
    "UPD-6 UPD-7",
    "A new pin names a root further on, a link is missing, and the registry before the held one comes with it.",
    *START,
    update(ZJ_2),
    pin(R3),
    update(R3, ZJ_1, told=["0 CN-33 applied", "1 CN-33 rollback"]),
    refused("unknown-key"),
    update(ZJ_2, told=["0 CN-33 unchanged"]),
    attack=[1],
)
LOW = root(Z, 7, keys=(7, 8, 9), registry_keys=(7,), epoch=1)
world(
    TOPIC,
    "rgo-039",
    "UPD-6 ROT-3",
    "Epochs are compared within a chain only: a new pin may begin below the one that was held.",
    *START,
    update(root(Z, 2, registry_keys=(2,)), registry(Z, OFFICE, after=ZJ_1, epoch=2, by=[2]),
           told=["0 CN-33 applied epoch-opened", "1 CN-33 applied"]),
    pin(LOW),
    update(LOW, registry(Z, OFFICE, by=[7])),
    valid(),
)  # fmt: skip

# ROT-3: epochs.
OPENS = root(Z, 2, registry_keys=(2,))
SECOND = registry(Z, OFFICE, after=ZJ_1, epoch=2, by=[2])
world(
    TOPIC,
    "rgo-040",
    "ROT-3 PTH-2",
    "A root opens an epoch with a new registry key: what the old one signed is not usable at once.",
    *START,
    update(OPENS, told=["0 CN-33 applied epoch-opened"]),
    refused("registry-stale"),
    update(SECOND),
    valid(),
    attack=[5, 52],
    layered=True,
)
epochs: list[tuple[str, list[int], str, Document]] = [
    ("rgo-041", [5], "Another registry key in the same epoch.", root(Z, 2, epoch=1, registry_keys=(2,))),
    ("rgo-043", [5], "One more registry key in the same epoch.", root(Z, 2, epoch=1, registry_keys=(1, 2))),
    ("rgo-045", [5], "Another registry threshold in the same epoch.",
     root(Z, 2, epoch=1, registry_keys=(1, 2), registry_threshold=2)),
]  # fmt: skip
for identifier, rows, comment, document in epochs:
    steps = (*START, update(document, told=["0 CN-33 wrong-epoch"]), valid())
    world(TOPIC, identifier, "UPD-5 ROT-3", comment, *steps, attack=rows)
world(
    TOPIC,
    "rgo-046",
    "UPD-5 ROT-3",
    "An epoch does not go back.",
    *START,
    update(OPENS, SECOND, told=["0 CN-33 applied epoch-opened", "1 CN-33 applied"]),
    update(root(Z, 3, epoch=1, registry_keys=(3,)), told=["0 CN-33 wrong-epoch"]),
    valid(),
    attack=[5],
)
for identifier, comment, document in [
    ("rgo-042", "A new epoch with the same registry key: its authority may speak afresh.", root(Z, 2, epoch=2)),
    ("rgo-044", "Epoch 1,793,000,000 after 1: a number is greater, and need not be the next.",
     root(Z, 2, epoch=1_793_000_000, registry_keys=(2,))),
]:  # fmt: skip
    number = document.epoch
    signer = 1 if identifier == "rgo-042" else 2
    again = registry(Z, OFFICE, epoch=number, by=[signer])
    world(
        TOPIC,
        identifier,
        "ROT-3 UPD-5",
        comment,
        *START,
        update(document, again, told=["0 CN-33 applied epoch-opened", "1 CN-33 applied"]),
        valid(),
    )
world(
    TOPIC,
    "rgo-047",
    "ROT-3 UPD-5",
    "The number of an epoch that is over, with another registry key.",
    *START,
    update(OPENS, SECOND, told=["0 CN-33 applied epoch-opened", "1 CN-33 applied"]),
    update(root(Z, 3, epoch=2, registry_keys=(3,)), told=["0 CN-33 wrong-epoch"]),
    valid(),
    attack=[5, 52],
)
world(
    TOPIC,
    "rgo-049",
    "ROT-3 UPD-7",
    "In a new epoch versions may start again: (2, 1) is above (1, 2).",
    *START,
    update(registry(Z, OFFICE, after=ZJ_1)),
    update(
        OPENS,
        registry(Z, OFFICE, epoch=2, by=[2]),
        told=["0 CN-33 applied epoch-opened", "1 CN-33 applied"],
    ),
    valid(),
    attack=[5],
)
world(
    TOPIC,
    "rgo-050",
    "ROT-3 UPD-7",
    "A huge version locks nobody out: a new epoch starts below it.",
    *START,
    update(registry(Z, version=2**53 - 1)),
    refused("unknown-key"),
    update(OPENS, SECOND, told=["0 CN-33 applied epoch-opened", "1 CN-33 applied"]),
    valid(),
    attack=[5],
)
world(
    TOPIC,
    "rgo-054",
    "UPD-7 REG-4",
    "The first registry of a new epoch has the next version and another previous: it follows none that is held.",
    *START,
    update(
        OPENS,
        registry(Z, OFFICE, version=2, epoch=2, by=[2], content={4: bytes(32)}),
        told=["0 CN-33 applied epoch-opened", "1 CN-33 applied"],
    ),
    valid(),
    attack=[4],
)
after_epoch = registry(Z, OFFICE, after=ZJ_1, by=[2])
world(
    TOPIC,
    "rgo-051",
    "UPD-7",
    "A registry of the epoch before, signed by the new key.",
    *START,
    update(OPENS, after_epoch, told=["0 CN-33 applied epoch-opened", "1 CN-33 wrong-epoch"]),
    attack=[1],
)
world(
    TOPIC,
    "rgo-052",
    "UPD-7",
    "A registry of an epoch that no root has opened.",
    *START,
    update(registry(Z, OFFICE, after=ZJ_1, epoch=2), told=["0 CN-33 wrong-epoch"]),
    valid(),
    attack=[5],
)
world(
    TOPIC,
    "rgo-053",
    "UPD-3 ROT-3",
    "After the new epoch the thief of the old registry key is a stranger.",
    *START,
    update(OPENS, SECOND, told=["0 CN-33 applied epoch-opened", "1 CN-33 applied"]),
    update(registry(Z, after=SECOND, by=[1]), told=["0 unknown-signer"]),
    valid(),
    attack=[52],
)
FORGED = root(SHANGHAI, keys=(7, 8, 9), registry_keys=(7,))
HONEST = registry(Z, OFFICE, after=WIDE, epoch=2, by=[2], recognises=[recognition(SH_ROOT)])
world(
    TOPIC,
    "rgo-060",
    "UPD-8 UPD-6",
    "A thief of the anchor's registry key recognises a root of his own: the state that it began falls with him.",
    *gates((ZJ_ROOT, WIDE), others=(SH_ROOT, SH_1)),
    valid(BY_ZHEJIANG, SHANGHAI_CODE),
    update(registry(Z, OFFICE, after=WIDE, recognises=[recognition(FORGED)]), FORGED,
           told=["0 CN-33 applied", "1 CN-33 CN-31 applied"]),
    refused("not-recognised", SHANGHAI_CODE),
    update(OPENS, HONEST, SH_ROOT, SH_1,
           told=["0 CN-33 applied epoch-opened", "1 CN-33 applied", "2 CN-33 CN-31 applied",
                 "3 CN-33 CN-31 unchanged"]),
    valid(BY_ZHEJIANG, SHANGHAI_CODE),
    attack=[27, 52],
)  # fmt: skip
world(
    TOPIC,
    "rgo-061",
    "UPD-8",
    "The new epoch recognises the same root: what is held of it counts on.",
    *gates((ZJ_ROOT, WIDE), others=(SH_ROOT, SH_1)),
    update(OPENS, HONEST, SH_ROOT, SH_1,
           told=["0 CN-33 applied epoch-opened", "1 CN-33 applied", "2 CN-33 CN-31 unchanged",
                 "3 CN-33 CN-31 unchanged"]),
    valid(BY_ZHEJIANG, SHANGHAI_CODE),
)  # fmt: skip
world(
    TOPIC,
    "rgo-062",
    "UPD-5 UPD-6",
    "A new pin names the root that is held, and another version: nothing counts, and the root says why.",
    *START,
    pin(ZJ_ROOT, version=2),
    update(ZJ_ROOT, told=["0 CN-33 malformed-document"]),
    refused("registry-stale"),
)
world(
    TOPIC,
    "rgo-063",
    "UPD-7",
    "The registry of the epoch before, signed by the new epoch's key: it is the held one, and stays out of date.",
    *START,
    update(OPENS, told=["0 CN-33 applied epoch-opened"]),
    update(registry(Z, OFFICE, by=[2]), told=["0 CN-33 unchanged"]),
    refused("registry-stale"),
    attack=[1, 52],
)
world(
    TOPIC,
    "rgo-064",
    "UPD-5 UPD-6",
    "A new pin is awaited, and the root that was held is offered: it concerns nothing.",
    *START,
    pin(FRESH),
    update(ZJ_ROOT, told=["0 unknown-signer"]),
    refused("registry-stale"),
)
CN_ROOT = root(CHINA)
CN_5 = registry(CHINA, version=5, recognises=[recognition(SH_ROOT)])
world(
    TOPIC,
    "rgo-065",
    "UPD-8",
    "One anchor opens an epoch: what another one's registry began is none of its business.",
    pin(ZJ_ROOT),
    pin(CN_ROOT),
    update(ZJ_ROOT, ZJ_1, CN_ROOT, CN_5, SH_ROOT, SH_1,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN applied", "3 CN applied", "4 CN CN-31 applied",
                 "5 CN CN-31 applied"]),
    update(OPENS, SH_ROOT, told=["0 CN-33 applied epoch-opened", "1 CN CN-31 unchanged"]),
    valid("CN CN-31 CN-31.WJW", SHANGHAI_CODE),
)  # fmt: skip
