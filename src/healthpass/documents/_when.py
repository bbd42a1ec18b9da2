"""When a rule of a policy holds: its conditions, as they stand on the wire (spec/decision.md, section 4)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from healthpass.credential._regions import RegionId
from healthpass.documents._leaves import ClosedCode, Code, Number, Text
from healthpass.documents._types import Array, CriticalMap, Field, FieldError
from healthpass.words._code_points import Color, LabMethod, LabResult, Reason, Shown
from healthpass.words._row import CodeNumber, Words

MAX_CODES: Final = 16
MAX_REGIONS: Final = 64
MAX_NAMES: Final = 16
MAX_SHOWN: Final = 4
MAX_WAIVED: Final = 4
MAX_WITHIN_DAYS: Final = 365
MAX_HOURS: Final = 8_760
MAX_TESTS: Final = 4  # HLT-9: a code holds no more
MAX_SINCE: Final = 3_650  # days
MAX_STARTS: Final = 7  # days
MAX_DOSES: Final = 99
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Compared(CodeNumber):
    """What a rule asks of an identity document."""

    words: Words

    MATCHED = 1, Words("the identity document is the holder's", "证件与持码人相符")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRange:
    """Levels of risk, 1 to 5.

    Attributes:
        at_least: the lowest, or None.
        at_most: the highest, or None.
    """

    at_least: int | None = None
    at_most: int | None = None

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise FieldError("at_least or at_most is expected", "", "POL-3")
        _check_levels(self.at_least, self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureCondition:
    """The holder left a region within so many days (DEC-5).

    Attributes:
        within_days: how many days ago at most, 0 to 365.
        regions: from which regions; None for any.
        at_least: the lowest level of the region on that day, or None.
        at_most: the highest, or None.
    """

    within_days: int
    regions: tuple[RegionId, ...] | None = None
    at_least: int | None = None
    at_most: int | None = None

    def __post_init__(self) -> None:
        _check_levels(self.at_least, self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabTestCondition:
    """Tests with one result within so many hours (DEC-6).

    Attributes:
        methods: by which methods.
        result: with which result.
        within_hours: how many hours ago at most, 1 to 8,760.
        count: how many tests, 1 to 4.
        hours_apart: how many hours lie between them at least.
    """

    methods: tuple[int, ...]
    result: LabResult
    within_hours: int
    count: int = 1
    hours_apart: int | None = None

    def __post_init__(self) -> None:
        if self.hours_apart is not None and self.count == 1:
            raise FieldError("hours_apart needs a count above 1", "hours_apart", "POL-3")


@dataclass(frozen=True, slots=True, kw_only=True)
class VaccinationCondition:
    """A complete vaccination (DEC-7).

    Attributes:
        doses: how many doses at least, 1 to 99.
        days_since: how many days ago at least, 0 to 3,650.
    """

    doses: int
    days_since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCondition:
    """A recovery within so many days (DEC-7).

    Attributes:
        within_days: how many days ago at most, 0 to 365.
    """

    within_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The conditions of a rule; all that are there must hold, and none holds always.

    Attributes:
        color: the colour is one of these.
        reason: the reason is one of these.
        issuer: the issuer's region lies within one of these.
        origin: the region of the office that set the colour lies within one of these.
        residence: the residence lies within one of these.
        residence_level: the level of the residence is within these.
        departure: the holder left a region.
        test: the code holds tests.
        vaccination: the code holds a complete vaccination.
        recovery: the code holds a recovery.
        starts_within_days: the code began at most so many days ago, 0 to 7; 0 is the same day.
        shown: the code was shown in one of these ways.
        document: the identity document was compared.
        declared: the person answers yes to all these questions.
        denied: the person answers no to all these questions.
        place: the gate is one of these places.
        waived: no other verdicts than these were waived.
    """

    color: tuple[int, ...] | None = None
    reason: tuple[int, ...] | None = None
    issuer: tuple[RegionId, ...] | None = None
    origin: tuple[RegionId, ...] | None = None
    residence: tuple[RegionId, ...] | None = None
    residence_level: LevelRange | None = None
    departure: DepartureCondition | None = None
    test: LabTestCondition | None = None
    vaccination: VaccinationCondition | None = None
    recovery: RecoveryCondition | None = None
    starts_within_days: int | None = None
    shown: tuple[int, ...] | None = None
    document: Compared | None = None
    declared: tuple[str, ...] | None = None
    denied: tuple[str, ...] | None = None
    place: tuple[str, ...] | None = None
    waived: tuple[str, ...] | None = None

    @property
    def members(self) -> tuple[tuple[str, Any], ...]:
        """Those that are there, with their names."""
        return tuple((name, value) for name in self.__slots__ if (value := getattr(self, name)) is not None)


