"""PTH-1 to PTH-6 and PTH-13 of registry.md: which paths there are, and what is said where there is none."""

from __future__ import annotations

from typing import Any

from documents import (
    CHINA,
    DAY,
    FROM,
    HANGZHOU,
    JIANGSU,
    OFFICE,
    REGISTRY_EXP,
    SH_1,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_ISSUER,
    SHANGHAI_OFFICE,
    UNTIL,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    Authority,
    entry,
    issuer,
    recognition,
    registry,
    root,
)
from ed25519 import TORSION, compress
from encode import seal, thumbprint
from topic import AT, ISSUER, KEY, OTHER_KEY, UNLISTED_KEY, Topic, claims, green
from worlds import (
    BY_ZHEJIANG,
    SHANGHAI_CODE,
    START,
    code,
    gates,
    pin,
    refused,
    update,
    valid,
    world,
)

TOPIC = Topic("registry-paths")
Z, S, J, H = ZHEJIANG, SHANGHAI, JIANGSU, HANGZHOU
JS_ROOT, HZ_ROOT, CN_ROOT = root(J), root(H), root(CHINA)
BOTH = registry(Z, OFFICE, recognises=[recognition(SH_ROOT)])
SHANGHAI_VALID = valid(BY_ZHEJIANG, SHANGHAI_CODE)
PINS = (pin(ZJ_ROOT), pin(SH_ROOT))
identifier: str
clause: str
comment: str
told: Any


HOME = gates((ZJ_ROOT, BOTH), others=(SH_ROOT, SH_1))

# PTH-1, PTH-2: recognised or not.
world(TOPIC, "rgp-001", "PTH-1 PTH-13", "A code of a recognised authority.", *HOME, SHANGHAI_VALID)
world(
    TOPIC,
    "rgp-002",
    "PTH-1 REG-5",
    "Zhejiang recognises Shanghai, and not the other way round: at a gate of Shanghai its codes are unknown.",
    *gates((SH_ROOT, SH_1)),
    update(ZJ_ROOT, BOTH, told=["0 unknown-signer", "1 unknown-signer"]),
    refused("unknown-key"),
    valid(f"CN-31 {SHANGHAI_ISSUER}", SHANGHAI_CODE),
    attack=[13],
)
NEITHER = registry(Z, OFFICE)
world(
    TOPIC,
    "rgp-003",
    "PTH-1 PTH-5",
    "Neither recognises the other.",
    *gates((ZJ_ROOT, NEITHER)),
    update(SH_ROOT, SH_1, told=["0 unknown-signer", "1 unknown-signer"]),
    refused("unknown-key", SHANGHAI_CODE),
)
MUTUAL = registry(S, SHANGHAI_OFFICE, recognises=[recognition(ZJ_ROOT)])
world(
    TOPIC,
    "rgp-004",
    "PTH-1 REG-5",
    "Each recognises the other: a circle, which makes no longer path.",
    *gates((ZJ_ROOT, BOTH), others=(SH_ROOT, MUTUAL)),
    valid(),
    SHANGHAI_VALID,
    attack=[13],
)
world(
    TOPIC,
    "rgp-005",
    "PTH-1 PTH-12",
    "The circle at a gate that has chosen both: each anchor's own path comes first.",
    *PINS,
    update(ZJ_ROOT, BOTH, SH_ROOT, MUTUAL,
           told=["0 CN-31 CN-33 applied", "0 CN-33 applied", "1 CN-31 CN-33 applied", "1 CN-33 applied",
                 "2 CN-31 applied", "2 CN-33 CN-31 applied", "3 CN-31 applied", "3 CN-33 CN-31 applied"]),
    valid(),
    valid(f"CN-31 {SHANGHAI_ISSUER}", SHANGHAI_CODE),
    attack=[13],
)  # fmt: skip
for identifier, attack, comment, start, until, answer in [
    ("rgp-010", [], "A recognition that begins now.", AT, UNTIL, SHANGHAI_VALID),
    ("rgp-011", [], "A recognition that begins in a second.", AT + 1, UNTIL, None),
    ("rgp-012", [14], "A recognition that ends in a second.", FROM, AT + 1, SHANGHAI_VALID),
    ("rgp-013", [14], "A recognition that ends now.", FROM, AT, None),
    ("rgp-014", [14], "A recognition that ended long ago.", FROM, FROM + DAY, None),
]:
    dated = registry(Z, OFFICE, recognises=[recognition(SH_ROOT, start=start, until=until)])
    steps = (*gates((ZJ_ROOT, dated), others=(SH_ROOT, SH_1)), answer or refused("not-recognised", SHANGHAI_CODE))
    world(TOPIC, identifier, "PTH-2 PTH-5", comment, *steps, valid(), attack=attack)
