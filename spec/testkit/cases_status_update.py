"""Section 3 of status.md, STL-8 to STL-9: which lists a store takes, in what order, and what it keeps."""

from __future__ import annotations

from typing import Any

from documents import (
    CHINA,
    DAY,
    REGISTRY_EXP,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_ISSUER,
    ZHEJIANG,
    Document,
    named,
    recognition,
    registry,
    root,
)
from encode import seal
from lists import (
    BASE,
    CLEAN,
    CODE_LISTED,
    FULL_SIZE,
    GONE,
    INDEX,
    LISTING,
    NEXT_STATUS,
    NUMBER,
    OPEN,
    SIZE,
    ZJ_LISTING,
    coded,
    offered,
    office,
    pack,
    squeeze,
    status_entry,
    status_list,
)
from topic import AT, GREEN, IAT, OTHER_KEY, Topic, claims
from worlds import BY_ZHEJIANG, LEAN, LEAN_ROOT, Step, pin, refused, update, valid, world

TOPIC = Topic("status-update")
Z = ZHEJIANG
identifier: str
clause: str
comment: str
attack: list[int]
what: Any
steps: tuple[Step, ...]
UNKNOWN = refused("status-unknown", CODE_LISTED)
REVOKED = refused("revoked", CODE_LISTED)
ANSWERED = valid(text=CODE_LISTED, issued=IAT)


def told(outcome: str) -> list[str]:
    """Return what an update says of one list."""
    return [f"0 CN-33 {outcome}"]


def answered(later: int, **options: Any) -> Step:
    """Judge the code, which a list answers that was signed some seconds after the first one."""
    return valid(text=CODE_LISTED, issued=IAT + later, **options)


# STL-8.4: sub.
addresses: list[tuple[str, str, str]] = [
    ("slu-001", "The number has a leading zero.", f"{BASE}/03"),
    ("slu-001", "The number is 65536.", f"{BASE}/65536"),
    ("slu-003", "The number is 3 and 2 to the 64th.", f"{BASE}/{2**64 + 3}"),
    ("slu-003", "The number has a sign.", f"{BASE}/+3"),
    ("slu-003", "The number is negative.", f"{BASE}/-3"),
    ("slu-003", "The number is 00.", f"{BASE}/00"),
    ("slu-003", "The number is hexadecimal.", f"{BASE}/0x3"),
    ("slu-003", "The number has a fraction.", f"{BASE}/3.0"),
    ("slu-003", "The number is written in full-width digits.", f"{BASE}/\uff13"),
    ("slu-003", "The number is written in Arabic digits.", f"{BASE}/\u0663"),
    ("slu-003", "The number is percent-encoded.", f"{BASE}/%33"),
    ("slu-012", "There is no number.", f"{BASE}/"),
    ("slu-012", "There is no number and no slash.", BASE),
    ("slu-012", "A slash after the number.", f"{BASE}/3/"),
    ("slu-012", "A line feed after the number.", f"{BASE}/3\n"),
    ("slu-012", "A space before the number.", f"{BASE}/ 3"),
    ("slu-012", "A query after the number.", f"{BASE}/3?a"),
    ("slu-012", "A fragment after the number.", f"{BASE}/3#a"),
    ("slu-012", "Two slashes before the number.", f"{BASE}//3"),
    ("slu-012", "No slash before the number.", f"{BASE}3"),
    ("slu-012", "Something between the address and the number.", f"{BASE}/a/3"),
    ("slu-022", "Another host.", "https://status.example.org/33-01/3"),
    ("slu-022", "The address of another office.", "https://status.example/33-02/3"),
    ("slu-022", "The address without encryption.", BASE.replace("https", "http") + "/3"),
    ("slu-022", "The host in capitals.", BASE.replace("status.", "STATUS.") + "/3"),
    ("slu-022", "The address with its port.", BASE.replace(".example", ".example:443") + "/3"),
    ("slu-022", "The address with a dot more.", BASE.replace(".example", ".example.") + "/3"),
    ("slu-022", "A path that leads back to the address.", f"{BASE}/../33-01/3"),
    ("slu-029", "The number alone.", "3"),
    ("slu-029", "An empty text.", ""),
    ("slu-029", "U+FEFF before the address.", f"\ufeff{BASE}/3"),
    ("slu-029", "A byte 0 after the number.", f"{BASE}/3\0"),
    ("slu-029", "An underscore in the number.", f"{BASE}/1_0"),
    ("slu-029", "The number 6 and 1,000 zeros.", f"{BASE}/6{'0' * 1000}"),
    ("slu-029", "A number of six digits.", f"{BASE}/100000"),
    ("slu-029", "A colon for the number.", f"{BASE}/:"),
    ("slu-029", "A colon in the number.", f"{BASE}/1:"),
]
offered(
    TOPIC,
    "STL-8",
    [(name, text, [3, 43], status_list(changes={2: address})) for name, text, address in addresses],
    told("wrong-authority"),
)
for identifier, comment, number in [
    ("slu-040", "The number is 0.", 0),
    ("slu-041", "The number is 65535.", 65_535),
    ("slu-046", "The number is 10.", 10),
    ("slu-047", "The number is 19.", 19),
    ("slu-048", "The number is 90.", 90),
]:
    steps = (*OPEN, update(status_list(number=number)), valid(text=coded(number=number), issued=IAT), UNKNOWN)
    world(TOPIC, identifier, "STL-8 STL-11", comment, *steps)
