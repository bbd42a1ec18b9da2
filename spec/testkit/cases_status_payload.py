"""Section 2 of status.md, STL-3 to STL-7: the claims of a list, its stream, and what an entry says."""

from __future__ import annotations

import zlib
from typing import Any

from documents import DAY
from draft_lists import BITS_1, BITS_2, BITS_4, BITS_8
from encode import Pairs, Raw, cbor, wide
from lists import (
    BASE,
    CODE_LISTED,
    EXPIRY,
    FULL_SIZE,
    GONE,
    INDEX,
    ISSUED,
    LIST_EXP,
    NUMBER,
    OPEN,
    STATUS_LIST,
    SUB,
    TTL,
    coded,
    deflate,
    given,
    literals,
    offered,
    pack,
    plain,
    squeeze,
    status_list,
    stored,
    to_bytes,
)
from topic import AT, IAT, MAX_TIME, Topic
from worlds import Step, refused, update, valid, world

TOPIC = Topic("status-payload")
ENTRIES = Topic("status-entries")
identifier: str
clause: str
comment: str
attack: list[int]
what: Any
UNKNOWN = refused("status-unknown", CODE_LISTED)
ANSWERED = valid(text=CODE_LISTED, issued=IAT)
STREAM = squeeze(pack({}, size=9_000))
INNER = Pairs((("bits", 1), ("lst", STREAM)))
ADDRESS = f"{BASE}/{NUMBER}"
SUB_, EXP_, IAT_, LIST_ = (SUB, ADDRESS), (EXPIRY, LIST_EXP), (ISSUED, IAT), (STATUS_LIST, INNER)
NO_FORM, NO_VALUE = "malformed-payload", "malformed-document"


def inside(*members: tuple[Any, Any]) -> dict[int, Any]:
    """Return the claims of a list whose status_list has these members."""
    return plain() | {STATUS_LIST: Pairs(members)}


