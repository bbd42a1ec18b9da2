"""The pages for reviewers: each command, rule and case exists, and what is counted is counted right."""

import json
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

import figures

TOP: Final = Path(__file__).resolve().parent.parent
PAGES: Final = tuple(
    f"{name}{suffix}" for name in ("evidence", "reviewing", "support") for suffix in (".md", ".zh.md")
)
READ: Final = ("evidence", "reviewing")  # by reviewers
THREATS: Final = (TOP / "spec" / "threats.md").read_text("utf-8")
COMMAND: Final = re.compile(r"(?:^|`)((?:python|pytest|bash) [^`\n]+|\.ci/[^`\n]+)", re.MULTILINE)


def text(page: str) -> str:
    """Read a page of the documentation."""
    return (TOP / "docs" / page).read_text("utf-8")


def all_cases() -> dict[str, str]:
    """Return the file of each case."""
    return {
        case["id"]: path.name
        for path in (TOP / "spec" / "vectors").glob("*-*.json")
        for case in json.loads(path.read_bytes())["cases"]
    }


class TestPages:
    @pytest.mark.parametrize("page", PAGES)
    def test_commands_exist(self, page: str) -> None:
        """Each program that a page names is there, and each of its options is one."""
        found = COMMAND.findall(text(page))
        assert found
        for command in found:
            paths = re.findall(r"(?<![\w/.])(?:\.ci|tests|spec|docs)/[\w./-]+|(?<![\w/.])tests/\w+", command)
            assert paths or command == "pytest -m fast", command
            assert all((TOP / path).exists() for path in paths), command
            program = next((TOP / path for path in paths), TOP)
            if program.name == "prove":
                program = TOP / "tests" / "prove.py"
            for option in re.findall(r" (--\w[\w-]*)", command.partition(" -- ")[0]):
                assert f'"{option}"' in program.read_text("utf-8"), command

    @pytest.mark.parametrize("page", PAGES)
    def test_rules_exist(self, page: str) -> None:
        """Each rule that a page names is one of the specification, and a link to it leads to its document."""
        documents = {rule: name for name, ids in figures.rules().items() for rule in ids}
        groups = "|".join({rule.partition("-")[0] for rule in documents})
        named = set(re.findall(rf"\b(?:{groups})-[0-9]+\b", text(page)))
        assert named <= {*documents}, named - {*documents}
        for name, rule in re.findall(r"\]\(spec/(\w+)(?:\.zh)?\.md#([A-Z]{3}-[0-9]+)\)", text(page)):
            assert documents[rule] == name, rule

    @pytest.mark.parametrize("page", [f"{name}{suffix}" for name in READ for suffix in (".md", ".zh.md")])
    def test_groups_of_cases_exist(self, page: str) -> None:
        """Each group of cases that a page names has a case."""
        ids = {*all_cases()}
        for pattern in re.findall(r"\b[a-z]{3}-\*", text(page)):
            assert any(fnmatch(one, pattern) for one in ids), pattern

    def test_the_command_of_the_reviewers_page_passes(self) -> None:
        """The command that is written out runs, and says what it should."""
        command = re.findall(r"^```sh\n(python .*)\n```$", text("reviewing.md"), re.MULTILINE)[0]
        words = [word.strip("'").replace("python", sys.executable, 1) for word in command.split()]
        done = subprocess.run(words, cwd=TOP, capture_output=True, text=True, check=True)
        assert re.search(r"^[1-9]\d* passed, 0 failed", done.stdout.splitlines()[-1]), done.stdout

    @pytest.mark.parametrize(
        ("page", "said"),
        [("reviewing.md", r"take (\d+) seconds of a processor"), ("reviewing.zh.md", r"处理器 (\d+) 秒")],
    )
    def test_one_office_costs_what_the_threats_say(self, page: str, said: str) -> None:
        """What an office can make an update take is the figure of section 4 of the threats, rounded."""
        row = re.search(
            r"^\| the update that also brings another office's .* \| ([\d.]+) \|$", THREATS, re.MULTILINE
        )
        found = re.search(said, re.sub(r"\s+", " ", text(page)))
        assert row
        assert found
        assert int(found[1]) == round(float(row[1]))

    @pytest.mark.parametrize("name", READ)
    def test_the_chinese_says_the_same(self, name: str) -> None:
        """The Chinese page has the sections, blocks, rules, cases, commands and figures of the English one."""
        fence = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
        pages = [text(f"{name}.md"), text(f"{name}.zh.md").replace(".zh.md", ".md")]
        assert fence.findall(pages[0]) == fence.findall(pages[1])
        english, chinese = (fence.sub("", page) for page in pages)
        assert re.findall(r"^#+ ", english, re.MULTILINE) == re.findall(r"^#+ ", chinese, re.MULTILINE)
        english = re.sub(r"(?<=\S)\n(?=[^\n|#-])", " ", english)  # what stands in two lines
        for pattern in (r"\b(?!RFC|SHA)[A-Z]{3}-[0-9]+\b", r"`[^`\n]+`", r"^\*\*[0-9]+\.", r"#[A-Z]{3}-[0-9]+"):
            found = [{*re.findall(pattern, page, re.MULTILINE)} for page in (english, chinese)]
            assert found[0] == found[1], found[0] ^ found[1]
        figures_of = re.compile(r"(?<![\w.,-])[0-9][0-9,.]*[0-9](?![\w-])")
        assert {*figures_of.findall(english)} <= {*figures_of.findall(chinese)}  # which writes more in digits


