"""Run a program over the vectors: any program in any language that speaks the protocol of README.md."""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from program import NoAnswerError, Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json: TypeAlias = dict[str, Any]

FORMAT: Final = "healthpass-vectors-1"
VECTORS: Final = Path(__file__).resolve().parent.parent / "vectors"
PATIENCE: Final = 20  # cases without any answer, until the command itself is taken to be wrong
INPUTS: Final = {
    "verify": ("at", "skew", "waive", "nonce", "seen", "scope", "keys", "text"),
    "issue": ("seed", "claims"),
    "present": ("seed", "credential", "at", "nonce", "opening"),
    "challenge": ("text",),
    "bind": ("type", "number", "r", "binding"),
    "key": ("public_key", "use"),
    "world": ("environment", "steps"),
    "request": ("document", "authority", "environment", "at"),
}


@dataclass(frozen=True)
class Result:
    """What came of one case."""

    id: str
    passed: bool
    expected: str
    got: str


def load(folder: Path) -> list[Json]:
    """Return the cases of a folder, file by file in the order of their names."""
    cases: list[Json] = []
    for path in sorted(folder.glob("*.json")):
        whole = json.loads(path.read_bytes())
        if isinstance(whole, dict) and whole.get("format") == FORMAT:
            cases += whole["cases"]
    return cases


def question(case: Json) -> bytes:
    """Return the line that a program is given: the inputs of a case, and nothing of what is expected."""
    names = ("id", "op", *INPUTS[case["op"]])
    return json.dumps({name: case[name] for name in names if name in case}).encode() + b"\n"


def expectation(case: Json) -> str:
    """Return the one answer that is right, in words."""
    if case["op"] in {"world", "request"}:
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
    if len(results) != len(expected):
        return f"{len(results)} results for {len(expected)} steps"
    for i, (want, got) in enumerate(zip(expected, results, strict=True)):
        if not _same(want, got):
            return f"step {i} {case['steps'][i]['do']}: {json.dumps(got)} instead of {json.dumps(want)}"
    return expectation(case)


def _asked(answer: Json) -> str:
    names = ("accepted", "issuer", "public_key", "use") if "accepted" in answer else ("outcome",)
    return json.dumps({name: answer[name] for name in names}, sort_keys=True)


def understood(case: Json, answer: Any) -> str:
    """Return an answer in the words of `expectation`.

    Raises:
        ValueError, KeyError, TypeError: It is not an answer to a case of this operation.
    """
    if not isinstance(answer, dict) or answer.get("id", case["id"]) != case["id"]:
        raise ValueError("not an object, or the answer to another case")
    op = case["op"]
    if op == "verify":
        return _verified(case, answer)
    if op in {"world", "request"}:
        return _lived(case, answer) if op == "world" else _asked(answer)
    if op == "key":
        if not isinstance(answer["accepted"], bool):
            raise TypeError("accepted is true or false")
        return f"accepted, kid {answer['kid']}" if answer["accepted"] else "refused"
    if answer.get("verdict") == "refused" or op in {"issue", "present"}:
        return "refused" if answer.get("verdict") == "refused" else f"text {answer['text']}"
    if "binding" in case:
        return {True: "matches", False: "differs"}[answer["matches"]]
    return str(answer["nonce" if op == "challenge" else "binding"])


def judge(case: Json, program: Program) -> Result:
    """Ask a program one case."""
    expected = expectation(case)
    try:
        line = program.ask(question(case))
        got = understood(case, json.loads(line))
    except NoAnswerError as error:
        got = f"({error})"
    except (ValueError, KeyError, TypeError, RecursionError):
        program.stop()  # whatever it says next would belong to another case
        got = f"(not an answer: {line[:80]!r})"
    return Result(case["id"], got == expected, expected, got)


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
    """Count cases, passed and failed by the entries of `clause` or of `attack`."""
    counts: dict[str, list[int]] = {}
    for case, result in zip(cases, results, strict=True):
        for name in case[member]:
            row = counts.setdefault(str(name), [0, 0, 0])
            row[0] += 1
            row[1 if result.passed else 2] += 1
    return dict(
        sorted(counts.items(), key=lambda item: (item[0].rstrip("0123456789"), int(item[0].rpartition("-")[2])))
    )


def table(title: str, counts: dict[str, list[int]]) -> str:
    """Return counts as lines of text."""
    lines = [f"{title:10}{'cases':>7}{'passed':>8}{'failed':>8}"]
    lines += [f"{name:10}{all_:>7}{passed:>8}{failed:>8}" for name, (all_, passed, failed) in counts.items()]
    return "\n".join(lines) + "\n\n"


def strict(results: Sequence[Result], listed: set[str]) -> list[Result]:
    """Turn the results of cases that are expected to fail round: one that passes is a failure."""
    return [
        Result(
            r.id, not r.passed, "to fail, as it is listed", "passed: take it off the list" if r.passed else r.got
        )
        if r.id in listed
        else r
        for r in results
    ]


def report(cases: Sequence[Json], results: Sequence[Result], *, as_json: bool) -> str:
    """Return what is printed at the end."""
    failed = [result for result in results if not result.passed]
    passed = len(results) - len(failed)
    clauses, attacks = tally(cases, results, "clause"), tally(cases, results, "attack")
    if as_json:
        members = {"passed": passed, "failed": len(failed), "clauses": clauses, "attacks": attacks}
        return json.dumps(members | {"cases": [asdict(result) for result in results]}) + "\n"
    text = table("clause", clauses) + table("attack", attacks)
    comments = {case["id"]: case["comment"] for case in cases}
    for result in failed:
        text += (
            f"FAILED {result.id}: {comments[result.id]}\n  expected {result.expected}\n  got      {result.got}\n"
        )
    return text + f"{passed} passed, {len(failed)} failed\n"


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="run.py", description="Run a program over the test vectors.")
    parser.add_argument("--vectors", type=Path, default=VECTORS, metavar="DIR")
    parser.add_argument("--only", metavar="GLOB", help="cases whose id matches")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--expected-failures", type=Path, metavar="FILE", help="ids, one a line; # starts a comment"
    )
    parser.add_argument(
        "--timeout", type=float, default=10.0, metavar="S", help="seconds for one case, 10 unless given"
    )
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="after --, the program and its arguments")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 when all passed, 1 when not, 2 when nothing could be run."""
    options = arguments().parse_args(argv)
    try:
        cases = load(options.vectors)
        text = options.expected_failures.read_text(encoding="utf-8") if options.expected_failures else ""
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"run.py: error: {error}\n")
        return 2
    listed = {name for line in text.splitlines() if (name := line.partition("#")[0].strip())}
    unknown = listed - {case["id"] for case in cases}
    cases = [case for case in cases if fnmatch.fnmatchcase(case["id"], options.only or "*")]
    if unknown or not cases:
        problem = f"no such case: {', '.join(sorted(unknown))}" if unknown else "no case to run"
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
    results = strict(results, listed)
    sys.stdout.write(report(cases, results, as_json=options.json))
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
