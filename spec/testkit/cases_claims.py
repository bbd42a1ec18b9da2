"""Sections 7 and 8: the claims, the ids of regions and of issuers."""

from __future__ import annotations

import re
from typing import Any

from cases_key import WEAK
from encode import cbor
from topic import AT, CTI, DEVICE, EXP, HEALTH, IAT, MAX_TIME, Topic, claims, cnf, green, table


def region(text: str) -> str:
    """Return the part of RGN-1 that a text breaks: its parts between hyphens, or what they are."""
    if not re.fullmatch("[A-Z]{2}(-[^-]+){0,3}", text, re.DOTALL):
        return "RGN-1.1"
    return "RGN-1.2" if text.startswith("CN") else "RGN-1.3"


TOPIC = Topic("claims")
REGION = Topic("region")
bad = "malformed-claims"
given: Any
changes: Any
health: Any

TOPIC.good(
    "clm-001",
    "CLM-5 VER-7",
    "A code with a device key, shown bare to a caller who waives the presentation.",
    claims({8: cnf()}),
    waive=["presentation-required"],
)
TOPIC.good(
    "clm-002",
    "CLM-5 SIG-2",
    "A published key as a device key: SIG-2 is about issuers' keys.",
    claims({8: cnf(bytes.fromhex(table("published-keys")[0]["public_key"]))}),
    waive=["presentation-required"],
)
TOPIC.good("clm-003", "CLM-3", "The last second before the year 9999: the largest time.", claims({4: MAX_TIME}))
TOPIC.good(
    "clm-004",
    "CLM-3",
    "nbf 0, and a lifetime of a century and more: a pinned registry has no scope.",
    claims({5: 0}),
    attack=[39],
)
TOPIC.good("clm-005", "CLM-3", "A lifetime of one second.", claims({5: AT, 4: AT + 1}))
TOPIC.good(
    "clm-006", "CLM-4", "A cti of zeros: chance is the issuer's duty, not the verifier's.", claims({7: bytes(12)})
)
TOPIC.good(
    "clm-007",
    "CLM-4",
    "Another cti over the same claims is another credential.",
    claims({7: CTI[::-1]}),
    attack=[42],
)

for identifier, comment, given in [
    ("clm-010", "No iss.", claims(drop=[1])),
    ("clm-011", "No exp: a code for ever.", claims(drop=[4])),
    ("clm-012", "No nbf.", claims(drop=[5])),
    ("clm-013", "No cti.", claims(drop=[7])),
    ("clm-014", "No health code.", claims(drop=[HEALTH])),
    ("clm-015", "sub (2), a claim of CWT that HP1 does not have.", claims({2: "holder"})),
    ("clm-016", "aud (3).", claims({3: "gate"})),
    ("clm-017", "iat (6): a credential says nothing of when it was made.", claims({6: IAT})),
    ("clm-018", "The claim 0.", claims({0: 0})),
    ("clm-019", "The claim 9.", claims({9: 0})),
    ("clm-020", "Extensions stand in the health code, not among the claims: 32.", claims({32: 0})),
    ("clm-021", "The claim -1.", claims({-1: 0})),
    ("clm-022", "The next private claim, -65538.", claims({-65538: 0})),
    ("clm-023", "The claim -65539, of a registry.", claims({-65539: {}})),
    (
        "clm-024",
        "The health code under -260, where the EU has its certificates.",
        claims({-260: {1: 0}}, drop=[HEALTH]),
    ),
    ("clm-025", "An array in place of the claims.", cbor([CTI, CTI])),
    ("clm-026", "A text string in place of the claims.", cbor("CN-33-01.WJW is the issuer")),
    ("clm-027", "A byte string in place of the claims: the claims once more.", cbor(cbor(claims()))),
    ("clm-029", "An array of the right keys.", cbor([1, 4, 6, 7, HEALTH] * 3)),
    ("clm-028", "No claim but a long cti.", cbor({7: bytes(24)})),
]:
    TOPIC.bad(identifier, bad, "CLM-1", comment, given, attack=[37] if "registry" in comment else [])