def check_identifier(value: str) -> str:
    """Check the name of a rule, a question or a place."""
    if not _NAME.fullmatch(value):
        raise ValueError("a name of 1 to 32 small letters, digits and hyphens is expected")
    return value


def _check_levels(at_least: int | None, at_most: int | None) -> None:
    if at_least is not None and at_most is not None and at_least > at_most:
        raise FieldError("at_least must be at most at_most", "at_least", "POL-3")


def _codes(codes: type[CodeNumber], at_most: int = MAX_CODES) -> Array:
    return Array(Code(codes), at_most, int)


LEVEL: Final = Number(1, 5)
IDENTIFIER: Final = Text(check_identifier)
IDENTIFIERS: Final = Array(IDENTIFIER, MAX_NAMES, str)
_REGIONS: Final = Array(Text(RegionId), MAX_REGIONS, str)
_LEVEL_RANGE: Final = CriticalMap(
    LevelRange, {1: Field("at_least", LEVEL, "POL-3", None), 2: Field("at_most", LEVEL, "POL-3", None)}
)
_DEPARTURE: Final = CriticalMap(
    DepartureCondition,
    {
        1: Field("at_least", LEVEL, "POL-3", None),
        2: Field("at_most", LEVEL, "POL-3", None),
        3: Field("within_days", Number(0, MAX_WITHIN_DAYS), "POL-3"),
        4: Field("regions", _REGIONS, "POL-3", None),
    },
)
_TEST: Final = CriticalMap(
    LabTestCondition,
    {
        1: Field("methods", _codes(LabMethod), "POL-3"),
        2: Field("result", ClosedCode(LabResult), "POL-3"),
        3: Field("within_hours", Number(1, MAX_HOURS), "POL-3"),
        4: Field("count", Number(1, MAX_TESTS), "POL-3", 1),
        5: Field("hours_apart", Number(1, MAX_HOURS), "POL-3", None),
    },
)
_VACCINATION: Final = CriticalMap(
    VaccinationCondition,
    {
        1: Field("doses", Number(1, MAX_DOSES), "POL-3"),
        2: Field("days_since", Number(0, MAX_SINCE), "POL-3", 0),
    },
)
_RECOVERY: Final = CriticalMap(RecoveryCondition, {1: Field("within_days", Number(0, MAX_WITHIN_DAYS), "POL-3")})
WHEN: Final = CriticalMap(
    When,
    {
        1: Field("color", _codes(Color), "POL-3", None),
        2: Field("reason", _codes(Reason), "POL-3", None),
        3: Field("issuer", _REGIONS, "POL-3", None),
        4: Field("origin", _REGIONS, "POL-3", None),
        5: Field("residence", _REGIONS, "POL-3", None),
        6: Field("residence_level", _LEVEL_RANGE, "POL-3", None),
        7: Field("departure", _DEPARTURE, "POL-3", None),
        8: Field("test", _TEST, "POL-3", None),
        9: Field("vaccination", _VACCINATION, "POL-3", None),
        10: Field("recovery", _RECOVERY, "POL-3", None),
        11: Field("starts_within_days", Number(0, MAX_STARTS), "POL-3", None),
        12: Field("shown", _codes(Shown, MAX_SHOWN), "POL-3", None),
        13: Field("document", ClosedCode(Compared), "POL-3", None),
        14: Field("declared", IDENTIFIERS, "POL-3", None),
        15: Field("denied", IDENTIFIERS, "POL-3", None),
        16: Field("place", IDENTIFIERS, "POL-3", None),
        17: Field("waived", Array(IDENTIFIER, MAX_WAIVED, str, at_least=0), "POL-3", None),
    },
)
