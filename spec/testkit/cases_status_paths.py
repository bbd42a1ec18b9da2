"""Lists on several paths, and what a store forgets: STL-8, STL-11, PTH-12, UPD-6 and UPD-12 together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from documents import (
    DAY,
    HANGZHOU,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_ISSUER,
    SIGNED,
    ZHEJIANG,
    ZJ_ROOT,
    Document,
    recognition,
    registry,
    root,
)
from lists import CODE_LISTED, INDEX, NEXT_STATUS, STATUS, coded, office, status_entry, status_list
from topic import AT, IAT, ISSUER, Topic
from worlds import BY_ZHEJIANG, pin, refused, update, valid, world

if TYPE_CHECKING:
    from documents import Authority

TOPIC = Topic("status-paths")
Z, S, H = ZHEJIANG, SHANGHAI, HANGZHOU
SH_CODE = coded(changes={1: SHANGHAI_ISSUER})
REVOKED = refused("revoked", CODE_LISTED)
SH_REVOKED = refused("revoked", SH_CODE)


def shanghai(*keys: Any, **options: Any) -> Document:
    """Return a registry of Shanghai whose office has these status keys."""
    listed = office(*(status_entry(key) for key in keys), identifier=SHANGHAI_ISSUER)
    return registry(S, listed, **options)


def by(of: Authority, first: Document, **options: Any) -> Document:
    """Return a registry that recognises Shanghai by a root."""
    return registry(of, recognises=[recognition(first)], **options)


# STL-8.6: no state takes an older list than any state of the store has taken.
SH_1 = shanghai(STATUS)
OLD, NEW = status_list(), status_list({INDEX: 1}, iat=IAT + 60)
world(
    TOPIC,
    "slq-001",
    "STL-8.6",
    "One state has taken the newer list, which withdraws: a state that comes later does not take the older one.",
    pin(SH_ROOT),
    update(SH_ROOT, SH_1, NEW, told=["0 CN-31 applied", "1 CN-31 applied", "2 CN-31 applied"]),
    pin(ZJ_ROOT),
    update(ZJ_ROOT, by(Z, SH_ROOT), SH_ROOT, SH_1, OLD,
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-31 unchanged", "2 CN-33 CN-31 applied",
                 "3 CN-31 unchanged", "3 CN-33 CN-31 applied", "4 CN-31 rollback", "4 CN-33 CN-31 rollback"]),
    SH_REVOKED,
    attack=[1, 54],
)  # fmt: skip

# STL-11: the anchor's lists withdraw on the path of whom it recognises, and say good of nothing there.
HZ_ROOT = root(H)
CITY = registry(H, office(status_entry(NEXT_STATUS)))
PROVINCE = registry(Z, office(status_entry(STATUS)), recognises=[recognition(HZ_ROOT)])
TAKEN = ["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-33-01 applied", "3 CN-33 CN-33-01 applied"]
GATE = (
    pin(ZJ_ROOT),
    update(ZJ_ROOT, PROVINCE, HZ_ROOT, CITY,
           told=TAKEN),
)  # fmt: skip
BY_CITY = f"CN-33 CN-33-01 {ISSUER}"
CITY_LIST = status_list(by=NEXT_STATUS)
world(
    TOPIC,
    "slq-010",
    "STL-11.2 PTH-3",
    "A city speaks, and the province alone holds a list: it says good of nothing on the city's path.",
    *GATE,
    update(OLD, told=["0 CN-33 applied"]),
    refused("status-unknown", CODE_LISTED),
    update(CITY_LIST, told=["0 CN-33 CN-33-01 applied"]),
    valid(BY_CITY, CODE_LISTED, issued=IAT),
    attack=[54],
)
world(
    TOPIC,
    "slq-011",
    "STL-11.1 PTH-3",
    "A city speaks and its list calls the code good; a list of the province withdraws it.",
    *GATE,
    update(CITY_LIST, told=["0 CN-33 CN-33-01 applied"]),
    update(NEW, told=["0 CN-33 applied"]),
    REVOKED,
    attack=[54],
)
BOTH = registry(H, office(status_entry(NEXT_STATUS), status_entry(STATUS)))
for identifier, comment, withdrawn, step in [
    ("slq-012", "Two lists of one time, of two keys, both call the code good.", {},
     valid(BY_CITY, CODE_LISTED, issued=IAT)),
    ("slq-013", "Two lists of one time, of two keys: one calls it good, the other does not know it.", {INDEX: 2},
     refused("status-unknown", CODE_LISTED)),
]:  # fmt: skip
    world(
        TOPIC,
        identifier,
        "STL-11.2",
        comment,
        pin(ZJ_ROOT),
        update(ZJ_ROOT, registry(Z, recognises=[recognition(HZ_ROOT)]), HZ_ROOT, BOTH,
               told=TAKEN),
        update(status_list(by=NEXT_STATUS), status_list(withdrawn, bits=2),
               told=["0 CN-33 CN-33-01 applied", "1 CN-33 CN-33-01 applied"]),
        step,
    )  # fmt: skip

# PTH-12: what one path knows to be withdrawn passes on no other.
SH_OPENS = root(S, 2, registry_keys=(2,))
SH_LATER = shanghai(NEXT_STATUS, epoch=2, by=[2])
world(
    TOPIC,
    "slq-020",
    "PTH-12 STL-11.1",
    "Two anchors recognise Shanghai, one by an older root: that path's list withdraws, and the other's is good.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, by(Z, SH_ROOT), SH_ROOT, SH_OPENS, SH_LATER, status_list(by=NEXT_STATUS),
           told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-31 applied",
                 "3 CN-33 CN-31 applied epoch-opened", "4 CN-33 CN-31 applied", "5 CN-33 CN-31 applied"]),
    valid(BY_ZHEJIANG, SH_CODE, issued=IAT),
    pin(HZ_ROOT),
    update(HZ_ROOT, by(H, SH_ROOT), SH_ROOT, SH_1, NEW,
           told=["0 CN-33-01 applied", "1 CN-33-01 applied", "2 CN-33 CN-31 unchanged", "2 CN-33-01 CN-31 applied",
                 "3 CN-33-01 CN-31 applied", "4 CN-33-01 CN-31 applied"]),
    SH_REVOKED,
    attack=[54],
)  # fmt: skip

# UPD-6: what stands before the pin is dropped.
ZJ_NEXT = root(Z, 2)
world(
    TOPIC,
    "slq-030",
    "UPD-6 UPD-5.3",
    "Another pin, on the chain: the root before it is dropped, and is below the chain when it comes again.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, ZJ_NEXT),
    update(ZJ_ROOT, told=["0 CN-33 unchanged"]),
    pin(ZJ_NEXT),
    update(ZJ_ROOT, told=["0 CN-33 superseded"]),
)

# UPD-12: the clock floor, and states that nobody recognises any more.
LATER = root(Z, 2, iat=AT)
world(
    TOPIC,
    "slq-040",
    "UPD-12 PTH-11",
    "A next root was taken today: the floor is its time, and not that of the root before it.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, registry(Z, office(base=None)), at=SIGNED),
    update(LATER),
    refused("clock-suspect", CODE_LISTED, at=AT - DAY),
    attack=[22, 25],
)
SH_2 = shanghai(STATUS, after=SH_1)
Z_1 = by(Z, SH_ROOT)
Z_2 = registry(Z, office(), after=Z_1)
MEMORY = 32 * DAY
for identifier, comment, late, outcome in [
    ("slq-041", "A state is left out, and 32 days of signed time less a second pass: it remembers.", MEMORY - 1,
     "rollback"),
    ("slq-042", "A state is left out, and 32 days of signed time pass: it is forgotten.", MEMORY, "applied"),
]:  # fmt: skip
    at = SIGNED + late
    Z_3 = registry(Z, office(), after=Z_2, iat=at)
    Z_4 = by(Z, SH_ROOT, after=Z_3, iat=at)
    chain = "unchanged" if outcome == "rollback" else "applied"
    world(
        TOPIC,
        identifier,
        "UPD-12",
        comment,
        pin(ZJ_ROOT),
        update(ZJ_ROOT, Z_1, SH_ROOT, SH_2,
               told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 CN-31 applied", "3 CN-33 CN-31 applied"]),
        update(Z_2),
        update(Z_3, at=at),
        update(Z_4, SH_ROOT, SH_1, at=at,
               told=["0 CN-33 applied", f"1 CN-33 CN-31 {chain}", f"2 CN-33 CN-31 {outcome}"]),
        attack=[1, 56],
    )  # fmt: skip
