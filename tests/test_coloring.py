"""Colour rules: what is read, what is computed, and that it is what spec/coloring.md says."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coloring_at_random import HOUR, SAY, SPAN, START, Chance, at, event, table
from coloring_by_definition import Picture, picture
from healthpass.coloring import (
    STRICTEST,
    Color,
    Coloring,
    ColorRules,
    Ends,
    Event,
    EventKind,
    EventName,
    LabResult,
    Reason,
    Rule,
    SourceError,
    State,
    Wording,
    _events,
    _rules,
    _table,
    color_of,
    explain,
    read_events,
    read_history,
)

SPEC: Final = Path(__file__).resolve().parent.parent / "spec"
TEXT: Final = (SPEC / "coloring.md").read_text("utf-8")
VECTORS: Final = [
    case
    for path in sorted(SPEC.glob("vectors/coloring-*.json"))
    for case in json.loads(path.read_bytes())["cases"]
]
BEYOND_CDDL: Final = {  # what JSON itself, one value beside another, and the calendar say
    "clf-003 clf-004 clf-005 clf-018 clf-022 clf-033 clf-042 clf-045 clf-064 clf-068 clf-069 clf-100 clf-101",
    "clf-102 clf-110 clf-120 clf-121 clf-122 clf-123 clf-124 clf-130 clf-131 clf-133 clh-020 clh-021 clh-031",
    "clf-025 clf-026 clf-096 clf-097 clf-127 clh-037",
}


def measure(**members: Any) -> dict[str, Any]:
    """Return a yellow rule about exposures."""
    return {
        "id": "met",
        "on": {"event": "exposure"},
        "color": "yellow",
        "reason": "exposure",
        "say": SAY,
    } | members


CHANCES = st.builds(Chance, st.integers(0, 2**64 - 1))


def strictness(coloring: Coloring) -> int:
    """Return the place of a colour, the strictest first."""
    return STRICTEST.index(coloring.color)


class TestByDefinition:
    """`color_of` against the rules of the specification, written down a second time and slowly."""

    @given(CHANCES)
    @settings(max_examples=300, deadline=None)
    def test_gives_what_the_rules_say(self, one: Chance) -> None:
        """Colour, reason, end, rule and event are those that the definitions give."""
        found = color_of(one.history, one.rules, at=one.moment)
        assert Picture.of(found) == picture(one.history, one.rules, one.moment)

    @given(CHANCES)
    @settings(max_examples=60, deadline=None)
    def test_next_at_is_the_first_change(self, one: Chance) -> None:
        """Hour by hour nothing changes before it; at it something does, or an event begins to count."""
        now = color_of(one.history, one.rules, at=one.moment)
        later = [each.at for each in one.history if each.at > one.moment]
        past = [each for each in one.history if each.at <= one.moment]
        end = now.next_at or at(2 * SPAN)
        hour = one.moment.replace(minute=0, second=0) + HOUR
        while hour < end:
            assert picture(one.history, one.rules, hour) == Picture.of(now)
            hour += HOUR
        if now.next_at is not None:
            assert now.next_at > one.moment
            assert now.next_at == min(later, default=None) or picture(past, one.rules, end) != Picture.of(now)

    def test_the_cases_are_not_tame(self) -> None:
        """Among what is made of numbers, each colour is there, ends that are known and not, and each kind."""
        found = [Chance(number) for number in range(300)]
        colored = [color_of(one.history, one.rules, at=one.moment) for one in found]
        assert {(one.color, one.until is None) for one in colored} == {
            *((color, known) for color in (Color.YELLOW, Color.RED) for known in (True, False)),
            *((color, True) for color in (None, Color.GREEN)),
        }
        ends = [rule.ends for one in found for rule in one.rules.rules if rule.ends]
        assert {name for one in ends for name in one.model_dump(exclude_none=True)} == set(Ends.model_fields)


class TestProperties:
    """What holds for every history and all rules."""

    @given(CHANCES, st.randoms(use_true_random=False))
    @settings(max_examples=60, deadline=None)
    def test_order_and_repetition_mean_nothing(self, one: Chance, chance: Any) -> None:
        """The same history in another order, or with events twice, gives the same."""
        mixed = [*one.history, *chance.sample(one.history, len(one.history) // 2)]
        chance.shuffle(mixed)
        assert color_of(mixed, one.rules, at=one.moment) == color_of(one.history, one.rules, at=one.moment)

    @given(CHANCES)
    @settings(max_examples=60, deadline=None)
    def test_no_event_of_the_future_counts(self, one: Chance) -> None:
        """Without what is yet to come, all but `next_at` is the same."""
        past = [each for each in one.history if each.at <= one.moment]
        found = color_of(past, one.rules, at=one.moment)
        assert Picture.of(found) == Picture.of(color_of(one.history, one.rules, at=one.moment))

    @given(CHANCES)
    @settings(max_examples=400, deadline=None)
    def test_what_is_healthy_never_worsens(self, one: Chance) -> None:
        """A healthy event makes no colour stricter, and one that is not makes none milder; a discharge is both."""
        more = one.more
        before = color_of(one.history, one.rules, at=one.moment)
        after = color_of([*one.history, more], one.rules, at=one.moment)
        if more.healthy or more.event is EventName.RELEASE or more.result is LabResult.NEGATIVE:
            assert strictness(after) >= strictness(before)
        elif more.event is not EventName.DISCHARGE:
            assert strictness(after) <= strictness(before)

    @given(CHANCES)
    @settings(max_examples=40, deadline=None)
    def test_a_file_says_what_its_rules_say(self, one: Chance) -> None:
        """What is written is read as the same, and written as the same bytes."""
        written = one.rules.write()
        assert ColorRules.read(written) == one.rules
        assert ColorRules.read(written).write() == written

    @given(CHANCES)
    @settings(max_examples=60, deadline=None)
    def test_explains_what_colours(self, one: Chance) -> None:
        """The last rule that is told is the one that colours, and it alone is live."""
        told = explain(one.history, one.rules, at=one.moment)
        coloring = color_of(one.history, one.rules, at=one.moment)
        assert [each.rule for each in told] == list(one.rules.rules[: len(told)])
        assert [each.state is State.LIVE for each in told] == [False] * (len(told) - 1) + [True]
        assert (told[-1].rule, told[-1].event) == (coloring.why.rule, coloring.why.event)

    @given(CHANCES)
    @settings(max_examples=40)
    def test_an_event_is_its_record(self, one: Chance) -> None:
        """What an event says in JSON makes the same event."""
        for each in one.history:
            assert Event.read(json.loads(json.dumps(each.record()))) == each


class TestSpecification:
    def test_the_example_is_a_real_one(self) -> None:
        """The file and the history of section 1 give what the text says of them."""
        source, told = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
        rules, history = ColorRules.read(source.encode()), read_history(told.encode())
        local = datetime.fromisoformat
        first = color_of(history, rules, at=local("2022-06-21T12:00:00+08:00"))
        assert (first.color, first.reason, first.until) == (Color.YELLOW, Reason.EXPOSURE, None)
        assert (first.why.rule.id, first.why.event) == ("contact", history[0])
        second = color_of(history, rules, at=local("2022-06-30T12:00:00+08:00"))
        assert second.until == second.next_at == local("2022-07-01T00:00:00+08:00")
        assert color_of(history, rules, at=local("2022-07-01T00:00:00+08:00")).color is Color.GREEN

    @pytest.mark.parametrize(
        ("place", "limit"),
        [
            ("CLR-1", f"at most {_table.MAX_FILE:,} bytes"),
            ("CLR-2", f"{_table.MAX_RULES} rules"),
            ("CLR-2", f"1 to {_rules.MAX_TEXT} bytes"),
            ("CLR-4", f"the hours 1 to {_rules.MAX_HOURS:,}"),
            ("CLR-5", f"0 to {_rules.MAX_DAYS} "),
            ("CLR-5", f"2 to {_rules.MOST_ENDS} objects"),
            ("CLR-10", f"at most {_events.MAX_EVENTS:,} events"),
        ],
    )
    def test_limits_are_those_of_the_code(self, place: str, limit: str) -> None:
        """The rules say what the code does."""
        body = TEXT.partition(f"**{place}**")[2].partition("\n**")[0]
        assert limit in body

    def test_cddl_accepts_and_refuses(self) -> None:
        """CDDL accepts each file and history that is read, and refuses others but for what it cannot say."""
        cddl = pytest.importorskip("cddl_verifier")
        schema = cddl.Validator(SPEC / "healthpass.cddl")

        def holds(rule: str, text: str) -> bool:
            data = cbor2.dumps(json.loads(text.removeprefix("\ufeff")))
            return bool(schema.validate(data, rule).valid)

        passed = set()
        for case in VECTORS:
            try:
                held = holds("color-rules", case["rules"]) and holds("color-history", case["history"])
            except ValueError:
                held = True  # no JSON
            assert held or case["expect"] == "refused", case["id"]
            passed |= {case["id"]} if held and case["expect"] == "refused" else set()
        assert passed == set(" ".join(BEYOND_CDDL).split())

    def test_kinds_of_tests_are_the_methods(self) -> None:
        """The kinds of a test are the names of the table of methods."""
        rows = (SPEC / "tables" / "test-methods.csv").read_text("utf-8").splitlines()[1:]
        assert [row.split(",")[1] for row in rows] == [kind for kind in EventKind if kind.event == EventName.TEST]


HOSTILE = {
    "deep arrays": b"[" * 200_000,
    "deep objects": b'{"a":' * 200_000,
    "a long number": b'{"zone": ' + b"9" * 5_000 + b"}",
    "many members": b"{" + b",".join(b'"%d": 1' % number for number in range(5_000)) + b"}",
    "half of a character": table(names={"zh": "\ud800", "en": "a"}),
    "not UTF-8": b'{"names": "\xff"}',
    "too long": b" " * 262_145,
    "no JSON at all": b"",
    "Infinity": table(zone=480).replace(b"480", b"-Infinity"),
    "many empty rules": b'{"names": {}, "zone": 0, "rules": [' + b"{}," * 60_000 + b"{}]}",
}


class TestHostile:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_file_is_refused_in_words(self, name: str) -> None:
        """Whatever stands there, it is one error of ours, and its words are few."""
        with pytest.raises(SourceError) as caught:
            ColorRules.read(HOSTILE[name])
        assert len(str(caught.value)) < 4_000

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_history_is_refused_in_words(self, name: str) -> None:
        """So with a history."""
        with pytest.raises(SourceError) as caught:
            read_history(HOSTILE[name])
        assert len(str(caught.value)) < 4_000

    def test_a_fault_repeats_nothing_of_a_history(self) -> None:
        """What somebody wrote into the wrong place stays there."""
        wrong: list[Any] = [
            {"event": "exposure", "at": "2022-06-20T15:00:00Z", "kind": "Zhang San"},
            {"event": "Zhang San"},
        ]
        wrong += [{"event": "release", "at": "Zhang San"}, "Zhang San"]
        with pytest.raises(SourceError) as caught:
            read_history(json.dumps(wrong).encode())
        assert "Zhang" not in str(caught.value)
        assert len(caught.value.problems) == 4

    def test_a_history_is_bounded(self) -> None:
        """1,000 events are coloured, 1,001 are refused, as JSON and as events."""
        rules = ColorRules.read(table(measure(ends={"check_ins": 3})))
        many = [event("check-in", hours, healthy=bool(hours % 7)) for hours in range(1_001)]
        assert color_of(many[:1_000], rules, at=at(1_000)).color is Color.GREEN
        with pytest.raises(ValueError, match="at most 1,000 events"):
            color_of(many, rules, at=at(1_000))
        with pytest.raises(SourceError, match="1,000 are the most"):
            read_history(json.dumps([one.record() for one in many]).encode())

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"event": "exposure"}, TypeError),
            ({"kind": "close-contact"}, ValueError),
            ({"level": 3}, ValueError),
            ({"at": datetime(2022, 6, 20)}, ValueError),  # noqa: DTZ001 - that is what is wrong
            ({"at": "2022-06-20"}, TypeError),
            ({"kind": None}, ValueError),
            ({"kind": EventKind.ABROAD}, ValueError),
        ],
    )
    def test_an_event_is_strict(self, changes: dict[str, Any], error: type[Exception]) -> None:
        """An event that is made in Python is checked as one of JSON is."""
        met: dict[str, Any] = {"event": EventName.EXPOSURE, "at": START, "kind": EventKind.CLOSE_CONTACT}
        with pytest.raises(error):
            Event(**met | changes)

    def test_a_rule_is_strict(self) -> None:
        """A rule that is made in Python takes no names in place of values."""
        with pytest.raises(ValueError, match="color"):
            Rule(id="a", color="green")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="exactly one"):
            Ends(days=1, hours=1)

    def test_the_time_has_a_zone(self) -> None:
        """A time without a zone is nobody's."""
        rules = ColorRules.read(table())
        with pytest.raises(ValueError, match="time zone"):
            color_of([], rules, at=datetime(2022, 6, 20))  # noqa: DTZ001
        with pytest.raises(TypeError):
            color_of([{"event": "release"}], rules, at=START)  # type: ignore[list-item]


