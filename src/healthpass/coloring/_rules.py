"""One colour rule, member by member (spec/coloring.md, CLR-3 to CLR-5 and CLR-7)."""

import re
from typing import Annotated, Any, Final, Self, TypeAlias

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import core_schema

from healthpass.codec._source_json import found_there
from healthpass.coloring._events import LEVELS
from healthpass.credential._holder import check_label
from healthpass.credential._in_json import ARRAY, InJson
from healthpass.credential._model import Model
from healthpass.words._code_points import Color, LabResult, Reason
from healthpass.words._events import EventKind, EventName

MAX_TEXT: Final = 300  # bytes of UTF-8
MAX_HOURS: Final = 87_840  # ten years
MAX_DAYS: Final = 366
NESTED: Final = 3  # ends, one within the other
MOST_ENDS: Final = 8
LACKING: Final = frozenset({EventName.DECLARATION, EventName.CHECK_IN, EventName.TEST})
ENDING: Final = LACKING | {EventName.DISCHARGE, EventName.RELEASE}
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _name(known: Any) -> InJson:
    """Say how the names of a closed table stand in JSON."""
    names = [str(one) for one in known]

    def read(value: Any) -> Any:
        if isinstance(value, known) or not isinstance(value, str) or value not in names:
            if isinstance(value, known):
                return value
            raise ValueError(f"found {found_there(value)}, expected one of {', '.join(names)}")
        return known(value)

    exact = core_schema.is_instance_schema(known)
    return InJson({"type": "string", "enum": names}, read, str, exact)


def _one_of(allowed: frozenset[EventName]) -> AfterValidator:
    def check(value: EventName) -> EventName:
        if value not in allowed:
            raise ValueError(f"expected one of {', '.join(name for name in EventName if name in allowed)}")
        return value

    return AfterValidator(check)


def _check_id(value: str) -> str:
    if len(value) > 64 or not _ID.fullmatch(value):  # noqa: PLR2004 - CLR-3.1
        raise ValueError("expected 1 to 64 characters, such as close-contact")
    return value


def _check_text(value: str) -> str:
    return check_label(value, "the text", MAX_TEXT)


def _only_true(value: bool) -> bool:  # noqa: FBT001 - a validator's argument
    if not value:
        raise ValueError("review is true, or left out")
    return value


def so_many(least: int, most: int) -> AfterValidator:
    """Say how many entries an array has, after each is known to be right."""

    def check(entries: tuple[Any, ...]) -> tuple[Any, ...]:
        if not least <= len(entries) <= most:
            raise ValueError(f"found {len(entries)} entries, expected {least} to {most}")
        if len(set(entries)) < len(entries):
            raise ValueError("an entry stands there twice")
        return entries

    return AfterValidator(check)


_Event: TypeAlias = Annotated[EventName, _name(EventName)]
_Kinds: TypeAlias = Annotated[
    tuple[Annotated[EventKind, _name(EventKind)], ...],
    so_many(1, 8),
    ARRAY,
]
_Id: TypeAlias = Annotated[
    str,
    AfterValidator(_check_id),
    WithJsonSchema({"type": "string", "pattern": f"^{_ID.pattern}$", "maxLength": 64}),
]
_Hours: TypeAlias = Annotated[int, Field(ge=1, le=MAX_HOURS)]
_Text: TypeAlias = Annotated[
    str, AfterValidator(_check_text), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_TEXT})
]


class Wording(Model):
    """What people read, in two languages; 1 to 300 bytes of UTF-8 each.

    Attributes:
        zh: in Chinese.
        en: in English.
    """

    zh: _Text
    en: _Text


