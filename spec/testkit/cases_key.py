"""Sections 5.1 to 5.3: which 32 bytes are a public key, and its kid."""

from __future__ import annotations

from typing import Final

from ed25519 import TORSION, B, P, add, compress, decompress, multiply
from encode import thumbprint
from topic import DEVICE, EXAMPLE, KEY, SECOND_KEY, Topic, table

TOPIC = Topic("key")
SIGN: Final = 1 << 255
POINT = decompress(KEY.public)
PUBLISHED: Final = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def y(number: int) -> bytes:
    """Return the encoding with this y, and bit 255 for the sign."""
    return number.to_bytes(32, "little")


def mixed(i: int) -> bytes:
    """Return the good key plus a point of small order."""
    if POINT is None:
        raise AssertionError("a good key decodes")
    return compress(add(POINT, TORSION[i]))


# Keys that no rule but SIG-1 concerns; cases_claims.py offers them as device keys.
WEAK: Final = [
    (
        "010",
        "identity",
        "The identity: every signature with S = 0 and R = identity verifies.",
        compress(TORSION[0]),
    ),
    ("011", "order 2", "The point of order 2.", compress(TORSION[4])),
    ("012", "order 4", "A point of order 4: 32 zero bytes, what an empty field becomes.", y(0)),
    ("013", "order 4", "The other point of order 4.", y(SIGN)),
    ("014", "order 8", "A point of order 8.", compress(TORSION[1])),
    ("015", "order 8", "Another point of order 8.", compress(TORSION[3])),
    ("016", "not canonical", "The identity as y = p + 1.", y(P + 1)),
    ("017", "not canonical", "The identity with the sign of zero.", y(1 + SIGN)),
    ("018", "not canonical", "The point of order 2 with the sign of zero.", y(P - 1 + SIGN)),
    ("019", "not canonical", "y = p, which is y = 0.", y(P)),
    ("020", "not canonical", "y = p + 3, a point of large order in a second form.", y(P + 3)),
    ("021", "not canonical", "32 bytes ff.", b"\xff" * 32),
    ("022", "mixed order", "A good key plus the point of order 2.", mixed(4)),
    ("023", "mixed order", "A good key plus a point of order 4.", mixed(2)),
    ("024", "mixed order", "A good key plus a point of order 8.", mixed(1)),
    ("025", "mixed order", "y = 3, a small number of large but mixed order.", y(3)),
    ("026", "no point", "y = 2, which no point of the curve has.", y(2)),
]
PART: Final = {"not canonical": 1, "no point": 2}  # of SIG-1; of other kinds the third


def key(
    identifier: str,
    clause: str,
    comment: str,
    public: bytes,
    expect: str,
    *,
    device: bool = False,
    attack: int = 16,
) -> None:
    """Add a case of one public key."""
    use = {"use": "device"} if device else {}
    full = thumbprint(public)
    named = {"kid": full[:8].hex(), "thumbprint": full.hex()} if expect == "accepted" else {}
    TOPIC.add("key", identifier, clause, [attack], comment, public_key=public.hex(), **use, expect=expect, **named)


key("key-001", "SIG-1 SIG-3", "A good key.", KEY.public, "accepted")
key("key-002", "SIG-1 SIG-3", "Another good key.", SECOND_KEY.public, "accepted")
key(
    "key-003",
    "SIG-1 SIG-3",
    "The key of the example in section 1.",
    EXAMPLE.public,
    "accepted",
)
key("key-004", "SIG-1", "A good key for a device.", DEVICE.public, "accepted", device=True)
key(
    "key-005",
    "SIG-1",
    "The base point: its private half is 1, but SIG-1 asks for the order alone.",
    compress(B),
    "accepted",
    device=True,
)
key(
    "key-006",
    "SIG-1",
    "The base point negated: the other sign.",
    compress(multiply(2**252 + 27742317777372353535851937790883648492, B)),
    "accepted",
    device=True,
)
for number, kind, comment, public in WEAK:
    key(f"key-{number}", f"SIG-1.{PART.get(kind, 3)}", f"{comment} ({kind})", public, "refused")
    key(
        f"key-{int(number) + 30:03}",
        "SIG-1",
        f"{comment} ({kind}), for a device",
        public,
        "refused",
        device=True,
        attack=47,
    )
key("key-080", "SIG-1", "31 bytes.", KEY.public[:31], "refused")
key("key-081", "SIG-1", "33 bytes.", KEY.public + b"\0", "refused")
key("key-082", "SIG-1", "No bytes.", b"", "refused")
key("key-083", "SIG-1", "A key of 65 bytes of another curve's form.", b"\x04" + bytes(64), "refused")
key(
    "key-084",
    "SIG-1",
    "The DER of RFC 8410 around a good key.",
    bytes.fromhex("302a300506032b6570032100") + KEY.public,
    "refused",
)
for row in table("published-keys"):
    public = bytes.fromhex(row["public_key"])
    key(
        f"key-{row['public_key'][:8]}",
        "SIG-2",
        f"Its private half is printed: {row['source']}.",
        public,
        "refused",
    )
key(
    "key-092",
    "SIG-2",
    "The published keys are refused to issuers; SIG-1 is all that a device key meets.",
    bytes.fromhex(PUBLISHED),
    "accepted",
    device=True,
)
