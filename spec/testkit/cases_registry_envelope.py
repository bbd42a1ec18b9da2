"""Sections 2 and 7 of registry.md: the layout of documents, who signed them, and how a bundle is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from documents import (
    REGISTRY,
    REQUEST,
    ROOT,
    SHANGHAI,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    Hand,
    named,
    protected,
    registry,
    request,
    root,
    signed,
)
from ed25519 import L, sign
from encode import cbor, head, protected_header, seal
from topic import KEY, Topic, claims
from worlds import ROOTED, START, Step, pin, refused, update, valid, world

if TYPE_CHECKING:
    from collections.abc import Sequence

TOPIC = Topic("registry-envelope")
SIGNER = ZHEJIANG.registry_key(1)
STRANGERS = [named(f"stranger {number}") for number in range(1, 17)]
MALFORMED = ["0 CN-33 applied", "1 malformed-envelope"]
ENDED = ["0 malformed-envelope"]


def offered(document: Any, *, told: Sequence[str] = ENDED) -> tuple[Step, ...]:
    """Return a store that holds a root and is then offered a first registry."""
    return (*ROOTED, update(document, told=told), refused("registry-stale"))


world(
    TOPIC,
    "rge-001",
    "DOC-1 DOC-2 DOC-4 UPD-1 PTH-1 PTH-13",
    "A pinned root, the registry that its key signed, and a code of an office in it.",
    *START,
    valid(),
    layered=True,
)
world(
    TOPIC,
    "rge-002",
    "DOC-2",
    "The payload's length takes 1 byte, as it can.",
    pin(small := root(ZHEJIANG, keys=(1,), threshold=1)),
    update(small, ZJ_1),
    valid(),
    layered=True,
)
long = registry(ZHEJIANG, after=ZJ_1, content={32: bytes(65536)})
world(
    TOPIC,
    "rge-003",
    "DOC-2 DOC-8",
    "The payload's length takes 4 bytes: an ignored key holds 65,536.",
    *ROOTED,
    update(long),
)
crowd = registry(ZHEJIANG, by=[1, *STRANGERS[:15]])
world(TOPIC, "rge-004", "DOC-2 DOC-5", "16 signatures, of which one is known.", *ROOTED, update(crowd))
spoilt = registry(ZHEJIANG, by=[1, Hand(STRANGERS[0], signature=bytes(64))])
world(
    TOPIC,
    "rge-005",
    "DOC-5",
    "A signature of nobody's key is not verified: it is all zeros, and harms nothing.",
    *ROOTED,
    update(spoilt),
)
merged = root(ZHEJIANG, keys=(1, 2, 3, 4, 5), threshold=5)
world(
    TOPIC,
    "rge-006",
    "DOC-3 DOC-5",
    "Five signatures by five keys, in the order of their kids.",
    pin(merged),
    update(merged),
)

# DOC-1
padding = 6_000 + 8_193 - len(root(ZHEJIANG, 2, content={32: bytes(6_000)}).data)
over = root(ZHEJIANG, 2, content={32: bytes(padding)})
world(
    TOPIC,
    "rge-010",
    "DOC-1 BDL-2",
    "A root of 8,193 bytes is passed over, and the registry after it counts.",
    *ROOTED,
    update(over, ZJ_1, told=["0 too-large", "1 CN-33 applied"]),
    valid(),
    attack=[6],
)
asking = 3000 + 4097 - len(request(content={32: bytes(3000)}).data)
world(
    TOPIC,
    "rge-111",
    "DOC-1 BDL-2",
    "A key request of 4,097 bytes is too large for its kind, also for a store, and the registry after it counts.",
    *ROOTED,
    update(request(content={32: bytes(asking)}), ZJ_1, told=["0 too-large", "1 CN-33 applied"]),
    valid(),
    attack=[6],
)
full = root(ZHEJIANG, 2, content={32: bytes(padding - 1)})
world(TOPIC, "rge-011", "DOC-1", "A root of 8,192 bytes.", *ROOTED, update(full))
what: Any
by: Any
hand: Any
steps: tuple[Step, ...]
knobs: dict[str, Any]
given: Any
for identifier, comment, what in [
    ("rge-012", "A typ that does not exist.", signed("healthpass-roof", ZJ_1.payload, [SIGNER])),
    ("rge-014", "A key request: a store has no use for one.", request()),
    ("rge-015", "A typ in capitals is another.", signed(REGISTRY.upper(), ZJ_1.payload, [SIGNER])),
    ("rge-016", "A typ with a space after it is another.", signed(REGISTRY + " ", ZJ_1.payload, [SIGNER])),
    ("rge-017", "An empty typ.", signed("", ZJ_1.payload, [SIGNER])),
    ("rge-018", "A typ of 23 characters that does not exist.", signed("x" * 23, ZJ_1.payload, [SIGNER])),
    (
        "rge-019",
        "A typ of 24 characters, whose length takes a byte of its own.",
        signed("x" * 24, ZJ_1.payload, [SIGNER]),
    ),
    ("rge-059", "A typ of 32 characters that does not exist.", signed("x" * 32, ZJ_1.payload, [SIGNER])),
    (
        "rge-112",
        "A typ that is no UTF-8: bytes are compared.",
        signed(REGISTRY, ZJ_1.payload, [SIGNER], header=cbor(b"\xa1\x10" + cbor(REGISTRY)[:-1] + b"\xff")),
    ),
]:
    steps = (*ROOTED, update(what, ZJ_1, told=["0 unsupported-kind", "1 CN-33 applied"]), valid())
    clause = "DOC-1 BDL-2 UPD-13" if "does not exist" in comment else "DOC-1 BDL-2"
    world(TOPIC, identifier, clause, comment + " What follows it counts.", *steps, attack=[6])

# DOC-2: each of these is signed as it stands, by the key that may.
short = protected_header(SIGNER.kid)
faults: list[tuple[str, str, dict[str, Any]]] = [
    ("rge-020", "Tag 97, COSE_Mac.", {"start": b"\xd8\x61\x84"}),
    ("rge-021", "Tag 18, COSE_Sign1.", {"start": b"\xd2\x84"}),
    ("rge-022", "No tag.", {"start": b"\x84"}),
    ("rge-023", "The tag in 2 bytes.", {"start": b"\xd9\x00\x62\x84"}),
    ("rge-024", "An array of 5.", {"start": b"\xd8\x62\x85"}),
    ("rge-025", "The tag of CBOR data before it.", {"start": b"\xd9\xd9\xf7\xd8\x62\x84"}),
    ("rge-026", "A second member in the protected header.", {"header": cbor(cbor({1: -19, 16: REGISTRY}))}),
    ("rge-027", "The typ under 3, content type.", {"header": cbor(cbor({3: REGISTRY}))}),
    ("rge-110", "A map that says it has two members, and has one.", {
        "header": cbor(b"\xa2\x10" + cbor(REGISTRY)),
    }),
    ("rge-028", "The typ as bytes.", {"header": cbor(cbor({16: REGISTRY.encode()}))}),
    ("rge-029", "The protected header's length in 2 bytes.", {"header": b"\x59\x00" + protected(REGISTRY)[1:]}),
    (
        "rge-030",
        "The typ's length in 1 byte where none is needed.",
        {"header": cbor(b"\xa1\x10\x78\x13" + REGISTRY.encode())},
    ),
    ("rge-031", "A byte after the typ in the protected header.", {"header": cbor(cbor({16: REGISTRY}) + b"\0")}),
    ("rge-032", "The typ in the unprotected header.", {"header": b"\x40", "unprotected": cbor({16: REGISTRY})}),
    ("rge-033", "The typ in the unprotected header too.", {"unprotected": cbor({16: REGISTRY})}),
    ("rge-034", "The payload's length in 4 bytes.", {"payload_head": head(2, len(ZJ_1.payload), 4)}),
    ("rge-035", "A detached payload.", {"payload_head": b"\xf6", "payload": b""}),
    ("rge-036", "The number of signatures in a byte of its own.", {"count": b"\x98\x01"}),
    ("rge-037", "An array of signatures without end.", {"count": b"\x9f", "end": b"\xff"}),
    ("rge-038", "One signature, where the head says two.", {"count": b"\x82"}),
    ("rge-039", "A signature as an array of 4.", {"signature_start": b"\x84"}),
    ("rge-040", "Algorithm -8, EdDSA.", {"signature_header": cbor(cbor({1: -8, 4: SIGNER.kid}))}),
    ("rge-041", "Algorithm -7, ES256.", {"signature_header": cbor(cbor({1: -7, 4: SIGNER.kid}))}),
    ("rge-042", "A signature without algorithm.", {"signature_header": cbor(cbor({4: SIGNER.kid}))}),
    ("rge-043", "A kid of 7 bytes.", {"signature_header": cbor(cbor({1: -19, 4: SIGNER.kid[:7]}))}),
    ("rge-044", "The kid in the unprotected header.", {
        "signature_header": cbor(cbor({1: -19})),
        "signature_middle": cbor({4: SIGNER.kid}) + b"\x58\x40",
    }),
    ("rge-045", "A critical header.", {"signature_header": cbor(cbor({1: -19, 2: [4], 4: SIGNER.kid}))}),
    ("rge-046", "A longer head of a signature's protected header.", {"signature_header": b"\x58" + cbor(short)}),
    ("rge-048", "An empty array as the unprotected header.", {"unprotected": b"\x80"}),
    ("rge-049", "An empty array as a signature's unprotected header.", {"signature_middle": b"\x80\x58\x40"}),
    ("rge-047", "The signature's length in 2 bytes.", {"signature_middle": b"\xa0\x59\x00\x40"}),
]  # fmt: skip
LONGER = ("rge-045", "rge-046", "rge-047")  # than 82 bytes: what is beyond them is the rest of the bundle
for identifier, comment, knobs in faults:
    rows = [18] if identifier == "rge-045" else []
    told = [*ENDED, "1 malformed-envelope"] if identifier in LONGER else ENDED
    world(TOPIC, identifier, "DOC-2 BDL-2", comment, *offered(registry(ZHEJIANG, **knobs), told=told), attack=rows)
good = ZJ_1.data
for identifier, comment, data in [
    ("rge-050", "No signature.", signed(REGISTRY, ZJ_1.payload, []).data),
    ("rge-051", "17 signatures.", registry(ZHEJIANG, by=[1, *STRANGERS]).data),
    ("rge-052", "A payload of 23 bytes, whose length needs no byte.", signed(REGISTRY, bytes(23), [SIGNER]).data),
    (
        "rge-058",
        "The same, with its length in a byte.",
        signed(REGISTRY, bytes(23), [SIGNER], payload_head=b"\x58\x17").data,
    ),
    ("rge-053", "The last byte is missing.", good[:-1]),
    ("rge-054", "The signatures are missing.", good[:-83]),
    ("rge-055", "A payload longer than what there is.", registry(ZHEJIANG, payload_head=head(2, 60_000)).data),
    ("rge-056", "A credential.", seal(claims(), KEY).cose),
    ("rge-057", "One byte.", b"\xd8"),
]:
    world(TOPIC, identifier, "DOC-2 BDL-2", comment, *offered(data), attack=[37] if "cred" in comment else [])

# DOC-3
first, second = sorted((ZHEJIANG.registry_key(1), ZHEJIANG.registry_key(2)), key=lambda key: key.kid)
pair = root(ZHEJIANG, registry_keys=(1, 2), registry_threshold=2)
for identifier, clause, comment, by in [
    ("rge-060", "DOC-3", "Two signatures in the wrong order.", [second, first]),
    ("rge-061", "DOC-3 DOC-5", "One signature twice, where two are asked for.", [first, first]),
    (
        "rge-062",
        "DOC-3 DOC-5",
        "Two signatures by one key, each good and none like the other, where two are asked for.",
        [first, Hand(first, signature=b"")],
    ),
]:
    doc = registry(ZHEJIANG, by=[first])
    other = sign(first.seed, doc.signatures[0][1], nonce=7)
    hands = [Hand(first, signature=other) if isinstance(one, Hand) else one for one in by]
    double = registry(ZHEJIANG, by=hands, as_given=True)
    world(TOPIC, identifier, clause, comment, pin(pair), update(pair), update(double, told=ENDED), attack=[9])
swapped = registry(ZHEJIANG, by=[second, first], as_given=True)
right = registry(ZHEJIANG, by=[1, 2])
world(
    TOPIC,
    "rge-063",
    "DOC-3 BDL-2",
    "The order of signatures is one document's fault: its end is known, and the next one counts.",
    pin(pair),
    update(pair),
    update(swapped, right, told=["0 malformed-envelope", "1 CN-33 applied"]),
)
world(
    TOPIC,
    "rge-064",
    "DOC-2 BDL-2",
    "A payload of 23 bytes has a head that the layout does not know: the bundle ends there.",
    *ROOTED,
    update(signed(REGISTRY, bytes(23), [SIGNER]).data, ZJ_1, told=ENDED),
    refused("registry-stale"),
)

# DOC-4
bad = ["0 unknown-signer"]  # nobody whom the store knows has signed it (UPD-3)
forms: list[tuple[str, str, dict[str, Any]]] = [
    ("rge-070", "Signed as a root.", {"aad": ROOT, "signed_header": protected(ROOT)}),
    ("rge-071", "Signed with a root's typ in the external_aad alone.", {"aad": ROOT}),
    ("rge-072", "Signed with a root's protected header.", {"signed_header": protected(ROOT)}),
    ("rge-073", "Signed without external_aad.", {"aad": ""}),
    ("rge-074", "Signed in the context of a COSE_Sign1.", {"context": "Signature1"}),
    ("rge-075", "Signed in the context of a countersignature.", {"context": "CounterSignature"}),
    ("rge-076", "Signed as a credential would be.", {"aad": "HP1", "context": "Signature1"}),
    ("rge-077", "Signed as a key request.", {"aad": REQUEST, "signed_header": protected(REQUEST)}),
]
for identifier, comment, knobs in forms:
    steps = (*ROOTED, update(registry(ZHEJIANG, **knobs), told=bad))
    world(TOPIC, identifier, "DOC-4", comment, *steps, attack=[37])

# DOC-5
message = ZJ_1.signatures[0][1]
own = ZJ_1.signatures[0][2]
high = own[:32] + (int.from_bytes(own[32:], "little") + L).to_bytes(32, "little")
flipped = own[:-1] + bytes([own[-1] ^ 1])
for identifier, clause, attack, comment, hand in [
    ("rge-080", "DOC-5", [36], "One bit of a signature is another.", Hand(SIGNER, signature=flipped)),
    ("rge-081", "DOC-4 DOC-5", [36], "S is too large by L.", Hand(SIGNER, signature=high)),
    (
        "rge-082",
        "DOC-4 DOC-5",
        [36],
        "R is the identity.",
        Hand(SIGNER, signature=sign(SIGNER.seed, message, nonce=0)),
    ),
    ("rge-083", "DOC-5", [10], "Another key signed under the kid.", Hand(STRANGERS[0], kid=SIGNER.kid)),
]:
    steps = (*ROOTED, update(registry(ZHEJIANG, by=[hand]), told=bad), refused("registry-stale"))
    world(TOPIC, identifier, clause, comment, *steps, attack=attack)
many = root(ZHEJIANG, registry_keys=(1, 2, 3), registry_threshold=2)
ill = registry(ZHEJIANG, by=[1, 2, Hand(ZHEJIANG.registry_key(3), signature=bytes(64))])
world(
    TOPIC,
    "rge-084",
    "DOC-5",
    "Two of two are good, and a third of a known key is not: refused.",
    pin(many),
    update(many, ill, told=["0 CN-33 applied", "1 CN-33 bad-signature"]),
)
few: list[Any] = [1, *STRANGERS[:3]]
world(
    TOPIC,
    "rge-085",
    "DOC-5",
    "One known signature of two, and three of strangers.",
    pin(many),
    update(many, registry(ZHEJIANG, by=few), told=["0 CN-33 applied", "1 CN-33 threshold-not-met"]),
    attack=[7, 9],
)
world(
    TOPIC,
    "rge-086",
    "DOC-5 ROT-1",
    "Root keys do not sign registries.",
    *ROOTED,
    update(registry(ZHEJIANG, by=[ZHEJIANG.root_key(1), ZHEJIANG.root_key(2)]), told=["0 unknown-signer"]),
    attack=[20],
)
pair = root(ZHEJIANG, registry_keys=(1, 2), registry_threshold=2)
false = Hand(ZHEJIANG.registry_key(2), signature=bytes(64))
for identifier, comment, by, answer in [
    ("rge-087", "One of two good, and the other is not: bad comes before too few.", [1, false],
     "1 CN-33 bad-signature"),
    ("rge-088", "Neither is good: it concerns nobody.",
     [Hand(SIGNER, signature=bytes(64)), false], "1 unknown-signer"),
    ("rge-089", "One of two has signed.", [1], "1 CN-33 threshold-not-met"),
]:  # fmt: skip
    document = registry(ZHEJIANG, by=by)
    steps = (pin(pair), update(pair, document, told=["0 CN-33 applied", answer]))
    world(TOPIC, identifier, "DOC-5.1 DOC-5.2 UPD-7.1", comment, *steps, attack=[7])

# DOC-6: what has not been signed is not decoded.
junk = b"\xff" * 24
for identifier, comment, answer, document in [
    (
        "rge-090",
        "A payload that is no CBOR, and a bad signature.",
        "0 unknown-signer",
        registry(ZHEJIANG, payload=junk, by=[Hand(SIGNER, signature=bytes(64))]),
    ),
    (
        "rge-091",
        "A payload that is no CBOR, signed by a stranger.",
        "0 unknown-signer",
        registry(ZHEJIANG, payload=junk, by=STRANGERS[:1]),
    ),
    (
        "rge-092",
        "A payload that is no CBOR, signed.",
        "0 CN-33 malformed-payload",
        registry(ZHEJIANG, payload=junk),
    ),
    (
        "rge-093",
        "A next root that is no CBOR, signed by one of two.",
        "0 CN-33 threshold-not-met",
        root(ZHEJIANG, 2, payload=junk, by=[1]),
    ),
    (
        "rge-094",
        "A next root that is no CBOR, signed.",
        "0 CN-33 malformed-payload",
        root(ZHEJIANG, 2, payload=junk),
    ),
]:
    world(TOPIC, identifier, "DOC-6", comment, *ROOTED, update(document, told=[answer]), attack=[34])
nothing = root(ZHEJIANG, payload=junk)
world(
    TOPIC,
    "rge-095",
    "DOC-6 UPD-6",
    "A pinned root is decoded, since its hash is known: it is no CBOR.",
    pin(nothing),
    update(nothing, told=["0 CN-33 malformed-payload"]),
)

# BDL
world(TOPIC, "rge-100", "BDL-1", "An empty bundle changes nothing.", *START, update(), valid())
world(
    TOPIC,
    "rge-101",
    "BDL-2",
    "What does not follow the layout ends the bundle; what stood before it counts, what follows does not.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, b"\x00", ZJ_1, told=MALFORMED),
    refused("registry-stale"),
    update(ZJ_1),
    valid(),
    attack=[6],
)
world(
    TOPIC,
    "rge-102",
    "BDL-2",
    "A registry that was cut off: the root before it counts.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, ZJ_1.data[:-40], told=MALFORMED),
)
world(
    TOPIC,
    "rge-107",
    "BDL-2",
    "A document of a typ that does not exist, cut off in its signature: its end is not there to be found.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, signed("healthpass-roof", ZJ_1.payload, [SIGNER]).data[:-1], told=MALFORMED),
)
strange, too_long = "application/vnd.healthpass.roof+cose", {200: bytes(8_192)}
ending: str | None
ROOT_1 = ZHEJIANG.root_key(1)
for identifier, clause, comment, document, ending in [
    ("rge-113", "BDL-2 DOC-1.2", "A typ that does not exist, and the length of the payload in 4 bytes.",
     signed(strange, ZJ_1.payload, [SIGNER], payload_head=b"\x5a" + len(ZJ_1.payload).to_bytes(4)), None),
    ("rge-114", "BDL-2 DOC-1.2", "A typ that does not exist, and 17 signatures.",
     signed(strange, ZJ_1.payload, [SIGNER], count=b"\x91"), None),
    ("rge-115", "BDL-2 DOC-1.3", "A root that is too long, and 17 signatures.",
     root(ZHEJIANG, 2, content=too_long, count=b"\x91"), None),
    ("rge-116", "BDL-2 DOC-1.2", "A typ that does not exist, and signatures in the wrong order.",
     signed(strange, ZJ_1.payload, sorted([SIGNER, ROOT_1], key=lambda key: key.kid)[::-1], as_given=True),
     "unsupported-kind"),
    ("rge-117", "BDL-2 DOC-1.3", "A root that is too long, with a signature of another algorithm.",
     root(ZHEJIANG, 2, by=(1,), content=too_long, signature_header=b"\x4d\xa2\x01\x27\x04\x48" + ROOT_1.kid),
     "too-large"),
]:  # fmt: skip
    told = ["0 malformed-envelope"] if ending is None else [f"0 {ending}", "1 CN-33 applied"]
    after = refused("registry-stale") if ending is None else valid()
    note = "The end is looked for first." if ending is None else "The next one counts."
    world(
        TOPIC,
        identifier,
        clause,
        f"{comment} {note}",
        *ROOTED,
        update(document, ZJ_1, told=told),
        after,
        attack=[6],
    )
world(
    TOPIC,
    "rge-103",
    "BDL-1 BDL-2",
    "A bundle is a sequence: around it there is no array.",
    pin(ZJ_ROOT),
    update(b"\x82", ZJ_ROOT, ZJ_1, told=ENDED),
)
world(
    TOPIC,
    "rge-104",
    "BDL-1 UPD-2",
    "Each document in a bundle of its own.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT),
    update(ZJ_1),
    valid(),
)
bundle = [root(SHANGHAI), registry(SHANGHAI), ZJ_ROOT, ZJ_1]
world(
    TOPIC,
    "rge-105",
    "BDL-2 UPD-3",
    "A bundle with another authority's documents: they concern nothing here, and are not read.",
    pin(ZJ_ROOT),
    update(*bundle, told=["0 unknown-signer", "1 unknown-signer", "2 CN-33 applied", "3 CN-33 applied"]),
    attack=[18],
)
world(
    TOPIC,
    "rge-106",
    "BDL-2 UPD-3",
    "A root brings its own keys, and a registry signed by them: without a pin it is a stranger's.",
    update(ZJ_ROOT, ZJ_1, told=["0 unknown-signer", "1 unknown-signer"]),
    refused("unknown-key"),
    attack=[18],
)
