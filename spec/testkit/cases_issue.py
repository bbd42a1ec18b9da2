"""Section 11: what an issuer makes of given claims, and what it refuses to sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cases_envelope import of_size
from cases_health import EVERYTHING
from cases_key import WEAK
from encode import Key, seal
from topic import (
    AT,
    CTI,
    EXAMPLE,
    EXP,
    IAT,
    KEY,
    MAX_INT,
    MAX_TIME,
    SECOND_KEY,
    STATUS,
    Topic,
    claims,
    cnf,
    describe,
    forbidden,
    green,
    table,
    yellow,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOPIC = Topic("issue")


def issued(
    identifier: str,
    clause: str,
    comment: str,
    given: Mapping[int, Any],
    *,
    key: Key = KEY,
    attack: Sequence[int] = (),
) -> None:
    """Add claims that an issuer signs, and the one text that comes of it."""
    sealed = seal(given, key)
    members = {
        "seed": key.seed.hex(),
        "claims": describe(given),
        "expect_text": sealed.text,
        "layers": sealed.layers(),
    }
    TOPIC.add("issue", identifier, clause, attack, comment, **members)


def refused(
    identifier: str, clause: str, comment: str, given: Mapping[int, Any], attack: Sequence[int] = ()
) -> None:
    """Add claims that an issuer does not sign."""
    TOPIC.add(
        "issue", identifier, clause, attack, comment, seed=KEY.seed.hex(), claims=describe(given), expect="refused"
    )


example = {1: 0, 2: "张*丰", 3: bytes.fromhex("2e2f5a736a01b25cec85c62b78465cba"), 7: STATUS}
issued(
    "iss-001",
    "ISS-1 SIG-7",
    "The credential of section 1, byte for byte.",
    claims({7: bytes(range(0xA0, 0xAC))}, health=example),
    key=EXAMPLE,
)
issued("iss-002", "SIG-7", "The plain green code.", claims())
issued("iss-003", "SIG-7", "The same claims by another key: another text.", claims(), key=SECOND_KEY)
TOPIC.add(
    "issue",
    "iss-090",
    "SIG-2",
    [16],
    "A seed that everybody can guess: 32 bytes of 00.",
    seed=bytes(32).hex(),
    claims=describe(claims()),
    expect="refused",
)
issued(
    "iss-004", "ISS-7", "The same claims with a new cti: another credential.", claims({7: CTI[::-1]}), attack=[42]
)
issued(
    "iss-005",
    "ISS-1",
    "Every key at once; maps are sorted by the bytes of their keys.",
    claims({8: cnf()}, health=EVERYTHING),
)
issued(
    "iss-006", "ISS-1 CBR-5", "32 before -1, which is the shorter encoding.", green({-1: 1, 32: 2}), attack=[49]
)
issued("iss-007", "ISS-1 CLM-3", "A code that is made in advance.", claims({5: IAT + 10**8, 4: EXP + 10**8}))
issued("iss-008", "ISS-1 HLT-6", "A code that ends with its measure.", yellow({5: EXP}), attack=[40])
issued("iss-009", "ISS-3", "The middle dot of names is U+00B7.", green({2: "阿卜杜拉\u00b7*"}))
issued(
    "iss-010",
    "ISS-3 HLT-7",
    "A CJK compatibility ideograph is a name's own and stays.",
    green({2: "\uf9d1*"}),
    attack=[38],
)
issued(
    "iss-011",
    "ISS-1 ENV-1",
    "A credential of 1,024 bytes, the longest.",
    of_size(938),
)
issued(
    "iss-012",
    "ISS-1 HLT-3",
    "Text, bytes, an array and a map in extensions.",
    green({32: "a", 33: b"b", 34: [1, "c"], 35: {-1: 1, 32: b""}}),
)
issued(
    "iss-013", "ISS-1 HLT-9 HLT-10", "Evidence of an unknown type.", green({6: [[9, -1, b"\x01"]]}), attack=[50]
)

issued(
    "iss-014",
    "ISS-1 CBR-4",
    "Integers on both sides of every change of length.",
    green({32: [23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, -24, -25]}),
    attack=[33],
)
issued("iss-015", "ISS-1 ENV-3", "A payload of 255 bytes, the last with a head of two.", of_size(255), attack=[46])
issued(
    "iss-016", "ISS-1 ENV-3", "A payload of 256 bytes, the first with a head of three.", of_size(256), attack=[46]
)

for identifier, clause, comment, given in [
    ("iss-020", "CLM-3", "exp equals nbf.", claims({4: IAT})),
    ("iss-021", "CLM-3", "exp before nbf.", claims({4: IAT - 1})),
    ("iss-022", "CLM-3", "exp one second too large.", claims({4: MAX_TIME + 1})),
    ("iss-023", "CLM-3", "nbf before 1970.", claims({5: -1})),
    ("iss-024", "CBR-3", "exp of 2^53.", claims({4: MAX_INT + 1})),
    ("iss-025", "CBR-3", "2^53 in an extension.", green({32: MAX_INT + 1})),
]:
    refused(identifier, f"ISS-1 {clause}", comment, given, attack=[39])
for identifier, clause, comment, given in [
    ("iss-030", "HLT-5", "Yellow without a reason.", claims(health={1: 1})),
    ("iss-031", "HLT-5", "Red without a reason.", claims(health={1: 2})),
    ("iss-032", "HLT-5", "Green with a reason.", green({4: 1})),
    ("iss-033", "HLT-6", "Green with a measure.", green({5: EXP})),
    ("iss-034", "HLT-6", "A code that outlives its measure.", yellow({5: EXP - 1})),
    ("iss-035", "HLT-4", "The color 3.", claims(health={1: 3})),
]:
    refused(identifier, f"ISS-1 {clause}", comment, given, attack=[40])
for identifier, clause, comment, given in [
    ("iss-040", "CLM-2", "iss is no issuer id.", claims({1: "CN-330"})),
    ("iss-041", "CLM-4", "A cti of 11 bytes.", claims({7: bytes(11)})),
    ("iss-042", "HLT-2", "The critical key 10.", green({10: 0})),
    ("iss-043", "HLT-3", "Nine extensions.", green(dict.fromkeys(range(32, 41), 0))),
    ("iss-044", "HLT-7", "An empty holder.", green({2: ""})),
    ("iss-045", "HLT-7", "A holder of 49 bytes.", green({2: "*" * 49})),
    ("iss-046", "HLT-8", "A binding of 15 bytes.", green({3: bytes(15)})),
    ("iss-047", "HLT-9", "A test to the minute.", green({6: [[1, IAT + 60, 0, 1]]})),
    ("iss-048", "HLT-9", "Five entries of evidence.", green({6: [[3, 1]] * 5})),
    ("iss-049", "HLT-9", "Dose 0.", green({6: [[2, 20000, 0, 2]]})),
    ("iss-050", "HLT-11", "The list 65,536.", green({7: [65536, 0]})),
    ("iss-051", "HLT-11", "The index 1,048,576.", green({7: [0, 1048576]})),
    ("iss-052", "HLT-12", "The residence is no region id.", green({8: "CN-33.WJW"})),
    ("iss-053", "HLT-12", "The origin is no issuer id.", green({9: "cn-33"})),
    ("iss-054", "CBR-7", "Five arrays and maps are open at once.", green({32: [[[]]]})),
    (
        "iss-055",
        "ENV-1",
        "A credential of 1,025 bytes.",
        of_size(939),
    ),
    ("iss-056", "HLT-9", "No entry of evidence.", green({6: []})),
]:
    refused(identifier, f"ISS-1 {clause}", comment, given)
for number, (_, kind, comment, public) in enumerate((WEAK[0], WEAK[2], WEAK[4], WEAK[6], WEAK[12], WEAK[-1]), 60):
    refused(
        f"iss-{number:03}",
        "ISS-1 CLM-5.2",
        f"A weak device key ({kind}). {comment}",
        claims({8: cnf(public)}),
        attack=[47],
    )
refused("iss-066", "ISS-1 CLM-5", "A device key of 31 bytes.", claims({8: cnf(bytes(31))}), attack=[47])

refused(
    "iss-067",
    "ISS-4.1",
    "The key that signs is the device key too: who holds a code of it could make others.",
    claims({8: cnf(KEY.public)}),
    attack=[47],
)
for number, row in enumerate(table("published-keys"), 1):
    refused(
        f"iss-p{number:02}",
        "ISS-4.1",
        f"A device key whose private half everybody knows: {row['source']}.",
        claims({8: cnf(bytes.fromhex(row["public_key"]))}),
        attack=[16],
    )

for identifier, comment, point in [
    ("iss-070", "A right-to-left override.", "\u202e"),
    ("iss-071", "A zero-width space.", "\u200b"),
    ("iss-072", "NUL.", "\0"),
    ("iss-073", "A byte order mark.", "\ufeff"),
    ("iss-074", "A tag character, invisible.", "\U000e0041"),
]:
    refused(identifier, "ISS-1 HLT-7", f"{comment} in the holder.", green({2: f"张{point}*"}), attack=[38])
for identifier, comment, point in [
    ("iss-080", "The katakana middle dot, U+30FB", "\u30fb"),
    ("iss-081", "A bullet, U+2022", "\u2022"),
    ("iss-082", "The half-width middle dot, U+FF65", "\uff65"),
    ("iss-083", "The Greek ano teleia, U+0387, which NFC makes U+00B7", "\u0387"),
    ("iss-084", "A private code point, U+E000, of one office's font", "\ue000"),
    ("iss-085", "A private code point of plane 16, U+10FFFD", "\U0010fffd"),
    ("iss-086", "The replacement character, U+FFFD: a character was lost", "\ufffd"),
]:
    refused(identifier, "ISS-3.2", f"{comment}.", green({2: f"阿{point}*"}), attack=[38])

issued("iss-017", "ISS-1 CBR-5", "Maps within extensions are sorted too.", green({32: {-1: 1, 0: 2, 1: 3}}))
issued("iss-018", "ISS-1 CBR-5", "Maps within arrays are sorted too.", green({32: [{-1: 1, 0: 2, 1: 3}]}))
issued("iss-019", "ISS-1 HLT-7", "No holder: the color alone.", claims(health={1: 0}))
refused("iss-057", "ISS-1 HLT-2", "The critical key 0.", green({0: 0}))
refused("iss-058", "ISS-1 HLT-2", "The critical key 31.", green({31: 0}))

POINTS = [(int(row["first"], 16), int(row["last"], 16), row["refused_by"] == "issuer") for row in forbidden()]
for first, last, by_issuer in POINTS:
    for code in sorted({first, last} if by_issuer else ()):
        comment = f"U+{code:04X} is for no issuer."
        refused(f"iss-u{code:04x}", "ISS-3.2", comment, green({2: f"张{chr(code)}丰"}), attack=[38])
NEIGHBOURS = sorted(
    {code for first, last, by_issuer in POINTS if by_issuer for code in (first - 1, last + 1)}
    - {code for first, last, _ in POINTS for code in range(first, last + 1)}
)
for number in range(0, len(NEIGHBOURS), 11):
    label = "".join(map(chr, NEIGHBOURS[number : number + 11]))
    comment = f"From U+{ord(label[0]):04X} to U+{ord(label[-1]):04X}: neighbours of what issuers refuse are free."
    issued(f"iss-{100 + number // 11}", "ISS-3", comment, green({2: label}), attack=[38])


FINDINGS = Topic("findings")
DAY = 86400
TODAY = AT // DAY  # 2026-11-01, and at UTC+14:00 it is the same day until 10:00 UTC
AHEAD = 2_592_000


def found(identifier: str, comment: str, given: Mapping[int, Any], *findings: str, at: int = AT) -> None:
    """Add claims in which an issuer's software finds something at a time of issue, or nothing."""
    told = {"claims": describe(given), "at": at, "expect": {"findings": sorted(findings)}}
    FINDINGS.add("findings", identifier, "ISS-8.1", [], comment, **told)


