"""Section 12 of presentation.md: what a device proves to an office, and which proofs an office takes."""

from __future__ import annotations

from typing import Any

from cases_key import WEAK
from encode import Key, base45, cbor, wide
from enrolling import ENROLLING, Proof, challenge, challenge_of, prove, with_raw
from topic import AT, DEVICE, EXAMPLE_DEVICE, ISSUER, KEY, NONCE, UNLISTED_KEY, Topic, present, swap, table

PROVING, CHECKING = Topic("presentation-prove"), Topic("presentation-enrol")
OTHER = "CN-31.WJW"
LONGEST = "NZ-12345678-12345678-12345678.12345678"
ASKED = challenge(ISSUER)
GOOD = prove(DEVICE, ISSUER)


def proved(
    identifier: str, clause: str, comment: str, issuer: str, key: Key = DEVICE, *, nonce: bytes = ENROLLING
) -> None:
    """Add a proof that a device makes, and the one text that comes of it."""
    made = prove(key, issuer, nonce=nonce)
    inputs = {"seed": key.seed.hex(), "challenge": challenge(issuer, nonce), "issuer": issuer}
    PROVING.add("prove", identifier, clause, [], comment, **inputs, expect_text=made.text, layers=made.layers())


def not_proved(identifier: str, comment: str, text: str, *, issuer: str = ISSUER, attack: int = 35) -> None:
    """Add a challenge that a device does not answer."""
    inputs = {"seed": DEVICE.seed.hex(), "challenge": text, "issuer": issuer}
    PROVING.add("prove", identifier, "ENR-5", [attack], comment, **inputs, expect="refused")


def taken(
    identifier: str, clause: str, comment: str, made: Proof, asked: str = ASKED, *, key: Key = DEVICE
) -> None:
    """Add a proof that an office takes."""
    result = {"expect": {"public_key": key.public.hex()}, "layers": made.layers()}
    CHECKING.add("enrol", identifier, clause, [], comment, proof=made.text, challenge=asked, **result)


def refused(
    identifier: str, clause: str, comment: str, proof: Proof | bytes | str, *, asked: str = ASKED, attack: int = 37
) -> None:
    """Add a proof that an office refuses."""
    text = proof if isinstance(proof, str) else "HPK1:" + base45(proof) if isinstance(proof, bytes) else proof.text
    CHECKING.add("enrol", identifier, clause, [attack], comment, proof=text, challenge=asked, expect="refused")


proved("prv-001", "ENR-4", "The example of section 12.", ISSUER, EXAMPLE_DEVICE)
proved("prv-002", "ENR-3 ENR-4", "Another device.", ISSUER, DEVICE)
proved("prv-003", "ENR-4", "Another nonce.", ISSUER, nonce=NONCE)
proved("prv-004", "ENR-4", "Another office: other signed bytes.", OTHER, DEVICE)
proved("prv-005", "ENR-1 ENR-4", "The shortest issuer id.", "NZ", DEVICE)
proved("prv-006", "ENR-1 ENR-4", "The longest issuer id: 38 characters.", LONGEST, DEVICE)
proved(
    "prv-007", "ENR-4", "An external_aad of 23 bytes, the last with a head of one.", "NZ-12345678-1234567", DEVICE
)
proved(
    "prv-008",
    "ENR-4",
    "An external_aad of 24 bytes, the first with a head of two.",
    "NZ-12345678-12345678",
    DEVICE,
)
proved(
    "prv-009", "ENR-1", "An id of 23 characters, the last with a head of one.", "NZ-12345678-12345678-12", DEVICE
)
proved(
    "prv-010", "ENR-1", "An id of 24 characters, the first with a head of two.", "NZ-12345678-12345678-123", DEVICE
)
proved("prv-011", "ENR-5", "A nonce of zeros: the app does not judge a number.", ISSUER, nonce=bytes(16))

