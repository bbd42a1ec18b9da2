"""Bulk work on this machine: from files to a folder of parts, by as many processes as you like."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

from healthpass.bulk._errors import BulkError, MeansError
from healthpass.bulk._inputs import Format, Input
from healthpass.bulk._outputs import encoded
from healthpass.bulk._parts import Part, Parts
from healthpass.bulk._task import Task, close, do
from healthpass.bulk._workers import DoPart, Workers
from healthpass.ledger._errors import TooManyCodesError
from healthpass.words._errors import HealthpassError

BATCH: Final = 10_000  # rows
MAX_BATCH: Final = 100_000
MAX_JOBS: Final = 256


class Done(NamedTuple):
    """What came of bulk work.

    Attributes:
        rows: how many rows the input has.
        parts: in how many parts the output is.
        counts: how many rows came to what: `issued`, a verdict, `withdrawn`, `unknown`, `changed`, `review`,
            `later`, `unchanged`; or `error`, to nothing.
    """

    rows: int
    parts: int
    counts: dict[str, int]


def work_locally(
    task: Task,
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    output: Format | str | None = None,
    batch: int = BATCH,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Done:
    """Do a task with all rows of an input, and write what comes of them to a folder.

    Work that was stopped, by whatever, goes on where it was when it is called again with the same arguments: it
    does what is missing, and the folder holds what it would hold otherwise, byte for byte.

    With several jobs Python imports your main program in each process: begin it with `if __name__ == "__main__":`.

    Args:
        task: what to do, such as `Verifying`.
        source: a file of Parquet (.parquet), CSV (.csv) or JSON Lines (.jsonl), or a folder of such files.
        out: a folder, which is made; or that of the same work.
        output: the format of what is written; that of the input when left out.
        batch: how many rows are done at once, 1 to 100,000; each batch is a part of the output.
        jobs: how many processes do it, 1 to 256; one is this process itself.
        progress: is told how many rows are done, and how many there are.

    Raises:
        ValueError: when an argument is out of range.
        InputError: when the input cannot be read, or its columns are others than the task knows.
        OtherWorkError: when the folder is of other work.
        OutputError: when it cannot be written.
        MeansError: when what the task names cannot be used.
        StoppedError: when one of the processes was killed.
        TooManyCodesError: when more codes would be withdrawn than `Withdrawing` says; none was then.
    """
    if not 1 <= batch <= MAX_BATCH or not 1 <= jobs <= MAX_JOBS:
        raise ValueError(f"batch must be 1 to {MAX_BATCH:,}, and jobs 1 to {MAX_JOBS}")
    read = Input(source)
    format_ = read.format if output is None else Format(output)
    read.check(task.check)
    found = read.scan()
    parts = Parts(Path(out), format_)
    job = {
        "v": 1,
        "work": task.name,
        "terms": task.terms(),
        "input": found._asdict(),
        "batch": batch,
        "output": format_,
    }
    with parts.begun(job):
        told = partial(_tell, parts, found.rows, progress)
        told()
        missing = partial(_is_missing, parts)
        task = _agreed(task, (some for _, some in read.batches(batch, missing)))
        for part in _made(partial(_do_part, task, parts), read.batches(batch, missing), jobs, task):
            parts.note(part)
            told()
        return Done(found.rows, len(parts.whole), dict(parts.end()))


def _tell(parts: Parts, rows: int, progress: Callable[[int, int], None] | None) -> None:
    if progress is not None:
        progress(sum(sum(part.counts.values()) for part in parts.whole.values()), rows)


def _is_missing(parts: Parts, number: int) -> bool:
    return number not in parts.whole


def _agreed(task: Task, batches: Iterator[Any]) -> Task:
    try:
        return task.agreed(batches)
    except (BulkError, TooManyCodesError):
        raise
    except (HealthpassError, ImportError) as error:
        raise MeansError(str(error)) from error


def _made(do_part: DoPart, batches: Iterator[tuple[int, Any]], jobs: int, task: Task) -> Iterator[Part]:
    if jobs == 1:
        try:
            for number, batch in batches:
                yield do_part(number, batch)
        finally:
            close(task)
        return
    for first in batches:  # if there is one, for starting processes takes a second
        with Workers(do_part, jobs) as workers:
            yield from workers.parts(chain([first], batches))


def _do_part(task: Task, parts: Parts, number: int, batch: Any) -> Part:
    """Do a batch, and write its part."""
    try:
        done = do(task, batch)
    except BulkError:
        raise
    except (HealthpassError, ValueError, ImportError) as error:
        raise MeansError(str(error)) from error
    data = encoded(done, Format(parts.suffix))
    parts.write(number, data)
    return Part(number, len(data), dict(task.outcomes(done)))
