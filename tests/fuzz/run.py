"""Fuzz healthpass: `python tests/fuzz/run.py --seconds 60`.

Each target (`--target`, several allowed) starts from inputs made of spec/vectors and runs for that many seconds,
two at a time, guided by coverage where atheris can be imported and by changed lines where not. Every input must
end in a value or in the errors that the interface promises, within its bounds of time and memory; what decodes
must encode to the same bytes. Whatever breaks that is written to a file of its own, with a hint how it becomes a
vector, and makes the exit code 1. `--corpus DIR` keeps what was found worth keeping; `--input FILE` runs one input
again.
"""

import argparse
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz import plain
from fuzz.targets import TARGETS
from fuzz.watch import Watch, input_of

GUIDED: Final = importlib.util.find_spec("atheris") is not None
_PROGRESS: Final = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)/")
_EXECUTIONS: Final = re.compile(r"number_of_executed_units: (\d+)")


class Row(NamedTuple):
    """What came of one target."""

    target: str
    executions: int
    coverage: str
    corpus: int
    findings: list[Path]


def guided(name: str, corpus: Path, findings: Path, seconds: int) -> Row:
    """Fuzz one target with atheris, in a process of its own."""
    corpus.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    for data in TARGETS[name].seeds():
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    command = [
        sys.executable,
        str(Path(__file__).with_name("guided.py")),
        name,
        str(corpus),
        str(findings),
        str(seconds),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    found = sorted(set(findings.iterdir()) - before)
    progress, executions = _PROGRESS.findall(ended.stderr), _EXECUTIONS.findall(ended.stderr)
    if not progress or (ended.returncode and not found):
        log = findings / f"{name}-stopped.txt"
        log.write_text(ended.stderr, encoding="utf-8")
        found.append(log)
    edges, features, kept = progress[-1] if progress else ("0", "0", "0")
    done = int(executions[-1]) if executions else 0
    return Row(name, done, f"{edges} edges, {features} features", int(kept), found)


def unguided(name: str, corpus: Path, findings: Path, seconds: int) -> Row:
    """Fuzz one target without atheris."""
    outcome = plain.fuzz(Watch(name, findings), seconds=seconds)
    corpus.mkdir(parents=True, exist_ok=True)
    for data in outcome.corpus:
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    return Row(name, outcome.executions, f"{outcome.lines} lines", len(outcome.corpus), outcome.findings)


def again(name: str, path: Path) -> int:
    """Run one input of one target, and let its exception be seen."""
    TARGETS[name].check(input_of(path))
    sys.stdout.write("the property holds for this input\n")
    return 0


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="run.py", description="Fuzz healthpass.")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target, 60 unless given")
    parser.add_argument("--target", action="append", choices=TARGETS, help="one of these; all unless given")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="where inputs are kept, by target")
    parser.add_argument(
        "--findings", type=Path, metavar="DIR", default=Path(tempfile.gettempdir()) / "healthpass-fuzz"
    )
    parser.add_argument("--input", type=Path, metavar="FILE", help="run this one input of the one --target")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 when something was found."""
    options = arguments().parse_args(argv)
    names: list[str] = options.target or list(TARGETS)
    if options.input:
        return again(names[0], options.input)
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(os.cpu_count() if GUIDED else 1) as pool:
        corpus = options.corpus or Path(scratch)
        one = guided if GUIDED else unguided
        rows = pool.map(lambda name: one(name, corpus / name, options.findings, options.seconds), names)
        sys.stdout.write(f"{'atheris' if GUIDED else 'without atheris'}, {options.seconds} s for each target\n")
        sys.stdout.write(f"{'target':10}{'executions':>12}{'corpus':>8}{'findings':>10}  coverage\n")
        findings: list[Path] = []
        for row in rows:
            findings += row.findings
            sys.stdout.write(
                f"{row.target:10}{row.executions:>12,}{row.corpus:>8}{len(row.findings):>10}  {row.coverage}\n"
            )
            sys.stdout.flush()
    sys.stdout.writelines(f"found: {path}\n" for path in findings)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
