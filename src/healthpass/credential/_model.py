"""What the pydantic models share: their configuration and the types of their fields."""

from datetime import date, datetime
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, ConfigDict

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.codec._time import HOUR, from_days, from_seconds, to_days, to_seconds
from healthpass.words._row import CodeNumber

# defer_build: a model is compiled when it is first used, which keeps `import healthpass` short.
# hide_input_in_errors: an error shows no claim.
STRICT: Final = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


def code_point(known: type[CodeNumber]) -> AfterValidator:
    """Return the validator of an open code: a member of `known`, or the number of an unknown one (HLT-10)."""

    def recognise(value: int) -> int:
        if not 0 <= value <= MAX_INTEGER:
            raise ValueError("a code must lie from 0 to 2^53 - 1")
        return known.of(value)

    return AfterValidator(recognise)


def _whole_second(moment: datetime) -> datetime:
    return from_seconds(to_seconds(moment))


def _whole_hour(moment: datetime) -> datetime:
    return from_seconds(to_seconds(moment) // HOUR * HOUR)


def _in_range(day: date) -> date:
    return from_days(to_days(day))


Time: TypeAlias = Annotated[datetime, AfterValidator(_whole_second)]
Hour: TypeAlias = Annotated[datetime, AfterValidator(_whole_hour)]
Day: TypeAlias = Annotated[date, AfterValidator(_in_range)]