# STL-3: the form. Each of these is signed, as all that follows is.
good = cbor(plain())
forms: list[tuple[str, str, list[int], bytes]] = [
    ("slp-001", "Zeros.", [33], bytes(24)),
    ("slp-001", "A byte after the claims.", [33], good + b"\0"),
    ("slp-001", "The claims twice.", [33], good + good),
    ("slp-001", "The last byte of the claims is missing.", [33], good[:-1]),
    ("slp-001", "An array of the claims.", [33], cbor([plain()])),
    ("slp-001", "A map without end.", [33], b"\xbf" + good[1:] + b"\xff"),
    ("slp-001", "A map whose length takes a byte.", [33], b"\xb8\x04" + good[1:]),
    ("slp-001", "A map of 5, of which 4 are there.", [33], b"\xa5" + good[1:]),
    ("slp-001", "The tag of a CWT around the claims.", [32, 33], b"\xd8\x3d" + good),
    ("slp-001", "No claim.", [], cbor(b"\0" * 40)),
    ("slp-011", "sub is missing.", [], given(EXP_, IAT_, LIST_)),
    ("slp-011", "exp is missing.", [39], given(SUB_, IAT_, LIST_)),
    ("slp-011", "iat is missing.", [], given(SUB_, EXP_, LIST_)),
    ("slp-011", "status_list is missing.", [], given(SUB_, EXP_, IAT_, (TTL, 3600))),
    ("slp-015", "iss, a claim that is not in the table.",
     [15], given((1, "CN-33-01.WJW"), SUB_, EXP_, IAT_, LIST_)),
    ("slp-015", "nbf, a claim that is not in the table.", [15], given(SUB_, EXP_, (5, IAT), IAT_, LIST_)),
    ("slp-015", "A claim after ttl.", [15], given(SUB_, EXP_, IAT_, LIST_, (TTL, 60), (65535, 0))),
    ("slp-015", "A claim between iat and status_list.", [15], given(SUB_, EXP_, IAT_, (32, 0), LIST_)),
    ("slp-015", "A claim whose key is negative.", [15], given(SUB_, EXP_, IAT_, LIST_, (-65537, 0))),
    ("slp-020", "exp before sub.", [33], given(EXP_, SUB_, IAT_, LIST_)),
    ("slp-020", "iat before exp.", [33], given(SUB_, IAT_, EXP_, LIST_)),
    ("slp-020", "status_list first.", [33], given(LIST_, SUB_, EXP_, IAT_)),
    ("slp-020", "ttl before status_list.", [33], given(SUB_, EXP_, IAT_, (TTL, 60), LIST_)),
    ("slp-020", "exp twice.", [33], given(SUB_, EXP_, EXP_, IAT_, LIST_)),
    ("slp-020", "sub twice, of which the second is right.",
     [33], given((SUB, ADDRESS + "0"), SUB_, EXP_, IAT_, LIST_)),
    ("slp-026", "The keys are texts.", [], given(("sub", ADDRESS), ("exp", LIST_EXP), ("iat", IAT),
                                                 ("status_list", INNER))),
    ("slp-026", "The key of status_list in 4 bytes.", [33],
     given(SUB_, EXP_, IAT_, (wide(STATUS_LIST, 4), INNER))),
    ("slp-026", "The key of sub in 1 byte of its own.", [33], given((wide(SUB, 1), ADDRESS), EXP_, IAT_, LIST_)),
    ("slp-030", "sub as bytes.", [], cbor(plain(_2=ADDRESS.encode()))),
    ("slp-030", "The length of sub in 2 bytes.", [33], cbor(plain(_2=wide(ADDRESS, 2)))),
    ("slp-030", "A sub without end.", [33], cbor(plain(_2=Raw(b"\x7f" + cbor(ADDRESS) + b"\xff")))),
    ("slp-030", "exp in 8 bytes.", [33], cbor(plain(_4=wide(LIST_EXP, 8)))),
    ("slp-030", "iat in 8 bytes.", [33], cbor(plain(_6=wide(IAT, 8)))),
    ("slp-035", "exp as a float.", [49], cbor(plain(_4=float(LIST_EXP)))),
    ("slp-035", "iat as a text.", [], cbor(plain(_6=str(IAT)))),
    ("slp-035", "exp under the tag of a time.", [33], cbor(plain(_4=Raw(b"\xc1" + cbor(LIST_EXP))))),
    ("slp-035", "A negative iat.", [39], cbor(plain(_6=-1))),
    ("slp-035", "A negative exp.", [39], cbor(plain(_4=-1))),
    ("slp-035", "exp is null.", [39], cbor(plain(_4=None))),
    ("slp-041", "A negative ttl.", [43], cbor(plain(_65534=-1))),
    ("slp-041", "ttl as a float.", [43], cbor(plain(_65534=60.0))),
    ("slp-041", "ttl in 2 bytes where 1 is enough.", [33], cbor(plain(_65534=wide(60, 2)))),
    ("slp-042", "ttl is 2^53.", [33], cbor(plain(_65534=2**53))),
    ("slp-043", "sub is no UTF-8.", [33, 38], cbor(plain(_2=Raw(cbor(ADDRESS)[:-1] + b"\xff")))),
    ("slp-050", "lst before bits: the order of CBOR-5 is not that of a list.", [33],
     cbor(inside(("lst", STREAM), ("bits", 1)))),
    ("slp-051", "bits is missing.", [], cbor(inside(("lst", STREAM)))),
    ("slp-051", "lst is missing.", [], cbor(inside(("bits", 1)))),
    ("slp-051", "aggregation_uri, a member of the draft that is not in the table.", [15],
     cbor(inside(("bits", 1), ("lst", STREAM), ("aggregation_uri", BASE)))),
    ("slp-051", "bits twice.", [33], cbor(inside(("bits", 1), ("bits", 1), ("lst", STREAM)))),
    ("slp-051", "The members under numbers.", [], cbor(inside((1, 1), (2, STREAM)))),
    ("slp-051", "bits with a capital.", [], cbor(inside(("Bits", 1), ("lst", STREAM)))),
    ("slp-051", "The name bits in a longer form.", [33], cbor(inside((wide("bits", 1), 1), ("lst", STREAM)))),
    ("slp-058", "bits is true.", [49], cbor(inside(("bits", True), ("lst", STREAM)))),
    ("slp-058", "bits is 1.0.", [49], cbor(inside(("bits", 1.0), ("lst", STREAM)))),
    ("slp-058", "bits in a byte of its own.", [33], cbor(inside(("bits", wide(1, 1)), ("lst", STREAM)))),
    ("slp-058", "bits is a text.", [], cbor(inside(("bits", "1"), ("lst", STREAM)))),
    ("slp-058", "bits is negative.", [], cbor(inside(("bits", -1), ("lst", STREAM)))),
    ("slp-063", "lst as a text.", [], cbor(inside(("bits", 1), ("lst", "eNrbuRgAAhcBXQ")))),
    ("slp-063", "The length of lst in 4 bytes.", [33], cbor(inside(("bits", 1), ("lst", wide(STREAM, 4))))),
    ("slp-063", "lst in two pieces.", [33],
     cbor(inside(("bits", 1), ("lst", Raw(b"\x5f" + cbor(STREAM[:9]) + cbor(STREAM[9:]) + b"\xff"))))),
    ("slp-063", "lst longer than what there is.",
     [6], good[: -len(STREAM) - 2] + b"\x5a\xff\xff\xff\xff" + STREAM),
    ("slp-063", "status_list as the bytes of the map.", [], cbor(plain(_65533=cbor(INNER)))),
    ("slp-063", "status_list as an array.", [], cbor(plain(_65533=[1, STREAM]))),
]  # fmt: skip
offered(
    TOPIC,
    "STL-3",
    [(name, text, rows, status_list(payload=body)) for name, text, rows, body in forms],
    [f"0 CN-33 {NO_FORM}"],
)

