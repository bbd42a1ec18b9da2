"""What the documentation shows is what happens: its Python and console blocks are run.

A page that tells a story says when it happens, `<!-- clock: 2026-11-02T09:00:00+08:00 -->`, from there on until
it says so again. The clock stands there, and keys and all that is random come out the same each time, so that the
page can show thumbprints and references.

`python tests/test_docs.py docs/authority.md docs/index.md ...` writes anew what such pages show, where something
else is printed now.
"""

import doctest
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import healthpass
from healthpass import Verdict
from healthpass.cli.claims import _FIELDS, read_claims
from healthpass.codec import _time
from healthpass.drawing import _caption

TOP = Path(__file__).resolve().parent.parent
DOCS = TOP / "docs"
FENCE = re.compile(r"^( *)```(python|console)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
CLOCK = re.compile(r"^ *<!-- clock: (\S+) -->$", re.MULTILINE)
DRAWN = re.compile(r"--qr \S+\.png|caption=\[")
PAGES = [
    path
    for path in (TOP / "README.md", *sorted(DOCS.rglob("*.md")))
    # A story takes its time, and is run once: the translated page has the same blocks, which is tested below.
    if not (path.name.endswith(".zh.md") and CLOCK.search(path.read_text("utf-8")))
]
TIMEOUT = 60  # seconds, for one command

# What stands in for `healthpass` where a page has a clock. `now` is one function that all modules have imported.
STAGE = """\
#!{python}
import hashlib, itertools, secrets, sys
from datetime import datetime
from healthpass import SigningKey, cli
from healthpass.codec import _time
def clock(): return _stage
_time._stage = datetime.fromisoformat("{clock}")
_time.now.__code__ = clock.__code__
seed = hashlib.sha256(repr(sys.argv[1:]).encode()).digest()
SigningKey.generate = classmethod(lambda cls: cls.from_seed(seed))
count = itertools.count()
secrets.token_bytes = lambda size=32: hashlib.shake_256(b"%d" % next(count) + seed).digest(size)
sys.exit(cli.main())
"""


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    code: str
    page: str
    line: int
    clock: str = ""  # when it happens; empty for now


def blocks(text: str, page: str) -> Iterator[Block]:
    """Give the blocks to run, in the order of the page; an indented block is one too."""
    for match in FENCE.finditer(text):
        indent, language, code = match.groups()
        code = re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)
        clocks = CLOCK.findall(text, 0, match.start())
        yield Block(language, code, page, text.count("\n", 0, match.start()) + 2, clocks[-1] if clocks else "")


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
        done = run(command, folder, block.clock)
        place = f"{block.page}, line {block.line}: {command}"
        assert done.returncode == 0, f"{place}\nexit code {done.returncode}\n{done.stdout}"
        assert not shown or pattern(shown).fullmatch(done.stdout), f"{place}\n{done.stdout}"


def run(command: str, folder: Path, clock: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, at the time of the page."""
    path = [str(Path(sys.executable).parent), os.environ["PATH"]]
    if clock:
        stage = folder / ".stage" / "healthpass"
        stage.parent.mkdir(exist_ok=True)
        stage.write_text(STAGE.format(python=sys.executable, clock=clock), "utf-8")
        stage.chmod(0o755)
        path.insert(0, str(stage.parent))
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env={
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join(path),
            "TZ": "Asia/Shanghai" if clock else "UTC",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )


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


class TestPages:
    @pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(TOP).as_posix())
    def test_every_block_runs(self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The blocks of a page run in its order, in one folder and one namespace."""
        if DRAWN.search(path.read_text("utf-8")) and len(list(_caption.fonts())) == 1:  # Pillow's own
            pytest.skip("it draws a Chinese caption, and no Chinese font is installed")
        monkeypatch.chdir(tmp_path)
        namespace: dict[str, Any] = {"__name__": "__docs__"}
        for block in blocks(path.read_text("utf-8"), path.relative_to(TOP).as_posix()):
            if block.clock:
                at = datetime.fromisoformat(block.clock)
                monkeypatch.setattr(_time, "_stage", at, raising=False)
                monkeypatch.setattr(_time.now, "__code__", (lambda: _stage).__code__)  # type: ignore[name-defined]  # noqa: F821
            if block.language == "python":
                run_python(block, namespace)
            else:
                run_console(block, tmp_path)

    def test_blocks_are_found(self) -> None:
        """The pages that promise examples have them."""
        for page in ("authority", "command-line", "gate", "quickstart", "withdrawing"):
            for name in (f"{page}.md", f"{page}.zh.md"):
                assert len(list(blocks((DOCS / name).read_text("utf-8"), name))) >= 4, name

    def test_translations_show_the_same_code(self) -> None:
        """A translated page has the blocks of its original, but for comments and docstrings."""
        for path in DOCS.rglob("*.zh.md"):
            original = path.with_name(path.name.replace(".zh.md", ".md"))
            pages = [
                [
                    (re.sub(r' *# .*| *""".*"""', "", block.code), block.clock)
                    for block in blocks(page.read_text("utf-8"), "")
                ]
                for page in (original, path)
            ]
            assert pages[0] == pages[1], path.name

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

    @pytest.mark.parametrize("name", ["authority", "fetch", "ledger", "store"])
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
        assert json.loads(shown[0]).keys() == _FIELDS.keys()

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
        for command, shown in commands(block.code) if block.language == "console" else ():
            done = run(command, folder, block.clock)
            if done.returncode:
                sys.exit(f"{page}, line {block.line}: {command}\nexit code {done.returncode}\n{done.stdout}")
            if block.clock and shown and not pattern(shown).fullmatch(done.stdout):
                text = text.replace(f"$ {command}\n{shown}\n", f"$ {command}\n{done.stdout}", 1)
    page.write_text(text, "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as empty:
            record(Path(name), Path(empty))
