"""How `healthpass bulk` works: what is told meanwhile and in the end, and what it cannot do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from healthpass import Verdict, bulk, harmless, read_time
from healthpass.bulk import (
    BulkError,
    InputError,
    OtherWorkError,
    OutputError,
    Task,
    Withdrawing,
    read_job,
    work_locally,
)
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, USAGE, CommandError, refusing
from healthpass.cli.io.asking import agree
from healthpass.cli.io.keys import opened_key
from healthpass.cli.io.output import answering, put
from healthpass.cli.language import say
from healthpass.cli.ledgers import how_many
from healthpass.cli.show.progress import progress
from healthpass.cli.show.times import now
from healthpass.ledger import RunTerms, TooManyCodesError
from healthpass.signers import SignerError, open_signer

_AGAIN: Final = "what was written stays; the same command goes on where it stopped"
_ERROR: Final = "error"


def begun_at(out: Path) -> datetime:
    """Return the time for which the work of a folder was begun; now where none was.

    Raises:
        CommandError: when that cannot be read.
    """
    with _telling():
        begun = read_job(out)
    terms = None if begun is None else begun.get("terms")
    run = terms.get("run") if isinstance(terms, dict) else None
    told = run.get("starts_at") if isinstance(run, dict) else terms.get("at") if isinstance(terms, dict) else None
    return read_time(told) if isinstance(told, str) else now().replace(microsecond=0)


def run_of(issued: Path) -> RunTerms:
    """Return the terms of the run whose codes are in a folder.

    Raises:
        CommandError: when there are none.
    """
    with _telling():
        return bulk.run_of(issued)


def kid_of(key: str, passphrase_file: Path | None) -> bytes:
    """Return the kid of a key, which processes can open as well: nothing is asked for.

    Raises:
        CommandError: when it cannot be opened.
    """
    if passphrase_file is not None:
        with opened_key(key, passphrase_file) as signer:
            return signer.public_key.kid
    try:
        with open_signer(key) as signer:
            return signer.public_key.kid
    except SignerError as error:
        hint = "--passphrase-file FILE gives it to each process" if str(error).endswith("is needed") else None
        raise CommandError(str(error), hint=hint) from error


def worked(task: Task, rows: Path, out: Path, **options: Any) -> Mapping[str, int]:
    """Do a task with all rows of an input, tell what came of them, and return it.

    Args:
        task: what to do.
        rows: the input.
        out: the folder of the output.
        **options: those of `work_locally`.

    Raises:
        CommandError: when it cannot go on.
        TooManyCodesError: when more codes would be withdrawn than the task says.
    """
    with _telling(), refusing(), progress(task.name) as told:
        done = work_locally(task, rows, out, progress=told, **options)
    counts = say(", ").join(_counted(name, done.counts[name]) for name in sorted(done.counts, key=_rank))
    with answering():
        where = harmless(str(out))
        if done.parts == 1:
            put(say("{}: {} rows in 1 part: {}", where, done.rows, counts or say("none")))
        else:
            put(say("{}: {} rows in {} parts: {}", where, done.rows, done.parts, counts or say("none")))
    return done.counts


def _counted(name: str, count: int) -> str:
    """Say how often an outcome came; that of another name is a verdict."""
    told = {
        "issued": say("{} issued", count),
        "valid": say("{} valid", count),
        "withdrawn": say("{} withdrawn", count),
        "unknown": say("{} unknown", count),
        "changed": say("{} changed", count),
        "review": say("{} for review", count),
        "later": say("{} with another next_at", count),
        "unchanged": say("{} unchanged", count),
        _ERROR: say("{} with an error", count),
    }
    return told.get(name) or say("{} {}", count, name)


def _rank(name: str) -> tuple[bool, str]:
    return name == _ERROR, name


def withdrawn(task: Withdrawing, rows: Path, out: Path, **options: Any) -> Mapping[str, int]:
    """Withdraw codes as `worked` does, after somebody agreed where they are many.

    Raises:
        CommandError: when it cannot go on, or nobody agreed.
    """
    try:
        return worked(task, rows, out, **options)
    except TooManyCodesError as error:
        agree(
            f"Withdraw {how_many(error.count)}, for good?",
            f"agree to withdraw {how_many(error.count)}, more than {task.at_most:,}, and nothing was withdrawn",
            f"--max {error.count} agrees to so many",
        )
        return worked(replace(task, at_most=error.count), rows, out, **options)


def worst_verdict(counts: Mapping[str, int]) -> int:
    """Return the exit code of the worst of verdicts."""
    codes = [CANNOT_JUDGE if name == _ERROR else _EXIT_CODES[Verdict(name).outcome] for name in counts]
    return max(codes, default=DONE)


def worst_outcome(counts: Mapping[str, int], good: str) -> int:
    """Return the exit code of outcomes, of which one is good."""
    return DONE if counts.keys() <= {good} else NOT_VALID


def worst_row(counts: Mapping[str, int]) -> int:
    """Return the exit code of outcomes of which each is good, but an error."""
    return NOT_VALID if _ERROR in counts else DONE


_EXIT_CODES: Final = {"valid": DONE, "not valid": NOT_VALID, "cannot judge": CANNOT_JUDGE}


@contextmanager
def _telling() -> Iterator[None]:
    """Say in our style why bulk work cannot go on.

    Raises:
        CommandError: with exit code 2, where the input or the output is at fault; else 3.
    """
    try:
        yield
    except InputError as error:
        raise CommandError(str(error)) from error
    except OtherWorkError as error:
        hint = "choose another folder, or give the command as it was begun"
        raise CommandError(str(error), hint=hint) from error
    except BulkError as error:
        code = USAGE if isinstance(error, OutputError) else CANNOT_JUDGE
        raise CommandError(str(error), hint=_AGAIN, exit_code=code) from error
