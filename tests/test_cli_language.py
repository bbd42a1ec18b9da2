"""The command line in one language at a time: how it is chosen, and that each text has its Chinese."""

import csv
import inspect
import re
from collections.abc import Iterator
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from command_line import KEY, Run, runner, token
from healthpass.cli import app

HAN = re.compile("[\u3400-\u9fff]")
LOCALE = ("HEALTHPASS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in a folder of its own, which holds PUB.pem, without any locale."""
    monkeypatch.chdir(tmp_path)
    for name in LOCALE:
        monkeypatch.delenv(name, raising=False)
    Path("PUB.pem").write_text(KEY.public_key.to_pem())
    return runner(capsys, monkeypatch)


def rows(table: str) -> dict[str, str]:
    """Read a table of the package."""
    text = (files("healthpass.chinese") / f"{table}.csv").read_text("utf-8")
    return {row["en"]: row["zh"] for row in csv.DictReader(StringIO(text))}


class TestChoice:
    @pytest.mark.parametrize(
        ("environment", "arguments", "chinese"),
        [
            ({}, [], False),
            ({}, ["--lang", "zh"], True),
            ({}, ["--lang=zh"], True),
            ({"HEALTHPASS_LANG": "zh"}, [], True),
            ({"HEALTHPASS_LANG": "zh"}, ["--lang", "en"], False),
            ({"LANG": "zh_CN.UTF-8"}, [], True),
            ({"LANG": "zh_CN.UTF-8", "HEALTHPASS_LANG": "en"}, [], False),
            ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, [], False),
            ({"LANG": "zh_CN.UTF-8", "LC_ALL": "", "LC_MESSAGES": "en_GB"}, [], False),
            ({"LANG": "de_DE.UTF-8"}, [], False),
            ({"HEALTHPASS_LANG": "", "LANG": "zh"}, [], True),
        ],
    )
    def test_goes_from_the_option_to_the_locale(
        self,
        run: Run,
        monkeypatch: pytest.MonkeyPatch,
        environment: dict[str, str],
        arguments: list[str],
        chinese: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        """The option counts, else the variable, else the first part of the locale that is set, else English."""
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert bool(HAN.search(run("--help", *arguments).out)) == chinese

    def test_stands_anywhere(self, run: Run) -> None:
        """The option may stand before the command, after it, or after its arguments; each run chooses anew."""
        text = token()
        places = [
            ("--lang", "zh", "inspect", text),
            ("inspect", "--lang=zh", text),
            ("inspect", text, "--lang", "zh"),
        ]
        assert len({run(*each).out for each in places}) == 1
        assert not re.search("[，。：]", run("inspect", text).out)

    def test_ends_at_two_dashes(self, run: Run) -> None:
        """After `--` it is a text like others."""
        ran = run("verify", "--issuer-key", "CN-33-01.WJW=PUB.pem", "--", "--lang=zh")
        assert ran.code == 1
        assert "NOT VALID" in ran.out

    @pytest.mark.parametrize("arguments", [("--lang", "fr"), ("--lang=",), ("--lang",), ("--lang", "ZH")])
    def test_of_another_language_is_wrong_usage(self, run: Run, arguments: tuple[str, ...]) -> None:
        """A wrong value is an error of usage, for the option and for the variable."""
        ran = run("--version", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "expected en or zh" in ran.err

    def test_of_another_language_in_the_variable(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """So is a wrong value of the variable; it is told in the language of the locale."""
        monkeypatch.setenv("HEALTHPASS_LANG", "fr")
        monkeypatch.setenv("LANG", "zh_CN")
        ran = run("--version")
        assert ran.code == 2
        assert ran.err.startswith("healthpass 错误：HEALTHPASS_LANG 'fr'")
        assert run("health", "--lang", "fr").code == 3

    def test_of_another_language_is_told_in_that_of_the_variable(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A wrong value of the option is told in the language of the variable, not of the locale."""
        monkeypatch.setenv("HEALTHPASS_LANG", "zh")
        assert run("--version", "--lang", "fr").err.startswith("healthpass 错误：--lang 'fr'")

    def test_is_in_the_help(self, run: Run) -> None:
        """The help names the option and the variable."""
        assert "--lang en|zh" in run("--help").out
        assert "HEALTHPASS_LANG" in run("--help").out


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give a command and all below it."""
    yield path, command
    for name in command.list_commands(None) if hasattr(command, "list_commands") else ():
        yield from walk(command.get_command(None, name), (*path, name))


def paragraphs(text: str) -> Iterator[str]:
    """Cut a help text into what the table has rows for."""
    for part in inspect.cleandoc(text).split("\n\n"):
        yield " ".join(part.split())


COMMANDS = dict(walk(get_command(app.app)))
GROUPS = "|".join(path[0] for path, one in COMMANDS.items() if path and hasattr(one, "list_commands"))
NAMED = re.compile(rf"`healthpass ({GROUPS}) ([a-z]+)\b")
HELPS = {
    part
    for command in COMMANDS.values()
    for text in (command.help, *(getattr(param, "help", None) for param in command.params))
    if text
    for part in paragraphs(text)
} | {"Show this message and exit."}


class TestHelp:
    def test_has_a_row_for_each_paragraph(self) -> None:
        """Each paragraph of a command's help and of an option's has its Chinese, and no row is for none."""
        assert HELPS ^ rows("help").keys() == set()

    def test_is_in_one_language(self, run: Run) -> None:
        """The help has the same options in both languages, and no line is too long for a terminal."""
        for path in COMMANDS:
            chinese, english = run(*path, "--help", "--lang", "zh").out, run(*path, "--help").out
            assert not HAN.search(english), path
            assert chinese.startswith("用法：healthpass"), path
            assert [line for line in chinese.splitlines() if len(line.encode("gbk")) > 80] == [], path
            options = [
                re.findall(r"^  (-\S+)", text, re.MULTILINE)
                for text in (chinese.split("选项：\n")[1], english.split("Options:\n")[1])
            ]
            assert options[0] == options[1], path

    def test_pages_name_commands_that_are_there(self) -> None:
        """A command that a page names within a sentence or a table is one of the command line."""
        pages = Path(__file__).resolve().parent.parent / "docs"
        named = {path for page in pages.rglob("*.md") for path in NAMED.findall(page.read_text("utf-8"))}
        assert ("status", "history") in named
        assert named - COMMANDS.keys() == set()
