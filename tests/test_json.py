"""The JSON of health codes, issued codes and judgements: the same in models, command line and published schemas.

`python tests/test_json.py` writes docs/schemas anew.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, TypeAdapter, ValidationError

from command_line import DEVICE, KEY, Run, runner, token
from forging import DAY, GREEN, ISSUER, NOW, REGISTRY, issued
from healthpass import (
    Color,
    Departure,
    FailedJudgement,
    HealthCode,
    Issued,
    Judgement,
    LabMethod,
    LabResult,
    LabTest,
    Reason,
    Recovery,
    StatusPlace,
    UnknownEvidence,
    Vaccination,
    ValidJudgement,
    Verdict,
    Verifier,
    issue,
    present,
    problems_of,
)
from healthpass.health import Report

SCHEMAS: Final = Path(__file__).resolve().parent.parent / "docs" / "schemas"
TYPES: Final[dict[str, Any]] = {
    "health-code": HealthCode,
    "health-report": Report,
    "issued": Issued,
    "judgement": Judgement,
}
ALL: Final = HealthCode(
    color=Color.YELLOW,
    holder="张*丰",
    binding=bytes(range(16)),
    reason=Reason.RISK_AREA,
    until=datetime(2026, 12, 1, tzinfo=UTC),
    evidence=(
        LabTest(sampled_at=NOW, result=LabResult.NEGATIVE, method=LabMethod.NAAT),
        Vaccination(day=date(2026, 1, 2), dose=2, of=2),
        Recovery(day=date(2026, 3, 4)),
        Departure(region="CN-31", day=date(2026, 3, 5)),
    ),
    status=StatusPlace(3, 17),
    residence="CN-33-01",
    origin="CN-31.WJW",
    extensions=((32, "x"), (-1, [1, {2: b"y"}])),
)
ALL_JSON: Final = {
    "color": "yellow",
    "holder": "张*丰",
    "binding": "AAECAwQFBgcICQoLDA0ODw",
    "reason": "risk-area",
    "until": "2026-12-01T00:00:00Z",
    "evidence": [
        {"type": "test", "sampled_at": "2026-11-01T00:00:00Z", "result": "negative", "method": "naat"},
        {"type": "vaccination", "day": "2026-01-02", "dose": 2, "of": 2},
        {"type": "recovery", "day": "2026-03-04"},
        {"type": "departure", "region": "CN-31", "day": "2026-03-05"},
    ],
    "status": [3, 17],
    "residence": "CN-33-01",
    "origin": "CN-31.WJW",
    "extensions": {"32": "x", "-1": [1, {"2": {"base64url": "eQ"}}]},
}
UNKNOWN: Final = HealthCode(
    color=Color.RED,
    reason=99,
    evidence=(
        LabTest(sampled_at=NOW, result=LabResult.POSITIVE, method=77),
        UnknownEvidence(type=9, values=(1, "x", b"y")),
    ),
)


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a type."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return head | TypeAdapter(TYPES[name]).json_schema(mode="serialization")


def written(name: str) -> str:
    """Return the text of a schema's file."""
    return json.dumps(schema(name), ensure_ascii=False, indent=2) + "\n"


