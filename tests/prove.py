"""The proof that is too slow for every change: the trust model explored, mutation, fuzzing, benchmarks.

`.ci/prove > report.md`, by hand and before a release, prints one report: what was measured, when, on what, and
what failed; the exit code is 1 if something did. `--minutes 20` bounds the time: then mutation judges as many
mutants as it can, drawn at random, and fuzzing is shorter. `.ci/prove fuzzing` runs one part alone.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from fuzz.targets import TARGETS

TESTS: Final = Path(__file__).resolve().parent
MINUTE: Final = 60
GRACE: Final = 2 * MINUTE  # for a target or a mutant that is at work when the time is over
LIBRARIES: Final = ("cbor2", "pydantic", "pynacl", "base45")
AIM: Final = re.compile(r"^\| (?P<what>[^|]*) \| (?P<figure>[\d.,]+)[^|]* \| <= (?P<aim>[\d.]+)", re.MULTILINE)


class Part(NamedTuple):
    """One program of the proof.

    Attributes:
        name: the part that it belongs to.
        script: where it lies, from the folder of tests.
        bound: what gives the arguments that bound it to some seconds.
        share: its share of the time that is left when it begins.
    """

    name: str
    script: str
    bound: Callable[[float], Sequence[str]] = lambda _: ()
    share: float = 1


class Run(NamedTuple):
    """What came of a program."""

    name: str
    program: str
    seconds: float
    failed: str
    output: str


def fuzzing(seconds: float) -> list[str]:
    """Share the seconds among the targets."""
    return ["--seconds", str(max(1, int(seconds / len(TARGETS))))]


def exploration(seconds: float) -> list[str]:
    """Explore for so long."""
    return ["--seconds", f"{seconds:.0f}"]


def mutation(seconds: float) -> list[str]:
    """Judge for so long."""
    return ["--minutes", f"{seconds / MINUTE:.2f}"]


BENCHMARKS: Final = tuple(  # each says in its first line how it is run; what they share does not
    script.name
    for script in sorted((TESTS / "benchmarks").glob("*.py"))
    if f"`python tests/benchmarks/{script.name}`" in script.read_text("utf-8").partition("\n")[0]
)
PARTS: Final = (
    *(Part("benchmarks", f"benchmarks/{name}") for name in BENCHMARKS),
    Part("exploration", "model/run.py", exploration, share=1 / 4),
    Part("fuzzing", "fuzz/run.py", fuzzing, share=1 / 3),
    Part("mutation", "mutation/run.py", mutation),
)


def run(part: Part, deadline: float | None) -> Run:
    """Run a program, until a time of the monotonic clock if there is one."""
    left = None if deadline is None else part.share * max(deadline - time.monotonic(), 1)
    program = [part.script, *(() if left is None else part.bound(left))]
    sys.stderr.write(f"prove: {' '.join(program)}\n")
    begun = time.monotonic()
    try:
        ended = subprocess.run(
            [sys.executable, TESTS / program[0], *program[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=None if left is None else left + GRACE,
            check=False,
        )
        failed, output = ended.returncode and f"exit code {ended.returncode}", ended.stdout
    except subprocess.TimeoutExpired as error:
        failed, output = "no end", (error.stdout or b"").decode(errors="replace")
    return Run(part.name, " ".join(program), time.monotonic() - begun, failed or "", output.strip())


def missed(output: str) -> list[str]:
    """Return the rows of a table that miss their aim: no failure, for another machine may reach it."""
    return [
        f"{row['what']}: {row['figure']}, not {row['aim']}"
        for row in AIM.finditer(output)
        if float(row["figure"].replace(",", "")) > float(row["aim"])
    ]


def report(runs: Sequence[Run], begun: datetime) -> Iterator[str]:
    """Give the lines of the report."""
    git = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(git, cwd=TESTS, capture_output=True, text=True, check=False).stdout.strip()
    yield f"# healthpass {version('healthpass')}: what was proved\n"
    yield f"| | |\n|---|---|\n| when | {begun:%Y-%m-%d %H:%M} UTC |\n| commit | {commit or 'unknown'} |"
    yield f"| Python | {platform.python_implementation()} {platform.python_version()}, {platform.platform()} |"
    yield f"| cores | {os.cpu_count()}, load {os.getloadavg()[0]:.1f} at the end |"
    yield f"| libraries | {', '.join(f'{name} {version(name)}' for name in LIBRARIES)} |\n"
    yield "| part | program | minutes | |\n|---|---|---|---|"
    for one in runs:
        aims = f", aims missed: {len(missed(one.output))}" if missed(one.output) else ""
        yield f"| {one.name} | `{one.program}` | {one.seconds / MINUTE:.1f} | {one.failed or 'passed'}{aims} |"
    for one in runs:
        yield f"\n## {one.program}\n"
        yield one.output if one.output.startswith("|") else f"```text\n{one.output}\n```"
        yield from (f"\nMissed: {row}." for row in missed(one.output))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line."""
    names = list(dict.fromkeys(part.name for part in PARTS))
    parser = argparse.ArgumentParser(prog="prove", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(names)}; all unless given")
    parser.add_argument("--minutes", type=float, help="how long it may take; as long as it takes unless given")
    options = parser.parse_args(argv)
    if unknown := set(options.parts) - set(names):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    begun = datetime.now(UTC)
    deadline = None if options.minutes is None else time.monotonic() + options.minutes * MINUTE
    runs = [run(part, deadline) for part in PARTS if not options.parts or part.name in options.parts]
    sys.stdout.writelines(f"{line}\n" for line in report(runs, begun))
    return 1 if any(one.failed for one in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
