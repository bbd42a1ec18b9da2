"""Evidence: what a colour rests on, and its arrays on the wire (spec/credential.md, HLT-9 and HLT-10)."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, Discriminator, FailFast, Field, Tag

from healthpass.codec._cbor import MAX_INTEGER, Value, check_value
from healthpass.codec._time import HOUR, from_days, from_seconds, to_days, to_seconds
from healthpass.credential._in_json import VALUES
from healthpass.credential._model import Day, Hour, Model, open_code
from healthpass.credential._regions import RegionId
from healthpass.words._code_points import EvidenceType, LabMethod, LabResult

MAX_DOSE: Final = 99
_KNOWN: Final = frozenset(EvidenceType)
KINDS: Final = tuple(kind.label for kind in EvidenceType)


_Method: TypeAlias = Annotated[LabMethod | int, open_code(LabMethod)]
_Dose: TypeAlias = Annotated[int, Field(ge=1, le=MAX_DOSE)]


class LabTest(Model):
    """A test for the infection.

    Attributes:
        sampled_at: when the sample was taken; the format keeps the hour, and drops the minutes.
        result: negative or positive.
        method: how it was tested; a plain number where this version does not know the method.
    """

    type: Literal["test"] = "test"
    sampled_at: Hour
    result: LabResult
    method: _Method


class Vaccination(Model):
    """A vaccination.

    Attributes:
        day: the civil day of the dose.
        dose: its number, 1 to 99.
        of: how many doses the series has, 1 to 99; a booster may be dose 3 of 2.
    """

    type: Literal["vaccination"] = "vaccination"
    day: Day
    dose: _Dose
    of: _Dose


class Recovery(Model):
    """A recovery from the infection, on a civil day."""

    type: Literal["recovery"] = "recovery"
    day: Day


class Departure(Model):
    """The holder left a region, on a civil day."""

    type: Literal["departure"] = "departure"
    region: RegionId
    day: Day

    if TYPE_CHECKING:  # a plain str will do for an id

        def __init__(self, *, region: str, day: Day, type: Literal["departure"] = ...) -> None: ...  # noqa: A002


def _unknown(number: int) -> int:
    if number in _KNOWN:
        raise ValueError("this type of evidence is known, and has a model of its own")
    return number


def _check_values(values: tuple[int | str | bytes, ...]) -> tuple[int | str | bytes, ...]:
    for value in values:
        check_value(value)
    return values


class UnknownEvidence(Model):
    """Evidence of a type that this version does not know: it is shown, and counts for nothing (HLT-10).

    Attributes:
        type: the number of the type.
        values: the elements after it.
    """

    type: Annotated[int, Field(ge=0, le=MAX_INTEGER), AfterValidator(_unknown)]
    values: Annotated[tuple[int | str | bytes, ...], FailFast(), AfterValidator(_check_values), VALUES]


def _kind(entry: Any) -> str | None:
    """Tell which model reads an entry, or has made it."""
    kind = entry.get("type") if isinstance(entry, dict) else getattr(entry, "type", None)
    return kind if kind in KINDS else "another" if type(kind) is int else None


Evidence: TypeAlias = LabTest | Vaccination | Recovery | Departure | UnknownEvidence
Entry: TypeAlias = Annotated[
    Annotated[LabTest, Tag("test")]
    | Annotated[Vaccination, Tag("vaccination")]
    | Annotated[Recovery, Tag("recovery")]
    | Annotated[Departure, Tag("departure")]
    | Annotated[UnknownEvidence, Tag("another")],
    Discriminator(
        _kind,
        custom_error_type="evidence",
        custom_error_message=f"expected an object whose type is one of {', '.join(KINDS)}",
    ),
]


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


def from_array(entry: Value) -> dict[str, Any]:
    """Read one entry of evidence from its array on the wire, as the fields of its model (HLT-9).

    Raises:
        ValueError: when a rule is broken.
    """
    match entry:
        case [EvidenceType.TEST, int(sampled_at), int(result), int(method)] if sampled_at % HOUR == 0:
            sampled = from_seconds(sampled_at)
            return {"type": "test", "sampled_at": sampled, "result": LabResult(result), "method": method}
        case [EvidenceType.VACCINATION, int(day), int(dose), int(of)]:
            return {"type": "vaccination", "day": from_days(day), "dose": dose, "of": of}
        case [EvidenceType.RECOVERY, int(day)]:
            return {"type": "recovery", "day": from_days(day)}
        case [EvidenceType.DEPARTURE, str(region), int(day)]:
            return {"type": "departure", "region": region, "day": from_days(day)}
        case [int(number), *values]:
            return {"type": number, "values": tuple(values)}
        case _:
            raise ValueError("evidence must be an array of its type's elements")
