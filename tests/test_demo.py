"""`healthpass demo`: the story holds, and the folder is safe."""

import io
import shlex
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest
from rich.cells import cell_len
from rich.console import Console

import staged
from command_line import rendered
from healthpass import Color, HealthCode, HolderKey, Issuer, SigningKey, inspect_unverified, present
from healthpass.cli import main
from healthpass.cli.demo.page import Page
from healthpass.cli.demo.photo import photograph_paper, photograph_phone
from healthpass.cli.demo.story import Story, next_noon
from healthpass.qr import png
from healthpass.scan import scan
from healthpass.store import TrustStore

FILES = {"code.svg", "code.png", "gate.png", "forged.png", "altered.png", "other.png", "live.png", "renewed.png"}
FILES |= {"sheet.pdf", "paper.png", "stolen.txt", "ledger", ".healthpass-demo"}
STORES = {"zhejiang-gate", "shanghai-gate", "jiangsu-gate", "station"}
VALID = "● green"
SHANGHAI, STATION = "CN-33 → CN-31 → CN-31.WJW", "CN → CN-33 → CN-33-01.WJW"
VERDICTS = [
    *(VALID, "unknown-key", "bad-signature", "expired", "no-code"),
    *(VALID, "presentation-stale", "presentation-stale", VALID, VALID),
    *(SHANGHAI, "CN-31 → CN-33 → CN-33-01.WJW", "CN-33 → CN-32 → CN-32-01.WJW", "unknown-key"),
    *("unknown-key", "CN → CN-34 → CN-34-01.WJW", "not-recognised"),
    *(SHANGHAI, SHANGHAI, "key-revoked", "key-revoked", SHANGHAI, "registry-stale"),
    *("revoked", STATION),
]

Run: TypeAlias = Callable[..., tuple[int, str, str]]


