"""Run a program over the vectors: any program in any language that speaks the protocol of README.md."""

from __future__ import annotations

import argparse
import fnmatch
import json
import shlex
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from conformance import Run, built, claimed, counting, rules_by_claim
from edition import FORMAT, VERSION
from page import page
from program import NoAnswerError, Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

Json: TypeAlias = dict[str, Any]

VECTORS: Final = Path(__file__).resolve().parent.parent / "vectors"
PATIENCE: Final = 20  # cases without any answer, until the command itself is taken to be wrong
INPUTS: Final = {
    "verify": ("at", "skew", "waive", "nonce", "seen", "scope", "keys", "text"),
    "issue": ("seed", "claims"),
    "findings": ("claims", "at"),
    "present": ("seed", "credential", "at", "nonce", "opening"),
    "challenge": ("text",),
    "prove": ("seed", "challenge", "issuer"),
    "enrol": ("proof", "challenge"),
    "bind": ("type", "number", "r", "binding"),
    "derive": ("secret", "ref", "lifetime", "jitter"),
    "decide": ("policy", "maps", "code", "at", "answers", "document", "place"),
    "color": ("rules", "history", "at"),
    "convert": ("policy", "maps", "code", "at", "answers", "document", "place", "issuer", "own", "lifetime"),
    "key": ("public_key", "use"),
    "world": ("environment", "steps"),
    "request": ("document", "authority", "environment", "at"),
}
ERROR: Final = {"error": "call"}  # the caller's mistake, and no verdict on anything
NO_STORAGE: Final = "no-storage"  # what a program that keeps nothing answers to the step `restart`


@dataclass(frozen=True)
class Result:
    """What came of one case; it is skipped where the program has nothing that the case is about."""

    id: str
    passed: bool
    expected: str
    got: str
    skipped: bool = False


def load(folder: Path) -> dict[str, list[Json]]:
    """Return the cases of a folder by their files, in the order of the names."""
    files: dict[str, list[Json]] = {}
    for path in sorted(folder.glob("*.json")):
        whole = json.loads(path.read_bytes())
        if isinstance(whole, dict) and whole.get("format") == FORMAT:
            files[path.name] = whole["cases"]
    return files


def question(case: Json) -> bytes:
    """Return the line that a program is given: the inputs of a case, and nothing of what is expected."""
    names = ("id", "op", *INPUTS[case["op"]])
    return json.dumps({name: case[name] for name in names if name in case}).encode() + b"\n"


def expectation(case: Json) -> str:
    """Return the one answer that is right, in words."""
    if case.get("expect") == ERROR:
        return "an error of the call"
    if case["op"] in {"world", "request", "findings", "enrol", "derive", "decide", "convert", "color"}:
        return json.dumps(case["expect"], sort_keys=True)
    if "expect_text" in case:
        return f"text {case['expect_text']}"
    return f"accepted, kid {case['kid']}" if "kid" in case else str(case["expect"])


def _same(left: Any, right: Any) -> bool:
    # By their texts: to Python 1, 1.0 and True are equal.
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _verified(case: Json, answer: Json) -> str:
    verdict = str(answer["verdict"])
    if verdict != "valid" and answer.keys() & {"claims", "showing"}:
        return f"{verdict}, but with claims of a code that has not verified"
    if "outcome" in answer and answer["outcome"] != case.get("outcome", answer["outcome"]):
        return f"{verdict}, but with the outcome {json.dumps(answer['outcome'])}"
    if verdict == case["expect"] == "valid":
        if "claims" in answer and not _same(answer["claims"], case["claims"]):
            return f"valid, but with the claims {json.dumps(answer['claims'])}"
        if "showing" in answer and not _same(answer["showing"], case.get("showing")):
            return f"valid, but with the showing {json.dumps(answer['showing'])}"
        if "waived" in answer and sorted(map(str, answer["waived"])) != sorted(case.get("waived", [])):
            return f"valid, but waived was {json.dumps(answer['waived'])}"
    return verdict


