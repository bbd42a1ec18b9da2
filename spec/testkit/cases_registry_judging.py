"""PTH-8 to PTH-11 of registry.md, and SCP-5: staleness, the state of a key, scopes along a path, and the clock."""

from __future__ import annotations

from typing import Any

from documents import (
    DAY,
    FROM,
    FULL,
    OFFICE,
    REGISTRY_EXP,
    ROOT_EXP,
    SH_1,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_ISSUER,
    SHANGHAI_OFFICE,
    SIGNED,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    Document,
    Map,
    entry,
    issuer,
    recognition,
    registry,
    root,
)
from topic import AT, EXP, IAT, ISSUER, KEY, OTHER_KEY, SECOND_KEY, STATUS, YELLOW, Topic, cnf
from worlds import BY_ZHEJIANG, ROOTED, SHANGHAI_CODE, START, Step, code, pin, refused, update, valid, world

TOPIC = Topic("registry-judging")
Z, S = ZHEJIANG, SHANGHAI
identifier: str
clause: str
comment: str
given: Any
answer: Step
STALE = refused("registry-stale")
WAIVED: dict[str, Any] = {"waive": ["registry-stale"], "waived": ["registry-stale"]}


def store(*issuers: Map, root_: Document = ZJ_ROOT, **options: Any) -> tuple[Step, ...]:
    """Return a store that trusts Zhejiang, whose registry has these issuers."""
    return (pin(root_), update(root_, registry(Z, *issuers, **options)))


def both(
    scope: Map | None = FULL, *, sh: Document = SH_1, sh_root: Document = SH_ROOT, **options: Any
) -> tuple[Step, ...]:
    """Return a store that trusts Zhejiang, which recognises Shanghai within a scope."""
    first = registry(Z, OFFICE, recognises=[recognition(sh_root, scope=scope)], **options)
    told = ["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-31 applied", "3 CN-33 CN-31 applied"]
    return (pin(ZJ_ROOT), update(ZJ_ROOT, first, sh_root, sh, told=told))


# PTH-8: what is stale.
LATE = code({5: REGISTRY_EXP - 60, 4: REGISTRY_EXP + DAY})
for identifier, comment, steps in [
    ("rgj-001", "A second before the registry expires, and then.",
     (*START, valid(text=LATE, at=REGISTRY_EXP - 1), refused("registry-stale", LATE, at=REGISTRY_EXP))),
    ("rgj-002", "The skew is not applied to a registry's end.",
     (*START, refused("registry-stale", LATE, at=REGISTRY_EXP, skew=300))),
    ("rgj-003", "The root expires before the registry: a second before, and then.",
     (*store(OFFICE, root_=root(Z, exp=AT)), valid(at=AT - 1), STALE)),
    ("rgj-004", "Nothing newer came for a year.",
     (*START, refused("registry-stale", code({5: ROOT_EXP - 9, 4: ROOT_EXP + 9}), at=ROOT_EXP))),
    ("rgj-005", "A grace is the caller's own choice, and told with the result.",
     (*store(OFFICE, exp=AT), STALE, valid(**WAIVED))),
    ("rgj-006", "A waiver that was not needed is not told.",
     (*START, valid(waive=["registry-stale", "clock-suspect"]))),
    ("rgj-007", "Another waiver does not help.",
     (*store(OFFICE, exp=AT), refused("registry-stale", waive=["clock-suspect"]))),
    ("rgj-008", "A waiver lets the step pass, and the next ones count: the code has expired.",
     (*START, refused("expired", at=REGISTRY_EXP, waive=["registry-stale"]))),
    ("rgj-009", "A newer registry ends it.",
     (*store(OFFICE, exp=AT), STALE, update(registry(Z, OFFICE, version=3)), valid())),
]:  # fmt: skip
    world(TOPIC, identifier, "PTH-8", comment, *steps, attack=[2])
