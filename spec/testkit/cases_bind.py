"""Section 10: the binding to an identity document."""

from __future__ import annotations

import hashlib
from typing import Final

from topic import Topic, table

TOPIC = Topic("bind")
R: Final = bytes(range(16, 32))
CITIZEN: Final = "11010519491231002X"
TYPES: Final = {row["name"] for row in table("document-types")}


def binding(kind: str, number: str, r: bytes = R) -> str:
    """Return a binding in hexadecimal (BND-1)."""
    return hashlib.sha256(b"healthpass-binding-v1" + r + f"{kind}:{number}".encode("ascii")).hexdigest()[:32]


def accepted(identifier: str, clause: str, comment: str, kind: str, number: str, *, r: bytes = R) -> None:
    """Add a document that has a binding."""
    TOPIC.add(
        "bind",
        identifier,
        clause,
        [],
        comment,
        type=kind,
        number=number,
        r=r.hex(),
        expect=binding(kind, number, r),
    )


for identifier, clause, comment, kind, number in [
    ("bnd-001", "BND-1", "The document of section 1.", "resident-id", CITIZEN),
    ("bnd-002", "BND-4", "Born in 1880; the check digit is a digit.", "resident-id", "440524188001010014"),
    (
        "bnd-003",
        "BND-4",
        "30 February has the right form: the form is what is checked.",
        "resident-id",
        "110105194902300020",
    ),
    ("bnd-004", "BND-3", "The permit of a resident of Hong Kong.", "hmt-residence-permit", "810000199001010019"),
    ("bnd-006", "BND-3", "Macao.", "hmt-residence-permit", "820000199001010010"),
    ("bnd-007", "BND-3", "Taiwan.", "hmt-residence-permit", "830000199001010012"),
    ("bnd-008", "BND-3", "A permit of 9 characters.", "hm-permit", "H00000000"),
    ("bnd-009", "BND-3", "A permit of a resident who is not Chinese.", "hm-permit", "MA0000000"),
    ("bnd-010", "BND-3", "A permit of 8 digits.", "tw-permit", "00000000"),
    ("bnd-011", "BND-4", "The card of 2023, with a check digit.", "foreigner-pr", "911101000199001016"),
    ("bnd-012", "BND-3", "The card of 2017, which has none.", "foreigner-pr", "XXX000000000000"),
    ("bnd-013", "BND-3", "A passport of China.", "passport", "CHN-E00000000"),
    ("bnd-014", "BND-3", "A passport of Germany, whose code is one letter.", "passport", "D-C01X00T47"),
    ("bnd-015", "BND-3", "A number of five characters, the shortest.", "passport", "UTO-A1234"),
]:
    accepted(identifier, clause, comment, kind, number)
accepted(
    "bnd-016", "BND-2", "An opening of zeros: chance is the issuer's duty.", "resident-id", CITIZEN, r=bytes(16)
)
accepted("bnd-017", "BND-2", "Another opening, another binding.", "resident-id", CITIZEN, r=b"\xff" * 16)

