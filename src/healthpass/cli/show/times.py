"""Times as people read them: in the zone of this machine, and how old something is."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from healthpass import Words

_UNITS: Final = (  # the unit, and from how many of it on
    (timedelta(days=1), 2, "day", "天"),
    (timedelta(hours=1), 2, "hour", "小时"),
    (timedelta(minutes=1), 1, "minute", "分钟"),
)


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def local_time(moment: datetime) -> str:
    """Write a time for the people here: in the zone of this machine, which is written with it."""
    return moment.astimezone().isoformat(sep=" ")


def local_minute(moment: datetime) -> str:
    """Write a time to the minute, in the zone of this machine, which is written with it."""
    return moment.astimezone().isoformat(sep=" ", timespec="minutes")


def zone() -> timezone:
    """Return the offset of this machine: one for a whole answer, also where summer time begins within it."""
    return timezone(now().astimezone().utcoffset() or timedelta())


def minute(moment: datetime) -> str:
    """Write a time to the minute, in the zone of this machine, which the answer names once."""
    return f"{moment.astimezone(zone()):%Y-%m-%d %H:%M}"


def day(moment: datetime) -> str:
    """Write the day of a time, in the zone of this machine."""
    return f"{moment.astimezone(zone()):%Y-%m-%d}"


def age(made: datetime, at: datetime | None = None) -> Words:
    """Write how old something is, in units that leave nothing to reckon.

    >>> age(datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 23, 12, 5, tzinfo=UTC))
    Words(en='5 minutes old', zh='5分钟前签署')

    Args:
        made: when it was made.
        at: the time to tell it for; now when left out.
    """
    at = at or now()
    for unit, least, en, zh in _UNITS:
        if (number := (at - made) // unit) >= least:
            return Words(f"{number} {en}{'s' * (number > 1)} old", f"{number}{zh}前签署")
    return (
        Words("dated ahead", "签署时间超前") if made > at else Words("less than a minute old", "不到1分钟前签署")
    )
