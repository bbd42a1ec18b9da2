"""A program that lets processes write to one ledger at once, and kills some of them in the middle of it.

It has no threads, so that forking is sound. What leaves is written to a file beside the ledger, after `record` or
`revoke_many` has returned, as a code leaves only then.
"""

import importlib.util
import json
import os
import random
import signal
import sys
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

from healthpass.issuing._status_places import CodeRecord
from healthpass.ledger._errors import LedgerError
from healthpass.ledger._interface import Ledger
from healthpass.ledger.contract._desk import DAY, KID, WHO, Ledgers

_LONGEST: Final = 60.0  # seconds until enough was issued
_ENOUGH: Final = 2000  # bytes of notes for each kill
_LEAST: Final = 20  # rounds, however slow the machine is
_MOST: Final = 20  # codes at once


def _class_of(told: dict[str, Any]) -> type[Ledgers]:
    """Import the file of a test class."""
    spec = importlib.util.spec_from_file_location(told["module"], told["file"])
    if spec is None or spec.loader is None:
        raise ImportError(f"{told['file']} is no file of Python")
    found = sys.modules[told["module"]] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    for name in told["name"].split("."):
        found = getattr(found, name)
    return found  # type: ignore[return-value]


def _records(ledger: Ledger, chance: random.Random) -> list[CodeRecord]:
    """Make some records, with places."""
    at = datetime.now(UTC).replace(microsecond=0)
    return [
        CodeRecord(
            cti=os.urandom(12),
            place=ledger.take(),
            kid=KID,
            by="writer",
            why="to be tested",
            issued_at=at,
            expires_at=at + DAY + timedelta(seconds=chance.randrange(3600)),
        )
        for _ in range(chance.randint(1, _MOST))
    ]


def _recorded(ledger: Ledger, codes: list[CodeRecord], times: int) -> bool:
    """Record codes, once or again, and tell whether they may leave."""
    try:
        for _ in range(times):
            ledger.record(codes)
    except LedgerError:
        return False
    return True


def write(ledger: Ledger, notes: Path, seed: int, seconds: float) -> None:
    """Issue codes, give places back, record again, withdraw, for some time."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    out = os.open(notes / f"{seed}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    end, parent, rounds = time.monotonic() + seconds, os.getppid(), 0
    while (rounds < _LEAST or time.monotonic() < end) and os.getppid() == parent:  # none outlives a test
        rounds += 1
        codes = _records(ledger, chance)
        if chance.random() < 0.1 or not _recorded(ledger, codes, 1 + (chance.random() < 0.2)):
            for code in codes:
                ledger.give_back(code.place)
            continue
        left = "".join(f"{code.cti.hex()} {code.place.list} {code.place.index}\n" for code in codes)
        os.write(out, left.encode())
        if chance.random() < 0.3:
            some = codes[:: chance.randint(1, 4)]
            with suppress(LedgerError):
                ledger.revoke_many([code.cti for code in some], **WHO)
                os.write(out, "".join(f"{code.cti.hex()}\n" for code in some).encode())


def _fork(ledgers: Ledgers, told: dict[str, Any], seed: int, seconds: float) -> int:
    """Start a writer."""
    child = os.fork()
    if child:
        return child
    done = 1
    try:
        ledger = ledgers.open(Path(told["folder"]), told["issuer"])
        write(ledger, Path(told["notes"]), seed, seconds)
        ledgers.close(ledger)
        done = 0
    except BaseException:  # noqa: BLE001 - told
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(done)


def _kill(ledgers: Ledgers, told: dict[str, Any]) -> None:
    """Kill writers one after the other, and start others in their places."""
    chance = random.Random(2026)  # noqa: S311 - no secret
    notes, end = Path(told["notes"]), time.monotonic() + _LONGEST
    writers = [_fork(ledgers, told, seed, 2 * _LONGEST) for seed in range(told["writers"])]
    killed = 0
    while killed < told["kills"] or (_size(notes) < _ENOUGH * told["kills"] and time.monotonic() < end):
        time.sleep(chance.uniform(0.01, 0.2))
        victim = chance.randrange(len(writers))
        _strike(writers[victim])
        killed += 1
        writers[victim] = _fork(ledgers, told, told["writers"] + killed, 2 * _LONGEST)
    for writer in writers:
        _strike(writer)


def _size(notes: Path) -> int:
    return sum(file.stat().st_size for file in notes.iterdir())


def _strike(writer: int) -> None:
    os.kill(writer, signal.SIGKILL)
    _, status = os.waitpid(writer, 0)
    if not os.WIFSIGNALED(status):
        sys.exit("a writer ended by itself")


def main() -> NoReturn:
    """Do what the first argument says, in JSON."""
    told = json.loads(sys.argv[1])
    ledgers = _class_of(told)()
    if told["kills"]:
        _kill(ledgers, told)
        sys.exit(0)
    writers = [_fork(ledgers, told, seed, told["seconds"]) for seed in range(told["writers"])]
    ends = [os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]) for writer in writers]
    sys.exit(any(ends))
