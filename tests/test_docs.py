"""What the documentation shows is what happens: its Python and console blocks are run.

A page that tells a story says when it happens, `<!-- clock: 2026-11-02T09:00:00+08:00 -->`, from there on until
it says so again: its commands run on the stage of tests/staged.py.

`python tests/test_docs.py docs/authority.md docs/index.md ...` writes anew what such pages show, where something
else is printed now. A Chinese page shows what is printed in Chinese.
"""

import doctest
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import healthpass
import staged
from healthpass import Verdict
from healthpass.cli.io.claims import Claims, read_claims
from healthpass.drawing import _caption
from healthpass.ledger import SqliteLedger
from tokens import module

TOP = Path(__file__).resolve().parent.parent
DOCS = TOP / "docs"
FENCE = re.compile(r'^( *)```(python|console|\w+(?= title="))([^\n]*)\n(.*?)^\1```$', re.MULTILINE | re.DOTALL)
CLOCK = re.compile(r"^ *<!-- clock: (\S+) -->$", re.MULTILINE)
DRAWN = re.compile(r"--qr \S+\.png|caption=\[")
PAGES = [
    path
    for path in (TOP / "README.md", *sorted(DOCS.rglob("*.md")))
    # A story takes its time, and is run once, but for the gate's: a translated page has the same commands, which
    # is tested below. `python tests/test_docs.py PAGE` runs the others, and writes what they print.
    if path.name == "gate.zh.md" or not (path.name.endswith(".zh.md") and CLOCK.search(path.read_text("utf-8")))
]
PRACTICE = "/usr/lib/softhsm/libsofthsm2.so"  # a hardware module made of software
TIMEOUT = 60  # seconds, for one command

# Of a thumbprint, in groups or not, a kid or a reference; a number without a letter is of something else.
OF_OUR_KEYS = re.compile(r"(?:[0-9a-f]{4} ){3,}[0-9a-f]{4}|\b(?=[0-9]*[a-f])[0-9a-f]{16,}\b")
NOBODYS = "000102030405060708090a0b"  # a reference that is of no code

SHELL = "docs/withdrawing.md"  # all of its commands go through a shell; elsewhere those that need one
FAILS = ' || echo "exit $?"'
PLAIN = re.compile(r"healthpass (?:[^'\"|&;<>$`*?~#(){}\[\]!\\]|\\\n|'[^'\\]*'|\"[^\"$`\\!]*\")*")


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    code: str
    page: str
    line: int
    clock: str = ""  # when it happens; empty for now
    file: str = ""  # the name of the file that it shows


def blocks(text: str, page: str) -> Iterator[Block]:
    """Give the blocks to run, in the order of the page; an indented block is one too."""
    for match in FENCE.finditer(text):
        indent, language, title, code = match.groups()
        code = re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)
        clocks = CLOCK.findall(text, 0, match.start())
        place = text.count("\n", 0, match.start()) + 2
        yield Block(language, code, page, place, clocks[-1] if clocks else "", title[8:-1])


def run_python(block: Block, namespace: dict[str, Any]) -> None:
    """Run a block: as a session when it starts with a prompt, otherwise as a program."""
    if not block.code.startswith(">>> "):
        padding = "\n" * (block.line - 1)  # so that a traceback names the line of the page
        exec(compile(padding + block.code, block.page, "exec"), namespace)  # noqa: S102 - our own page
        return
    session = doctest.DocTestParser().get_doctest(block.code, {}, block.page, block.page, block.line - 1)
    session.globs = namespace
    report: list[str] = []
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(
        session, out=report.append, clear_globs=False
    )
    assert not results.failed, "".join(report)


def run_console(block: Block, folder: Path) -> None:
    """Run each line that starts with `$ `, which has to succeed and to print what the block shows."""
    for command, shown in commands(block.code):
        code, printed = run(command, folder, block)
        place = f"{block.page}, line {block.line}: {command}"
        assert code == 0, f"{place}\nexit code {code}\n{printed}"
        assert not shown or pattern(shown).fullmatch(printed), f"{place}\n{printed}"


