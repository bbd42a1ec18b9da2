"""PTH-3 of registry.md: for each issuer id one authority speaks."""

from __future__ import annotations

from typing import Any

from documents import (
    CHINA,
    HANGZHOU,
    OFFICE,
    SHANGHAI,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    Document,
    entry,
    issuer,
    named,
    recognition,
    registry,
    root,
)
from topic import AT, ISSUER, KEY, SECOND_KEY, Topic
from worlds import OWN, Step, code, gates, pin, refused, update, valid, world

TOPIC = Topic("registry-names")
Z, S, H, C = ZHEJIANG, SHANGHAI, HANGZHOU, CHINA
HZ_ROOT, CN_ROOT, SH_ROOT = root(H), root(C), root(S)
HZ_1, CN_1 = registry(H, OFFICE), registry(C, OFFICE)
BY_CITY = f"CN-33 CN-33-01 {ISSUER}"
EVIL = named("thief")
EVIL_CODE = code(key=EVIL)
EVIL_OFFICE = issuer(ISSUER, entry(EVIL))


def who(of: Any, *issuers: Any, recognises: tuple[Document, ...] = (), **dates: Any) -> Document:
    """Return a first registry that recognises authorities by their roots."""
    given = [recognition(one, **dates) for one in recognises]
    return registry(of, *issuers, recognises=given)


def spoken(identifier: str, comment: str, steps: tuple[Step, ...], *answers: Step) -> None:
    """Add a world about who speaks."""
    world(TOPIC, identifier, "PTH-3", comment, *steps, *answers)


# PTH-3.1: the owner.
spoken("rgs-001",
       "The country and the province are anchors, and both list the office: the province owns the name.",
       gates((ZJ_ROOT, ZJ_1), (CN_ROOT, CN_1)), valid(OWN))  # fmt: skip
spoken("rgs-002", "The city is an anchor beside its province: the more specific one owns the name.",
       gates((ZJ_ROOT, ZJ_1), (HZ_ROOT, HZ_1)), valid(f"CN-33-01 {ISSUER}"))  # fmt: skip
spoken("rgs-003", "The owner does not list the key: what the country says of it is nothing.",
       gates((ZJ_ROOT, registry(Z)), (CN_ROOT, CN_1)), refused("unknown-key"))  # fmt: skip
world(
    TOPIC,
    "rgs-004",
    "PTH-3 PTH-5",
    "The owner's root has not come yet: it owns the name all the same.",
    pin(ZJ_ROOT),
    pin(CN_ROOT),
    update(CN_ROOT, CN_1),
    refused("registry-stale"),
    attack=[53],
)
spoken("rgs-005", "The owner's registry has expired, the country's has not: the owner's word is out of date.",
       gates((ZJ_ROOT, registry(Z, OFFICE, exp=AT)), (CN_ROOT, CN_1)), refused("registry-stale"))  # fmt: skip
BY_S = who(S, recognises=(ZJ_ROOT,))
world(
    TOPIC,
    "rgs-006",
    "PTH-3",
    "Another anchor recognises the province too: only the province's own path counts.",
    pin(ZJ_ROOT),
    pin(SH_ROOT),
    update(SH_ROOT, BY_S, ZJ_ROOT, ZJ_1,
           told=["0 CN-31 applied", "1 CN-31 applied", "2 CN-31 CN-33 applied", "2 CN-33 applied",
                 "3 CN-31 CN-33 applied", "3 CN-33 applied"]),
    valid(OWN),
    attack=[53],
)  # fmt: skip
BY_THIEF = {one.id: root(one, keys=(7, 8, 9), registry_keys=(7,)) for one in (Z, H)}
THIEF = "A thief of another anchor's registry key recognises a province of his own: he issues and revokes nothing."
for identifier, comment, stolen in [
    ("rgs-007", THIEF, Z),
    ("rgs-008", "The same with a city of the province.", H),
]:
    forged = BY_THIEF[stolen.id]
    impostor = registry(stolen, issuer(ISSUER, entry(KEY, revoked=[AT, 2]), entry(EVIL)), by=[7])
    world(
        TOPIC,
        identifier,
        "PTH-3",
        comment,
        *gates((ZJ_ROOT, ZJ_1), (SH_ROOT, who(S, recognises=(forged,)))),
        update(forged, impostor, told=[f"{i} CN-31 {stolen.id} applied" for i in (0, 1)]),
        valid(OWN),
        refused("not-recognised", EVIL_CODE),
        attack=[53, 27],
    )

