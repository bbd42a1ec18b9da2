"""The programs of docs/examples run, and print what they say they print."""

import ast
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
PROMISE = "It prints:\n\n"


def promised(path: Path) -> str:
    """Return what a program says that it prints; nothing for one that is no program of its own."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return dedent(text.partition(PROMISE)[2]).strip()


PROGRAMS = [path for path in sorted(EXAMPLES.glob("*.py")) if promised(path)]


class TestExamples:
    def test_are_found(self) -> None:
        """The story of two provinces is among them."""
        assert "two_provinces.py" in {path.name for path in PROGRAMS}

    @pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
    def test_print_what_they_say(self, path: Path, tmp_path: Path) -> None:
        """A program runs in an empty folder, leaves nothing there, and prints the lines of its docstring."""
        done = subprocess.run(
            [sys.executable, path], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip() == promised(path)
        assert not list(tmp_path.iterdir())