class Levels(Model):
    """Which levels of a stay are meant, 1 to 5; one of the two bounds at least (CLR-4)."""

    at_least: Annotated[int, Field(ge=1, le=5)] | None = None
    at_most: Annotated[int, Field(ge=1, le=5)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.meant:
            raise ValueError("at_least and at_most leave no level")
        if self.at_least is None and self.at_most is None:
            raise ValueError("expected at_least, at_most or both")
        return self

    @property
    def meant(self) -> range:
        """The levels."""
        return range(self.at_least or LEVELS[0], (self.at_most or LEVELS[-1]) + 1)


class Ground(Model):
    """Which events are the ground of a rule: `on` (CLR-4).

    Attributes:
        event: its name.
        kind: of these kinds; of any, when left out.
        level: of a stay, these levels.
        result: of a test, this result.
        healthy: of a declaration and a check-in, what it says.
    """

    event: _Event
    kind: _Kinds | None = None
    level: Levels | None = None
    result: LabResult | None = None
    healthy: bool | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("kind", "level", "result", "healthy"):
            if getattr(self, name) is not None and name not in self.event.members:
                raise ValueError(f"there is no such member as {name} in {self.event}")
        for kind in self.kind or ():
            if kind.event != self.event:
                raise ValueError(f"{kind} is no kind of {self.event}")
        return self


class Lacking(Model):
    """What is missing: no healthy event of this name is as recent (CLR-12).

    Attributes:
        event: declaration, check-in or test.
        hours: how recent it has to be, 1 to 87,840.
    """

    event: Annotated[_Event, _one_of(LACKING)]
    hours: _Hours


class Negatives(Model):
    """An end by negative nucleic acid tests (CLR-13.4).

    Attributes:
        count: how many, 1 to 10.
        hours_apart: how many hours at least between one and the next, 0 to 336.
        from_day: the first civil day after that of the ground on which one counts, 0 to 366.
    """

    count: Annotated[int, Field(ge=1, le=10)]
    hours_apart: Annotated[int, Field(ge=0, le=336)] = 0
    from_day: Annotated[int, Field(ge=0, le=MAX_DAYS)] = 0


class Ends(Model):
    """When a rule ends; exactly one member is given (CLR-5).

    Attributes:
        days: at the end of so many civil days after that of the ground, 0 to 366.
        hours: so many hours after the ground, 1 to 87,840.
        check_ins: with healthy check-ins on so many consecutive days, 1 to 60.
        negatives: with negative tests.
        event: with a healthy event of this name.
        all: with the last of these.
        any: with the first of these.
    """

    days: Annotated[int, Field(ge=0, le=MAX_DAYS)] | None = None
    hours: _Hours | None = None
    check_ins: Annotated[int, Field(ge=1, le=60)] | None = None
    negatives: Negatives | None = None
    event: Annotated[_Event, _one_of(ENDING)] | None = None
    all: Annotated[tuple["Ends", ...], so_many(2, MOST_ENDS), ARRAY] | None = None
    any: Annotated[tuple["Ends", ...], so_many(2, MOST_ENDS), ARRAY] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError(f"expected exactly one of {', '.join(type(self).model_fields)}")
        if self.depth > NESTED:
            raise ValueError(f"more than {NESTED} ends stand one within the other")
        return self

    @property
    def depth(self) -> int:
        """How many ends stand one within the other."""
        return 1 + max((one.depth for one in self.all or self.any or ()), default=0)


class Rule(Model):
    """One rule (CLR-3).

    Attributes:
        id: by which it is named, to people too.
        on: its ground.
        lacking: what is missing.
        color: the colour; None when the office issues no code.
        reason: of yellow and red.
        after_hours: by how many hours later than its ground it begins.
        ends: when it ends; never, when left out.
        review: whether a person confirms the colour before it is stated.
        say: what the holder is told.
    """

    id: _Id
    on: Ground | None = None
    lacking: Lacking | None = None
    color: Color | None = None
    reason: Reason | None = None
    after_hours: _Hours | None = None
    ends: Ends | None = None
    review: Annotated[bool, AfterValidator(_only_true)] | None = None
    say: Wording | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        measure = self.color in {Color.YELLOW, Color.RED}
        if measure != (self.reason is not None):
            raise ValueError("yellow and red have a reason, and nothing else has")
        if self.review and not measure:
            raise ValueError("review is for yellow and red")
        if measure and self.on is None and self.lacking is None:
            raise ValueError("yellow and red need a ground: on or lacking")
        if self.on is None and (self.after_hours is not None or self.ends is not None):
            raise ValueError("after_hours and ends are counted from a ground, and there is no on")
        if self.color is not Color.GREEN and self.say is None:
            raise ValueError("say is missing: what is the holder told?")
        if self.on is not None:
            _check_ground(self.on)
        return self


def _check_ground(on: Ground) -> None:
    """Check that nothing healthy is a ground (CLR-7)."""
    if on.event is EventName.RELEASE:
        raise ValueError("a release ends measures and cannot be the ground of one")
    if on.event is EventName.TEST and on.result is not LabResult.POSITIVE:
        raise ValueError("a test is a ground only when it is positive: on.result must say so")
    if "healthy" in on.event.members and on.healthy is not False:
        raise ValueError(f"a {on.event} is a ground only when it is not healthy: on.healthy must be false")
