"""The conformance report that the test kit writes of an implementation."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
KIT: Final = ROOT / "spec" / "testkit"
WRONG: Final = ROOT / "tests" / "testkit" / "wrong_verifier.py"
STATES: Final = ("passed", "failed", "expected_failures", "skipped")
FILES: Final[dict[str, list[dict[str, Any]]]] = {
    path.name: json.loads(path.read_bytes())["cases"]
    for path in sorted((ROOT / "spec" / "vectors").glob("*-*.json"))
}
DATE: Final = "2026-11-29T08:00:00Z"

sys.path.insert(0, str(KIT))
edition: Any = importlib.import_module("edition")
conformance: Any = importlib.import_module("conformance")


def reported(folder: Path, *options: str, program: str | Path = WRONG) -> tuple[dict[str, Any], str]:
    """Write a report of a program; return the JSON and the page."""
    command = [str(program)] if isinstance(program, Path) else ["-c", program]
    named = ["--report", str(folder), "--name", "wrong & <b>", "--release", "0.1", "--date", DATE, *options]
    run = [sys.executable, "-S", "-E", str(KIT / "run.py"), *named, "--", sys.executable, *command]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in {0, 1}, done.stderr
    page = (folder / "index.html").read_text(encoding="ascii")
    return json.loads((folder / "report.json").read_text(encoding="ascii")), page


class Page(HTMLParser):
    """What a page is made of: its tags with their attributes, and whether they close."""

    VOID: Final = frozenset({"meta", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag."""
        self.tags.append((tag, dict(attrs)))
        self.open += [] if tag in self.VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        """Close the last tag, which is to be this one."""
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each such tag."""
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """Report on a verifier with mistakes, one of which it knows."""
    folder = tmp_path_factory.mktemp("report")
    listed = folder / "known.txt"
    listed.write_text("# known\ntim-020  # exp is not looked at yet\n")
    return reported(folder, "--only", "[ti]*", "--claim", "verifier", "--expected-failures", str(listed))


class TestReport:
    """report.json."""

    def test_satisfies_its_schema(self, wrong: tuple[dict[str, Any], str]) -> None:
        """Every member is described, and no other is there."""
        jsonschema = pytest.importorskip("jsonschema")
        schema = json.loads((KIT / "report-schema.json").read_bytes())
        jsonschema.Draft202012Validator(schema).validate(wrong[0])

    def test_counts_every_case_once(self, wrong: tuple[dict[str, Any], str]) -> None:
        """The files, the total, the failures and what was skipped tell of the same cases."""
        report = wrong[0]
        total = report["total"]
        assert sum(total.values()) == report["kit"]["cases"]
        assert {state: sum(row[state] for row in report["files"].values()) for state in STATES} == total
        assert len(report["failures"]) == total["failed"] + total["expected_failures"]
        assert sum(len(row["cases"]) for row in report["skipped"]) == total["skipped"]
        assert total["passed"] > 0
        assert total["failed"] > 0

    def test_tells_what_was_listed_and_what_was_not_asked(self, wrong: tuple[dict[str, Any], str]) -> None:
        """An expected failure is told by its id, and a case that was not asked has a reason."""
        report = wrong[0]
        listed = [(row["id"], row["reason"]) for row in report["failures"] if row["listed"]]
        assert listed == [("tim-020", "exp is not looked at yet")]
        assert "listed as an expected failure: exp is not looked at yet" in wrong[1]
        assert report["total"]["expected_failures"] == 1
        reasons = {row["reason"]: row["cases"] for row in report["skipped"]}
        assert reasons.keys() == {"not asked: --only [ti]*", "not asked: not of verifier"}
        assert "iss-001" in reasons["not asked: not of verifier"]
        assert report["rules"]["VER-5"]["failed"] > 0

    def test_rules_include_their_parts(self, wrong: tuple[dict[str, Any], str]) -> None:
        """The cases of a rule are also those that show a part of it, and parts stand after their rule."""
        rules = wrong[0]["rules"]
        names = list(rules)
        for name, counts in rules.items():
            rule, _, part = name.partition(".")
            if part:
                assert sum(counts.values()) <= sum(rules[rule].values())
                assert names.index(rule) < names.index(name)
        assert not rules.keys() & wrong[0]["rules_without_vectors"].keys()

    def test_is_the_same_each_time(self, tmp_path: Path) -> None:
        """The same answers give the same bytes, but for the date."""
        first, second = (reported(tmp_path / name, "--only", "tim-*") for name in "ab")
        assert first == second
        other, _ = reported(tmp_path / "c", "--only", "tim-*", "--date", "2027-01-01T00:00:00Z")
        assert {**other, "date": DATE} == first[0]

    def test_names_the_command_that_makes_it(self, wrong: tuple[dict[str, Any], str]) -> None:
        """The command has the options, and no path of the folder that the report went into."""
        assert wrong[0]["command"].startswith(
            "python spec/testkit/run.py --report report --name 'wrong & <b>' --release 0.1 --claim verifier"
            " --only '[ti]*' --expected-failures known.txt -- "
        )

    def test_of_what_keeps_nothing(self, tmp_path: Path) -> None:
        """A case that needs a storage is skipped, and the report says why."""
        case = next(c for c in FILES["registry-store.json"] if c["id"] == "rst-001")
        answer = json.dumps({"results": [*case["expect"][:2], "no-storage", *case["expect"][3:]]})
        program = f"import sys\nfor _ in sys.stdin: print({answer!r}, flush=True)"
        report, _ = reported(tmp_path, "--only", "rst-001", program=program)
        assert {"reason": "the program has no storage", "cases": ["rst-001"]} in report["skipped"]

    def test_needs_a_reason_for_each_listed_case(self, tmp_path: Path) -> None:
        """A list that does not say why a case fails is no part of a claim (CNF-2)."""
        (listed := tmp_path / "known.txt").write_text("tim-020\n")
        named = ["--report", str(tmp_path), "--name", "x", "--release", "1", "--expected-failures", str(listed)]
        command = [sys.executable, str(KIT / "run.py"), *named, "--", "true"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, "a reason after # for tim-020" in done.stderr) == (2, True)

    def test_needs_a_name(self, tmp_path: Path) -> None:
        """Who is tested is said, or nothing is run."""
        command = [sys.executable, str(KIT / "run.py"), "--report", str(tmp_path), "--", "true"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, "--name and --release" in done.stderr) == (2, True)


class TestClaims:
    """Classes and options, as spec/tables/conformance.csv has them."""

    KNOWN: Final = [conformance.Claim(*one) for one in (("verifier", ""), ("verifier", "live"), ("gate", ""))]

    def test_are_asked_what_they_do(self) -> None:
        """Every class of the table has its operations, and every one with operations is in the table."""
        classes = {claim.conformance_class for claim in conformance.rules_by_claim()}
        assert classes == conformance.OPERATIONS.keys()

    def test_are_counted_by_what_they_do(self, tmp_path: Path) -> None:
        """A class has the cases of its rules that ask what it does: a holder's device judges nothing."""
        report, page = reported(tmp_path, "--only", "tim-*", "--claim", "verifier:live", "--claim", "publisher")
        rows = {(row["class"], row["option"]): row for row in report["classes"]}
        claimed = [name for name, row in rows.items() if row["claimed"]]
        assert claimed == [("verifier", ""), ("verifier", "live"), ("publisher", "")]
        assert rows["verifier", ""]["failed"] == report["total"]["failed"] > 0
        assert rows["holder", ""]["failed"] == 0 < rows["holder", ""]["skipped"]
        assert "Not every case of what is claimed passed. No case asks what these claim: publisher." in page

    def test_together_ask_every_case(self) -> None:
        """Whoever claims everything is asked everything; and each case counts for some class."""
        table = conformance.rules_by_claim()
        counted = conformance.counting(FILES, list(table), table)
        assert {name for names in counted.values() for name in names} == {
            case["id"] for cases in FILES.values() for case in cases
        }

    @pytest.mark.parametrize(
        ("claim", "operations", "without"),
        [
            ("verifier", {"verify", "key", "bind"}, "ptx-001"),
            ("verifier:live", {"verify", "key", "bind"}, "rpr-001"),
            ("verifier:store", {"verify", "key", "bind", "world"}, "rpr-001"),
            ("verifier:live,store", {"verify", "key", "bind", "world"}, "slj-001"),
            ("verifier:live,store,status", {"verify", "key", "bind", "world"}, "rgq-001"),
            ("holder", {"present", "challenge", "prove"}, "bnd-001"),
            ("issuer", {"issue", "findings", "key", "bind"}, "iss-067"),
            ("issuer:runs", {"issue", "findings", "key", "bind", "derive"}, "iss-067"),
            ("issuer", {"issue", "findings", "key", "bind"}, "run-001"),
            ("authority", {"request"}, "rgp-001"),
        ],
    )
    def test_say_what_is_asked(self, claim: str, operations: set[str], without: str) -> None:
        """Nothing is asked that the class does not do, or for which an option is missing."""
        table = conformance.rules_by_claim()
        claims = conformance.claimed([claim], table)
        counted = conformance.counting(FILES, claims, table)
        asked = {name for one in claims for name in counted[one]}
        every = [case for cases in FILES.values() for case in cases]
        assert {case["op"] for case in every if case["id"] in asked} == operations
        assert without in {case["id"] for case in every} - asked

    def test_are_classes_with_their_options(self) -> None:
        """An option claims its class too; nothing is claimed twice."""
        claims = conformance.claimed(["verifier:live", "verifier", "gate"], self.KNOWN)
        assert claims == [self.KNOWN[0], self.KNOWN[1], self.KNOWN[2]]

    @pytest.mark.parametrize("word", ["guard", "verifier:store", "gate:live"])
    def test_that_are_none(self, word: str) -> None:
        """A class or an option that does not exist is an error that says which do."""
        with pytest.raises(ValueError, match="there are verifier, verifier:live, gate"):
            conformance.claimed([word], self.KNOWN)


