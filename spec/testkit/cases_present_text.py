"""Section 3 of presentation.md: the text of a presentation, and everything that is not one."""

from __future__ import annotations

from typing import Any

from encode import base45, seal
from topic import AT, BOUND, EXAMPLE, EXAMPLE_DEVICE, KEY, NONCE, STATUS, Topic, claims, cnf, present

TOPIC = Topic("presentation-text")
GOOD = present()
BODY = base45(GOOD.presentation)
EVEN = "HPP1:" + base45(GOOD.presentation[:142])
EXAMPLE_CLAIMS = claims(
    {7: bytes(range(0xA0, 0xAC)), 8: cnf(EXAMPLE_DEVICE.public)},
    health={1: 0, 2: "张*丰", 3: bytes.fromhex("2e2f5a736a01b25cec85c62b78465cba"), 7: STATUS},
)
EXAMPLE_SHOWING: dict[int, Any] = {6: 1793491230, 10: bytes.fromhex("0123456789abcdef")}


TOPIC.shown(
    "ptx-001",
    "PRS-1 PRS-5",
    "The presentation of section 1, byte for byte.",
    EXAMPLE_SHOWING,
    given=EXAMPLE_CLAIMS,
    signer=EXAMPLE,
    device=EXAMPLE_DEVICE,
    at=EXAMPLE_SHOWING[6],
    nonce=EXAMPLE_SHOWING[10].hex(),
    waive=["status-unknown"],
)
TOPIC.shown("ptx-002", "PRS-1", "A plain presentation.", {6: AT})

malformed, spaced = "malformed-text", GOOD.text.rindex(" ")
for identifier, comment, text in [
    ("ptx-010", "The prefix in lower case.", "hpp1:" + BODY),
    ("ptx-011", "The prefix without its colon.", "HPP1" + BODY),
    ("ptx-012", "A leading zero would be a second way to write version 1.", "HPP01:" + BODY),
    ("ptx-013", "Something before the prefix.", "XHPP1:" + BODY),
    ("ptx-014", "A full-width digit in the prefix.", "HPP\uff11:" + BODY),
    ("ptx-015", "Lower case.", "HPP1:" + BODY.lower()),
    ("ptx-016", "A comma is not in the table.", GOOD.text[:40] + "," + GOOD.text[41:]),
    ("ptx-017", "::: is 91,124, beyond 65,535.", "HPP1::::" + BODY[3:]),
    ("ptx-018", "A last group of two above 255: V5 is 256.", EVEN + "V5"),
    ("ptx-019", "A last group of one character holds no byte.", EVEN + "0"),
    ("ptx-020", "A newline after the text, as a scanner that types it adds.", GOOD.text + "\n"),
    ("ptx-021", "A space before the text.", " " + GOOD.text),
    ("ptx-022", "%20 for a space, as camera programs write it.", GOOD.text.replace(" ", "%20")),
    ("ptx-023", "%3A for the colon of the prefix.", GOOD.text.replace("HPP1:", "HPP1%3A")),
    ("ptx-024", "The prefix and one character.", "HPP1:0"),
    (
        "ptx-025",
        "2,049 characters: the length is checked before anything else.",
        "HPP1:" + base45(bytes(1362)) + "0",
    ),
]:
    TOPIC.bad(identifier, malformed, "PRS-1", comment, text, attack=[34 if "2,049" in comment else 35])
TOPIC.bad(
    "ptx-026",
    malformed,
    "PRS-11 TXT-3",
    "The gate's own challenge, scanned in place of a code: an explicit verdict.",
    "HPC1:" + base45(NONCE),
    attack=[45],
)

bad = "malformed-envelope"
for identifier, comment, text in [
    ("ptx-030", "The prefix alone: Base45 of no bytes at all.", "HPP1:"),
    ("ptx-031", "2,048 characters of good Base45, the longest text.", "HPP1:" + base45(bytes(1362))),
]:
    TOPIC.bad(identifier, bad, "PRS-1 PRS-2", comment, text, attack=[34])
for identifier, comment, text in [
    ("ptx-032", "A credential under the prefix of a presentation.", "HPP1:" + base45(BOUND.cose)),
    ("ptx-033", "A bearer credential under it.", "HPP1:" + base45(seal(claims(), KEY).cose)),
    ("ptx-034", "A presentation under the prefix of a credential.", "HP1:" + BODY),
]:
    TOPIC.bad(identifier, bad, "PRS-1 PRS-2", comment, text, attack=[37])
TOPIC.bad(
    "ptx-035",
    "bad-signature",
    "PRS-1 TXT-5",
    "+ for a space, as web forms write it: other bytes, and not repaired.",
    GOOD.text[:spaced] + "+" + GOOD.text[spaced + 1 :],
    attack=[35],
)
TOPIC.bad(
    "ptx-036",
    "unsupported-version",
    "PRS-1 TXT-2",
    "A good presentation under the prefix of the next version.",
    "HPP2:" + BODY,
    attack=[37],
)