world(
    TOPIC,
    "slu-042",
    "STL-8 STL-11",
    "List 4, where the code has list 3.",
    *OPEN,
    update(status_list({INDEX: 1}, number=4)),
    UNKNOWN,
    update(CLEAN),
    ANSWERED,
    attack=[3, 43],
)
world(
    TOPIC,
    "slu-043",
    "STL-8 STL-11",
    "The office has a status key, and no status address.",
    *LEAN,
    update(registry(Z, office(status_entry(), base=None))),
    update(CLEAN, told=told("wrong-authority")),
    UNKNOWN,
    attack=[3],
)
KELVIN = "https://status.example/K"
world(
    TOPIC,
    "slu-044",
    "STL-8",
    "The address of another office ends with U+212A, which Unicode takes for a K: bytes are compared.",
    *LEAN,
    update(registry(Z, office(status_entry(), base=KELVIN))),
    update(status_list(base=KELVIN[:-1] + "\u212a"), told=told("wrong-authority")),
    UNKNOWN,
    update(status_list(base=KELVIN)),
    ANSWERED,
    attack=[3, 38, 43],
)

# STL-11: what a list is worth by the life of its key; it is taken all the same.
keyed: list[tuple[str, str, dict[str, Any], Step, Step]] = [
    ("slu-060", "The key begins when the list is signed.", {"start": IAT}, ANSWERED, REVOKED),
    ("slu-061", "The key begins a second after the list.", {"start": IAT + 1}, UNKNOWN, REVOKED),
    ("slu-062", "The key ends a second after the list is signed.", {"until": IAT + 1}, ANSWERED, REVOKED),
    ("slu-063", "The key ends when the list is signed.", {"until": IAT}, UNKNOWN, REVOKED),
    ("slu-064", "The key is retired a second after the list.", {"retired": [IAT + 1, 1]}, ANSWERED, REVOKED),
    ("slu-065", "The key is retired when the list is signed.", {"retired": [IAT, 1]}, UNKNOWN, REVOKED),
    ("slu-066", "The key is retired later today.", {"retired": [AT + 9, 1]}, ANSWERED, REVOKED),
]
for identifier, comment, options, vouched, withdrawn in keyed:
    first = registry(Z, office(status_entry(**options)))
    world(
        TOPIC,
        identifier,
        "STL-8 STL-11",
        comment,
        *LEAN,
        update(first),
        update(CLEAN),
        vouched,
        update(status_list({INDEX: 1}, iat=IAT - 60), told=told("rollback")),
        attack=[20],
    )
    world(
        TOPIC,
        f"slu-{int(identifier[4:]) + 80}",
        "STL-11",
        comment + " It withdraws in any case.",
        *LEAN,
        update(first),
        update(GONE),
        withdrawn,
        attack=[20],
    )
