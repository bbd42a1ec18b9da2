"""Section 4 of status.md, STL-11 to STL-13: what a code is worth, given the lists that a store holds."""

from __future__ import annotations

from typing import Any

from documents import (
    CHINA,
    DAY,
    FULL,
    HANGZHOU,
    JIANGSU,
    SHANGHAI,
    SIGNED,
    ZHEJIANG,
    entry,
    issuer,
    recognition,
    registry,
    root,
)
from encode import Pairs, cbor, seal
from lists import (
    BASE,
    CLEAN,
    CODE_LISTED,
    GONE,
    INDEX,
    LISTING,
    NEXT_STATUS,
    NUMBER,
    OPEN,
    ZJ_LISTING,
    coded,
    office,
    status_entry,
    status_list,
)
from topic import AT, CTI, GREEN, IAT, ISSUER, KEY, SECOND_KEY, YELLOW, Topic, claims, cnf
from worlds import LEAN, LEAN_ROOT, Step, code, gates, refused, update, valid, world

TOPIC = Topic("status-judging")
Z, S, C, H, J = ZHEJIANG, SHANGHAI, CHINA, HANGZHOU, JIANGSU
identifier: str
clause: str
comment: str
attack: list[int]
steps: tuple[Step, ...]
UNKNOWN = refused("status-unknown", CODE_LISTED)
REVOKED = refused("revoked", CODE_LISTED)
ANSWERED = valid(text=CODE_LISTED, issued=IAT)
WAIVE: dict[str, Any] = {"waive": ["status-unknown"]}
WAIVED: dict[str, Any] = {**WAIVE, "waived": ["status-unknown"]}
NO_LIST = valid(text=CODE_LISTED, **WAIVED)


def later(text: str = CODE_LISTED, **options: Any) -> Step:
    """Judge a code that is good by the list of the vectors."""
    return valid(text=text, issued=IAT, **options)


