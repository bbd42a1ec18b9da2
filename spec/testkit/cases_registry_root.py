"""Section 3 of registry.md, and UPD-5 to ROT-3: what a root is, and how one takes over from another.

The root keys of a root are given by their numbers: 1 to 3 in the first, two of which sign.
"""

from __future__ import annotations

from typing import Any

from documents import (
    DAY,
    DROP,
    OFFICE,
    SIGNED,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    Document,
    Hand,
    registry,
    root,
)
from ed25519 import TORSION, compress
from topic import AT, Topic, table
from worlds import START, pin, refused, update, valid, world

TOPIC = Topic("registry-root")
Z = ZHEJIANG
PUBLISHED = bytes.fromhex(table("published-keys")[0]["public_key"])
A, B, C, E = (Z.root_key(number).public for number in (1, 2, 3, 9))
F = Z.registry_key(1).public
identifier: str
clause: str
comment: str
told: Any

# ROT: a pinned root with thresholds that hold, and many that do not.
for identifier, comment, keys, threshold, registry_keys, registry_threshold in [
    ("rgr-001", "One of one, for both.", (1,), 1, (1,), 1),
    ("rgr-002", "Two of three, and two of three.", (1, 2, 3), 2, (1, 2, 3), 2),
    ("rgr-003", "Three of five, and one of two.", (1, 2, 3, 4, 5), 3, (1, 2), 1),
    ("rgr-004", "Eight of eight, for both.", range(1, 9), 8, range(1, 9), 8),
]:
    first = root(
        Z,
        keys=keys,
        threshold=threshold,
        registry_keys=registry_keys,
        registry_threshold=registry_threshold,
    )
    second = registry(Z, OFFICE, by=range(1, registry_threshold + 1))
    steps = (pin(first), update(first, second), valid())
    world(TOPIC, identifier, "ROT-2 DOC-5 UPD-6 UPD-7", comment, *steps, layered=identifier == "rgr-002")

contents: list[tuple[str, str, list[int], str, dict[int, Any]]] = [
    ("rgr-010", "ROT-1.1", [16], "The identity as a root key.", {1: sorted([A, B, compress(TORSION[0])])}),
    ("rgr-011", "ROT-1.1", [16], "A root key of order 8.", {1: sorted([A, B, compress(TORSION[1])])}),
    ("rgr-012", "ROT-1.1", [16], "A registry key that is no point.", {3: [bytes([2]) + bytes(31)]}),
    ("rgr-013", "ROT-1.1", [16], "A root key that is published.", {1: sorted([A, B, PUBLISHED])}),
    ("rgr-014", "ROT-1.1", [16], "A registry key that is published.", {3: [PUBLISHED]}),
    ("rgr-015", "ROT-1.1", [], "A root key of 31 bytes.", {1: sorted([A, B, C[:31]])}),
    ("rgr-016", "ROT-1.1", [], "A root key as text.", {3: ["x" * 32]}),
    ("rgr-017", "ROT-1 DOC-8", [9], "A root key twice.", {1: sorted([A, A, B])}),
    ("rgr-018", "DOC-8", [], "Root keys in descending order.", {1: sorted([A, B, C], reverse=True)}),
    ("rgr-019", "ROT-1.2", [29], "The registry key is a root key too.", {3: [A]}),
    ("rgr-020", "ROT-1", [6], "9 root keys.", {1: sorted(Z.root_key(i).public for i in range(1, 10))}),
    ("rgr-021", "ROT-1", [6], "9 registry keys.", {3: sorted(Z.registry_key(i).public for i in range(1, 10))}),
    ("rgr-022", "ROT-1", [], "No root key.", {1: []}),
    ("rgr-023", "ROT-1", [], "No registry key.", {3: []}),
    ("rgr-024", "DOC-8", [], "registry_keys is missing.", {3: DROP}),
    ("rgr-025", "ROT-2", [8], "A root threshold of 0.", {2: 0}),
    ("rgr-026", "ROT-2", [8], "A root threshold of -1.", {2: -1}),
    ("rgr-027", "ROT-2", [8], "A root threshold of 4, for 3 keys.", {2: 4}),
    ("rgr-028", "ROT-2", [8], "A registry threshold of 0.", {4: 0}),
    ("rgr-029", "ROT-2", [8], "A registry threshold of 2, for 1 key.", {4: 2}),
    ("rgr-030", "ROT-2", [8], "A root threshold as bytes.", {2: b"\2"}),
    ("rgr-031", "ROT-2", [8], "The root threshold is missing.", {2: DROP}),
    ("rgr-032", "DOC-8", [15], "Key 5, which is reserved, and a threshold of 0.", {5: 0, 2: 0}),
]
for identifier, clause, attack, comment, content in contents:
    ill = root(Z, content=content)
    world(
        TOPIC,
        identifier,
        clause,
        comment,
        pin(ill),
        update(ill, told=["0 CN-33 malformed-document"]),
        attack=attack,
    )

