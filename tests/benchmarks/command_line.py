"""Measure the command line against the library: `python tests/benchmarks/command_line.py`.

`healthpass verify -` over distinct codes beside `Verifier.verify` over the same ones, in turns and in one process,
by the time of the processor. What a command loads is measured in new processes, beside the libraries beneath.
"""

import argparse
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final
from unittest.mock import patch

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import BENEATH, build, heading, row, startups
from benchmarks.typical import AT, ISSUER, KEY, REGISTRY, WAIVE, issued, typical
from healthpass import Verifier
from healthpass.cli import main as command

ROUNDS: Final = 5
COMMAND: Final = "import sys; from healthpass.cli import main; main({!r})"
IMPORTS: Final = (
    ("`import healthpass` with all its names", "from healthpass import *"),
    ("what a gate imports", "from healthpass import Registry, Verifier"),
    ("what an office imports", "from healthpass import Color, HealthCode, Issuer, SigningKey"),
)


def seconds(run: Callable[[], object]) -> float:
    """Return the seconds of the processor that this thread has used."""
    before = time.thread_time()
    run()
    return time.thread_time() - before


def wall(arguments: Sequence[str], codes: Path) -> float:
    """Return the seconds by the clock that the program needs for a file of codes."""
    program = [sys.executable, "-c", "import sys; from healthpass.cli import main; sys.exit(main())"]
    before = time.perf_counter()
    with codes.open("rb") as lines:
        subprocess.run([*program, *arguments], stdin=lines, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - before


def main(count: int) -> None:
    """Measure and print the table."""
    texts = [issued(typical(number)) for number in range(count)]
    data = "\n".join(texts).encode()
    gate = Verifier(REGISTRY, waive=WAIVE)
    print(build(), end="\n\n")
    heading(f"measured over {count:,} distinct codes")
    with tempfile.TemporaryDirectory() as folder:
        pem, codes = Path(folder) / "PUB.pem", Path(folder) / "codes.txt"
        pem.write_text(KEY.public_key.to_pem())
        codes.write_bytes(data)
        given = ["verify", "-", "--issuer-key", f"{ISSUER}={pem}", "--at", AT.isoformat()]
        given += ["--waive", "status-unknown"]

        def judged() -> None:
            for text in texts:
                gate.verify(text, at=AT)

        def commanded(arguments: Sequence[str]) -> None:
            with (
                Path(os.devnull).open("w", encoding="utf-8") as nowhere,
                redirect_stdout(nowhere),
                patch("sys.stdin", io.TextIOWrapper(io.BytesIO(data))),
            ):
                if command(arguments) != 0:
                    raise SystemExit("a code did not pass")

        judged()  # the models are compiled with their first use
        for name, options in (("in lines", []), ("in JSON", ["--json"])):
            ratios = [seconds(lambda: commanded([*given, *options])) / seconds(judged) for _ in range(ROUNDS)]  # noqa: B023
            row(f"`healthpass verify -` {name} / `verify()`", f"{statistics.median(ratios):.2f}", "<= 1.2")
        for name, options in (("in lines", []), ("in JSON", ["--json"])):
            pairs = [
                (wall([*given, *options], codes), wall([*given, *options, "--jobs", "2"], codes))
                for _ in range(ROUNDS)
            ]
            faster = statistics.median(one / two for one, two in pairs)
            row(f"the same {name}, one job / `--jobs 2`, by the clock", f"{faster:.2f}")
        one = COMMAND.format([*given[:1], texts[0], *given[2:]])
        starts = [*IMPORTS, ("`healthpass verify TOKEN`", one)]
    starts += [(f"`healthpass {name}`", COMMAND.format([name])) for name in ("--version", "--help")]
    for name, statement in starts:
        ratio = statistics.median(ours / theirs for ours, theirs in startups(statement, BENEATH, min(9, count)))
        row(f"{name} / `import pydantic, cbor2, nacl.bindings`", f"{ratio:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=10_000, help="how many codes (10000)")
    main(parser.parse_args().count)