not_proved("prv-020", "The challenge of another office than the holder means.", challenge(OTHER), attack=37)
not_proved("prv-021", "The region of the office is not the office.", challenge("CN-33-01"), attack=37)
nonce, name = cbor(ENROLLING), cbor(ISSUER)
for number, (comment, text) in enumerate(
    (
        ("A nonce of 15 bytes", challenge(ISSUER, ENROLLING[:15])),
        ("A nonce of 17 bytes", challenge(ISSUER, ENROLLING + b"\0")),
        ("A nonce that is text", challenge(ISSUER, "0123456789abcdef")),
        ("A name that is bytes", challenge(ISSUER.encode())),
        ("No issuer id", challenge("CN-330")),
        ("An id in lower case", challenge("cn-33-01.wjw")),
        ("An id with a newline at its end", challenge(ISSUER + "\n")),
        ("An empty id", challenge("")),
        ("A nonce alone", challenge_of(cbor([ENROLLING]))),
        ("A third item", challenge_of(cbor([ENROLLING, ISSUER, 0]))),
        ("The items the other way around", challenge_of(cbor([ISSUER, ENROLLING]))),
        ("A byte at the end", challenge_of(cbor([ENROLLING, ISSUER]) + b"\0")),
        ("The last byte is missing", challenge_of(cbor([ENROLLING, ISSUER])[:-1])),
        ("The head of the nonce in a longer form", challenge_of(with_raw(wide(ENROLLING, 1).data, name))),
        ("The head of the id in a longer form", challenge_of(with_raw(nonce, wide(ISSUER, 1).data))),
        ("An array of indefinite length", challenge_of(b"\x9f" + nonce + name + b"\xff")),
        ("A map", challenge_of(cbor({0: ENROLLING, 1: ISSUER}))),
        ("No bytes", "HPE1:"),
        ("No text", ""),
        ("A newline after the text", ASKED + "\n"),
        ("A blank before the text", " " + ASKED),
        ("The prefix in lower case", "hpe1:" + ASKED[5:]),
        ("Another version", "HPE2:" + ASKED[5:]),
        ("The prefix of a gate's challenge", "HPC1:" + ASKED[5:]),
        ("A gate's challenge", "HPC1:" + base45(NONCE)),
        ("A proof", GOOD.text),
        ("What is no Base45", "HPE1:GGW"),
        ("A challenge of 59 bytes, with an id of 39 characters", challenge(LONGEST + "9")),
        ("A text of 2,049 characters", "HPE1:" + base45(bytes(1362)) + "0"),
    ),
    30,
):
    not_proved(f"prv-{number:03}", f"{comment}.", text)

taken("enr-001", "ENR-6", "The example of section 12.", prove(EXAMPLE_DEVICE, ISSUER), key=EXAMPLE_DEVICE)
taken("enr-002", "ENR-6", "Another device.", GOOD, ASKED)
taken("enr-003", "ENR-6", "Another office.", prove(DEVICE, OTHER), challenge(OTHER))
taken("enr-004", "ENR-6", "The longest issuer id.", prove(DEVICE, LONGEST), challenge(LONGEST))
taken("enr-005", "ENR-6", "Another nonce.", prove(DEVICE, ISSUER, nonce=NONCE), challenge(ISSUER, NONCE))

refused("enr-010", "ENR-6.1", "It answers another challenge.", prove(DEVICE, ISSUER, nonce=NONCE), attack=41)
refused(
    "enr-011",
    "ENR-6.1",
    "The nonce of this challenge is put over that of another one.",
    swap(prove(DEVICE, ISSUER, nonce=NONCE).proof, NONCE, ENROLLING),
    attack=41,
)
refused("enr-012", "ENR-6.3", "It was made for another office.", prove(DEVICE, OTHER))
refused("enr-013", "ENR-6.3", "It was made for the office's region.", prove(DEVICE, "CN-33-01"))
refused(
    "enr-014",
    "ENR-6.3",
    "Another key stands in it than the one that signed.",
    prove(DEVICE, ISSUER, public=KEY.public),
)
refused(
    "enr-015",
    "ENR-6.3",
    "The key in it is another device's.",
    swap(GOOD.proof, DEVICE.public, UNLISTED_KEY.public),
)
contexts: list[tuple[str, dict[str, Any]]] = [
    ("No external_aad", {"aad": b""}),
    ("HPK1 without an office", {"aad": b"HPK1"}),
    ("The office without HPK1", {"aad": ISSUER.encode()}),
    ("The external_aad of a presentation", {"aad": b"HPP1"}),
    ("The external_aad of a credential", {"aad": b"HP1"}),
    ("The context of a document's signatures", {"context": "Signature"}),
]
for number, (comment, knobs) in enumerate(contexts, 16):
    refused(f"enr-{number:03}", "ENR-4 ENR-6.3", f"{comment} was signed.", prove(DEVICE, ISSUER, **knobs))
