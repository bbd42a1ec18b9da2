"""Issuing in bulk: a code for each row of a run, or what is wrong with it."""

import json
import os
import pickle
import signal
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forging import ISSUER, KEY, REGISTRY
from healthpass import (
    Color,
    Departure,
    HolderKey,
    Issuer,
    LabMethod,
    LabResult,
    LabTest,
    Reason,
    Recovery,
    UnknownEvidence,
    Vaccination,
    Verified,
    Verifier,
    bind_document,
)
from healthpass.bulk import (
    ISSUED,
    InputError,
    Issuing,
    MeansError,
    OutputError,
    Withdrawing,
    issue_batch,
    run_of,
    spark_schema,
    work_locally,
)
from healthpass.ledger import RunTerms, Selection, SqliteLedger
from test_bulk_local import ENDS_WITHIN, gone, parts, running, wait_for

DAY: Final = timedelta(days=1)
START: Final = datetime.now(UTC).replace(microsecond=0)
PHONE: Final = HolderKey.from_seed(b"only tests know of this 2 phone!")
CARD: Final = ("resident-id", "11010519491231002X")
GATE: Final = Verifier(REGISTRY, waive={"status-unknown", "presentation-required"})
TERMS: Final = RunTerms("night", START, DAY, timedelta(0), KEY.public_key.kid, "program", "negative test")


class Desk:
    """An office with a key and a ledger in a folder, and its run."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger"
        self.key = folder / "key.pem"
        self.key.write_text(KEY.to_pem())
        self.key.chmod(0o600)
        self.ledger = SqliteLedger.create(self.path, ISSUER)
        issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY, ledger=self.ledger)
        self.run = issuer.begin_run("night", at=START, by=TERMS.by, why=TERMS.why)

    def issue(self, columns: dict[str, Any]) -> list[dict[str, Any]]:
        """Issue a batch, and return its rows without what they do not say."""
        done = issue_batch(pa.RecordBatch.from_pydict(columns), self.run)
        assert done.schema == ISSUED
        return [{name: cell for name, cell in row.items() if cell is not None} for row in done.to_pylist()]

    def task(self, **changes: Any) -> Issuing:
        """Describe the work."""
        fields: dict[str, Any] = {"issuer": ISSUER, "key": str(self.key), "ledger": str(self.path), "run": TERMS}
        return Issuing(**fields | changes)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give an office that has begun a run."""
    desk = Desk(tmp_path)
    yield desk
    desk.ledger.close()


@pytest.fixture(scope="module")
def one_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give an office for many examples."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    yield desk
    desk.ledger.close()


def verified(text: str) -> Verified:
    """Verify a code at the start of its run."""
    return GATE.verify(text, at=START)


columns_of_text = st.lists(
    st.fixed_dictionaries(
        {
            "ref": st.sampled_from(["a", "b", "c", "d e", "", None, "\xff", "x" * 201]),
            "color": st.sampled_from(["green", "yellow", "grey", "", None, "GREEN", "0"]),
            "holder": st.sampled_from(["张*丰", "张三丰", None, " ", "a" * 49, "\u202e*"]),
            "reason": st.sampled_from(["risk-area", "boredom", None, "1"]),
            "until": st.sampled_from([None, "2026-12-01T00:00:00Z", "2026-12-01", "never"]),
            "evidence": st.sampled_from(
                [None, "[]", "[", "{}", '[{"type": "recovery", "day": "2026-01-15"}]', "[1]"]
            ),
        }
    ),
    max_size=6,
)