SHANGHAI_STALE = refused("registry-stale", SHANGHAI_CODE)
SHANGHAI_VALID = valid(BY_ZHEJIANG, SHANGHAI_CODE)
for identifier, comment, steps in [
    ("rgj-010", "The registry of the recognised authority has expired: the anchor's own codes are not touched.",
     (*both(sh=registry(S, SHANGHAI_OFFICE, exp=AT)), SHANGHAI_STALE, valid())),
    ("rgj-011", "The root of the recognised authority has expired.",
     (*both(sh_root=root(S, exp=AT)), SHANGHAI_STALE, valid())),
    ("rgj-012", "The registry of the anchor has expired: it says who is recognised.",
     (*both(exp=AT), SHANGHAI_STALE, STALE)),
    ("rgj-013", "Both have expired: one waiver, told once.",
     (*both(sh=registry(S, SHANGHAI_OFFICE, exp=AT), exp=AT), SHANGHAI_STALE,
      valid(BY_ZHEJIANG, SHANGHAI_CODE, **WAIVED))),
    ("rgj-014", "All are in force.", (*both(), SHANGHAI_VALID, valid())),
]:  # fmt: skip
    world(TOPIC, identifier, "PTH-8", comment, *steps, attack=[2])
dropped = root(Z, 2, registry_keys=(2,))
OPENED = ["0 CN-33 applied epoch-opened"]
for identifier, comment, steps in [
    ("rgj-020", "A root drops the stolen key that signed the registry: that is not usable any more.",
     (*START, valid(), update(dropped, told=OPENED), STALE,
      update(registry(Z, OFFICE, after=ZJ_1, epoch=2, by=[2])), valid())),
    ("rgj-021", "The thief signs on: his key is a stranger's.",
     (*START, update(dropped, told=OPENED), update(registry(Z, OFFICE, after=ZJ_1), told=["0 unknown-signer"]),
      STALE)),
    ("rgj-022", "A root adds a registry key: that is another epoch, and nothing counts before its first registry.",
     (*START, update(root(Z, 2, registry_keys=(1, 2)), told=OPENED), STALE,
      update(registry(Z, OFFICE, after=ZJ_1, epoch=2)), valid())),
    ("rgj-023", "A root raises the threshold to two: another epoch.",
     (*START, update(root(Z, 2, registry_keys=(1, 2), registry_threshold=2), told=OPENED), STALE,
      update(registry(Z, OFFICE, after=ZJ_1, epoch=2), told=["0 CN-33 threshold-not-met"]),
      update(registry(Z, OFFICE, after=ZJ_1, epoch=2, by=[1, 2])), valid())),
    ("rgj-026", "A recognised authority's root drops the key that signed its registry.",
     (*both(), update(root(S, 2, registry_keys=(2,)), told=["0 CN-33 CN-31 applied epoch-opened"]),
      refused("not-recognised", SHANGHAI_CODE), valid())),
    ("rgj-027", "A registry without a signer: no waiver brings it back.",
     (*START, update(dropped, told=OPENED), refused("unknown-key", waive=["registry-stale"]))),
]:  # fmt: skip
    world(TOPIC, identifier, "PTH-2 PTH-5 UPD-7", comment, *steps, attack=[52])
world(
    TOPIC,
    "rgj-030",
    "PTH-8",
    "A store of production, asked as a test.",
    *START,
    refused("wrong-environment", environment="test"),
    valid(environment="production"),
    attack=[19],
)
world(
    TOPIC,
    "rgj-031",
    "PTH-8 VER-1",
    "The environment comes before staleness, after the issuer, and no waiver helps.",
    *store(OFFICE, exp=AT),
    refused("wrong-environment", environment="test"),
    refused("wrong-environment", environment="test", waive=["registry-stale", "clock-suspect"]),
    refused("issuer-mismatch", code({1: "CN-33"}), environment="test"),
    attack=[19],
)

world(
    TOPIC,
    "rgj-032",
    "PTH-8",
    "A revoked key in a store of production, asked as a test: the environment comes first.",
    *store(issuer(ISSUER, entry(KEY, revoked=[AT, 2]))),
    refused("wrong-environment", environment="test"),
    refused("key-revoked"),
    attack=[19, 27],
)

