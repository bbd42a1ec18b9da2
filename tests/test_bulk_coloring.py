"""The nightly run: histories of many people in, and only what changes out."""

import json
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

pa = pytest.importorskip("pyarrow")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from coloring_at_random import Chance, table  # noqa: E402
from healthpass.bulk import (  # noqa: E402
    RECOLORED,
    InputError,
    Recoloring,
    recolor_batch,
    spark_schema,
    work_locally,
)
from healthpass.coloring import STRICTEST, Color, ColorRules, color_of, read_history  # noqa: E402

AT: Final = datetime(2022, 7, 2, 4, tzinfo=UTC)
SAY: Final = {"zh": "须隔离", "en": "Stay at home"}
RULES: Final = ColorRules.read(
    table(
        {"id": "ill", "on": {"event": "diagnosis"}, "color": "red", "reason": "isolation-order", "say": SAY},
        {
            "id": "met",
            "on": {"event": "exposure"},
            "color": "yellow",
            "reason": "exposure",
            "ends": {"days": 7},
            "say": SAY,
        },
        {
            "id": "fever",
            "on": {"event": "check-in", "healthy": False},
            "color": "yellow",
            "reason": "symptoms",
            "ends": {"event": "release"},
            "review": True,
            "say": SAY,
        },
    )
)
MET: Final = {"event": "exposure", "at": "2022-07-01T09:00:00+08:00", "kind": "close-contact"}
ILL: Final = {"event": "diagnosis", "at": "2022-07-01T09:00:00+08:00", "kind": "confirmed"}
HOT: Final = {"event": "check-in", "at": "2022-07-01T09:00:00+08:00", "healthy": False}
CTI: Final = "a0" * 12
UNTIL: Final = datetime(2022, 7, 8, 16, tzinfo=UTC)
GREEN: Final = {"color": "green", "rule": "clear", "cti": CTI}
YELLOW: Final = {"color": "yellow", "reason": "exposure", "rule": "met", "until": UNTIL, "next_at": UNTIL}


