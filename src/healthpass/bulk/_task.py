"""A task: what is to be done with each batch, described so that any process can open what it needs for it.

A task is pickled, sent to other machines and kept in the memory of an engine. So it holds names alone, of a
ledger, a key or a trust store, and no secret. A process opens what they name when its first batch comes, and once;
one that was forked opens it again.
"""

import atexit
import os
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any, ClassVar, Final, Self

import pyarrow as pa

from healthpass.ledger import LedgerError, holds_password
from healthpass.words._discreet import discreet

ERROR: Final = "error"  # what came of a row that nothing else came of
ROWS_AT_ONCE: Final = 10_000  # of a batch that comes from an engine

DoBatch = Callable[[Any], Any]


class Task(ABC):
    """What is to be done with each batch: `Issuing`, `Verifying`, `Withdrawing` or `Recoloring`.

    Call it with batches, and it gives what comes of them: `df.mapInArrow(task, spark_schema(task.columns))`.

    Attributes:
        name: what it is called.
        columns: the columns that come out.
    """

    name: ClassVar[str]
    columns: ClassVar[pa.Schema]

    @abstractmethod
    def check(self, columns: pa.Schema) -> None:
        """Check the columns of an input.

        Raises:
            InputError: when they are others than those that the task needs and knows.
        """

    @abstractmethod
    def terms(self) -> dict[str, Any]:
        """Return what the task's results depend on, as JSON."""

    @abstractmethod
    def opened(self) -> AbstractContextManager[DoBatch]:
        """Open what the task names; within, batches can be done."""

    @abstractmethod
    def outcomes(self, batch: pa.RecordBatch) -> Counter[str]:
        """Count what came of rows."""

    def agreed(self, batches: Iterable[pa.RecordBatch]) -> Self:  # noqa: ARG002 - for those who look at them
        """Look at all of an input before anything is done, and return the task that does it."""
        return self

    @discreet
    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Do batches, one after the other.

        Args:
            batches: those of an engine. A large one is done in pieces.

        Yields:
            Batches with a row for each row, in their order; of `Recoloring`, for each row that has changed.

        Raises:
            InputError: when the columns are others.
            HealthpassError: when what the task names cannot be used; nothing is lost when a batch is done again.
        """
        for batch in batches:
            for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                yield do(self, batch.slice(start, ROWS_AT_ONCE))


class _Kept:
    """What this process has opened."""

    def __init__(self) -> None:
        self._left: list[object] = []  # what a process had opened that this one was forked from: not ours to close
        self._opened: dict[Task, tuple[DoBatch, ExitStack]] = {}
        self.begin()

    def begin(self) -> None:
        """Begin with nothing: at first, and in a process that was forked."""
        self._left.append(self._opened)
        self._opened = {}
        self._lock = threading.Lock()

    def do(self, task: Task, batch: Any) -> Any:
        """Do a batch with what is open, or open it."""
        with self._lock:
            if task not in self._opened:
                with ExitStack() as stack:
                    function = stack.enter_context(task.opened())
                    self._opened[task] = function, stack.pop_all()
            function, _ = self._opened[task]
        try:
            return function(batch)
        except BaseException:  # a connection is lost, perhaps: the next batch has a new one
            self.close(task)
            raise

    def close(self, *tasks: Task) -> None:
        """Close what is open of tasks."""
        with self._lock:
            found = [self._opened.pop(task) for task in tasks if task in self._opened]
        for _, stack in found:
            stack.close()

    def close_all(self) -> None:
        """Close all that is open."""
        self.close(*self._opened)


_kept: Final = _Kept()
do: Final = _kept.do
close: Final = _kept.close
atexit.register(_kept.close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_kept.begin)


def counted(batch: Any, column: str) -> Counter[str]:
    """Count what is in a column; null is an error."""
    return Counter(ERROR if name is None else name for name in batch.column(column).to_pylist())


def check_no_password(where: str) -> None:
    """Check that the address of a ledger may be sent to other machines, and stand in logs.

    Raises:
        ModuleNotFoundError: when `healthpass[postgres]` is needed, and is not installed.
        ValueError: when it holds a password, or is no address.
    """
    try:
        secret = holds_password(where)
    except LedgerError as error:
        raise ValueError(f"ledger: {error}") from None
    if secret:
        raise ValueError("ledger must hold no password: libpq reads it from PGPASSFILE or a service file")