# STL-11, STL-12: time, grace and waiver.
ENDING = status_list(exp=AT)
WEEK = coded(changes={4: IAT + 7 * DAY})
END = IAT + 60
SHORT, SHORT_GONE = status_list(exp=END), status_list({INDEX: 1}, exp=END)
GRACE = 604_800
LONG_SCOPE = {**FULL, 2: 30 * DAY, 3: 30 * DAY}
MONTH = coded(changes={4: IAT + 20 * DAY})
PATIENT = registry(Z, issuer(ISSUER, entry(KEY, scope=LONG_SCOPE), status_entry(), changes={5: BASE}))
LASTING = (*LEAN, update(PATIENT))
timed: list[tuple[str, str, str, list[int], tuple[Step, ...]]] = [
    ("slj-001", "STL-11", "No list is held.", [2], (*OPEN, UNKNOWN)),
    ("slj-002", "STL-12 VER-8", "No list is held, and the caller waives it: told with the result, without a list.",
     [],
     (*OPEN, NO_LIST)),
    ("slj-003", "STL-12 VER-8", "A waiver that was not needed is not told.", [],
     (*OPEN, update(CLEAN), later(**WAIVE))),
    ("slj-004", "STL-12 VER-8", "No waiver helps a code that is revoked.", [],
     (*OPEN, update(GONE), refused("revoked", CODE_LISTED, **WAIVE),
      refused("revoked", CODE_LISTED, waive=["clock-suspect", "presentation-required", "registry-stale",
                                             "status-unknown"]))),
    ("slj-005", "STL-12 VER-8", "Another waiver does not help where no list is held.", [],
     (*OPEN, refused("status-unknown", CODE_LISTED, waive=["clock-suspect", "registry-stale"]))),
    ("slj-010", "STL-11", "A second before the list expires, and then.", [2],
     (*OPEN, update(ENDING), later(at=AT - 1), UNKNOWN)),
    ("slj-011", "STL-11", "The skew is not applied to the end of a list.", [2],
     (*OPEN, update(ENDING), refused("status-unknown", CODE_LISTED, skew=300))),
    ("slj-012", "STL-12", "A grace of a second, and the second after.", [2],
     (*OPEN, update(ENDING), later(grace=1), refused("status-unknown", CODE_LISTED, at=AT + 1, grace=1))),
    ("slj-013", "STL-12", "A grace of 0 is none.", [2],
     (*OPEN, update(ENDING), refused("status-unknown", CODE_LISTED, grace=0), later(at=AT - 1, grace=0))),
    ("slj-014", "STL-12", "The longest grace, 7 days: a second before its end, and then.", [2],
     (*LASTING, update(SHORT), later(MONTH, at=END + GRACE - 1, grace=GRACE),
      refused("status-unknown", MONTH, at=END + GRACE, grace=GRACE))),
    ("slj-015", "STL-12", "A grace holds for the call that names it, and for no other.", [2],
     (*OPEN, update(ENDING), later(grace=60), UNKNOWN)),
    ("slj-016", "STL-12", "A grace is for lists: a registry that has expired stays so.", [2],
     (*LEAN, update(registry(Z, LISTING, exp=AT)), update(CLEAN),
      refused("registry-stale", CODE_LISTED, grace=GRACE))),
    ("slj-017", "STL-12", "A grace is for lists: a code that has expired stays so.", [2],
     (*OPEN, update(CLEAN), refused("expired", CODE_LISTED, at=IAT + DAY, grace=GRACE))),
    ("slj-018", "STL-12", "No list is held: a grace makes none.", [],
     (*OPEN, refused("status-unknown", CODE_LISTED, grace=GRACE))),
    ("slj-019", "STL-12 VER-8", "A list within its grace answers: the waiver was not needed.", [],
     (*OPEN, update(ENDING), later(grace=60, **WAIVE), NO_LIST)),
    ("slj-020", "STL-12", "The list has expired, and said revoked: it is believed.", [2],
     (*OPEN, update(SHORT_GONE), REVOKED, refused("revoked", CODE_LISTED, **WAIVE))),
    ("slj-021", "STL-12", "The list that said revoked has expired: it is believed for a week after its iat.",
     [2],
     (*LASTING, update(SHORT_GONE), refused("revoked", MONTH, at=IAT + 7 * DAY - 1),
      refused("revoked", MONTH, at=IAT + 7 * DAY - 1, grace=GRACE),
      refused("revoked", MONTH, at=IAT + 7 * DAY - 1, **WAIVE),
      refused("status-unknown", MONTH, at=IAT + 7 * DAY),
      refused("status-unknown", MONTH, at=IAT + 7 * DAY, grace=GRACE))),
    ("slj-022", "STL-12 STL-6", "The list has expired, and its entry has a value that is not known.", [],
     (*OPEN, update(status_list({INDEX: 2}, bits=2, exp=END)), UNKNOWN, NO_LIST,
      refused("status-unknown", CODE_LISTED, grace=GRACE))),
    ("slj-023", "STL-12 STL-8", "The list that said revoked has given way to one that says good and has expired.",
     [],
     (*OPEN, update(GONE), update(status_list(iat=IAT + 30, exp=END)), UNKNOWN,
      valid(text=CODE_LISTED, issued=IAT + 30, grace=DAY))),
    ("slj-024", "STL-11 STL-13", "The list is of tomorrow: its iat is told, and moves no clock.", [22, 25],
     (*OPEN, update(status_list(iat=AT + DAY)), valid(text=CODE_LISTED, issued=AT + DAY))),
    ("slj-025", "STL-11 PTH-11", "The clock was set back to before the registry, so that an old list would count.",
     [22],
     (*OPEN, update(status_list(iat=SIGNED - 3 * DAY, exp=SIGNED + DAY)), UNKNOWN,
      refused("clock-suspect", coded(changes={5: SIGNED - DAY}), at=SIGNED - 61))),
    ("slj-026", "STL-13", "The result tells the iat of the newest list.", [],
     (*OPEN, update(CLEAN), update(status_list(iat=IAT + 7)), valid(text=CODE_LISTED, issued=IAT + 7))),
    ("slj-027", "STL-13", "A code without status asks no list: none is told, whatever is held.", [],
     (*OPEN, valid(), update(GONE), valid(), valid(grace=60, **WAIVE))),
    ("slj-028", "STL-13 SCP-4", "A code without status, where the office may issue none.", [21],
     (*LEAN, update(registry(Z, issuer(ISSUER, entry(KEY, scope={**FULL, 4: 0}), status_entry(),
                                         changes={5: BASE}))), update(CLEAN), refused("out-of-scope"), ANSWERED)),
]  # fmt: skip
for identifier, clause, comment, attack, steps in timed:
    world(TOPIC, identifier, clause, comment, *steps, attack=attack)


