"""Section 2 of status.md, STL-1, STL-2 and STL-10: the layout of a list, who signed it, and where it ends."""

from __future__ import annotations

from typing import Any

from documents import (
    REGISTRY,
    SHANGHAI,
    SHANGHAI_OFFICE,
    ZHEJIANG,
    ZJ_1,
    issuer,
    named,
    registry,
    root,
    signed,
)
from ed25519 import L, sign
from encode import base45, cbor, head, seal, thumbprint
from lists import (
    BASE,
    CLEAN,
    CODE_LISTED,
    GONE,
    LISTING,
    NEXT_STATUS,
    OPEN,
    STATUS,
    TYP,
    ZJ_LISTING,
    coded,
    offered,
    office,
    protected,
    status_entry,
    status_list,
    stored,
)
from topic import IAT, KEY, SECOND_KEY, Topic, claims, present
from worlds import LEAN, LEAN_ROOT, Step, pin, refused, update, valid, world

TOPIC = Topic("status-envelope")
UNKNOWN = refused("status-unknown", CODE_LISTED)
REVOKED = refused("revoked", CODE_LISTED)
ANSWERED = valid(text=CODE_LISTED, issued=IAT)
ENDED = ["0 malformed-envelope"]
STRANGER = ["0 unknown-signer"]
BAD = ["0 CN-33 bad-signature"]
identifier: str
clause: str
comment: str
attack: list[int]
steps: tuple[Step, ...]
what: Any


world(
    TOPIC,
    "sle-001",
    "STL-1 STL-2 STL-3 STL-8 STL-11 STL-13",
    "A list that the office's status key signed, and a code whose entry is 0: it is good.",
    *OPEN,
    UNKNOWN,
    update(CLEAN),
    ANSWERED,
    layered=True,
)
world(
    TOPIC,
    "sle-002",
    "STL-1 STL-6 STL-11",
    "The entry of the code is 1: it is revoked. That of its neighbour is not.",
    *OPEN,
    update(GONE),
    REVOKED,
    valid(text=coded(70_001), issued=IAT),
    layered=True,
)
small = status_list(size=1)
world(
    TOPIC,
    "sle-003",
    "STL-1",
    "The shortest list there is, of one byte: the payload's length takes 1 byte, as it can.",
    *OPEN,
    update(small),
    valid(text=coded(7), issued=IAT),
)
world(
    TOPIC,
    "sle-004",
    "STL-1",
    "The payload's length takes 4 bytes: 65,500 bytes that are not compressed.",
    *OPEN,
    update(status_list(stream=stored(bytes([2]) + bytes(65_499)))),
    refused("revoked", coded(1)),
    valid(text=coded(524_000 - 1), issued=IAT),
)

