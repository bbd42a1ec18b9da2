"""Counts of what gates did: they merge in any order, and what is published tells of nobody."""

# ruff: noqa: E501 - tables are read by their columns

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import Color, HealthCode, Issuer, Registry, SigningKey, Verifier
from healthpass.deciding import (
    Action,
    Cell,
    Decision,
    Ground,
    OfficeDocument,
    SourceError,
    Tally,
    fluency,
    index_of,
    merged,
    publishable,
    read_index,
    read_policy,
    to_json,
    to_prometheus,
)

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples" / "policies"
AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
HOUR = int(AT.timestamp()) // 3600
LATER = AT + timedelta(days=2)
GREEN = """{"names": {"zh": "规则", "en": "Rules"}, "zone": 480,
  "rules": [{"id": "green", "when": {"color": ["green"]}, "then": "admit"}]}"""
GATES = ["CN-33-01/east", "CN-33-01/west", "CN-37/port"]
CELLS = st.builds(
    Cell,
    hour=st.integers(HOUR, HOUR + 3),
    gate=st.sampled_from(GATES),
    verdict=st.sampled_from(["valid", "expired"]),
    color=st.sampled_from([None, "green", "red"]),
    action=st.sampled_from([None, "admit", "turn-back"]),
    issuer=st.sampled_from([None, "CN-33", "CN-34"]),
)
TALLIES = st.dictionaries(CELLS, st.integers(1, 40), max_size=30).map(Tally)


class TestTally:
    @given(TALLIES, TALLIES, TALLIES)
    def test_merges_in_any_order(self, one: Tally, two: Tally, three: Tally) -> None:
        """Merging is associative and commutative, and nothing is a tally that changes none."""
        assert (one + two) + three == one + (two + three) == merged([three, one, two])
        assert one + two == two + one
        assert one + Tally() == one

    @given(TALLIES)
    def test_goes_through_json(self, tally: Tally) -> None:
        """What is written is read, and written the same."""
        assert Tally.from_json(tally.to_json()) == tally
        assert Tally.from_json(tally.to_json()).to_json() == tally.to_json()

    def test_counts_judgements(self) -> None:
        """Of a judgement it takes the verdict, the colour and the province of the issuer, and of now the hour."""
        issuer = Issuer("CN-34-01.WJW", signer=SigningKey.generate(), lifetime=timedelta(hours=2))
        text = issuer.issue(HealthCode(color=Color.GREEN, holder="张*丰"), at=AT, accept=["expired"]).text
        gate = Verifier(Registry.pinned({issuer.id: [issuer.public_key]}))
        tally = Tally()
        tally.count(gate.judge(text, at=AT), gate=GATES[0], at=AT, decision=Decision(action=Action.ADMIT))
        tally.count(gate.judge(text, at=AT), gate=GATES[0], at=AT, decision=Decision(ground=Ground.ASKS))
        tally.count(gate.judge(text, at=AT), gate=GATES[0], at=AT)
        tally.count(gate.judge("HP1:X", at=AT), gate=GATES[0], at=AT)
        assert set(tally.cells) == {
            Cell(HOUR, GATES[0], "valid", "green", "admit", "CN-34"),
            Cell(HOUR, GATES[0], "valid", "green", "asks", "CN-34"),
            Cell(HOUR, GATES[0], "valid", "green", None, "CN-34"),
            Cell(HOUR, GATES[0], "malformed-text", None, None, None),
        }
        tally.count(None, gate=GATES[0], at=AT, decision=Decision(action=Action.ADMIT))
        assert tally.cells[Cell(HOUR, GATES[0], "no-code", None, "admit", None)] == 1
        policy = OfficeDocument(issuer=issuer.id, issued=AT, expires=LATER, content=read_policy(GREEN))
        follows = Verifier(Registry.pinned({issuer.id: [issuer.public_key]}), policy=policy)
        tally.count(follows.judge(text, at=AT), gate=GATES[1], at=AT)
        assert tally.cells[Cell(HOUR, GATES[1], "valid", "green", "admit", "CN-34")] == 1
        assert "张" not in tally.to_json().decode()
        with pytest.raises(ValueError, match="expected REGION/name"):
            tally.count(gate.judge(text, at=AT), gate="east", at=AT)

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"[]", "expected a tally"),
            (b'{"v": 2, "cells": []}', "expected a tally"),
            (b'{"v": 1, "cells": {}}', "expected an array"),
            (b'{"v": 1, "cells": [[1, 2]]}', r"cells\[0\]: expected an array of hour, gate"),
            (b'{"v": 1, "cells": [[1, "CN/a", "valid", null, null, null, 0]]}', r"cells\[0\].number: found 0"),
            (b'{"v": 1, "cells": [[true, "CN/a", "valid", null, null, null, 1]]}', r"cells\[0\].hour: found True"),
            (
                b'{"v": 1, "cells": [[1, "Zhang", "valid", null, null, null, 1]]}',
                r"cells\[0\].gate: found 'Zhang'",
            ),
            (
                b'{"v": 1, "cells": [[1, "CN/a", "good", null, null, null, 1]]}',
                r"cells\[0\].verdict: found 'good'",
            ),
            (
                b'{"v": 1, "cells": [[1, "CN/a", "valid", "blue", null, null, 1]]}',
                r"cells\[0\].color: found 'blue'",
            ),
            (b'{"v": 1, "cells": [[1, "CN/a", "valid", null, "go", null, 1]]}', r"cells\[0\].action: found 'go'"),
            (b'{"v": 1, "cells": [[1, "CN/a", "valid", null, null, "CN-33-01-02", 1]]}', r"cells\[0\].issuer"),
        ],
    )
    def test_refuses_what_is_none(self, data: bytes, said: str) -> None:
        """Whatever is no tally is refused, with the place."""
        with pytest.raises(SourceError, match=said):
            Tally.from_json(data)


