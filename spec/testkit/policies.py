"""The bytes of policies and risk maps, right or wrong, and stores that know the key which signs them.

As in `documents`, nothing here refuses anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from documents import (
    CONTENT,
    DAY,
    ENVIRONMENT,
    ZHEJIANG,
    Document,
    Hand,
    Map,
    changed,
    entry,
    issuer,
    named,
    names,
    registry,
    signed,
)
from encode import Key
from topic import AT, IAT, ISSUER, KEY, Topic
from worlds import LEAN_ROOT, Step, pin, update, world

if TYPE_CHECKING:
    from collections.abc import Sequence

POLICY: Final = "application/vnd.healthpass.policy+cose"
RISK_MAP: Final = "application/vnd.healthpass.risk-map+cose"
POLICY_KEY: Final = named(f"policy {ISSUER} 1")
NEXT_POLICY_KEY: Final = named(f"policy {ISSUER} 2")
ADMIT: Final[Map] = {1: "green", 2: {1: [0]}, 3: 0}  # green is admitted


def of_office(
    typ: str,
    inner: Map,
    *,
    office: Any = ISSUER,
    by: Key | Sequence[Key | Hand] = POLICY_KEY,
    iat: int = IAT,
    exp: int | None = None,
    environment: str = "production",
    claims: Map | None = None,
    content: Any = None,
    payload: bytes | None = None,
    authority: str = "CN-33",
    **knobs: Any,
) -> Document:
    """Make a document of an office.

    Args:
        typ: Its typ.
        inner: Its content.
        office: Whose word it is.
        by: Who signs.
        iat: When it was signed.
        exp: When it expires; 7 days later unless given.
        environment: Its environment.
        claims: Changes to the claims.
        content: Changes to the content.
        payload: Bytes that stand in place of the payload.
        authority: The authority of the state that it concerns, for what an update says.
        **knobs: Those of `signed`.

    Returns:
        The document.
    """
    whole = {1: office, 4: iat + 7 * DAY if exp is None else exp, 6: iat, ENVIRONMENT: environment}
    whole = changed(whole | {CONTENT: changed(inner, content)}, claims)
    hands = [by] if isinstance(by, Key) else by
    made = signed(typ, whole if payload is None else payload, hands, **knobs)
    return replace(made, authority=authority)


def policy(*rules: Map, typ: str = POLICY, **options: Any) -> Document:
    """Make a policy; green is admitted by it unless rules are given, and the options are those of `of_office`."""
    return of_office(typ, {1: names("入城规则", "Entry"), 2: 480, 5: list(rules or (ADMIT,))}, **options)


def risk_map(*entries: Sequence[Any], typ: str = RISK_MAP, **options: Any) -> Document:
    """Make a risk map; Hubei has level 5 unless entries are given, and the options are those of `of_office`."""
    listed = list(map(list, entries or (("CN-42", 5),)))
    return of_office(typ, {1: names("风险地图", "Risk map"), 2: 480, 4: listed}, **options)


def policy_entry(key: Key | bytes = POLICY_KEY, **options: Any) -> dict[int, Any]:
    """Return the entry of a key that signs policies and maps, which has no scope."""
    return entry(key, **{"use": 3, "scope": None, **options})


def deciding(*entries: Map, identifier: str = ISSUER, keys: Sequence[Any] = (KEY,)) -> dict[int, Any]:
    """Return an office with keys that sign policies, as they are given."""
    return issuer(identifier, *(entry(key) for key in keys), *entries)


def in_force(iat: int | None = None, *maps: tuple[str, int, str], office: str = ISSUER, at: int = AT) -> Step:
    """Ask which policy is in force.

    Args:
        iat: When it was signed; None where none is in force.
        *maps: The maps in force of the offices that it names: office, iat, authority that lists the office.
        office: The office.
        at: The time.

    Returns:
        The step.
    """
    told = [dict(zip(("issuer", "iat", "authority"), one, strict=True)) for one in maps]
    answer = {"policy": None if iat is None else {"iat": iat}, "maps": told}
    return Step({"do": "policy", "at": at, "office": office}, answer)


LISTING: Final = deciding(policy_entry())
ZJ_DECIDING: Final = registry(ZHEJIANG, LISTING)
OPEN: Final[tuple[Step, ...]] = (pin(LEAN_ROOT), update(LEAN_ROOT, ZJ_DECIDING))  # it knows the policy key
NONE: Final = in_force()


def offered(  # noqa: PLR0917 - a row of a table
    topic: Topic, identifier: str, clause: str, comment: str, what: Document, outcome: str, *, attack: Any = ()
) -> None:
    """Add a world in which one document is offered to a store that knows the office's key."""
    is_policy = what.typ == POLICY
    after = (in_force(IAT) if outcome == "applied" else NONE,) if is_policy else ()
    world(
        topic, identifier, clause, comment, *OPEN, update(what, told=[f"0 CN-33 {outcome}"]), *after, attack=attack
    )