def check(name: str, value: Any) -> None:
    """Check a value against the published schema, times and all."""
    published = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    Draft202012Validator(published, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


class TestHealthCode:
    def test_the_form(self) -> None:
        """Names, times with a zone, base64url; written by either function."""
        assert ALL.model_dump(mode="json") == ALL_JSON
        assert json.loads(ALL.model_dump_json()) == ALL_JSON
        check("health-code", ALL_JSON)

    @pytest.mark.parametrize("health", [ALL, UNKNOWN, GREEN])
    def test_what_is_written_is_read(self, health: HealthCode) -> None:
        """As text, as what a JSON parser makes of it, and inside another model, as FastAPI reads a body."""

        class Body(BaseModel):
            health: HealthCode

        record = health.model_dump(mode="json")
        check("health-code", record)
        assert HealthCode.model_validate_json(health.model_dump_json()) == health
        assert HealthCode.model_validate(record) == health
        assert TypeAdapter(HealthCode).validate_python(record) == health
        assert Body.model_validate({"health": record}).health == health

    def test_times_in_any_zone(self) -> None:
        """A time with another zone is the same moment, written in UTC."""
        health = HealthCode.model_validate(ALL_JSON | {"until": "2026-12-01T08:00:00.5+08:00"})
        assert health == ALL

    @pytest.mark.parametrize(
        ("members", "problem"),
        [
            ({}, "color: it is missing"),
            ({"color": 0}, "color: expected one of green, yellow, red"),
            ({"color": Color.GREEN.name}, "color: expected one of green, yellow, red"),
            ({"color": "red", "reason": 1}, "reason: expected one of exposure, risk-area, "),
            ({"color": "red", "reason": -1}, "reason: a code must lie from 0"),
            ({"color": "red", "reason": "symptoms", "until": 1}, "until: expected an RFC 3339 time with its zone"),
            (
                {"color": "red", "reason": "symptoms", "until": "2026-12-01T00:00:00"},
                "until: expected an RFC 3339",
            ),
            ({"color": "green", "holder": "秘\u202e密"}, "holder: holder must not contain U+202E"),
            ({"color": "green", "binding": "00" * 16}, "binding: data should have at most 16 bytes"),
            (
                {"color": "green", "binding": "AAECAwQFBgcICQoLDA0ODw=="},
                "binding: expected base64url without padding",
            ),
            (
                {"color": "green", "binding": "AAECAwQFBgcICQoLDA0ODx"},
                "binding: expected base64url without padding",
            ),
            ({"color": "green", "binding": [0] * 16}, "binding: expected base64url without padding"),
            ({"color": "green", "status": [3]}, "status: expected an array of two integers"),
            ({"color": "green", "status": [3, True]}, "status: expected an array of two integers"),
            ({"color": "green", "status": {"list": 3, "index": 1}}, "status: expected an array of two integers"),
            ({"color": "green", "status": [3, 2**20]}, "status: status index must lie from 0"),
            ({"color": "green", "residence": "密"}, "residence: expected a region id"),
            (
                {"color": "green", "evidence": [[3, 1]]},
                "evidence[0]: expected an object whose type is one of test",
            ),
            (
                {"color": "green", "evidence": [{"type": 3, "values": [1]}]},
                "evidence[0].type: this type of evidence",
            ),
            (
                {"color": "green", "evidence": [{"type": "test", "sampled_at": 0, "result": 0, "method": 1}]},
                "evidence[0].result: expected one of negative, positive",
            ),
            (
                {"color": "green", "evidence": [{"type": 9, "values": [True]}]},
                "evidence[0].values: expected an integer",
            ),
            ({"color": "green", "extensions": {"032": 1}}, "extensions: the members of an object have numbers"),
            ({"color": "green", "extensions": {"32": None}}, "extensions: expected an integer, a string"),
            ({"color": "green", "extensions": {"32": [[[[[]]]]]}}, "extensions: too many arrays and maps"),
            ({"color": "green", "extensions": {"9": 1}}, "extensions: keys of extensions are negative, or 32"),
            ({"color": "green", "colour": "密"}, "colour: there is no such member"),
        ],
    )
    def test_what_is_wrong(self, members: dict[str, Any], problem: str) -> None:
        """A number of the wire is not read, nor a second spelling; the problem names the place and no value."""
        with pytest.raises(ValidationError) as from_record:
            HealthCode.model_validate(members)
        with pytest.raises(ValidationError) as from_text:
            HealthCode.model_validate_json(json.dumps(members))
        for caught in (from_record, from_text):
            problems = problems_of(caught.value)
            assert any(line.startswith(problem) for line in problems), problems
            assert "密" not in str(problems)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("color", "yellow"), ("reason", "risk-area"), ("until", "2026-12-01T00:00:00Z"), ("status", [3, 17])],
    )
    def test_the_constructor_takes_python_objects(self, name: str, value: Any) -> None:
        """What JSON has in their place is for `model_validate`."""
        with pytest.raises(ValueError, match=name):
            HealthCode(**dict(ALL) | {name: value})


class TestIssued:
    @pytest.mark.parametrize("change", [{"opening": "KvWGt8w="}, {"cti": ""}, {"more": "secret"}], ids=str)
    def test_a_wrong_one_is_refused(self, change: dict[str, Any]) -> None:
        """No other spelling, no other size, and no member that is not known."""
        made = TypeAdapter(Issued).dump_python(
            issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW), mode="json"
        )
        with pytest.raises(ValidationError):
            TypeAdapter(Issued).validate_python(made | change)

    def test_what_is_written_is_read(self) -> None:
        """The text, what goes beside it, and what was stated."""
        made = issue(
            GREEN,
            issuer=ISSUER,
            signer=KEY,
            lifetime=NOW - datetime(2026, 10, 31, tzinfo=UTC),
            at=NOW,
            document=("passport", "CHN-E00000000"),
        )
        adapter = TypeAdapter(Issued)
        record = adapter.dump_python(made, mode="json")
        check("issued", record)
        assert record["cti"] == made.cti.hex()
        assert record["health"] == made.health.model_dump(mode="json")
        assert adapter.validate_json(adapter.dump_json(made)) == made