class TestPage:
    """index.html."""

    def test_is_whole_and_needs_nothing(self, wrong: tuple[dict[str, Any], str]) -> None:
        """Every tag closes; no script, no image, and no address but places in the page itself."""
        page = Page(wrong[1])
        assert page.open == []
        assert not [tag for tag, _ in page.tags if tag in {"script", "img", "link", "iframe", "object"}]
        ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
        assert {attributes["href"] for attributes in page.all("a")} <= {f"#{name}" for name in ids}
        assert "url(" not in wrong[1]
        assert "@import" not in wrong[1]

    def test_can_be_read_by_everybody(self, wrong: tuple[dict[str, Any], str]) -> None:
        """It has a language, a title, a viewport, one main heading, headings without gaps, tables with headers."""
        page = Page(wrong[1])
        assert page.all("html") == [{"lang": "en"}]
        assert any(attributes.get("name") == "viewport" for attributes in page.all("meta"))
        levels = [int(tag[1]) for tag, _ in page.tags if tag in {"h1", "h2", "h3"}]
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert len(page.all("caption")) == len(page.all("table")) > 0
        assert all(attributes.get("scope") in {"col", "row"} for attributes in page.all("th"))
        for word in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem"):
            assert word in wrong[1]

    def test_shows_an_answer_as_it_is(self, tmp_path: Path) -> None:
        """What a program says is text: no markup of its own, and no code points that turn a line round."""
        answer = json.dumps({"verdict": "<script>\u202e"})
        program = f"import sys\nfor _ in sys.stdin: print({answer!r}, flush=True)"
        report, page = reported(tmp_path, "--only", "tim-020", program=program)
        assert report["failures"][0]["got"] == "<script>\u202e"
        assert "&lt;script&gt;\\u202e" in page
        assert "wrong &amp; &lt;b&gt;" in page

    def test_tells_the_numbers(self, wrong: tuple[dict[str, Any], str]) -> None:
        """The sentence at the top has the totals of the report."""
        total, count = wrong[0]["total"], wrong[0]["kit"]["cases"]
        assert (
            f"{total['passed']} of {count} cases passed, {total['failed']} failed, 1 failed as listed," in wrong[1]
        )