for identifier, clause, attack, comment, changes in [
    ("clm-030", "CLM-2", [], "iss is a number.", {1: 33}),
    ("clm-031", "CLM-2", [], "iss is a byte string.", {1: b"CN-33-01.WJW"}),
    ("clm-032", "CLM-2", [], "iss is an array of one issuer id.", {1: ["CN-33-01.WJW"]}),
    ("clm-040", "CLM-3.2", [39], "exp equals nbf: a code that is never valid.", {4: IAT}),
    ("clm-041", "CLM-3.2", [39], "exp before nbf.", {4: IAT, 5: IAT + 1}),
    ("clm-042", "CLM-3.1", [39], "nbf before 1970.", {5: -1}),
    ("clm-043", "CLM-3.1", [39], "exp and nbf before 1970.", {5: -2, 4: -1}),
    ("clm-044", "CLM-3.1", [39], "exp one second too large.", {4: MAX_TIME + 1}),
    ("clm-045", "CLM-3.1", [39], "exp of 2^53 - 1, which the encoding allows.", {4: 2**53 - 1}),
    ("clm-046", "CLM-3.1", [39], "exp in milliseconds.", {4: EXP * 1000}),
    ("clm-047", "CLM-3.1", [39], "exp and nbf are both too large.", {4: MAX_TIME + 2, 5: MAX_TIME + 1}),
    ("clm-048", "CLM-3.1", [39], "nbf is text.", {5: "2026-11-01T00:00:00Z"}),
    ("clm-049", "CLM-3.1", [39], "exp is a byte string.", {4: EXP.to_bytes(4)}),
    ("clm-050", "CLM-4", [42], "A cti of 11 bytes.", {7: CTI[:11]}),
    ("clm-051", "CLM-4", [42], "A cti of 13 bytes.", {7: CTI + b"\0"}),
    ("clm-052", "CLM-4", [42], "A cti of 16 bytes, as UUIDs are.", {7: bytes(16)}),
    ("clm-053", "CLM-4", [42], "An empty cti.", {7: b""}),
    ("clm-054", "CLM-4", [42], "A cti of text.", {7: "0123456789ab"}),
    ("clm-055", "CLM-4", [42], "A cti that is a number.", {7: 12}),
]:
    TOPIC.bad(identifier, bad, clause, comment, claims(changes), attack=attack)

X = DEVICE.public
cnf_faults: list[tuple[str, str, Any]] = [
    ("clm-060", "An empty cnf.", {}),
    ("clm-061", "cnf without the key's type.", {1: {-1: 6, -2: X}}),
    ("clm-062", "cnf without the curve.", {1: {1: 1, -2: X}}),
    ("clm-063", "cnf without x.", {1: {1: 1, -1: 6}}),
    ("clm-064", "An algorithm in the key: another way to write the same.", {1: {1: 1, 3: -19, -1: 6, -2: X}}),
    ("clm-065", "A private half (-4) in the key.", {1: {1: 1, -1: 6, -2: X, -4: bytes(32)}}),
    ("clm-066", "A kid beside the key.", {1: cnf()[1], 3: DEVICE.kid}),
    ("clm-067", "A kid in place of the key: a key that is not there proves nothing.", {3: DEVICE.kid}),
    ("clm-068", "The key under 2, where RFC 8747 has an encrypted one.", {2: cnf()[1]}),
    ("clm-069", "Key type 2.", {1: {1: 2, -1: 6, -2: X}}),
    ("clm-070", "Curve 4, X25519: no key of a signature.", {1: {1: 1, -1: 4, -2: X}}),
    ("clm-071", "x of 31 bytes.", cnf(X[:31])),
    ("clm-072", "x of 33 bytes.", cnf(X + b"\0")),
    ("clm-073", "x is text.", {1: {1: 1, -1: 6, -2: "x" * 32}}),
    ("clm-074", "The key alone, without the map around it.", cnf()[1]),
    ("clm-075", "The bare bytes of the key.", X),
    ("clm-076", "The key is a byte string.", {1: X}),
    ("clm-078", "The key is an array of the right labels.", {1: [1, -1, -2]}),
    ("clm-077", "cnf is an array.", [cnf()[1]]),
]
for identifier, comment, value in cnf_faults:
    TOPIC.bad(identifier, bad, "CLM-5.1", comment, claims({8: value}), waive=["presentation-required"])
for number, kind, comment, public in WEAK:
    TOPIC.bad(
        f"clm-{int(number) + 70:03}",
        bad,
        "CLM-5.2 SIG-1",
        f"A weak device key ({kind}). {comment}",
        claims({8: cnf(public)}),
        attack=[47],
        waive=["presentation-required"],
    )

for identifier, comment, health in [
    ("clm-100", "The health code is an array.", [0]),
    ("clm-101", "The health code is a number, the color alone.", 0),
    ("clm-102", "The health code is text.", "green"),
    ("clm-103", "The health code is a byte string with the right map in it.", cbor({1: 0})),
    ("clm-104", "The health code is empty.", {}),
]:
    TOPIC.bad(identifier, bad, "CLM-6", comment, claims(health=health))

for place, text in enumerate(
    (
        "CN",
        "CN-33",
        "CN-33-01",
        "CN-33-01-06",
        "CN-99-99-99",
        "US",
        "US-CA",
        "US-1-2-3",
        "HK",
        "GB-ABCDEFGH-12345678-A1",
        "ZZ",
        "US-00",
        "CM-1",
    ),
    1,
):
    REGION.good(f"rgn-{place:03}", "RGN-1 HLT-12", f"{text} is a region id.", green({8: text}))
for place, text in enumerate(
    ("CN.A", "CN-33-01-06.12345678", "US-CA.DPH", "US-12345678-12345678-12345678.ABCDEFGH", "CN-33"), 20
):
    REGION.good(f"rgn-{place:03}", "RGN-3 CLM-2", f"{text} is an issuer id.", claims({1: text}))

