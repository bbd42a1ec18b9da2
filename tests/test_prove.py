"""`.ci/prove`: one report of whatever was run, which says what failed."""

from pathlib import Path

import pytest

import prove
from prove import PARTS, Part, fuzzing, missed


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let two programs of a line each stand for the parts."""
    (tmp_path / "good.py").write_text("import sys\nprint('| it took | 2 | <= 3 |', *sys.argv[1:])", "utf-8")
    (tmp_path / "bad.py").write_text("raise SystemExit('it is broken')", "utf-8")
    monkeypatch.setattr(prove, "TESTS", tmp_path)
    monkeypatch.setattr(prove, "PARTS", (Part("one", "good.py", fuzzing), Part("two", "bad.py")))
    return tmp_path


class TestReport:
    @pytest.mark.usefixtures("scripts")
    def test_names_what_failed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A part that fails is told, with all that it wrote, beside the others."""
        assert prove.main([]) == 1
        out, err = capsys.readouterr()
        assert "| one | `good.py` | 0.0 | passed |" in out
        assert "| two | `bad.py` | 0.0 | exit code 1 |" in out
        assert "```text\nit is broken\n```" in out
        assert err == "prove: good.py\nprove: bad.py\n"

    @pytest.mark.usefixtures("scripts")
    def test_of_one_part_in_time(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A part alone is run for the time that it is given."""
        assert prove.main(["one", "--minutes", "9"]) == 0
        assert "| it took | 2 | <= 3 | --seconds 2" in capsys.readouterr().out
        with pytest.raises(SystemExit):
            prove.main(["three"])
        assert "no such part: three" in capsys.readouterr().err

    def test_tells_aims_that_are_missed(self) -> None:
        """A figure above its aim is told; what has none is not."""
        table = "| a | 1,200.5 / 3 | <= 300 |\n| b | 1 | <= 2 |\n| c | 9 | |\n"
        assert missed(table) == ["a: 1,200.5, not 300"]

    def test_parts_are_there(self) -> None:
        """Every program of the proof exists."""
        assert all((Path(__file__).parent / part.script).is_file() for part in PARTS)
