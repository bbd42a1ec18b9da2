"""Rule files and histories of the cases about colours, and the builder of these cases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from topic import Json, Topic

ZONE: Final = timezone(timedelta(hours=8))
SAY: Final = {"zh": "须隔离观察", "en": "You are to stay at home"}
NAMES: Final = {"zh": "某市颜色规则", "en": "Colour rules of a city"}
CLEAR: Final[Json] = {"id": "clear", "color": "green"}

Event: TypeAlias = dict[str, Any]


def rule(name: str, color: str | None = "yellow", **members: Any) -> Json:
    """Return a rule; of yellow and red with a reason."""
    told: Json = {"id": name, **members}
    if color is not None:
        told["color"] = color
    if color in {"yellow", "red"}:
        told.setdefault("reason", "exposure")
    return told | {"say": SAY}


def met(**members: Any) -> Json:
    """Return a yellow rule about exposures."""
    return rule("met", on={"event": "exposure"}, **members)


def table(*rules: Json, **changes: Any) -> str:
    """Return a rule file with these rules and green, as text."""
    whole = {"names": NAMES, "zone": 480, "rules": [*rules, CLEAR]} | changes
    return json.dumps({name: value for name, value in whole.items() if value is not None}, ensure_ascii=False)


def local(text: str) -> datetime:
    """Read a time in the zone of the rules, such as `06-20 15:00`, in 2022 if no year is there."""
    full = text if text[4:5] == "-" else f"2022-{text}"
    return datetime.fromisoformat(full).replace(tzinfo=ZONE)


def seconds(text: str) -> int:
    """Return a time of the zone of the rules in seconds."""
    return int(local(text).timestamp())


def happened(event: str, at: str, **members: Any) -> Event:
    """Return an event of a history."""
    return {"event": event, "at": local(at).isoformat(), **members}


def exposed(at: str, kind: str = "close-contact") -> Event:
    """Return an exposure."""
    return happened("exposure", at, kind=kind)


def sampled(at: str, result: str = "negative", kind: str = "naat") -> Event:
    """Return a test."""
    return happened("test", at, kind=kind, result=result)


def well(at: str, *, healthy: bool = True) -> Event:
    """Return a check-in."""
    return happened("check-in", at, healthy=healthy)


def each_day(first: int, last: int, clock: str = "08:00", month: int = 6) -> list[Event]:
    """Return healthy check-ins on days of a month."""
    return [well(f"{month:02}-{day:02} {clock}") for day in range(first, last + 1)]


def seen(event: Event) -> Event:
    """Return an event as an answer has it: its time in UTC."""
    at = datetime.fromisoformat(event["at"]).astimezone(UTC)
    return event | {"at": at.isoformat().replace("+00:00", "Z")}


def green(next_at: str | None = None) -> Json:
    """Return the answer that nothing speaks against a person."""
    told: Json = {"color": "green", "rule": "clear", "review": False}
    return told | ({} if next_at is None else {"next_at": seconds(next_at)})


def colored(
    name: str,
    event: Event | None,
    *,
    color: str | None = "yellow",
    reason: str = "exposure",
    until: str | None = None,
    next_at: str | None = None,
    review: bool = False,
) -> Json:
    """Return the answer of a rule."""
    told: Json = {"rule": name, "review": review}
    if color is not None:
        told |= {"color": color, "reason": reason}
    if event is not None:
        told["event"] = seen(event)
    times = {"until": until, "next_at": next_at}
    return told | {member: seconds(text) for member, text in times.items() if text is not None}


def color(  # noqa: PLR0917 - the columns of a table
    topic: Topic,
    identifier: str,
    clause: str,
    comment: str,
    rules: str,
    history: list[Event] | str,
    at: str,
    expect: Json | str,
) -> None:
    """Add a case.

    Args:
        topic: Where it goes.
        identifier: Its stable name.
        clause: The rules, or the parts of rules, that it is about, with spaces between.
        comment: What it shows.
        rules: The rule file, as text.
        history: The events, or the text of a history.
        at: The time of colouring, as `local` reads it.
        expect: The answer, or `refused`.
    """
    text = history if isinstance(history, str) else json.dumps(history)
    given = {"rules": rules, "history": text, "at": seconds(at)}
    topic.add("color", identifier, clause, [], comment, **given, expect=expect)


MET: Final = exposed("06-20 15:00")


def until(ends: Any, **members: Any) -> str:
    """Return a file whose yellow for an exposure ends so."""
    return table(met(ends=ends, **members))


def yellow(end: str | None = None, next_at: str | None = None, event: Json = MET) -> Json:
    """Return the answer of the rule about exposures; by time alone it changes at its end."""
    return colored("met", event, until=end, next_at=next_at or end)