REVOKING = registry(Z, office(status_entry(revoked=[AT, 2])))
world(
    TOPIC,
    "slu-067",
    "STL-8.2 STL-11",
    "The key is revoked: what it signs is not taken.",
    *LEAN,
    update(REVOKING),
    update(CLEAN, told=["0 CN-33 unknown-signer"]),
    UNKNOWN,
    attack=[27],
)
FAR = AT + DAY
for identifier, comment, iat, outcome in [
    ("slu-070", "A list that is dated a day ahead.", FAR, "applied"),
    ("slu-071", "A list that is dated a day and a second ahead.", FAR + 1, "dated-ahead"),
]:
    steps = (*OPEN, update(status_list(iat=iat), told=told(outcome)))
    after = answered(iat - IAT) if outcome == "applied" else UNKNOWN
    world(TOPIC, identifier, "STL-8", comment, *steps, after, attack=[25])
world(
    TOPIC,
    "slu-072",
    "STL-8",
    "A list that was dated too far ahead is taken when its time has come.",
    *OPEN,
    update(status_list(iat=FAR + 1), told=told("dated-ahead")),
    update(status_list(iat=FAR + 1), at=AT + 1),
    answered(FAR + 1 - IAT),
    attack=[25],
)
world(
    TOPIC,
    "slu-073",
    "STL-8 STL-11",
    "A list that has expired is taken: whether it counts is judged with the code.",
    *OPEN,
    update(status_list(exp=IAT + 60)),
    UNKNOWN,
    answered(0, grace=DAY),
)
world(
    TOPIC,
    "slu-074",
    "STL-8 STL-11 PTH-8",
    "The registry has expired: it lists the key all the same, and the code is what cannot be judged.",
    *OPEN,
    update(status_list(iat=REGISTRY_EXP), at=REGISTRY_EXP, told=told("applied")),
    refused("registry-stale", coded(changes={5: REGISTRY_EXP, 4: REGISTRY_EXP + DAY}), at=REGISTRY_EXP),
    attack=[2],
)