FORTNIGHT = IAT + 14 * DAY
world(
    TOPIC,
    "slj-030",
    "STL-9 STL-12",
    "The clock of a gate is 14 days ahead for one update: no list is forgotten, and an older one is refused.",
    *LASTING,
    update(SHORT_GONE),
    update(at=FORTNIGHT),
    update(status_list(iat=IAT - 60), told=["0 CN-33 rollback"]),
    attack=[56],
)


# STL-11: the key that signed the list.
def next_registry(*entries: Any, **options: Any) -> Step:
    """Offer the next registry, in which the office has these entries beside its key for codes."""
    return update(registry(Z, office(*entries, **options), after=ZJ_LISTING))


MOVED = "https://status.example/new"
THIEF = status_list({INDEX: 1}, iat=AT + DAY)
unkeyed = registry(Z, office(status_entry(NEXT_STATUS)), after=(revoking := registry(
    Z, office(status_entry(revoked=[AT, 2]), status_entry(NEXT_STATUS)), after=ZJ_LISTING)))  # fmt: skip
signers: list[tuple[str, str, str, list[int], tuple[Step, ...]]] = [
    ("slj-040", "STL-11", "The next registry revokes the key: what it signed answers no more.", [27],
     (*OPEN, update(CLEAN), ANSWERED, next_registry(status_entry(revoked=[AT, 2])), UNKNOWN, NO_LIST)),
    ("slj-041", "STL-11 STL-12", "A revoked key's list says revoked: it is not believed, whoever signed it.", [27],
     (*OPEN, update(GONE), REVOKED, next_registry(status_entry(revoked=[AT, 2])), UNKNOWN, NO_LIST)),
    ("slj-042", "STL-11", "The key is revoked as of next month: that time is for people.", [27],
     (*OPEN, update(CLEAN), next_registry(status_entry(revoked=[AT + 30 * DAY, 2])), UNKNOWN)),
    ("slj-043", "STL-11 KEY-5", "The next registry retires the key: what it signed before answers on.", [],
     (*OPEN, update(CLEAN), next_registry(status_entry(retired=[AT, 1])), ANSWERED)),
    ("slj-044", "STL-11", "The key has ended since it signed: its list answers on.", [],
     (*LEAN, update(registry(Z, office(status_entry(until=IAT + 1)))), update(CLEAN), ANSWERED)),
    ("slj-045", "STL-11", "The next registry lets the key begin after the list: it answers no more.", [],
     (*OPEN, update(CLEAN), next_registry(status_entry(start=IAT + 1)), UNKNOWN)),
    ("slj-058", "STL-11", "The next registry ends the key when the list was signed: it answers no more.", [],
     (*OPEN, update(CLEAN), next_registry(status_entry(until=IAT)), UNKNOWN)),
    ("slj-059", "STL-11 KEY-5",
     "The next registry says that the key was retired when the list was signed: it withdraws still.", [54],
     (*OPEN, update(GONE), next_registry(status_entry(retired=[IAT, 1])), REVOKED)),
    ("slj-046", "STL-11", "The next registry lists the key no more.", [],
     (*OPEN, update(CLEAN), next_registry(), UNKNOWN)),
    ("slj-047", "STL-11", "The next registry lists the key for policies.", [20],
     (*OPEN, update(CLEAN), next_registry(status_entry(use=3)), UNKNOWN)),
    ("slj-048", "STL-11", "The next registry lists the key for codes.", [20],
     (*OPEN, update(CLEAN), next_registry(status_entry(use=1)), UNKNOWN)),
    ("slj-049", "STL-11", "The next registry lists the key for another office.", [3, 20],
     (*OPEN, update(CLEAN),
      update(registry(Z, office(), office(status_entry(), identifier="CN-33-02.WJW", keys=()), after=ZJ_LISTING)),
      UNKNOWN)),
    ("slj-051", "STL-11 STL-8", "A thief dates a list a day ahead: once his key is revoked, the next counts.",
     [25, 27],
     (*OPEN, update(CLEAN, THIEF), REVOKED, update(revoking), UNKNOWN,
      update(status_list(iat=AT, by=NEXT_STATUS)), valid(text=CODE_LISTED, issued=AT))),
    ("slj-052", "STL-11", "The key for codes is revoked, the status key is not: step 8 before 13.", [27],
     (*OPEN, update(GONE), update(registry(Z, issuer(ISSUER, entry(KEY, revoked=[AT, 2]), status_entry(),
                                                     changes={5: BASE}), after=ZJ_LISTING)),
      refused("key-revoked", CODE_LISTED))),
    ("slj-053", "STL-11", "The office's address is another now: the list is not of it.", [3],
     (*OPEN, update(CLEAN), ANSWERED, next_registry(status_entry(), base=MOVED), UNKNOWN,
      update(status_list(iat=IAT + 60, base=MOVED)), valid(text=CODE_LISTED, issued=IAT + 60))),
    ("slj-054", "STL-11 STL-8", "The address is another now: an older list with it is refused.", [1, 3],
     (*OPEN, update(CLEAN), next_registry(status_entry(), base=MOVED),
      update(status_list(iat=IAT - 60, base=MOVED), told=["0 CN-33 rollback"]), UNKNOWN)),
    ("slj-055", "STL-11", "The office has no address any more.", [3],
     (*OPEN, update(CLEAN), next_registry(status_entry(), base=None), UNKNOWN)),
    ("slj-056", "STL-11", "The address is back: the list that is held answers again.", [],
     (*OPEN, update(CLEAN), update(away := registry(Z, office(status_entry(), base=MOVED), after=ZJ_LISTING)),
      UNKNOWN, update(registry(Z, LISTING, after=away)), ANSWERED)),
    ("slj-057", "STL-11", "The new address begins with the old one.", [3],
     (*OPEN, update(CLEAN), next_registry(status_entry(), base=BASE + "/3"), UNKNOWN)),
]  # fmt: skip
for identifier, clause, comment, attack, steps in signers:
    world(TOPIC, identifier, clause, comment, *steps, attack=attack)
