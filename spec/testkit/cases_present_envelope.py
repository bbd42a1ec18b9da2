"""Section 4 of presentation.md: the envelope. What is signed is signed well; only the layout differs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cases_present_text import EXAMPLE_CLAIMS, EXAMPLE_SHOWING
from encode import BYTES, Pairs, Raw, Sealed, base45, cbor, head, seal
from topic import (
    AT,
    BOUND,
    EXAMPLE,
    EXAMPLE_DEVICE,
    GREEN,
    KEY,
    NONCE,
    OPENING,
    Topic,
    bound,
    present,
)

if TYPE_CHECKING:
    from showing import Shown

TOPIC = Topic("presentation-envelope")
GOOD = present()
HEADER = GOOD.protected


def of_size(size: int) -> dict[Any, Any]:
    """Return the claims of a bound credential of `size` bytes."""
    for fill in range(size):
        given = bound(health={**GREEN, 32: bytes(fill)})
        payload = len(cbor(given))
        if 17 + len(head(BYTES, payload)) + payload + 66 == size:
            return given
    raise ValueError(f"no such credential has {size} bytes")


def cut(data: bytes) -> Shown:
    """Return a presentation of these bytes."""
    return replace(GOOD, presentation=data)


def inside(**knobs: Any) -> Shown:
    """Show a credential whose own envelope is changed."""
    return present(credential=seal(bound(), KEY, **knobs))


bad = "malformed-envelope"
TOPIC.shown("pen-001", "PRS-2", "A payload of 7 bytes, the smallest.", {6: AT})
for identifier, comment, size in [
    ("pen-002", "A protected header of 255 bytes, the last with a head of two.", 251),
    ("pen-003", "A protected header of 256 bytes, the first with a head of three.", 252),
    ("pen-004", "A protected header of 1,028 bytes, the longest.", 1024),
]:
    TOPIC.shown(identifier, "PRS-2", comment, {6: AT}, given=of_size(size))
for identifier, comment, nonce in [
    ("pen-005", "A payload of 23 bytes, the last with a head of one.", NONCE[:14]),
    ("pen-006", "A payload of 24 bytes, the first with a head of two.", NONCE[:15]),
]:
    TOPIC.shown(identifier, "PRS-2", comment, {6: AT, 10: nonce}, nonce=nonce.hex())
TOPIC.shown(
    "pen-007",
    "PRS-2",
    "Everything at its longest, 1,198 bytes.",
    {6: AT, 10: NONCE * 4, -65538: OPENING},
    given=of_size(1024),
    nonce=(NONCE * 4).hex(),
)
TOPIC.bad(
    "pen-008",
    "malformed-payload",
    "PRS-2 PRS-4",
    "A payload of 255 bytes, the longest that has a layout.",
    present({6: AT, 11: bytes(245)}),
)

end, p = len(GOOD.presentation), len(HEADER)
fixed = (0, 1, 2, 4, 5, 6, 7, 4 + p, 5 + p, end - 66, end - 65)  # of the layout, and of the payload's head
for offset in fixed:
    changed = bytearray(GOOD.presentation)
    changed[offset] ^= 1
    comment = f"{GOOD.presentation[offset]:02x} at byte {offset} is {changed[offset]:02x}."
    header = bytes(changed[4 : 4 + p])
    what = cut(bytes(changed)) if header == HEADER else present(protected=header)
    TOPIC.bad(f"pen-1{offset:03}", bad, "PRS-2", f"A fixed byte is changed. {comment}", what, attack=[31])

text_credential, twice = base45(BOUND.cose), Pairs(((1, -19), (13, Raw(BOUND.cose)), (13, Raw(BOUND.cose))))
for identifier, attack, comment, what in [
    ("pen-020", 32, "No tag at all.", present(start=b"\x84")),
    ("pen-021", 32, "Tag 61 (CWT) around tag 18.", present(start=b"\xd8\x3d\xd2\x84")),
    ("pen-022", 32, "Tag 18 in two bytes.", present(start=b"\xd8\x12\x84")),
    ("pen-023", 33, "An array of indefinite length.", present(start=b"\xd2\x9f", end=b"\xff")),
    (
        "pen-024",
        30,
        "Algorithm -8 (EdDSA), for the same signature.",
        present(protected=HEADER.replace(b"\xa2\x01\x32", b"\xa2\x01\x27", 1)),
    ),
    ("pen-025", 30, "No algorithm.", present(protected=cbor({13: Raw(BOUND.cose)}))),
    ("pen-026", 30, "The algorithm in a longer form.", present(protected=b"\xa2\x01\x38\x12" + HEADER[3:])),
    (
        "pen-027",
        31,
        "A kid beside the credential.",
        present(protected=cbor({1: -19, 4: KEY.kid, 13: Raw(BOUND.cose)})),
    ),
    (
        "pen-028",
        31,
        "The credential before the algorithm.",
        present(protected=b"\xa2\x0d" + BOUND.cose + b"\x01\x32"),
    ),
    ("pen-029", 31, "The credential twice.", present(protected=cbor(twice))),
    (
        "pen-030",
        31,
        "The credential as kccs (14), claims that nobody signed.",
        present(protected=cbor({1: -19, 14: Raw(BOUND.payload)})),
    ),
    (
        "pen-031",
        31,
        "The credential unprotected.",
        present(protected=cbor({1: -19}), unprotected=cbor({13: Raw(BOUND.cose)})),
    ),
    ("pen-032", 31, "A second credential unprotected.", present(unprotected=cbor({13: Raw(BOUND.cose)}))),
    ("pen-033", 31, "Anything in the unprotected header.", present(unprotected=cbor({99: 0}))),
    ("pen-034", 31, "null in place of the unprotected header.", present(unprotected=b"\xf6")),
    ("pen-035", 33, "The payload as a text string.", present(payload_head=b"\x67")),
    (
        "pen-036",
        33,
        "A detached payload, null.",
        cut(GOOD.presentation[: 5 + p] + b"\xf6" + GOOD.presentation[-66:]),
    ),
    ("pen-037", 33, "A signature of 63 bytes.", present(signature_head=b"\x58\x3f", sign=lambda *_: bytes(63))),
    ("pen-038", 33, "The signature's length in three bytes.", present(signature_head=b"\x59\x00\x40")),
]:
    TOPIC.bad(identifier, bad, "PRS-2", comment, what, attack=[attack])

long_head, full = head(BYTES, p, 2), of_size(251)
for identifier, attack, comment, what in [
    ("pen-040", 46, "The header's length as 59 00 nn.", present(protected_head=long_head)),
    ("pen-041", 46, "The same without a new signature.", cut(b"\xd2\x84" + long_head + GOOD.presentation[4:])),
    (
        "pen-042",
        46,
        "255 bytes with a head of three bytes.",
        present(credential=seal(full, KEY), protected_head=b"\x59\x00\xff"),
    ),
    ("pen-043", 46, "The header's length in four bytes.", present(protected_head=head(BYTES, p, 4))),
    (
        "pen-044",
        46,
        "The example with the head 59 00 d8.",
        present(
            EXAMPLE_SHOWING,
            credential=seal(EXAMPLE_CLAIMS, EXAMPLE),
            key=EXAMPLE_DEVICE,
            protected_head=b"\x59\x00\xd8",
        ),
    ),
    ("pen-045", 46, "A payload of 7 bytes with a head of two.", present(payload_head=b"\x58\x07")),
    (
        "pen-046",
        46,
        "The same without a new signature.",
        cut(GOOD.presentation[: 5 + p] + b"\x58\x07" + GOOD.presentation[6 + p :]),
    ),
    (
        "pen-047",
        46,
        "A payload of 23 bytes with a head of two.",
        present({6: AT, 10: NONCE[:14]}, payload_head=b"\x58\x17"),
    ),
    (
        "pen-048",
        46,
        "A payload of 24 bytes with a head of three.",
        present({6: AT, 10: NONCE[:15]}, payload_head=b"\x59\x00\x18"),
    ),
    ("pen-049", 33, "A payload of 256 bytes.", present({6: AT, 11: bytes(246)})),
    ("pen-050", 33, "A payload of 6 bytes.", present(b"\xa1\x06\x44\0\0\0")),
    ("pen-051", 33, "An empty payload.", present(b"")),
    (
        "pen-052",
        33,
        "A header of indefinite length, in one chunk.",
        present(protected_head=b"\x5f" + head(BYTES, p), unprotected=b"\xff\xa0"),
    ),
    (
        "pen-053",
        33,
        "A payload of indefinite length, in one chunk.",
        present(payload_head=b"\x5f\x47", signature_head=b"\xff\x58\x40"),
    ),
]:
    example: Any = {"keys": ((EXAMPLE_CLAIMS[1], EXAMPLE),)} if "example" in comment else {}
    TOPIC.bad(identifier, bad, "PRS-2", comment, what, attack=[attack], **example)
old = {4: 86400, 5: 0}
TOPIC.bad(
    "pen-054",
    bad,
    "PRS-2",
    "An iat of 65,535: its payload of 5 bytes has no layout, and no device was there in 1970.",
    present({6: 65535}, credential=seal(bound(old), KEY)),
    at=65535,
)
TOPIC.shown("pen-055", "PRS-2", "An iat of 65,536, the first that has.", {6: 65536}, given=bound(old), at=65536)

whole = GOOD.presentation
for identifier, attack, comment, data in [
    ("pen-060", 35, "A byte after the signature.", whole + b"\0"),
    ("pen-061", 35, "Two presentations in one text.", whole + whole),
    ("pen-062", 34, "The last byte is missing.", whole[:-1]),
    ("pen-063", 34, "The signature is missing.", whole[:-64]),
    ("pen-064", 34, "Nothing after the payload's head.", whole[: 6 + p]),
    ("pen-065", 34, "Nothing after the credential.", whole[: 4 + p]),
    ("pen-066", 34, "Nothing after half of the credential.", whole[: 4 + p // 2]),
    ("pen-067", 34, "Nothing after the first byte of the header's length.", whole[:3]),
    ("pen-068", 34, "Nothing after the first byte of a length of two.", b"\xd2\x84\x59\x01"),
    ("pen-069", 34, "One byte alone.", b"\xd2"),
    ("pen-070", 34, "A header's length one more than there is.", whole[:3] + bytes([p + 1]) + whole[4:]),
    ("pen-071", 34, "A header's length one less than there is.", whole[:3] + bytes([p - 1]) + whole[4:]),
    ("pen-072", 34, "A header's length of 65,535.", whole[:2] + b"\x59\xff\xff" + whole[4:]),
    ("pen-073", 34, "A payload's length one more than there is.", whole[: 5 + p] + b"\x48" + whole[6 + p :]),
    ("pen-074", 34, "A payload's length of 255 before 7 bytes.", whole[: 5 + p] + b"\x58\xff" + whole[6 + p :]),
]:
    TOPIC.bad(identifier, bad, "PRS-2", comment, cut(data), attack=[attack])

longer: Sealed = seal(of_size(1025), KEY)
body_head = head(BYTES, len(BOUND.payload), 2)
for identifier, rule, attack, comment, what in [
    ("pen-080", "ENV-1", 34, "A credential of 1,025 bytes.", present(credential=longer)),
    ("pen-081", "ENV-2", 32, "A credential without its tag.", inside(start=b"\x84")),
    ("pen-082", "ENV-2", 30, "A credential of algorithm -8.", inside(protected=cbor({1: -8, 4: KEY.kid}))),
    ("pen-083", "ENV-2", 31, "A credential with something unprotected.", inside(unprotected=cbor({99: 0}))),
    ("pen-084", "ENV-3", 46, "A credential whose payload has a longer head.", inside(payload_head=body_head)),
    ("pen-085", "ENV-4", 35, "A byte after the credential, in the header.", inside(end=b"\0")),
    ("pen-086", "ENV-4", 34, "A credential without its last byte.", present(credential=BOUND.cose[:-1])),
    ("pen-087", "ENV-4", 34, "No credential at all.", present(credential=b"", protected_head=b"\x58\x04")),
    ("pen-088", "ENV-2", 31, "The credential in a byte string.", present(credential=cbor(BOUND.cose))),
    ("pen-089", "ENV-2", 31, "The credential's text.", present(credential=cbor("HP1:" + text_credential))),
    ("pen-090", "ENV-2", 37, "A presentation inside a presentation.", present(credential=whole)),
    ("pen-091", "ENV-2", 37, "The bare claims.", present(credential=BOUND.payload)),
]:
    TOPIC.bad(identifier, bad, f"PRS-3 {rule}", comment, what, attack=[attack])
