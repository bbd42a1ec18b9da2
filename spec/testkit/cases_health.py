"""Section 9: the health code."""

from __future__ import annotations

from typing import Any

from encode import wide
from topic import EXP, IAT, MAX_DAY, MAX_INT, MAX_TIME, YELLOW, Topic, claims, cnf, forbidden, green, yellow

TOPIC = Topic("health")
EVIDENCE = Topic("evidence")
HOLDER = Topic("holder")
bad = "malformed-claims"
entries: Any
value: Any
health: Any
changes: Any
HOUR = IAT - 3600
EVERYTHING = {
    1: 2,
    2: "欧阳**",
    3: bytes(16),
    4: 6,
    5: EXP,
    6: [[1, HOUR, 1, 1], [2, 20000, 3, 2], [3, 20400], [4, "CN-31", 20700]],
    7: [65535, 1048575],
    8: "CN-33-01-06",
    9: "CN-31.WJW",
    32: "32",
    -1: b"own",
}

TOPIC.good(
    "hlt-001",
    "HLT-1 CLM-6",
    "Every key at once.",
    claims({8: cnf()}, health=EVERYTHING),
    waive=["status-unknown", "presentation-required"],
)
TOPIC.good("hlt-002", "HLT-4", "The color alone.", claims(health={1: 0}))
TOPIC.good("hlt-003", "HLT-4 HLT-5", "Yellow with its reason.", claims(health=YELLOW), attack=[40])
TOPIC.good("hlt-004", "HLT-4 HLT-5", "Red with its reason.", yellow({1: 2, 4: 6}), attack=[40])

TOPIC.bad(
    "hlt-010",
    bad,
    "HLT-1",
    "A binding of 15 bytes and the critical key 10: malformed comes first.",
    green({3: bytes(15), 10: 0}),
)
TOPIC.bad(
    "hlt-011",
    bad,
    "HLT-1",
    "An empty holder and the color 3: malformed comes first.",
    claims(health={1: 3, 2: ""}),
)
TOPIC.bad(
    "hlt-012",
    bad,
    "HLT-1",
    "Nine extensions and the critical key 31: malformed comes first.",
    green(dict.fromkeys(range(31, 41), 0)),
)
TOPIC.bad(
    "hlt-013", bad, "HLT-1 HLT-5", "Red without a reason and the critical key 10.", claims(health={1: 2, 10: 0})
)

for number, key in enumerate((0, 10, 11, 16, 24, 30, 31), 20):
    TOPIC.bad(
        f"hlt-{number:03}",
        "unsupported-claim",
        "HLT-2",
        f"The critical key {key} may change the meaning of the rest.",
        green({key: 0}),
    )

TOPIC.good(
    "hlt-030", "HLT-3.1", "Eight extensions, the most.", green(dict.fromkeys(range(32, 40), 0)), attack=[50]
)
TOPIC.good(
    "hlt-031",
    "HLT-3.1",
    "Eight of both kinds together.",
    green(dict.fromkeys((32, 33, 34, 35, -1, -2, -3, -4), 0)),
)
TOPIC.good(
    "hlt-032",
    "HLT-3",
    "An extension that calls the holder red means nothing to a verifier.",
    green({-1: {1: 2}, 33: ["red"]}),
)
TOPIC.bad(
    "hlt-126",
    "unsupported-claim",
    "HLT-2 HLT-3",
    "Eight extensions and a critical key, which is not counted with them.",
    green(dict.fromkeys(range(31, 40), 0)),
)
TOPIC.bad("hlt-033", bad, "HLT-3.1", "Nine extensions.", green(dict.fromkeys(range(32, 41), 0)))
TOPIC.bad("hlt-034", bad, "HLT-3.1", "Nine of the issuer's own.", green(dict.fromkeys(range(-9, 0), 0)))
TOPIC.bad(
    "hlt-035",
    bad,
    "HLT-3",
    "Nine of both kinds together.",
    green(dict.fromkeys((32, 33, 34, 35, 36, -1, -2, -3, -4), 0)),
)
TOPIC.bad(
    "hlt-036",
    "expired",
    "HLT-3 VER-5",
    "An extension that prolongs the code does not.",
    green({32: EXP + 99}),
    at=EXP,
)