office_root = root(Z, claims={1: "CN-33.WJW"})
world(
    TOPIC,
    "rgr-033",
    "DOC-9 UPD-6",
    "iss is an issuer id.",
    pin(office_root),
    update(office_root, told=["0 CN-33 malformed-document"]),
    attack=[12],
)

# UPD-5: the next root.
R2 = root(Z, 2)


def follows(
    identifier: str, clause: str, comment: str, told: str, *roots: Document, attack: tuple[int, ...] = (7,)
) -> None:
    """Add a store that holds the first root and a registry, and is offered one more root."""
    steps = (*START, update(*roots, told=[f"0 {told}" if told == "unknown-signer" else f"0 CN-33 {told}"]))
    world(TOPIC, identifier, clause, comment, *steps, valid(), attack=attack)


new = Z.root_key(4)
refusals: list[tuple[str, str, str, str, Document]] = [
    ("rgr-040", "UPD-5", "The same keys.", "applied", R2),
    ("rgr-041", "UPD-5", "Other keys: two of the old and two of the new have signed.", "applied",
     root(Z, 2, keys=(4, 5, 6), by=(1, 2, 4, 5))),
    ("rgr-042", "UPD-5", "One key is old and new, and its signature counts for both.", "applied",
     root(Z, 2, keys=(3, 4, 5), by=(1, 3, 4))),
    ("rgr-043", "UPD-5", "One of the old has signed, and both of the new.", "threshold-not-met",
     root(Z, 2, keys=(4, 5, 6), by=(1, 4, 5))),
    ("rgr-044", "UPD-5", "Both of the old have signed, and one of the new.", "threshold-not-met",
     root(Z, 2, keys=(4, 5, 6), by=(1, 2, 4))),
    ("rgr-045", "UPD-5", "Both of the old have signed, and none of the new.", "threshold-not-met",
     root(Z, 2, keys=(4, 5, 6), by=(1, 2))),
    ("rgr-046", "UPD-5 UPD-3", "The new alone have signed.", "unknown-signer",
     root(Z, 2, keys=(4, 5, 6), by=(4, 5))),
    ("rgr-047", "UPD-5", "The new have signed, of which one is old.", "threshold-not-met",
     root(Z, 2, keys=(3, 4, 5), by=(3, 4))),
    ("rgr-048", "UPD-5", "It lowers the threshold to 1, and one has signed.", "threshold-not-met",
     root(Z, 2, threshold=1, by=(1,))),
    ("rgr-049", "UPD-5", "It lowers the threshold to 1, and two have signed.", "applied",
     root(Z, 2, threshold=1, by=(1, 2))),
    ("rgr-050", "UPD-5", "It raises the threshold to 3, and two have signed.", "threshold-not-met",
     root(Z, 2, threshold=3, by=(1, 2))),
    ("rgr-051", "UPD-5 DOC-5", "Two of the old are good, and the third is not.", "bad-signature",
     root(Z, 2, by=(1, 2, Hand(Z.root_key(3), signature=bytes(64))))),
    ("rgr-052", "UPD-5 DOC-5", "Old and new are good, and one more of the new is not.", "bad-signature",
     root(Z, 2, keys=(1, 2, 4), by=(1, 2, Hand(new, signature=bytes(64))))),
    ("rgr-053", "UPD-5 DOC-5", "Old and new are good; the rest is nobody's.", "applied",
     root(Z, 2, by=(1, 2, Hand(new, signature=bytes(64))))),
    ("rgr-054", "UPD-5", "The registry's keys do not sign roots.", "unknown-signer",
     root(Z, 2, by=(Z.registry_key(1),))),
]  # fmt: skip
for identifier, clause, comment, outcome, document in refusals:
    follows(identifier, clause, comment, outcome, document)
