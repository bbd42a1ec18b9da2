"""What is known of a person at a gate (spec/decision.md, DEC-1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import HOUR, to_days, to_seconds
from healthpass.credential._evidence import Departure, LabTest, Recovery, Vaccination
from healthpass.credential._health import HealthCode
from healthpass.deciding._levels import Levels, levels_of
from healthpass.documents._document import DAY
from healthpass.trust._edge import TrustedIssuer
from healthpass.words._code_points import LabResult, Shown
from healthpass.words._verdicts import Verdict


class Code(Protocol):
    """What deciding needs of a code that was judged valid: a `Verified` has it."""

    @property
    def health(self) -> HealthCode:
        """What the issuer states."""

    @property
    def issuer(self) -> TrustedIssuer:
        """Who states it."""

    @property
    def valid_from(self) -> datetime:
        """The start of validity."""

    @property
    def expires_at(self) -> datetime:
        """The end of validity."""

    @property
    def holder_key(self) -> PublicKey | None:
        """The device key that it is bound to."""

    @property
    def presented_at(self) -> datetime | None:
        """When the device made the presentation."""

    @property
    def waived(self) -> frozenset[Verdict]:
        """The verdicts that would have struck."""


class Facts:
    """What is known of a person at a gate, at one time.

    Attributes:
        at: the time, in seconds since 1970.
        day: its civil day in the policy's zone.
        zone: the policy's zone, in seconds.
        health: what the code states; None without a code.
        code: the code, or None.
        shown: the way in which it was shown.
        answers: the answers to the policy's questions, by their names.
        document: whether the identity document is the code's; None where nobody has compared it.
        place: what kind of place the gate is, or None.
        maps: the maps, in the order of the policy.
        left: the departures that the code holds, each with its day.
    """

    __slots__ = (
        *(
            "_tests",
            "answers",
            "at",
            "code",
            "day",
            "document",
            "health",
            "left",
            "maps",
            "place",
            "shown",
            "zone",
        ),
    )

    def __init__(
        self,
        code: Code | None,
        *,
        at: int,
        zone: int,
        answers: Mapping[str, bool],
        document: bool | None,
        place: str | None,
        maps: tuple[Levels, ...],
    ) -> None:
        self.code: Final = code
        self.health: Final = code.health if code else None
        self.at: Final = at
        self.zone: Final = zone
        self.day: Final = (at + zone) // DAY
        self.answers: Final = answers
        self.document: Final = document
        self.place: Final = place
        self.maps: Final = maps
        self.shown: Final = _shown(code)
        left: list[Departure] = self.evidence(Departure)
        self._tests: list[tuple[int, int, int]] | None = None
        self.left: Final = [(one, to_days(one.day)) for one in left]

    def evidence(self, kind: type[Any]) -> list[Any]:
        """Return the entries of evidence of one kind."""
        return [one for one in self.health.evidence if type(one) is kind] if self.health else []

    def tests(self, methods: frozenset[int], result: int, within: int) -> list[int]:
        """Return the hours, ascending, of the tests that count (DEC-6)."""
        if self._tests is None:  # several rules ask for them
            tests: list[LabTest] = self.evidence(LabTest)
            self._tests = sorted((to_seconds(one.sampled_at) // HOUR, one.result, one.method) for one in tests)
        if not self._tests:
            return []
        hour = self.at // HOUR
        positive = -1
        if result != LabResult.POSITIVE:
            positive = max((at for at, found, _ in self._tests if found == LabResult.POSITIVE), default=-1)
        return [
            at
            for at, found, method in self._tests
            if found == result and method in methods and 0 <= hour - at <= within and at > positive
        ]

    def vaccinated(self, doses: int, since: int) -> bool:
        """Tell whether a vaccination is complete (DEC-7)."""
        found: list[Vaccination] = self.evidence(Vaccination)
        return any(one.dose >= max(one.of, doses) and self.day - to_days(one.day) >= since for one in found)

    def recovered(self, within: int) -> bool:
        """Tell whether the holder has recovered within so many days (DEC-7)."""
        found: list[Recovery] = self.evidence(Recovery)
        return any(0 <= self.day - to_days(one.day) <= within for one in found)

    def departures(self, within: int) -> list[tuple[Departure, int]]:
        """Return the departures within so many days, each with its day."""
        return [one for one in self.left if 0 <= self.day - one[1] <= within]

    def levels(self, region: Any, day: int | None) -> frozenset[int]:
        """Return the levels of a region on a day, or on this one; none where no map answers (MAP-3)."""
        return levels_of(self.maps, region, self.at, day)


def _shown(code: Code | None) -> Shown:
    if code is None:
        return Shown.NONE
    if code.presented_at is not None:
        return Shown.LIVE
    return Shown.BEARER if code.holder_key is None else Shown.BARE
