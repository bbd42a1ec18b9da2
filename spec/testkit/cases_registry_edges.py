"""PTH-5 and PTH-10 of registry.md: a code that several paths lead to, and which of them decides."""

from __future__ import annotations

from documents import (
    CHINA,
    FULL,
    HANGZHOU,
    JIANGSU,
    OFFICE,
    SH_1,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_ISSUER,
    SHANGHAI_OFFICE,
    ZHEJIANG,
    ZJ_ROOT,
    entry,
    issuer,
    recognition,
    registry,
    root,
)
from topic import AT, ISSUER, KEY, OTHER_KEY, UNLISTED_KEY, Topic
from worlds import (
    BY_ZHEJIANG,
    OWN,
    code,
    gates,
    refused,
    valid,
    world,
)

TOPIC = Topic("registry-edges")
Z, S, J, H = ZHEJIANG, SHANGHAI, JIANGSU, HANGZHOU
JS_ROOT, HZ_ROOT, CN_ROOT = root(J), root(H), root(CHINA)
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
    "PTH-10 SCP-5",
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
    "PTH-5 PTH-10",
    "Shanghai lists the key of an office of Zhejiang as its own: for that office's code it is another's.",
    *gates((SH_ROOT, lists)),
    refused("issuer-mismatch"),
    attack=[11, 29],
)
world(
    TOPIC,
    "rgp-032",
    "PTH-5 PTH-10 REG-3",
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
    "PTH-5",
    "A listed key signs in the name of another office.",
    *HOME,
    refused("issuer-mismatch", code({1: SHANGHAI_ISSUER})),
    refused("issuer-mismatch", code({1: ISSUER}, OTHER_KEY)),
    refused("issuer-mismatch", code({1: "CN-33-01"})),
    attack=[11, 12],
)
HZ_1 = registry(H, OFFICE)
TOWN = registry(Z, OFFICE, recognises=[recognition(HZ_ROOT)])
world(
    TOPIC,
    "rgp-034",
    "PTH-10",
    "An office that the province and the recognised city list: the anchor's own path is the answer.",
    *gates((ZJ_ROOT, TOWN), others=(HZ_ROOT, HZ_1)),
    valid(OWN),
)
world(
    TOPIC,
    "rgp-035",
    "PTH-10",
    "The same office at a gate that has chosen both: the first by the id of the anchor.",
    *gates((ZJ_ROOT, NEITHER), (HZ_ROOT, HZ_1)),
    valid(OWN),
)
OTHERS = [recognition(HZ_ROOT), recognition(CN_ROOT)]
world(
    TOPIC,
    "rgp-036",
    "PTH-10",
    "The same office by two recognised authorities of one anchor: the first by the id of the authority.",
    *gates((SH_ROOT, registry(S, recognises=OTHERS)), others=(HZ_ROOT, HZ_1, CN_ROOT, registry(CHINA, OFFICE))),
    valid(f"CN-31 CN {ISSUER}"),
)
narrow = registry(Z, issuer(ISSUER, entry(KEY, scope={**FULL, 1: [1]})), recognises=[recognition(HZ_ROOT)])
world(
    TOPIC,
    "rgp-037",
    "PTH-10",
    "Out of scope on the anchor's own path, and good on the other: the code is valid by that one.",
    *gates((ZJ_ROOT, narrow), others=(HZ_ROOT, HZ_1)),
    valid(f"CN-33 CN-33-01 {ISSUER}"),
)
brief = registry(H, OFFICE, exp=AT)
world(
    TOPIC,
    "rgp-038",
    "PTH-10",
    "One of two anchors has expired: a code of the other's depends on its own path alone.",
    *gates((ZJ_ROOT, registry(Z, exp=AT)), (HZ_ROOT, HZ_1)),
    valid(f"CN-33-01 {ISSUER}"),
    attack=[2],
)
world(
    TOPIC,
    "rgp-039",
    "PTH-10",
    "Two paths, of which the first by its id needs a waiver and the other none: the other, waiver or not.",
    *gates((ZJ_ROOT, registry(Z, OFFICE, exp=AT)), (HZ_ROOT, HZ_1)),
    valid(f"CN-33-01 {ISSUER}", waive=["registry-stale"]),
    valid(f"CN-33-01 {ISSUER}"),
)
status = registry(H, issuer(ISSUER, entry(KEY, use=2)))
for identifier, verdict, comment, first, second in [
    ("rgp-040", "out-of-scope", "The edge that got furthest decides. Step 10 on one path, step 8 on the other.",
     registry(Z, issuer(ISSUER, entry(KEY, scope=None))), brief),
    ("rgp-041", "out-of-scope", "Step 9 on one path, step 10 on the other.",
     registry(Z, issuer(ISSUER, entry(KEY, use=2))), registry(H, issuer(ISSUER, entry(KEY, scope=None)))),
    ("rgp-042", "key-not-valid", "Step 9 on one path, step 7 on the other.",
     registry(Z, issuer("CN-33.WJW", entry(KEY))), status),
    ("rgp-043", "key-not-valid", "Step 8 on one path, step 9 on the other.",
     registry(Z, OFFICE, exp=AT), status),
]:  # fmt: skip
    world(
        TOPIC, identifier, "PTH-10 VER-1", comment, *gates((ZJ_ROOT, first), (HZ_ROOT, second)), refused(verdict)
    )