# STL-1: each of these is signed as it stands, by the key that may.
kid = STATUS.kid
length = len(CLEAN.payload)
faults: list[tuple[str, str, list[int], dict[str, Any]]] = [
    ("sle-010", "No tag.", [32], {"start": b"\x84"}),
    ("sle-010", "Tag 17, COSE_Mac0.", [32], {"start": b"\xd1\x84"}),
    ("sle-010", "Tag 98, COSE_Sign.", [32], {"start": b"\xd8\x62\x84"}),
    ("sle-010", "The tag of a CWT before it.", [32], {"start": b"\xd8\x3d\xd2\x84"}),
    ("sle-010", "The tag in 2 bytes.", [32], {"start": b"\xd8\x12\x84"}),
    ("sle-010", "An array of 5.", [32], {"start": b"\xd2\x85"}),
    ("sle-010", "An array without end.", [32], {"start": b"\xd2\x9f", "end": b"\xff"}),
    ("sle-020", "The protected header's length in 2 bytes.", [30], {"header_head": b"\x59\x00\x2a"}),
    ("sle-020", "Algorithm -8, EdDSA.", [30], {"header": protected(kid, alg=-8)}),
    ("sle-020", "Algorithm -7, ES256.", [30], {"header": protected(kid, alg=-7)}),
    ("sle-020", "No algorithm.", [30], {"header": cbor({4: kid, 16: TYP})}),
    ("sle-020", "The algorithm in the unprotected header.", [30], {
        "header": cbor({4: kid, 16: TYP}),
        "unprotected": cbor({1: -19}),
    }),
    ("sle-020", "The kid in the unprotected header, as the draft allows.", [31], {
        "header": cbor({1: -19, 16: TYP}),
        "unprotected": cbor({4: kid}),
    }),
    ("sle-020", "A kid of 7 bytes.", [31], {"header": protected(kid[:7])}),
    ("sle-020", "A kid of 32 bytes: the whole thumbprint.", [31], {"header": protected(bytes(24) + kid)}),
    ("sle-028", "No typ.", [37], {"header": cbor({1: -19, 4: kid})}),
    ("sle-028", "The typ of the JWT form.", [37], {"header": protected(kid, typ="application/statuslist+jwt")}),
    ("sle-028", "The typ without application/.", [37], {"header": protected(kid, typ="statuslist+cwt")}),
    ("sle-028", "The typ with a capital.", [37], {"header": protected(kid, typ="application/Statuslist+cwt")}),
    ("sle-028", "The typ as bytes.", [37], {"header": cbor({1: -19, 4: kid, 16: TYP.encode()})}),
    ("sle-028", "The typ under 3, content type.", [37], {"header": cbor({1: -19, 3: TYP, 4: kid})}),
    ("sle-028", "The typ's length in 2 bytes.", [], {
        "header": b"\xa3\x01\x32\x04\x48" + kid + b"\x10\x79\x00\x1a" + TYP.encode(),
    }),
    ("sle-028", "The kid before the algorithm.", [], {
        "header": b"\xa3\x04\x48" + kid + b"\x01\x32\x10" + cbor(TYP),
    }),
    ("sle-028", "A critical header.", [31], {"header": cbor({1: -19, 2: [4], 4: kid, 16: TYP})}),
    ("sle-037", "An empty array as the unprotected header.", [], {"unprotected": b"\x80"}),
    ("sle-037", "A member in the unprotected header.", [31], {"unprotected": cbor({4: kid})}),
    ("sle-040", "The payload's length in 4 bytes where 1 is enough.", [46], {"payload_head": head(2, length, 4)}),
    ("sle-040", "The payload's length in 8 bytes.", [46], {"payload_head": head(2, length, 8)}),
    ("sle-040", "A detached payload.", [], {"payload_head": b"\xf6", "payload": b""}),
    ("sle-040", "A payload of 23 bytes.", [], {"payload": bytes(23)}),
    ("sle-040", "A payload of 23 bytes, with its length in a byte of its own.", [], {
        "payload": bytes(23),
        "payload_head": b"\x58\x17",
    }),
    ("sle-040", "A payload that is longer than what there is.", [6], {"payload_head": head(2, 60_000)}),
    ("sle-046", "The signature as a text.", [], {"signature_head": b"\x78\x40"}),
    ("sle-046", "A signature of 63 bytes.", [36], {"signature_head": b"\x58\x3f", "signature": bytes(63)}),
]  # fmt: skip
offered(TOPIC, "STL-1", [(name, told, rows, status_list(**how)) for name, told, rows, how in faults], ENDED)
# STL-10: the same, each with a good list after it. Where the two byte strings stand in their places it is found.
alone = (
    "Algorithm -8, EdDSA.",
    "Algorithm -7, ES256.",
    "The typ of the JWT form.",
    "The typ with a capital.",
    "The typ as bytes.",
    "The typ under 3, content type.",
    "The kid before the algorithm.",
    "An empty array as the unprotected header.",
    "A payload of 23 bytes.",
    "A signature of 63 bytes.",
)
more: list[tuple[str, dict[str, Any]]] = [
    ("A signature of 65 bytes.", {"signature_head": b"\x58\x41", "signature": bytes(65)}),
    ("No byte of a signature.", {"signature_head": b"\x40", "signature": b""}),
    ("No byte of a payload.", {"payload": b""}),
]
kept = [(text, how) for _, text, _, how in faults if text in alone] + more
ending = [(text, how) for _, text, _, how in faults if text not in alone]
ending += [
    ("The signature's length in 2 bytes.", {"signature_head": b"\x59\x00\x40"}),
    (
        "The signature's length in a byte where none is needed.",
        {"signature_head": b"\x58\x17", "signature": bytes(23)},
    ),
    ("No head of a signature.", {"signature_head": b""}),
]
for identifier, told_rest, group in [
    ("sle-131", [], ending[:14]),
    ("sle-132", [], ending[14:]),
    ("sle-133", ["1 CN-33 applied"], kept),
]:
    comment = "In turn, each with a good list after it: " + " ".join(text for text, _ in group)
    steps = tuple(
        update(status_list(**how), status_list(iat=IAT + i), told=[*ENDED, *told_rest])
        for i, (_, how) in enumerate(group)
    )
    answered = valid(text=CODE_LISTED, issued=IAT + len(group) - 1) if told_rest else UNKNOWN
    world(TOPIC, identifier, "STL-1 STL-10 BDL-2", comment, *OPEN, *steps, answered, attack=[6])