def _lived(case: Json, answer: Json) -> str:
    expected, results = case["expect"], answer["results"]
    if not isinstance(results, list):
        raise TypeError("results is a list")
    if expected == ERROR:
        return f"{len(results)} results"
    if len(results) != len(expected):
        return f"{len(results)} results for {len(expected)} steps"
    for i, (want, got) in enumerate(zip(expected, results, strict=True)):
        if not _same(want, got) and not (got == NO_STORAGE and case["steps"][i]["do"] == "restart"):
            return f"step {i} {case['steps'][i]['do']}: {json.dumps(got)} instead of {json.dumps(want)}"
    return expectation(case)


def _asked(_: Json, answer: Json) -> str:
    names = ("accepted", "issuer", "public_key", "use") if "accepted" in answer else ("outcome",)
    return json.dumps({name: answer[name] for name in names}, sort_keys=True)


def _found(_: Json, answer: Json) -> str:
    return json.dumps({"findings": sorted(map(str, answer["findings"]))}, sort_keys=True)


def _enrolled(_: Json, answer: Json) -> str:
    return json.dumps("refused" if answer.get("verdict") == "refused" else {"public_key": answer["public_key"]})


def _colored(_: Json, answer: Json) -> str:
    names = ("color", "reason", "until", "rule", "event", "next_at", "review")
    if answer.get("verdict") == "refused":
        return json.dumps("refused")
    if not isinstance(answer["rule"], str):
        raise TypeError("rule is the id of a rule")
    return json.dumps({name: answer[name] for name in names if name in answer}, sort_keys=True)


def _derived(_: Json, answer: Json) -> str:
    names = ("cti", "r", "lifetime")
    told = answer["verdict"] if "verdict" in answer else {name: answer[name] for name in names}
    return json.dumps(told, sort_keys=True)


def _decided(case: Json, answer: Json) -> str:
    names = sorted({"action", "ground", "rule", "duties", "ends", "asks", "until", *case["expect"]})
    return json.dumps({name: answer[name] for name in names}, sort_keys=True)


def _converted(_: Json, answer: Json) -> str:
    names = ("refused",) if "refused" in answer else ("nbf", "exp", "health")
    return json.dumps({name: answer[name] for name in names}, sort_keys=True)


def understood(case: Json, answer: Any) -> str:
    """Return an answer in the words of `expectation`.

    Raises:
        ValueError, KeyError, TypeError: It is not an answer to a case of this operation.
    """
    if not isinstance(answer, dict) or answer.get("id", case["id"]) != case["id"]:
        raise ValueError("not an object, or the answer to another case")
    op = case["op"]
    if answer.get("error") == "call":
        return "an error of the call"
    if op in (
        readers := {
            "verify": _verified,
            "world": _lived,
            "request": _asked,
            "findings": _found,
            "enrol": _enrolled,
            "derive": _derived,
            "decide": _decided,
            "convert": _converted,
            "color": _colored,
        }
    ):
        return readers[op](case, answer)
    if op == "key":
        if not isinstance(answer["accepted"], bool):
            raise TypeError("accepted is true or false")
        return f"accepted, kid {answer['kid']}" if answer["accepted"] else "refused"
    if answer.get("verdict") == "refused" or op in {"issue", "present", "prove"}:
        return "refused" if answer.get("verdict") == "refused" else f"text {answer['text']}"
    if "binding" in case:
        return {True: "matches", False: "differs"}[answer["matches"]]
    return str(answer["nonce" if op == "challenge" else "binding"])


def judge(case: Json, program: Program) -> Result:
    """Ask a program one case."""
    expected, skipped = expectation(case), False
    try:
        line = program.ask(question(case))
        answer = json.loads(line)
        got = understood(case, answer)
        skipped = got == expected and NO_STORAGE in answer.get("results", ())
    except NoAnswerError as error:
        got = f"({error})"
    except (ValueError, KeyError, TypeError, RecursionError):
        program.stop()  # whatever it says next would belong to another case
        got = f"(not an answer: {line[:80]!r})"
    return Result(case["id"], got == expected, expected, got, skipped)