class Told(NamedTuple):
    """What a run has told, and the folder that it has left."""

    out: str
    folder: Path


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Run the demo once, for those who only look."""
    folder = tmp_path_factory.mktemp("demo") / "here"
    with redirect_stdout(io.StringIO()) as out:
        assert main(("demo", "--out", str(folder))) == 0
    return Told(out.getvalue(), folder)


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

    def test_tells_the_whole_story(self, told: Told) -> None:
        """The verdicts of all scenes, in order."""
        rows = [line for line in told.out.splitlines() if line.startswith("  verdict")]
        assert [row.split("  ")[-1] for row in rows] == VERDICTS
        assert told.out.count("it has been shown here before") == 1
        assert told.out.count("it was not made just now: show a new one") == 1
        assert [line.split()[3] for line in told.out.splitlines() if line.startswith("  ID card")] == [
            "✓",
            "✗",
            "✓",
        ]
        assert told.out.count("1 applied, 0 refused") == 2

    def test_can_be_read_off_a_terminal(self, told: Told) -> None:
        """Plain text of 80 columns, but for the commands, which are copied."""
        lines = told.out.splitlines()
        assert "\x1b" not in told.out
        assert all(line == line.rstrip() for line in lines)
        assert all(cell_len(line) <= 80 for line in lines[:-7])

    def test_is_told_in_one_language(self, told: Told) -> None:
        """Each heading, each verdict and what the guard is told."""
        headings = [line for line in told.out.splitlines() if line.endswith("─") and line[0].isdigit()]
        assert [int(heading.split()[0]) for heading in headings] == list(range(1, 16))
        assert all(heading.isascii() for heading in map(str.strip, (one.strip(" ─") for one in headings)))
        assert "No health code could be read" in told.out
        assert "未读取到健康码" not in told.out

    def test_is_told_in_chinese(self, told: Told, demo: Run) -> None:
        """The Chinese demo has the same scenes, rows and verdicts; nothing of ours is English but codes."""
        chinese = demo("--out", "x", "--lang", "zh")[1]
        lines = chinese.splitlines()
        headings = [line for line in lines if line.endswith("─") and line[0].isdigit()]
        assert [int(heading.split()[0]) for heading in headings] == list(range(1, 16))
        rows = [line for line in lines if line.startswith("  核验结论")]
        english = [line for line in told.out.splitlines() if line.startswith("  verdict")]
        assert len(rows) == len(english)
        assert "未读取到健康码" in chinese
        assert "No health code" not in chinese
        assert all(cell_len(line) <= 80 for line in lines[:-7])

    def test_a_gate_decides_and_a_colour_turns(self, told: Told) -> None:
        """The checkpoint asks first, then does what its table says; the colour turns; the code is converted."""
        rows = [line for line in told.out.splitlines() if line.startswith("  decides")]
        assert [row.split("decides")[1].split()[0].rstrip(";,") for row in rows] == [
            *("asks", "admit", "turn", "quarantine", "quarantine", "admit")
        ]
        turning = told.out[told.out.index("A colour turns") :]
        assert turning.count("■ red") == 3
        assert turning.count("● green") == 1
        assert turning.count("  refused   the identity document") == 1
        assert turning.count("  converted CN-33-01.WJW, from MO.SSM") == 1

    def test_what_stays(self, told: Told) -> None:
        """Pictures, stores and a ledger lie in the folder, and no key does."""
        assert {path.name for path in told.folder.iterdir()} == FILES | STORES
        files = [path for path in told.folder.rglob("*") if path.is_file()]
        assert not any(b"PRIVATE KEY" in path.read_bytes() for path in files)

    def test_the_layout_is_the_same_each_time(self, told: Told, demo: Run) -> None:
        """Two runs differ in their keys, texts and times alone."""
        first, second = ([line[:10] for line in out.splitlines()] for out in (told.out, demo("--out", "x")[1]))
        assert first == second

    def test_the_sheet_is_that_of_the_paper_code(self, told: Told) -> None:
        """The sheet that stays holds the code that the gate has read from paper."""
        assert scan(rendered((told.folder / "sheet.pdf").read_bytes())) == scan(told.folder / "paper.png")

    def test_the_altered_code_says_green(self, told: Told) -> None:
        """What is claimed is green, and the gate does not believe it."""
        (text,) = scan(told.folder / "altered.png").texts
        claimed = inspect_unverified(text).claimed
        assert claimed
        assert claimed.health.color is Color.GREEN

    def test_noon_is_told_by_the_numbers_of_real_lists(self, told: Told) -> None:
        """Nobody, then one; in some twenty-five lines."""
        scene = told.out[told.out.index("12  A colour is withdrawn") :].split("\n13  ")[0]
        assert len(scene.splitlines()) <= 25
        for row in (
            "12:00 UTC+8, the next noon",
            "08:00     list 0: 0 withdrawn",
            "12:00     officer 17 withdraws the code: a positive test",
            "12:00     list 0: 1 withdrawn",
            "list      of 08:00, 4 hours old",
        ):
            assert row in scene

    @pytest.mark.parametrize("hour", range(24))
    def test_noon_comes_next_at_any_hour(self, hour: int) -> None:
        """The next noon is within a day, in the zone of the story."""
        at = datetime(2026, 11, 1, hour, 59, 59, tzinfo=UTC)
        assert timedelta(0) < next_noon(at) - at <= timedelta(days=1)
        assert next_noon(at).hour == 12

    @pytest.mark.parametrize("hour", [11, 12, 23])
    def test_ends_in_the_same_way_at_any_hour(self, tmp_path: Path, hour: int) -> None:
        """Whenever the demo runs, the gate refuses the withdrawn code and the station does not."""
        console = Console(file=io.StringIO(), width=80)
        at = datetime(2026, 11, 1, hour, 59, 59, tzinfo=UTC)
        with staged.clock(at.isoformat()):
            Story(console, tmp_path, at).tell()
        out = console.file.getvalue()  # type: ignore[attr-defined]
        assert [line.split("  ")[-1] for line in out.splitlines() if "verdict " in line] == VERDICTS


class TestPhotographs:
    def test_can_be_read(self) -> None:
        """The decoder reads a photographed code each time, with the text that was drawn."""
        for _ in range(5):
            device = HolderKey.generate()
            issuer = Issuer("CN-33-01.WJW", signer=SigningKey.generate(), lifetime=timedelta(days=1))
            code = issuer.issue(HealthCode(color=Color.GREEN, holder="张*丰"), holder_key=device.public_key).text
            shown = present(code, device)
            assert scan(photograph_phone(png(shown))) == ((shown,), 0)
            assert scan(photograph_paper(png(code))) == ((code,), 0)


class TestPage:
    @pytest.mark.parametrize("width", [1, 24, 40, 80])
    def test_nothing_is_cut(self, width: int) -> None:
        """A heading and a row are told in full, however narrow the terminal is."""
        console = Console(file=io.StringIO(), width=width)
        page = Page(console)
        page.scene("Recognised both ways, one way, not at all 相互认可、单向认可、未认可")
        page.row("guard", "the lists on this device are out of date 本设备的登记库已过期")
        told = console.file.getvalue().replace("─", "")  # type: ignore[attr-defined]
        assert "1Recognisedbothways,oneway,notatall相互认可、单向认可、未认可" in "".join(told.split())
        assert "guardthelistsonthisdeviceareoutofdate本设备的登记库已过期" in "".join(told.split())


class TestHints:
    """What stays can be looked at."""

    def test_each_works(
        self, told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The commands that the demo ends with can be copied, and tell what they promise."""
        monkeypatch.chdir(tmp_path)
        expected = {
            "inspect": (0, "issuer        CN-33-01.WJW"),
            "verify": (0, "listed by     CN-33 浙江省 Zhejiang"),
            "trust show": (0, "CN-31 上海市 Shanghai  recognised"),
            "trust why": (1, "ended           key revoked by CN-31, "),
            "status history": (0, "withdrawn by officer 17: a positive test"),
            "keygen": (0, ""),
        }
        for line, (name, (code, shown)) in zip(told.out.splitlines()[-6:], expected.items(), strict=True):
            command, _, source = line.split(" healthpass ", 1)[1].partition(" < ")
            assert command.startswith(name)
            if source:
                monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path(source).read_bytes())))
            assert main(shlex.split(command)) == code
            assert shown in capsys.readouterr().out
        assert (tmp_path / "KEY.pem").exists()
        assert not list(told.folder.glob("ledger/ledger.db-*"))

    @pytest.mark.parametrize(
        ("called", "found", "program"),
        [
            (".venv/bin/healthpass", None, ".venv/bin/healthpass"),
            (".venv/bin/healthpass", "/usr/bin/healthpass", "healthpass"),
            ("/usr/bin/pytest", None, "healthpass"),
        ],
    )
    def test_they_name_the_program(
        self, demo: Run, monkeypatch: pytest.MonkeyPatch, called: str, found: str | None, program: str
    ) -> None:
        """The commands can be copied, also where the program is not on the path."""
        monkeypatch.setattr("sys.argv", [called])
        monkeypatch.setattr("shutil.which", lambda _: found)
        assert f"Look inside a code:  {program} inspect " in demo()[1]