class TestDownload:
    """spec/testkit/pack.py."""

    def test_runs_alone_in_an_empty_folder(self, tmp_path: Path) -> None:
        """Unpacked elsewhere, it writes a report and its vectors, with Python and nothing else."""
        name = packed(tmp_path)
        with zipfile.ZipFile(name) as archive:
            archive.extractall(tmp_path)
            assert {entry.partition("/")[0] for entry in archive.namelist()} == {name.stem}
        kit = tmp_path / name.stem
        assert {path.name for path in kit.iterdir()} == {"LICENSE", "README.md", "spec"}
        program = tmp_path / "program.py"
        program.write_text('import sys\nfor _ in sys.stdin: print(\'{"verdict": "expired"}\', flush=True)\n')
        python = [sys.executable, "-S", "-E"]
        named = ["--report", "report", "--name", "x", "--release", "1", "--only", "tim-02?"]
        command = [*python, "spec/testkit/run.py", *named, "--", *python, str(program)]
        done = subprocess.run(command, cwd=kit, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads((kit / "report" / "report.json").read_bytes())["total"]["failed"] == 0
        check = [*python, "spec/testkit/write.py", "--check"]
        assert subprocess.run(check, cwd=kit, check=False).returncode == 0

    def test_is_the_same_each_time(self, tmp_path: Path) -> None:
        """Two of it have the same bytes, and the version stands in its name."""
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        first, second = packed(tmp_path / "a"), packed(tmp_path / "b")
        assert first.name == second.name == f"healthpass-testkit-{edition.VERSION}.zip"
        assert first.read_bytes() == second.read_bytes()

    def test_holds_what_the_repository_holds(self, tmp_path: Path) -> None:
        """Every file of the kit, the vectors and the tables is in it, unchanged."""
        folders = ("spec/testkit", "spec/vectors", "spec/tables")
        wanted = {path for folder in folders for path in (ROOT / folder).iterdir() if path.is_file()}
        with zipfile.ZipFile(packed(tmp_path)) as archive:
            root = Path(archive.namelist()[0]).parts[0]
            for path in wanted:
                assert archive.read(f"{root}/{path.relative_to(ROOT).as_posix()}") == path.read_bytes()

    def test_goes_into_a_folder(self, tmp_path: Path) -> None:
        """Where there is no folder, nothing is written."""
        done = subprocess.run(
            [sys.executable, KIT / "pack.py", tmp_path / "none"], capture_output=True, check=False
        )
        assert (done.returncode, list(tmp_path.iterdir())) == (2, [])


def packed(folder: Path) -> Path:
    """Pack the kit into a folder; return the file."""
    command = [sys.executable, "-S", "-E", str(KIT / "pack.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())
