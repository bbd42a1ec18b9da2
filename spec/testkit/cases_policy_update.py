"""Sections 2 and 3 of decision.md: POL-1, POL-2, POL-6, POL-7: what a store takes, and what is in force of it."""

from __future__ import annotations

from typing import Any

from documents import (
    CHINA,
    DAY,
    JIANGSU,
    REGISTRY_EXP,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_ISSUER,
    ZHEJIANG,
    Hand,
    named,
    recognition,
    registry,
    root,
)
from lists import office, status_entry, status_list
from policies import (
    LISTING,
    NEXT_POLICY_KEY,
    NONE,
    OPEN,
    POLICY,
    POLICY_KEY,
    RISK_MAP,
    ZJ_DECIDING,
    deciding,
    in_force,
    policy,
    policy_entry,
    risk_map,
)
from topic import AT, IAT, ISSUER, KEY, OTHER_KEY, Topic
from worlds import LEAN, LEAN_ROOT, RESTART, Step, mistaken, pin, sources, update, valid, world

ENVELOPE = Topic("policy-envelope")
TOPIC = Topic("policy-update")
FORCE = Topic("policy-force")
P, MAP = policy(), risk_map()
UNKNOWN = "0 unknown-signer"
FORGED = Hand(POLICY_KEY, signature=bytes(64))
steps: tuple[Step, ...]
what: Any
told: str
attack: list[int]


def of(outcome: str) -> str:
    """Return what an update says of one document that concerns the anchor's own state."""
    return f"0 CN-33 {outcome}"


# The envelope: two kinds more, of one signature.
PADDED = 65_536 - len(policy(content={32: bytes(60_000)}).data) + 60_000
for identifier, clause, comment, what, told, attack in [
    ("poe-001", "POL-1", "A policy with two signatures.", policy(by=[POLICY_KEY, NEXT_POLICY_KEY]),
     "0 malformed-envelope", [9]),
    ("poe-002", "POL-1", "A map with two signatures.", risk_map(by=[POLICY_KEY, NEXT_POLICY_KEY]),
     "0 malformed-envelope", [9]),
    ("poe-003", "DOC-1 DOC-2", "A policy without a signature.", policy(by=[]), "0 malformed-envelope", []),
    ("poe-004", "DOC-1 POL-3", "A policy of 65,536 bytes.", policy(content={32: bytes(PADDED)}),
     of("applied"), [6]),
    ("poe-005", "DOC-1", "A policy of 65,537 bytes.", policy(content={32: bytes(PADDED + 1)}), "0 too-large", [6]),
    ("poe-006", "DOC-2", "A payload of 23 bytes.", policy(payload=bytes(23)), "0 malformed-envelope", []),
    ("poe-007", "DOC-7 POL-6.3", "A payload that is no CBOR.", policy(payload=bytes(24)),
     of("malformed-payload"), [33]),
    ("poe-008", "DOC-4 POL-6.1", "A map that was signed as a policy.", risk_map(aad=POLICY),
     of("bad-signature"), [37]),
    ("poe-009", "DOC-4 POL-6.1", "A policy that was signed as a map, with this in its header.",
     policy(aad=RISK_MAP), of("bad-signature"), [37]),
    ("poe-010", "POL-3 POL-6.3", "The content of a map, signed as a policy.", risk_map(typ=POLICY),
     of("malformed-document"), [37]),
    ("poe-011", "MAP-1 POL-6.3", "The content of a policy, signed as a map.", policy(typ=RISK_MAP),
     of("malformed-document"), [37]),
    ("poe-012", "DOC-7 POL-6.3", "Nine arrays and maps are open at once, in what is to be ignored.",
     policy(content={32: [[[[[[[0]]]]]]]}), of("malformed-payload"), [34]),
    ("poe-013", "DOC-7 POL-6.3", "Eight arrays and maps are open at once, in what is to be ignored.",
     policy(content={32: [[[[[[0]]]]]]}), of("applied"), [34]),
    ("poe-014", "DOC-1", "The typ of a policy in capitals is another.", policy(typ=POLICY.upper()),
     "0 unsupported-kind", []),
]:  # fmt: skip
    after = [NONE] if told != of("applied") else [in_force(IAT)]
    world(ENVELOPE, identifier, clause, comment, *OPEN, update(what, told=[told]), *after, attack=attack)
