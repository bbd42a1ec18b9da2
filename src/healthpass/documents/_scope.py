"""Scopes: what a key is trusted for (spec/presentation.md, section 9)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from healthpass.codec._time import TIME_LIMIT, span
from healthpass.credential._claims import Claims
from healthpass.words._code_points import Color
from healthpass.words._errors import UntrustedError
from healthpass.words._verdicts import Verdict

_NONE: Final = timedelta(0)
_END: Final = timedelta(seconds=TIME_LIMIT)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a key is trusted for. What is left out allows nothing.

    >>> day = timedelta(days=1)
    >>> scope = Scope(colors=[Color.GREEN], max_lifetime=day, max_lifetime_without_status=day)
    >>> scope.max_bearer_lifetime  # none on paper
    datetime.timedelta(0)

    Attributes:
        colors: the colours that it may set.
        max_lifetime: how long a credential may be valid, at most; whole seconds count.
        max_bearer_lifetime: the same for one without a device key; 0 forbids those.
        max_lifetime_without_status: the same for one without a status; 0 forbids those.

    Raises:
        TypeError: when a member is of another type.
        ValueError: when a lifetime is negative, or not before the year 9999.
    """

    colors: Collection[Color] = frozenset()
    max_lifetime: timedelta = _NONE
    max_bearer_lifetime: timedelta = _NONE
    max_lifetime_without_status: timedelta = _NONE

    def __post_init__(self) -> None:
        object.__setattr__(self, "colors", frozenset(self.colors))
        if not all(isinstance(color, Color) for color in self.colors):
            raise TypeError("colors must be a collection of Color")
        for name in ("max_lifetime", "max_bearer_lifetime", "max_lifetime_without_status"):
            value = getattr(self, name)
            if not isinstance(value, timedelta):
                raise TypeError(f"{name} must be a timedelta, not {type(value).__name__}")
            if not _NONE <= value < _END:
                raise ValueError(f"{name} must not be negative, nor reach the year 9999")

    def meet(self, other: "Scope") -> "Scope":
        """Return what both scopes allow (SCP-5).

        >>> day = timedelta(days=1)
        >>> both = Scope(colors=[Color.GREEN, Color.RED], max_lifetime=3 * day)
        >>> both.meet(Scope(colors=[Color.GREEN], max_lifetime=day)).max_lifetime
        datetime.timedelta(days=1)
        """
        return Scope(
            colors=frozenset(self.colors) & frozenset(other.colors),
            max_lifetime=min(self.max_lifetime, other.max_lifetime),
            max_bearer_lifetime=min(self.max_bearer_lifetime, other.max_bearer_lifetime),
            max_lifetime_without_status=min(self.max_lifetime_without_status, other.max_lifetime_without_status),
        )

    def check(self, claims: Claims) -> None:
        """Check a credential by SCP-1 to SCP-4.

        Raises:
            UntrustedError: `out-of-scope`, when it is beyond what is trusted.
        """
        if claims.health.color not in self.colors:  # SCP-1
            raise _out_of_scope("of this colour")
        lifetime = span(claims.end - claims.start)
        if lifetime > self.max_lifetime:  # SCP-2
            raise _out_of_scope("that live so long")
        if claims.holder_key is None and lifetime > self.max_bearer_lifetime:  # SCP-3
            raise _out_of_scope("that are bound to no device, or live so long without one")
        if claims.health.status is None and lifetime > self.max_lifetime_without_status:  # SCP-4
            raise _out_of_scope("that cannot be withdrawn, or live so long without a status")


def _out_of_scope(which: str) -> UntrustedError:
    return UntrustedError(Verdict.OUT_OF_SCOPE, f"the key is not trusted here for codes {which}")
