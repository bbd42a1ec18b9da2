"""Times and durations as people write them, on a command line and in the sources of documents."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from healthpass.codec._time import SECOND, from_seconds, to_seconds

_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:[0-5]\d)", re.ASCII | re.IGNORECASE
)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DURATION: Final = re.compile(r"([1-9]\d{0,11})([smhd])", re.ASCII)
_UNITS: Final = {"d": 86_400, "h": 3600, "m": 60, "s": 1}  # in seconds, the greatest first


def read_time(text: str) -> datetime:
    """Read a time as JSON and the command line have it: RFC 3339, with its zone.

    >>> read_time("2026-11-01T08:00:00+08:00") == read_time("2026-11-01T00:00:00Z")
    True

    Raises:
        ValueError: when it is none, or not from 1970 to 9998 (CLM-3).
    """
    try:
        moment = datetime.fromisoformat(text.upper() if _RFC3339.fullmatch(text) else "")
    except ValueError:
        raise ValueError("expected an RFC 3339 time with its zone, such as 2026-11-01T08:00:00+08:00") from None
    from_seconds(to_seconds(moment))
    return moment


def read_day(text: str) -> date:
    """Read a civil day.

    Raises:
        ValueError: when it is none.
    """
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError("expected a day such as 2026-11-01")


def read_duration(text: str) -> timedelta:
    """Read a duration as JSON and the command line have it: a number and s, m, h or d.

    >>> read_duration("36h")
    datetime.timedelta(days=1, seconds=43200)

    Raises:
        ValueError: when it is none.
    """
    if duration := _DURATION.fullmatch(text):
        try:
            return timedelta(seconds=int(duration[1]) * _UNITS[duration[2]])
        except OverflowError:
            pass
    raise ValueError("expected a duration such as 24h, 90m, 7d or 3600s")


def write_time(moment: datetime) -> str:
    """Write a time as JSON has it: in UTC, `2026-11-01T00:00:00Z`.

    Args:
        moment: the time, with its zone.
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def write_duration(duration: timedelta) -> str:
    """Write a duration in the greatest unit that leaves no rest.

    >>> write_duration(timedelta(hours=36)), write_duration(timedelta(days=30))
    ('36h', '30d')
    """
    seconds = duration // SECOND
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
