"""The edges of a registry, to be looked at: also those that `verify` passes over because they are not in force."""

from datetime import datetime, timedelta

from healthpass import Scope, write_duration
from healthpass.cli.show.times import zone
from healthpass.codec._time import from_seconds


def minute(time: datetime | int) -> str:
    """Write a time, or seconds since 1970, to the minute, in the zone of this machine, which the answer names."""
    return f"{_moment(time).astimezone(zone()):%Y-%m-%d %H:%M}"


def day(time: datetime | int) -> str:
    """Write the day of a time, or of seconds since 1970, in the zone of this machine."""
    return f"{_moment(time).astimezone(zone()):%Y-%m-%d}"


def scope_words(scope: Scope) -> str:
    """Write what is allowed: colours, and lifetimes at most."""
    colors = ", ".join(color.words.en for color in sorted(scope.colors))
    if not colors or not scope.max_lifetime:
        return "nothing 不授权"
    return (
        f"{colors}; {_lifetime(scope.max_lifetime)}, bearer {_lifetime(scope.max_bearer_lifetime)}, "
        f"without status {_lifetime(scope.max_lifetime_without_status)}"
    )


def _lifetime(lifetime: timedelta) -> str:
    return write_duration(lifetime) if lifetime else "none"


def _moment(time: datetime | int) -> datetime:
    return from_seconds(time) if isinstance(time, int) else time
