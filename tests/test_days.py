"""The operators' days of docs/examples/days: scripts of real commands, under a clock that libfaketime sets."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DAYS = Path(__file__).resolve().parent.parent / "docs" / "examples" / "days"
TIMEOUT = 900  # seconds, for a hundred programs

if not shutil.which("faketime"):
    pytest.skip("faketime is not installed, and the clock cannot be set", allow_module_level=True)


def spend(day: str, folder: Path) -> str:
    """Spend a day in an empty folder; return what it printed."""
    program = Path(sys.executable).parent
    assert (program / "healthpass").exists()
    done = subprocess.run(
        ["bash", DAYS / f"{day}.sh"],
        cwd=folder,
        env=os.environ | {"PATH": f"{program}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def counted(printed: str) -> dict[str, float]:
    """Return how many commands each task took, each time."""
    lines = re.findall(
        r"^ *(\d+)  (.*?)(?:, \d+ times: ([\d.]+) each)?$", printed.partition("== commands\n")[2], re.MULTILINE
    )
    return {task: float(each or whole) for whole, task, each in lines}


def promised(day: str) -> dict[str, float]:
    """Return how many commands the page says that the tasks of a day take."""
    page = (DAYS.parent.parent / "examples.md").read_text("utf-8")
    rows = re.findall(rf"^\| `{day}.sh` \| (.*?) \| (\d+) \|", page, re.MULTILINE)
    assert rows
    return {task: float(commands) for task, commands in rows}


def part(printed: str, begins: str) -> str:
    """Return what was printed from the heading that has these words on, up to the next heading."""
    (found,) = [one for one in re.split(r"^== ", printed, flags=re.MULTILINE) if begins in one.splitlines()[0]]
    return found


class TestAuthority:
    def test_a_fortnight(self, tmp_path: Path) -> None:
        """A bad file costs no morning, a theft is undone by a root, and nobody has to pin anything again."""
        printed = spend("authority", tmp_path)
        assert promised("authority").items() <= counted(printed).items()
        down = part(printed, "server is down")
        assert "it is left out" in down
        assert "0 refused" in down
        stolen = part(printed, "a key was stolen in Shanghai")
        assert stolen.count("valid  ● green") == 4  # three before, and Jiangsu's after it
        assert stolen.count("key-revoked") == 1
        assert "valid  ● green" in part(printed, "a thief has the registry key")  # until the people have met
        met = part(printed, "the people of the root meet")
        assert "epoch-opened" in met
        assert (met.count("unknown-key"), met.count("valid  ● green")) == (1, 1)
        stolen = part(printed, "with the first key of the office")
        assert (stolen.count("key-revoked"), stolen.count("valid  ● green")) == (1, 1)
        assert "not-recognised" in part(printed, "recognises Jiangsu no longer")
        anew, after = printed.partition("two keys of the root are stolen")[::2]
        assert anew.count("$ healthpass trust pin gate ") == 1  # whatever happened until then
        assert after.count("$ healthpass trust pin gate ") == 1
        assert (after.count("key-revoked"), after.count("valid  ● green")) == (1, 1)  # what was revoked stays so


class TestOffice:
    def test_a_day(self, tmp_path: Path) -> None:
        """What was withdrawn stays withdrawn, also when a copy is put back."""
        printed = spend("office", tmp_path)
        assert promised("office").items() <= counted(printed).items()
        assert part(printed, "samples").count("revoked  ") == 2
        assert part(printed, "jumps nine days ahead").count("(exit code 3)") == 2
        assert "valid  ● green" in part(printed, "withdrawn by mistake")
        restored = part(printed, "the copy is put back")
        assert (restored.count("revoked  "), restored.count("valid  ● green")) == (1, 2)


class TestGates:
    def test_a_week(self, tmp_path: Path) -> None:
        """A gate that cannot judge says so and why, and each is mended by one update."""
        printed = spend("gates", tmp_path)
        assert promised("gates").items() <= counted(printed).items()
        for begins, verdict in (
            ("south holds has expired", "registry-stale"),
            ("the disk of ward", "(exit code 3)"),
            ("the battery", "clock-suspect"),
            ("somebody brings a stick", "registry-stale"),
        ):
            assert verdict in part(printed, begins), begins
        assert part(printed, "all gates judge alike").count("valid  ● green") == 5
