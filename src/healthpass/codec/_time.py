"""Times and days as HP1 counts them (spec/credential.md, section 2 and CLM-3)."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

TIME_LIMIT: Final = 253_370_764_800  # CLM-3: 9999-01-01, so that every time zone can write every time
DAY_LIMIT: Final = 2_932_532  # HLT-9: the same day
HOUR: Final = 3600
SECOND: Final = timedelta(seconds=1)

_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = _ZERO.date()


def now() -> datetime:
    """Read the clock; called once for each operation that was not given a time."""
    return datetime.now(UTC)


def to_seconds(moment: datetime, name: str = "at") -> int:
    """Count the whole seconds since 1970-01-01T00:00:00Z; a fraction is dropped.

    Raises:
        TypeError: when `moment` is not a `datetime`.
        ValueError: when it has no time zone.
    """
    if not isinstance(moment, datetime):
        raise TypeError(f"{name} must be a datetime, not {type(moment).__name__}")
    if moment.utcoffset() is None:
        raise ValueError(f"{name} must have a time zone, for instance datetime.now(UTC)")
    return seconds_in(moment - _ZERO)


def from_seconds(seconds: int) -> datetime:
    """Turn seconds since 1970-01-01T00:00:00Z into a `datetime` in UTC.

    Raises:
        ValueError: when they are not 0 to `TIME_LIMIT` - 1.
    """
    if not 0 <= seconds < TIME_LIMIT:
        raise ValueError("a time must lie from 1970 to 9998")
    return datetime.fromtimestamp(seconds, UTC)


def whole(moment: datetime) -> datetime:
    """Return a time of CLM-3 in UTC, without the fraction of its second.

    Raises:
        TypeError: when it is not a `datetime`.
        ValueError: when it has no time zone, or does not lie from 1970 to 9998.
    """
    return from_seconds(to_seconds(moment))


def later(moment: datetime, duration: timedelta) -> datetime:
    """Return the time of CLM-3 that is so much later.

    Raises:
        ValueError: when it does not lie from 1970 to 9998.
    """
    return from_seconds(to_seconds(moment) + seconds_in(duration))


def moment_of(seconds: int) -> datetime:
    """Turn the seconds of a caller's time, whatever it is, into a `datetime` again."""
    return _ZERO + seconds * SECOND


def span(seconds: int) -> timedelta:
    """Turn a number of seconds into a `timedelta`."""
    return timedelta(seconds=seconds)


def seconds_in(duration: timedelta) -> int:
    """Count the whole seconds of a duration; a fraction is dropped, downwards."""
    return duration.days * 86_400 + duration.seconds  # a division of two durations takes several times as long


def to_days(day: date) -> int:
    """Count the civil days since 1970-01-01."""
    return (day - _FIRST_DAY).days


def from_days(days: int) -> date:
    """Turn civil days since 1970-01-01 into a date.

    Raises:
        ValueError: when they are not 0 to `DAY_LIMIT` - 1.
    """
    if not 0 <= days < DAY_LIMIT:
        raise ValueError("a day must lie from 1970 to 9998")
    return _FIRST_DAY + timedelta(days=days)
