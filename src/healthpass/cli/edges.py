"""The edges of a registry, to be looked at: also those that `verify` passes over because they are not in force."""

from datetime import timedelta
from typing import Final

from healthpass import Scope, write_duration
from healthpass.cli.io.times import zone
from healthpass.codec._time import from_seconds

_SECOND: Final = timedelta(seconds=1)


def minute(seconds: int) -> str:
    """Write a time to the minute, in the zone of this machine, which the answer names once."""
    return f"{from_seconds(seconds).astimezone(zone()):%Y-%m-%d %H:%M}"


def day(seconds: int) -> str:
    """Write the day of a time, in the zone of this machine."""
    return f"{from_seconds(seconds).astimezone(zone()):%Y-%m-%d}"


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
    return write_duration(lifetime // _SECOND) if lifetime else "none"