cut = CLEAN.data[:-1]
world(TOPIC, "sle-048", "STL-1", "The last byte is missing.", *OPEN, update(cut, told=ENDED), UNKNOWN)
world(TOPIC, "sle-049", "STL-1", "Four bytes of a list.", *OPEN, update(CLEAN.data[:4], told=ENDED), attack=[6])

# STL-2
message = CLEAN.signatures[0][1]
own = CLEAN.signatures[0][2]
high = own[:32] + (int.from_bytes(own[32:], "little") + L).to_bytes(32, "little")
forms: list[tuple[str, str, list[int], dict[str, Any]]] = [
    ("sle-060", "Signed with the external_aad of a credential.", [37], {"aad": b"HP1"}),
    ("sle-060", "Signed with its typ as external_aad, as documents are.", [37], {"aad": TYP.encode()}),
    ("sle-060", "Signed in the context of a COSE_Sign.", [37], {"context": "Signature"}),
    ("sle-060", "Signed in the context of a countersignature.", [37], {"context": "CounterSignature"}),
    ("sle-064", "S is too large by L.", [36], {"signature": high}),
    ("sle-064", "One bit of S is another.", [36], {"signature": own[:-1] + bytes([own[-1] ^ 1])}),
    ("sle-064", "One bit of R is another.", [36], {"signature": bytes([own[0] ^ 1]) + own[1:]}),
    ("sle-064", "R is the identity.", [36], {"signature": sign(STATUS.seed, message, nonce=0)}),
    ("sle-064", "A signature of zeros.", [36], {"signature": bytes(64)}),
    ("sle-069", "Another key has signed under the kid.", [10], {"by": NEXT_STATUS, "kid": kid}),
    ("sle-069", "A credential key of the office has signed under the kid of its status key.", [10, 20], {
        "by": KEY,
        "kid": kid,
    }),
    ("sle-069", "The signature is that of another list of the same key.", [], {
        "signature": GONE.signatures[0][2],
    }),
    ("sle-069", "A payload that is no CBOR, with a bad signature: it is not decoded.", [34], {
        "payload": b"\xff" * 24,
        "signature": bytes(64),
    }),
]  # fmt: skip
offered(TOPIC, "STL-2 STL-8", [(name, told, rows, status_list(**how)) for name, told, rows, how in forms], BAD)