def holding(*entries: Sequence[Any], color: int = 0) -> dict[Any, Any]:
    """Return the claims of a code with evidence."""
    ground = {4: 1} if color else {}
    return claims(health={1: color, 2: "张*丰", 6: [list(entry) for entry in entries], **ground})


found("fnd-001", "A plain green code.", claims())
found("fnd-002", "No label: nothing is masked, and nothing is found.", claims(health={1: 0}))
found("fnd-003", "A yellow code.", yellow({}))
for number, (comment, label, findings) in enumerate(
    (
        ("A label of blanks alone", "  ", ("label-blanks", "label-unmasked")),
        ("A blank at the end", "张*丰 ", ("label-blanks",)),
        ("A blank at the beginning", " 张*丰", ("label-blanks",)),
        ("Two blanks side by side", "A*  M*", ("label-blanks",)),
        ("One blank between words", "A* M*", ()),
        ("The ideographic space at the end", "张*丰\u3000", ("label-blanks",)),
        ("The ideographic space between characters", "张\u3000*", ("label-blanks",)),
        ("The no-break space", "A*\u00a0M*", ("label-blanks",)),
        ("The narrow no-break space", "A*\u202fM*", ("label-blanks",)),
        ("The hair space, the last of its block", "A*\u200aM*", ("label-blanks",)),
        ("The Ogham space mark", "A*\u1680M*", ("label-blanks",)),
        ("A tab is no label at all; the medium mathematical space is found", "A*\u205fM*", ("label-blanks",)),
        ("A full stop after a Chinese character", "阿卜杜.热*", ("label-dot",)),
        ("A full stop before the mask", "阿卜杜.*", ("label-dot",)),
        ("A full-width full stop", "阿卜杜\uff0e*", ("label-dot",)),
        ("An ideographic full stop", "阿卜杜\u3002*", ("label-dot",)),
        ("A half-width ideographic full stop", "阿卜杜\uff61*", ("label-dot",)),
        ("A full stop after 〇", "\u3007.*", ("label-dot",)),
        ("A full stop after a compatibility ideograph", "\uf9d1.*", ("label-dot",)),
        ("A full stop after an ideograph of plane 2", "\U00020bb7.*", ("label-dot",)),
        ("A full stop after a letter", "A. M*", ()),
        ("A full stop before a Chinese character", "*.张", ()),
        ("The middle dot of names", "阿卜杜\u00b7*", ()),
        ("A whole name", "张三丰", ("label-unmasked",)),
        ("A full-width asterisk is no *", "张\uff0a丰", ("label-unmasked",)),
        ("The * alone", "*", ()),
        ("The number of an identity card", "11010519491231002X", ("label-digits", "label-unmasked")),
        ("Four digits, and the mask", "*0021", ()),
        ("Five digits, and the mask", "*10021", ("label-digits",)),
        ("Five digits at the beginning", "13800*", ("label-digits",)),
        ("Five full-width digits", "*\uff10\uff11\uff12\uff13\uff19", ("label-digits",)),
        ("Full-width and plain digits", "*01\uff1234", ("label-digits",)),
        ("Five Arabic-Indic digits are no digits here", "*\u0660\u0661\u0662\u0663\u0664", ()),
        ("Five digits that a blank divides", "*123 45", ()),
    ),
    10,
):
    found(f"fnd-{number:03}", f"{comment}.", green({2: label}), *findings)
