"""A run on Spark with a ledger in PostgreSQL, one executor of which is killed: no code is lost, none is doubled.

It needs pyspark (`pip install --group engines`) and Java. Where pyspark is not installed, tests/conftest.py leaves
this file out, and says so.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coloring_at_random import table
from forging import ISSUER, KEY
from healthpass.bulk import Issuing, Recoloring, Task, Verifying, Withdrawing, spark_schema
from healthpass.coloring import ColorRules
from healthpass.ledger import RunTerms, Selection
from healthpass.ledger.postgres import PostgresLedger
from postgres import Postgres

CODES: Final = 12_000
AT_ONCE: Final = 250  # rows that a task of Spark does at once
PARTS: Final = 8
KILLED_AFTER: Final = 2_000  # codes
START: Final = datetime.now(UTC).replace(microsecond=0)
TERMS: Final = RunTerms(
    "night", START, timedelta(days=1), timedelta(hours=2), KEY.public_key.kid, "night program", "negative test"
)

# pyspark speaks of what will change in pandas and in itself, and leaves sockets to the end of the process.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a session of a cluster of this machine: a master and two executors, processes of their own."""
    import pyspark
    from pyspark.sql import SparkSession

    java = shutil.which("java")
    if java is None:
        pytest.skip("needs Java: the package `default-jre-headless` of Debian")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPARK_HOME", str(Path(pyspark.__file__).parent))
        patched.setenv("JAVA_HOME", str(Path(java).resolve().parents[1]))
        patched.setenv("PYSPARK_PYTHON", sys.executable)
        patched.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        folder = tmp_path_factory.mktemp("spark")
        settings = {
            "spark.ui.enabled": "false",
            "spark.local.dir": str(folder),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.execution.arrow.maxRecordsPerBatch": str(AT_ONCE),
            "spark.sql.shuffle.partitions": str(PARTS),
        }
        builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("healthpass")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def issuing(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Issuing:
    """Describe the run of an office with a ledger in PostgreSQL; each executor opens ledger and key."""
    url = postgres.database()
    PostgresLedger.create(url, ISSUER).close()
    key = tmp_path_factory.mktemp("office") / "key.pem"
    key.write_text(KEY.to_pem())
    key.chmod(0o600)
    return Issuing(issuer=ISSUER, key=str(key), ledger=url, run=TERMS)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the orders of a night, in which every thousandth is wrong."""
    path = tmp_path_factory.mktemp("orders") / "orders.parquet"
    refs = [f"row-{number}" for number in range(CODES)]
    colors = ["grey" if number % 1000 == 999 else "green" for number in range(CODES)]
    pq.write_table(pa.table({"ref": refs, "color": colors, "holder": ["张*丰"] * CODES}), path)
    return str(path)


def done(spark: Any, task: Task, source: str, out: Path) -> list[dict[str, Any]]:
    """Have Spark do a task with a file, write what comes of it, and return its rows in an order of their own."""
    frame = spark.read.parquet(source).repartition(PARTS, "ref")
    frame.mapInArrow(task, spark_schema(task.columns)).write.parquet(str(out))
    rows: list[dict[str, Any]] = pq.read_table(out).to_pylist()
    return sorted(rows, key=lambda row: str(row["ref"]))


def executors() -> list[int]:
    """Return the processes of our executors: the driver, which this process has started, has started them."""
    listed = subprocess.run(["ps", "-Aww", "-o", "pid=,ppid=,args="], capture_output=True, check=True, text=True)
    found = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    parents = {int(pid): int(parent) for pid, parent, _ in found}
    running = [int(pid) for pid, _, what in found if "CoarseGrainedExecutorBackend" in what]
    return [pid for pid in running if parents.get(parents[pid]) == os.getpid()]


class Killer(threading.Thread):
    """Kills an executor when so many codes are in the ledger. Use it as a context, while codes are issued."""

    def __init__(self, postgres: Postgres, url: str) -> None:
        super().__init__(daemon=True)
        self._postgres = postgres
        self._database = url.partition("?")[0].rpartition("/")[2]
        self._over = threading.Event()
        self.killed_after: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Look how many there are until there are enough."""
        while not self._over.wait(0.05):
            count = int(self._postgres.sql("SELECT count(*) FROM healthpass_ledger.all_codes", self._database))
            if count >= KILLED_AFTER and (found := executors()):
                os.kill(found[0], signal.SIGKILL)
                self.killed_after = count
                return


def test_a_run(spark: Any, postgres: Postgres, issuing: Issuing, orders: str, tmp_path: Path) -> None:
    """An executor is killed in the middle: the job ends, and each ref has one code, the same when done again.

    Then the codes are verified, and some of them withdrawn, on the same engine.
    """
    url, kept = issuing.ledger, PostgresLedger(issuing.ledger)
    with Killer(postgres, url) as killer:
        first = done(spark, issuing, orders, tmp_path / "first")
    assert killer.killed_after is not None
    assert killer.killed_after < CODES - PARTS * AT_ONCE

    # None is lost: each row is there once, with a code or an error of its own.
    good = [row for row in first if row["error"] is None]
    assert sorted(row["ref"] for row in first) == sorted(f"row-{number}" for number in range(CODES))
    assert len(good) == CODES - CODES // 1000
    assert {row["error"] for row in first} - {None} == {"bad-order: color: expected one of green, yellow, red"}
    # None is doubled: the ledger has as many, each with a place of its own.
    recorded = kept.recorded([bytes.fromhex(row["cti"]) for row in good])
    assert sum(1 for _ in kept.select(Selection())) == len(good) == len(recorded)
    assert len({one.place for one in recorded.values()}) == len(good)

    assert done(spark, issuing, orders, tmp_path / "again") == first
    kept.verify_chain()

    # The engine that issued them verifies them.
    texts = tmp_path / "texts.parquet"
    pq.write_table(pa.table({"ref": [row["ref"] for row in good], "text": [row["text"] for row in good]}), texts)
    gate = Verifying(keys={ISSUER: [KEY.public_key]}, waive=frozenset({"status-unknown"}), at=START)
    judged = done(spark, gate, str(texts), tmp_path / "judged")
    assert {(row["verdict"], row["color"], row["issuer"]) for row in judged} == {("valid", "green", ISSUER)}
    assert [row["cti"] for row in judged] == [row["cti"] for row in sorted(good, key=lambda row: str(row["ref"]))]

    # And withdraws a thousand of them by their refs.
    wrong = tmp_path / "wrong.parquet"
    pq.write_table(pa.table({"ref": [row["ref"] for row in good[:1000]] + ["row-x"]}), wrong)
    desk = Withdrawing(ledger=url, by="officer 4", why="a bad reagent", run=TERMS, at_most=1000)
    outcomes = [row["outcome"] for row in done(spark, desk, str(wrong), tmp_path / "withdrawn")]
    assert (outcomes.count("withdrawn"), outcomes.count("unknown")) == (1000, 1)
    assert kept.rehearse([bytes.fromhex(row["cti"]) for row in good]).already == 1000
    kept.close()


def test_a_column_that_nobody_knows(spark: Any, issuing: Issuing) -> None:
    """The job fails, and says which; nothing is issued."""
    from pyspark.errors import PythonException

    frame = spark.createDataFrame([("x", "green", "never")], "ref string, color string, untill string")
    with pytest.raises(PythonException, match="nobody knows the column 'untill'"):
        frame.mapInArrow(issuing, spark_schema(issuing.columns)).collect()


def test_only_changes_come_out(spark: Any) -> None:
    """Of people who are coloured, those come out whose colour has changed, from each task of Spark."""
    say = {"zh": "须隔离", "en": "Stay at home"}
    ill = {"id": "ill", "on": {"event": "diagnosis"}, "color": "red", "reason": "isolation-order", "say": say}
    task = Recoloring(rules=ColorRules.read(table(ill)), at=START)
    event = '[{"event": "diagnosis", "at": "2022-06-20T15:00:00Z", "kind": "confirmed"}]'
    people = [(str(number), "[]" if number % 10 else event, "green", "clear") for number in range(100)]
    frame = spark.createDataFrame(people, "ref string, history string, color string, rule string").repartition(4)
    found = frame.mapInArrow(task, spark_schema(task.columns)).collect()
    assert sorted(int(row["ref"]) for row in found) == list(range(0, 100, 10))
    assert {(row["outcome"], row["color"]) for row in found} == {("changed", "red")}
