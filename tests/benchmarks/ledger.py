"""Measure an issuer's ledger: `python tests/benchmarks/ledger.py`.

Issuing and recording is measured as a ratio: beside it, in turns, a bare signature of the same bytes. Times are
of the processor, so that the disk, for which each batch waits, is not in them. The memory of a stream of 100,000
codes and of a list of as many is the peak of a process of its own, without what a process takes that issues one.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import nacl.bindings

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import build, heading, row
from forging import ISSUER, KEY
from healthpass import Color, HealthCode, Issuer, SigningKey
from healthpass.ledger import EntryProof, SqliteLedger, publish

BASE: Final = "https://status.example.cn/hz"
STATUS_KEY: Final = SigningKey.generate()
DAY: Final = timedelta(days=1)
CODE: Final = HealthCode(color=Color.GREEN, holder="张*丰")
BATCHES: Final = {1: 400, 100: 40, 1_000: 8}  # how many of each size are measured
STORED: Final = 50_000  # codes of which the room is measured
WITHDRAWN: Final = 10_486  # 1 % of a list
PROGRAM: Final = """
import resource, sys, tempfile
sys.path.insert(0, {path!r})
from benchmarks.ledger import CODE, Issuer, ISSUER, KEY, DAY, SqliteLedger
with tempfile.TemporaryDirectory() as folder, SqliteLedger.create(folder + "/ledger", ISSUER) as ledger:
    issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY, ledger=ledger)
    count, who = {count}, dict(by="morning program", why="negative test")
    if {stream}:
        assert sum(1 for _ in issuer.issue_stream((CODE for _ in range(count)), **who)) == count
    else:
        assert len(issuer.issue_many([CODE] * count, **who)) == count
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def seconds(function: Callable[[], object]) -> float:
    """Return the seconds that a function takes of the processor."""
    start = time.thread_time()
    function()
    return time.thread_time() - start


def issuing(issuer: Issuer, count: int) -> None:
    """Print what a code of a batch costs, in bare signatures of the same size."""
    _, pair = nacl.bindings.crypto_sign_seed_keypair(bytes(32))
    message = issuer.prepare(CODE, by="a", why="b").to_be_signed

    def bare() -> None:
        for _ in range(200):
            nacl.bindings.crypto_sign(message, pair)

    for size, times in BATCHES.items():
        ratios = []
        for _ in range(min(times, count)):
            ours = seconds(partial(issuer.issue_many, [CODE] * size, by="program", why="negative test"))
            ratios.append(ours / size / (seconds(bare) / 200))
        target = "" if size == 1 else "<= 4.5"
        name = "one code" if size == 1 else f"a code of a batch of {size:,}"
        row(f"issue and record {name} / a bare signature", f"{statistics.median(ratios):.2f}", target)


def storing(folder: Path, batches: int) -> None:
    """Print how many bytes the ledger takes for a code, with its share of the log and of all indexes."""
    with SqliteLedger.create(folder, ISSUER) as ledger:
        issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY, ledger=ledger)
        sizes = []
        for _ in range(2):
            for _ in range(batches):
                issuer.issue_many([CODE] * 1_000, by="morning program", why="negative test")
            ledger._database.tidy(0)
            sizes.append((folder / "ledger.db").stat().st_size)
    row(
        "ledger bytes a code of a batch of 1,000, log included",
        f"{(sizes[1] - sizes[0]) / batches / 1_000:.0f}",
        "<= 200",
    )


def publishing(ledger: SqliteLedger, issuer: Issuer, withdrawn: int) -> None:
    """Print what publishing costs when a list has changed, and when none has."""
    codes = issuer.issue_many([CODE] * withdrawn, by="program", why="negative test")
    ledger.revoke_many([one.cti for one in codes], by="officer 4", why="a bad reagent", at_most=withdrawn)
    more = iter(issuer.issue_many([CODE] * 9, by="program", why="negative test"))

    def once() -> float:
        return seconds(lambda: publish(ledger, BASE, STATUS_KEY, lifetime=DAY))

    first = once()
    unchanged = statistics.median(once() for _ in range(9))
    changed = []
    for one in more:
        ledger.revoke(one.cti, by="officer 4", why="a bad reagent")
        changed.append(once())
    lists = f"{len(ledger.lists())} lists, 1 % of one withdrawn"
    row(f"published for the first time, ms: {lists}", f"{1000 * first:.1f}", "")
    row("the same, one code withdrawn since, ms", f"{1000 * statistics.median(changed):.1f}", "")
    row("the same, nothing withdrawn since, ms", f"{1000 * unchanged:.1f}", "")


def proving(ledger: SqliteLedger, issuer: Issuer) -> None:
    """Print what a proof costs, of a code of a batch of 1,000, and 100 lines before the head."""
    code = issuer.issue_many([CODE] * 1_000, by="program", why="negative test")[500]
    for _ in range(100):
        issuer.issue(CODE, by="program", why="negative test")
    head = ledger.head()
    made = [seconds(lambda: ledger.prove(code.cti)) for _ in range(9)]
    text = ledger.prove(code.cti)[0].to_json()
    checked = [seconds(lambda: EntryProof.from_json(text).check(head)) for _ in range(99)]
    row("a proof of a code of 1,000, 100 lines before the head: bytes", f"{len(text):,}", "")
    row("the same, made, ms", f"{1000 * statistics.median(made):.1f}", "")
    row("the same, checked, ms", f"{1000 * statistics.median(checked):.2f}", "")


def memory(count: int) -> None:
    """Print what issuing many takes at once as a list, and as a stream."""

    def peak(count: int, *, stream: bool) -> int:
        path = str(Path(__file__).resolve().parents[1])
        program = PROGRAM.format(path=path, count=count, stream=stream)
        return int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)

    base = peak(1, stream=False)
    for name, stream in (("`issue_many`", False), ("`issue_stream`, in batches of 1,000", True)):
        row(f"memory of {count:,} codes, {name}: MB", f"{(peak(count, stream=stream) - base) / 1024:.0f}", "")


def main(count: int) -> None:
    """Measure and print the table."""
    heading("a ledger")
    row("Python", build())
    with tempfile.TemporaryDirectory() as folder:
        storing(Path(folder, "stored"), min(STORED // 1_000, count))
        with SqliteLedger.create(Path(folder, "ledger"), ISSUER) as ledger:
            issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY, ledger=ledger)
            issuing(issuer, count)
            proving(ledger, issuer)
            publishing(ledger, issuer, min(WITHDRAWN, count))
    memory(count)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--count",
        type=int,
        default=100_000,
        help="codes whose memory is measured (100000); few make the rest short",
    )
    main(parser.parse_args().count)
