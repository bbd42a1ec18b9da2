"""Fuzzing without atheris: random changes, guided by the lines of healthpass that an input reaches."""

import random
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

import healthpass
from fuzz.changes import change_bytes, change_values
from fuzz.watch import Watch

_SOURCE: Final = str(Path(healthpass.__file__).parent)


class Outcome(NamedTuple):
    """What a run came to."""

    executions: int
    lines: int
    corpus: list[bytes]
    findings: list[Path]


class _Lines:
    """The lines of healthpass that have been run."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()

    def __enter__(self) -> None:
        self._before = sys.gettrace()  # a debugger's, or that of a measurement of coverage
        sys.settrace(self._enter)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(_SOURCE) else None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            self.seen.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line


def fuzz(watch: Watch, *, seconds: float, executions: int = sys.maxsize, seed: int = 0) -> Outcome:
    """Run the seeds of a target, then changes of what has reached new lines.

    Args:
        watch: the target.
        seconds: when to stop.
        executions: when to stop at the latest; with it, a run is the same every time.
        seed: which random changes are made.
    """
    chance = random.Random(seed)  # noqa: S311 - inputs are no secrets
    corpus = watch.target.seeds()
    waiting = iter(corpus[:])
    lines, done = _Lines(), 0
    end = time.monotonic() + seconds
    while done < executions and time.monotonic() < end:
        data = next(waiting, None)
        changed = data is None
        if data is None:
            data = chance.choice(corpus)
            if watch.target.structured and chance.random() < 0.5:
                data = change_values(data, chance)
            else:
                data = change_bytes(data, chance, chance.choice(corpus))
        before = len(lines.seen)
        with lines:
            watch(data)
        done += 1
        if changed and len(lines.seen) > before:
            corpus.append(data)
    return Outcome(done, len(lines.seen), corpus, list(watch.findings.values()))