# PTH-9: the key.
keys: list[tuple[str, str, list[int], str, dict[str, Any], str]] = [
    ("rgj-040", "PTH-9 KEY-3", [20], "A key for status lists signs a code.", {"use": 2}, "key-not-valid"),
    ("rgj-041", "PTH-9 KEY-3", [20], "A key for policies signs a code.", {"use": 3}, "key-not-valid"),
    ("rgj-042", "PTH-9 KEY-3", [20], "A key of use 0 signs a code.", {"use": 0}, "key-not-valid"),
    ("rgj-043", "PTH-9 KEY-3", [20], "A key of a use that is not assigned signs a code.",
     {"use": 99}, "key-not-valid"),
    ("rgj-044", "PTH-9", [], "The key begins when the code does.", {"start": IAT}, ""),
    ("rgj-045", "PTH-9", [], "The key begins a second after the code.", {"start": IAT + 1}, "key-not-valid"),
    ("rgj-046", "PTH-9", [], "The key ends a second after the code begins: it is nbf that counts.",
     {"until": IAT + 1}, ""),
    ("rgj-047", "PTH-9", [], "The key ends when the code begins.", {"until": IAT}, "key-not-valid"),
    ("rgj-048", "PTH-9 KEY-5.1", [], "The key is retired a second after the code begins.",
     {"retired": [IAT + 1, 1]}, ""),
    ("rgj-049", "PTH-9 KEY-5.1", [], "The key is retired when the code begins.",
     {"retired": [IAT, 1]}, "key-not-valid"),
    ("rgj-050", "PTH-9 KEY-5.1", [], "The key is retired later today, before the code ends.",
     {"retired": [AT + 9, 1]}, ""),
    ("rgj-051", "PTH-8.2 KEY-5.2", [27], "The key is revoked.", {"revoked": [AT, 2]}, "key-revoked"),
    ("rgj-052", "PTH-8.2 KEY-5.2", [27], "The key is revoked as of next month: that time is for people.",
     {"revoked": [AT + 30 * DAY, 2]}, "key-revoked"),
    ("rgj-053", "PTH-8 KEY-5.3", [27], "The key is retired after the code, and revoked.",
     {"retired": [AT, 1], "revoked": [AT, 4]}, "key-revoked"),
    ("rgj-054", "PTH-8 PTH-9 KEY-5.3", [], "The key was retired before the code, and is revoked: step 8 before 9.",
     {"retired": [FROM, 1], "revoked": [AT, 4]}, "key-revoked"),
    ("rgj-055", "PTH-8 PTH-9", [20], "A revoked key of another use: step 8 before 9.",
     {"use": 2, "revoked": [AT, 2]}, "key-revoked"),
    ("rgj-056", "PTH-9 PTH-10", [20, 21], "A key of another use, without a scope: step 9 before 10.",
     {"use": 2, "scope": None}, "key-not-valid"),
    ("rgj-057", "KEY-4 PTH-8.2", [], "The key is revoked for a reason that is not assigned.",
     {"revoked": [AT, 77]},
     "key-revoked"),
]  # fmt: skip
for identifier, clause, rows, comment, options, verdict in keys:
    answer = refused(verdict) if verdict else valid()
    world(TOPIC, identifier, clause, comment, *store(issuer(ISSUER, entry(KEY, **options))), answer, attack=rows)
world(
    TOPIC,
    "rgj-058",
    "PTH-8 VER-1",
    "A revoked key in a registry that has expired: what is revoked stays so, and a waiver changes nothing.",
    *store(issuer(ISSUER, entry(KEY, revoked=[AT, 2])), exp=AT),
    refused("key-revoked"),
    refused("key-revoked", waive=["registry-stale"]),
    attack=[2, 27],
)
pair = issuer(ISSUER, entry(KEY, revoked=[AT, 2]), entry(SECOND_KEY))
world(
    TOPIC,
    "rgj-059",
    "PTH-8.2 PTH-6",
    "One of two keys of an office is revoked; the other one is good.",
    *store(pair),
    refused("key-revoked"),
    valid(text=code(key=SECOND_KEY)),
)

