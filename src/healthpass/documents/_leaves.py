"""Values of documents that hold no others: numbers, codes, times, bytes and texts (DOC-8)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

from healthpass.codec._cbor import MAX_INTEGER, Value
from healthpass.codec._time import (
    DAY_LIMIT,
    SECOND,
    TIME_LIMIT,
    from_days,
    from_seconds,
    span,
    to_days,
    to_seconds,
)
from healthpass.documents._types import Type, Unknown
from healthpass.words._row import CodeNumber


class Number(Type):
    """An integer from `least` to `most`."""

    def __init__(self, least: int = 0, most: int = MAX_INTEGER) -> None:
        self.least: Final = least
        self.most: Final = most

    def read(self, wire: Value, unknown: Unknown) -> int:
        return self.check(wire, unknown)

    def check(self, wire: Value, _: Unknown) -> int:
        if type(wire) is not int or not self.least <= wire <= self.most:
            raise ValueError(
                f"an integer from {self.least} up is expected"
                if self.most == MAX_INTEGER
                else f"an integer from {self.least} to {self.most:,} is expected"
            )
        return wire


class Code(Number):
    """A code: a member of `codes`, or the number of one that this version does not know, which may be kept."""

    def __init__(self, codes: type[CodeNumber], *, is_open: bool = True) -> None:
        super().__init__()
        self.codes: Final = codes
        self.is_open: Final = is_open

    def read(self, wire: Value, unknown: Unknown) -> int:
        return self.codes.of(self.check(wire, unknown))

    def write(self, value: int) -> int:
        return int(value)


class ClosedCode(Code):
    """A code that a reader has to know: another one is critical, as a key is (POL-5)."""

    def __init__(self, codes: type[CodeNumber]) -> None:
        super().__init__(codes, is_open=False)

    def read(self, wire: Value, unknown: Unknown) -> int:
        if (number := self.check(wire, unknown)) not in self.codes.__members__.values():
            unknown.append(number)
            return number
        return self.codes(number)


class Day(Number):
    """A day, as in HLT-9."""

    def __init__(self) -> None:
        super().__init__(0, DAY_LIMIT - 1)

    def read(self, wire: Value, unknown: Unknown) -> date:  # type: ignore[override]
        return from_days(self.check(wire, unknown))

    def write(self, value: date) -> int:
        return to_days(value)


class Time(Type):
    """A time, as in CLM-3."""

    def read(self, wire: Value, unknown: Unknown) -> datetime:
        return from_seconds(self.check(wire, unknown))

    def check(self, wire: Value, _: Unknown) -> int:
        if type(wire) is not int or not 0 <= wire < TIME_LIMIT:
            raise ValueError("a time is expected: seconds since 1970, before the year 9999")
        return wire

    def write(self, value: datetime) -> int:
        return to_seconds(value, "a time")


class Life(Type):
    """A number of seconds."""

    def read(self, wire: Value, _: Unknown) -> timedelta:
        if type(wire) is not int or not 0 <= wire < TIME_LIMIT:
            raise ValueError(f"seconds below {TIME_LIMIT:,} are expected")
        return span(wire)

    def write(self, value: timedelta) -> int:
        return value // SECOND


class Bytes(Type):
    """A byte string of this size."""

    def __init__(self, size: int) -> None:
        self.size: Final = size

    def read(self, wire: Value, _: Unknown) -> bytes:
        if type(wire) is not bytes or len(wire) != self.size:
            raise ValueError(f"{self.size} bytes are expected")
        return wire


class Text(Type):
    """A text that `make` checks."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        self.make: Final = make

    def read(self, wire: Value, _: Unknown) -> Any:
        if type(wire) is not str:
            raise ValueError("a text is expected")
        return self.make(wire)

    def write(self, value: Any) -> str:
        return str(value)