faults = [
    ("rgn-030", "CN-330", "Three digits: a prefix of characters is not a region within."),
    ("rgn-031", "CN-3", "One digit."),
    ("rgn-032", "CN-3A", "A letter under CN."),
    ("rgn-033", "CN-ZJ", "The letters of ISO 3166-2."),
    ("rgn-034", "CN-00", "00 is never written."),
    ("rgn-035", "CN-33-00", "00 in the second place."),
    ("rgn-036", "CN-33-01-00", "00 in the third place."),
    ("rgn-037", "CN-33-01-06-01", "Four components."),
    ("rgn-038", "CN-330106", "The six digits of GB/T 2260 in one."),
    ("rgn-039", "CN3301", "No hyphens."),
    ("rgn-040", "CN-", "A hyphen and nothing."),
    ("rgn-041", "CN--33", "An empty component."),
    ("rgn-042", "cn-33", "Lower case."),
    ("rgn-043", "C", "One letter."),
    ("rgn-044", "CHN", "Three letters of ISO 3166-1."),
    ("rgn-045", "", "The empty string."),
    ("rgn-046", "156", "The number of ISO 3166-1."),
    ("rgn-047", "CN-33 ", "A space at the end."),
    ("rgn-048", "CN-33\n", "A newline at the end, which $ of many regular expressions lets pass."),
    ("rgn-049", "CN-\uff13\uff13", "Full-width digits, which are digits to many regular expressions."),
    ("rgn-050", "CN-\u0663\u0663", "Arabic-Indic digits."),
    ("rgn-051", "\u0421N-33", "A Cyrillic letter that looks like C."),
    ("rgn-052", "US-123456789", "Nine characters."),
    ("rgn-053", "US-ca", "Lower case elsewhere."),
    ("rgn-054", "US-A-B-C-D", "Four components elsewhere."),
    ("rgn-055", "US-\u00c9", "A letter outside A to Z."),
    ("rgn-056", "US_CA", "An underscore."),
    ("rgn-057", "U1", "A digit in the country."),
    ("rgn-058", "CN-33/01", "A slash."),
    ("rgn-059", "CN-33\0", "NUL at the end."),
]
for identifier, text, comment in faults:
    REGION.bad(
        identifier,
        bad,
        f"{region(text)} HLT-12",
        f"The residence is no region id. {comment}",
        green({8: text}),
        attack=[38],
    )
REGION.bad("rgn-060", bad, "RGN-1 HLT-12", "The residence is an issuer id, not a region.", green({8: "CN-33.WJW"}))

for identifier, text, comment in [
    ("rgn-070", "CN-330", "Its region is none."),
    ("rgn-071", "CN-33.", "A full stop and no office."),
    ("rgn-072", "CN-33.ABCDEFGHI", "An office of nine characters."),
    ("rgn-073", "CN-33.wjw", "An office in lower case."),
    ("rgn-074", "CN-33.A.B", "Two offices."),
    ("rgn-075", ".WJW", "An office and no region."),
    ("rgn-076", "CN-33.W-1", "A hyphen in the office."),
    ("rgn-077", "CN-33.WJW-01", "A component after the office."),
    ("rgn-078", "CN-33\u3002WJW", "An ideographic full stop."),
    ("rgn-079", "CN-33.\u536b\u5065\u59d4", "An office in Chinese."),
    ("rgn-080", "CN-33.WJW\n", "A newline at the end."),
    ("rgn-081", "https://cn-33.example", "A URL."),
    ("rgn-082", "", "The empty string."),
]:
    REGION.bad(identifier, bad, "RGN-3 CLM-2", f"iss is no issuer id. {comment}", claims({1: text}))

# The characters at the ends of every range, and those beside them.
for identifier, text in [("rgn-014", "AZ-AZ09-ZA90"), ("rgn-015", "CN-09-90-99")]:
    REGION.good(identifier, "RGN-1 HLT-12", f"{text} is a region id.", green({8: text}))
REGION.good("rgn-025", "RGN-3 CLM-2", "ZA-09AZ.AZ09 is an issuer id.", claims({1: "ZA-09AZ.AZ09"}))
beside = {"@": "precedes A", "[": "follows Z", "/": "precedes 0", ":": "follows 9"}
endings = [(f"US-A{mark}", f"{mark} {where} in ASCII.") for mark, where in beside.items()]
endings += [(text, f"{mark} {beside[mark]} in ASCII.") for mark in "@[" for text in (f"{mark}S", f"S{mark}")]
endings += [
    (f"CN-{text}", f"{mark} {beside[mark]} in ASCII.") for mark in "/:" for text in (f"3{mark}", f"{mark}3")
]
endings += [(text, "A hyphen and nothing, where letters are allowed.") for text in ("US-", "US-A-")]
for place, (text, reason) in enumerate(endings, 90):
    comment = f"The residence is no region id. {reason}"
    REGION.bad(f"rgn-{place:03}", bad, f"{region(text)} HLT-12", comment, green({8: text}))
for place, (mark, where) in enumerate(beside.items(), 110):
    comment = f"iss is no issuer id. {mark} {where} in ASCII."
    REGION.bad(f"rgn-{place:03}", bad, "RGN-3 CLM-2", comment, claims({1: f"CN-33.A{mark}"}))