H_ROOT = root(H)
town = registry(Z, LISTING, recognises=[recognition(H_ROOT)])
struck = status_entry(revoked=[AT, 2])
theirs = registry(H, office(status_entry(NEXT_STATUS)))
world(
    TOPIC,
    "slj-060",
    "STL-11 PTH-4",
    "The province holds a list that withdraws a code of the city's office: it has ended on the city's path too.",
    *gates((LEAN_ROOT, town), others=(H_ROOT, theirs)),
    update(status_list(by=NEXT_STATUS), told=["0 CN-33 CN-33-01 applied"]),
    valid(f"CN-33 CN-33-01 {ISSUER}", CODE_LISTED, issued=IAT),
    update(GONE),
    REVOKED,
    attack=[54],
)
world(
    TOPIC,
    "slj-063",
    "STL-11 PTH-4",
    "The city revokes a status key that the province lists: what that key signed says nothing on the city's path.",
    *gates((LEAN_ROOT, town), others=(H_ROOT, registry(H, office(status_entry(NEXT_STATUS), struck)))),
    update(status_list(by=NEXT_STATUS), GONE,
           told=["0 CN-33 CN-33-01 applied", "1 CN-33 applied", "1 CN-33 CN-33-01 unknown-signer"]),
    valid(f"CN-33 CN-33-01 {ISSUER}", CODE_LISTED, issued=IAT),
    attack=[27],
)  # fmt: skip
C_ROOT = root(C)
S_ROOT = root(S)
J_ROOT = root(J)
both = registry(H, office(status_entry(), status_entry(NEXT_STATUS)))
hearing = registry(S, recognises=[recognition(H_ROOT)])
silent = registry(J)
over = (
    *gates((S_ROOT, hearing), (J_ROOT, silent), others=(H_ROOT, both)),
    update(GONE, told=["0 CN-31 CN-33-01 applied"]),
    REVOKED,
    update(
        *(registry(S, after=hearing), registry(J, recognises=[recognition(H_ROOT)], after=silent), H_ROOT, both),
        told=["0 CN-31 applied", "1 CN-32 applied", "2 CN-32 CN-33-01 applied", "3 CN-32 CN-33-01 applied"],
    ),
    update(status_list(iat=IAT - 60, by=NEXT_STATUS), told=["0 CN-32 CN-33-01 applied"]),
    REVOKED,
)
world(
    TOPIC,
    "slj-064",
    "STL-11",
    "One anchor ends a recognition, another begins one; a list of another key there says good: in vain.",
    *over,
    attack=[54],
)
world(
    TOPIC,
    "slj-065",
    "STL-11",
    "The same, and the next list of the key that had withdrawn says good: the newest of a key counts.",
    *over,
    update(status_list(iat=IAT + 60), told=["0 CN-32 CN-33-01 applied"]),
    valid(f"CN-32 CN-33-01 {ISSUER}", CODE_LISTED, issued=IAT + 60),
)
far = registry(Z, LISTING, recognises=[recognition(S_ROOT)])
foreign = registry(S, issuer("CN-31.WJW", status_entry(revoked=[AT, 2])))
world(
    TOPIC,
    "slj-061",
    "STL-11 PTH-4",
    "A recognised region lists the status key as its own and revokes it: that is its own affair.",
    *gates((LEAN_ROOT, far)),
    update(CLEAN),
    update(S_ROOT, foreign, told=["0 CN-33 CN-31 applied", "1 CN-33 CN-31 applied"]),
    ANSWERED,
    attack=[27, 29],
)