for identifier, comment, kind, number in [
    ("bnd-020", "x in lower case.", "resident-id", "11010519491231002x"),
    ("bnd-021", "15 digits of the old form.", "resident-id", "110105491231002"),
    ("bnd-022", "A space at the end.", "resident-id", CITIZEN + " "),
    (
        "bnd-023",
        "A newline at the end, which $ of many regular expressions lets pass.",
        "resident-id",
        CITIZEN + "\n",
    ),
    ("bnd-024", "Full-width digits.", "resident-id", CITIZEN.translate({48 + i: 0xFF10 + i for i in range(10)})),
    ("bnd-025", "Spaces between the groups.", "resident-id", "110105 19491231 002X"),
    ("bnd-026", "The month 13; the check digit is right.", "resident-id", "110105194913310021"),
    ("bnd-027", "A first digit 9, of foreigners.", "resident-id", "911101000199001016"),
    ("bnd-028", "X in the middle.", "resident-id", "1101051949123100X2"),
    ("bnd-029", "Nothing.", "resident-id", ""),
    ("bnd-030", "A citizen's number as a permit.", "hmt-residence-permit", CITIZEN),
    (
        "bnd-031",
        "84 is no region of these permits; the check digit is right.",
        "hmt-residence-permit",
        "840000199001010014",
    ),
    ("bnd-032", "11 characters, with the count of re-issues.", "hm-permit", "H0000000000"),
    ("bnd-033", "T is no letter of these permits.", "hm-permit", "T00000000"),
    ("bnd-034", "10 digits, with the count of re-issues.", "tw-permit", "0000000000"),
    ("bnd-035", "7 digits.", "tw-permit", "0000000"),
    ("bnd-036", "Arabic-Indic digits.", "tw-permit", "\u0660" * 8),
    ("bnd-037", "No country.", "passport", "E00000000"),
    ("bnd-038", "The country in lower case.", "passport", "chn-E00000000"),
    ("bnd-039", "A filler of the machine-readable zone.", "passport", "D<<-C01X00T47"),
    ("bnd-040", "Ten characters.", "passport", "CHN-E000000000"),
    ("bnd-041", "Four characters.", "passport", "CHN-E000"),
    ("bnd-042", "A card of 17 characters.", "foreigner-pr", "91110100019900101"),
    ("bnd-043", "A type that the table does not have.", "driving-licence", CITIZEN),
    ("bnd-044", "A type in capitals.", "RESIDENT-ID", CITIZEN),
    ("bnd-045", "The number that others give the type.", "111", CITIZEN),
    ("bnd-046", "No type: one number can be two documents.", "", CITIZEN),
    ("bnd-047", "A permit of a resident of Hong Kong as an identity card.", "resident-id", "810000199001010019"),
    ("bnd-048", "A passport of Germany, whose code is D, with DEU.", "passport", "DEU-C01X00T47"),
    ("bnd-049", "A country of two letters.", "passport", "CN-E00000000"),
]:
    part = "BND-3.2" if kind in TYPES else "BND-3.1"
    TOPIC.add("bind", identifier, part, [], comment, type=kind, number=number, r=R.hex(), expect="refused")
for identifier, comment, kind, number in [
    ("bnd-050", "The check digit is one too small.", "resident-id", "110105194912310029"),
    ("bnd-051", "Two neighbours are exchanged.", "resident-id", "11010519491213002X"),
    ("bnd-052", "X where the check digit is 4.", "resident-id", "44052418800101001X"),
    ("bnd-053", "0 where the check digit is 9.", "hmt-residence-permit", "810000199001010010"),
    ("bnd-054", "A wrong check digit on the card of 2023.", "foreigner-pr", "911101000199001017"),
]:
    TOPIC.add(
        "bind", identifier, "BND-3.3 BND-4", [], comment, type=kind, number=number, r=R.hex(), expect="refused"
    )
for identifier, comment, r in [
    ("bnd-060", "An opening of 15 bytes.", R[:15]),
    ("bnd-061", "An opening of 17 bytes.", R + b"\0"),
    ("bnd-062", "No opening: a binding without one is found by trial.", b""),
]:
    TOPIC.add(
        "bind", identifier, "BND-2", [], comment, type="resident-id", number=CITIZEN, r=r.hex(), expect="refused"
    )