world(
    TOPIC,
    "rgp-015",
    "PTH-2 PTH-5",
    "A recognition ends while a gate is offline. The skew is not applied to it.",
    *gates((ZJ_ROOT, registry(Z, recognises=[recognition(SH_ROOT, until=AT + 100)])), others=(SH_ROOT, SH_1)),
    valid(BY_ZHEJIANG, SHANGHAI_CODE, at=AT + 99),
    refused("not-recognised", SHANGHAI_CODE, at=AT + 100, skew=300),
    attack=[14],
)
world(
    TOPIC,
    "rgp-016",
    "PTH-2 PTH-5",
    "A recognition is taken back.",
    *HOME,
    update(registry(Z, OFFICE, after=BOTH)),
    refused("not-recognised", SHANGHAI_CODE),
    valid(),
    attack=[14],
)
SH_2ND = root(S, 2, registry_keys=(2,))
world(
    TOPIC,
    "rgp-017",
    "PTH-2 UPD-5",
    "The recognised authority went on to another root: the one that the recognition names is on its chain.",
    *HOME,
    update(SH_2ND, registry(S, SHANGHAI_OFFICE, after=SH_1, epoch=2, by=[2]),
           told=["0 CN-33 CN-31 applied epoch-opened", "1 CN-33 CN-31 applied"]),
    SHANGHAI_VALID,
    attack=[28],
)  # fmt: skip
world(
    TOPIC,
    "rgp-018",
    "PTH-2 PTH-5",
    "A recognition of an authority that has no registry here.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, BOTH, SH_ROOT, told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-31 applied"]),
    refused("unknown-key", SHANGHAI_CODE),
)
wrong_version = recognition(SH_ROOT, changes={2: 2})
wrong_hash = recognition(root(S, claims={32: 0}))
for identifier, comment, changed in [
    ("rgp-019", "The hash of a root of the chain, under another version.", wrong_version),
    ("rgp-062", "The version of a root of the chain, with another hash.", wrong_hash),
]:
    steps = (*HOME, SHANGHAI_VALID, update(registry(Z, OFFICE, after=BOTH, recognises=[changed])))
    world(TOPIC, identifier, "PTH-2", comment, *steps, refused("not-recognised", SHANGHAI_CODE), attack=[28])
JS_1 = registry(J, issuer("CN-32.WJW", entry(UNLISTED_KEY)))
JS_CODE = code({1: "CN-32.WJW"}, UNLISTED_KEY)
ON = registry(S, SHANGHAI_OFFICE, recognises=[recognition(JS_ROOT)])
world(
    TOPIC,
    "rgp-020",
    "PTH-1 REG-5",
    "Zhejiang recognises Shanghai, and Shanghai Jiangsu: that gives Zhejiang nothing of Jiangsu.",
    *gates((ZJ_ROOT, BOTH), others=(SH_ROOT, ON)),
    update(JS_ROOT, JS_1, told=["0 unknown-signer", "1 unknown-signer"]),
    refused("unknown-key", JS_CODE),
    SHANGHAI_VALID,
    attack=[13],
)
world(
    TOPIC,
    "rgp-021",
    "PTH-1 REG-5",
    "The same gate has chosen Shanghai too: then what Shanghai recognises counts.",
    *gates((ZJ_ROOT, BOTH), (SH_ROOT, ON), others=(JS_ROOT, JS_1))[:2],
    update(ZJ_ROOT, BOTH, SH_ROOT, ON, JS_ROOT, JS_1,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-31 applied", "2 CN-33 CN-31 applied",
                 "3 CN-31 applied", "3 CN-33 CN-31 applied", "4 CN-31 CN-32 applied", "5 CN-31 CN-32 applied"]),
    valid("CN-31 CN-32 CN-32.WJW", JS_CODE),
    attack=[13],
)  # fmt: skip