# STL-3 to STL-5: values.
values: list[tuple[str, str, str, list[int], Any]] = [
    ("slp-080", "STL-4", "exp is iat.", [39], status_list(exp=IAT)),
    ("slp-080", "STL-4", "exp is before iat.", [39], status_list(exp=IAT - 1)),
    ("slp-080", "STL-4", "A life of 7 days and a second.", [39], status_list(exp=IAT + 7 * DAY + 1)),
    ("slp-080", "STL-4", "A life of a century.", [2, 39], status_list(exp=IAT + 36_525 * DAY)),
    ("slp-084", "STL-4", "exp is in the year 9999.", [39], status_list(iat=MAX_TIME, exp=MAX_TIME + 1)),
    ("slp-085", "STL-5", "bits is 0.", [], status_list(bits=0, stream=STREAM)),
    ("slp-085", "STL-5", "bits is 3.", [], status_list(bits=3, stream=STREAM)),
    ("slp-085", "STL-5", "bits is 16.", [], status_list(bits=16, stream=STREAM)),
    ("slp-085", "STL-5", "bits is 2 to the 32nd, and with it the limit of what is inflated.", [6],
     status_list(bits=2**32, stream=STREAM)),
]  # fmt: skip
for rule in ("STL-3", "STL-4", "STL-5"):
    offered(TOPIC, rule, [(row[0], *row[2:]) for row in values if row[1] == rule], [f"0 CN-33 {NO_VALUE}"])
for identifier, clause, comment, attack, what in [
    ("slp-090", "STL-4", "A life of 7 days.", [], status_list(exp=IAT + 7 * DAY)),
    ("slp-091", "STL-4", "A life of a second, and it is over.", [], status_list(exp=IAT + 1)),
    ("slp-092", "STL-7", "A ttl of an hour.", [], status_list(ttl=3600)),
    ("slp-093", "STL-7", "A ttl of 0: it says nothing about how long the list counts.", [43], status_list(ttl=0)),
    ("slp-094", "STL-7", "A ttl of a century: the list counts until exp, and no longer.", [2, 43],
     status_list(ttl=36_525 * DAY, exp=AT + 1)),
]:  # fmt: skip
    after: tuple[Step, ...] = (UNKNOWN,) if identifier == "slp-091" else (ANSWERED,)
    if identifier == "slp-094":
        after = (ANSWERED, refused("status-unknown", CODE_LISTED, at=AT + 1))
    world(TOPIC, identifier, clause, comment, *OPEN, update(what), *after, attack=attack)