class TestIssueBatch:
    def test_issues_all_that_a_code_can_say(self, desk: Desk) -> None:
        """Each column comes to what it says in the code, and the document to an opening beside it."""
        evidence = [
            {"type": "test", "sampled_at": "2026-11-01T08:00:00+08:00", "result": "negative", "method": "naat"},
            {"type": "vaccination", "day": "2026-03-01", "dose": 3, "of": 2},
            {"type": "departure", "region": "CN-31", "day": "2026-11-01"},
            {"type": 77, "values": [1, "a"]},
        ]
        (row,) = desk.issue(
            {
                "ref": ["r1"],
                "color": ["yellow"],
                "holder": ["张*丰"],
                "reason": ["exposure"],
                "until": ["2026-12-24T00:00:00+08:00"],
                "residence": ["CN-33-01"],
                "origin": ["CN-31.WJW"],
                "document_type": [CARD[0]],
                "document_number": [CARD[1]],
                "evidence": [json.dumps(evidence)],
                "extensions": ['{"32": [1, {"5": "x"}]}'],
                "holder_key": [PHONE.public_key.to_bytes().hex()],
                "accept": ['["dose-above-series"]'],
            }
        )
        code = verified(row["text"])
        assert code.health.color is Color.YELLOW
        assert (code.health.holder, code.health.reason) == ("张*丰", Reason.EXPOSURE)
        assert code.health.until == datetime(2026, 12, 23, 16, tzinfo=UTC)
        assert (code.health.residence, code.health.origin) == ("CN-33-01", "CN-31.WJW")
        assert code.health.evidence == (
            LabTest(
                sampled_at=datetime(2026, 11, 1, tzinfo=UTC), result=LabResult.NEGATIVE, method=LabMethod.NAAT
            ),
            Vaccination(day=date(2026, 3, 1), dose=3, of=2),
            Departure(region="CN-31", day=date(2026, 11, 1)),
            UnknownEvidence(type=77, values=(1, "a")),
        )
        assert code.health.extensions == ((32, [1, {5: "x"}]),)
        assert code.holder_key == PHONE.public_key
        assert code.matches_document(*CARD, opening=json_bytes(row["opening"]))
        assert row["cti"] == code.cti.hex() == desk.run.cti_of("r1").hex()
        assert (row["valid_from"], row["expires_at"]) == (code.valid_from, code.expires_at) == (START, START + DAY)
        assert desk.ledger.history(code.cti)[0].by == "program"

    def test_nested_columns_say_the_same(self, desk: Desk) -> None:
        """Lists and structs, days, times and bytes of Arrow are read like text."""
        entry = pa.struct(
            {
                "type": pa.string(),
                "sampled_at": pa.timestamp("ns", tz="Asia/Shanghai"),
                "result": pa.dictionary(pa.int8(), pa.string()).value_type,
                "method": pa.int64(),
                "day": pa.date32(),
                "dose": pa.int8(),
                "of": pa.int64(),
                "region": pa.large_string(),
            }
        )
        sampled = datetime(2026, 11, 1, tzinfo=UTC)
        evidence = [
            {"type": "test", "sampled_at": sampled, "result": "negative", "method": 99},
            {"type": "recovery", "day": date(2026, 1, 15)},
            {"type": "vaccination", "day": date(2026, 3, 1), "dose": 2, "of": 2},
        ]
        binding = bind_document(*CARD).binding
        batch = pa.RecordBatch.from_arrays(
            [
                pa.array(["n1", "n2"]),
                pa.array(["yellow", "green"]).dictionary_encode(),
                pa.array([77, None], pa.int64()),
                pa.array([START + DAY * 30, None], pa.timestamp("s", tz="+08:00")),
                pa.array([binding, None], pa.binary(16)),
                pa.array([evidence, []], pa.list_(entry)),
                pa.array([None, PHONE.public_key.to_bytes()], pa.binary()),
                pa.array([["label-unmasked"], None], pa.list_(pa.string())),
                pa.array(["张三丰", None]),
                pa.nulls(2),
            ],
            ["ref", "color", "reason", "until", "binding", "evidence", "holder_key", "accept", "holder", "origin"],
        )
        first, second = issue_batch(batch, desk.run).to_pylist()
        health = verified(first["text"]).health
        assert health.evidence == (
            LabTest(sampled_at=sampled, result=LabResult.NEGATIVE, method=99),
            Recovery(day=date(2026, 1, 15)),
            Vaccination(day=date(2026, 3, 1), dose=2, of=2),
        )
        assert (health.reason, health.until, health.binding) == (77, START + DAY * 30, binding)
        assert verified(second["text"]).holder_key == PHONE.public_key

    def test_json_says_the_same(self, desk: Desk) -> None:
        """A row that is JSON has the members of the claims that `healthpass issue` reads, and three of its own."""
        claims = {"color": "green", "holder": "张*丰", "document": {"type": CARD[0], "number": CARD[1]}}
        columns = {"ref": ["a"], "color": ["green"], "holder": ["张*丰"], "document_type": [CARD[0]]}
        columns["document_number"] = [CARD[1]]
        assert desk.issue({"json": [json.dumps({"ref": "a", "accept": [], **claims})]}) == desk.issue(columns)

    def test_the_same_again(self, desk: Desk) -> None:
        """Whatever batch a ref comes in, it has its code; with other claims it has an error."""
        columns = {"ref": ["a", "b", "c"], "color": ["green"] * 3}
        first = desk.issue(columns)
        assert desk.issue(columns) == first
        assert desk.issue({"ref": ["c", "d", "a"], "color": ["green"] * 3})[::2] == [first[2], first[0]]
        (other,) = desk.issue({"ref": ["a"], "color": ["yellow"], "reason": ["risk-area"]})
        assert other["error"].startswith("ref-conflict: ")
        assert other.keys() == {"ref", "error"}

    @given(rows=columns_of_text)
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_a_row_comes_to_the_same_in_any_company(self, one_desk: Desk, rows: list[dict[str, Any]]) -> None:
        """Each row alone comes to what it came to among others, where it stood; as JSON too."""
        names = ["ref", "color", "holder", "reason", "until", "evidence"]
        columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in names}
        done = one_desk.issue(columns)
        assert len(done) == len(rows)
        for number, row in enumerate(done):
            alone = {name: column.slice(number, 1) for name, column in columns.items()}
            assert one_desk.issue(alone) == [row]
            assert ("text" in row) != ("error" in row)
        refs = [row["ref"] for row in done if "text" in row]
        texts = {row["ref"]: row["text"] for row in done if "text" in row}
        assert all(texts[row["ref"]] == row["text"] for row in done if "text" in row)
        assert len({*refs}) == len(texts)

    @pytest.mark.parametrize(
        ("row", "error"),
        [
            ({"color": "green"}, "missing: there is no ref"),
            ({"ref": 5, "color": "green"}, "bad-ref: ref must be a text"),
            ({"ref": "x y", "color": "green"}, "bad-ref: a ref has 1 to 200 characters"),
            ({"ref": "x"}, "bad-order: color: it is missing"),
            ({"ref": "x", "color": "grey"}, "bad-order: color: expected one of green, yellow, red"),
            ({"ref": "x", "color": "yellow"}, "bad-order: a yellow or red code must have a reason"),
            ({"ref": "x", "color": "green", "colour": 1}, "bad-order: colour: there is no such member"),
            ({"ref": "x", "color": "green", "document_type": "a"}, "bad-order: document_type: there is no such"),
            ({"ref": "x", "color": "green", "status": [3, 17]}, "bad-order: the ledger gives the code its place"),
            ({"ref": "x", "color": "green", "holder": "张三丰"}, "findings: label-unmasked: "),
            ({"ref": "x", "color": "green", "holder": 5}, "bad-order: holder: "),
            ({"ref": "x", "color": "green", "holder": "张" * 17}, "bad-order: holder: "),
            ({"ref": "x", "color": "green", "until": 1e308}, "bad-order: until: "),
            ({"ref": "x", "color": "yellow", "reason": 2**53}, "bad-order: reason: "),
            ({"ref": "x", "color": "yellow", "reason": 1.5}, "bad-order: reason: "),
            ({"ref": "x", "color": "green", "evidence": [{"type": "recovery"}]}, "bad-order: evidence[0].day: "),
            ({"ref": "x", "color": "green", "evidence": "[]"}, "bad-order: evidence: expected an array"),
            (
                {"ref": "x", "color": "green", "document": {"type": CARD[0]}},
                "bad-order: document: expected an object",
            ),
            ({"ref": "x", "color": "green", "document": [*CARD]}, "bad-order: document: expected an object"),
            (
                {"ref": "x", "color": "green", "document": {"type": "passport", "number": 5}},
                "bad-order: document: ",
            ),
            (
                {"ref": "x", "color": "green", "document": {"type": CARD[0], "number": "1"}},
                "bad-order: the number is not",
            ),
            ({"ref": "x", "color": "green", "holder_key": "00"}, "bad-order: holder_key: expected 64"),
            ({"ref": "x", "color": "green", "holder_key": "00" * 32}, "bad-order: holder_key: this is a weak"),
            (
                {"ref": "x", "color": "green", "holder_key": KEY.public_key.to_bytes().hex()},
                "bad-order: holder_key must be",
            ),
            ({"ref": "x", "color": "green", "accept": "expired"}, "bad-order: accept: expected an array"),
            (
                {"ref": "x", "color": "green", "accept": ["laziness"]},
                "bad-order: accept: 'laziness' is no finding",
            ),
            ({"ref": "x", "color": "green", "error": "stock: none left"}, "stock: none left"),
        ],
    )
    def test_a_wrong_row(self, desk: Desk, row: dict[str, Any], error: str) -> None:
        """It says what is wrong with it; the rows beside it have their codes."""
        lines = [json.dumps(one) for one in ({"ref": "1", "color": "green"}, row, {"ref": "2", "color": "green"})]
        before, wrong, after = desk.issue({"json": lines})
        assert wrong["error"].startswith(error)
        assert wrong.get("ref") == (row.get("ref") if isinstance(row.get("ref"), str) else None)
        assert "text" in before
        assert "text" in after

    def test_a_device_key_is_for_one_code(self, desk: Desk) -> None:
        """Of two rows with one device key the second has an error (ISS-4)."""
        key = PHONE.public_key.to_bytes().hex()
        first, second = desk.issue({"ref": ["a", "b"], "color": ["green"] * 2, "holder_key": [key] * 2})
        assert "text" in first
        assert second["error"].startswith("device-key-used: ")

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            ({"color": ["green"]}, "the column 'ref' is missing"),
            ({"ref": ["a"]}, "the column 'color' is missing"),
            ({"ref": ["a"], "color": ["green"], "untill": ["x"]}, "nobody knows the column 'untill'"),
            ({"ref": ["a"], "color": ["green"], "status": ["x"]}, "nobody knows the column 'status'"),
            ({"ref": ["a"], "color": [1]}, "the column 'color' holds text"),
            ({"ref": ["a"], "color": ["green"], "document_type": ["x"]}, "belong together"),
            ({"ref": ["a"], "color": ["green"], "until": [datetime(2026, 1, 1)]}, "timestamps with a zone"),  # noqa: DTZ001
            ({"ref": ["a"], "color": ["green"], "evidence": [[1]]}, "holds JSON text, or lists of structs"),
            (
                {"ref": ["a"], "color": ["green"], "evidence": [[{"tpye": "x"}]]},
                r"nobody knows the column 'evidence\.tpye'",
            ),
            (
                {"ref": ["a"], "color": ["green"], "evidence": [[{"day": 5}]]},
                r"'evidence\.day' holds text or days",
            ),
            ({"ref": ["a"], "color": ["green"], "accept": [[1]]}, "lists of text"),
        ],
    )
    def test_other_columns_are_an_error_of_all(self, desk: Desk, columns: dict[str, Any], message: str) -> None:
        """A column that could hold a restriction which nobody reads is refused before anything is issued."""
        with pytest.raises(InputError, match=message):
            desk.issue(columns)
        assert desk.ledger.head().number == 1

    def test_cells_out_of_range(self, desk: Desk) -> None:
        """A time or a day that no calendar has is an error of its row."""
        times = pa.array([2**62, None], pa.int64()).view(pa.timestamp("us", tz="UTC"))
        days = pa.array(
            [[{"type": "recovery", "day": 2**31 - 1}], None],
            pa.list_(pa.struct({"type": pa.string(), "day": pa.int32()})),
        )
        kind = pa.list_(pa.struct({"type": pa.string(), "day": pa.date32()}))
        for name, column in (("until", times), ("evidence", days.cast(kind))):
            batch = pa.RecordBatch.from_arrays(
                [pa.array(["a", "b"]), pa.array(["green"] * 2), column], ["ref", "color", name]
            )
            wrong, right = issue_batch(batch, desk.run).to_pylist()
            assert wrong["error"] == f"unreadable: {name}: it is out of range"
            assert right["text"]