class TestPublished:
    @given(TALLIES)
    def test_no_cell_is_small(self, tally: Tally) -> None:
        """Each published cell has eleven or more; all are counted, or nothing is published."""
        published = publishable(tally, at=LATER)
        assert all(number >= 11 for number in published.values())
        total = tally.cells.total()
        assert sum(published.values()) == (total if total >= 11 and published else 0)
        assert bool(published) == (total >= 11)

    @given(TALLIES)
    def test_order_does_not_matter(self, tally: Tally) -> None:
        """What is published depends on the counts alone."""
        turned = Tally(dict(reversed(list(tally.cells.items()))))
        assert publishable(turned, at=LATER) == publishable(tally, at=LATER)

    def test_large_cells_stay(self) -> None:
        """A cell of eleven is published as it is, and a small one loses the issuer first."""
        large = Cell(HOUR, GATES[0], "valid", "green", "admit", "CN-33")
        small = [large._replace(issuer=f"CN-{number}") for number in (34, 35)]
        assert publishable(Tally({large: 11, small[0]: 5, small[1]: 6}), at=LATER) == {
            large: 11,
            large._replace(issuer=None): 11,
        }

    def test_what_is_left_is_joined(self) -> None:
        """One person alone is joined to the smallest cell, which then says nothing else."""
        large = Cell(HOUR, GATES[0], "valid", "green", "admit", "CN-33")
        alone = Cell(HOUR, GATES[2], "expired", None, None, None)
        assert publishable(Tally({large: 30, alone: 1}), at=LATER) == {Cell(*(None,) * 6): 31}
        assert publishable(Tally({alone: 10}), at=LATER) == {}

    def test_an_hour_is_published_when_it_has_ended(self) -> None:
        """Of an hour that goes on, nothing is published: the next person could be told from the difference."""
        tally = Tally({Cell(HOUR, GATES[0], "valid", "green", "admit", "CN-33"): 100})
        assert publishable(tally, at=AT) == {}
        assert publishable(tally, at=AT + timedelta(minutes=30)) == dict(tally.cells)

    def test_is_written_for_programs(self) -> None:
        """JSON has times and numbers; Prometheus has a line a cell, the hours added up."""
        cell = Cell(HOUR, GATES[0], "valid", "green", "admit", "CN-33")
        cells = {cell: 20, cell._replace(hour=HOUR + 1): 30}
        rows = json.loads(to_json(cells))["published"]
        assert rows[0]["hour"] == "2026-11-01T09:00:00Z"
        assert [row["number"] for row in rows] == [20, 30]
        assert to_prometheus(cells).splitlines()[2:] == [
            'healthpass_gate_people{gate="CN-33-01/east",verdict="valid",color="green",action="admit",issuer="CN-33"} 50'
        ]