R1B = root(Z, claims={32: 0})
R2B = root(Z, 2, claims={32: 0})
R3 = root(Z, 3)
R4 = root(Z, 4)
for identifier, clause, comment, outcome, document, rows in [
    ("rgr-060", "UPD-5", "Version 3 after 1.", "root-gap", R3, (7,)),
    ("rgr-061", "UPD-5", "The largest version there is.", "root-gap", root(Z, 2**53 - 1), (5,)),
    ("rgr-062", "UPD-5", "Another root of version 1.", "equivocation", R1B, (26,)),
    ("rgr-063", "UPD-5", "The root that is held.", "unchanged", ZJ_ROOT, ()),
    ("rgr-065", "UPD-4", "Dated a day and a second ahead.", "dated-ahead", root(Z, 2, iat=AT + DAY + 1), (25,)),
    ("rgr-066", "UPD-4 DOC-10", "Of a test.", "wrong-environment", root(Z, 2, environment="test"), (19,)),
    ("rgr-067", "UPD-4", "It speaks for CN-31.", "wrong-authority", root(Z, 2, claims={1: "CN-31"}), (12,)),
    ("rgr-068", "UPD-4", "It speaks for CN.", "wrong-authority", root(Z, 2, claims={1: "CN"}), (12,)),
    ("rgr-069", "ROT-2", "Its threshold is 0.", "malformed-document", root(Z, 2, content={2: 0}), (8,)),
    ("rgr-070", "DOC-8", "A critical key.", "unsupported-document", root(Z, 2, content={6: 0}), (15,)),
    ("rgr-071", "DOC-9.3", "A life of 400 days and a second.", "malformed-document",
     root(Z, 2, exp=SIGNED + 400 * DAY + 1), ()),
]:  # fmt: skip
    follows(identifier, clause, comment, outcome, document, attack=rows)

world(
    TOPIC,
    "rgr-064",
    "UPD-4 PTH-11",
    "Dated a day ahead, and no more: applied, and the clock floor is the time of its taking.",
    *START,
    update(root(Z, 2, iat=AT + DAY)),
    valid(),
    refused("clock-suspect", at=AT - 61),
    attack=[25],
)

# Which fault wins: the first in the list of UPD-5.
for identifier, comment, outcome, document in [
    ("rgr-075", "One old signature, and the wrong authority.", "threshold-not-met",
     root(Z, 2, claims={1: "CN-31"}, by=(1,))),
    ("rgr-076", "Version 3, and of a test.", "wrong-environment", root(Z, 3, environment="test")),
    ("rgr-077", "Version 3, and another registry key in the same epoch.", "root-gap",
     root(Z, 3, epoch=1, registry_keys=(2,))),
    ("rgr-078", "Another registry key in the same epoch, and none of the new has signed.", "wrong-epoch",
     root(Z, 2, keys=(4, 5, 6), by=(1, 2), epoch=1, registry_keys=(2,))),
    ("rgr-079", "A critical key, and the wrong authority.", "unsupported-document",
     root(Z, 2, claims={1: "CN-31"}, content={6: 0})),
    ("rgr-080", "The wrong authority, and of a test.", "wrong-authority",
     root(Z, 2, claims={1: "CN-31"}, environment="test")),
    ("rgr-081", "Of a test, and dated ahead.", "wrong-environment",
     root(Z, 2, environment="test", iat=AT + 2 * DAY)),
    ("rgr-082", "Dated ahead, and version 3.", "dated-ahead", root(Z, 3, iat=AT + 2 * DAY)),
    ("rgr-083", "A critical key, and a threshold of 0.", "malformed-document", root(Z, 2, content={2: 0, 6: 0})),
]:  # fmt: skip
    follows(identifier, "UPD-4 UPD-5", comment, outcome, document, attack=())