# PTH-5 and PTH-6
world(
    TOPIC,
    "rgp-050",
    "PTH-5",
    "A key that nobody lists, while all is fresh.",
    *HOME,
    refused("unknown-key", JS_CODE),
)
world(
    TOPIC,
    "rgp-051",
    "PTH-5",
    "A key that nobody lists, while the anchor's registry has expired: what is newer may list it.",
    *HOME,
    refused("registry-stale", JS_CODE, at=REGISTRY_EXP),
    refused("unknown-key", JS_CODE, at=REGISTRY_EXP - 1),
    refused("unknown-key", JS_CODE, at=REGISTRY_EXP, waive=["registry-stale"]),
    attack=[2],
)
world(
    TOPIC,
    "rgp-052",
    "PTH-5",
    "A key that nobody lists, while a recognised authority's registry alone has expired.",
    *gates((ZJ_ROOT, BOTH), others=(SH_ROOT, registry(S, SHANGHAI_OFFICE, exp=AT))),
    refused("unknown-key", JS_CODE),
    attack=[2],
)
world(
    TOPIC,
    "rgp-053",
    "PTH-5",
    "A key that nobody lists, while one of two anchors has no registry.",
    *START,
    pin(SH_ROOT),
    update(SH_ROOT),
    refused("registry-stale", JS_CODE),
    valid(),
)
world(
    TOPIC,
    "rgp-063",
    "PTH-5",
    "A key that nobody lists, while the second of two anchors has expired.",
    *gates((SH_ROOT, SH_1), (ZJ_ROOT, registry(Z, exp=AT))),
    refused("registry-stale", JS_CODE),
    refused("unknown-key", JS_CODE, at=AT - 1),
    attack=[2],
)
world(
    TOPIC,
    "rgp-064",
    "PTH-5",
    "A key that nobody lists, while the second of two anchors has no registry.",
    *PINS,
    update(SH_ROOT, SH_1, ZJ_ROOT),
    refused("registry-stale", JS_CODE),
)
world(
    TOPIC,
    "rgp-065",
    "PTH-5",
    "A key that nobody lists, while the second of two anchors has no root.",
    *PINS,
    update(SH_ROOT, SH_1),
    refused("registry-stale", JS_CODE),
)
world(
    TOPIC,
    "rgp-054",
    "PTH-5",
    "A key whose recognition has ended, while the anchor's registry has expired: it is known, and not recognised.",
    *gates((ZJ_ROOT, registry(Z, OFFICE, recognises=[recognition(SH_ROOT, until=AT)], exp=AT)),
           others=(SH_ROOT, SH_1)),
    refused("not-recognised", SHANGHAI_CODE),
    refused("not-recognised", SHANGHAI_CODE, waive=["registry-stale"]),
)  # fmt: skip
world(TOPIC, "rgp-055", "PTH-5", "A store without anchors.", refused("unknown-key"))
world(
    TOPIC,
    "rgp-056",
    "PTH-5",
    "A key that an earlier registry listed, and the present one does not.",
    *START,
    update(registry(Z, after=ZJ_1)),
    refused("unknown-key"),
)
weak = compress(TORSION[0])
weak_office = issuer(SHANGHAI_ISSUER, entry(weak))
weak_code = seal(claims({1: SHANGHAI_ISSUER}), OTHER_KEY, kid=thumbprint(weak)[:8]).text
world(
    TOPIC,
    "rgp-066",
    "PTH-5 KEY-2",
    "A recognition has ended, and a weak key stands in the registry there: a dropped entry lists nothing.",
    *gates((ZJ_ROOT, registry(Z, OFFICE, recognises=[recognition(SH_ROOT, until=AT)])),
           others=(SH_ROOT, registry(S, SHANGHAI_OFFICE, weak_office | {1: "CN-31.ZZZ"}))),
    refused("unknown-key", weak_code),
    refused("not-recognised", SHANGHAI_CODE),
    attack=[16],
)  # fmt: skip
world(
    TOPIC,
    "rgp-067",
    "PTH-5 KEY-2",
    "The anchor lists a weak key of its own office: it is no edge, and its kid is unknown.",
    *gates((ZJ_ROOT, registry(Z, OFFICE, issuer("CN-33.ZZZ", entry(weak))))),
    refused("unknown-key", seal(claims({1: "CN-33.ZZZ"}), KEY, kid=thumbprint(weak)[:8]).text),
    valid(),
    attack=[16],
)
forged = seal(claims(), KEY, sign=lambda *_: bytes(64)).text
world(
    TOPIC,
    "rgp-057",
    "PTH-6 VER-1",
    "A listed kid and a bad signature: step 4 comes before all that depends on the edge.",
    *gates((ZJ_ROOT, registry(Z, OFFICE, exp=AT))),
    refused("bad-signature", forged),
    refused("bad-signature", forged, environment="test"),
)
world(
    TOPIC,
    "rgp-058",
    "PTH-5 VER-1",
    "A key that is not recognised, and a bad signature.",
    *HOME,
    update(registry(Z, OFFICE, after=BOTH)),
    refused("not-recognised", seal(claims({1: SHANGHAI_ISSUER}), OTHER_KEY, sign=lambda *_: bytes(64)).text),
)
world(
    TOPIC,
    "rgp-059",
    "PTH-6 PTH-7 VER-1",
    "Steps 5 and 6 depend on no edge: claims that are missing, before another issuer's name.",
    *HOME,
    refused("malformed-claims", code({1: "CN-31.WJW"}, drop=[7])),
    refused("unsupported-claim", seal(green({1: 3}) | {1: "CN-31.WJW"}, KEY).text),
    refused("malformed-payload", seal(b"\xff" * 24, KEY).text),
)
US, US_LONG = Authority("US-33"), Authority("US-330")
us_root, long_root = root(US), root(US_LONG)
world(
    TOPIC,
    "rgp-060",
    "RGN-2 PTH-1",
    "Recognising US-33 is recognising nothing of US-330.",
    *gates((ZJ_ROOT, registry(Z, recognises=[recognition(us_root)])), others=(us_root, registry(US))),
    update(
        long_root, registry(US_LONG, issuer("US-330.A", entry(KEY))), told=["0 unknown-signer", "1 unknown-signer"]
    ),
    refused("unknown-key", code({1: "US-330.A"})),
    attack=[12],
)
world(
    TOPIC,
    "rgp-061",
    "PTH-1 PTH-7",
    "A registry is data, and so is a code: the address of a key or a registry in neither is ever asked.",
    *gates((ZJ_ROOT, registry(Z, issuer(ISSUER, entry(KEY), changes={32: "https://keys.example.cn"})))),
    valid(),
    refused("unknown-key", code(key=UNLISTED_KEY, health={1: 0, 33: "https://keys.example.cn"})),
    attack=[17],
)
