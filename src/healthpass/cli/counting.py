"""`verify --tally`: what a gate did is counted while it verifies."""

import os
from datetime import datetime
from pathlib import Path
from typing import Self

from healthpass import Decided, Judgement, Verified, harmless
from healthpass.cli.errors import CommandError
from healthpass.cli.io.files import NewFiles
from healthpass.cli.show import answer
from healthpass.cli.show.times import now


class Counting:
    """Counts what came of codes, for a new file of its own; `tally merge` joins such files.

    Args:
        gate: which gate counts, `REGION/name`.
        path: the new file.
        at: the time; None for that of each code.
    """

    def __init__(self, gate: str, path: Path, at: datetime | None) -> None:
        from healthpass.deciding import Tally  # noqa: PLC0415 - few gates count

        self._gate, self._path, self._at, self._tally = gate, path, at, Tally()

    @classmethod
    def of(cls, text: str | None, at: datetime | None) -> Self | None:
        """Read `--tally`; None where it was not given.

        Raises:
            CommandError: when it is not written so, or the file is there already.
        """
        if text is None:
            return None
        gate, _, name = text.partition("=")
        if not name:
            raise CommandError(f"--tally {text!r}: expected GATE=FILE", hint="such as CN-33-01/east=tally.json")
        if os.path.lexists(name):
            raise CommandError(f"{harmless(name)} is there already, and counts are not replaced")
        made = cls(gate, Path(name), at)
        try:
            made.count(None, None)  # which checks the name of the gate
        except ValueError as error:
            raise CommandError(f"--tally: {error}") from None
        return cls(gate, Path(name), at)

    def count(self, judged: answer.Judged | None, decided: Decided | None) -> None:
        """Count one code."""
        told = None if judged is None else Judgement.of(judged) if isinstance(judged, Verified) else judged
        self._tally.count(told, gate=self._gate, at=self._at or now(), decision=decided)

    def write(self) -> None:
        """Write the counts."""
        with NewFiles() as files:
            files.create(self._path, self._tally.to_json())