class TestWords:
    """What a holder is told (CLR-17)."""

    def test_a_coloring_names_rule_event_and_words(self) -> None:
        """Why somebody is yellow can be said in both languages, with the event that was the ground."""
        rules = ColorRules.read(table(measure(review=True)))
        met = event("exposure", 0, kind="shared-place")
        coloring = color_of([met], rules, at=at(5))
        assert coloring.review
        assert coloring.why.rule.say == Wording(zh="须隔离", en="Stay at home")
        assert (coloring.why.rule.id, coloring.why.event) == ("met", met)
        assert met.kind is not None
        assert met.kind.words.zh == "与病例同时空"

    def test_states_are_told(self) -> None:
        """For each rule it is said why it is not live."""
        rules = ColorRules.read(
            table(
                measure(id="none", color="red", on={"event": "diagnosis"}),
                measure(id="ended", color="red", ends={"hours": 2}),
                measure(id="later", color="red", after_hours=9),
                measure(id="done", on={"event": "arrival"}, lacking={"event": "test", "hours": 24}),
            )
        )
        history = [event("exposure", 0, kind="close-contact"), event("arrival", 1, kind="abroad")]
        history.append(event("test", 2, kind="naat", result="negative"))
        told = {one.rule.id: (one.state, one.begins, one.ends) for one in explain(history, rules, at=at(5))}
        assert told == {
            "none": (State.NO_EVENT, None, None),
            "ended": (State.ENDED, at(0), at(2)),
            "later": (State.NOT_BEGUN, at(9), None),
            "done": (State.NOT_LACKING, at(26), None),
            "clear": (State.LIVE, None, None),
        }


class TestNotation:
    """Histories in few words."""

    def test_reads_days_in_a_row(self) -> None:
        """A range of days is an event on each."""
        found = read_events("2020-02-28..2020-03-01 08:00 check-in healthy; 2020-02-11 09:00 stay level-4;", 480)
        assert [one.at.day for one in found] == [28, 29, 1, 11]
        assert (found[-1].level, found[0].healthy) == (4, True)

    @pytest.mark.parametrize(
        "text",
        [
            "2020-02-11 check-in healthy",
            "2020-02-11 09:00 purchase",
            "2020-02-11 09:00 check-in",
            "2020-02-11 09:00 check-in healthy unhealthy",
            "2020-02-11 09:00 check-in well",
            "2020-02-30 09:00 check-in healthy",
            "2020-02-11 24:00 check-in healthy",
            "2020-02-12..2020-02-11 09:00 check-in healthy",
            "2020-02-11..2029-02-11 09:00 check-in healthy",
            "0001-01-01 00:00 release",
            "2020-02-11 09:00 exposure abroad",
            "x" * 70_000,
        ],
    )
    def test_refuses_what_it_does_not_know(self, text: str) -> None:
        """Nothing is guessed."""
        with pytest.raises(SourceError):
            read_events(text, 480)