class TestFigures:
    def test_stand_on_the_page(self) -> None:
        """Both pages have the mark at which the site shows them, and the program prints tables."""
        assert text("evidence.md").count("<!-- figures -->") == 1
        assert text("evidence.zh.md").count("<!-- figures -->") == 1
        printed = "\n".join(figures.tables())
        assert f"| cases in the vectors | {len(all_cases()):,} |" in printed
        for name in {*all_cases().values()}:
            assert f"| `{name}` |" in printed

    def test_pages_round_the_vectors_alike(self) -> None:
        """Where a page says "more than" so many vectors, there are, and not a seventh more."""
        pages = [TOP / "README.md", *(path for path in (TOP / "docs").rglob("*.md") if not path.is_symlink())]
        said = re.compile(r"[Mm]ore\s+than\s+([\d,]{5,})\s+(?:test\s+)?vectors|([\d,]{5,}) 多个测试向量")
        found = {(path.name, "".join(one)) for path in pages for one in said.findall(path.read_text("utf-8"))}
        assert {"README.md", "specification.md", "specification.zh.md"} <= {name for name, _ in found}
        for name, number in found:
            rounded = int(number.replace(",", ""))
            assert rounded < len(all_cases()) < rounded * 8 / 7, name

    def test_parts_are_no_more_than_the_whole(self) -> None:
        """What is a part of something is not larger; each document with vectors has rules."""
        counted = dict(figures.figures())
        rows = re.findall(r"^\| (\d+) \|", THREATS, re.MULTILINE)
        assert counted["attacks listed"] == max(map(int, rows))  # each number stands once
        assert 0 < counted["rules that a case of the vectors names"] <= counted["rules"]
        assert sum(figures.cases().values()) == len(all_cases())
        of_decisions = {"conversion", "policy"}
        assert {name.partition("-")[0] for name in figures.cases()} - of_decisions <= {*figures.rules()}


class TestSupport:
    @pytest.mark.parametrize("page", ["support.md", "support.zh.md"])
    def test_names_each_python_of_the_package(self, page: str) -> None:
        """What the package says to run on stands in the table, with what was run on it."""
        project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
        rows = "".join(re.findall(r"^\| CPython .*$", text(page), re.MULTILINE))
        for version in re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"])):
            assert re.search(rf"\b{re.escape(version)}\.\d", rows), version
        assert f"{project['requires-python'].removeprefix('>=')} " in text(page)


class TestLicences:
    def test_each_file_of_the_specification_has_one(self) -> None:
        """Each file in spec/ is of one row of spec/LICENSE.md, and each row has a file."""
        rows = re.findall(
            r"^\| (`.+?`) \| \[([\w.-]+)\]", (TOP / "spec" / "LICENSE.md").read_text("utf-8"), re.MULTILINE
        )
        globs = [re.findall(r"`([^`]+)`", files) for files, _ in rows]
        found = [{path for glob in row for path in (TOP / "spec").glob(glob) if path.is_file()} for row in globs]
        every = [path for path in (TOP / "spec").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        assert all(found)
        for path in every:
            assert sum(path in row for row in found) == 1, path
