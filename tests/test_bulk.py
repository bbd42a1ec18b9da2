"""Batches of Arrow: as many rows out as in, in their order, and what is wrong with one changes no other."""

import json
import multiprocessing
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorities import Region
from forging import ISSUER, KEY, NOW, REGISTRY, issued
from healthpass import Color, HealthCode, Reason, Verifier
from healthpass.bulk import (
    VERIFIED,
    WITHDRAWN,
    InputError,
    Task,
    Verifying,
    Withdrawing,
    spark_schema,
    verify_batch,
    withdraw_batch,
)
from healthpass.ledger import LedgerError, TooManyCodesError
from healthpass.store import StoreError, TrustStore
from listing import PLACED, add_office
from offices import Office

GATE: Final = Verifier(REGISTRY)
GOOD: Final = issued()
RED: Final = issued(HealthCode(color=Color.RED, reason=Reason.RISK_AREA))
TEXTS: Final = [GOOD, RED, issued(at=NOW - timedelta(days=3)), GOOD.lower(), GOOD[:-1], "", "HP2:A", "\0", "坏"]
BAD_UTF8: Final = [b"\xff", b"a\xc3", b"\xed\xa0\x80"]


def verified(columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Verify a batch, and return its rows without what they do not say."""
    return said(verify_batch(pa.RecordBatch.from_pydict(columns), GATE, at=NOW))


def said(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return the rows of a batch without what they do not say."""
    return [{name: cell for name, cell in row.items() if cell is not None} for row in batch.to_pylist()]


def text_array(cells: list[bytes | None]) -> pa.Array:
    """Return a column of text that holds any bytes, as a file may have them."""
    return pa.array(cells, pa.binary()).view(pa.string())


cells = st.one_of(
    st.none(),
    st.sampled_from(TEXTS).map(str.encode),
    st.sampled_from(BAD_UTF8),
    st.text(max_size=60).map(str.encode),
    st.binary(max_size=20),
)
json_lines = st.one_of(
    cells,
    st.fixed_dictionaries({}, optional={"text": st.sampled_from([*TEXTS, 5, None, [1]]), "ref": st.text()}).map(
        lambda row: json.dumps(row).encode()
    ),
)


class TestVerifyBatch:
    def test_tells_whose_a_code_is(self) -> None:
        """Of a valid code stand colour, issuer, times, cti and kid; of another one the verdict, and no claim."""
        red, late = verified({"text": [RED, TEXTS[2]], "ref": ["a", "b"]})
        assert red == {
            "ref": "a",
            "verdict": "valid",
            "outcome": "valid",
            "color": "red",
            "reason": "risk-area",
            "issuer": ISSUER,
            "valid_from": NOW,
            "expires_at": NOW + timedelta(days=1),
            "cti": GATE.verify(RED, at=NOW).cti.hex(),
            "kid": KEY.public_key.kid.hex(),
        }
        assert late.keys() == {"ref", "verdict", "outcome", "message"}
        assert (late["verdict"], late["outcome"]) == ("expired", "not valid")

    @given(st.lists(st.tuples(cells, cells), max_size=8))
    def test_a_row_comes_to_the_same_in_any_company(self, rows: list[tuple[bytes | None, bytes | None]]) -> None:
        """A row alone, and among others of any kind, comes to the same, at its place."""
        refs, texts = ([row[i] for row in rows] for i in (0, 1))
        batch = pa.RecordBatch.from_arrays([text_array(refs), text_array(texts)], names=["ref", "text"])
        done = verify_batch(batch, GATE, at=NOW)
        assert done.schema == VERIFIED
        assert done.num_rows == len(rows)
        for number in range(len(rows)):
            alone = verify_batch(batch.slice(number, 1), GATE, at=NOW)
            assert alone.to_pylist() == done.slice(number, 1).to_pylist()

    @given(st.lists(json_lines, max_size=8))
    def test_a_row_of_json_too(self, lines: list[bytes | None]) -> None:
        """So does a row that is a JSON object, or something else."""
        batch = pa.RecordBatch.from_arrays([text_array(lines)], names=["json"])
        done = verify_batch(batch, GATE, at=NOW).to_pylist()
        assert len(done) == len(lines)
        for number, row in enumerate(done):
            assert verify_batch(batch.slice(number, 1), GATE, at=NOW).to_pylist() == [row]
            assert (row["verdict"] is None) != (row["error"] is None)

    @pytest.mark.parametrize(
        ("line", "error"),
        [
            ("", "unreadable: it is not JSON: expecting value at character 1"),
            ("[]", "unreadable: it is not a JSON object"),
            ("{}", "missing: there is no text"),
            ('{"text": null}', "missing: there is no text"),
            ('{"text": 5}', "unreadable: text must be a text"),
            ('{"text": "a", "ref": 5}', "unreadable: ref must be a text"),
            ('{"text": "a", "colour": "red"}', "unreadable: there is no such member as 'colour'"),
            (
                '{"text": "a", "text": "b"}',
                "unreadable: a member is there twice, and which one counts would depend",
            ),
            ('{"text": "a", "ref": "\\ud800"}', "unreadable: it holds the half of a character"),
            ('{"text": NaN}', "unreadable: NaN is no number"),
            ('{"text": -Infinity}', "unreadable: -Infinity is no number"),
            ('{"text": ' + "9" * 5000 + "}", "unreadable: it is not read: a number is too long"),
            ("[" * 60_000, "unreadable: it is not read: arrays and objects are nested too deeply"),
            ('{"text": "' + "A" * 65_536 + '"}', "unreadable: it has 65,548 characters, and 65,536 are the most"),
            ('{"text": "a", "error": "stock: none left"}', "stock: none left"),
            ('{"text": "a", "error": 5}', "unreadable: error: it is no text"),
            (None, "unreadable: there is no JSON"),
        ],
    )
    def test_json_that_is_no_row(self, line: str | None, error: str) -> None:
        """Each line that cannot be a row says why, and repeats no value."""
        first, second = verified({"json": [line, f'{{"text": "{RED}"}}']})
        assert first["error"].startswith(error)
        assert second["verdict"] == "valid"

    def test_what_was_wrong_before_is_handed_on(self) -> None:
        """A row with an error is not judged, and its error stays."""
        done = verified({"text": [GOOD, GOOD], "error": [None, "stock: none left"], "ref": ["a", "b"]})
        assert done[0]["verdict"] == "valid"
        assert done[1] == {"ref": "b", "error": "stock: none left"}

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ({"ref": ["a"]}, "the column 'text' is missing"),
            ({"text": ["a"], "txet": ["a"]}, "nobody knows the column 'txet'; there are ref, text, error"),
            ({"text": ["a"], "b": ["a"], "a\n" * 50: ["a"]}, r"nobody knows the columns 'b', 'a\\na"),
            ({"text": [5]}, "the column 'text' holds text, and here it is of the type int64"),
            ({"text": [b"a"]}, "the column 'text' holds text, and here it is of the type binary"),
            ({"json": ["{}"], "text": ["a"]}, "nobody knows the column 'text'; there are json, error"),
        ],
    )
    def test_other_columns_are_an_error_of_all(self, columns: dict[str, Any], message: str) -> None:
        """A column that nobody knows, is missing or holds something else is named."""
        with pytest.raises(InputError, match=message):
            verified(columns)

    def test_a_column_that_is_there_twice(self) -> None:
        """Which one would count? None."""
        column = pa.array([GOOD])
        with pytest.raises(InputError, match="the column 'text' is there twice"):
            verify_batch(pa.RecordBatch.from_arrays([column, column], names=["text", "text"]), GATE)

    @pytest.mark.parametrize(
        "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
    )
    def test_text_of_any_type(self, kind: pa.DataType) -> None:
        """Text is text, however Arrow keeps it, and the order of columns does not matter."""
        batch = pa.RecordBatch.from_arrays(
            [pa.array([RED, None]).cast(kind), pa.array(["a", "b"])], ["text", "ref"]
        )
        done = said(verify_batch(batch, GATE, at=NOW))
        assert [row.get("color") for row in done] == ["red", None]
        other = verify_batch(batch.select(["ref", "text"]), GATE, at=NOW)
        assert said(other) == done

    def test_nothing(self) -> None:
        """Of no rows come no rows; and a column without values has any type."""
        assert verified({"text": []}) == []
        assert verified({"text": pa.nulls(1), "ref": ["a"]}) == [
            {"ref": "a", "error": "missing: there is no text"}
        ]

    def test_a_wrong_time_is_the_callers(self) -> None:
        """A time without a zone is no verdict on anybody."""
        with pytest.raises(ValueError, match="zone"):
            verify_batch(pa.RecordBatch.from_pydict({"text": [GOOD]}), GATE, at=datetime(2026, 11, 1))  # noqa: DTZ001


