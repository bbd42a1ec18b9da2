"""Times as people read them: in the zone of this machine, and how old something is."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from healthpass.cli.language import say

_FROM: Final = 2  # of a unit, and not less


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


def age(made: datetime, at: datetime | None = None) -> str:
    """Write how old something is, in units that leave nothing to reckon.

    >>> age(datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 23, 12, 5, tzinfo=UTC))
    '5 minutes old'

    Args:
        made: when it was made.
        at: the time to tell it for; now when left out.
    """
    at = at or now()
    old = at - made
    if (days := old // timedelta(days=1)) >= _FROM:
        return say("{} days old", days)
    if (hours := old // timedelta(hours=1)) >= _FROM:
        return say("{} hours old", hours)
    if (minutes := old // timedelta(minutes=1)) > 1:
        return say("{} minutes old", minutes)
    if minutes == 1:
        return say("1 minute old")
    return say("dated ahead") if made > at else say("less than a minute old")