# PTH-3.2: the nearest.
TOWN = who(Z, OFFICE, recognises=(HZ_ROOT,))
spoken("rgs-020", "The province and the city that it recognises list the office: the city speaks.",
       gates((ZJ_ROOT, TOWN), others=(HZ_ROOT, HZ_1)), valid(BY_CITY))  # fmt: skip
spoken("rgs-021", "The city does not list the key: what the province says of it is nothing.",
       gates((ZJ_ROOT, TOWN), others=(HZ_ROOT, registry(H))), refused("unknown-key"))  # fmt: skip
spoken("rgs-022", "The city has sent nothing yet: nobody speaks.",
       gates((ZJ_ROOT, TOWN)), refused("unknown-key"))  # fmt: skip
spoken("rgs-023", "The office of the province itself is not the city's: the province speaks.",
       gates((ZJ_ROOT, who(Z, issuer("CN-33.WJW", entry(KEY)), recognises=(HZ_ROOT,))),
             others=(HZ_ROOT, registry(H))),
       valid("CN-33 CN-33.WJW", code({1: "CN-33.WJW"})))  # fmt: skip
BOTH = who(S, recognises=(CN_ROOT, HZ_ROOT))
spoken("rgs-024", "A country and a city are recognised, and both list the office: the city speaks.",
       gates((SH_ROOT, BOTH), others=(CN_ROOT, CN_1, HZ_ROOT, HZ_1)),
       valid(f"CN-31 CN-33-01 {ISSUER}"))  # fmt: skip
spoken("rgs-025",
       "A country and a city are recognised, and only the country lists the office: nobody speaks for it.",
       gates((SH_ROOT, BOTH), others=(CN_ROOT, CN_1, HZ_ROOT, registry(H))),
       refused("not-recognised"))  # fmt: skip
spoken("rgs-026", "A recognised country lists an office of the anchor's: the anchor speaks, and does not list it.",
       gates((ZJ_ROOT, who(Z, recognises=(CN_ROOT,))), others=(CN_ROOT, CN_1)),
       refused("not-recognised"))  # fmt: skip
spoken("rgs-027", "The recognition has not begun: until then the province speaks, and from then on the city.",
       gates((ZJ_ROOT, who(Z, OFFICE, recognises=(HZ_ROOT,), start=AT)), others=(HZ_ROOT, HZ_1)),
       valid(OWN, at=AT - 1), valid(BY_CITY))  # fmt: skip
spoken("rgs-028", "The recognition has run out: time alone gives the name not back to the province.",
       gates((ZJ_ROOT, who(Z, OFFICE, recognises=(HZ_ROOT,), until=AT + 1)), others=(HZ_ROOT, HZ_1)),
       valid(BY_CITY), refused("not-recognised", at=AT + 1))  # fmt: skip
world(
    TOPIC,
    "rgs-029",
    "PTH-3",
    "The recognition is left out: the province speaks again.",
    *gates((ZJ_ROOT, TOWN), others=(HZ_ROOT, registry(H, issuer(ISSUER, entry(SECOND_KEY))))),
    refused("unknown-key"),
    update(registry(Z, OFFICE, after=TOWN)),
    valid(OWN),
)
world(
    TOPIC,
    "rgs-030",
    "PTH-3 PTH-2",
    "The city gets another root: until it comes, nobody speaks; and the first root's registry counts no more.",
    *gates((ZJ_ROOT, TOWN), others=(HZ_ROOT, HZ_1)),
    valid(BY_CITY),
    update(registry(Z, OFFICE, after=TOWN, recognises=[recognition(BY_THIEF[H.id])])),
    refused("not-recognised"),
    update(BY_THIEF[H.id], registry(H, OFFICE, by=[7]),
           told=["0 CN-33 CN-33-01 applied", "1 CN-33 CN-33-01 applied"]),
    valid(BY_CITY),
    attack=[12],
)  # fmt: skip