class TestWithdrawBatch:
    WHO: Final[dict[str, Any]] = {"by": "officer 4", "why": "a bad reagent"}

    def test_withdraws(self, office: Office) -> None:
        """Each code that is named is withdrawn, in one step; the others are as they were."""
        codes = office.issue(4)
        ctis = [code.cti.hex() for code in codes[:2]]
        lines = office.ledger.head().number
        batch = pa.RecordBatch.from_pydict({"cti": ctis, "ref": ["a", None]})
        done = withdraw_batch(batch, office.ledger, **self.WHO)
        assert done.schema == WITHDRAWN
        assert said(done) == [
            {"ref": "a", "cti": ctis[0], "outcome": "withdrawn"},
            {"cti": ctis[1], "outcome": "withdrawn"},
        ]
        assert office.ledger.head().number == lines + 1
        assert not office.ledger.rehearse([codes[0].cti, codes[1].cti]).revoked
        assert office.ledger.rehearse([codes[2].cti, codes[3].cti]).revoked == 2

    def test_again_comes_to_the_same(self, office: Office) -> None:
        """A batch that is done twice, or names a code twice, tells the same, and the log has one line."""
        cti = office.issue()[0].cti.hex()
        batch = pa.RecordBatch.from_pydict({"cti": [cti, cti]})
        first = withdraw_batch(batch, office.ledger, **self.WHO)
        head = office.ledger.head()
        assert withdraw_batch(batch, office.ledger, **self.WHO).equals(first)
        assert office.ledger.head() == head

    @pytest.mark.parametrize(
        ("cti", "error"),
        [
            (
                "00" * 12,
                "unknown-code: the ledger knows no such code: it was not issued from here, or is forgotten",
            ),
            ("00" * 11, "unreadable: cti: expected 24 hexadecimal digits"),
            ("x", "unreadable: cti: expected 24 hexadecimal digits"),
            (None, "missing: there is no cti"),
        ],
    )
    def test_a_wrong_row_stops_no_other(self, office: Office, cti: str | None, error: str) -> None:
        """What names no code of this ledger is an error of its row."""
        good = office.issue()[0].cti.hex()
        done = said(
            withdraw_batch(pa.RecordBatch.from_pydict({"cti": [good, cti, good]}), office.ledger, **self.WHO)
        )
        assert [row.get("outcome") for row in done[::2]] == ["withdrawn"] * 2
        assert done[1]["error"] == error

    @pytest.mark.parametrize("kind", [pa.binary(), pa.binary(12), pa.large_binary()])
    def test_ctis_as_bytes(self, office: Office, kind: pa.DataType) -> None:
        """A cti may be 12 bytes."""
        code = office.issue()[0]
        batch = pa.RecordBatch.from_arrays([pa.array([code.cti, None], kind)], names=["cti"])
        done = said(withdraw_batch(batch, office.ledger, **self.WHO))
        assert done[0] == {"cti": code.cti.hex(), "outcome": "withdrawn"}
        assert done[1]["error"].startswith("missing")

    def test_no_more_than_was_agreed(self, office: Office) -> None:
        """Where more would be withdrawn, none is."""
        ctis = [code.cti.hex() for code in office.issue(3)]
        batch = pa.RecordBatch.from_pydict({"json": [json.dumps({"cti": cti}) for cti in ctis]})
        with pytest.raises(TooManyCodesError):
            withdraw_batch(batch, office.ledger, **self.WHO, at_most=2)
        assert office.ledger.rehearse([bytes.fromhex(cti) for cti in ctis]).revoked == 3
        assert len(withdraw_batch(batch, office.ledger, **self.WHO, at_most=3)) == 3

    def test_by_ref(self, office: Office) -> None:
        """Where a ref leads to a cti, refs name the codes; a cti beside it is refused."""
        codes = office.issue(2)
        known = {f"r{number}": code.cti for number, code in enumerate(codes)}

        def cti_of(ref: str) -> bytes:
            if ref not in known:
                raise ValueError("no such ref")
            return known[ref]

        batch = pa.RecordBatch.from_pydict({"ref": ["r1", "r7", None]})
        done = said(withdraw_batch(batch, office.ledger, **self.WHO, cti_of=cti_of))
        assert done[0] == {"ref": "r1", "cti": known["r1"].hex(), "outcome": "withdrawn"}
        assert [row["error"] for row in done[1:]] == ["unreadable: ref: no such ref", "missing: there is no ref"]
        assert office.ledger.rehearse([codes[0].cti]).revoked == 1
        with pytest.raises(InputError, match="'cti' beside it"):
            withdraw_batch(
                pa.RecordBatch.from_pydict({"ref": ["r1"], "cti": ["x"]}), office.ledger, **self.WHO, cti_of=cti_of
            )