right = binding("resident-id", CITIZEN)
for identifier, clause, comment, kind, number, r, given, expect in [
    ("bnd-070", "BND-1", "The document matches.", "resident-id", CITIZEN, R, right, "matches"),
    ("bnd-071", "BND-1", "Another person's document.", "resident-id", "440524188001010014", R, right, "differs"),
    ("bnd-072", "BND-2", "The opening of another code.", "resident-id", CITIZEN, R[::-1], right, "differs"),
    (
        "bnd-073",
        "BND-1",
        "One bit of the binding differs.",
        "resident-id",
        CITIZEN,
        R,
        f"{int(right, 16) ^ 1:032x}",
        "differs",
    ),
    (
        "bnd-074",
        "BND-3.2",
        "A permit's number typed as an identity card's: the type is wrong, and the holder is not.",
        "resident-id",
        "810000199001010019",
        R,
        binding("hmt-residence-permit", "810000199001010019"),
        "refused",
    ),
    (
        "bnd-075",
        "BND-3.2",
        "A gate does not repair a number either.",
        "resident-id",
        CITIZEN.lower(),
        R,
        right,
        "refused",
    ),
]:
    TOPIC.add(
        "bind", identifier, clause, [], comment, type=kind, number=number, r=r.hex(), binding=given, expect=expect
    )


def checked(start: str) -> str:
    """Return 17 characters with their check digit (BND-4)."""
    rest = -sum(int(digit) << (17 - i) for i, digit in enumerate(start)) % 11
    return start + "0123456789X"[(rest + 1) % 11]


# The characters at the ends of every range, and those beside them.
for place, (kind, text) in enumerate(
    [
        ("resident-id", checked("19999919990909999")),
        ("resident-id", checked("79999920101010000")),
        ("resident-id", checked("11010520001029000")),
        ("resident-id", checked("11010520001119000")),
        ("resident-id", checked("11010520001220000")),
        ("hmt-residence-permit", checked("81000019990930999")),
        ("hm-permit", "M99999999"),
        ("hm-permit", "HA9999999"),
        ("tw-permit", "99999999"),
        ("foreigner-pr", "AZA999999999999"),
        ("foreigner-pr", next(n for i in range(99) if (n := checked(f"9{i:016}"))[-1] == "0")),
        ("foreigner-pr", next(n for i in range(99) if (n := checked(f"9{i:016}"))[-1] == "9")),
        ("foreigner-pr", next(n for i in range(99) if (n := checked(f"9{i:016}"))[-1] == "X")),
        ("passport", "AZA-AZ09AZ09Z"),
        ("passport", "ZAZ-09AZ0"),
        *(("hmt-residence-permit", checked(f"8100001990{day}001")) for day in ("1009", "1220", "1229")),
    ],
    100,
):
    accepted(f"bnd-{place}", "BND-3", f"Characters at the ends of their ranges: {text}.", kind, text)
for place, (kind, text) in enumerate(
    [
        ("resident-id", checked("01010519491231002")),
        ("resident-id", checked("91010519491231002")),
        ("resident-id", checked("11010519490031002")),
        ("resident-id", checked("11010519491200002")),
        ("resident-id", checked("11010519491232002")),
        ("resident-id", checked("11010517491231002")),
        ("resident-id", checked("11010521491231002")),
        ("hmt-residence-permit", checked("81000018990101001")),
        ("hm-permit", "H0000000/"),
        ("hm-permit", "H0000000:"),
        ("hm-permit", "HA000000/"),
        ("hm-permit", "HA000000:"),
        ("tw-permit", "0000000/"),
        ("tw-permit", "0000000:"),
        ("foreigner-pr", "@AA000000000000"),
        ("foreigner-pr", "AA[000000000000"),
        ("foreigner-pr", "AAA00000000000/"),
        ("foreigner-pr", "AAA00000000000:"),
        ("foreigner-pr", checked("81110100019900101")),
        ("passport", "-A1234"),
        ("passport", "ABCD-A1234"),
        ("passport", "@-A1234"),
        ("passport", "[-A1234"),
        ("passport", "D-A123@"),
        ("passport", "D-A123["),
        ("passport", "D-A123/"),
        ("passport", "D-A123:"),
        *(("hmt-residence-permit", checked(f"8100001990{day}001")) for day in ("0001", "1301", "0100")),
    ],
    120,
):
    comment = f"One character outside its range, or one too many or too few: {text}."
    TOPIC.add("bind", f"bnd-{place}", "BND-3.2", [], comment, type=kind, number=text, r=R.hex(), expect="refused")