class TestFolder:
    """Nothing foreign is overwritten."""

    def test_again(self, demo: Run) -> None:
        """It may run again in the folder that it made; the gates and the ledger begin anew."""
        drawn = []
        for _ in range(2):
            code, out, _ = demo("--out", "here")
            assert code == 0
            assert main(shlex.split(out.splitlines()[-2].split("healthpass ", 1)[1])) == 0
            (anchor,) = TrustStore.open("here/zhejiang-gate").view().anchors
            assert [anchor.id, *(one.id for one in anchor.recognised)] == ["CN-33", "CN-31", "CN-32"]
            drawn.append(Path("here/code.png").read_bytes())
        assert drawn[0] != drawn[1]

    @pytest.mark.parametrize("function", ["Delta.bundle", "publish"])
    def test_after_an_interruption(self, demo: Run, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
        """A run that was interrupted, with a gate half made or a ledger open, is no obstacle to the next."""

        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(f"healthpass.cli.demo.story.{function}", interrupt)
            assert demo("--out", "here")[0] == 130
        assert demo("--out", "here")[0] == 0

    def test_a_store_that_is_damaged(self, demo: Run) -> None:
        """A gate's store that cannot be opened is left as it is, and said in a line."""
        Path("here/station").mkdir(parents=True)
        Path("here/.healthpass-demo").touch()
        Path("here/station/trust.json").write_text("{}")
        code, _, err = demo("--out", "here")
        assert code == 3
        assert err.startswith("healthpass: error: ")
        assert Path("here/station/trust.json").read_text() == "{}"

    def test_a_file_in_the_ledgers_place(self, demo: Run) -> None:
        """What cannot be cleared away is one line on standard error."""
        Path("here").mkdir()
        Path("here/ledger").write_text("mine")
        Path("here/.healthpass-demo").touch()
        code, _, err = demo("--out", "here")
        assert code == 2
        assert err.startswith("healthpass: error: ")

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
