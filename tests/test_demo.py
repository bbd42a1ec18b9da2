"""`healthpass demo`: the story holds, and the folder is safe."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from rich.cells import cell_len
from rich.console import Console

from command_line import rendered
from healthpass import Color, SigningKey, Verified, present, verify
from healthpass.cli import main
from healthpass.cli.delta import Delta
from healthpass.cli.demo import MARKER
from healthpass.cli.noon import LEDGER
from healthpass.cli.noon import tell as tell_noon
from healthpass.cli.page import heading, next_noon, row
from healthpass.cli.photo import photograph, photograph_paper
from healthpass.cli.story import (
    ANOTHER,
    DOCUMENT,
    GATE_PICTURE,
    HER_DOCUMENT,
    LIVE_PICTURE,
    PAPER_PICTURE,
    RENEWED_PICTURE,
    SHEET,
    Story,
)
from healthpass.cli.telling import STOLEN
from healthpass.qr import png
from healthpass.scan import scan
from healthpass.store import TrustStore

SPEC = Path(__file__).parents[1] / "spec" / "registries"
PICTURES = {"code.svg", "code.png", GATE_PICTURE, "forged.png", "altered.png", "other.png"}
PICTURES |= {LIVE_PICTURE, RENEWED_PICTURE, PAPER_PICTURE, SHEET}
STORES = {"zhejiang-gate", "shanghai-gate", "jiangsu-gate", "station"}
VALID, STALE = "● green 绿码", "presentation-stale"
ONE_WAY = ["CN-33 → CN-32 → CN-32-01.WJW", "unknown-key"]
RECOGNISED = ["CN-33 → CN-31 → CN-31.WJW", "CN-31 → CN-33 → CN-33-01.WJW", *ONE_WAY]
RECOGNISED += ["unknown-key", "CN → CN-34 → CN-34-01.WJW"]
WITHDRAWN = ["revoked", "CN → CN-33 → CN-33-01.WJW"]
STOLEN_KEY = [*RECOGNISED[:1] * 2, "key-revoked", "key-revoked", *RECOGNISED[:1]]

Run: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def demo(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the demo in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def demo(*arguments: str) -> tuple[int, str, str]:
        code = main(("demo", *arguments))
        return code, *capsys.readouterr()

    return demo


class TestStory:
    """What the demo shows is so."""

    def test_tells_the_whole_story(self, demo: Run) -> None:
        """The verdicts of all scenes, in order, and plain text off a terminal."""
        code, out, err = demo()
        assert (code, err) == (0, "")
        told = [line.split("  ")[-1] for line in out.splitlines() if line.startswith("  verdict")]
        refusals = ["unknown-key", "bad-signature", "expired", "no-code"]
        assert told[:10] == [VALID, *refusals, VALID, STALE, STALE, VALID, VALID]
        assert told[10:-2] == [*RECOGNISED, "not-recognised", *STOLEN_KEY, "registry-stale"]
        assert told[-2:] == WITHDRAWN
        assert out.count("it has been shown here before") == out.count("it was not made just now") == 1
        assert f"{DOCUMENT.number} ✓ matches" in out
        assert f"{ANOTHER.number} ✗ does not match" in out
        assert f"{HER_DOCUMENT.number} ✓ matches" in out
        assert out.count("1 applied 生效, 0 refused 拒绝") == 2
        assert "\x1b" not in out
        assert all(cell_len(line) <= 80 for line in out.splitlines()[:-8])
        assert all(line == line.rstrip() for line in out.splitlines())

    def test_pictures_stay(self, demo: Run, tmp_path: Path) -> None:
        """The pictures lie in the folder, and no key does."""
        demo()
        folder = tmp_path / "healthpass-demo"
        assert {path.name for path in folder.iterdir()} == PICTURES | STORES | {MARKER, STOLEN, LEDGER}
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert not any(b"PRIVATE KEY" in path.read_bytes() for path in files)

    def test_the_layout_is_the_same_each_time(self, demo: Run) -> None:
        """Two runs differ in their keys, texts and times alone."""
        first, second = ([line[:10] for line in demo()[1].splitlines()] for _ in range(2))
        assert first == second

    def test_the_typical_code_is_small(self) -> None:
        """The traveller's code has 2xx characters."""
        assert 200 <= len(Story.begin(datetime.now(UTC)).issued.text) < 260

    def test_photographs_can_be_read(self) -> None:
        """The decoder reads a photographed code each time, with the text that was drawn."""
        for _ in range(5):
            story = Story.begin(datetime.now(UTC))
            assert scan(photograph(png(story.issued.text))) == (story.issued.text,)
            assert scan(photograph_paper(png(story.paper.text))) == (story.paper.text,)
            shown = present(story.bound.text, story.device, at=story.at)
            assert scan(photograph(png(shown))) == (shown,)

    def test_the_sheet_is_that_of_the_paper_code(self, demo: Run) -> None:
        """The sheet that stays holds the code that the gate has read from paper."""
        demo()
        assert scan(rendered(Path("healthpass-demo", SHEET).read_bytes())) == scan(
            f"healthpass-demo/{PAPER_PICTURE}"
        )

    def test_the_altered_code_was_yellow(self) -> None:
        """One bit more, and the altered code is the genuine yellow one again."""
        story = Story.begin(datetime.now(UTC))
        from healthpass.codec import _text

        credential = bytearray(_text.decode(story._altered(), _text.CREDENTIAL)[1])
        credential[credential.index(bytes.fromhex("3a00010000a401")) + 7] ^= 1
        genuine = verify(_text.encode(_text.CREDENTIAL, bytes(credential)), registry=story.registry)
        assert isinstance(genuine, Verified)
        assert genuine.health.color is Color.YELLOW