class TestJudgement:
    def test_of_a_valid_code(self) -> None:
        """What the code says, and whose it is; read again it is the same."""
        gate = Verifier(REGISTRY, waive={"status-unknown"})
        judgement = gate.judge(issued(ALL), at=NOW)
        assert isinstance(judgement, ValidJudgement)
        record = judgement.model_dump(mode="json")
        check("judgement", record)
        assert {name: record[name] for name in ALL_JSON} == ALL_JSON
        assert (record["verdict"], record["outcome"], record["waived"]) == ("valid", "valid", ["status-unknown"])
        assert record["issuer"] == ISSUER
        assert Judgement.model_validate_json(judgement.model_dump_json()) == judgement
        assert judgement
        for shown in (repr(judgement), str(judgement)):
            for hidden in ("holder", "binding", "evidence", "cti", "张"):
                assert hidden not in shown

    def test_of_each_verdict(self) -> None:
        """Each verdict has its step, its outcome and sentences for two; no claim is beside it."""
        for verdict in set(Verdict) - {Verdict.VALID}:
            judgement = FailedJudgement.because(verdict, "found")
            record = judgement.model_dump(mode="json")
            check("judgement", record)
            assert record.keys() == {"v", "verdict", "outcome", "step", "message", "advice"}
            assert not judgement, "what does not pass is false"
            assert record["advice"]["guard"] == {"en": verdict.guard.en, "zh": verdict.guard.zh}
            assert Judgement.model_validate_json(judgement.model_dump_json()) == judgement
        with pytest.raises(ValueError, match="judgement of its own"):
            FailedJudgement.because(Verdict.VALID, "")

    @pytest.mark.parametrize(
        "change",
        [
            {"verdict": "revoked"},
            {"waived": ["revoked"]},
            {"cti": "AB" * 12},
            {"cti": "00 " * 12},
            {"kid": ""},
            {"holder_key": "00"},
            {"expires_at": "2020-01-01T00:00:00Z"},
        ],
        ids=str,
    )
    def test_contradictions_of_a_valid_one(self, change: dict[str, Any]) -> None:
        """Who writes JSON by hand cannot make a judgement that is true and names a reason against it."""
        record = Verifier(REGISTRY).judge(issued(), at=NOW).model_dump(mode="json")
        assert Judgement.model_validate(record)
        with pytest.raises(ValidationError):
            Judgement.model_validate(record | change)

    @pytest.mark.parametrize("change", [{"verdict": "valid"}, {"step": 3}, {"outcome": "cannot judge"}], ids=str)
    def test_contradictions_of_a_failed_one(self, change: dict[str, Any]) -> None:
        """Verdict, outcome and step agree; and no copy of a failed judgement is true."""
        judgement = FailedJudgement.because(Verdict.EXPIRED, "found")
        with pytest.raises(ValidationError):
            Judgement.model_validate(judgement.model_dump(mode="json") | change)
        assert not judgement.model_copy(update={"outcome": "valid", "verdict": Verdict.VALID})

    def test_what_later_versions_add_is_left_alone(self) -> None:
        """A reader does not know all members of later versions."""
        record = FailedJudgement.because(Verdict.EXPIRED, "found").model_dump(mode="json")
        assert Judgement.model_validate(record | {"more": 1}).verdict is Verdict.EXPIRED

    def test_an_answer_of_fastapi(self) -> None:
        """As the type of an answer it stands for both kinds, and none loses a member."""
        judgement = Verifier(REGISTRY).judge(issued(), at=NOW)
        assert TypeAdapter(Judgement).dump_python(judgement, mode="json")["holder"] == GREEN.holder


class TestPublished:
    @pytest.mark.parametrize("name", TYPES)
    def test_the_schemas_are_those_of_the_models(self, name: str) -> None:
        """docs/schemas holds what the models say; what is read has the schema of what is written."""
        assert (SCHEMAS / f"{name}.json").read_text("utf-8") == written(name)
        assert TypeAdapter(TYPES[name]).json_schema(mode="validation") == TypeAdapter(TYPES[name]).json_schema(
            mode="serialization"
        )

    def test_the_command_line(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """What `verify --json` prints is a judgement, and what `inspect --json` claims is a health code."""
        monkeypatch.chdir(tmp_path)
        Path("PUB.pem").write_text(KEY.public_key.to_pem())
        run: Run = runner(capsys, monkeypatch)
        at = ("--at", "2026-11-01T00:00:00Z", "--json")
        trust = ("verify", "--issuer-key", f"{ISSUER}=PUB.pem", *at, "--waive", "status-unknown")
        shown = present(token(holder_key=DEVICE.public_key), DEVICE, at=NOW)
        for text in (token(ALL), shown, token(holder_key=DEVICE.public_key), "x"):
            printed = run(*trust, "--document", "resident-id:11010519491231002X", text).json()
            check("judgement", printed)
            read = Judgement.model_validate(printed).model_dump(mode="json")
            assert printed == read | ({"document": printed["document"]} if "document" in printed else {})
        claimed = run("inspect", "--json", token(ALL)).json()["claimed"]
        assert HealthCode.model_validate({name: claimed[name] for name in ALL_JSON}) == ALL


if __name__ == "__main__":
    SCHEMAS.mkdir(exist_ok=True)
    for name in TYPES:
        (SCHEMAS / f"{name}.json").write_text(written(name), "utf-8")