# STL-8: whose key it is.
OTHER_OFFICE = "CN-33-02.WJW"
THEIRS = named(f"status {OTHER_OFFICE} 1")
policy = office(status_entry(), status_entry(NEXT_STATUS, use=3))
beyond = office(status_entry(), status_entry(NEXT_STATUS, use=99))
both = office(status_entry(), keys=(KEY, SECOND_KEY))
neighbours = registry(ZHEJIANG, LISTING, issuer(OTHER_OFFICE, status_entry(THEIRS), changes={5: BASE + "/x"}))
weak = bytes([1]) + bytes(31)  # the identity
owners: list[tuple[str, str, list[int], Any, Any]] = [
    ("sle-080", "A key that nobody lists.", [18], ZJ_LISTING, status_list(by=NEXT_STATUS)),
    ("sle-081", "The key that signs the office's codes: its use is 1.", [20], ZJ_LISTING, status_list(by=KEY)),
    ("sle-082", "Another key of the office for codes.", [20], registry(ZHEJIANG, both),
     status_list(by=SECOND_KEY)),
    ("sle-083", "A key of the office for policies.", [20], registry(ZHEJIANG, policy),
     status_list(by=NEXT_STATUS)),
    ("sle-084", "A key of the office whose use is not assigned.", [20], registry(ZHEJIANG, beyond),
     status_list(by=NEXT_STATUS)),
    ("sle-085", "The key that signs the registry.", [20], ZJ_LISTING, status_list(by=ZHEJIANG.registry_key(1))),
    ("sle-086", "A key that signs roots.", [20], ZJ_LISTING, status_list(by=ZHEJIANG.root_key(1))),
    ("sle-087", "The registry does not list the status key.", [18], ZJ_1, CLEAN),
    ("sle-088", "A weak key was dropped from the registry: its lists are a stranger's.", [16],
     registry(ZHEJIANG, office(status_entry(), {**status_entry(), 1: {1: 1, -1: 6, -2: weak}})),
     status_list(kid=thumbprint(weak)[:8])),
]  # fmt: skip
for identifier, comment, attack, first, what in owners:
    steps = (*LEAN, update(first, told=["0 CN-33 applied"]), update(what, told=STRANGER), UNKNOWN)
    world(TOPIC, identifier, "STL-8", comment, *steps, attack=attack)
world(
    TOPIC,
    "sle-090",
    "STL-8",
    "The status key of another office signs a list of this one: the address is not that office's.",
    *LEAN,
    update(neighbours),
    update(status_list(by=THEIRS), told=["0 CN-33 wrong-authority"]),
    UNKNOWN,
    update(CLEAN),
    ANSWERED,
    attack=[3, 20, 43],
)
world(TOPIC, "sle-091", "STL-8", "A store that holds no registry yet.", *LEAN, update(CLEAN, told=STRANGER))
world(TOPIC, "sle-092", "STL-8", "A store without an anchor.", update(CLEAN, told=STRANGER), attack=[18])

# A list as something else, and something else as a list.
framed = signed(REGISTRY, registry(ZHEJIANG, LISTING, after=ZJ_LISTING).payload, [STATUS])
exchanged: list[tuple[str, str, str, Any, list[str]]] = [
    ("sle-100", "STL-2 STL-10", "A credential in a bundle.", seal(claims(), KEY).cose, ENDED),
    ("sle-101", "STL-2 STL-10", "A presentation in a bundle.", present().presentation, ENDED),
    ("sle-102", "STL-3", "The claims of a credential, signed as a list.",
     status_list(payload=seal(claims(), KEY).payload), ["0 CN-33 malformed-payload"]),
    ("sle-103", "STL-3", "A registry's payload, signed as a list.",
     status_list(payload=ZJ_LISTING.payload), ["0 CN-33 malformed-payload"]),
    ("sle-104", "STL-8", "A registry that a status key has signed.", framed, STRANGER),
    ("sle-105", "STL-2", "The claims of a list, signed as a registry by the registry's key.",
     signed(REGISTRY, CLEAN.payload, [ZHEJIANG.registry_key(1)]), ["0 CN-33 malformed-payload"]),
    ("sle-106", "STL-1", "A COSE_Sign whose typ is that of a list.", signed(TYP, CLEAN.payload, [STATUS]),
     ["0 unsupported-kind"]),
]  # fmt: skip
for identifier, clause, comment, what, outcome in exchanged:
    world(TOPIC, identifier, clause, comment, *OPEN, update(what, told=outcome), UNKNOWN, attack=[37])