# PTH-10, SCP-5: the scope of a path.
LIFE = EXP - IAT
bound = code({8: cnf()})
listed = code(health={1: 0, 7: STATUS})
own_scope: list[tuple[str, str, Map | None, Step]] = [
    ("rgj-060", "No scope allows nothing.", None, refused("out-of-scope")),
    ("rgj-061", "An empty scope allows nothing.", {}, refused("out-of-scope")),
    ("rgj-062", "No colors.", {2: DAY, 3: DAY, 4: DAY}, refused("out-of-scope")),
    ("rgj-063", "Yellow and red, for a green code.", {**FULL, 1: [1, 2]}, refused("out-of-scope")),
    ("rgj-064", "Exactly the lifetime.", {1: [0], 2: LIFE, 3: LIFE, 4: LIFE}, valid()),
    ("rgj-065", "A second less than the lifetime.", {**FULL, 2: LIFE - 1}, refused("out-of-scope")),
    ("rgj-066", "No bearer codes, for one.", {**FULL, 3: 0}, refused("out-of-scope")),
    ("rgj-067", "No codes without status, for one.", {**FULL, 4: 0}, refused("out-of-scope")),
    ("rgj-068", "No bearer codes, for one with a device key.", {1: [0], 2: LIFE, 4: LIFE},
     refused("presentation-required", bound)),
    ("rgj-069", "No codes without status, for one with a status.", {1: [0], 2: LIFE, 3: LIFE},
     refused("status-unknown", listed)),
]  # fmt: skip
for identifier, comment, scope, answer in own_scope:
    steps = (*store(issuer(ISSUER, entry(KEY, scope=scope))), answer)
    world(TOPIC, identifier, "PTH-10 SCP-1 SCP-2 SCP-3 SCP-4", comment, *steps, attack=[21])
out = refused("out-of-scope", SHANGHAI_CODE)
along: list[tuple[str, str, Map | None, Map | None, Step]] = [
    ("rgj-070", "The recognition has no scope: it allows nothing.", FULL, None, out),
    ("rgj-071", "The recognition's scope is empty.", FULL, {}, out),
    ("rgj-072", "The entry has no scope, and the recognition has one.", None, FULL, out),
    ("rgj-073", "Green by the entry, yellow and red by the recognition.",
     {**FULL, 1: [0]}, {**FULL, 1: [1, 2]}, out),
    ("rgj-074", "Green and yellow by one, green and red by the other.", {**FULL, 1: [0, 1]}, {**FULL, 1: [0, 2]},
     SHANGHAI_VALID),
    ("rgj-075", "A lifetime that the recognition cuts.", FULL, {**FULL, 2: LIFE - 1}, out),
    ("rgj-076", "A lifetime that the entry cuts, and the recognition does not.", {**FULL, 2: LIFE - 1}, FULL, out),
    ("rgj-077", "Exactly the lifetime by the recognition.",
     FULL, {1: [0], 2: LIFE, 3: LIFE, 4: LIFE}, SHANGHAI_VALID),
    ("rgj-078", "No bearer codes by the recognition.", FULL, {**FULL, 3: 0}, out),
    ("rgj-079", "No bearer codes by the recognition, which does not name them.",
     FULL, {1: [0], 2: DAY, 4: DAY}, out),
    ("rgj-080", "No codes without status by the recognition.", FULL, {**FULL, 4: 0}, out),
]  # fmt: skip
for identifier, comment, first, second, answer in along:
    office = issuer(SHANGHAI_ISSUER, entry(OTHER_KEY, scope=first))
    steps = (*both(second, sh=registry(S, office)), answer, valid())
    world(TOPIC, identifier, "PTH-10 SCP-5", comment, *steps, attack=[12, 21])