def answers(cases: Iterable[Json], program: Program) -> list[Result]:
    """Ask a program every case.

    Raises:
        NoAnswerError: It answered none of the first cases: a wrong command, not a wrong verifier.
        OSError: It cannot be started.
    """
    results: list[Result] = []
    for case in cases:
        results.append(judge(case, program))
        if len(results) == PATIENCE and not program.has_answered:
            raise NoAnswerError(f"no answer to the first {PATIENCE} cases {results[-1].got}")
    return results


def tally(cases: Iterable[Json], results: Sequence[Result], member: str) -> dict[str, list[int]]:
    """Count passed, failed and skipped by the entries of `clause`, without the parts of rules, or of `attack`."""
    counts: dict[str, list[int]] = {}
    for case, result in zip(cases, results, strict=True):
        for name in {str(entry).partition(".")[0] for entry in case[member]}:
            _count(counts, name, result)
    return dict(
        sorted(counts.items(), key=lambda item: (item[0].rstrip("0123456789"), int(item[0].rpartition("-")[2])))
    )


def by_file(files: dict[str, list[Json]], results: Sequence[Result]) -> dict[str, list[int]]:
    """Count passed, failed and skipped by file; what was not asked has been skipped."""
    known = {result.id: result for result in results}
    counts: dict[str, list[int]] = {}
    for name, cases in files.items():
        for case in cases:
            _count(counts, name, known.get(case["id"]))
    return counts


def _count(counts: dict[str, list[int]], name: str, result: Result | None) -> None:
    row = counts.setdefault(name, [0, 0, 0])
    row[2 if result is None or result.skipped else 0 if result.passed else 1] += 1


def lines(title: str, counts: dict[str, list[int]]) -> str:
    """Return counts as lines of text."""
    width = max(map(len, (title, *counts))) + 2
    rows = [f"{title:{width}}{'passed':>8}{'failed':>8}{'skipped':>9}"]
    rows += [f"{name:{width}}{row[0]:>8}{row[1]:>8}{row[2]:>9}" for name, row in counts.items()]
    return "\n".join(rows) + "\n\n"


def strict(results: Sequence[Result], listed: AbstractSet[str]) -> list[Result]:
    """Turn the results of cases that are expected to fail round: one that passes is a failure."""
    return [
        Result(
            r.id, not r.passed, "to fail, as it is listed", "passed: take it off the list" if r.passed else r.got
        )
        if r.id in listed
        else r
        for r in results
    ]


def report(
    files: dict[str, list[Json]], cases: Sequence[Json], results: Sequence[Result], *, as_json: bool
) -> str:
    """Return what is printed at the end."""
    failed = [result for result in results if not result.passed]
    counts = by_file(files, results)
    passed, _, skipped = map(sum, zip(*counts.values(), strict=True))
    clauses, attacks = tally(cases, results, "clause"), tally(cases, results, "attack")
    if as_json:
        members: Json = {"passed": passed, "failed": len(failed), "skipped": skipped}
        members |= {"files": counts, "clauses": clauses, "attacks": attacks}
        return json.dumps(members | {"cases": [asdict(result) for result in results]}) + "\n"
    text = lines("clause", clauses) + lines("attack", attacks) + lines("file", counts)
    comments = {case["id"]: case["comment"] for case in cases}
    for result in failed:
        text += (
            f"FAILED {result.id}: {comments[result.id]}\n  expected {result.expected}\n  got      {result.got}\n"
        )
    return text + f"{passed} passed, {len(failed)} failed, {skipped} skipped\n"


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="run.py", description="Run a program over the test vectors.")
    parser.add_argument("--version", action="version", version=VERSION, help="print the version of the kit")
    parser.add_argument("--vectors", type=Path, default=VECTORS, metavar="DIR")
    parser.add_argument("--only", metavar="GLOB", help="cases whose id matches")
    parser.add_argument(
        "--claim",
        action="append",
        default=[],
        metavar="CLASS[:OPTION,...]",
        help="a class that the program conforms to, with its options: nothing else is asked. May be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--expected-failures", type=Path, metavar="FILE", help="ids, one a line, each with a reason after #"
    )
    parser.add_argument(
        "--timeout", type=float, default=10.0, metavar="S", help="seconds for one case, 10 unless given"
    )
    reporting = parser.add_argument_group("a conformance report, as report.json and index.html")
    reporting.add_argument("--report", type=Path, metavar="DIR", help="the folder to write it into")
    reporting.add_argument("--name", help="the name of the implementation")
    reporting.add_argument("--release", help="the version of the implementation")
    reporting.add_argument("--date", help="RFC 3339, now unless given")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="after --, the program and its arguments")
    return parser