world(
    TOPIC,
    "sle-107",
    "STL-2",
    "A list as the text of a code.",
    *OPEN,
    refused("malformed-envelope", "HP1:" + base45(CLEAN.data)),
    attack=[37],
)
world(
    TOPIC,
    "sle-108",
    "STL-2",
    "A code that the status key has signed.",
    *OPEN,
    refused("key-not-valid", coded(key=STATUS)),
    attack=[20, 37],
)
world(
    TOPIC,
    "sle-109",
    "STL-2",
    "The claims of a list in the envelope of a code, signed by the key for codes.",
    *OPEN,
    refused("malformed-payload", seal(CLEAN.payload, KEY).text),
    attack=[37],
)

# STL-10
second = status_list(number=4)
SH_ROOT, SH_1 = root(SHANGHAI), registry(SHANGHAI, SHANGHAI_OFFICE)
REST = ["0 CN-33 applied", "1 CN-33 applied"]
bundles: list[tuple[str, str, str, list[int], tuple[Step, ...]]] = [
    ("sle-120", "STL-10 STL-8", "Root, registry and two lists in one bundle.", [],
     (pin(LEAN_ROOT), update(LEAN_ROOT, ZJ_LISTING, CLEAN, second), ANSWERED,
      valid(text=coded(number=4), issued=IAT))),
    ("sle-121", "STL-8 UPD-2", "The list stands before the registry that lists its key: it is applied after it.",
     [],
     (*LEAN, update(CLEAN, ZJ_LISTING), ANSWERED)),
    ("sle-122", "STL-10 BDL-2", "What follows the last byte of a list is another document, and here none.", [32],
     (*OPEN, update(CLEAN, b"\0", told=["0 CN-33 applied", "1 malformed-envelope"]), ANSWERED)),
    ("sle-123", "STL-10 BDL-2", "A stranger's list, one badly signed, one of zeros, and a good one: it counts.",
     [6],
     (*OPEN, update(status_list(by=NEXT_STATUS), status_list(signature=bytes(64)), status_list(payload=bytes(24)),
                    CLEAN, told=["0 unknown-signer", "1 CN-33 bad-signature", "2 CN-33 malformed-payload",
                                 "3 CN-33 applied"]), ANSWERED)),
    ("sle-124", "STL-10 BDL-2", "A list with another algorithm is refused alone: the others count.", [6],
     (*OPEN, update(second, status_list(header=protected(kid, alg=-8)), CLEAN,
                    told=["0 CN-33 applied", "1 malformed-envelope", "2 CN-33 applied"]),
      ANSWERED, valid(text=coded(number=4), issued=IAT))),
    ("sle-125", "STL-10 BDL-2", "A list that was cut off in the middle of a bundle.", [6],
     (*OPEN, update(second, CLEAN.data[:-70], told=["0 CN-33 applied", "1 malformed-envelope"]), UNKNOWN)),
    ("sle-126", "STL-10 BDL-2", "A list with another authority's root and registry around it.", [6],
     (*OPEN, update(SH_ROOT, CLEAN, SH_1, told=["0 unknown-signer", "1 CN-33 applied", "2 unknown-signer"]),
      ANSWERED)),
    ("sle-127", "STL-10 BDL-2", "A document of an unknown kind before a list is passed over.", [6],
     (*OPEN, update(signed("healthpass-roof", ZJ_1.payload, [KEY]), CLEAN,
                    told=["0 unsupported-kind", "1 CN-33 applied"]), ANSWERED)),
    ("sle-128", "STL-10 BDL-1", "Two lists in an array: around a bundle there is none.", [],
     (*OPEN, update(b"\x82", CLEAN, second, told=ENDED), UNKNOWN)),
    ("sle-129", "STL-8 STL-10", "One list twice in a bundle.", [],
     (*OPEN, update(CLEAN, CLEAN, told=["0 CN-33 applied", "1 CN-33 unchanged"]), ANSWERED)),
    ("sle-130", "STL-8 UPD-2", "The bundle has a list, and then a registry that lists its key no more.",
     [18], (*OPEN, update(CLEAN, registry(ZHEJIANG, office(), after=ZJ_LISTING),
                          told=["0 unknown-signer", "1 CN-33 applied"]), UNKNOWN)),
]  # fmt: skip
for identifier, clause, comment, attack, steps in bundles:
    world(TOPIC, identifier, clause, comment, *steps, attack=attack)