class TestFluency:
    def counted(self, admitted: int, refused: int, gate: str = "CN-37/port") -> Tally:
        """Return a tally of green codes of Anhui."""
        cell = Cell(HOUR, gate, "valid", "green", "admit", "CN-34")
        return Tally(Counter({cell: admitted, cell._replace(action="turn-back"): refused}) - Counter())

    def test_tells_the_share(self) -> None:
        """The share of authentic green codes that is admitted, of each region by each region."""
        other = Tally({Cell(HOUR, "CN-37/port", "valid", "red", "turn-back", "CN-34"): 90})
        both = self.counted(30, 170) + self.counted(99, 1, "CN-33-01/east") + other
        assert [tuple(one) for one in fluency(both)] == [("CN-34", "CN-33", 1.0), ("CN-34", "CN-37", 0.15)]

    def test_tells_nothing_of_few(self) -> None:
        """Under eleven codes nothing is told, and one person of 109 cannot be told from none."""
        assert fluency(self.counted(10, 0)) == ()
        assert fluency(self.counted(108, 1)) == fluency(self.counted(109, 0))

    def test_counts_decisions_alone(self) -> None:
        """A gate that decides nothing refuses nobody."""
        cell = Cell(HOUR, "CN-37/port", "valid", "green", None, "CN-34")
        assert fluency(Tally({cell: 100})) == ()


class TestIndex:
    TABLE = "name,side,weight,source,en,zh\nrecognition,fluency,0.6,reported,Codes,互认\nnews,control,1,example,News,消息\n"

    def test_is_a_weighted_mean(self) -> None:
        """Each side is the weighted mean of its indicators."""
        rows = read_index(self.TABLE + "jobs,fluency,0.2,example,Jobs,复工\n")
        values = {"recognition": 1.0, "jobs": 0.5, "news": 0.25}
        assert index_of(rows, values) == {"fluency": 87.5, "control": 25.0}
        with pytest.raises(ValueError, match="jobs: found None"):
            index_of(rows, {"recognition": 1.0, "news": 1.0})

    @pytest.mark.parametrize(
        "row", ["a,both,1,example,A,甲", "a,control,0,example,A,甲", "a,control,x,example,A,甲", "a,control,1"]
    )
    def test_refuses_other_rows(self, row: str) -> None:
        """A row with another side, without a weight, or of other cells is refused."""
        with pytest.raises(SourceError, match="line 4"):
            read_index(self.TABLE + row)
        with pytest.raises(SourceError, match="line 1"):
            read_index(row)

    def test_the_example_has_twelve_indicators(self) -> None:
        """Five of control and seven of fluency, whose weights add up; one is reported, the others are examples."""
        rows = read_index((EXAMPLES / "index.csv").read_text("utf-8"))
        assert Counter(row.side for row in rows) == {"control": 5, "fluency": 7}
        assert [row.name for row in rows if row.source == "reported"] == ["code-recognition"]
        for side in ("control", "fluency"):
            assert sum(row.weight for row in rows if row.side == side) == pytest.approx(1)
        assert index_of(rows, dict.fromkeys([row.name for row in rows], 0.5)) == {"control": 50.0, "fluency": 50.0}
