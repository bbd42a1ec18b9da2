"""Sections 6 and 8 of presentation.md: what a device makes, and which challenges it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cases_present_envelope import of_size
from cases_present_text import EXAMPLE_CLAIMS, EXAMPLE_SHOWING
from encode import Key, Sealed, base45, cbor, seal
from topic import (
    AT,
    BOUND,
    DEVICE,
    EXAMPLE,
    EXAMPLE_DEVICE,
    KEY,
    MAX_TIME,
    NONCE,
    OPENING,
    UNLISTED_KEY,
    Topic,
    bound,
    claims,
    cnf,
    describe_showing,
    present,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

showing: Any
nonce: Any
opening: Any
TOPIC, CHALLENGE = Topic("presentation-present"), Topic("presentation-challenge")


def made(
    identifier: str,
    clause: str,
    comment: str,
    showing: Mapping[int, Any],
    *,
    credential: Sealed = BOUND,
    key: Key = DEVICE,
) -> None:
    """Add a presentation that a device makes, and the one text that comes of it."""
    shown = present(showing, credential=credential, key=key)
    inputs = {"seed": key.seed.hex(), "credential": credential.text, **describe_showing(showing)}
    result = {"expect_text": shown.text, "layers": shown.layers()}
    TOPIC.add("present", identifier, clause, [], comment, **inputs, **result)


def refused(
    identifier: str,
    clause: str,
    comment: str,
    *,
    credential: str = BOUND.text,
    showing: Mapping[int, Any] | None = None,
    key: Key = DEVICE,
    attack: int = 35,
) -> None:
    """Add something that a device does not sign."""
    inputs = {"seed": key.seed.hex(), "credential": credential, **describe_showing(showing or {6: AT})}
    TOPIC.add("present", identifier, clause, [attack], comment, **inputs, expect="refused")


made(
    "psh-001",
    "PRS-5 PRS-6",
    "The presentation of section 1, byte for byte.",
    EXAMPLE_SHOWING,
    credential=seal(EXAMPLE_CLAIMS, EXAMPLE),
    key=EXAMPLE_DEVICE,
)
for identifier, clause, comment, showing in [
    ("psh-002", "PRS-6", "No nonce was scanned, no document is shown: iat alone.", {6: AT}),
    ("psh-003", "PRS-6", "30 seconds later: another presentation.", {6: AT + 30}),
    ("psh-004", "PRS-6", "A nonce was scanned.", {6: AT, 10: NONCE}),
    ("psh-005", "PRS-6", "The document is shown.", {6: AT, -65538: OPENING}),
    ("psh-006", "PRS-6", "Both.", {6: AT, 10: NONCE, -65538: OPENING}),
    ("psh-007", "PRS-4", "A nonce of 8 bytes, the shortest.", {6: AT, 10: NONCE[:8]}),
    ("psh-008", "PRS-4", "A nonce of 64 bytes, the longest.", {6: AT, 10: NONCE * 4}),
    ("psh-009", "PRS-2", "A payload of 23 bytes, the last with a head of one.", {6: AT, 10: NONCE[:14]}),
    ("psh-010", "PRS-2", "A payload of 24 bytes, the first with a head of two.", {6: AT, 10: NONCE[:15]}),
    ("psh-011", "PRS-4", "The first iat that has a layout.", {6: 65536}),
    ("psh-012", "PRS-4", "The last iat there is.", {6: MAX_TIME}),
    ("psh-017", "PRS-2 PRS-4", "The first iat there is, 0: with a nonce it has a layout.", {6: 0, 10: NONCE}),
]:
    made(identifier, clause, comment, showing)
for identifier, comment, size in [
    ("psh-013", "A protected header of 255 bytes.", 251),
    ("psh-014", "A protected header of 256 bytes.", 252),
    ("psh-015", "The longest credential.", 1024),
]:
    made(identifier, "PRS-2", comment, {6: AT}, credential=seal(of_size(size), KEY))
made(
    "psh-016",
    "PRS-5",
    "Another device.",
    {6: AT},
    credential=seal(bound({8: cnf(UNLISTED_KEY.public)}), KEY),
    key=UNLISTED_KEY,
)

refused("psh-020", "PRS-5", "A credential without a device key.", credential=seal(claims(), KEY).text, attack=41)
refused("psh-021", "PRS-5", "The credential of another device.", key=UNLISTED_KEY, attack=41)
refused("psh-022", "PRS-5", "The issuer's key is not the device's.", key=KEY, attack=41)
for identifier, comment, nonce in [
    ("psh-030", "A nonce of 7 bytes.", NONCE[:7]),
    ("psh-031", "A nonce of 65 bytes.", NONCE * 4 + b"\0"),
    ("psh-032", "An empty nonce.", b""),
]:
    refused(identifier, "PRS-4", comment, showing={6: AT, 10: nonce}, attack=31)
for identifier, comment, opening in [
    ("psh-033", "An opening of 15 bytes.", OPENING[:15]),
    ("psh-034", "An opening of 17 bytes.", OPENING + b"\0"),
    ("psh-035", "An empty opening.", b""),
]:
    refused(identifier, "PRS-4", comment, showing={6: AT, -65538: opening}, attack=31)
for identifier, clause, comment, at in [
    ("psh-036", "PRS-2", "A clock that was never set: the payload would have no layout.", 65535),
    ("psh-037", "PRS-4", "A clock of the year 9999.", MAX_TIME + 1),
    ("psh-038", "PRS-4", "A clock of 1969.", -1),
]:
    refused(identifier, clause, comment, showing={6: at}, attack=39)
for identifier, comment, text in [
    ("psh-040", "No text.", ""),
    ("psh-041", "A newline after the text.", BOUND.text + "\n"),
    ("psh-042", "The prefix in lower case.", "hp1:" + BOUND.text[4:]),
    ("psh-043", "The body in lower case.", "HP1:" + BOUND.text[4:].lower()),
    ("psh-044", "Another version.", "HP2:" + BOUND.text[4:]),
    ("psh-045", "The prefix alone.", "HP1:"),
    ("psh-046", "A presentation.", present().text),
    ("psh-047", "A credential under the prefix of a presentation.", "HPP1:" + BOUND.text[4:]),
    ("psh-048", "A byte after the credential.", seal(bound(), KEY, end=b"\0").text),
    ("psh-049", "A credential without its last byte.", "HP1:" + base45(BOUND.cose[:-1])),
    ("psh-050", "A credential without its tag.", seal(bound(), KEY, start=b"\x84").text),
    ("psh-051", "A credential of 1,025 bytes.", seal(of_size(1025), KEY).text),
    ("psh-052", "A text of 2,049 characters.", "HP1:" + base45(bytes(1363))),
    ("psh-053", "A challenge.", "HPC1:" + base45(NONCE)),
]:
    refused(identifier, "PRS-3", comment, credential=text)


def challenge(identifier: str, comment: str, text: str, expect: str, attack: int | None = None) -> None:
    """Add the text of a challenge, or of none."""
    rows = [] if attack is None else [attack]
    CHALLENGE.add("challenge", identifier, "PRS-11", rows, comment, text=text, expect=expect)


for identifier, comment, nonce in [
    ("pch-001", "The nonce of section 1.", EXAMPLE_SHOWING[10]),
    ("pch-002", "16 bytes, the usual length.", NONCE),
    ("pch-003", "8 bytes, the shortest.", NONCE[:8]),
    ("pch-004", "64 bytes, the longest.", NONCE * 4),
    ("pch-005", "9 bytes: a last group of two.", NONCE[:9]),
    ("pch-006", "63 bytes.", (NONCE * 4)[:63]),
    ("pch-007", "Zeros: the app does not judge a number.", bytes(16)),
    ("pch-008", "The largest groups, FGW.", b"\xff" * 16),
    ("pch-009", "CBOR of a map: a nonce is bytes, and means nothing.", cbor({6: AT, 10: NONCE[:8]})),
]:
    challenge(identifier, comment, "HPC1:" + base45(nonce), nonce.hex())

text, body = "HPC1:" + base45(NONCE), base45(NONCE)
even = "HPC1:" + base45(NONCE[:12])
for identifier, attack, comment, given in [
    ("pch-020", 37, "7 bytes.", "HPC1:" + base45(NONCE[:7])),
    ("pch-021", 37, "65 bytes.", "HPC1:" + base45(NONCE * 4 + b"\0")),
    ("pch-022", 34, "A thousand bytes.", "HPC1:" + base45(bytes(1000))),
    ("pch-023", 35, "The prefix alone.", "HPC1:"),
    ("pch-024", 35, "No text.", ""),
    ("pch-025", 35, "No prefix.", body),
    ("pch-026", 35, "The prefix in lower case.", "hpc1:" + body),
    ("pch-027", 35, "The prefix without its colon.", "HPC1" + body),
    ("pch-028", 37, "Another version.", "HPC2:" + body),
    ("pch-029", 35, "A leading zero.", "HPC01:" + body),
    ("pch-030", 37, "The prefix of a credential.", "HP1:" + body),
    ("pch-031", 37, "The prefix of a presentation.", "HPP1:" + body),
    ("pch-032", 37, "A credential.", BOUND.text),
    ("pch-033", 37, "A presentation.", present().text),
    ("pch-034", 45, "A payment code of another kind of QR.", "https://example.org/" + text),
    ("pch-035", 35, "A newline after the text.", text + "\n"),
    ("pch-036", 35, "A space before the text.", " " + text),
    ("pch-037", 35, "A space after the text.", even + " "),
    ("pch-038", 35, "A space between prefix and body.", "HPC1: " + base45(NONCE[:12])),
    ("pch-039", 35, "Lower case.", "HPC1:" + body.lower()),
    ("pch-040", 35, "%3A for the colon.", text.replace(":", "%3A", 1)),
    ("pch-041", 35, "A comma is not in the table.", even + ",00"),
    ("pch-042", 35, "GGW is 65,536, one too many.", even + "GGW"),
    ("pch-043", 35, "A last group of two above 255: V5 is 256.", even + "V5"),
    ("pch-044", 35, "A last group of one.", even + "0"),
    ("pch-045", 35, "A full-width digit in the prefix.", "HPC\uff11:" + body),
    ("pch-046", 35, "The nonce in hexadecimal, an odd number of its digits lost.", "HPC1:" + NONCE.hex()),
    ("pch-047", 35, "Two challenges in one text.", text + text),
    ("pch-048", 35, "A byte order mark before the prefix.", "\ufeff" + text),
]:
    challenge(identifier, comment, given, "refused", attack)