def in_a_fork(function: Callable[[], object]) -> object:
    """Return what a function returns in a process that was forked."""
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    process = context.Process(target=lambda: results.put(function()))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    return results.get()


class TestTasks:
    """A task is a description, which any process can open."""

    def test_verifies(self) -> None:
        """Batches go in, and batches come out, large ones in pieces."""
        task = pickle.loads(pickle.dumps(Verifying(keys={ISSUER: [KEY.public_key]}, at=NOW)))
        batches = [
            pa.RecordBatch.from_pydict({"text": [text] * count}) for text, count in ((GOOD, 1), ("x", 25_000))
        ]
        done = list(task(iter(batches)))
        assert [batch.num_rows for batch in done] == [1, 10_000, 10_000, 5_000]
        assert [batch["verdict"][0].as_py() for batch in done] == ["valid"] + ["malformed-text"] * 3
        assert list(task([])) == []

    def test_of_a_store(self, tmp_path: Path) -> None:
        """A trust store is opened when the first batch comes, and what it trusts is asked for each batch."""
        zhejiang = Region("CN-33")
        office = add_office(zhejiang, ISSUER)
        zhejiang.publish()
        task = Verifying(trust=str(tmp_path / "gate"), at=NOW)
        batch = pa.RecordBatch.from_pydict({"text": [office.issue(PLACED)]})
        with pytest.raises(StoreError):
            list(task([batch]))
        store = TrustStore.create(tmp_path / "gate")
        store.pin_document(zhejiang.roots[0], digest=zhejiang.pin.digest, at=NOW)
        assert [row["verdict"] for done in task([batch]) for row in said(done)] == ["registry-stale"]
        store.update(zhejiang.bundle() + office.status_list(), at=NOW)
        assert [row["verdict"] for done in task([batch]) for row in said(done)] == ["valid"]

    @pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
    def test_of_a_ledger_after_a_fork(self, office: Office) -> None:
        """A process that was forked opens the ledger again, and the first one goes on with its own."""
        ctis = [code.cti.hex() for code in office.issue(3)]
        task = Withdrawing(ledger=str(office.path), by="officer 4", why="a bad reagent")

        def withdraw(cti: str) -> list[dict[str, Any]]:
            return [row for batch in task([pa.RecordBatch.from_pydict({"cti": [cti]})]) for row in said(batch)]

        assert withdraw(ctis[0])[0]["outcome"] == "withdrawn"
        assert in_a_fork(lambda: withdraw(ctis[1])) == [{"cti": ctis[1], "outcome": "withdrawn"}]
        assert withdraw(ctis[2])[0]["outcome"] == "withdrawn"
        assert not office.ledger.rehearse(map(bytes.fromhex, ctis)).revoked

    def test_is_opened_again_after_an_error(self, office: Office) -> None:
        """What has failed is not used again: the next batch opens the ledger anew."""
        cti = office.issue()[0].cti.hex()
        task = Withdrawing(ledger=str(office.path), by="officer 4", why="a bad reagent", at_most=1)
        batch = pa.RecordBatch.from_pydict({"cti": [cti]})
        moved = office.path.with_name("elsewhere")
        office.path.rename(moved)
        for _ in range(2):
            with pytest.raises(LedgerError):
                list(task([batch]))
        moved.rename(office.path)
        assert said(next(task([batch])))[0]["outcome"] == "withdrawn"

    @pytest.mark.parametrize(
        "wrong",
        [
            Verifying,
            lambda: Verifying(trust="gate", keys={}),
            lambda: Verifying(trust="gate", waive=frozenset({"expired"})),
            lambda: Verifying(keys={"nobody": [KEY.public_key]}),
            lambda: Withdrawing(ledger="postgresql://office:secret@db/ledger", by="a", why="b"),
            lambda: Withdrawing(ledger="postgresql://db/ledger?user=office&password=", by="a", why="b"),
        ],
    )
    def test_what_is_wrong_is_refused_at_once(self, wrong: Callable[[], Task]) -> None:
        """A task that no process could do, or that would carry a password to others, is not made."""
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - each in its own words
            wrong()
        assert "secret" not in str(caught.value)

    def test_for_spark(self) -> None:
        """The columns that come out are told in Spark's words."""
        assert spark_schema(WITHDRAWN) == "ref string, cti string, outcome string, error string"
        assert "valid_from timestamp" in spark_schema(VERIFIED)