for identifier, verdict, comment, health in [
    ("hlt-040", "unsupported-claim", "The color 3, which is not assigned.", {1: 3}),
    ("hlt-041", "unsupported-claim", "The color 255.", {1: 255}),
    ("hlt-042", "unsupported-claim", "The color 2^53 - 1.", {1: MAX_INT}),
    ("hlt-043", "unsupported-claim", "The color 3 with a reason: HLT-5 says nothing about it.", {1: 3, 4: 2}),
    ("hlt-044", "unsupported-claim", "The color 3 with an until.", {1: 3, 5: EXP}),
    (
        "hlt-045",
        bad,
        "The color 3 with an until before exp: that part of HLT-6 is for every color.",
        {1: 3, 5: EXP - 1},
    ),
    ("hlt-125", bad, "The color 3 with a reason of text: its type is for every color.", {1: 3, 4: "exposure"}),
    ("hlt-046", bad, "The color -1.", {1: -1}),
    ("hlt-047", bad, "The color as text.", {1: "green"}),
    ("hlt-048", bad, "The color as a byte string.", {1: b"\0"}),
    ("hlt-049", bad, "The color as an array.", {1: [0]}),
    ("hlt-050", bad, "No color.", {2: "张*丰"}),
]:
    rules = "HLT-4 HLT-13" if "The color 3 with" in comment else "HLT-4"
    TOPIC.bad(identifier, verdict, rules, comment, claims(health=health))

for identifier, comment, health in [
    ("hlt-060", "Yellow without a reason: a color without a ground.", {1: 1}),
    ("hlt-061", "Red without a reason.", {1: 2}),
    ("hlt-062", "Green with a reason.", {1: 0, 4: 2}),
    ("hlt-063", "A reason below zero.", {1: 1, 4: -1}),
    ("hlt-064", "A reason in words: no diagnosis is written.", {1: 1, 4: "cough"}),
    ("hlt-065", "A reason as an array.", {1: 1, 4: [2]}),
    ("hlt-066", "Green with the reason 0, which is not the same as none.", {1: 0, 4: 0}),
]:
    TOPIC.bad(identifier, bad, "HLT-5.1", comment, claims(health=health), attack=[40])
for number, (reason, comment) in enumerate(
    (
        (1, "The first reason."),
        (8, "The last reason."),
        (9, "The next reason, which strands nobody."),
        (0, "The reason 0, which is unknown, not absent."),
        (MAX_INT, "The largest unknown reason."),
    ),
    67,
):
    TOPIC.good(f"hlt-{number:03}", "HLT-5.3", comment, yellow({4: reason}), attack=[50])

TOPIC.good("hlt-080", "HLT-6.2", "A code that ends with its measure.", yellow({5: EXP}), attack=[40])
TOPIC.good("hlt-081", "HLT-6", "A measure until the largest time.", yellow({5: MAX_TIME}))
TOPIC.good("hlt-082", "HLT-6", "Red with a measure of 14 days.", yellow({1: 2, 5: IAT + 14 * 86400}))
for identifier, comment, given in [
    ("hlt-083", "A code that outlives its measure by a second.", yellow({5: EXP - 1})),
    ("hlt-084", "until with green: there is no measure.", green({5: EXP})),
    ("hlt-085", "until one second too large.", yellow({5: MAX_TIME + 1})),
    ("hlt-086", "until below zero.", yellow({5: -1})),
    ("hlt-087", "until as text.", yellow({5: "2026-11-08"})),
    ("hlt-088", "until 0, which is not the same as none.", yellow({5: 0})),
    ("hlt-089", "until 0 with green.", green({5: 0})),
]:
    TOPIC.bad(identifier, bad, "HLT-6", comment, given, attack=[40])

for identifier, comment, value in [
    ("hlt-100", "A binding of 15 bytes.", bytes(15)),
    ("hlt-101", "A binding of 17 bytes.", bytes(17)),
    ("hlt-102", "A whole SHA-256 as the binding.", bytes(32)),
    ("hlt-103", "An empty binding.", b""),
    ("hlt-104", "A binding as text.", "0" * 16),
]:
    TOPIC.bad(identifier, bad, "HLT-8", comment, green({3: value}))
TOPIC.good("hlt-105", "HLT-8", "A binding of 16 bytes.", green({3: bytes(16)}))