yellow = code({1: SHANGHAI_ISSUER}, OTHER_KEY, health=YELLOW)
world(
    TOPIC,
    "rgj-081",
    "PTH-10 SCP-5",
    "Green alone is recognised: yellow is out of scope there, and at home it is not.",
    *both({**FULL, 1: [0]}),
    SHANGHAI_VALID,
    refused("out-of-scope", yellow),
    valid(text=code(health=YELLOW)),
    attack=[21],
)

# PTH-11: the clock.
EARLY = code({5: SIGNED - 400, 4: SIGNED + DAY})
expiring = root(Z, exp=AT)
AHEAD = (pin(expiring), update(expiring, registry(Z, OFFICE, iat=AT + 900), at=AT + 900))
clocks: list[tuple[str, str, list[int], str, tuple[Step, ...]]] = [
    ("rgj-090", "PTH-11", [22], "The clock is at the newest signed time, less the skew; and a second before.",
     (*START, valid(text=EARLY, at=SIGNED - 60), refused("clock-suspect", EARLY, at=SIGNED - 61))),
    ("rgj-091", "PTH-11", [22], "The greatest skew, and none.",
     (*START, valid(text=EARLY, at=SIGNED - 300, skew=300),
      refused("clock-suspect", EARLY, at=SIGNED - 301, skew=300),
      valid(text=EARLY, at=SIGNED, skew=0), refused("clock-suspect", EARLY, at=SIGNED - 1, skew=0))),
    ("rgj-092", "PTH-11", [22], "A clock that was set back, so that an expired code is good again.",
     (*START, update(registry(Z, OFFICE, after=ZJ_1, iat=EXP), at=EXP), refused("expired", at=EXP),
      refused("clock-suspect", at=EXP - 61))),
    ("rgj-093", "PTH-11", [22], "The same, where the caller waives it: told with the result.",
     (*START, update(registry(Z, OFFICE, after=ZJ_1, iat=EXP), at=EXP),
      valid(at=EXP - 61, waive=["clock-suspect"], waived=["clock-suspect"]))),
    ("rgj-094", "PTH-11 UPD-12", [25], "Documents dated a day ahead move the floor no further than the clock.",
     (*START, update(root(Z, 2, iat=AT + DAY), registry(Z, OFFICE, after=ZJ_1, iat=AT + DAY)), valid(),
      refused("clock-suspect", at=AT - 61))),
    ("rgj-095", "PTH-11 UPD-12", [22], "The floor is the time at which the newest document was taken.",
     (*START, update(registry(Z, OFFICE, after=ZJ_1, iat=AT + 900), at=AT + 300), valid(at=AT + 240),
      refused("clock-suspect", at=AT + 239))),
    ("rgj-096", "PTH-11", [25], "A recognised authority does not move the floor.",
     (*both(sh=registry(S, SHANGHAI_OFFICE, iat=AT), sh_root=root(S, iat=AT)),
      refused("not-yet-valid", code({5: AT - 400, 4: EXP}), at=AT - 900))),
    ("rgj-097", "PTH-11", [22], "Another anchor moves it: all that the verifier has chosen counts.",
     (*START, pin(SH_ROOT), update(SH_ROOT, registry(S, SHANGHAI_OFFICE, iat=AT + 900), at=AT + 900),
      refused("clock-suspect"))),
    ("rgj-103", "PTH-11", [22], "Another anchor that has a root and no registry yet moves it too.",
     (*START, pin(late := root(S, iat=AT + 900)), update(late, at=AT + 900), refused("clock-suspect", at=AT + 839),
      valid(at=AT + 840))),
    ("rgj-104", "PTH-11 UPD-12 UPD-6", [22],
     "An anchor whose pin is not on its chain moves no floor, until its root has come.",
     (*START, pin(SH_ROOT), update(SH_ROOT, registry(S, SHANGHAI_OFFICE, iat=AT + 900), at=AT + 900),
      refused("clock-suspect"), pin(awaited := root(S, 9, keys=(7, 8, 9))), valid(),
      update(awaited), refused("clock-suspect"))),
    ("rgj-105", "PTH-11 UPD-12", [22, 52], "A registry that is not usable any more moves no floor.",
     (*ROOTED, update(registry(Z, OFFICE, iat=AT + 900), at=AT + 900), refused("clock-suspect"),
      update(root(Z, 2, registry_keys=(2,)), registry(Z, OFFICE, epoch=2, by=[2]),
             told=["0 CN-33 applied epoch-opened", "1 CN-33 applied"]), valid())),
    ("rgj-106", "PTH-11 UPD-12", [25],
     "An authority's signing clock is 8 hours ahead: the floor is the time of its taking.",
     (pin(ZJ_ROOT), update(ZJ_ROOT, registry(Z, OFFICE, iat=AT + 28_800)), valid(),
      refused("clock-suspect", at=AT - 61))),
    ("rgj-098", "PTH-11", [2, 22], "A registry that has expired is still a signed time.",
     (*ROOTED, update(registry(Z, OFFICE, iat=AT + 900, exp=AT + 901), at=AT + 900),
      refused("clock-suspect", at=AT + 839),
      refused("registry-stale", code({4: EXP}), at=AT + 901), valid(at=AT + 901, **WAIVED))),
    ("rgj-099", "PTH-11 PTH-10 VER-1", [], "A suspect clock and no scope: step 10 before 11.",
     (*ROOTED, update(registry(Z, issuer(ISSUER, entry(KEY, scope=None)), iat=AT + 900), at=AT + 900),
      refused("out-of-scope"))),
    ("rgj-100", "PTH-11 VER-1", [], "A suspect clock and a code that is not yet valid: step 11 before 12.",
     (*ROOTED, update(registry(Z, OFFICE, iat=AT + 900), at=AT + 900),
      refused("clock-suspect", code({5: AT + 500, 4: EXP})))),
    ("rgj-101", "PTH-8 PTH-11", [], "Two waivers, both needed.",
     (*AHEAD, refused("registry-stale"), refused("clock-suspect", waive=["registry-stale"]),
      valid(waive=["clock-suspect", "registry-stale"], waived=["clock-suspect", "registry-stale"]))),
]  # fmt: skip
for identifier, clause, rows, comment, steps in clocks:
    world(TOPIC, identifier, clause, comment, *steps, attack=rows)