def expected_failures(text: str) -> dict[str, str]:
    """Return the ids of a list, with what stands after # on the line of each."""
    lines = (line.partition("#") for line in text.splitlines())
    return {name.strip(): reason.strip() for name, _, reason in lines if name.strip()}


def repeated(options: argparse.Namespace) -> str:
    """Return the command that makes a report again; where it is written to is nobody else's."""
    words = ["python", "spec/testkit/run.py", "--report", "report"]
    words += ["--name", options.name, "--release", options.release]
    words += [word for claim in options.claim for word in ("--claim", claim)]
    words += ["--only", options.only] if options.only else []
    listed = options.expected_failures
    words += ["--expected-failures", listed.name] if listed else []
    words += [] if options.vectors == VECTORS else ["--vectors", options.vectors.name]
    return shlex.join([*words, "--", *options.command])


def reasons(every: Iterable[Json], asked: Iterable[Json], options: argparse.Namespace) -> dict[str, str]:
    """Return why a case was not asked, by its id."""
    known = {case["id"] for case in asked}
    claims = f"not asked: not of {', '.join(options.claim)}"
    return {
        case["id"]: claims if selected(case, options) else f"not asked: --only {options.only}"
        for case in every
        if case["id"] not in known
    }


def selected(case: Json, options: argparse.Namespace) -> bool:
    """Tell whether a case is one of `--only`."""
    return fnmatch.fnmatchcase(case["id"], options.only or "*")


def write_report(folder: Path, files: dict[str, list[Json]], results: Sequence[Result], run: Run) -> None:
    """Write a report as JSON and as a page.

    Raises:
        OSError: A file cannot be written.
    """
    whole = built(files, results, run)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("report.json", json.dumps(whole, indent=1) + "\n"), ("index.html", page(whole))):
        (folder / name).write_bytes(text.encode("ascii"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 when all passed, 1 when not, 2 when nothing could be run."""
    parser = arguments()
    options = parser.parse_args(argv)
    if options.report and not (options.name and options.release):
        parser.error("a report needs --name and --release")
    try:
        files = load(options.vectors)
        text = options.expected_failures.read_text(encoding="utf-8") if options.expected_failures else ""
        table = rules_by_claim()
        claims = claimed(options.claim, table)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"run.py: error: {error}\n")
        return 2
    listed = expected_failures(text)
    every = [case for cases in files.values() for case in cases]
    unknown = listed.keys() - {case["id"] for case in every}
    silent = [name for name, reason in listed.items() if options.report and not reason]
    counted = counting(files, claims, table)
    wanted = {name for claim in claims for name in counted[claim]}
    cases = [case for case in every if selected(case, options) and (not claims or case["id"] in wanted)]
    if unknown or silent or not cases:
        problem = f"no such case: {', '.join(sorted(unknown))}" if unknown else "no case to run"
        problem = f"a report needs a reason after # for {', '.join(silent)}" if silent else problem
        sys.stderr.write(f"run.py: error: {problem}\n")
        return 2
    program = Program(options.command, options.timeout)
    try:
        results = answers(cases, program)
    except (OSError, NoAnswerError) as error:
        sys.stderr.write(f"run.py: error: cannot run the program: {error}\n")
        return 2
    finally:
        program.stop()
    if options.report:
        date = options.date or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        not_asked = reasons(every, cases, options)
        command = repeated(options)
        run = Run(options.name, options.release, claims, date, command, listed, not_asked, options.vectors)
        write_report(options.report, files, results, run)
    results = strict(results, listed.keys())
    sys.stdout.write(report(files, cases, results, as_json=options.json))
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