shown = present({6: AT, 10: ENROLLING})
refused("enr-022", "ENR-6.3", "The signature of a presentation.", GOOD.proof[:-64] + shown.signature)
refused("enr-023", "ENR-3", "A presentation.", shown.text)
refused("enr-024", "ENR-3", "A presentation under the prefix of a proof.", "HPK1:" + shown.text[5:])
refused("enr-025", "ENR-6.3", "A signature of zeros.", GOOD.proof[:-64] + bytes(64), attack=36)
for number, bit in enumerate((0, 255, 256, 511), 26):
    flipped = bytearray(GOOD.proof)
    flipped[-64 + bit // 8] ^= 1 << bit % 8
    refused(f"enr-{number:03}", "ENR-6.3", f"Bit {bit} of the signature is another.", bytes(flipped), attack=36)

for number, (_, kind, comment, public) in enumerate((WEAK[0], WEAK[2], WEAK[4], WEAK[6], WEAK[12], WEAK[-1]), 30):
    made = prove(DEVICE, ISSUER, public=public)
    forged = made.proof[:-64] + b"\1" + bytes(63)
    refused(f"enr-{number:03}", "ENR-6.2", f"A weak device key ({kind}). {comment}", forged, attack=47)
for number, row in enumerate(table("published-keys"), 1):
    made = prove(DEVICE, ISSUER, public=bytes.fromhex(row["public_key"]))
    refused(f"enr-p{number:02}", "ENR-6.2", f"A published key: {row['source']}.", made, attack=16)

layouts: list[tuple[str, Proof | bytes]] = [
    ("No bytes", b""),
    ("A byte at the end", prove(DEVICE, ISSUER, end=b"\0")),
    ("The last byte is missing", GOOD.proof[:-1]),
    ("No tag", prove(DEVICE, ISSUER, start=b"\x84")),
    ("The tag of COSE_Sign", prove(DEVICE, ISSUER, start=b"\xd8\x62\x84")),
    ("An array of 5", prove(DEVICE, ISSUER, start=b"\xd2\x85")),
    ("The tag in a longer form", prove(DEVICE, ISSUER, start=b"\xd8\x12\x84")),
    ("A kid in the protected header", prove(DEVICE, ISSUER, protected=cbor({1: -19, 4: DEVICE.kid}))),
    ("The algorithm -8", prove(DEVICE, ISSUER, protected=cbor({1: -8}))),
    ("An empty protected header", prove(DEVICE, ISSUER, protected=b"")),
    ("Something in the unprotected header", prove(DEVICE, ISSUER, unprotected=cbor({4: DEVICE.kid}))),
    ("A nonce of 15 bytes", prove(DEVICE, ISSUER, nonce=ENROLLING[:15])),
    ("A nonce of 17 bytes", prove(DEVICE, ISSUER, nonce=ENROLLING + b"\0")),
    ("A key of 31 bytes", prove(DEVICE, ISSUER, public=DEVICE.public[:31])),
    ("A COSE_Key", prove(DEVICE, ISSUER, payload=cbor([ENROLLING, {1: 1, -1: 6, -2: DEVICE.public}]))),
    ("The issuer in the payload too", prove(DEVICE, ISSUER, payload=cbor([ENROLLING, DEVICE.public, ISSUER]))),
    ("A map as payload", prove(DEVICE, ISSUER, payload=cbor({0: ENROLLING, 1: DEVICE.public}))),
    ("The head of the payload in a longer form", prove(DEVICE, ISSUER, payload_head=b"\x59\x00\x34")),
    (
        "The head of the nonce in a longer form",
        prove(DEVICE, ISSUER, payload=with_raw(wide(ENROLLING, 1).data, cbor(DEVICE.public))),
    ),
    ("A detached payload", swap(GOOD.proof, b"\x58\x34" + GOOD.payload, b"\xf6")),
    ("The head of the signature in a longer form", prove(DEVICE, ISSUER, signature_head=b"\x59\x00\x40")),
    ("A signature of 63 bytes", GOOD.proof[:-66] + b"\x58\x3f" + GOOD.proof[-63:]),
]
for number, (comment, proof) in enumerate(layouts, 40):
    refused(f"enr-{number:03}", "ENR-3", f"{comment}.", proof, attack=33)
for number, (comment, text) in enumerate(
    (
        ("No text", ""),
        ("A newline after the text", GOOD.text + "\n"),
        ("A blank before the text", " " + GOOD.text),
        ("The prefix in lower case", "hpk1:" + GOOD.text[5:]),
        ("The body in lower case", "HPK1:" + GOOD.text[5:].lower()),
        ("Another version", "HPK2:" + GOOD.text[5:]),
        ("The prefix of a presentation", "HPP1:" + GOOD.text[5:]),
        ("The challenge", ASKED),
        ("What is no Base45", GOOD.text[:-1]),
        ("A text of 2,049 characters", "HPK1:" + base45(bytes(1362)) + "0"),
    ),
    70,
):
    refused(f"enr-{number:03}", "ENR-3", f"{comment}.", text, attack=35)
