"""A gate that follows addresses: a timer updates its store, it judges meanwhile, and it tells how it is.

    pip install 'healthpass[http]'
    python following_gate.py gate https://wjw.zj.example/bundle.cbor https://status.hz.example/wjw/lists.cbor

`gate` is a trust store in which somebody has pinned an authority (`healthpass trust pin`). Registry and lists have
an address each: lists change every few minutes, and the answer "nothing new" for the registry then costs nothing.
The program reads one code from each line, as a hand-held reader types it, and answers each with a line. When the
lines end, so does the gate.
"""

import argparse
import logging
import random
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Self

from healthpass import FailedJudgement, ReplayMemory, ValidJudgement, Verifier
from healthpass.health import Level, Report, check_store
from healthpass.store import StoreError, TrustStore

logger = logging.getLogger(__name__)

JITTER = 0.2  # five hundred gates that start in the same second do not ask in the same second


class FollowingGate:
    """A gate whose store follows what is published.

    Args:
        store: the folder of its trust store.
        sources: addresses, files or folders, each with limits of its own: one that fails holds up no other.
        every: how long it waits between two updates; each wait is up to a fifth shorter or longer.
        told: called after each update, such as with what the health is written by.
    """

    def __init__(
        self,
        store: Path,
        sources: Sequence[str],
        *,
        every: timedelta = timedelta(minutes=5),
        told: Callable[[Report], None] = lambda _: None,
    ) -> None:
        self._folder, self._sources, self._every, self._told = store, sources, every, told
        self._store = TrustStore.open(store)
        # 1. The verifier is given the method, not what it returns once: each code is judged by the newest lists.
        self._gate = Verifier(self._store.registry, replay=ReplayMemory())
        self._stopped = threading.Event()
        self._timer = threading.Thread(target=self._follow, name="update", daemon=True)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._timer.join()

    def judge(self, text: str) -> ValidJudgement | FailedJudgement:
        """Judge a code, with what is held; it never waits for a network."""
        return self._gate.judge(text)

    def health(self) -> Report:
        """Tell how long what is held still lasts."""
        return Report.of([check_store(self._folder)])

    def update(self) -> None:
        """Ask all sources once. Whatever goes wrong is logged, and the store keeps what it has."""
        try:
            update = self._store.update_from_all(self._sources)
        except StoreError:
            logger.exception("the store cannot be opened")
            return
        for problem in update.problems:  # unreachable, or a full disk
            logger.warning("%s", problem)
        for result in update.results:
            if result.outcome.kind == "refused":  # telephone the authority
                logger.error("%s: %s: %s", result.source, result.outcome, result.message)

    # 2. A thread of its own, which nothing ends but the gate: an update that fails is tried again next time.
    def _follow(self) -> None:
        while not self._stopped.is_set():
            self.update()
            self._told(self.health())
            self._stopped.wait(self._every.total_seconds() * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311


# 3. What a guard sees. A verdict of "cannot judge" is this gate's fault and not the holder's.
def line_of(judgement: ValidJudgement | FailedJudgement) -> str:
    """Say in a line what came of a code."""
    if judgement.outcome == "valid":
        return f"{judgement.color.symbol} {judgement.color.words.zh}"
    return f"{'?' if judgement.outcome == 'cannot judge' else '✗'} {judgement.advice.guard.zh}"


# 4. What whoever watches over the gates sees: only what is not as it should be.
def log_health(report: Report) -> None:
    """Log what needs a person."""
    for check in report.checks:
        for finding in check.findings:
            if finding.level is not Level.OK:
                logger.warning("%s: %s", finding.level, finding.message)


def main(arguments: Sequence[str], lines: Iterable[str]) -> None:
    """Judge each line, until there are no more."""
    parser = argparse.ArgumentParser(description="A gate that follows addresses.")
    parser.add_argument("store", type=Path)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--every", type=float, default=300, help="seconds between two updates")
    given = parser.parse_args(arguments)
    every = timedelta(seconds=given.every)
    with FollowingGate(given.store, given.sources, every=every, told=log_health) as gate:
        for line in lines:
            print(line_of(gate.judge(line.strip())), flush=True)


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    main(sys.argv[1:], sys.stdin)