def json_bytes(text: str) -> bytes:
    """Read base64url."""
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "==")


class TestIssuing:
    """The task, in this process and in others."""

    def test_issues_in_any_process(self, desk: Desk, tmp_path: Path) -> None:
        """Several processes with one ledger issue what one does, and the folder tells of which run."""
        rows = tmp_path / "rows.jsonl"
        rows.write_text("".join(f'{{"ref": "{number}", "color": "green"}}\n' for number in range(40)))
        for jobs in (2, 1):
            done = work_locally(desk.task(), rows, tmp_path / f"out{jobs}", batch=5, jobs=jobs)
            assert done == (40, 8, {"issued": 40})
        for path in (tmp_path / "out1").glob("part-*"):
            assert path.read_bytes() == (tmp_path / "out2" / path.name).read_bytes()
        assert run_of(tmp_path / "out2") == TERMS
        desk.ledger.verify_chain()

    @pytest.mark.parametrize("victim", ["program", "process"])
    def test_after_something_was_killed(self, desk: Desk, tmp_path: Path, victim: str) -> None:
        """Killed in the middle, the work goes on: no ref has two codes, none has none, and no place is lost."""
        rows = tmp_path / "rows.csv"
        rows.write_text("\n".join(["ref,color", *(f"{number},green" for number in range(60))]))
        task, out = desk.task(), tmp_path / "out"
        with running(rows, out, jobs=2, batch=3, task=task) as process:
            children = wait_for(process, 20)
            os.kill(process.pid if victim == "program" else children[0], signal.SIGKILL)
            process.communicate(timeout=ENDS_WITHIN)
        assert gone(children)
        assert work_locally(task, rows, out, batch=3, jobs=2).counts == {"issued": 60}
        work_locally(task, rows, tmp_path / "again", batch=3)
        assert parts(out) == parts(tmp_path / "again")
        ctis = [desk.run.cti_of(str(number)) for number in range(60)]
        assert len(desk.ledger.recorded(ctis)) == 60
        assert len({one.place for one in desk.ledger.recorded(ctis).values()}) == 60
        assert sum(1 for _ in desk.ledger.select(Selection())) == 60
        desk.ledger.verify_chain()

    def test_withdraws_by_refs(self, desk: Desk, tmp_path: Path) -> None:
        """Whoever has the ledger withdraws codes of the run by their refs, without its key."""
        desk.issue({"ref": ["a", "b"], "color": ["green"] * 2})
        rows = tmp_path / "rows.csv"
        rows.write_text("ref\nb\nz\nx y\n")
        task = Withdrawing(ledger=str(desk.path), by="officer 4", why="a bad reagent", run=TERMS)
        done = work_locally(task, rows, tmp_path / "out")
        assert done.counts == {"withdrawn": 1, "unknown": 1, "error": 1}
        assert desk.ledger.rehearse([desk.run.cti_of("b")]).already == 1
        assert desk.ledger.rehearse([desk.run.cti_of("a")]).revoked == 1

    def test_holds_no_secret(self, desk: Desk) -> None:
        """What is pickled are names; the key and the secret of the run are not in it."""
        task = desk.task(passphrase_file="passphrase.txt")  # noqa: S106 - its name
        data = pickle.dumps(task)
        assert pickle.loads(data) == task
        assert KEY.to_pem().splitlines()[1].encode() not in data
        assert spark_schema(task.columns).startswith(
            "ref string, text string, cti string, opening string, valid_from timestamp"
        )

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"issuer": "nobody"}, "issuer"),
            ({"run": TERMS._replace(run="")}, "run must be 1 to 100"),
            ({"run": TERMS._replace(by=" ")}, "by must be"),
            ({"run": TERMS._replace(jitter=DAY)}, "jitter"),
            ({"run": TERMS._replace(starts_at=datetime(2026, 1, 1))}, "zone"),  # noqa: DTZ001
            ({"ledger": "postgresql://office:12345@db/ledger"}, "must hold no password"),
            ({"ledger": "postgresql://db/ledger?sslpassword=12345"}, "must hold no password"),
            ({"ledger": "postgresql://db/ledger?pass%77ord=12345"}, "must hold no password"),
            ({"ledger": "postgresql://office:12345/6@db/ledger"}, "no address of a database"),
            ({"ledger": "host=db dbname=ledger password=12345"}, "looks like an address, and is none"),
            ({"key": "pkcs11:token=a?pin-value=12345"}, "must hold no PIN"),
            ({"key": "pkcs11:token=a?pin%2Dvalue=12345"}, "must hold no PIN"),
        ],
    )
    def test_what_is_wrong_is_refused_at_once(self, desk: Desk, changes: dict[str, Any], message: str) -> None:
        """A task that cannot be done, or would carry a secret to others, is not made."""
        with pytest.raises(ValueError, match=message) as caught:
            desk.task(**changes)
        assert "12345" not in str(caught.value)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"key": "none.pem"}, "cannot read 'none.pem': no such file"),
            ({"ledger": "none"}, "there is no such folder"),
            ({"trust": "none"}, "none"),
            ({"issuer": "CN-33-02.WJW"}, "ledger must be a ledger of CN-33-02.WJW"),
            ({"run": TERMS._replace(kid=bytes(8))}, "and the codes are to be signed by 0000000000000000"),
            ({"run": TERMS._replace(why="another ground")}, "was begun with other terms"),
        ],
    )
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_what_cannot_be_used(
        self, desk: Desk, tmp_path: Path, changes: dict[str, Any], message: str, jobs: int
    ) -> None:
        """It is told by whichever process finds it, and nothing is issued."""
        rows = tmp_path / "rows.csv"
        rows.write_text("ref,color\na,green\n")
        with pytest.raises(MeansError, match=message):
            work_locally(desk.task(**changes), rows, tmp_path / "out", jobs=jobs)
        assert desk.ledger.head().number == 1

    def test_under_a_passphrase(self, desk: Desk, tmp_path: Path) -> None:
        """Each process reads the passphrase from its file."""
        from healthpass.signers import encrypt_key

        desk.key.write_text(encrypt_key(KEY, "correct horse battery"))
        file = tmp_path / "passphrase.txt"
        file.write_text("correct horse battery\n")
        file.chmod(0o600)
        rows = tmp_path / "rows.csv"
        rows.write_text("ref,color\na,green\n")
        with pytest.raises(MeansError, match="passphrase of .* is needed"):
            work_locally(desk.task(), rows, tmp_path / "out")
        assert work_locally(desk.task(passphrase_file=str(file)), rows, tmp_path / "out", jobs=2).rows == 1

    def test_a_folder_of_no_run(self, tmp_path: Path) -> None:
        """Where no run has issued codes, none can be named."""
        issued = '{"work": "issue", "terms": {"run": %s}}'
        for data in (None, "{}", issued % "null", issued % '{"starts_at": "x"}', '{"work": "issue"}', "[]"):
            if data is not None:
                (tmp_path / "_job.json").write_text(data)
            with pytest.raises(OutputError):
                run_of(tmp_path)
