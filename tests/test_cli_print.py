"""`healthpass print`."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from command_line import DEVICE, GREEN, ISSUER, KEY, START, Ran, Run, rendered, runner, token
from healthpass import issue, present, sheet
from healthpass.qr import png
from healthpass.scan import scan

CODE = issue(
    GREEN,
    issuer=ISSUER,
    signer=KEY,
    lifetime=timedelta(days=7),
    at=START,
    document=("resident-id", "11010519491231002X"),
)
needs_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in a folder of its own, with the opening of the code."""
    monkeypatch.chdir(tmp_path)
    assert CODE.opening is not None
    Path("opening.hex").write_text(f"{CODE.opening.hex()}\n")
    return runner(capsys, monkeypatch)


@pytest.fixture
def lay_out(run: Run) -> Run:
    """Run `print`, to SHEET.pdf unless another place is given."""

    def lay_out(*arguments: str, code: str = CODE.text, stdin: bytes = b"") -> Ran:
        return run(
            "print", *(() if "--out" in arguments else ("--out", "SHEET.pdf")), *arguments, code, stdin=stdin
        )

    return lay_out


class TestPrint:
    """`healthpass print`."""

    def test_pdf(self, lay_out: Run) -> None:
        """The sheet holds the code; nothing is printed on standard output."""
        assert lay_out() == (0, "", "")
        assert scan(rendered(Path("SHEET.pdf").read_bytes())) == ((CODE.text,), 0)
        assert Path("SHEET.pdf").read_bytes() == sheet.pdf(CODE.text)

    def test_opening_and_layout(self, lay_out: Run) -> None:
        """The opening goes to the strip, and the layout is the one that was chosen."""
        assert lay_out("--opening", "opening.hex", "--layout", "large", "--out", "SHEET.PDF").code == 0
        assert Path("SHEET.PDF").read_bytes() == sheet.pdf(CODE, layout="large")
        assert lay_out("--opening", "opening.hex", "--out", "sheet.svg").code == 0
        assert Path("sheet.svg").read_text(encoding="utf-8") == sheet.svg(CODE)

    @needs_posix
    def test_a_sheet_with_an_opening_is_secret(self, lay_out: Run) -> None:
        """A sheet that holds the opening is its owner's alone, as the opening's own file is."""
        before = os.umask(0o022)
        try:
            lay_out("--opening", "opening.hex")
            lay_out("--out", "plain.pdf")
        finally:
            os.umask(before)
        assert Path("SHEET.pdf").stat().st_mode & 0o777 == 0o600
        assert Path("plain.pdf").stat().st_mode & 0o777 == 0o644

    def test_sources(self, lay_out: Run) -> None:
        """The code is a text, a line on standard input, or in a picture."""
        Path("code.png").write_bytes(png(CODE.text))
        assert lay_out("--out", "a.pdf", code="code.png").code == 0
        assert lay_out("--out", "b.pdf", code="-", stdin=CODE.text.encode()).code == 0
        assert Path("a.pdf").read_bytes() == Path("b.pdf").read_bytes() == sheet.pdf(CODE.text)

    def test_overwrites_nothing(self, lay_out: Run) -> None:
        """An existing file is an error, and stays as it was."""
        Path("SHEET.pdf").write_text("mine")
        ran = lay_out()
        assert (ran.code, ran.out) == (2, "")
        assert "exists already" in ran.err
        assert Path("SHEET.pdf").read_text() == "mine"

    def test_a_full_disk(self, lay_out: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """A disk that fills up leaves no half of a sheet."""

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        ran = lay_out()
        assert ran.code == 2
        assert "no space left on device" in ran.err
        assert {path.name for path in Path().iterdir()} == {"opening.hex"}

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--out", "SHEET.png"), "must end in .pdf or .svg"),
            (("--out", "nowhere/SHEET.pdf"), "no such file or folder"),
            (("--opening", "nothing.hex"), "no such file"),
            (("--layout", "huge"), "'huge' is not one of 'bilingual', 'large'"),
            (("--font", "nothing.ttf"), "cannot read 'nothing.ttf'"),
            (("--font", "opening.hex"), "cannot be embedded"),
            (("--font", "x.ttf", "--out", "SHEET.svg"), "--font is for PDF"),
        ],
    )
    def test_wrong_usage(self, lay_out: Run, arguments: tuple[str, ...], says: str) -> None:
        """Wrong options are one line that says what is wrong, and no file is written."""
        ran = lay_out(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
        assert {path.name for path in Path().iterdir()} == {"opening.hex"}

    def test_codes_that_are_not_for_paper(self, lay_out: Run) -> None:
        """Codes that are bound to a device, presentations, and openings without a document are refused."""
        bound = token(holder_key=DEVICE.public_key)
        for arguments, code, says in (
            ((), bound, "bound to a device, and no gate accepts it from paper"),
            ((), present(bound, DEVICE, at=START), "good for a minute"),
            (("--opening", "opening.hex"), token(), "bound to no document"),
            ((), "hello", "not the text of a credential"),
        ):
            ran = lay_out(*arguments, code=code)
            assert (ran.code, ran.out) == (2, "")
            assert says in ran.err

    def test_no_font(self, lay_out: Run) -> None:
        """Where no font has the label, the hint is to write SVG or to give a font."""
        rare = token(GREEN.model_copy(update={"holder": "ئا*"}))
        ran = lay_out(code=rare)
        assert (ran.code, ran.out) == (2, "")
        assert "hint: write .svg" in ran.err
        assert lay_out("--out", "sheet.svg", code=rare).code == 0
