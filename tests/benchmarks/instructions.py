"""Count instructions of the processor: `python tests/benchmarks/instructions.py`, where valgrind is installed.

A time depends on whoever else uses the machine. A count does not: two runs differ by less than a hundredth, and a
minute is enough. One process does the work under `valgrind --tool=callgrind`: after a warm-up it verifies, opens
signatures with libsodium alone, issues, and signs with libsodium alone. Between them it calls `getppid`, at which
callgrind writes down what it has counted so far.

`--python /usr/bin/python3` measures another Python: it gets a temporary environment with this checkout, for
which a package index is needed. A count is no time: instructions are not equally fast, and waiting for memory is
not counted. valgrind shows a processor without AVX-512: a library that chooses its code by the processor may
choose otherwise.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import another_python, build, heading, parser, row
from benchmarks.typical import issued, jobs, typical

WARM: Final = 30  # calls, after which CPython has specialised what it runs
PLACES: Final = {  # of an instruction, by what the name of its file begins with
    "libsodium": ("_sodium",),
    "Python": ("libpython3", "python3"),
    "pydantic-core": ("_pydantic_core",),
    "cbor2": ("_cbor2", "cbor2"),
}
PAIRS: Final = (
    ("verify", "open", "`verify()` / a bare libsodium verification, in instructions", "<= 1.40"),
    ("issue", "sign", "`issue()` / a bare libsodium signature, in instructions", "<= 1.90"),
)


def work(count: int) -> None:
    """Do the work, with marks between its parts; this runs under valgrind."""
    codes = [typical(number) for number in range(WARM + count)]
    todo = jobs(codes, [issued(code) for code in codes])
    for job in todo.values():
        for item in job.items[:WARM]:
            job.function(item)
    for job in todo.values():
        items = job.items[WARM:]
        os.getppid()
        for item in items:
            job.function(item)
        os.getppid()


def places(dump: str) -> Counter[str]:
    """Return how many instructions each place has in what callgrind wrote, those of what it calls not counted."""
    names: dict[str, str] = {}
    counted: Counter[str] = Counter()
    place, calls = "other", False
    for line in dump.splitlines():
        if found := re.match(r"(c?)ob=(\(\d+\))(?: (.*))?$", line):
            called, number, path = found.groups()
            if path:  # the number stands for it from here on
                file = path.rpartition("/")[2]
                names[number] = next((name for name, begins in PLACES.items() if file.startswith(begins)), "other")
            if not called:
                place = names[number]
        elif line.startswith("calls="):
            calls = True  # the next line is what the function took that is called here
        elif found := re.match(r"[+*\-\d]\S* (\d+)$", line):
            counted[place] += 0 if calls else int(found[1])
            calls = False
    return counted


def measured(count: int) -> dict[str, Counter[str]]:
    """Run the work under valgrind; return the instructions of each job, by place."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--tool=callgrind", "--dump-before=getppid", f"--callgrind-out-file={folder}/out"]
        subprocess.run(
            ["valgrind", "-q", *options, sys.executable, __file__, "--work", "--count", str(count)],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        names = ("verify", "open", "issue", "sign")
        dumps = [(Path(folder) / f"out.{2 + 2 * number}").read_text() for number in range(len(names))]
        assert not (Path(folder) / f"out.{2 * len(names) + 1}").exists()
        counted = {name: places(dump) for name, dump in zip(names, dumps, strict=True)}
        for name, dump in zip(names, dumps, strict=True):
            assert f"\ntotals: {counted[name].total()}\n" in dump
        return counted


def table(count: int) -> None:
    """Measure and print the rows."""
    if shutil.which("valgrind") is None:
        row("instructions", "not measured: valgrind is not installed")
        return
    counted = measured(count)
    for ours, bare, name, target in PAIRS:
        beneath = counted[bare].total()
        row(name, f"{counted[ours].total() / beneath:.2f}", target)
        shares = (f"{place} {counted[ours][place] / beneath:.2f}" for place in (*PLACES, "other"))
        row(f"`{ours}()`: where they are, by library", ", ".join(shares))
        row(
            f"`{ours}()` and bare, instructions a code",
            f"{counted[ours].total() // count:,} and {beneath // count:,}",
        )


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    options_of = parser(__doc__, 100)
    options_of.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = options_of.parse_args(arguments)
    if options.work:
        work(options.count)
    elif options.python:
        return another_python(options.python, __file__, ["--count", str(options.count)])
    else:
        heading(f"{options.count} distinct codes")
        row("Python", build())
        table(options.count)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