def dynamic(literals_: dict[int, int], distances: dict[int, int], body: str, *, last: bool = True) -> str:
    """Return the bits of a block with codes of its own, given by their lengths (RFC 1951, section 3.2.7)."""

    def low_first(number: int, width: int) -> str:
        return f"{number:0{width}b}"[::-1]

    order = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
    lengths = [literals_.get(i, 0) for i in range(257)]
    lengths += [distances.get(i, 0) for i in range(max(distances, default=0) + 1)]
    bits = ("1" if last else "0") + "01" + low_first(0, 5) + low_first(len(lengths) - 258, 5) + low_first(15, 4)
    bits += "".join(low_first(0 if symbol > 15 else 4, 3) for symbol in order)  # noqa: PLR2004 - 16 codes of 4 bits
    return bits + "".join(f"{length:04b}" for length in lengths) + body


def huffman(literals_: dict[int, int], distances: dict[int, int], body: str, data: bytes = b"\0") -> bytes:
    """Return a zlib stream of one block with codes of its own."""
    return b"\x78\xda" + to_bytes(dynamic(literals_, distances, body)) + zlib.adler32(data).to_bytes(4, "big")


# STL-3 before STL-4, STL-5 and STL-7: the form of the whole, and then the values.
short = {EXPIRY: IAT}
mixed: list[tuple[str, str, list[int], Any]] = [
    ("slp-130", "exp is iat, and ttl is a text.", [39], status_list(changes=short | {TTL: "300"})),
    ("slp-130", "exp is iat, and a claim follows.", [39], status_list(changes=short | {65535: 0})),
    ("slp-130", "exp is iat, and a byte follows the claims.", [39],
     status_list(payload=cbor(plain() | short) + b"\0")),
    ("slp-130", "exp is iat, and lst is a text.", [39],
     status_list(changes=short | {STATUS_LIST: Pairs((("bits", 1), ("lst", "none")))})),
    ("slp-130", "bits is 3, and lst is a text.", [],
     status_list(changes={STATUS_LIST: Pairs((("bits", 3), ("lst", "none")))})),
    ("slp-130", "bits is 0, and ttl is negative.", [], status_list(bits=0, stream=STREAM, changes={TTL: -1})),
    ("slp-130", "The stream is none, and ttl is a float.", [], status_list(stream=b"", changes={TTL: 300.0})),
]  # fmt: skip
offered(TOPIC, "STL-3", mixed, [f"0 CN-33 {NO_FORM}"])