# STL-8.6 and 8.7: what is held.
CLEAN_STREAM = squeeze(pack({}, size=SIZE))
NEWER = status_list({INDEX: 1}, iat=IAT + 60)
PAIR = registry(Z, office(status_entry(), status_entry(NEXT_STATUS)))
OPENED = (*LEAN, update(PAIR))
resigned = status_list({INDEX: 1}, iat=IAT + 60, by=NEXT_STATUS)
restored = status_list(stream=b"\x78\x5e" + CLEAN_STREAM[2:])
held: list[tuple[str, str, list[int], tuple[Step, ...]]] = [
    ("slu-080", "The same list again.", [],
     (*OPEN, update(CLEAN), update(CLEAN, told=told("unchanged")), ANSWERED)),
    ("slu-081", "A newer list takes the place of the one that is held.", [],
     (*OPEN, update(CLEAN), ANSWERED, update(NEWER), REVOKED)),
    ("slu-082", "An older list: the code that was withdrawn stays so.", [1],
     (*OPEN, update(NEWER), update(CLEAN, told=told("rollback")), REVOKED)),
    ("slu-083", "A list that is a second older.", [1],
     (*OPEN, update(NEWER), update(status_list(iat=IAT + 59), told=told("rollback")), REVOKED)),
    ("slu-084", "Two lists of one time: the second is refused.", [26],
     (*OPEN, update(GONE), update(CLEAN, told=told("equivocation")), REVOKED)),
    ("slu-085", "Two lists of one time with the same entries, squeezed in two ways.", [26],
     (*OPEN, update(CLEAN), update(restored, told=told("equivocation")), ANSWERED)),
    ("slu-086",
     "An older list that the office's next key has signed: lists of different keys stand side by side.", [1, 54],
     (*OPENED, update(NEWER), update(status_list(by=NEXT_STATUS)), REVOKED)),
    ("slu-087", "A list of the same time by the office's next key withdraws a code: one list is enough.", [54],
     (*OPENED, update(CLEAN), ANSWERED, update(status_list({INDEX: 1}, by=NEXT_STATUS)), REVOKED)),
    ("slu-088", "A newer list that the office's next key has signed.", [],
     (*OPENED, update(CLEAN), update(resigned), REVOKED)),
    ("slu-089", "The payload of the list that is held, with a signature of zeros.", [36],
     (*OPEN, update(CLEAN), update(status_list(signature=bytes(64)), told=told("bad-signature")), ANSWERED)),
    ("slu-099", "The payload of the list that is held, signed by the office's next key: it takes its place.", [],
     (*OPENED, update(CLEAN), update(status_list(by=NEXT_STATUS)), ANSWERED)),
    ("slu-090", "An older list that has expired.", [1],
     (*OPEN, update(NEWER), update(status_list(exp=IAT + 1), told=told("rollback")), REVOKED)),
    ("slu-091", "The list that is held has expired, and an older one has not: it is not taken.", [1, 2],
     (*OPEN, update(status_list(iat=IAT + 60, exp=IAT + 120)), update(CLEAN, told=told("rollback")), UNKNOWN)),
    ("slu-092", "The newest list says good where an older one said revoked: the newest counts.", [],
     (*OPEN, update(GONE), REVOKED, update(status_list(iat=IAT + 60)), answered(60))),
    ("slu-093", "Three lists in one bundle, the oldest first.", [],
     (*OPEN, update(CLEAN, status_list(iat=IAT + 30), NEWER), REVOKED)),
    ("slu-094", "Three lists in one bundle, the newest in the middle: each is judged when its turn comes.", [1],
     (*OPEN, update(CLEAN, NEWER, status_list(iat=IAT + 30),
                    told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 rollback"]), REVOKED)),
    ("slu-095", "An older list of another number.", [],
     (*OPEN, update(NEWER), update(status_list(number=4)), REVOKED, valid(text=coded(number=4), issued=IAT))),
    ("slu-096", "A list that is held stays when a newer one is refused.", [6],
     (*OPEN, update(CLEAN), update(status_list(iat=IAT + 60, stream=b""), told=told("malformed-document")),
      ANSWERED)),
    ("slu-097",
     "The newest list is of a key that is retired now: it withdraws still, and older ones do not outdo it.",
     [1, 54],
     (*OPEN, update(NEWER),
      update(registry(Z, office(status_entry(retired=[IAT + 30, 1])), after=ZJ_LISTING)),
      update(CLEAN, told=told("rollback")), REVOKED)),
]  # fmt: skip
for identifier, comment, attack, steps in held:
    world(TOPIC, identifier, "STL-8", comment, *steps, attack=attack)

# STL-8: the order.
NARROW = registry(Z, office(status_entry(until=IAT)))
ordered: list[tuple[str, str, Any, Any, str]] = [
    ("slu-100", "A bad signature comes before a payload that is none.", OPEN,
     status_list(payload=bytes(24), signature=bytes(64)), "bad-signature"),
    ("slu-101", "A payload of another form comes before a value that breaks a rule.", OPEN,
     status_list(exp=IAT, changes={1: "CN-33-01.WJW"}), "malformed-payload"),
    ("slu-102", "A stream that is too long comes before an address that is not the office's.", OPEN,
     status_list(size=FULL_SIZE + 1, base="https://status.example/33-02"), "malformed-document"),
    ("slu-103", "The address comes before the date.", OPEN,
     status_list(number=65_536, iat=AT + 9 * DAY), "wrong-authority"),
    ("slu-104", "The date comes before the time of the key.", (*LEAN, update(NARROW)),
     status_list(iat=AT + 9 * DAY), "dated-ahead"),
    ("slu-106", "A life that is too long comes before an equivocation.", (*OPEN, update(GONE)),
     status_list(exp=IAT + 8 * DAY), "malformed-document"),
]  # fmt: skip
for identifier, comment, what, outcome in [
    ("slu-150", "A false signature under a revoked key.", status_list(signature=bytes(64)), "bad-signature"),
    ("slu-151", "A payload that is none, signed with a revoked key.", status_list(payload=bytes(24)),
     "unknown-signer"),
    ("slu-152", "The address of another office, signed with a revoked key.",
     status_list(base="https://status.example/33-02"), "unknown-signer"),
]:  # fmt: skip
    note = f"{comment} The signature comes first, then the entry, then what it says."
    steps = (*LEAN, update(REVOKING), update(what, told=told(outcome)))
    world(TOPIC, identifier, "STL-8.1 STL-8.2 STL-8.3", note, *steps, attack=[20, 27])
for identifier, comment, steps, what, outcome in ordered:
    world(TOPIC, identifier, "STL-8", comment, *steps, update(what, told=told(outcome)))

# STL-8: which states and issuers.
SH_STATUS = named(f"status {SHANGHAI_ISSUER} 1")
SH_BASE = "https://status.example/31"
SH_OFFICE = office(status_entry(SH_STATUS), base=SH_BASE, identifier=SHANGHAI_ISSUER, keys=(OTHER_KEY,))
SH_LISTING = registry(SHANGHAI, SH_OFFICE)
RECOGNISING = registry(Z, LISTING, recognises=[recognition(SH_ROOT)])
RECOGNISED = (
    pin(LEAN_ROOT),
    update(
        LEAN_ROOT,
        RECOGNISING,
        SH_ROOT,
        SH_LISTING,
        told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-31 applied", "3 CN-33 CN-31 applied"],
    ),
)


def shanghai(entries: Any = None, **options: Any) -> Any:
    """Return a list of the office of Shanghai."""
    return status_list(entries, base=SH_BASE, by=SH_STATUS, **options)


SH_CODE = seal(claims({1: SHANGHAI_ISSUER}, health={**GREEN, 7: [NUMBER, INDEX]}), OTHER_KEY).text
SH_TOLD = ["0 CN-33 CN-31 applied"]
SH_ANSWERED = valid(BY_ZHEJIANG, SH_CODE, issued=IAT)
world(
    TOPIC,
    "slu-110",
    "STL-8 STL-11",
    "The list of an office of a recognised authority: it answers for that office's codes, and for no others.",
    *RECOGNISED,
    refused("status-unknown", SH_CODE),
    update(shanghai(), told=SH_TOLD),
    SH_ANSWERED,
    UNKNOWN,
    update(shanghai({INDEX: 1}, iat=IAT + 60), CLEAN, told=[*SH_TOLD, "1 CN-33 applied"]),
    refused("revoked", SH_CODE),
    ANSWERED,
    attack=[43],
)
world(
    TOPIC,
    "slu-111",
    "STL-8 UPD-1",
    "The recognition was taken back: the list concerns nothing. It is given again: what was held is held.",
    *RECOGNISED,
    update(shanghai(iat=IAT + 60), told=SH_TOLD),
    update(unrecognising := registry(Z, LISTING, after=RECOGNISING)),
    update(shanghai(iat=IAT + 90), told=["0 unknown-signer"]),
    refused("not-recognised", SH_CODE),
    update(registry(Z, LISTING, after=unrecognising, recognises=[recognition(SH_ROOT)])),
    valid(BY_ZHEJIANG, SH_CODE, issued=IAT + 60),
    update(shanghai(), told=["0 CN-33 CN-31 rollback"]),
    attack=[1, 14],
)
CN_ROOT = root(CHINA)
CN_LISTING = registry(CHINA, LISTING)
TWICE = (
    pin(LEAN_ROOT),
    pin(CN_ROOT),
    update(
        LEAN_ROOT,
        CN_ROOT,
        ZJ_LISTING,
        CN_LISTING,
        told=["0 CN-33 applied", "1 CN applied", "2 CN-33 applied", "3 CN applied"],
    ),
)
BOTH_TOLD = ["0 CN applied", "0 CN-33 applied"]
world(
    TOPIC,
    "slu-112",
    "STL-8",
    "Two anchors list the office: the list concerns both states.",
    *TWICE,
    update(CLEAN, told=BOTH_TOLD),
    ANSWERED,
    update(NEWER, told=BOTH_TOLD),
    REVOKED,
)
elsewhere = registry(CHINA, office(status_entry(), base="https://status.example/cn"))
mixed = (
    pin(LEAN_ROOT),
    pin(CN_ROOT),
    update(
        LEAN_ROOT,
        CN_ROOT,
        ZJ_LISTING,
        elsewhere,
        told=["0 CN-33 applied", "1 CN applied", "2 CN-33 applied", "3 CN applied"],
    ),
)
world(
    TOPIC,
    "slu-113",
    "STL-8 STL-11",
    "Two anchors list the office with two addresses: the list is one's alone.",
    *mixed,
    update(CLEAN, told=["0 CN wrong-authority", "0 CN-33 applied"]),
    ANSWERED,
    attack=[3],
)
world(
    TOPIC,
    "slu-130",
    "STL-11 STL-12 PTH-12",
    "One path says that the code is withdrawn, another knows nothing: waiving that does not get round the first.",
    *mixed,
    update(GONE, told=["0 CN wrong-authority", "0 CN-33 applied"]),
    refused("revoked", CODE_LISTED, waive=["status-unknown"]),
    attack=[42, 54],
)
world(
    TOPIC,
    "slu-114",
    "STL-8",
    "Two anchors list the office, and one of them its next status key too: its list stands beside the other.",
    pin(LEAN_ROOT),
    pin(CN_ROOT),
    update(LEAN_ROOT, CN_ROOT, PAIR, CN_LISTING,
           told=["0 CN-33 applied", "1 CN applied", "2 CN-33 applied", "3 CN applied"]),
    update(status_list(iat=IAT + 60, by=NEXT_STATUS)),
    update(CLEAN, told=["0 CN applied", "0 CN-33 applied"]),
    answered(60),
    attack=[1],
)  # fmt: skip
SISTER = "CN-33-02.WJW"
SISTER_STATUS = named(f"status {SISTER} 1")
SISTER_KEY = named(f"key {SISTER} 1")
SISTER_BASE = "https://status.example/33-02"
SISTERS = registry(
    Z, LISTING, office(status_entry(SISTER_STATUS), base=SISTER_BASE, identifier=SISTER, keys=(SISTER_KEY,))
)
world(
    TOPIC,
    "slu-115",
    "STL-8 STL-11",
    "Two offices of one authority: the same number and index are revoked with one and good with the other.",
    *LEAN,
    update(SISTERS),
    update(GONE, status_list(base=SISTER_BASE, by=SISTER_STATUS)),
    REVOKED,
    valid(f"CN-33 {SISTER}", coded(changes={1: SISTER}, key=SISTER_KEY), issued=IAT),
    attack=[3, 43],
)
same_base = registry(
    Z, LISTING, office(status_entry(SISTER_STATUS), base=BASE, identifier=SISTER, keys=(SISTER_KEY,))
)
world(
    TOPIC,
    "slu-116",
    "STL-8 STL-11",
    "Two offices with one status address: each list is that of the office whose key signed it.",
    *LEAN,
    update(same_base),
    update(GONE, status_list(by=SISTER_STATUS)),
    REVOKED,
    valid(f"CN-33 {SISTER}", coded(changes={1: SISTER}, key=SISTER_KEY), issued=IAT),
    attack=[3, 43],
)

# STL-9
LATE = IAT + 60 + 14 * DAY


def again(iat: int) -> Document:
    """Return a registry that recognises Shanghai again."""
    return registry(Z, LISTING, after=unrecognising, recognises=[recognition(SH_ROOT)], iat=iat)


AWAY = (*RECOGNISED, update(shanghai(iat=IAT + 60), told=SH_TOLD), update(unrecognising))
world(
    TOPIC,
    "slu-127",
    "STL-9 STL-8 UPD-1",
    "A recognition is given again after 14 days, with an older list: the newer is dropped after all outcomes.",
    *AWAY,
    update(again(LATE), shanghai(), at=LATE, told=["0 CN-33 applied", "1 CN-33 CN-31 rollback"]),
    update(shanghai(), at=LATE, told=SH_TOLD),
    update(shanghai(), at=LATE, told=SH_TOLD),
    attack=[1, 14],
)
world(
    TOPIC,
    "slu-128",
    "STL-9 STL-8 UPD-1",
    "The clock of one update is 14 days ahead, and no anchor says so: nothing is dropped.",
    *AWAY,
    update(at=LATE),
    update(again(AT), shanghai(), told=["0 CN-33 applied", "1 CN-33 CN-31 rollback"]),
    attack=[1, 14, 56],
)
world(
    TOPIC,
    "slu-129",
    "STL-9 STL-8 UPD-1",
    "The same, a second earlier: nothing is dropped yet.",
    *AWAY,
    update(again(LATE - 1), at=LATE - 1),
    update(shanghai(), at=LATE - 1, told=["0 CN-33 CN-31 rollback"]),
    update(shanghai(), at=LATE - 1, told=["0 CN-33 CN-31 rollback"]),
    attack=[1, 14],
)
unlisted = registry(Z, after=ZJ_LISTING)
keyless = registry(Z, office(), after=ZJ_LISTING)
FRESH = root(Z, 5, keys=(7, 8, 9), registry_keys=(7,))
FRESH_LISTING = registry(Z, LISTING, epoch=5, by=[7])
kept: list[tuple[str, str, str, list[int], tuple[Step, ...]]] = [
    ("slu-120", "STL-9 STL-8.6 STL-11", "The office is dropped and listed again: its list is held still.", [1, 4],
     (*OPEN, update(NEWER), update(unlisted), refused("unknown-key", CODE_LISTED),
      update(CLEAN, told=["0 unknown-signer"]), update(registry(Z, LISTING, after=unlisted)), REVOKED,
      update(CLEAN, told=told("rollback")), update(NEWER, told=told("unchanged")))),
    ("slu-121", "STL-9 STL-11", "The status key is dropped and listed again: its list answers again.", [1],
     (*OPEN, update(CLEAN), update(keyless), UNKNOWN, update(registry(Z, LISTING, after=keyless)), ANSWERED)),
    ("slu-122", "STL-11 AUT-5",
     "The status key is left out while a list of it stands: that is taken back, and another key speaks (AUT-5).",
     [1],
     (*OPEN, update(NEWER), update(registry(Z, office(status_entry(NEXT_STATUS)), after=ZJ_LISTING)), UNKNOWN,
      update(status_list(by=NEXT_STATUS)), ANSWERED,
      update(status_list(by=NEXT_STATUS, iat=IAT + 61)), answered(61))),
    ("slu-123", "STL-9 UPD-6 UPD-7", "Another pin keeps the list: an older one is refused then too.", [1],
     (*OPEN, update(NEWER), REVOKED, pin(FRESH), update(FRESH, told=["0 CN-33 applied"]),
      update(FRESH_LISTING), REVOKED, update(CLEAN, told=told("rollback")))),
    ("slu-124", "STL-9", "A next root and the next registry change nothing about lists.", [],
     (*OPEN, update(CLEAN),
      update(root(Z, 2, keys=(1,), threshold=1, registry_keys=(2,)), told=["0 CN-33 applied epoch-opened"]),
      update(registry(Z, LISTING, after=ZJ_LISTING, epoch=2, by=[2])), ANSWERED,
      update(CLEAN, told=told("unchanged")))),
    ("slu-125", "STL-9 STL-8", "A new epoch keeps the list, and refuses an older one.", [1, 5],
     (*OPEN, update(NEWER),
      update(root(Z, 2, keys=(1,), threshold=1, registry_keys=(2,)),
             told=["0 CN-33 applied epoch-opened"]),
      update(registry(Z, LISTING, after=ZJ_LISTING, epoch=2, by=[2])), REVOKED,
      update(CLEAN, told=told("rollback")))),
    ("slu-131", "STL-8.6 STL-11",
     "A new epoch does not list the key of a newer list: an older one of a listed key answers.",
     [5, 20],
     (*OPEN, update(registry(Z, office(status_entry(), status_entry(NEXT_STATUS)), after=ZJ_LISTING)),
      update(status_list(by=NEXT_STATUS, iat=IAT + 60)),
      update(root(Z, 2, keys=(1,), threshold=1, registry_keys=(2,)),
             told=["0 CN-33 applied epoch-opened"]),
      update(registry(Z, LISTING, after=ZJ_LISTING, epoch=2, version=9, by=[2])), update(CLEAN), ANSWERED)),
    ("slu-132", "UPD-3 STL-8", "While the pinned root is awaited, no list is taken.", [],
     (*OPEN, pin(FRESH), update(CLEAN, told=["0 unknown-signer"]))),
    ("slu-126", "STL-9 UPD-1", "A registry that is refused takes no list away.", [6],
     (*OPEN, update(CLEAN), update(registry(Z, after=ZJ_LISTING, content={1: 0}),
                                   told=told("malformed-document")), ANSWERED)),
]  # fmt: skip
for identifier, clause, comment, attack, steps in kept:
    world(TOPIC, identifier, clause, comment, *steps, attack=attack)