for number, (comment, given, findings) in enumerate(
    (
        ("A negative test of this hour", holding((1, AT, 0, 1)), ()),
        ("A sample of the next hour", holding((1, AT + 3600, 0, 1)), ("evidence-ahead",)),
        ("A sample of next year", holding((1, AT + 365 * DAY, 0, 1)), ("evidence-ahead",)),
        ("A positive test under green", holding((1, AT, 1, 1)), ("green-on-positive",)),
        ("A positive test under red", holding((1, AT, 1, 1), color=2), ()),
        (
            "A positive test and a later negative one",
            holding((1, IAT, 1, 1), (1, AT, 0, 1)),
            ("green-on-positive",),
        ),
        ("A dose of today", holding((2, TODAY, 1, 2)), ()),
        ("A dose of tomorrow", holding((2, TODAY + 1, 1, 2)), ("evidence-ahead",)),
        ("Dose 2 of 2", holding((2, TODAY, 2, 2)), ()),
        ("Dose 3 of 2, a booster or a slip", holding((2, TODAY, 3, 2)), ("dose-above-series",)),
        ("A recovery of tomorrow", holding((3, TODAY + 1)), ("evidence-ahead",)),
        ("A departure of tomorrow", holding((4, "CN-31", TODAY + 1)), ("evidence-ahead",)),
        ("A recovery and a departure of today", holding((3, TODAY), (4, "CN-31", TODAY)), ()),
        ("Evidence of an unknown type", holding((9, AT + 365 * DAY)), ()),
        (
            "Two at once, each once",
            holding((2, TODAY + 1, 3, 2), (2, TODAY + 2, 3, 2)),
            ("dose-above-series", "evidence-ahead"),
        ),
    ),
    50,
):
    found(f"fnd-{number:03}", f"{comment}.", given, *findings)
tomorrow = holding((3, TODAY + 1))
found("fnd-070", "It is tomorrow at UTC+14:00.", tomorrow, at=IAT + 36000)
found("fnd-071", "It is tomorrow nowhere.", tomorrow, "evidence-ahead", at=IAT + 35999)
found("fnd-072", "It begins in 30 days.", claims({5: AT + AHEAD, 4: EXP + AHEAD}))
found("fnd-073", "It begins a second later.", claims({5: AT + AHEAD + 1, 4: EXP + AHEAD}), "begins-late")
found(
    "fnd-074", "It begins in 36 years.", claims({5: AT + 36 * 365 * DAY, 4: EXP + 36 * 365 * DAY}), "begins-late"
)
found("fnd-075", "It expires in a second.", claims({4: AT + 1}))
found("fnd-076", "It expires just now.", claims({4: AT}), "expired")
found("fnd-077", "It expired years ago.", claims({5: IAT - 10**8, 4: EXP - 10**8}), "expired")