for identifier, comment, status in [
    ("hlt-110", "The first place of the first list.", [0, 0]),
    ("hlt-111", "The last place of the last list.", [65535, 1048575]),
]:
    TOPIC.good(identifier, "HLT-11", comment, green({7: status}), waive=["status-unknown"])
statuses: list[tuple[str, str, Any]] = [
    ("hlt-112", "The list 65,536.", [65536, 0]),
    ("hlt-113", "The index 1,048,576.", [0, 1048576]),
    ("hlt-114", "A list below zero.", [-1, 0]),
    ("hlt-115", "An index below zero.", [0, -1]),
    ("hlt-116", "The list alone.", [0]),
    ("hlt-117", "Three numbers.", [0, 0, 0]),
    ("hlt-118", "No array.", 0),
    ("hlt-119", "Text in place of the list.", ["3", 0]),
    ("hlt-120", "A map, as the token status list has it.", {1: 3}),
    ("hlt-121", "A byte string in place of the index.", [3, b"\0"]),
    ("hlt-122", "An empty array, which is not the same as none.", []),
]
for identifier, comment, value in statuses:
    TOPIC.bad(identifier, bad, "HLT-11", comment, green({7: value}), attack=[42], waive=["status-unknown"])

TOPIC.good("hlt-130", "HLT-12", "The colour was set by another issuer.", yellow({9: "CN-31.WJW"}))
for identifier, comment, changes in [
    ("hlt-131", "The residence as a number.", {8: 330100}),
    ("hlt-132", "The residence as a byte string.", {8: b"CN-33"}),
    ("hlt-133", "The origin is no issuer id.", {9: "CN-330"}),
    ("hlt-134", "The origin as a number.", {9: 33}),
    ("hlt-135", "The origin as a name in Chinese.", {9: "上海市卫健委"}),
    ("hlt-136", "The origin is empty.", {9: ""}),
]:
    TOPIC.bad(identifier, bad, "HLT-12", comment, green(changes))