world(
    ENVELOPE,
    "poe-020",
    "POL-2 POL-6 POL-7",
    "A policy and the map that it names, layer by layer.",
    *LEAN,
    update(ZJ_DECIDING),
    update(policy(content={6: [ISSUER]}), MAP),
    in_force(IAT, (ISSUER, IAT, "CN-33")),
    layered=True,
)

# POL-6: whom it concerns, and who has signed.
other_use = registry(ZHEJIANG, deciding(policy_entry(use=2), policy_entry(NEXT_POLICY_KEY, use=4)))
weak = (1).to_bytes(32, "little")
for identifier, clause, comment, steps, what, told, attack in [
    ("pou-001", "POL-6", "A key that nobody lists.", OPEN, policy(by=named("policy of nobody")), UNKNOWN, [18]),
    ("pou-002", "POL-6", "The key with which the office signs credentials.", OPEN, policy(by=KEY), UNKNOWN, [20]),
    ("pou-003", "POL-6", "A key of use 2.", (*LEAN, update(other_use)), P, UNKNOWN, [20]),
    ("pou-004", "POL-6", "A key of a use that nobody knows.", (*LEAN, update(other_use)),
     policy(by=NEXT_POLICY_KEY), UNKNOWN, [20]),
    ("pou-005", "POL-6", "A key of the registry itself.", OPEN, policy(by=ZHEJIANG.registry_key(1)),
     UNKNOWN, [20]),
    ("pou-006", "POL-6", "The state has no usable registry.", LEAN, P, UNKNOWN, []),
    ("pou-007", "POL-6.1", "A signature of zeros, with the kid of the office's key.", OPEN, policy(by=[FORGED]),
     of("bad-signature"), [36]),
    ("pou-008", "POL-6.1", "Another key's signature, with the kid of the office's key.", OPEN,
     policy(by=[Hand(KEY, kid=POLICY_KEY.kid)]), of("bad-signature"), [10]),
    ("pou-009", "POL-6.4", "It is of another office.", OPEN, policy(office="CN-33-02.WJW"),
     of("wrong-authority"), [3]),
    ("pou-010", "POL-6.4", "A map is of another office.", OPEN, risk_map(office="CN-33-02.WJW"),
     of("wrong-authority"), [3]),
    ("pou-011", "POL-6.5", "It is of a test environment.", OPEN, policy(environment="test"),
     of("wrong-environment"), [19]),
    ("pou-012", "POL-6.6", "It is dated a day ahead.", OPEN, policy(iat=AT + DAY), of("applied"), [25]),
    ("pou-013", "POL-6.6", "It is dated a day and a second ahead.", OPEN, policy(iat=AT + DAY + 1),
     of("dated-ahead"), [25]),
    ("pou-014", "POL-6", "It has expired: it is taken, and nothing is in force.", OPEN, policy(exp=IAT + 1),
     of("applied"), [2]),
    ("pou-015", "POL-6.1 POL-6.3", "A bad signature comes before a payload that is none.", OPEN,
     policy(payload=bytes(24), by=[FORGED]), of("bad-signature"), []),
    ("pou-016", "POL-6.3 POL-6.4", "A fault of the content comes before another office.", OPEN,
     policy(office="CN-33-02.WJW", content={2: 841}), of("malformed-document"), []),
    ("pou-017", "POL-6.4 POL-6.5", "Another office comes before another environment.", OPEN,
     policy(office="CN-33-02.WJW", environment="test"), of("wrong-authority"), []),
    ("pou-018", "POL-6.5 POL-6.6", "Another environment comes before the date.", OPEN,
     policy(environment="test", iat=AT + 9 * DAY), of("wrong-environment"), []),
]:  # fmt: skip
    after = [in_force(AT + DAY, at=AT + DAY)] if identifier == "pou-012" else [NONE]
    world(TOPIC, identifier, clause, comment, *steps, update(what, told=[told]), *after, attack=attack)
