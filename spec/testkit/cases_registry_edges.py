"""PTH-7 and PTH-12 of registry.md: a code that several paths lead to, and which of them decides."""

from __future__ import annotations

from typing import Any

from documents import (
    CHINA,
    FULL,
    JIANGSU,
    OFFICE,
    SH_1,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_ISSUER,
    SHANGHAI_OFFICE,
    ZHEJIANG,
    ZJ_ROOT,
    Document,
    Map,
    entry,
    issuer,
    recognition,
    registry,
    root,
)
from topic import AT, ISSUER, KEY, OTHER_KEY, UNLISTED_KEY, Topic
from worlds import (
    BY_ZHEJIANG,
    Step,
    code,
    gates,
    refused,
    valid,
    world,
)

TOPIC = Topic("registry-edges")
Z, S, J = ZHEJIANG, SHANGHAI, JIANGSU
JS_ROOT, CN_ROOT = root(J), root(CHINA)
BOTH = registry(Z, OFFICE, recognises=[recognition(SH_ROOT)])
HOME = gates((ZJ_ROOT, BOTH), others=(SH_ROOT, SH_1))
NEITHER = registry(Z, OFFICE)
JS_1 = registry(J, issuer("CN-32.WJW", entry(UNLISTED_KEY)))
JS_CODE = code({1: "CN-32.WJW"}, UNLISTED_KEY)
identifier: str
clause: str
comment: str

# Two anchors that recognise one authority: known through one, used through the other.
ZJ_JS = registry(Z, OFFICE, recognises=[recognition(JS_ROOT, scope={**FULL, 1: [1, 2]})])
SH_JS = registry(S, SHANGHAI_OFFICE, recognises=[recognition(JS_ROOT, until=AT)])
world(
    TOPIC,
    "rgp-030",
    "PTH-12 SCP-5",
    "Zhejiang recognises Jiangsu but for green, Shanghai did so for all until now: no path lends to another.",
    *gates((ZJ_ROOT, ZJ_JS), (SH_ROOT, SH_JS), others=(JS_ROOT, JS_1)),
    refused("out-of-scope", JS_CODE),
    valid("CN-31 CN-32 CN-32.WJW", JS_CODE, at=AT - 1),
    attack=[11, 12],
)
lists = registry(S, issuer(SHANGHAI_ISSUER, entry(KEY)))
world(
    TOPIC,
    "rgp-031",
    "PTH-7 PTH-12",
    "Shanghai lists the key of an office of Zhejiang as its own: for that office's code it is another's.",
    *gates((SH_ROOT, lists)),
    refused("issuer-mismatch"),
    attack=[11, 29],
)
world(
    TOPIC,
    "rgp-032",
    "PTH-7 PTH-12 REG-3",
    "A recognised authority lists the key of an office here as its own: it blocks nobody, and the edge decides.",
    *gates((ZJ_ROOT, BOTH), others=(SH_ROOT, lists)),
    valid(),
    valid(BY_ZHEJIANG, code({1: SHANGHAI_ISSUER})),
    refused("issuer-mismatch", code({1: "CN-31"})),
    attack=[11, 29],
)
world(
    TOPIC,
    "rgp-033",
    "PTH-7",
    "A listed key signs in the name of another office.",
    *HOME,
    refused("issuer-mismatch", code({1: SHANGHAI_ISSUER})),
    refused("issuer-mismatch", code({1: ISSUER}, OTHER_KEY)),
    refused("issuer-mismatch", code({1: "CN-33-01"})),
    attack=[11, 12],
)


# Two anchors by whom the office can be reached: one recognises the country, the other the province.
def ways(first: Document, second: Document, by_first: Map | None = FULL, **dates: Any) -> tuple[Step, ...]:
    """Return a store of two anchors, which recognise the country and the province with these registries."""
    one = registry(S, recognises=[recognition(CN_ROOT, scope=by_first)], **dates)
    return gates(
        (SH_ROOT, one), (JS_ROOT, registry(J, recognises=[recognition(ZJ_ROOT)])),
        others=(CN_ROOT, first, ZJ_ROOT, second),
    )  # fmt: skip


LISTS = registry(CHINA, OFFICE), registry(Z, OFFICE)
BY_COUNTRY, BY_PROVINCE = f"CN-31 CN {ISSUER}", f"CN-32 CN-33 {ISSUER}"
world(
    TOPIC,
    "rgp-034",
    "PTH-3 PTH-12",
    "Nobody owns the name, and two anchors have a path to it: the first by the id of the anchor.",
    *ways(*LISTS),
    valid(BY_COUNTRY),
)
world(
    TOPIC,
    "rgp-037",
    "PTH-12",
    "Out of scope on one path, and good on the other: the code is valid by that one.",
    *ways(*LISTS, {**FULL, 1: [1]}),
    valid(BY_PROVINCE),
)
world(
    TOPIC,
    "rgp-039",
    "PTH-12",
    "Two paths, of which the first needs a waiver and the other none: the other, waiver or not.",
    *ways(*LISTS, exp=AT),
    valid(BY_PROVINCE, waive=["registry-stale"]),
    valid(BY_PROVINCE),
    attack=[2],
)
other_use = issuer(ISSUER, entry(KEY, use=2))
no_scope = issuer(ISSUER, entry(KEY, scope=None))
for identifier, verdict, comment, first, second, exp in [
    ("rgp-040", "out-of-scope", "The edge that got furthest decides. Step 8 on one path, step 10 on the other.",
     LISTS[0], registry(Z, no_scope), AT),
    ("rgp-041", "out-of-scope", "Step 9 on one path, step 10 on the other.",
     registry(CHINA, other_use), registry(Z, no_scope), None),
    ("rgp-042", "key-not-valid", "Step 9 on one path, step 7 on the other.",
     registry(CHINA, other_use), registry(Z, issuer("CN-33.WJW", entry(KEY))), None),
    ("rgp-043", "key-not-valid", "Step 8 on one path, step 9 on the other.",
     LISTS[0], registry(Z, other_use), AT),
]:  # fmt: skip
    dates: dict[str, Any] = {} if exp is None else {"exp": exp}
    world(TOPIC, identifier, "PTH-12 VER-1", comment, *ways(first, second, **dates), refused(verdict))
GONE = issuer(ISSUER, entry(KEY, revoked=[AT, 2]))
world(
    TOPIC,
    "rgp-044",
    "PTH-12",
    "Revoked on one path and good on the other: what has ended on one, passes on none.",
    *ways(registry(CHINA, GONE), LISTS[1]),
    refused("key-revoked"),
    attack=[27, 54],
)
world(
    TOPIC,
    "rgp-045",
    "PTH-12 PTH-8",
    "Revoked on a path that is stale: it counts all the same.",
    *ways(registry(CHINA, GONE), LISTS[1], exp=AT),
    refused("key-revoked"),
    attack=[27, 54],
)
world(
    TOPIC,
    "rgp-046",
    "PTH-12",
    "Revoked on a path for which the code is out of scope: it counts all the same.",
    *ways(registry(CHINA, GONE), LISTS[1], {**FULL, 1: [1]}),
    refused("key-revoked"),
    attack=[27, 54],
)
world(
    TOPIC,
    "rgp-047",
    "PTH-12 VER-1",
    "Revoked on one path and expired on the other: no path would pass it, and the one that got furthest decides.",
    *ways(registry(CHINA, GONE), LISTS[1]),
    refused("expired", code({4: AT})),
)