dawn = issuer(ISSUER, entry(KEY, start=0))
world(
    TOPIC,
    "rgj-102",
    "PTH-8 PTH-11",
    "All of it in the first second of 1970: no time is too early for what is stale, or for the clock floor.",
    *store(dawn, root_=root(Z, iat=0), iat=0),
    valid(text=code({5: 0, 4: DAY}), at=0, skew=0),
    update(root(Z, 2, iat=0, registry_keys=(2,)), told=OPENED, at=0),
    refused("registry-stale", code({5: 0, 4: DAY}), at=0, skew=0),
)
everything = ["registry-stale", "clock-suspect", "status-unknown", "presentation-required"]
full = code({8: cnf()}, health={1: 0, 7: STATUS})
world(
    TOPIC,
    "rgj-110",
    "PTH-12 PTH-8 PTH-11",
    "All four waivers, all needed.",
    *AHEAD,
    valid(text=full, waive=everything, waived=everything),
)
world(
    TOPIC,
    "rgj-111",
    "PTH-9 PTH-10",
    "All four waivers widen no scope and make no key good.",
    *store(issuer(ISSUER, entry(KEY, scope={**FULL, 1: [2]}), entry(SECOND_KEY, until=IAT))),
    refused("out-of-scope", waive=everything),
    refused("key-not-valid", code(key=SECOND_KEY), waive=everything),
    attack=[21],
)
world(
    TOPIC,
    "rgj-112",
    "PTH-8 PTH-11",
    "The steps after the registry are those of every code: not yet valid, expired, status, presentation.",
    *START,
    refused("not-yet-valid", code({5: AT + 61, 4: EXP})),
    valid(text=code({5: AT + 60, 4: EXP})),
    refused("expired", at=EXP),
    refused("status-unknown", listed),
    refused("presentation-required", bound),
)