# STL-5: the stream.
PLAIN = pack({}, size=9_000)
sound = squeeze(PLAIN)
adler = zlib.adler32(PLAIN).to_bytes(4, "big")
gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + deflate(PLAIN) + zlib.crc32(PLAIN).to_bytes(4, "little")
gzip += len(PLAIN).to_bytes(4, "little")
endless = b"\0\x04\0\xfb\xff" + bytes(4)  # a block that is stored, and not the last one
streams: list[tuple[str, str, list[int], bytes]] = [
    ("slp-100", "No byte.", [], b""),
    ("slp-101", "A stream of no entry: nothing is inflated.", [], squeeze(b"")),
    ("slp-102", "The last byte of the stream is missing.", [], sound[:-1]),
    ("slp-102", "The checksum is missing.", [], sound[:-4]),
    ("slp-102", "The stream was cut in the middle.", [], sound[: len(sound) // 2]),
    ("slp-102", "Two bytes, the head of a stream.", [], sound[:2]),
    ("slp-106", "A byte after the stream.", [], sound + b"\0"),
    ("slp-106", "A second stream after the first.", [], sound + sound),
    ("slp-108", "The checksum is wrong by a bit.", [], sound[:-1] + bytes([sound[-1] ^ 1])),
    ("slp-108", "The checksum with its bytes in the other order.", [], sound[:-4] + adler[::-1]),
    ("slp-110", "A raw deflate stream, without head and checksum.", [], deflate(PLAIN)),
    ("slp-110", "A gzip stream.", [], gzip),
    ("slp-110", "A list that is not compressed.", [], PLAIN[:64]),
    ("slp-113", "The check bits of the head are wrong.", [], b"\x78\xdb" + sound[2:]),
    ("slp-113", "Another method than deflate.", [], b"\x77\x85" + sound[2:]),
    ("slp-113", "A window of 64 KiB.", [], b"\x88\x1c" + sound[2:]),
    ("slp-113", "A stream that needs a dictionary.", [], b"\x78\xf9\0\0\0\x01" + sound[2:]),
    ("slp-117", "A block of the type that does not exist.", [], b"\x78\xda\x07" + sound[3:]),
    ("slp-117", "No block is the last one.",
     [], b"\x78\x01" + endless + zlib.adler32(bytes(4)).to_bytes(4, "big")),
    ("slp-117", "A match that reaches back before the first byte.", [],
     b"\x78\xda\x03\x02\0" + zlib.adler32(b"").to_bytes(4, "big")),
    ("slp-131", "A window of 64 KiB, with good check bits, over a stream that fits into one of 32.", [],
     b"\x88\x1c" + sound[2:]),
    ("slp-131", "A dictionary is named, and none is needed.", [], b"\x78\xbb\0\0\0\x01" + sound[2:]),
    ("slp-131", "The checksum is 0.", [], sound[:-4] + bytes(4)),
    ("slp-131", "The checksum is that of no bytes.", [], sound[:-4] + b"\0\0\0\1"),
    ("slp-132", "Two codes of two bits: half of all codes lead nowhere.", [], huffman({0: 2, 256: 2}, {}, "0001")),
    ("slp-132", "Three codes of one bit: one more than there are.", [], huffman({0: 1, 1: 1, 256: 1}, {}, "01")),
    ("slp-132", "Two codes of distances, of two bits each.", [], huffman({0: 1, 256: 1}, {0: 2, 1: 2}, "01")),
    ("slp-132", "Three codes of distances, of one bit each.", [],
     huffman({0: 1, 256: 1}, {0: 1, 1: 1, 2: 1}, "01")),
    ("slp-120", "131,073 bytes of 1 bit an entry.", [6, 43], squeeze(bytes(FULL_SIZE + 1))),
    ("slp-120", "131,073 bytes of which the last is set.", [6, 43], squeeze(bytes(FULL_SIZE) + b"\1")),
    ("slp-122", "20 million bytes, squeezed to 20,000.", [6, 34, 43], squeeze(bytes(20_000_000))),
    ("slp-123", "131,073 bytes, and the stream is cut after them.", [6, 43], squeeze(bytes(FULL_SIZE + 259))[:-9]),
]  # fmt: skip
offered(
    TOPIC,
    "STL-5",
    [(name, text, rows, status_list(stream=body)) for name, text, rows, body in streams],
    [f"0 CN-33 {NO_VALUE}"],
)
for identifier, bits in [("slp-124", 2), ("slp-125", 4), ("slp-126", 8)]:
    comment = f"{131_072 * bits + 1:,} bytes of {bits} bits an entry."
    document = status_list(bits=bits, stream=squeeze(bytes(FULL_SIZE * bits + 1)))
    told = [f"0 CN-33 {NO_VALUE}"]
    world(TOPIC, identifier, "STL-5", comment, *OPEN, update(document, told=told), UNKNOWN, attack=[6, 43])
# 300 bytes, and a match of 258 bytes that reaches back over all of them (RFC 1951, section 3.2.5).
ahead = bytes(range(8)) * 37 + bytes([1, 0, 0, 4])
copied = literals(ahead)[:-7] + f"{285 - 280 + 0b11000000:08b}" + f"{16:05b}" + f"{300 - 257:07b}"[::-1] + "0" * 7
far = b"\x08\x1d" + to_bytes(copied) + zlib.adler32(ahead + ahead[:258]).to_bytes(4, "big")
back = (refused("revoked", coded(8 * 301)), valid(text=coded(8 * 301 + 1), issued=IAT))
world(
    ENTRIES,
    "slt-044",
    "STL-5",
    "A window of 256 bytes, and a match that reaches 300 back: the window that is named does not matter.",
    *OPEN,
    update(status_list(stream=far)),
    *back,
)
small = bytes([0b0010_0000])
for identifier, comment, stream in [
    ("slt-040", "A block that is not compressed.", stored(small)),
    ("slt-041", "A window of 256 bytes.", b"\x08\x1d" + squeeze(small)[2:]),
    ("slt-042", "The level that the head names is only told.", b"\x78\x5e" + squeeze(small)[2:]),
    ("slt-045", "Two codes of one bit, and none of a distance.", huffman({0x20: 1, 256: 1}, {}, "01", small)),
    (
        "slt-046",
        "One code of a distance, of one bit, that nothing uses.",
        huffman({0x20: 1, 256: 1}, {0: 1}, "01", small),
    ),
    (
        "slt-047",
        "A block whose one code, of one bit, is that of its end; then a stored one.",
        b"\x78\x01" + to_bytes(dynamic({256: 1}, {}, "0", last=False) + "100") + stored(small)[3:],
    ),
    ("slt-043", "Empty blocks before the last one.", b"\x78\x01" + b"\0\0\0\xff\xff" * 3 + stored(small)[2:]),
]:
    one = (refused("revoked", coded(5)), valid(text=coded(4), issued=IAT))
    world(ENTRIES, identifier, "STL-5", comment, *OPEN, update(status_list(stream=stream)), *one)


# STL-6
def looked(index: int, value: int) -> Step:
    """Look at the entry of an index."""
    text = coded(index)
    if value == 0:
        return valid(text=text, issued=IAT)
    return refused("revoked" if value == 1 else "status-unknown", text)


def entries(
    identifier: str,
    comment: str,
    document: Any,
    *seen: tuple[int, int],
    attack: tuple[int, ...] = (43,),
    clause: str = "STL-6",
) -> None:
    """Add a world that takes a list and looks at some of its entries; a value of -1 is beyond the last."""
    steps = [looked(index, value) for index, value in seen]
    world(ENTRIES, identifier, clause, comment, *OPEN, update(document), *steps, attack=attack)


entries("slt-001", "The first entry is the least significant bit of the first byte.",
        status_list(stream=stored(b"\1")),
        (0, 1), (7, 0), (1, 0))  # fmt: skip
entries("slt-002", "The last bit of a byte is the most significant one.", status_list(stream=stored(b"\x80\0")),
        (7, 1), (0, 0), (8, 0), (15, 0))  # fmt: skip
entries("slt-003", "The first entry of the second byte.", status_list(stream=stored(b"\0\1")),
        (8, 1), (7, 0), (15, 0), (0, 0))  # fmt: skip
entries("slt-004", "The first and the last of 1,048,576 entries are set.",
        status_list({0: 1, 1_048_575: 1}, size=FULL_SIZE),
        (0, 1), (1_048_575, 1), (1, 0), (1_048_574, 0))  # fmt: skip
entries("slt-005", "All entries but one are set.", status_list(stream=stored(b"\xff\xfd\xff")),
        (8, 1), (9, 0), (10, 1), (23, 1))  # fmt: skip
entries("slt-006", "A list of one byte has 8 entries: the index after the last one is unknown.",
        status_list(size=1), (7, 0), (8, -1), (1_048_575, -1))  # fmt: skip
entries("slt-007", "A list of one byte that is set: what lies beyond is unknown, and not revoked.",
        status_list(stream=stored(b"\xff")), (7, 1), (8, -1))  # fmt: skip
entries("slt-008", "A list of 8,750 bytes has 70,000 entries, and the code has the index 70,000.",
        status_list(size=8_750), (69_999, 0), (INDEX, -1))  # fmt: skip
entries("slt-009", "One byte more, and it has an answer.", status_list(size=8_751), (INDEX, 0), (70_007, 0),
        (70_008, -1))  # fmt: skip
entries("slt-010", "Two bits an entry, the lowest first.", status_list(bits=2, stream=stored(b"\b\x01")),
        (1, 2), (0, 0), (2, 0), (4, 1), (7, 0), (8, -1))  # fmt: skip
entries("slt-011", "Two bits an entry: 0, 1, 2 and 3.", status_list(bits=2, stream=stored(b"\xe4")),
        (0, 0), (1, 1), (2, 2), (3, 3), (4, -1))  # fmt: skip
entries("slt-012", "Four bits an entry, the lower half first.", status_list(bits=4, stream=stored(b"\x10\x08")),
        (0, 0), (1, 1), (2, 8), (3, 0), (4, -1))  # fmt: skip
entries(
    "slt-013",
    "Eight bits an entry: 0, 1, 2, 128 and 255.",
    status_list(bits=8, stream=stored(b"\0\1\2\x80\xff")),
    (0, 0),
    (1, 1),
    (2, 2),
    (3, 128),
    (4, 255),
    (5, -1),
)
entries("slt-014", "The last of 1,048,576 entries of two bits.",
        status_list({1_048_575: 1}, bits=2, size=2 * FULL_SIZE),
        (1_048_575, 1), (1_048_574, 0))  # fmt: skip
entries("slt-015", "The last of 1,048,576 entries of four bits.",
        status_list({1_048_575: 1}, bits=4, size=4 * FULL_SIZE),
        (1_048_575, 1), (1_048_574, 0))  # fmt: skip
entries("slt-016", "The last of 1,048,576 entries of eight bits.",
        status_list({1_048_575: 1}, bits=8, size=8 * FULL_SIZE),
        (1_048_575, 1), (1_048_574, 0))  # fmt: skip
entries("slt-017", "A value that is not known is neither good nor revoked.",
        status_list({INDEX: 2}, bits=2), (INDEX, 2))  # fmt: skip
entries(
    "slt-020",
    "The draft's list of 1 bit.",
    status_list(inner=Raw(BITS_1)),
    (0, 1),
    (1, 0),
    (1_993, 1),
    (25_460, 1),
    (25_461, 0),
    (159_495, 1),
    (495_669, 1),
    (554_353, 1),
    (645_645, 1),
    (723_232, 1),
    (854_545, 1),
    (934_534, 1),
    (1_000_345, 1),
    (1_048_575, 0),
    clause="STL-3 STL-5 STL-6",
)
entries("slt-021", "The draft's list of 2 bits.", status_list(inner=Raw(BITS_2)),
        (0, 1), (1_993, 2), (25_460, 1), (159_495, 3), (159_496, 0), (495_669, 1), (645_645, 2), (1_000_345, 3),
        (1_048_575, 0), clause="STL-3 STL-5 STL-6")  # fmt: skip
entries("slt-022", "The draft's list of 4 bits.", status_list(inner=Raw(BITS_4)),
        (0, 1), (1, 0), (1_993, 2), (35_460, 3), (459_495, 4), (924_445, 9), (1_004_534, 11), (1_030_203, 13),
        (1_030_204, 14), (1_030_205, 15), (1_030_206, 0), clause="STL-3 STL-5 STL-6")  # fmt: skip
entries("slt-023", "The draft's list of 8 bits.", status_list(inner=Raw(BITS_8)),
        (52_451, 1), (52_452, 0), (576_778, 2), (513_575, 3), (19_535, 255), (233_478, 0), (502_167, 128),
        (644_903, 127), (1_046_963, 78), (1_048_575, 0), clause="STL-3 STL-5 STL-6")  # fmt: skip
world(
    ENTRIES,
    "slt-030",
    "STL-6 STL-12 VER-8",
    "Of a value that is not known and of an index beyond the last, status-unknown can be waived; no list is told.",
    *OPEN,
    update(status_list({3: 3}, bits=2, size=1)),
    valid(text=coded(3), waive=["status-unknown"], waived=["status-unknown"]),
    valid(text=coded(4), waive=["status-unknown"], waived=["status-unknown"]),
    attack=[43],
)
world(
    ENTRIES,
    "slt-031",
    "STL-6 STL-8",
    "The next list has other bits: it is read with its own.",
    *OPEN,
    update(status_list({INDEX: 1}, bits=8)),
    looked(INDEX, 1),
    update(status_list({INDEX: 1}, iat=IAT + 60)),
    looked(INDEX, 1),
    valid(text=coded(INDEX + 1), issued=IAT + 60),
    attack=[43],
)
world(
    ENTRIES,
    "slt-032",
    "STL-11 STL-6",
    "Each list answers for its own number: the same index is revoked in list 3 and good in list 4.",
    *OPEN,
    update(GONE, status_list(number=4)),
    looked(INDEX, 1),
    valid(text=coded(number=4), issued=IAT),
    refused("status-unknown", coded(number=5)),
    attack=[3, 43],
)