# STL-11 and PTH-12: the edge decides.
KNOWN = registry(C, office(base=BASE))  # the country lists the key for codes alone
LISTS_ONLY = registry(C, issuer(ISSUER, status_entry(), changes={5: BASE}))
THEIR_KEY = registry(Z, office())
edges: list[tuple[str, str, list[int], tuple[Step, ...]]] = [
    ("slj-070", "Two anchors list the key, and one of them has the list: the path is that one's.", [11],
     (*gates((LEAN_ROOT, ZJ_LISTING), (C_ROOT, KNOWN)), UNKNOWN, update(CLEAN), ANSWERED)),
    ("slj-071", "Two anchors list the key, and one has the list, which says revoked: it got further.", [11, 54],
     (*gates((LEAN_ROOT, ZJ_LISTING), (C_ROOT, KNOWN)), update(GONE), REVOKED)),
    ("slj-072", "One anchor lists the key for codes, another the status key: no edge has the list.", [11],
     (*gates((LEAN_ROOT, THEIR_KEY), (C_ROOT, LISTS_ONLY)), update(CLEAN, told=["0 CN applied"]), UNKNOWN)),
    ("slj-073", "The same with a list that says revoked: it is not this edge's.", [11],
     (*gates((LEAN_ROOT, THEIR_KEY), (C_ROOT, LISTS_ONLY)), update(GONE, told=["0 CN applied"]), UNKNOWN)),
]  # fmt: skip
for identifier, comment, attack, steps in edges:
    world(TOPIC, identifier, "STL-11 PTH-12", comment, *steps, attack=attack)

