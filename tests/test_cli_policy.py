"""`healthpass policy`, `map` and `tally`: what officers write, test and sign, and what gates counted."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from command_line import ISSUER, KEY, Run, runner
from healthpass import SigningKey
from healthpass.deciding import Action, Cell, Tally, decide, open_map, open_policy, read_policy
from healthpass.store import TrustStore

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples" / "policies"
BEIJING = str(EXAMPLES / "beijing-venue-2022.json")
CASES = str(EXAMPLES / "beijing-venue-2022.csv")
SEVEN = str(EXAMPLES / "seven-three-2022")
AT = ("--at", "2022-06-30T12:00:00+08:00")
NAMES = ("--name-zh", "商场", "--name-en", "Mall")
SIGNED = ("--key", "office.pem", "--issuer", ISSUER, *AT)
HOUR = 450_000
GREEN = Cell(HOUR, "CN-37/port", "valid", "green", "admit", "CN-34")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder with the office's key, and another's public one."""
    monkeypatch.chdir(tmp_path)
    Path("office.pem").write_text(KEY.to_pem())
    Path("office.pub").write_text(KEY.public_key.to_pem())
    Path("other.pub").write_text(SigningKey.generate().public_key.to_pem())
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line."""
    return runner(capsys, monkeypatch)


class TestPolicy:
    def test_new_is_accepted(self, run: Run) -> None:
        """The policy to begin with has nothing wrong, and no file is overwritten."""
        assert run("policy", "new", *NAMES, "--out", "policy.json").out == "policy.json: 商场 Mall\n"
        assert run("policy", "check", "policy.json") == (0, "accepted: policy.json\n", "")
        assert read_policy(Path("policy.json").read_bytes()).zone == 480
        assert run("policy", "new", *NAMES, "--out", "policy.json").code == 2
        assert "expected -720 to 840" in run("policy", "new", *NAMES, "--zone", "900", "--out", "p").err

    def test_check_tells_where_and_what(self, run: Run) -> None:
        """What the form refuses is told with its place; what cannot be meant so too, in the language spoken."""
        Path("p.json").write_text('{"names": {"zh": "规则", "en": "Rules"}, "zone": 480, "rules": [{"id": "A"}]}')
        refused = run("policy", "check", "p.json")
        assert refused.code == 1
        assert "rules[0].id" in refused.err
        found = run("policy", "check", str(EXAMPLES / "macao-2021.json"), *AT)
        assert found.code == 1
        assert "healthpass: error: ended: convert-48h: it ended at" in found.err
        assert "已于" not in found.err
        chinese = run("policy", "check", str(EXAMPLES / "macao-2021.json"), *AT, "--lang", "zh")
        assert chinese.code == 1
        assert "healthpass 错误：ended：convert-48h：已于" in chinese.err
        told = run("policy", "check", str(EXAMPLES / "macao-2021.json"), *AT, "--json").json()
        assert [one["code"] for one in told["findings"]] == ["ended", "began"]

    def test_test_decides_cases(self, run: Run) -> None:
        """All as expected is 0; a case that fails is told, and is 1."""
        done = run("policy", "test", BEIJING, CASES)
        assert done == (0, "37 cases, none failed\n", "")
        failing = Path(CASES).read_text("utf-8").replace("admit,,,venue", "turn-back,,,venue", 1)
        Path("cases.csv").write_text(failing, "utf-8")
        failed = run("policy", "test", BEIJING, "cases.csv")
        assert failed.code == 1
        assert failed.out.startswith("FAILED tested a day before: action: expected turn-back, found admit\n")
        assert failed.out.endswith("37 cases, 1 failed\n")
        assert run("policy", "test", BEIJING, "none.csv").code == 3

    def test_test_tells_what_no_case_notices(self, run: Run) -> None:
        """With --mutate, a change that no case notices is told, and is 1."""
        assert run("policy", "test", BEIJING, CASES, "--mutate").code == 0
        fewer = [line for line in Path(CASES).read_text("utf-8").splitlines() if "73 hours" not in line]
        Path("cases.csv").write_text("\n".join(fewer), "utf-8")
        left = run("policy", "test", BEIJING, "cases.csv", "--mutate")
        assert left.code == 1
        assert "UNNOTICED venue: test.within_hours 72 -> 73\n" in left.out
        told = run("policy", "test", BEIJING, "cases.csv", "--mutate", "--json").json()
        assert told == {"v": 1, "cases": 36, "failures": [], "unnoticed": ["venue: test.within_hours 72 -> 73"]}

    def test_test_takes_maps(self, run: Run) -> None:
        """Levels are those of the maps given; more maps than offices are refused."""
        both = ("policy", "test", f"{SEVEN}.json", f"{SEVEN}.csv", "--map", f"{SEVEN}.map.json")
        assert run(*both).code == 0
        assert run(*both[:-2]).code == 1
        assert "2 maps are given, and the policy names 1" in run(*both, *both[-2:]).err

    def test_explain_tells_rules(self, run: Run) -> None:
        """Each line is in the language that is asked for."""
        english = run("policy", "explain", BEIJING).out.splitlines()
        chinese = run("policy", "explain", BEIJING, "--lang", "zh").out.splitlines()
        assert len(english) == len(chinese)
        assert english[3].startswith("1. red: if the code is red: quarantine in a central place; for 7 days")
        assert chinese[3].startswith("1. red：")

    def test_sign_show_diff(self, run: Run) -> None:
        """A policy is signed for 28 days, shown with its signer, and compared with its source."""
        assert run("policy", "sign", BEIJING, *SIGNED, "--out", "p.cbor").code == 0
        document = open_policy(Path("p.cbor").read_bytes(), KEY.public_key)
        assert (document.expires - document.issued).days == 28
        shown = run("policy", "show", "p.cbor")
        assert "NOT VERIFIED" in shown.err
        assert f"policy of {ISSUER}, production, by the key {KEY.public_key.kid.hex()}" in shown.out
        assert run("policy", "show", "p.cbor", "--signed-by", "office.pub").err == ""
        other = run("policy", "show", "p.cbor", "--signed-by", "other.pub")
        assert (other.code, "signed by another key" in other.err) == (1, True)
        told = run("policy", "show", "p.cbor", "--json", "--signed-by", "office.pub").json()
        assert (told["verified"], told["issuer"], told["content"]["zone"]) == (True, ISSUER, 480)
        assert run("policy", "diff", "p.cbor", BEIJING).out == "nothing has changed\n"
        changed = Path(BEIJING).read_text("utf-8").replace('"within_hours": 72', '"within_hours": 48')
        Path("new.json").write_text(changed, "utf-8")
        words = run("policy", "diff", "p.cbor", "new.json").out
        assert "of the last 72 hours and no positive result since → the code has" in words
        assert len(run("policy", "diff", "p.cbor", "new.json", "--json").json()["changes"]) == 1

    def test_sign_refuses_what_check_refuses(self, run: Run) -> None:
        """An error of `check` has to be named; 31 days are the most; a source is needed."""
        macao = str(EXAMPLES / "macao-2021.json")
        assert "--force ended" in run("policy", "sign", macao, *SIGNED, "--out", "p.cbor").err
        assert not Path("p.cbor").exists()
        assert run("policy", "sign", macao, *SIGNED, "--force", "ended", "--out", "p.cbor").code == 0
        long = run("policy", "sign", BEIJING, *SIGNED, "--valid-for", "32d", "--out", "q.cbor")
        assert "31d at most" in long.err

    def test_kinds_are_told_apart(self, run: Run) -> None:
        """A map is no policy, and a registry is neither."""
        assert run("map", "new", *NAMES, "--default", "1", "--out", "m.json").code == 0
        assert run("map", "sign", "m.json", *SIGNED, "--out", "m.cbor").code == 0
        assert "`healthpass map` is for those" in run("policy", "show", "m.cbor").err
        Path("no.cbor").write_bytes(b"\xd8\x62\x84")
        assert run("policy", "show", "no.cbor").code == 1


class TestFromKeyToGate:
    def test_a_listed_key_decides_at_a_gate(self, run: Run) -> None:
        """An office asks for a key of use policy, its authority lists it, and a gate follows what it signs."""

        def do(words: str, *more: str) -> str:
            ran = run(*words.split(), *more)
            assert ran.code == 0, ran.err
            return ran.out

        for name in ("root", "machine", "rules"):
            do(f"keygen --out {name}.pem --public {name}.pub.pem")
        do("authority new CN-33 --root-key root.pub.pem --root-threshold 1 --registry-key machine.pub.pem "
           "--registry-threshold 1 --valid-for 400d --out root.json", *AT)  # fmt: skip
        do("authority sign root.json --key root.pem --out root.cbor", *AT)
        do("registry new root.cbor --name-zh 浙江省 --name-en Zhejiang --valid-for 28d --out registry.json", *AT)
        do("registry request --key rules.pem --issuer CN-33-01.WJW --authority CN-33 --use policy --out r.cbor "
           "--from 2022-06-01T00:00:00Z --until 2023-06-01T00:00:00Z", *AT)  # fmt: skip
        thumbprint = do("registry show rules.pub.pem --thumbprint").strip()
        do(f"registry import registry.json r.cbor --thumbprint {thumbprint} --appeal tel:12320 --name-zh 卫健委",
           "--name-en", "Health Commission", *AT)  # fmt: skip
        do("registry sign registry.json --key machine.pem --root root.cbor --out registry.cbor", *AT)
        do("policy new --name-zh 商场 --name-en Mall --out p.json")
        do("policy sign p.json --key rules.pem --issuer CN-33-01.WJW --out p.cbor", *AT)
        do("map new --name-zh 图 --name-en Map --default 1 --out m.json")
        do("map sign m.json --key rules.pem --issuer CN-33-01.WJW --out m.cbor", *AT)
        do("bundle root.cbor registry.cbor p.cbor m.cbor --out bundle.cbor", *AT)
        thumbprint = do("authority show root.cbor --thumbprint").strip()
        do(f"trust pin gate root.cbor --thumbprint {thumbprint}", *AT)
        told = do("trust update gate bundle.cbor", *AT)
        assert "✓ CN-33 policy of CN-33-01.WJW" in told
        assert "✓ CN-33 risk map of CN-33-01.WJW" in told
        at = datetime(2022, 7, 1, tzinfo=UTC)
        policy = TrustStore.open("gate").registry().policy("CN-33-01.WJW", at)
        decision = decide(None, policy, at=at, answers={"fever": False})
        assert (decision.action, decision.rule) == (Action.ADMIT, "no-code")


class TestMap:
    def test_is_written_checked_signed_and_shown(self, run: Run) -> None:
        """A map goes from its source to a document, and is told region by region."""
        assert run("map", "new", *NAMES, "--out", "m.json").code == 0
        warned = run("map", "check", "m.json")
        assert (warned.code, "no-default" in warned.err) == (0, True)
        assert run("map", "sign", f"{SEVEN}.map.json", *SIGNED, "--out", "m.cbor").code == 0
        assert open_map(Path("m.cbor").read_bytes(), KEY.public_key).content.default == 1
        told = run("map", "explain", "m.cbor", "--lang", "zh").out
        assert "安徽 CN-34-13-24：2022-06-20 起3级（中风险），2022-06-26 起5级（高风险）" in told
        assert "risk map of CN-33-01.WJW" in run("map", "show", "m.cbor", "--signed-by", "office.pub").out
        ahead = run("map", "check", f"{SEVEN}.map.json", "--at", "2022-06-24T12:00:00+08:00")
        assert "level 5 counts only from 2022-06-26 on" in ahead.err
        assert "all other regions" in run("map", "diff", "m.json", "m.cbor").out
        assert "expected a level from 1 to 5" in run("map", "new", *NAMES, "--default", "6", "--out", "x").err


class TestTally:
    def test_merges_and_publishes(self, run: Run) -> None:
        """Two tallies are merged; what is published has no small cell; the shares are told."""
        refused = GREEN._replace(action="turn-back")
        Path("a.json").write_bytes(Tally(Counter({GREEN: 30})).to_json())
        Path("b.json").write_bytes(Tally(Counter({GREEN: 20, refused: 150})).to_json())
        assert (
            run("tally", "merge", "a.json", "b.json", "--out", "c.json").out == "c.json: 200 people in 2 cells\n"
        )
        published = json.loads(run("tally", "publish", "c.json").out)
        assert [row["number"] for row in published["published"]] == [50, 150]
        assert run("tally", "publish", "c.json", "--prometheus", "gate.prom").out == ""
        assert 'issuer="CN-34"} 150' in Path("gate.prom").read_text("utf-8")
        assert run("tally", "fluency", "c.json").out == "CN-34 in CN-37: 25%\n"
        assert run("tally", "fluency", "a.json", "b.json", "--json").json()["fluency"][0]["share"] == 0.25
        early = datetime.fromtimestamp(HOUR * 3600, UTC).isoformat()
        assert json.loads(run("tally", "publish", "c.json", "--at", early).out)["published"] == []

    def test_refuses_other_files(self, run: Run) -> None:
        """What is no tally is refused; nothing is told of few."""
        Path("a.json").write_text("{}")
        assert run("tally", "fluency", "a.json").code == 1
        Path("b.json").write_bytes(Tally(Counter({GREEN: 3})).to_json())
        assert "nothing to tell" in run("tally", "fluency", "b.json").out
        assert run("tally", "publish", "none.json").code == 3
