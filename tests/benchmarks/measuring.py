"""What the benchmarks share: a clock, a comparison in turns, rows of a table, and what they ran on."""

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

TOP: Final = Path(__file__).resolve().parents[2]
BATCH: Final = 50
BENEATH: Final = "import pydantic, cbor2, nacl.bindings; pydantic.BaseModel"  # which pydantic loads late

Clock = Callable[[int, int], float]  # run the items from one index to another and return the seconds


def clock(function: Callable[[Any], object], items: Sequence[Any]) -> Clock:
    """Return what times a function over a slice of items."""

    def run(start: int, end: int) -> float:
        before = time.thread_time()  # of the processor: whoever else runs here takes none of it
        for item in items[start:end]:
            function(item)
        return time.thread_time() - before

    return run


def compare(ours: Clock, theirs: Clock, count: int, batch: int = BATCH) -> float:
    """Return the median, over batches that take turns, of our time divided by theirs."""
    starts = range(0, count, batch)
    return statistics.median(ours(i, i + batch) / theirs(i, i + batch) for i in starts)


def startups(statement: str, other: str, count: int) -> list[tuple[float, float]]:
    """Return, for so many turns, the seconds that a new interpreter needs for each statement, beyond starting.

    Modules are compiled before, into a folder for it: whatever an environment says, users have them compiled.
    """
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}

        def seconds(program: str) -> float:
            timed = f"import sys, time; before = time.thread_time()\n{program}\n"
            timed += "sys.stderr.write(f'\\n{time.thread_time() - before}')"  # a program may print
            command = [sys.executable, "-c", timed]
            done = subprocess.run(command, env=environment, capture_output=True, check=True)
            return float(done.stderr.split()[-1])

        return [(seconds(statement), seconds(other)) for _ in range(count + 1)][1:]


def row(name: str, figure: str, target: str = "") -> None:
    """Print a row of a table; `.ci/prove` reads the target `<= 2.2` and tells where it is missed."""
    print(f"| {name} | {figure} | {target} |", flush=True)


def heading(what: str, figure: str = "measured", target: str = "target") -> None:
    """Print the head of a table."""
    row(what, figure, target)
    row("---", "---", "---")


def build() -> str:
    """Say which Python runs, how it was configured, and on what; ratios depend on it.

    A Python that somebody packaged need not say so: Debian's is built with profile-guided optimisation by its own
    rules, and its configuration does not name it.
    """
    options = str(sysconfig.get_config_var("CONFIG_ARGS"))
    named = [option for option in ("--enable-optimizations", "--with-lto") if option in options]
    levels = re.findall(r"-O\w+", str(sysconfig.get_config_var("CFLAGS")))
    level = levels[-1] if levels else "no -O"
    model = re.search(r"^model name\s*: (.*)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return (
        f"{platform.python_implementation()} {' '.join(sys.version.split())}, {level}, "
        f"{' '.join(named) or 'no optimisation named in its configuration'}; "
        f"{platform.system()} {platform.machine()}, {model[1] if model else 'processor unknown'}"
    )


def parser(doc: str | None, count: int) -> argparse.ArgumentParser:
    """Return what reads the options that several scripts have: how many codes, and another Python."""
    made = argparse.ArgumentParser(description=(doc or "").split("\n", maxsplit=1)[0])
    made.add_argument("--count", type=int, default=count, help=f"how many codes ({count})")
    made.add_argument("--python", help="measure this Python, in an environment made for it")
    return made


def another_python(python: str, script: str, arguments: Sequence[str]) -> int:
    """Run a script with another Python, in a new environment with this checkout; return its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        its = str(Path(folder) / "bin" / "python")
        subprocess.run([its, "-m", "pip", "install", "-q", "--editable", f"{TOP}[qr]"], check=True)
        return subprocess.run([its, script, *arguments], check=False).returncode


def _read(path: str) -> str:
    """Read a small file of the system, or nothing where there is none."""
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""