REVOKING = registry(ZHEJIANG, deciding(policy_entry(revoked=[AT, 2])))
for identifier, comment, what, told in [
    ("pou-020", "The key is revoked.", P, UNKNOWN.replace("0 ", "0 CN-33 ")),
    ("pou-021", "The key is revoked, and the signature is bad.", policy(by=[FORGED]), of("bad-signature")),
    ("pou-022", "The key is revoked, and the payload is none.", policy(payload=bytes(24)), of("unknown-signer")),
]:
    steps = (*LEAN, update(REVOKING), update(what, told=[told]), NONE)
    world(TOPIC, identifier, "POL-6.1 POL-6.2", comment, *steps, attack=[27])

# POL-6.7 and 6.8: what is held.
NEWER, OLDER = policy(iat=IAT + 60), policy(iat=IAT - 60)
SAME = policy({1: "all", 2: {}, 3: 0})
PAIR = registry(ZHEJIANG, deciding(policy_entry(), policy_entry(NEXT_POLICY_KEY)))
for identifier, clause, comment, attack, steps in [
    ("pou-030", "POL-6", "The same policy again.", [],
     (*OPEN, update(P), update(P, told=[of("unchanged")]), in_force(IAT))),
    ("pou-031", "POL-6 POL-7.4", "A newer policy takes the place of the one that is held.", [],
     (*OPEN, update(P), in_force(IAT), update(NEWER), in_force(IAT + 60))),
    ("pou-032", "POL-6.7", "An older policy.", [1],
     (*OPEN, update(P), update(OLDER, told=[of("rollback")]), in_force(IAT))),
    ("pou-033", "POL-6.7", "An older policy, after the newer one has expired.", [1, 2],
     (*OPEN, update(policy(exp=AT)), NONE, update(OLDER, told=[of("rollback")]), NONE)),
    ("pou-034", "POL-6.8", "Two policies of one time: the second is refused.", [26],
     (*OPEN, update(P), update(SAME, told=[of("equivocation")]), in_force(IAT))),
    ("pou-035", "POL-6.7", "The newest is in the middle of a bundle: each is judged when its turn comes.", [1],
     (*OPEN, update(OLDER, NEWER, P, told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 rollback"]),
      in_force(IAT + 60))),
    ("pou-036", "POL-6.7", "An older map of the key of a newer policy: they are of two kinds.", [],
     (*OPEN, update(NEWER), update(MAP), in_force(IAT + 60))),
    ("pou-037", "POL-6.7 POL-7.4", "An older policy of the office's next key: they stand side by side.", [1],
     (*LEAN, update(PAIR), update(NEWER), update(policy(by=NEXT_POLICY_KEY)), in_force(IAT + 60))),
    ("pou-038", "POL-7.4", "A newer policy of the office's next key.", [],
     (*LEAN, update(PAIR), update(P), update(policy(by=NEXT_POLICY_KEY, iat=IAT + 60)), in_force(IAT + 60))),
    ("pou-039", "POL-7.4", "Two policies of one time, of two keys: neither is in force.", [26],
     (*LEAN, update(PAIR), update(P), update(policy(by=NEXT_POLICY_KEY)), NONE)),
    ("pou-040", "POL-7.4", "Two policies of one time, of two keys, and a newer one.", [26],
     (*LEAN, update(PAIR), update(P, policy(by=NEXT_POLICY_KEY)), NONE, update(NEWER), in_force(IAT + 60))),
    ("pou-041", "POL-6.7", "An older policy, after the store was read again.", [1, 23],
     (*OPEN, update(P), RESTART, in_force(IAT), update(OLDER, told=[of("rollback")]),
      update(P, told=[of("unchanged")]), in_force(IAT))),
    ("pou-042", "POL-6 UPD-2", "A policy before the registry that lists its key, in one bundle.", [],
     (pin(LEAN_ROOT), update(P, ZJ_DECIDING, LEAN_ROOT), in_force(IAT))),
    ("pou-043", "POL-6 UPD-10", "A policy of one source, and the registry of another.", [],
     (pin(LEAN_ROOT), sources([P], [LEAN_ROOT, ZJ_DECIDING],
                              told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 applied"]), in_force(IAT))),
    ("pou-044", "POL-6 BDL-1", "A broken policy between a good one and a list: it costs these nothing.", [55],
     (*LEAN, update(registry(ZHEJIANG, office(policy_entry(), status_entry()))),
      update(policy(content={2: 841}), P, status_list(),
             told=["0 CN-33 malformed-document", "1 CN-33 applied", "2 CN-33 applied"]),
      in_force(IAT), valid())),
]:  # fmt: skip
    world(TOPIC, identifier, clause, comment, *steps, attack=attack)

# POL-7: the key, by its entry.
keyed: list[tuple[str, str, str, dict[str, Any], Step]] = [
    ("pof-001", "POL-7.2", "The key begins when the policy is signed.", {"start": IAT}, in_force(IAT)),
    ("pof-002", "POL-7.2", "The key begins a second after the policy.", {"start": IAT + 1}, NONE),
    ("pof-003", "POL-7.2", "The key ends a second after the policy is signed.", {"until": IAT + 1}, in_force(IAT)),
    ("pof-004", "POL-7.2", "The key ends when the policy is signed.", {"until": IAT}, NONE),
    (
        "pof-005",
        "POL-7.2",
        "The key is retired a second after the policy.",
        {"retired": [IAT + 1, 1]},
        in_force(IAT),
    ),
    ("pof-006", "POL-7.2", "The key is retired when the policy is signed.", {"retired": [IAT, 1]}, NONE),
]
for identifier, clause, comment, options, after_ in keyed:
    first = registry(ZHEJIANG, deciding(policy_entry(**options)))
    world(FORCE, identifier, clause, comment, *LEAN, update(first), update(P), after_, attack=[20])
next_ = ZJ_DECIDING
without = registry(ZHEJIANG, deciding(), after=next_)
for identifier, clause, comment, steps in [
    ("pof-010", "POL-7.3", "A policy a second before it expires.", (in_force(IAT, at=IAT + 7 * DAY - 1),)),
    ("pof-011", "POL-7.3", "A policy when it expires.", (in_force(at=IAT + 7 * DAY),)),
    ("pof-012", "POL-7.1", "The key is revoked later.",
     (update(registry(ZHEJIANG, deciding(policy_entry(revoked=[AT, 2])), after=next_)), NONE)),
    ("pof-013", "POL-7.2", "The key is retired later, from before the policy.",
     (update(registry(ZHEJIANG, deciding(policy_entry(retired=[IAT - 1, 1])), after=next_)), NONE)),
    ("pof-014", "POL-7.1", "The key is left out, and comes back: the policy is held all the while.",
     (update(without), NONE, update(registry(ZHEJIANG, LISTING, after=without)), in_force(IAT))),
    ("pof-015", "POL-6.7 POL-7.1", "While its key is left out, an older policy concerns nobody.",
     (update(without), update(policy(iat=IAT - 60), told=[UNKNOWN]),
      update(registry(ZHEJIANG, LISTING, after=without)), in_force(IAT))),
    ("pof-016", "POL-7.1", "The key has another use later.",
     (update(registry(ZHEJIANG, deciding(policy_entry(use=1)), after=next_)), NONE)),
    ("pof-017", "POL-7.1", "The key is another office's later.",
     (update(registry(ZHEJIANG, deciding(), deciding(policy_entry(), identifier="CN-33-02.WJW", keys=()),
                      after=next_)), NONE, in_force(office="CN-33-02.WJW"))),
    ("pof-023", "POL-6 POL-6.4", "The same, and the policy is offered again: it is held of the other office.",
     (update(registry(ZHEJIANG, deciding(), deciding(policy_entry(), identifier="CN-33-02.WJW", keys=()),
                      after=next_)), update(P, told=[of("wrong-authority")]), NONE)),
    ("pof-018", "POL-7.1", "The registry has expired: the path is stale, and in force.",
     (update(policy(iat=IAT + 5, exp=IAT + 31 * DAY)), in_force(IAT + 5, at=REGISTRY_EXP))),
    ("pof-019", "POL-7", "Nobody has a policy of another office.", (in_force(office="CN-33-02.WJW"),)),
    ("pof-020", "POL-7", "The office that is asked for is none.", (mistaken(NONE, office="CN-33-00.WJW"),)),
]:  # fmt: skip
    world(FORCE, identifier, clause, comment, *OPEN, update(P), *steps, attack=[20, 27] if len(steps) > 1 else [])
for identifier, comment, key in [
    ("pof-021", "A key of small order: its entry is as if it were not there.", weak),
]:
    first = registry(ZHEJIANG, deciding(policy_entry(), policy_entry(key)))
    world(FORCE, identifier, "KEY-2 POL-6", comment, *LEAN, update(first), update(P), in_force(IAT), attack=[16])
world(
    FORCE,
    "pof-022",
    "POL-7.1 UPD-7",
    "A link opens an epoch: no policy is in force until a registry of it lists the key.",
    *OPEN,
    update(P),
    update(root(ZHEJIANG, 2, keys=(1,), threshold=1, registry_keys=(2,)), told=[of("applied epoch-opened")]),
    NONE,
    update(registry(ZHEJIANG, LISTING, by=(2,), epoch=2)),
    in_force(IAT),
)

# Maps, and recognised authorities.
SH_KEY = named(f"policy {SHANGHAI_ISSUER} 1")
SH_LISTED = deciding(policy_entry(SH_KEY), identifier=SHANGHAI_ISSUER, keys=(OTHER_KEY,))
SH_DECIDING = registry(SHANGHAI, SH_LISTED)
RECOGNISING = registry(ZHEJIANG, LISTING, recognises=[recognition(SH_ROOT)])
BY = "CN-33 CN-31"
GUEST = (
    pin(LEAN_ROOT),
    update(LEAN_ROOT, RECOGNISING, SH_ROOT, SH_DECIDING,
           told=["0 CN-33 applied", "1 CN-33 applied", f"2 {BY} applied", f"3 {BY} applied"]),
)  # fmt: skip
SH_MAP = risk_map(office=SHANGHAI_ISSUER, by=SH_KEY, iat=IAT + 1)
SH_POLICY = policy(office=SHANGHAI_ISSUER, by=SH_KEY)
NAMING = policy(content={6: [SHANGHAI_ISSUER, ISSUER]})
for identifier, clause, comment, attack, steps in [
    ("pof-030", "POL-6", "The policy of an office of another region concerns nobody.", [11, 13],
     (update(SH_POLICY, told=[UNKNOWN]), in_force(office=SHANGHAI_ISSUER))),
    ("pof-031", "POL-6 POL-7 MAP-3", "A policy asks the map of another region first, and then its own.", [],
     (update(NAMING, MAP, SH_MAP, told=["0 CN-33 applied", "1 CN-33 applied", f"2 {BY} applied"]),
      in_force(IAT, (SHANGHAI_ISSUER, IAT + 1, "CN-31"), (ISSUER, IAT, "CN-33")))),
    ("pof-032", "POL-7.3", "The map of another region has expired.", [2],
     (update(NAMING, MAP, SH_MAP, told=["0 CN-33 applied", "1 CN-33 applied", f"2 {BY} applied"]),
      update(risk_map(office=SHANGHAI_ISSUER, by=SH_KEY, iat=IAT + 2, exp=AT), told=[f"0 {BY} applied"]),
      in_force(IAT, (ISSUER, IAT, "CN-33")))),
    ("pof-033", "POL-7.1", "The other region is recognised no more.", [14],
     (update(NAMING, SH_MAP, told=["0 CN-33 applied", f"1 {BY} applied"]),
      update(registry(ZHEJIANG, LISTING, after=RECOGNISING)), in_force(IAT))),
    ("pof-034", "POL-7.1 PTH-4", "The other region's registry revokes the key.", [27],
     (update(NAMING, SH_MAP, told=["0 CN-33 applied", f"1 {BY} applied"]),
      in_force(IAT, (SHANGHAI_ISSUER, IAT + 1, "CN-31")),
      update(registry(SHANGHAI, deciding(policy_entry(SH_KEY, revoked=[AT, 2]), identifier=SHANGHAI_ISSUER,
                                         keys=(OTHER_KEY,)), after=SH_DECIDING), told=[f"0 {BY} applied"]),
      in_force(IAT))),
    ("pof-035", "POL-6.3", "A broken map of another region costs the anchor's policy nothing.", [55],
     (update(risk_map(office=SHANGHAI_ISSUER, by=SH_KEY, content={2: 841}), NAMING,
             told=[f"0 {BY} malformed-document", "1 CN-33 applied"]), in_force(IAT))),
    ("pof-036", "POL-6.7", "A map of another region that is older than one that is held.", [1],
     (update(NAMING, SH_MAP, told=["0 CN-33 applied", f"1 {BY} applied"]),
      update(risk_map(office=SHANGHAI_ISSUER, by=SH_KEY), told=[f"0 {BY} rollback"]),
      in_force(IAT, (SHANGHAI_ISSUER, IAT + 1, "CN-31")))),
]:  # fmt: skip
    world(FORCE, identifier, clause, comment, *GUEST, *steps, attack=attack)

# Two anchors: who owns the name decides, and neither sees what the other has taken back.
CN_ROOT = root(CHINA, keys=(1,), threshold=1)
CN_LISTED = registry(CHINA, deciding(policy_entry()), recognises=[recognition(SH_ROOT)])
BOTH = (
    pin(CN_ROOT), pin(LEAN_ROOT),
    update(CN_ROOT, CN_LISTED, LEAN_ROOT, RECOGNISING, SH_ROOT, SH_DECIDING,
           told=["0 CN applied", "1 CN applied", "2 CN-33 applied", "3 CN-33 applied",
                 "4 CN CN-31 applied", f"4 {BY} applied", "5 CN CN-31 applied", f"5 {BY} applied"]),
)  # fmt: skip
LACKING = registry(ZHEJIANG, deciding(), recognises=[recognition(SH_ROOT)], after=RECOGNISING)
for identifier, clause, comment, attack, steps in [
    ("pof-040", "POL-6 POL-7.1", "Two anchors list the office: that which owns its name counts.", [53],
     (update(P, told=["0 CN applied", "0 CN-33 applied"]), in_force(IAT),
      update(LACKING), NONE)),
    ("pof-041", "POL-7.1 PTH-3", "A map of an office for which the owner of its name speaks.", [53],
     (update(NAMING, SH_MAP, told=["0 CN applied", "0 CN-33 applied", "1 CN CN-31 applied", f"1 {BY} applied"]),
      in_force(IAT, (SHANGHAI_ISSUER, IAT + 1, "CN-31")))),
    ("pof-042", "POL-6.7", "What one state has taken goes back in no other.", [1],
     (update(LACKING),
      update(NEWER, told=["0 CN applied"]),
      update(registry(ZHEJIANG, LISTING, after=LACKING)),
      update(P, told=["0 CN rollback", "0 CN-33 rollback"]), NONE,
      update(NEWER, told=["0 CN unchanged", "0 CN-33 applied"]), in_force(IAT + 60))),
]:  # fmt: skip
    world(FORCE, identifier, clause, comment, *BOTH, *steps, attack=attack)

# Two anchors, neither of which owns the name: another authority speaks for the office on each.
JS_ROOT = root(JIANGSU, keys=(1,), threshold=1)
CN_LISTING = registry(CHINA, SH_LISTED)
for identifier, comment, by_jiangsu, by_zhejiang in [
    ("pof-043", "One map on two paths: that of the first anchor says whose office it is.", CHINA, SHANGHAI),
    ("pof-044", "The same, and the anchors recognise the other one.", SHANGHAI, CHINA),
]:
    ways = {CHINA: "", SHANGHAI: ""}
    ways[by_jiangsu], ways[by_zhejiang] = f"CN-32 {by_jiangsu.id}", f"CN-33 {by_zhejiang.id}"
    roots = {CHINA: CN_ROOT, SHANGHAI: SH_ROOT}
    recognising = [
        registry(JIANGSU, recognises=[recognition(roots[by_jiangsu])]),
        registry(ZHEJIANG, LISTING, recognises=[recognition(roots[by_zhejiang])]),
    ]
    others = [f"{4 + i} {ways[one]} applied" for i, one in enumerate([CHINA, SHANGHAI, CHINA, SHANGHAI])]
    told_of_map = [f"1 {way} applied" for way in sorted(ways.values())]
    world(
        FORCE,
        identifier,
        "POL-7.4 MAP-2.2",
        comment,
        pin(LEAN_ROOT),
        pin(JS_ROOT),
        update(JS_ROOT, LEAN_ROOT, *recognising, CN_ROOT, SH_ROOT, CN_LISTING, SH_DECIDING,
               told=["0 CN-32 applied", "1 CN-33 applied", "2 CN-32 applied", "3 CN-33 applied", *others]),
        update(NAMING, SH_MAP, told=["0 CN-33 applied", *told_of_map]),
        in_force(IAT, (SHANGHAI_ISSUER, IAT + 1, by_jiangsu.id)),
        attack=[53],
    )  # fmt: skip
