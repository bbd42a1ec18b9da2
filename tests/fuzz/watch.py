"""Watching one input after another: what is asserted, how long it takes, how much memory it needs."""

import hashlib
import resource
import time
import traceback
from pathlib import Path
from typing import Final

from fuzz.targets import TARGETS

_MEBIBYTE: Final = 1024  # ru_maxrss counts kibibytes


class LimitError(AssertionError):
    """An input takes more time or memory than its target allows."""


class Watch:
    """Runs the inputs of one target and writes each new kind of finding to a file.

    Attributes:
        findings: the files written, by where the failure happened: one bug is reported once.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.target = TARGETS[name]
        self.folder = folder
        self.findings: dict[str, Path] = {}

    def __call__(self, data: bytes) -> None:
        """Run one input; whatever is wrong with it becomes a finding and is not raised."""
        try:
            self._measure(data)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            self._report(data, error)

    def _measure(self, data: bytes) -> None:
        peak = _peak()
        if self._milliseconds(data) > self.target.milliseconds:
            # Once more, twice: the first may have paid for an import or a collection of garbage.
            best = min(self._milliseconds(data) for _ in range(2))
            if best > self.target.milliseconds:
                raise LimitError(f"{best:.0f} ms, and {self.target.milliseconds} are allowed")
        grown = _peak() - peak
        if grown > self.target.mebibytes * _MEBIBYTE:
            raise LimitError(f"memory grew by {grown // _MEBIBYTE} MiB")

    def _milliseconds(self, data: bytes) -> float:
        start = time.process_time()
        self.target.check(data)
        return (time.process_time() - start) * 1000

    def _report(self, data: bytes, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{type(error).__name__} {[(frame.name, frame.line) for frame in frames[-2:]]}"
        if place in self.findings:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self.name}-{hashlib.sha256(data).hexdigest()[:12]}.txt"
        self.findings[place] = path
        path.write_text(
            f"target: {self.name}\n"
            f"input ({len(data)} bytes): {data.hex()}\n"
            f"again: python tests/fuzz/run.py --target {self.name} --input {path}\n"
            f"as a vector: {self.target.hint}\n\n" + "".join(traceback.format_exception(error)),
            encoding="utf-8",
            errors="backslashreplace",
        )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def input_of(path: Path) -> bytes:
    """Read the input out of a file of findings, or any other file as it is."""
    data = path.read_bytes()
    for line in data.splitlines() if data.startswith(b"target: ") else ():
        if line.startswith(b"input ("):
            return bytes.fromhex(line.rpartition(b": ")[2].decode())
    return data