# Evidence.
for identifier, attack, comment, entries in [
    ("evd-001", [], "A test, negative, by its three elements.", [[1, HOUR, 0, 1]]),
    ("evd-002", [], "A test at the epoch.", [[1, 0, 1, 3]]),
    ("evd-003", [], "The last full hour that a time can be.", [[1, MAX_TIME // 3600 * 3600, 0, 2]]),
    ("evd-004", [], "A vaccination, dose 1 of 1, on the first day.", [[2, 0, 1, 1]]),
    ("evd-005", [], "A vaccination at the limits; dose 99 of 1 is a booster.", [[2, MAX_DAY, 99, 1]]),
    ("evd-006", [], "Dose 1 of 99.", [[2, 20000, 1, 99]]),
    ("evd-007", [], "A recovery on the last day.", [[3, MAX_DAY]]),
    ("evd-008", [], "A departure.", [[4, "CN-31-01", 20700]]),
    ("evd-009", [], "Four entries of one type, the most.", [[3, 1], [3, 2], [3, 3], [3, 3]]),
    (
        "evd-010",
        [50],
        "The next type of evidence: shown as a number, counting for nothing.",
        [[5, 1, "a", b"b", -1]],
    ),
    ("evd-011", [50], "An unknown type without elements.", [[MAX_INT]]),
    ("evd-012", [50], "The type 0, which is unknown.", [[0, 0]]),
    ("evd-013", [50], "An unknown method of a test.", [[1, HOUR, 0, 4]]),
    ("evd-014", [50], "The largest unknown method, and the method 0.", [[1, HOUR, 0, MAX_INT], [1, HOUR, 0, 0]]),
    (
        "evd-015",
        [],
        "A test in the future and one older than the code are both true to the form.",
        [[1, EXP // 3600 * 3600, 0, 1]],
    ),
]:
    EVIDENCE.good(identifier, "HLT-10" if attack else "HLT-9", comment, green({6: entries}), attack=attack)

faults: list[tuple[str, str, Any]] = [
    ("evd-030", "No entry.", []),
    ("evd-031", "Five entries.", [[3, 1], [3, 2], [3, 3], [3, 4], [3, 5]]),
    ("evd-032", "No array.", 3),
    ("evd-033", "An entry without the array around.", [3, 1]),
    ("evd-034", "A map as an entry.", [{0: 3}]),
    ("evd-035", "An empty entry.", [[]]),
    ("evd-036", "A type below zero.", [[-1, 0]]),
    ("evd-037", "A type in words.", [["test", 0]]),
    ("evd-038", "A type as bytes.", [[b"\x03", 0]]),
    ("evd-039", "A map in place of the array.", {0: [3, 1]}),
    ("evd-040", "A good entry and a bad one.", [[3, 1], [3]]),
    ("evd-041", "An unknown entry and a bad one.", [[5], [3]]),
    ("evd-050", "A test without a method.", [[1, HOUR, 0]]),
    ("evd-051", "A test with one element more.", [[1, HOUR, 0, 1, 0]]),
    ("evd-052", "A test to the second: minutes show who queued where.", [[1, HOUR + 1, 0, 1]]),
    ("evd-053", "A test to the half hour.", [[1, HOUR + 1800, 0, 1]]),
    ("evd-054", "A test before 1970.", [[1, -3600, 0, 1]]),
    ("evd-055", "A test later than the largest time.", [[1, (MAX_TIME // 3600 + 1) * 3600, 0, 1]]),
    ("evd-056", "The result 2.", [[1, HOUR, 2, 1]]),
    ("evd-057", "The result -1.", [[1, HOUR, -1, 1]]),
    ("evd-058", "The result in words.", [[1, HOUR, "negative", 1]]),
    ("evd-059", "A method below zero.", [[1, HOUR, 0, -1]]),
    ("evd-060", "A method in words.", [[1, HOUR, 0, "naat"]]),
    ("evd-061", "A test's time as text.", [[1, "2026-11-01", 0, 1]]),
    ("evd-070", "Dose 0.", [[2, 20000, 0, 2]]),
    ("evd-071", "Dose 100.", [[2, 20000, 100, 2]]),
    ("evd-072", "Of 0 doses.", [[2, 20000, 1, 0]]),
    ("evd-073", "Of 100 doses.", [[2, 20000, 1, 100]]),
    ("evd-074", "A vaccination without the number of doses.", [[2, 20000, 1]]),
    ("evd-075", "A vaccination with a maker's name.", [[2, 20000, 1, 2, "x"]]),
    ("evd-076", "A vaccination after the last day.", [[2, MAX_DAY + 1, 1, 2]]),
    ("evd-077", "A vaccination's day as a time.", [[2, IAT, 1, 2]]),
    ("evd-078", "A dose as text.", [[2, 20000, "1", 2]]),
    ("evd-080", "A recovery without a day.", [[3]]),
    ("evd-081", "A recovery with two days.", [[3, 1, 2]]),
    ("evd-082", "A recovery after the last day.", [[3, MAX_DAY + 1]]),
    ("evd-083", "A recovery before 1970.", [[3, -1]]),
    ("evd-084", "A recovery's day as bytes.", [[3, b"\x01"]]),
    ("evd-090", "A departure without a day.", [[4, "CN-31"]]),
    ("evd-091", "A departure from no region.", [[4, "CN-330", 1]]),
    ("evd-092", "A departure with day and region exchanged.", [[4, 1, "CN-31"]]),
    ("evd-093", "A departure from an issuer.", [[4, "CN-31.WJW", 1]]),
    ("evd-094", "A departure after the last day.", [[4, "CN-31", MAX_DAY + 1]]),
    ("evd-095", "A departure with one element more.", [[4, "CN-31", 1, 1]]),
]
for identifier, comment, value in faults:
    EVIDENCE.bad(identifier, bad, "HLT-9", comment, green({6: value}))

# Holder.
for identifier, comment, text in [
    ("hld-001", "One byte.", "*"),
    ("hld-002", "48 bytes of ASCII, the most.", "A*" * 24),
    ("hld-003", "48 bytes in 16 Chinese characters.", "张*" * 12),
    ("hld-004", "A CJK compatibility ideograph, which NFC would replace: U+F9D1.", "\uf9d1*"),
    ("hld-005", "The same name with U+516D: another label, and neither is normalised.", "\u516d*"),
    ("hld-006", "A variation selector, U+FE00.", "\u8fbb\ufe00*"),
    ("hld-007", "An ideographic variation selector, U+E0100, the first of 240.", "\u8fbb\U000e0100*"),
    ("hld-008", "The last variation selector, U+E01EF.", "\u8fbb\U000e01ef*"),
    ("hld-009", "A rare character of plane 3, in no old Unicode database.", "\U00030edd*"),
    ("hld-010", "An unassigned code point: no database is asked.", "\u0378*"),
    ("hld-011", "A combining accent that could be composed.", "e\u0301*"),
    ("hld-012", "The middle dot of names, U+00B7.", "阿卜杜拉\u00b7*"),
    ("hld-013", "Mongolian letters.", "\u1820\u1828*"),
    ("hld-014", "Arabic letters, right to left by themselves.", "\u0639\u0628*"),
    ("hld-015", "Spaces, also the ideographic one.", " \u3000*"),
    ("hld-016", "Characters that are markup elsewhere: showing them is the shower's care.", "<b>&'\""),
]:
    HOLDER.good(identifier, "HLT-7", comment, green({2: text}), attack=[38] if not text[0].isascii() else [])
for identifier, comment, value in [
    ("hld-020", "An empty holder, which is not the same as none.", ""),
    ("hld-021", "49 bytes of ASCII.", "A" * 49),
    ("hld-022", "17 Chinese characters, 51 bytes: bytes are counted.", "张" * 17),
    ("hld-023", "A holder of 600 bytes: 10,000 would not even fit.", "*" * 600),
    ("hld-024", "A holder of bytes.", "张*丰".encode()),
    ("hld-025", "A holder that is a number.", 1),
    ("hld-026", "A holder that is an array.", ["张*丰"]),
]:
    HOLDER.bad(identifier, bad, "HLT-7.1", comment, green({2: value}), attack=[38])

for row in forbidden():
    first, last = int(row["first"], 16), int(row["last"], 16)
    for point in sorted({first, last}):
        identifier, what = f"hld-u{point:04x}", f"U+{point:04X} ({row['kind']})"
        if 0xD800 <= point <= 0xDFFF:  # noqa: PLR2004 - no UTF-8 holds a surrogate: CBR-6
            continue
        given = green({2: f"张{chr(point)}*"})
        if row["refused_by"] == "verifier":
            HOLDER.bad(
                identifier,
                bad,
                "HLT-7.2",
                f"{what} does not show, or shows what is not there.",
                given,
                attack=[38],
            )
        else:
            HOLDER.good(
                identifier, "HLT-7.3", f"{what} is the issuer's care, not the verifier's.", given, attack=[38]
            )
HOLDER.good(
    "hld-090",
    "HLT-7",
    "The neighbours of ranges are free.",
    green({2: "\u0020\u007e\u00a0\u00ac\u00ae\u200a\u2010\u2027\u2030"}),
)
HOLDER.bad(
    "hld-091",
    "malformed-payload",
    "CBR-4",
    "A holder of 48 bytes with a longer head.",
    green({2: wide("A" * 48, 2)}),
    attack=[33],
)
TOPIC.bad(
    "hlt-123",
    bad,
    "HLT-11",
    "A map of two pairs, whose keys would do as list and index.",
    green({7: {3: 0, 70000: 0}}),
    attack=[42],
    waive=["status-unknown"],
)
TOPIC.bad(
    "hlt-124",
    bad,
    "HLT-11",
    "A byte string of two bytes, which are two numbers in many languages.",
    green({7: b"\x03\x04"}),
    attack=[42],
    waive=["status-unknown"],
)

REFUSED = [(int(row["first"], 16), int(row["last"], 16)) for row in forbidden() if row["refused_by"] == "verifier"]
NEIGHBOURS = sorted(
    {point for first, last in REFUSED for point in (first - 1, last + 1)}
    - {point for first, last in REFUSED for point in range(first, last + 1)}
    - {-1, 0x110000}
)
for number in range(0, len(NEIGHBOURS), 11):
    label = "".join(map(chr, NEIGHBOURS[number : number + 11]))
    HOLDER.good(
        f"hld-{100 + number // 11}",
        "HLT-7",
        f"From U+{ord(label[0]):04X} to U+{ord(label[-1]):04X}: the neighbours of ranges are free, all of them.",
        green({2: label}),
        attack=[38],
    )