# Attack 42: another code of the same place.
TWO_KEYS = (*LEAN, update(registry(Z, office(status_entry(), keys=(KEY, SECOND_KEY)))))
withdrawn: list[tuple[str, str, str]] = [
    ("slj-080", "The office's other key has signed the same claims again.", coded(key=SECOND_KEY)),
    ("slj-081", "The claims have another cti, and the same place.", coded(changes={7: CTI[::-1]})),
    ("slj-082", "The claims have another time, and the same place.", coded(changes={5: IAT + 1})),
    ("slj-083", "The colour is another, and the place the same.",
     code(health={**YELLOW, 7: [NUMBER, INDEX]})),
]  # fmt: skip
for identifier, comment, text in withdrawn:
    steps = (*TWO_KEYS, update(GONE), refused("revoked", text))
    world(TOPIC, identifier, "STL-11 VER-6", comment, *steps, attack=[42])
longer = cbor({**GREEN, 7: Pairs(())}).replace(cbor(Pairs(())), b"\x82\x03\x1b" + INDEX.to_bytes(8, "big"))
reencoded = cbor(claims(health={1: 0})).replace(cbor({1: 0}), longer)
world(
    TOPIC,
    "slj-084",
    "STL-11 CBR-4",
    "The place in a longer form, so that a list of texts would not know it: signed, and refused.",
    *TWO_KEYS,
    update(GONE),
    refused("malformed-payload", seal(reencoded, KEY).text),
    attack=[33, 42],
)

# VER-1: status is step 13.
BOUND_GONE = coded(changes={8: cnf()})
ALL: dict[str, Any] = {"waive": ["presentation-required", "status-unknown"]}
before: list[tuple[str, str, tuple[Step, ...]]] = [
    ("slj-090", "A revoked code that has expired: step 12 before 13.",
     (*OPEN, update(GONE), refused("expired", CODE_LISTED, at=IAT + DAY))),
    ("slj-091", "A revoked code that is not in force yet: step 12 before 13.",
     (*OPEN, update(GONE), refused("not-yet-valid", coded(changes={5: AT + 61})))),
    ("slj-092", "A revoked code of a colour that is out of scope: step 10 before 13.",
     (*LEAN, update(registry(Z, issuer(ISSUER, entry(KEY, scope={**FULL, 1: [1]}), status_entry(),
                                         changes={5: BASE}))),
      update(GONE), refused("out-of-scope", CODE_LISTED))),
    ("slj-093", "A revoked code that is bound to a device and shown bare: step 13 before 14.",
     (*OPEN, update(GONE), refused("revoked", BOUND_GONE))),
    ("slj-094", "A good code that is bound to a device and shown bare: step 14 has its say.",
     (*OPEN, update(CLEAN), refused("presentation-required", BOUND_GONE),
      valid(text=BOUND_GONE, issued=IAT, **ALL, waived=["presentation-required"]))),
    ("slj-095", "No list, and a device key: both are waived and told.",
     (*OPEN, valid(text=BOUND_GONE, **ALL, waived=["presentation-required", "status-unknown"]))),
    ("slj-096", "A revoked code of a registry that has expired: step 8 before 13, also where it is waived.",
     (*LEAN, update(registry(Z, LISTING, exp=AT)), update(GONE), refused("registry-stale", CODE_LISTED),
      refused("revoked", CODE_LISTED, waive=["registry-stale"]))),
    ("slj-097", "A good code of a registry that has expired, waived: the list is told.",
     (*LEAN, update(registry(Z, LISTING, exp=AT)), update(CLEAN),
      later(waive=["registry-stale"], waived=["registry-stale"]))),
    ("slj-098", "A changed code of a revoked place: the signature is step 4.",
     (*OPEN, update(GONE), refused("bad-signature", seal(claims(health={**GREEN, 7: [NUMBER, INDEX]}), SECOND_KEY,
                                                         kid=KEY.kid).text))),
]  # fmt: skip
for identifier, comment, steps in before:
    world(TOPIC, identifier, "STL-11 VER-1", comment, *steps)
