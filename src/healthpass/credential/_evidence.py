"""Evidence: what a colour rests on, and its arrays on the wire (spec/credential.md, HLT-9 and HLT-10)."""

from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, Field

from healthpass.codec._cbor import MAX_INTEGER, Value
from healthpass.codec._time import HOUR, from_days, from_seconds, to_days, to_seconds
from healthpass.credential._model import STRICT, Day, Hour, code_point
from healthpass.credential._regions import RegionId
from healthpass.words._code_points import EvidenceType, LabMethod, LabResult

MAX_DOSE: Final = 99
_KNOWN: Final = frozenset(EvidenceType)


_Method: TypeAlias = Annotated[LabMethod | int, code_point(LabMethod)]
_Dose: TypeAlias = Annotated[int, Field(ge=1, le=MAX_DOSE)]


class LabTest(BaseModel):
    """A test for the infection.

    Attributes:
        sampled_at: when the sample was taken; the format keeps the hour, and drops the minutes.
        result: negative or positive.
        method: how it was tested; a plain number where this version does not know the method.
    """

    model_config = STRICT

    sampled_at: Hour
    result: LabResult
    method: _Method


class Vaccination(BaseModel):
    """A vaccination.

    Attributes:
        day: the civil day of the dose.
        dose: its number, 1 to 99.
        of: how many doses the series has, 1 to 99; a booster may be dose 3 of 2.
    """

    model_config = STRICT

    day: Day
    dose: _Dose
    of: _Dose


class Recovery(BaseModel):
    """A recovery from the infection, on a civil day."""

    model_config = STRICT

    day: Day


class Departure(BaseModel):
    """The holder left a region, on a civil day."""

    model_config = STRICT

    region: RegionId
    day: Day


def _unknown(number: int) -> int:
    if number in _KNOWN:
        raise ValueError("this type of evidence is known, and has a model of its own")
    return number


class UnknownEvidence(BaseModel):
    """Evidence of a type that this version does not know: it is shown, and counts for nothing (HLT-10).

    Attributes:
        type: the number of the type.
        values: the elements after it.
    """

    model_config = STRICT

    type: Annotated[int, Field(ge=0, le=MAX_INTEGER), AfterValidator(_unknown)]
    values: tuple[int | str | bytes, ...]


Evidence: TypeAlias = LabTest | Vaccination | Recovery | Departure | UnknownEvidence


def to_array(evidence: Evidence) -> list[Value]:
    """Write one entry of evidence as its array on the wire."""
    match evidence:
        case LabTest(sampled_at=sampled_at, result=result, method=method):
            return [int(EvidenceType.TEST), to_seconds(sampled_at), int(result), int(method)]
        case Vaccination(day=day, dose=dose, of=of):
            return [int(EvidenceType.VACCINATION), to_days(day), dose, of]
        case Recovery(day=day):
            return [int(EvidenceType.RECOVERY), to_days(day)]
        case Departure(region=region, day=day):
            return [int(EvidenceType.DEPARTURE), str(region), to_days(day)]
        case UnknownEvidence(type=number, values=values):
            return [number, *values]


def from_array(entry: Value) -> Evidence:
    """Read one entry of evidence from its array on the wire (HLT-9).

    Raises:
        ValueError: when a rule is broken.
    """
    match entry:
        case [EvidenceType.TEST, int(sampled_at), int(result), int(method)] if sampled_at % HOUR == 0:
            return LabTest(sampled_at=from_seconds(sampled_at), result=LabResult(result), method=method)
        case [EvidenceType.VACCINATION, int(day), int(dose), int(of)]:
            return Vaccination(day=from_days(day), dose=dose, of=of)
        case [EvidenceType.RECOVERY, int(day)]:
            return Recovery(day=from_days(day))
        case [EvidenceType.DEPARTURE, str(region), int(day)]:
            return Departure(region=RegionId(region), day=from_days(day))
        case [int(number), *values]:
            return UnknownEvidence(type=number, values=tuple(values))
        case _:
            raise ValueError("evidence must be an array of its type's elements")