class TestPage:
    """Headings and rows."""

    @pytest.mark.parametrize("width", [1, 24, 40, 80])
    def test_nothing_is_cut(self, width: int) -> None:
        """A heading and a row are told in full, however narrow the terminal is."""
        console = Console(file=io.StringIO(), width=width)
        heading(console, "8", "Recognised both ways, one way, not at all", "相互认可、单向认可、未认可")
        row(console, "guard", "the lists on this device are out of date 本设备的登记库已过期")
        told = console.file.getvalue().replace("─", "")  # type: ignore[attr-defined]
        assert "8Recognisedbothways,oneway,notatall相互认可、单向认可、未认可" in "".join(told.split())
        assert "guardthelistsonthisdeviceareoutofdate本设备的登记库已过期" in "".join(told.split())


class TestDelta:
    """What stays of the second half can be looked at."""

    def test_the_hints_work(
        self, demo: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The commands that the demo ends with judge the code, show the graph, and why the thief's is refused."""
        demo("--out", "here")
        assert main(("verify", "--trust", "here/zhejiang-gate", "here/code.png")) == 0
        assert "listed by     CN-33 浙江省 Zhejiang" in capsys.readouterr().out
        assert main(("trust", "show", "here/zhejiang-gate")) == 0
        assert "CN-31 上海市 Shanghai  recognised 已认可" in capsys.readouterr().out
        with Path("here", STOLEN).open("rb") as file:
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
            assert main(("trust", "why", "here/zhejiang-gate", "-")) == 1
        assert "revoked 撤销    by CN-31 上海市 Shanghai" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("called", "found", "program"),
        [
            (".venv/bin/healthpass", None, ".venv/bin/healthpass"),
            (".venv/bin/healthpass", "/usr/bin/healthpass", "healthpass"),
            ("/usr/bin/pytest", None, "healthpass"),
        ],
    )
    def test_hints_name_the_program(
        self, demo: Run, monkeypatch: pytest.MonkeyPatch, called: str, found: str | None, program: str
    ) -> None:
        """The commands at the end can be copied, also where the program is not on the path."""
        monkeypatch.setattr("sys.argv", [called])
        monkeypatch.setattr("shutil.which", lambda _: found)
        assert f"Look inside a code:  {program} inspect " in demo()[1]

    def test_the_thief_has_the_key_itself(self, tmp_path: Path) -> None:
        """Before the update the thief's code is as good as an honest one; after it, both are refused."""
        delta = Delta(datetime.now(UTC).replace(microsecond=0), tmp_path, SigningKey.generate())
        office = delta.shanghai.office
        assert office
        codes = [office.code(delta.at), office.code(delta.at, holder="李*")]
        assert all(isinstance(delta.zhejiang_gate.judge(code, delta.at), Verified) for code in codes)
        delta.shanghai.revoke(office.keys[0], delta.at)
        delta.shanghai.publish(delta.at)
        delta.zhejiang_gate.update(delta.bundle(delta.zhejiang), delta.at)
        judged = [delta.zhejiang_gate.judge(code, delta.at) for code in codes]
        assert [getattr(one, "verdict", None) for one in judged] == ["key-revoked"] * 2


