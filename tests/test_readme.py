"""The README: its picture is a real code, its commands are single lines, its claims are counted."""

import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

import healthpass
from healthpass import qr
from healthpass.cli import main
from healthpass.scan import scan

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PICTURE = ROOT / "docs" / "assets" / "health-code.svg"
CAPTION = ("张*丰", "CN-33-01.WJW", "2026-11-02 08:00 (UTC+8)", "a0a1a2a3a4a5a6a7a8a9aaab")


def example() -> str:
    """Return the text of the example in section 1 of the specification."""
    found = re.search(r"```text\n(HP1:.*)\n```", (ROOT / "spec" / "credential.md").read_text("utf-8"))
    assert found
    return found[1]


class TestPicture:
    def test_is_the_example_of_the_specification(self) -> None:
        """The picture is what healthpass.qr draws of the example, so nobody edits it by hand."""
        assert PICTURE.read_text("utf-8") == qr.svg(example(), caption=CAPTION)
        assert str(PICTURE.relative_to(ROOT)) in README

    def test_scans(self) -> None:
        """The modules of the picture, drawn pixel by pixel, scan to the example."""
        root = ET.fromstring(PICTURE.read_text("utf-8"))  # noqa: S314 - our own file
        side = int(root.attrib["viewBox"].split()[2])
        path = next(element.attrib["d"] for element in root if element.tag.endswith("path"))
        picture = Image.new("L", (side, side), 255)
        for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
            picture.paste(0, (int(x), int(y), int(x) + int(run), int(y) + 1))
        assert scan(picture.resize((8 * side, 8 * side), Image.Resampling.NEAREST)).texts == (example(),)


class TestWords:
    def test_the_first_sentence_is_the_same_everywhere(self, capsys: pytest.CaptureFixture[str]) -> None:
        """README, package, site and command line begin with one sentence, which says what this is for."""
        sentence = README.splitlines()[2]
        assert (healthpass.__doc__ or "").startswith(f"{sentence}\n")
        assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["description"] == sentence
        assert f"\nsite_description: {sentence}\n" in (ROOT / "mkdocs.yml").read_text("utf-8")
        assert f"\n# {sentence.removesuffix('.')}\n" in (ROOT / "docs" / "index.md").read_text("utf-8")
        assert main(["--help"]) == 0
        assert sentence in " ".join(capsys.readouterr().out.split())

    def test_commands_are_single_lines(self) -> None:
        """Both commands stand alone in their block, as a person copies them."""
        commands = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
        assert [command.count("\n") for command in commands] == [1, 1]
        assert all(command.startswith("python3 -m venv .venv && ") for command in commands)
        assert "healthpass demo" in commands[0]
        assert commands[1].rstrip().endswith("pytest -n auto")

    def test_counts(self) -> None:
        """The size is that of the example."""
        assert f"| {len(example())} | {qr.version(example())} |" in README

    def test_links_lead_somewhere(self) -> None:
        """Each relative link leads to a file or a folder."""
        for target in re.findall(r"\]\(([^)#]+)\)", README):
            assert (ROOT / target).exists(), target