def run(command: str, folder: Path, block: Block) -> tuple[int, str]:
    """Run a command in a folder, at the time of the page; return its exit code, and what it printed."""
    environment = {
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "HEALTHPASS_LANG": "zh" if block.page.endswith(".zh.md") else "en",
        "TZ": "Asia/Shanghai" if block.clock else "UTC",
        "PKCS11_MODULE_PATH": PRACTICE,
        "KMS_BRIDGE": str(DOCS / "examples" / "kms_bridge.py"),
        "COLORING": str(DOCS / "examples" / "coloring"),
        # Where Pillow looks for fonts, which are the user's, wherever the home is.
        "XDG_DATA_HOME": os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share")),
    }
    plain = command.removesuffix(FAILS)
    if block.clock and block.page != SHELL and PLAIN.fullmatch(plain):
        # As a shell would, and without half a second for a new Python.
        words = shlex.split(plain.replace("\\\n", ""))
        code, printed = staged.run(words[1:], folder, block.clock, environment)
        return (0, f"{printed}exit {code}\n") if code and plain != command else (code, printed)
    path = [str(Path(sys.executable).parent), os.environ["PATH"]]
    if block.clock:
        stage = folder / ".stage" / "healthpass"
        stage.parent.mkdir(exist_ok=True)
        program = shlex.join([sys.executable, staged.__file__, block.clock])
        stage.write_text(f'#!/bin/sh\nexec {program} "$@"\n', "utf-8")
        stage.chmod(0o755)
        path.insert(0, str(stage.parent))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=environment | {"PATH": os.pathsep.join(path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    return done.returncode, done.stdout


def commands(code: str) -> Iterator[tuple[str, str]]:
    """Give each command, whose lines end with a backslash but for the last, and the output shown below it."""
    assert code.startswith("$ "), "a console block starts with a command"
    for part in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
        command = re.match(r"(?:.*\\\n)*.*\n?", part)
        assert command
        yield command[0].rstrip("\n"), part[command.end() :].rstrip("\n")


def pattern(shown: str) -> re.Pattern[str]:
    """Turn shown output into a pattern: `...` is any text of a line, and on a line alone any lines or none."""
    return re.compile(
        "".join(
            r"(?:.*\n)*" if line.strip() == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
            for line in shown.splitlines()
        )
    )


def typed(block: Block) -> str:
    """Return what a reader takes from a block: the commands, or a program but for its comments."""
    if block.language == "console":
        return "\n".join(command for command, _ in commands(block.code))
    return re.sub(r' *# .*| *""".*"""', "", block.code)


class TestPages:
    @pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(TOP).as_posix())
    def test_every_block_runs(self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The blocks of a page run in its order, in one folder and one namespace."""
        if DRAWN.search(path.read_text("utf-8")) and len(list(_caption.fonts())) == 1:  # Pillow's own
            pytest.skip("it draws a Chinese caption, and no Chinese font is installed")
        if "softhsm2-util" in path.read_text("utf-8") and module() != PRACTICE:
            pytest.skip("SoftHSM is not installed, or lies elsewhere than on Debian")
        monkeypatch.chdir(tmp_path)
        namespace: dict[str, Any] = {"__name__": "__docs__"}
        for block in blocks(path.read_text("utf-8"), path.relative_to(TOP).as_posix()):
            with staged.clock(block.clock) if block.clock else nullcontext():
                if block.file:
                    (tmp_path / block.file).write_text(block.code, "utf-8")
                elif block.language == "python":
                    run_python(block, namespace)
                else:
                    run_console(block, tmp_path)
        for one in namespace.values():
            if isinstance(one, SqliteLedger):  # a service of a page keeps it open
                one.close()

    def test_blocks_are_found(self) -> None:
        """The pages that promise examples have them."""
        for page in ("authority", "command-line", "gate", "quickstart", "withdrawing"):
            for name in (f"{page}.md", f"{page}.zh.md"):
                assert len(list(blocks((DOCS / name).read_text("utf-8"), name))) >= 4, name

    def test_commands_can_be_copied(self) -> None:
        """No command names a thumbprint, a key or a code that the keys of a reader do not have."""
        for path in (TOP / "README.md", *sorted(DOCS.rglob("*.md"))):
            for block in blocks(path.read_text("utf-8"), path.name):
                for command, _ in commands(block.code) if block.language == "console" else ():
                    named = set(OF_OUR_KEYS.findall(command)) - {NOBODYS}
                    assert not named, f"{block.page}, line {block.line}: {command}"

    def test_translations_show_the_same_code(self) -> None:
        """A translated page has the blocks of its original, but for comments, docstrings and what is printed."""
        for path in DOCS.rglob("*.zh.md"):
            original = path.with_name(path.name.replace(".zh.md", ".md"))
            pages = [
                [(block.file, typed(block), block.clock) for block in blocks(page.read_text("utf-8"), "")]
                for page in (original, path)
            ]
            assert pages[0] == pages[1], path.name

    def test_no_text_is_indented_into_code(self) -> None:
        """A line of text that stands eight columns in, as in a card or a note, would be shown as code."""
        for path in (*DOCS.rglob("*.md"), *(TOP / "spec").glob("*.md")):
            text = re.sub(r"^ *```.*?^ *```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
            assert not re.findall(r"^ {8,}\S.*", text, re.MULTILINE), path

    def test_the_site_carries_the_one_specification(self) -> None:
        """What lies outside `docs/` is linked, not copied."""
        links = {"spec": "spec", "security.md": "SECURITY.md", "contributing.md": "CONTRIBUTING.md"}
        for name, target in links.items():
            assert (DOCS / name).is_symlink(), name
            assert (DOCS / name).resolve() == TOP / target, name


class TestWhatPagesName:
    def test_the_reference_has_every_public_name(self) -> None:
        """The reference has each name of `__all__` once, and no other."""
        named = re.findall(r"^::: healthpass\.(\w+)$", (DOCS / "api/index.md").read_text("utf-8"), re.MULTILINE)
        assert sorted(named) == healthpass.__all__

    @pytest.mark.parametrize(
        "name", ["authority", "bulk", "chinese", "coloring", "deciding", "fetch", "ledger", "signers", "store"]
    )
    def test_the_reference_has_every_name_of_a_module(self, name: str) -> None:
        """The page of a module that is imported from has each name of its `__all__` once, and no other."""
        page = (DOCS / f"api/{name}.md").read_text("utf-8")
        named = re.findall(rf"^::: healthpass\.{name}\.(\w+)$", page, re.MULTILINE)
        assert sorted(named) == sorted(import_module(f"healthpass.{name}").__all__)

    @pytest.mark.parametrize("name", ["command-line.md", "command-line.zh.md"])
    def test_the_claims_can_be_issued(self, name: str) -> None:
        """The claims that show all there is are read, and nothing is left out of them."""
        shown = re.findall(r"^```json\n(.*?)^```", (DOCS / name).read_text("utf-8"), re.MULTILINE | re.DOTALL)
        stated = read_claims(shown[0].encode())
        assert stated.document
        assert json.loads(shown[0]).keys() == Claims.model_fields.keys() - {"binding", "extensions"}

    @pytest.mark.parametrize("name", ["quickstart.md", "quickstart.zh.md"])
    def test_verdicts_exist(self, name: str) -> None:
        """A verdict that the quickstart names is one."""
        table = re.findall(r"^\| `([a-z-]+)`", (DOCS / name).read_text("utf-8"), re.MULTILINE)
        assert table
        assert set(table) <= set(Verdict)

    def test_decisions_are_listed(self) -> None:
        """The index of decisions has a line for each, with its title."""
        index = (DOCS / "adr/index.md").read_text("utf-8")
        decisions = sorted((DOCS / "adr").glob("0*.md"))
        for number, path in enumerate(decisions, 1):
            title = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
            assert path.name.startswith(f"{number:04d}-")
            assert title.startswith(f"{number:04d}: ")
            assert f"[{title.removeprefix(f'{number:04d}: ')}]({path.name})" in index, path.name


class TestPattern:
    @pytest.mark.parametrize(
        ("shown", "printed", "matches"),
        [
            ("a", "a", True),
            ("a", "a\nb", False),
            ("a...", "abc", True),
            ("a...c", "a\nc", False),
            ("a\n...", "a\nb\nc", True),
            ("a\n...", "a", True),
            ("...\nc", "a\nb\nc", True),
            ("...\nc", "a\nb", False),
            ("a\n...\nc", "a\nc", True),
            ("a.c", "abc", False),
        ],
    )
    def test_wildcards(self, shown: str, printed: str, matches: bool) -> None:  # noqa: FBT001 - a table's column
        """`...` stands for any text within a line, and for any lines between lines."""
        assert bool(pattern(shown).fullmatch(f"{printed}\n")) is matches


def record(page: Path, folder: Path) -> None:
    """Write anew what a page with a clock shows, where another is printed now."""
    text = page.read_text("utf-8")
    for block in blocks(text, page.name):
        if block.file:
            (folder / block.file).write_text(block.code, "utf-8")
        for command, shown in commands(block.code) if block.language == "console" else ():
            code, printed = run(command, folder, block)
            if code:
                sys.exit(f"{page}, line {block.line}: {command}\nexit code {code}\n{printed}")
            if block.clock and shown and not pattern(shown).fullmatch(printed):
                text = text.replace(f"$ {command}\n{shown}\n", f"$ {command}\n{printed}", 1)
    page.write_text(text, "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as empty:
            record(Path(name), Path(empty))