class TestNoon:
    """The scene of a colour that is withdrawn, and what stays of it."""

    def test_the_scene(self, demo: Run) -> None:
        """The numbers are those of real lists and stores, in some twenty lines."""
        out = demo()[1]
        scene = out[out.index("12  A colour is withdrawn at noon") :].split("\n──")[0].splitlines()
        assert len(scene) <= 21
        told = [line.strip() for line in scene]
        assert told[3].startswith("time      2")
        assert told[3].endswith(" 12:00 UTC+8, the next noon 下一个中午，北京时间")
        assert told[4].startswith("08:00     list 0: 0 withdrawn 撤回")
        assert told[6] == "12:00     officer 17 withdraws the code: a positive test 检测阳性，撤回"
        assert told[7].startswith("12:00     list 0: 1 withdrawn 撤回")
        assert "list      of 08:00, 4 hours old 状态列表签发于4小时前" in told

    def test_the_hint_works(self, demo: Run, capsys: pytest.CaptureFixture[str]) -> None:
        """The command at the end tells who withdrew the code, also after a second run."""
        for _ in range(2):
            hint = next(line for line in demo("--out", "here")[1].splitlines() if line.startswith("Who withdrew"))
            assert main(hint.split("healthpass ", 1)[1].split()) == 0
            told = capsys.readouterr().out
            assert "withdrawn 撤回 by officer 17: a positive test 检测阳性" in told
            assert "the log is whole 日志完整: " in told
        assert not list(Path("here").glob("ledger.db-*"))

    @pytest.mark.parametrize("hour", range(24))
    def test_at_any_hour(self, tmp_path: Path, hour: int) -> None:
        """Whenever the demo runs, noon comes next, and the scene ends in the same way."""
        at = datetime(2026, 11, 1, hour, 59, 59, tzinfo=UTC)
        noon = next_noon(at)
        assert timedelta(0) < noon - at <= timedelta(days=1)
        assert noon.astimezone(UTC).hour == 4
        if hour in {3, 4, 15}:
            console = Console(file=io.StringIO(), width=80)
            tell_noon(console, Delta(at, tmp_path, SigningKey.generate()), tmp_path)
            told = console.file.getvalue()  # type: ignore[attr-defined]
            assert told.index("revoked") < told.index("CN → CN-33 → CN-33-01.WJW")

    def test_a_folder_in_the_ledgers_place(self, demo: Run) -> None:
        """What cannot be cleared away is one line on standard error."""
        demo("--out", "here")
        Path("here/ledger.db").unlink()
        Path("here/ledger.db").mkdir()
        code, _, err = demo("--out", "here")
        assert code == 2
        assert err.startswith("healthpass: error: ")


class TestFolder:
    """Nothing foreign is overwritten."""

    def test_again(self, demo: Run) -> None:
        """It may run again in the folder that it made."""
        assert demo("--out", "here")[0] == 0
        first = Path("here/code.png").read_bytes()
        assert demo("--out", "here")[0] == 0
        assert Path("here/code.png").read_bytes() != first

    def test_again_with_stores(self, demo: Run) -> None:
        """A gate of an earlier run begins anew, with the anchor of this one alone."""
        for _ in range(2):
            assert demo("--out", "here")[0] == 0
            store = TrustStore.open("here/zhejiang-gate")
            assert [(state.anchor, state.authority) for state in store.states] == [
                ("CN-33", "CN-33"),
                ("CN-33", "CN-31"),
                ("CN-33", "CN-32"),
            ]

    def test_a_store_that_is_damaged(self, demo: Run) -> None:
        """A gate's store that cannot be opened is left as it is, and said in a line."""
        demo("--out", "here")
        Path("here/station/trust.json").write_text("{}")
        code, _, err = demo("--out", "here")
        assert code == 3
        assert err.startswith("healthpass: error: ")
        assert Path("here/station/trust.json").read_text() == "{}"

    def test_an_empty_folder(self, demo: Run) -> None:
        """An empty folder is as good as a new one."""
        Path("here").mkdir()
        assert demo("--out", "here")[0] == 0

    def test_a_foreign_folder(self, demo: Run) -> None:
        """A folder that holds anything else is refused, and stays as it was."""
        Path("here").mkdir()
        Path("here/code.png").write_text("mine")
        code, out, err = demo("--out", "here")
        assert (code, out) == (2, "")
        assert "hint: choose a new or empty folder" in err
        assert [path.name for path in Path("here").iterdir()] == ["code.png"]
        assert Path("here/code.png").read_text() == "mine"

    @pytest.mark.parametrize("out", ["file", "file/here", "nowhere/here", "x" * 300])
    def test_impossible_folders(self, demo: Run, out: str) -> None:
        """What cannot be a folder is one line on standard error."""
        Path("file").touch()
        code, told, err = demo("--out", out)
        assert (code, told) == (2, "")
        assert err.startswith("healthpass: error: ")