def person(*history: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a row, with a history as JSON text."""
    return {"ref": "p", "history": json.dumps(history)} | members


def night(*people: dict[str, Any], at: datetime = AT) -> list[dict[str, Any]]:
    """Colour people; return what comes out, without what is null."""
    names = ["ref", "history", "color", "reason", "until", "rule", "next_at", "cti"]
    columns = {name: [one.get(name) for one in people] for name in names}
    done = recolor_batch(pa.RecordBatch.from_pydict(columns), RULES, at=at)
    assert done.schema.equals(RECOLORED)
    return [{name: value for name, value in row.items() if value is not None} for row in done.to_pylist()]


class TestNight:
    def test_nothing_comes_of_what_stays(self) -> None:
        """Who is green and stays green, and who is yellow as before, is not in what comes out."""
        assert night(person(**GREEN), person(MET, **YELLOW)) == []

    def test_a_new_person_is_coloured(self) -> None:
        """Of whom nothing was stated, the colour comes out; nothing is withdrawn."""
        assert night(person()) == [{"ref": "p", "outcome": "changed", "color": "green", "rule": "clear"}]

    def test_a_stricter_colour_withdraws_the_code(self) -> None:
        """Green turns yellow: the new colour with reason, end and why, and the cti of the code to withdraw."""
        (row,) = night(person(MET, **GREEN))
        assert row == {
            "ref": "p",
            "outcome": "changed",
            **YELLOW,
            "event": "exposure",
            "event_at": datetime(2022, 7, 1, 1, tzinfo=UTC),
            "withdraw": CTI,
        }

    def test_a_milder_colour_withdraws_nothing(self) -> None:
        """Yellow turns green: the old code harms nobody but its holder, and ends by itself."""
        (row,) = night(person(MET, **YELLOW | {"cti": CTI}), at=UNTIL)
        assert row == {"ref": "p", "outcome": "changed", "color": "green", "rule": "clear"}

    def test_no_code_is_stricter_than_yellow(self) -> None:
        """Where no code is issued, yellow and green are withdrawn, and red is not (CLR-16.2)."""
        rules = ColorRules.read(
            table({"id": "closed", "lacking": {"event": "declaration", "hours": 1}, "say": SAY})
        )
        columns = {"history": ["[]"] * 3, "color": ["green", "yellow", "red"], "cti": [CTI] * 3}
        done = recolor_batch(pa.RecordBatch.from_pydict(columns), rules, at=AT).to_pylist()
        assert [(row["color"], row["withdraw"]) for row in done] == [(None, CTI), (None, CTI), (None, None)]

    def test_a_review_comes_before_a_colour(self) -> None:
        """A colour that a person confirms is not to be stated yet, and withdraws nothing."""
        (row,) = night(person(HOT, **GREEN))
        assert (row["outcome"], row["color"], row.get("withdraw")) == ("review", "yellow", None)

    def test_meanwhile_the_other_rules_decide(self) -> None:
        """A contact whose red waits for a person is yellow until then, and asked about each night."""
        red = {"id": "first", "on": {"event": "test", "result": "positive"}, "color": "red", "reason": "symptoms"}
        met = {"id": "met", "on": {"event": "exposure"}, "color": "yellow", "reason": "exposure", "say": SAY}
        rules = ColorRules.read(table(red | {"review": True, "say": SAY}, met))
        positive = {"event": "test", "at": "2022-07-01T20:00:00Z", "kind": "antigen", "result": "positive"}
        history = json.dumps([MET, positive])
        first = pa.RecordBatch.from_pydict({"history": [history], "color": ["green"], "cti": [CTI]})
        found = recolor_batch(first, rules, at=AT).to_pylist()
        assert [(row["outcome"], row["color"], row["withdraw"]) for row in found] == [
            ("review", "red", None),
            ("changed", "yellow", CTI),
        ]
        kept = {name: [found[1][name]] for name in ("color", "reason", "until", "rule", "next_at")}
        second = pa.RecordBatch.from_pydict({"history": [history], **kept})
        assert [row["outcome"] for row in recolor_batch(second, rules, at=AT).to_pylist()] == ["review"]

    def test_what_was_confirmed_is_not_asked_again(self) -> None:
        """Where the colour of the rule is stated already, only its end changes."""
        confirmed = {"color": "yellow", "reason": "symptoms", "rule": "fever", "until": UNTIL}
        (row,) = night(person(HOT, **confirmed))
        assert row["outcome"] == "changed"

    def test_a_later_change_is_to_be_kept(self) -> None:
        """Nothing changes but the time at which something will."""
        planned = MET | {"at": "2022-07-05T09:00:00+08:00"}
        (row,) = night(person(planned, **GREEN))
        assert row == {
            "ref": "p",
            "outcome": "later",
            "color": "green",
            "rule": "clear",
            "next_at": datetime(2022, 7, 5, 1, tzinfo=UTC),
        }

    @pytest.mark.parametrize(
        "members",
        [
            {"history": None},
            {"history": "[{}]"},
            {"history": '{"event": "release"}'},
            {"history": "["},
            {"history": "[[1]]"},
            {"history": json.dumps([HOT] * 1_001)},
            {"color": "grey"},
            {"until": "yesterday"},
            {"cti": "a0"},
        ],
    )
    def test_a_row_that_cannot_be_read_comes_out(self, members: dict[str, Any]) -> None:
        """It says why, and the others are coloured."""
        wrong, good = night({"ref": "w", "history": "[]", "until": None} | members, person(ILL))
        assert wrong.keys() == {"ref", "error"}
        assert good["color"] == "red"

    def test_columns_are_checked(self) -> None:
        """A column that nobody knows is an error of all of it."""
        with pytest.raises(InputError, match="history"):
            recolor_batch(pa.RecordBatch.from_pydict({"ref": ["a"]}), RULES, at=AT)
        with pytest.raises(InputError, match="histroy"):
            recolor_batch(pa.RecordBatch.from_pydict({"histroy": ["[]"]}), RULES, at=AT)
        strange = pa.array([[{"event": "release", "when": "x"}]])
        with pytest.raises(InputError, match=r"history\.when"):
            recolor_batch(pa.RecordBatch.from_arrays([strange], ["history"]), RULES, at=AT)


class TestForms:
    """The same histories in each form."""

    @given(st.lists(st.builds(Chance, st.integers(0, 2**64 - 1)), min_size=1, max_size=6))
    @settings(max_examples=25, deadline=None)
    def test_structs_and_text_are_the_same(self, people: list[Chance]) -> None:
        """Lists of structs, JSON text and `color_of` give one result; done again, nothing comes out."""
        rules, at = people[0].rules, people[0].moment
        records = [[event.record() for event in one.history] for one in people]
        structs = pa.array(
            [[event | {"at": datetime.fromisoformat(event["at"])} for event in one] for one in records],
            pa.list_(
                pa.struct(
                    {
                        "event": pa.string(),
                        "at": pa.timestamp("us", tz="UTC"),
                        "kind": pa.string(),
                        "level": pa.int32(),
                        "result": pa.string(),
                        "healthy": pa.bool_(),
                    }
                )
            ),
        )
        texts = pa.array([json.dumps(one) for one in records])
        refs = pa.array([str(number) for number in range(len(people))])
        first, second = (
            recolor_batch(pa.RecordBatch.from_arrays([refs, one], ["ref", "history"]), rules, at=at)
            for one in (structs, texts)
        )
        assert first.equals(second)
        for row, one in zip(first.to_pylist(), people, strict=True):
            coloring = color_of(one.history, rules, at=at)
            assert row["color"] == (None if coloring.color is None else coloring.color.label)
            assert (row["until"], row["next_at"]) == (coloring.until, coloring.next_at)
            assert row["rule"] == coloring.why.rule.id
        kept = ["color", "reason", "until", "rule", "next_at"]
        again = pa.RecordBatch.from_arrays(
            [refs, texts, *(first.column(name) for name in kept)], ["ref", "history", *kept]
        )
        stated = [not rules.rules[0].review for _ in people]
        assert all(stated)
        assert recolor_batch(again, rules, at=at).num_rows == 0

    @given(st.builds(Chance, st.integers(0, 2**64 - 1)))
    @settings(max_examples=60, deadline=None)
    def test_a_run_by_next_at_misses_nothing(self, one: Chance) -> None:
        """Who is coloured only when `next_at` has come has the colour of who is coloured each hour."""
        kept = color_of(one.history, one.rules, at=one.moment)
        for hours in range(1, 120):
            hour = one.moment + timedelta(hours=hours)
            if kept.next_at is not None and kept.next_at <= hour:
                kept = color_of(one.history, one.rules, at=hour)
            fresh = color_of(one.history, one.rules, at=hour)
            assert (kept.color, kept.until, kept.why) == (fresh.color, fresh.until, fresh.why)


class TestTask:
    def test_works_on_files(self, tmp_path: Path) -> None:
        """From a file to parts; a second call does nothing again."""
        rows: list[dict[str, Any]] = [{"history": [HOT if number % 10 else MET], **GREEN} for number in range(40)]
        rows += [{"ref": "same", "history": [], **GREEN}] * 60
        source = tmp_path / "people.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
        task = Recoloring(rules=RULES, at=AT)
        for _ in range(2):
            done = work_locally(task, source, tmp_path / "out", batch=10)
            assert done.counts == {"changed": 4, "review": 36, "unchanged": 60}
            assert done.rows == 100
        lines = "".join(path.read_text() for path in sorted((tmp_path / "out").glob("part-*"))).splitlines()
        assert len(lines) == 40
        assert json.loads(lines[0])["withdraw"] == CTI

    def test_is_sent_to_other_machines(self) -> None:
        """A task is pickled, gives batches to batches, and Spark knows its columns."""
        task = pickle.loads(pickle.dumps(Recoloring(rules=RULES, at=AT)))
        assert task == Recoloring(rules=RULES, at=AT)
        (batch,) = task([pa.RecordBatch.from_pydict({"history": [json.dumps([ILL])]})])
        assert batch.to_pylist()[0]["color"] == "red"
        assert spark_schema(task.columns).startswith("ref string, outcome string, color string")

    def test_other_rules_are_other_work(self) -> None:
        """What a folder holds is told apart by the digest of the rules."""
        other = ColorRules.read(table())
        assert Recoloring(rules=RULES, at=AT).terms() != Recoloring(rules=other, at=AT).terms()

    def test_strictness_is_one_order(self) -> None:
        """What is withdrawn follows the order in which rules stand."""
        assert STRICTEST == (Color.RED, None, Color.YELLOW, Color.GREEN)
        assert read_history(b"[]") == ()
