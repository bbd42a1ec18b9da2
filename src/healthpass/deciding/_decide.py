"""Deciding: what an authentic code means at a gate (spec/decision.md, section 4). No input or output, no clock."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from healthpass.codec._time import HOUR, from_seconds, to_seconds
from healthpass.deciding._conditions import WITHOUT_CODE, Condition, Holds, asked, both, compiled, day_of
from healthpass.deciding._decision import Decision, Ground
from healthpass.deciding._facts import Code, Facts
from healthpass.deciding._levels import prepared
from healthpass.documents._document import DAY
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import CountFrom, Policy, Rule, Unknown
from healthpass.documents._risk_map import MapInForce
from healthpass.words._code_points import Action

_BY_DAY: Final = frozenset(
    {"residence_level", "departure", "vaccination", "recovery", "starts_within_days"}
)  # DEC-10: these may turn out differently on another day
_PREPARED: Final = 32  # policies that are kept ready, each with its maps


class Reading(NamedTuple):
    """How one rule turned out.

    Attributes:
        rule: the rule.
        holds: yes, no or unknown, by the rule's `unknown` (DEC-3).
        members: how each of its members turned out, by name; empty for one that is not in force.
        in_time: whether it is in force at this time.
    """

    rule: Rule
    holds: Holds
    members: dict[str, Holds]
    in_time: bool


class _Ready(NamedTuple):
    """A rule, ready to be tried."""

    rule: Rule
    start: int
    end: int
    of_a_code: bool  # nobody without a code meets it (DEC-2)
    members: tuple[tuple[str, Condition], ...]
    conditions: tuple[Condition, ...]

    @classmethod
    def of(cls, rule: Rule) -> "_Ready":
        members = compiled(rule.when)
        of_a_code = not WITHOUT_CODE.issuperset(name for name, _ in members)
        return cls(rule, *_span(rule), of_a_code, members, tuple(condition for _, condition in members))


class _Consequence(NamedTuple):
    """What follows from a rule, as far as it can be told apart (DEC-3.3)."""

    action: Action
    duties: frozenset[int]
    ends: int | None


_TURN_BACK: Final = _Consequence(Action.TURN_BACK, frozenset(), None)


class Rules:
    """A policy with its maps, ready to decide.

    Args:
        policy: the policy.
        maps: the maps of the offices that it names, in its order, those that there are.

    Attributes:
        minutes: the policy's zone, in minutes.
    """

    def __init__(self, policy: OfficeDocument[Policy], maps: tuple[MapInForce, ...]) -> None:
        content = policy.content
        self._rules: Final = tuple(map(_Ready.of, content.rules))
        self._tried: Final = [(one.start, one.end, one.of_a_code, one.conditions, one) for one in self._rules]
        self.minutes: Final = content.zone
        self._zone: Final = content.zone * 60
        self._expires: Final = to_seconds(policy.expires)
        self._maps: Final = prepared(maps)
        self._questions: Final = frozenset(one.name for one in content.declared)
        self._places: Final = frozenset(content.places)
        members = {name for rule in content.rules for name, _ in rule.when.members}
        self._by_day: Final = bool(members & _BY_DAY) or any(rule.days is not None for rule in content.rules)
        self._by_hour: Final = "test" in members
        spans = {time for one in self._rules for time in (one.start, one.end) if time != _NEVER}
        self._ends: Final = sorted({self._expires, *(one.expires for one in self._maps), *spans})

    def facts(
        self,
        code: Code | None,
        *,
        at: datetime,
        answers: Mapping[str, bool],
        document: bool | None,
        place: str | None,
    ) -> Facts:
        """Take up what is known.

        Raises:
            ValueError: when a question or a place is none of the policy's.
        """
        if not self._questions.issuperset(answers):
            raise ValueError(f"the policy asks no question {min(set(answers) - self._questions)!r}")
        if place is not None and place not in self._places:
            raise ValueError(f"the policy has no place {place!r}")
        return Facts(
            code,
            at=to_seconds(at),
            zone=self._zone,
            answers=answers,
            document=document,
            place=place,
            maps=self._maps,
        )

    def readings(self, facts: Facts) -> list[Reading]:
        """Try the rules in order, up to the one that decides."""
        found = []
        for one in self._rules:
            rule, in_time = one.rule, one.start <= facts.at < one.end
            coded = WITHOUT_CODE if facts.code is None else {name for name, _ in one.members}
            members = {name: name in coded and holds(facts) for name, holds in one.members} if in_time else {}
            holds = both(members.values()) if in_time else False
            if holds is None and rule.unknown is not Unknown.ASK:
                holds = rule.unknown is Unknown.YES
            found.append(Reading(rule, holds, members, in_time))
            if holds:
                break
        return found

    def decide(self, facts: Facts) -> Decision:
        """Decide by what is known (DEC-1, DEC-3)."""
        if facts.at >= self._expires:
            return Decision(ground=Ground.NO_POLICY)
        until = from_seconds(self._until(facts))
        if facts.document is False:
            return Decision(ground=Ground.DOCUMENT_MISMATCH, until=until)
        rule, waiting = self._first(facts)
        if waiting:
            consequence = self._consequence(rule, facts) if rule else _TURN_BACK
            if asks := self._asks(waiting, consequence, facts):
                return Decision(ground=Ground.ASKS, asks=asks, until=until)
        if rule is None:
            return Decision(action=Action.TURN_BACK, until=until)
        ends = self._end(rule, facts)
        return Decision(
            action=rule.then,
            rule=rule.id,
            duties=rule.duties,
            ends=None if ends is None else from_seconds(ends),
            say=rule.say,
            until=until,
        )

    def _first(self, facts: Facts) -> tuple[Rule | None, list[_Ready]]:
        """Return the rule that decides, and those before it that are open (DEC-3)."""
        waiting: list[_Ready] = []
        coded, at = facts.code is not None, facts.at
        for start, end, of_a_code, conditions, one in self._tried:
            if not start <= at < end or (of_a_code and not coded):
                continue
            holds = _holds(conditions, facts)
            if holds is None:
                if one.rule.unknown is Unknown.ASK:
                    waiting.append(one)
                    continue
                holds = one.rule.unknown is Unknown.YES
            if holds:
                return one.rule, waiting
        return None, waiting

    def _consequence(self, rule: Rule, facts: Facts) -> _Consequence:
        return _Consequence(rule.then, frozenset(rule.duties), self._end(rule, facts))

    def _end(self, rule: Rule, facts: Facts) -> int | None:
        """Return the end of a rule's days, in seconds since 1970 (DEC-9)."""
        if rule.days is None:
            return None
        day: int | None = facts.day
        if rule.count_from is CountFrom.DEPARTURE and rule.when.departure is not None:
            day = day_of(rule.when.departure, facts, or_unknown=False)
            if day is None:
                day = day_of(rule.when.departure, facts, or_unknown=True)
        return ((facts.day if day is None else day) + rule.days + 1) * DAY - self._zone

    def _asks(self, waiting: list[_Ready], decided: _Consequence, facts: Facts) -> tuple[str, ...]:
        """Return what has to be known before this is decided (DEC-3.3)."""
        asks: set[str] = set()
        for one in waiting:
            if self._consequence(one.rule, facts) != decided:
                for name, holds in one.members:
                    if holds(facts) is None:
                        asks.update(asked(one.rule.when, facts, name))
        return tuple(sorted(asks))

    def _until(self, facts: Facts) -> int:
        """Return when the same facts could give another decision (DEC-10)."""
        at = facts.at
        until = self._ends[bisect_right(self._ends, at)]  # the policy's own end is one of them
        zones = {self._zone, *(one.zone for one in self._maps if facts.at < one.expires)} if self._by_day else ()
        for zone in zones:
            until = min(until, ((at + zone) // DAY + 1) * DAY - zone)
        if self._by_hour:
            until = min(until, (at // HOUR + 1) * HOUR)
        if facts.code is not None and (ends := to_seconds(facts.code.expires_at)) > at:
            until = min(until, ends)
        return until


_NEVER: Final = 1 << 60


def _span(rule: Rule) -> tuple[int, int]:
    start = 0 if rule.valid_from is None else to_seconds(rule.valid_from)
    return start, _NEVER if rule.valid_until is None else to_seconds(rule.valid_until)


def _holds(conditions: tuple[Condition, ...], facts: Facts) -> Holds:
    found: Holds = True
    for condition in conditions:
        value = condition(facts)
        if value is False:
            return False
        if value is None:
            found = None
    return found


@lru_cache(maxsize=_PREPARED)
def rules_of(policy: OfficeDocument[Policy], maps: tuple[MapInForce, ...]) -> Rules:
    """Make a policy ready to decide; documents are told apart as objects."""
    return Rules(policy, maps)


def decide(
    code: Code | None,
    policy: OfficeDocument[Policy] | None,
    *,
    at: datetime,
    maps: tuple[MapInForce, ...] = (),
    answers: Mapping[str, bool] | None = None,
    document: bool | None = None,
    place: str | None = None,
) -> Decision:
    """Decide what a gate does with a person (spec/decision.md, section 4).

    Args:
        code: a code that was judged valid at `at`, as `verify` returns it; None for a person without a code.
        policy: the policy in force; None where there is none.
        at: the time, with a time zone.
        maps: the risk maps in force of the offices that the policy names, in its order.
        answers: the answers to the policy's questions, by their names: True for yes, False for no.
        document: True when the person's identity document is the code's, False when it is another's, None when
            nobody has compared it.
        place: what kind of place the gate is, one of the policy's.

    Returns:
        What is done, or what has to be known first.

    Raises:
        ValueError: when an answer or the place is none of the policy's, or `at` has no time zone.
    """
    if policy is None:
        return Decision(ground=Ground.NO_POLICY)
    rules = rules_of(policy, maps)
    return rules.decide(rules.facts(code, at=at, answers=answers or {}, document=document, place=place))