# Several roots in one bundle.
LESS, MORE = sorted((R2, R2B), key=lambda one: one.hash)
several: list[tuple[str, str, list[int], str, tuple[Document, ...], list[str]]] = [
    ("rgr-090", "UPD-2 UPD-5", [], "Versions 3 and 2, in this order: both are applied.", (R3, R2),
     ["0 CN-33 applied", "1 CN-33 applied"]),
    ("rgr-091", "UPD-2 UPD-5", [7], "Versions 2 and 4: the third is missing.", (R2, R4),
     ["0 CN-33 applied", "1 CN-33 root-gap"]),
    ("rgr-092", "UPD-5", [26], "Two roots of version 2: the one with the least hash is applied.", (MORE, LESS),
     ["0 CN-33 equivocation", "1 CN-33 applied"]),
    ("rgr-103", "UPD-5", [26], "The same in the other order.", (LESS, MORE),
     ["0 CN-33 applied", "1 CN-33 equivocation"]),
    ("rgr-093", "UPD-2 UPD-5", [], "A root twice.", (R2, R2), ["0 CN-33 applied", "1 CN-33 unchanged"]),
    ("rgr-094", "UPD-2 UPD-5", [6, 7], "A half-signed root of version 2 does not stand in a good one's way.",
     (root(Z, 2, claims={32: 0}, by=(1,)), R2), ["0 CN-33 threshold-not-met", "1 CN-33 applied"]),
    ("rgr-095", "UPD-2 UPD-5", [], "The outcome of a root is that of its last trial: first a gap, then a fault.",
     (root(Z, 3, keys=(4, 5, 6), by=(1, 2)), R2), ["0 CN-33 threshold-not-met", "1 CN-33 applied"]),
]  # fmt: skip
for identifier, clause, attack, comment, roots, outcomes in several:
    world(TOPIC, identifier, clause, comment, *START, update(*roots, told=outcomes), valid(), attack=attack)
world(
    TOPIC,
    "rgr-096",
    "UPD-5",
    "A root of the chain, older than the current one, is held still; another of its version is an equivocation.",
    *START,
    update(R2, R3),
    update(ZJ_ROOT, R2, R2B, told=["0 CN-33 unchanged", "1 CN-33 unchanged", "2 CN-33 equivocation"]),
    attack=[1, 26],
)
world(
    TOPIC,
    "rgr-097",
    "UPD-5",
    "The chain starts at version 3: the roots before are no part of it.",
    pin(R3),
    update(R3, ZJ_1),
    update(R2, ZJ_ROOT, told=["0 CN-33 superseded", "1 CN-33 superseded"]),
    valid(),
    attack=[1],
)
for identifier, comment, document, outcome in [
    ("rgr-106", "A version of the chain, with another registry key in the same epoch.",
     root(Z, 3, registry_keys=(2,), epoch=1),
     "equivocation"),
    ("rgr-107", "A version below the chain, with another registry key in the same epoch.",
     root(Z, 2, registry_keys=(2,), epoch=1), "superseded"),
    ("rgr-108", "A version too far ahead, with another registry key in the same epoch.",
     root(Z, 5, registry_keys=(2,), epoch=1), "root-gap"),
    ("rgr-109", "The next version, with another registry key in the same epoch, and half signed by its own.",
     root(Z, 4, keys=(1, 2, 3, 4), threshold=3, by=(1, 2), registry_keys=(2,), epoch=1), "wrong-epoch"),
]:  # fmt: skip
    judged = update(document, told=[f"0 CN-33 {outcome}"])
    note = f"{comment} The version comes before the epoch."
    world(TOPIC, identifier, "UPD-5.3 UPD-5.4", note, pin(R3), update(R3, ZJ_1), judged, valid())
