"""Times and durations as people write them on a command line."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DURATION: Final = re.compile(r"([1-9]\d{0,8})([smhd])", re.ASCII)
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def read_time(text: str) -> datetime:
    """Read an RFC 3339 time, which has a time zone.

    Raises:
        ValueError: when it is none.
    """
    if _RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError:
            pass
    raise ValueError("expected an RFC 3339 time with its zone, such as 2026-11-01T08:00:00+08:00")


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
    """Read a duration: a number and s, m, h or d.

    Raises:
        ValueError: when it is none.
    """
    if duration := _DURATION.fullmatch(text):
        return int(duration[1]) * _UNITS[duration[2]]
    raise ValueError("expected a duration such as 24h, 90m, 7d or 3600s")


def write_time(moment: datetime) -> str:
    """Write a time for machines: in UTC, `2026-11-01T00:00:00Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def local_time(moment: datetime) -> str:
    """Write a time for the people here: in the zone of this machine, which is written with it."""
    return moment.astimezone().isoformat(sep=" ")
