"""Policies: what a gate does with an authentic code (spec/decision.md, section 2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from healthpass.credential._regions import IssuerId
from healthpass.documents._document import Kind
from healthpass.documents._fields import NAMES, TIME, Names, check_name, check_span
from healthpass.documents._leaves import ClosedCode, Number, Text
from healthpass.documents._office_document import payload_of
from healthpass.documents._types import Array, Field, FieldError, List, Map, Row
from healthpass.documents._when import IDENTIFIER, IDENTIFIERS, MAX_NAMES, WHEN, When
from healthpass.words._code_points import Action, Duty
from healthpass.words._row import CodeNumber, Words

MAX_RULES: Final = 64
MAX_MAPS: Final = 16
MAX_DUTIES: Final = 8
MAX_DAYS: Final = 90
ZONE: Final = Number(-720, 840)
ISOLATING: Final = frozenset({Action.HOME_QUARANTINE, Action.CENTRAL_QUARANTINE})


class CountFrom(CodeNumber):
    """From when days are counted (DEC-9)."""

    words: Words

    DECISION = 0, Words("from the day of the decision", "自判定之日起")
    DEPARTURE = 1, Words("from the day of departure", "自离开之日起")


class Unknown(CodeNumber):
    """What follows where it is not known whether a rule holds (DEC-3)."""

    words: Words

    ASK = 0, Words("ask", "询问")
    YES = 1, Words("it holds", "视为成立")
    NO = 2, Words("it does not hold", "视为不成立")


class Question(NamedTuple):
    """What a guard asks, and the person answers with yes or no.

    Attributes:
        name: its name, by which rules mean it.
        zh: the question in Chinese.
        en: the question in English.
    """

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a policy.

    Attributes:
        id: its name.
        when: when it holds.
        then: what is done then.
        duties: what else is done.
        days: for how many days, 1 to 90; for quarantine and the duty `monitor` alone.
        count_from: from when these count.
        valid_from: from when the rule holds, or None.
        valid_until: until when, or None.
        unknown: what follows where it is not known whether it holds.
        say: what to tell the person, or None.

    Raises:
        ValueError: when it breaks POL-4.
    """

    id: str
    when: When
    then: Action
    duties: tuple[Duty, ...] = ()
    days: int | None = None
    count_from: CountFrom = CountFrom.DECISION
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    unknown: Unknown = Unknown.ASK
    say: Names | None = None

    def __post_init__(self) -> None:
        isolates = self.then in ISOLATING or Duty.MONITOR in self.duties
        if isolates != (self.days is not None):
            what = "it is missing" if isolates else "it is for quarantine and the duty monitor alone"
            raise FieldError(what, "days", "POL-4")
        if self.count_from == CountFrom.DEPARTURE:
            departure = self.when.departure
            if self.days is None or departure is None or departure.within_days > self.days:
                raise FieldError(
                    "days count from a departure of the same rule, with within_days at most days",
                    "count_from",
                    "POL-4",
                )
        if self.valid_from is not None and self.valid_until is not None:
            check_span(self.valid_from, self.valid_until, "POL-4")
        asked = (self.when.document, self.when.declared, self.when.denied, self.when.place)
        if self.unknown != Unknown.ASK and asked != (None,) * 4:
            raise FieldError("what people can answer is asked: expected ask", "unknown", "POL-4")

    @property
    def is_always(self) -> bool:
        """Whether it holds whatever is known, at any time."""
        return not self.when.members and self.valid_from is None and self.valid_until is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy: rules in order, of which the first that holds decides.

    Attributes:
        names: what it is called.
        zone: by how many minutes the civil time is ahead of UTC, -720 to 840.
        rules: the rules, 1 to 64, in order.
        declared: the questions that its rules ask.
        places: the kinds of places where it is used.
        maps: the offices whose risk maps are asked, in order.

    Raises:
        ValueError: when it breaks POL-3 or POL-4.
    """

    names: Names
    zone: int
    rules: tuple[Rule, ...]
    declared: tuple[Question, ...] = ()
    places: tuple[str, ...] = ()
    maps: tuple[IssuerId, ...] = ()

    def __post_init__(self) -> None:
        _check_once("maps", self.maps)
        _check_once("rules", [rule.id for rule in self.rules])
        questions = {question.name for question in self.declared}
        for number, rule in enumerate(self.rules):
            where = f"rules[{number}].when"
            declared, denied = set(rule.when.declared or ()), set(rule.when.denied or ())
            for name, used, known in (
                ("declared", declared, questions),
                ("denied", denied, questions - declared),
                ("place", set(rule.when.place or ()), set(self.places)),
            ):
                if used - known:
                    raise FieldError(
                        f"{min(used - known)} is not declared by the policy, or both declared and denied",
                        f"{where}.{name}",
                        "POL-4",
                    )
            if rule.is_always and number + 1 < len(self.rules):
                raise FieldError(
                    f"no rule is reached after {rule.id}, which always holds", f"rules[{number + 1}]", "POL-4"
                )


def _check_once(name: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for number, value in enumerate(values):
        if value in seen:
            raise FieldError(f"{value} is there twice", f"{name}[{number}]", "POL-3")
        seen.add(value)


_TEXT: Final = Text(check_name)
_QUESTION: Final = Row(Question, {"name": IDENTIFIER, "zh": _TEXT, "en": _TEXT})
RULE: Final = Map(
    Rule,
    {
        1: Field("id", IDENTIFIER, "POL-3"),
        2: Field("when", WHEN, "POL-3"),
        3: Field("then", ClosedCode(Action), "POL-3"),
        4: Field("duties", Array(ClosedCode(Duty), MAX_DUTIES, int), "POL-3", ()),
        5: Field("days", Number(1, MAX_DAYS), "POL-3", None),
        6: Field("count_from", ClosedCode(CountFrom), "POL-3", CountFrom.DECISION),
        7: Field("valid_from", TIME, "POL-3", None, spelled="from"),
        8: Field("valid_until", TIME, "POL-3", None, spelled="until"),
        9: Field("unknown", ClosedCode(Unknown), "POL-3", Unknown.ASK),
        10: Field("say", NAMES, "POL-3", None),
    },
)
FIELDS: Final = {
    1: Field("names", NAMES, "POL-3"),
    2: Field("zone", ZONE, "POL-3"),
    3: Field("declared", Array(_QUESTION, MAX_NAMES, lambda question: question[0]), "POL-3", ()),
    4: Field("places", IDENTIFIERS, "POL-3", ()),
    5: Field("rules", List(RULE, MAX_RULES), "POL-3"),
    6: Field("maps", List(Text(IssuerId), MAX_MAPS), "POL-3", ()),
}
CONTENT: Final = Map(Policy, FIELDS)
PAYLOAD: Final = payload_of(Kind.POLICY, CONTENT)