bad_second = Hand(Z.root_key(2), signature=bytes(64))
for identifier, comment, document, outcome in [
    ("rgr-110", "One of two good, and another of a known key is not: bad comes before too few.",
     root(Z, 2, by=(1, bad_second)), "0 CN-33 bad-signature"),
    ("rgr-111", "Two of two good, and the third is not.", root(Z, 2, by=(1, bad_second, 3)),
     "0 CN-33 bad-signature"),
    ("rgr-112", "None good: it concerns nobody.", root(Z, 2, by=(bad_second,)), "0 unknown-signer"),
    ("rgr-113", "Its own keys: one of two good, and another is not.",
     root(Z, 2, keys=(4, 5), by=(1, 2, 4, Hand(Z.root_key(5), signature=bytes(64)))), "0 CN-33 bad-signature"),
]:  # fmt: skip
    world(TOPIC, identifier, "DOC-5.1 DOC-5.2 UPD-5.1", comment, *START, update(document, told=[outcome]), valid())
walk = [root(Z, keys=(1, 2, 3), iat=SIGNED - 900 * DAY)]
for n in range(2, 6):
    age = 900 - 150 * n
    walk.append(root(Z, n, keys=(n, n + 1, n + 2), registry_keys=(n,), iat=SIGNED - max(age, 0) * DAY))
last = registry(Z, OFFICE, version=90, epoch=5, by=[5])
world(
    TOPIC,
    "rgr-098",
    "UPD-2 UPD-4 UPD-5 BDL-3",
    "A gate slept: five roots, most of which have expired, each with one key less of the first.",
    pin(walk[0]),
    update(walk[0]),
    refused("registry-stale"),
    update(*walk[1:], last, told=[*(f"{i} CN-33 applied epoch-opened" for i in range(4)), "4 CN-33 applied"]),
    valid(),
    attack=[2, 7],
    layered=True,
)
world(
    TOPIC,
    "rgr-099",
    "UPD-2 UPD-3 UPD-5",
    "The same five in the opposite order: a root that concerns nothing yet does so after another was applied.",
    pin(walk[0]),
    update(
        last,
        *reversed(walk),
        told=["0 CN-33 applied", *(f"{i} CN-33 applied epoch-opened" for i in range(1, 5)), "5 CN-33 applied"],
    ),
    valid(),
    attack=[7],
)
world(
    TOPIC,
    "rgr-100",
    "UPD-5 BDL-3",
    "A link is missing: the gate stays with what it has.",
    pin(walk[0]),
    update(
        *walk[:2],
        *walk[3:],
        told=["0 CN-33 applied", "1 CN-33 applied epoch-opened", "2 CN-33 threshold-not-met", "3 unknown-signer"],
    ),
    attack=[7],
)
world(
    TOPIC,
    "rgr-102",
    "UPD-3 UPD-5",
    "The first two roots of the chain, none of whose keys the current one has: their hashes are known.",
    pin(walk[0]),
    update(*walk, told=["0 CN-33 applied", *(f"{i} CN-33 applied epoch-opened" for i in range(1, 5))]),
    update(*walk[:2], told=["0 CN-33 unchanged", "1 CN-33 unchanged"]),
)
world(
    TOPIC,
    "rgr-104",
    "UPD-3 UPD-5",
    "A pin names the fourth root; an honest bundle has the three before it: strangers, or too few of its keys.",
    pin(walk[3]),
    update(
        *walk[:4],
        told=["0 unknown-signer", "1 unknown-signer", "2 CN-33 threshold-not-met", "3 CN-33 applied"],
    ),
)
tiny = [root(Z, n, keys=(1,), threshold=1) for n in range(1, 67)]
world(
    TOPIC,
    "rgr-101",
    "UPD-5",
    "A chain has 64 links after the pin and no more.",
    pin(tiny[0]),
    update(*tiny, told=[*(f"{i} CN-33 applied" for i in range(65)), "65 CN-33 too-many"]),
    attack=[6],
)
world(
    TOPIC,
    "rgr-105",
    "UPD-5",
    "The 65th link lacks its own second key: its signatures are counted before the chain.",
    pin(tiny[0]),
    update(
        *tiny[:65],
        root(Z, 66, keys=(1, 2), threshold=2, by=(1,)),
        told=[*(f"{i} CN-33 applied" for i in range(65)), "65 CN-33 threshold-not-met"],
    ),
    attack=[6, 7],
)
