"""Bulk work on this machine: parts that are whole or not there, and work that goes on where it was stopped."""

import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pytest

from forging import ISSUER, KEY, NOW, issued
from healthpass.bulk import (
    VERIFIED,
    Done,
    Format,
    InputError,
    MeansError,
    OtherWorkError,
    OutputError,
    StoppedError,
    Task,
    Verifying,
    Withdrawing,
    _workers,
    read_job,
    work_locally,
)
from healthpass.ledger import TooManyCodesError
from offices import Office
from permissions import permissions_hold

TASK: Final = Verifying(keys={ISSUER: [KEY.public_key]}, at=NOW)
GOOD: Final = issued()
ENDS_WITHIN: Final = 60.0  # seconds
# What a user runs; the tests' own process may not be the parent that is killed.
PROGRAM: Final = """
import pickle, sys
from healthpass.bulk import work_locally

def main():
    source, out, jobs, batch, task = sys.argv[1:]
    task = pickle.loads(bytes.fromhex(task))
    work_locally(task, source, out, jobs=int(jobs), batch=int(batch), progress=wait)

def wait(done, total):
    print(done, flush=True)
    sys.stdin.readline()

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Give an input of 60 rows, some of which are wrong."""
    path = tmp_path / "rows.csv"
    texts = [GOOD, "x", GOOD, "HP2:A"] * 15
    lines = [f"r{number},{text}" for number, text in enumerate(texts)]
    lines[7] = "r7"
    path.write_text("\n".join(["ref,text", *lines]))
    return path


def parts(out: Path) -> dict[str, bytes]:
    """Return the parts of an output, and what came of them."""
    names = sorted(path.name for path in out.iterdir() if not path.name.startswith("_parts"))
    return {name: (out / name).read_bytes() for name in names}


def table(out: Path) -> list[dict[str, Any]]:
    """Return the rows of an output, as any program reads a folder of parts."""
    found: list[dict[str, Any]] = pa.dataset.dataset(out, format="parquet").to_table().to_pylist()
    return found


@contextmanager
def running(
    rows: Path, out: Path, *, jobs: int, batch: int = 2, task: Task = TASK
) -> Iterator[subprocess.Popen[str]]:
    """Run the work in a program of its own, which waits after each part until it is told to go on."""
    program = rows.with_name("program.py")
    program.write_text(PROGRAM)
    arguments = [str(rows), str(out), str(jobs), str(batch), pickle.dumps(task).hex()]
    pipe = subprocess.PIPE
    command = [sys.executable, str(program), *arguments]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], rows: int) -> list[int]:
    """Let a program go on until it has done so many rows; return the processes that it has started."""
    assert process.stdin
    assert process.stdout
    while int(process.stdout.readline()) < rows:
        process.stdin.write("\n")
        process.stdin.flush()
    return children_of(process.pid)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started to work, of which the newest are the last."""
    listed = subprocess.run(["ps", "-Aww", "-o", "ppid=,pid=,args="], capture_output=True, check=True, text=True)
    found = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [int(its) for parent, its, what in found if int(parent) == pid and "spawn_main" in what]


def gone(pids: list[int]) -> bool:
    """Wait until processes have ended; tell whether they have."""
    end = time.monotonic() + ENDS_WITHIN
    while any(_runs(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(_runs(pid) for pid in pids)


def _runs(pid: int) -> bool:
    state = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, check=False).stdout
    return bool(state.strip()) and not state.startswith(b"Z")


class TestOutput:
    def test_has_a_row_for_each_row(self, rows: Path, tmp_path: Path) -> None:
        """The parts, read as one table, have all rows in their order."""
        done = work_locally(TASK, rows, tmp_path / "out", batch=7, output="parquet")
        counts = {"valid": 30, "malformed-text": 15, "unsupported-version": 14, "error": 1}
        assert done == Done(60, 9, done.counts)
        assert done.counts == counts
        found = table(tmp_path / "out")
        assert [row["ref"] for row in found] == [None if number == 7 else f"r{number}" for number in range(60)]
        assert found[7]["error"] == "unreadable: there are 1 values for 2 columns"
        told = json.loads((tmp_path / "out" / "_done.json").read_text())
        assert told == {"v": 1, "parts": 9, "rows": 60, "counts": counts}

    @pytest.mark.parametrize(("output", "jobs"), [(Format.PARQUET, 3), (Format.CSV, 2)])
    def test_two_jobs_give_the_same_bytes(self, rows: Path, tmp_path: Path, output: Format, jobs: int) -> None:
        """However many processes work, and in which order they end, each part has its bytes."""
        for number in (1, jobs):
            work_locally(TASK, rows, tmp_path / f"out{number}", batch=4, jobs=number, output=output)
        assert parts(tmp_path / "out1") == parts(tmp_path / f"out{jobs}")
        assert len(parts(tmp_path / "out1")) == 15 + 2

    def test_formats_say_the_same(self, rows: Path, tmp_path: Path) -> None:
        """The rows are the same in each format; times are those of RFC 3339 where they are text."""
        for output in Format:
            work_locally(TASK, rows, tmp_path / output, output=output)
        expected = [
            {
                name: cell.strftime("%Y-%m-%dT%H:%M:%SZ") if hasattr(cell, "year") else cell
                for name, cell in row.items()
            }
            for row in table(tmp_path / "parquet")
        ]
        assert expected[0]["valid_from"] == "2026-11-01T00:00:00Z"
        lines = (tmp_path / "jsonl" / "part-000000.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == expected
        options = pa.csv.ConvertOptions(
            column_types=dict.fromkeys(VERIFIED.names, pa.string()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        )
        read = pa.csv.read_csv(tmp_path / "csv" / "part-000000.csv", convert_options=options)
        assert read.to_pylist() == expected

    def test_is_for_its_owner_alone(self, rows: Path, tmp_path: Path) -> None:
        """Nobody else can read the folder, or a file in it."""
        before = os.umask(0)
        try:
            work_locally(TASK, rows, tmp_path / "out")
        finally:
            os.umask(before)
        assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_no_rows(self, tmp_path: Path, jobs: int) -> None:
        """Of no rows come no parts."""
        rows = tmp_path / "rows.csv"
        rows.write_text("text\n")
        assert work_locally(TASK, rows, tmp_path / "out", jobs=jobs) == Done(0, 0, {})

    def test_progress(self, rows: Path, tmp_path: Path) -> None:
        """It tells how many rows are done, those of before as well."""
        told: list[tuple[int, int]] = []
        for _ in range(2):
            work_locally(TASK, rows, tmp_path / "out", batch=20, progress=lambda *now: told.append(now))
        assert told == [(0, 60), (20, 60), (40, 60), (60, 60), (60, 60)]


class TestGoingOn:
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_does_what_is_missing(self, rows: Path, tmp_path: Path, jobs: int) -> None:
        """A part that is there is left alone; one that is gone, or was not noted, is made again."""
        out = tmp_path / "out"
        work_locally(TASK, rows, out, batch=10)
        whole = parts(out)
        kept = (out / "part-000001.csv").stat().st_ino
        (out / "part-000003.csv").unlink()
        (out / "part-000004.csv").write_text("half")
        lines = (out / "_parts.jsonl").read_bytes()
        (out / "_parts.jsonl").write_bytes(lines[:-5])
        (out / ".healthpass-0123456789abcdef.tmp").write_text("left")
        assert work_locally(TASK, rows, out, batch=10, jobs=jobs).rows == 60
        assert parts(out) == whole
        assert (out / "part-000001.csv").stat().st_ino == kept
        assert not (out / ".healthpass-0123456789abcdef.tmp").exists()

    @pytest.mark.parametrize(("jobs", "after"), [(1, 20), (2, 20), (2, 0)])
    def test_after_the_program_was_killed(self, rows: Path, tmp_path: Path, jobs: int, after: int) -> None:
        """Killed at any moment, it leaves no process behind, and goes on to the same bytes as never killed."""
        out = tmp_path / "out"
        with running(rows, out, jobs=jobs) as process:
            children = wait_for(process, after)
            assert len(children) == (jobs if after and jobs > 1 else 0)
            process.kill()
            process.wait()
        assert gone(children)
        assert not (out / "_done.json").exists()
        work_locally(TASK, rows, out, batch=2, jobs=3 - jobs)
        work_locally(TASK, rows, tmp_path / "never", batch=2)
        assert parts(out) == parts(tmp_path / "never")

    def test_after_a_process_was_killed(self, rows: Path, tmp_path: Path) -> None:
        """It is noticed at once, and the same call goes on."""
        out = tmp_path / "out"
        with running(rows, out, jobs=2, batch=1) as process:
            for child in wait_for(process, 2):
                os.kill(child, signal.SIGKILL)
            _, errors = process.communicate(timeout=ENDS_WITHIN)
        assert "StoppedError: a process has ended before its work was done (signal 9)" in errors
        work_locally(TASK, rows, out, batch=1)
        work_locally(TASK, rows, tmp_path / "never", batch=1)
        assert parts(out) == parts(tmp_path / "never")

    def test_after_a_process_was_killed_at_work(self, rows: Path, tmp_path: Path) -> None:
        """So it is where it has a batch and has not answered."""
        with running(rows, tmp_path / "out", jobs=2, batch=1) as process:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
            while not (children := children_of(process.pid)):
                time.sleep(0.01)
            os.kill(children[0], signal.SIGSTOP)  # while it starts, and its batch waits for it
            wait_for(process, 3)  # of the other one
            os.kill(children[0], signal.SIGKILL)
            _, errors = process.communicate(timeout=ENDS_WITHIN)
        assert "StoppedError: a process has ended before its work was done (signal 9)" in errors

    def test_interrupted(self, rows: Path, tmp_path: Path) -> None:
        """Ctrl-C reaches the program alone, which ends its processes."""
        with running(rows, tmp_path / "out", jobs=2, batch=1) as process:
            children = wait_for(process, 2)
            for child in children:
                os.kill(child, signal.SIGINT)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=ENDS_WITHIN)
        assert errors.count("Traceback") == 1
        assert "KeyboardInterrupt" in errors
        assert gone(children)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda _: {"batch": 9}, "batch was 10, and is 9"),
            (lambda _: {"output": "jsonl"}, 'output was "csv", and is "jsonl"'),
            (lambda _: {"task": replace(TASK, waive=frozenset({"status-unknown"}))}, r"terms\.waive was \[\]"),
            (lambda _: {"task": Withdrawing(ledger="x", by="a", why="b")}, 'work was "verify"'),
            (lambda rows: rows.write_text(rows.read_text().replace("r1,", "r0,")) and {}, r"input\.sha256 was"),
        ],
    )
    def test_other_work_is_refused(
        self, rows: Path, tmp_path: Path, change: Callable[[Path], dict[str, Any]], message: str
    ) -> None:
        """What the folder was begun for is what it goes on with; it says what differs, and nothing is changed."""
        out = tmp_path / "out"
        work_locally(TASK, rows, out, batch=10)
        before = parts(out)
        options: dict[str, Any] = {"task": TASK, "batch": 10, "source": rows, "out": out} | change(rows)
        if isinstance(options["task"], Withdrawing):
            rows.write_text("cti\n")
        with pytest.raises(OtherWorkError, match=message):
            work_locally(**options)
        assert parts(out) == before

    def test_a_folder_of_something_else(self, rows: Path, tmp_path: Path) -> None:
        """A folder that holds something, and no work, is not written to; an empty one is."""
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "thesis.txt").touch()
        with pytest.raises(OtherWorkError, match="is not empty, and no work was begun in it"):
            work_locally(TASK, rows, tmp_path / "out")
        (tmp_path / "out" / "thesis.txt").unlink()
        assert work_locally(TASK, rows, tmp_path / "out").rows == 60

    @pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff"])
    def test_a_job_that_cannot_be_read(self, rows: Path, tmp_path: Path, data: bytes) -> None:
        """It is said, and nothing is overwritten."""
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "_job.json").write_bytes(data)
        with pytest.raises(OutputError, match="is not what was written there"):
            work_locally(TASK, rows, tmp_path / "out")
        with pytest.raises(OutputError):
            read_job(tmp_path / "out")

    def test_two_at_once(self, rows: Path, tmp_path: Path) -> None:
        """One alone writes to a folder."""

        def again(*_: int) -> None:
            with pytest.raises(OutputError, match="somebody else is writing"):
                work_locally(TASK, rows, tmp_path / "out")

        work_locally(TASK, rows, tmp_path / "out", progress=again)


class TestErrors:
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_no_store(self, rows: Path, tmp_path: Path, jobs: int) -> None:
        """What a process cannot open is told as in this one."""
        with pytest.raises(MeansError, match="gate"):
            work_locally(Verifying(trust=str(tmp_path / "gate"), at=NOW), rows, tmp_path / "out", jobs=jobs)
        assert read_job(tmp_path / "out")

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_a_disk_that_is_full(self, rows: Path, tmp_path: Path, jobs: int) -> None:
        """A part that cannot be written is not there, and the same call goes on when there is room."""
        out = tmp_path / "out"
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
        try:
            with pytest.raises(OutputError, match=r"cannot write to .*: file too large"):
                work_locally(TASK, rows, out, batch=30, jobs=jobs)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, handler)
        assert {path.name for path in out.iterdir()} <= {"_job.json", "_parts.jsonl"}
        assert work_locally(TASK, rows, out, batch=30, jobs=jobs).parts == 2

    @pytest.mark.parametrize(
        ("place", "message"),
        [
            ("file", "file exists"),
            ("closed/out", "permission denied"),
            ("none/out", "no such file"),
            ("a\0", "null"),
        ],
    )
    def test_a_place_that_is_none(self, rows: Path, tmp_path: Path, place: str, message: str) -> None:
        """Where nothing can be written, it is said."""
        (tmp_path / "file").touch()
        (tmp_path / "closed").mkdir(mode=0o500)
        with permissions_hold(), pytest.raises(OutputError, match=message):
            work_locally(TASK, rows, tmp_path / place)

    def test_a_folder_that_takes_no_more(self, rows: Path, tmp_path: Path) -> None:
        """It is said also where the work had begun."""
        out = tmp_path / "out"

        def close(*_: int) -> None:
            out.chmod(0o500)

        with permissions_hold(), pytest.raises(OutputError, match="permission denied"):
            work_locally(TASK, rows, out, progress=close)
        out.chmod(0o700)

    def test_an_input_that_is_none(self, rows: Path, tmp_path: Path) -> None:
        """Nothing is begun for it."""
        rows.write_text("ref,token\n")
        with pytest.raises(InputError, match="nobody knows the column 'token'"):
            work_locally(TASK, rows, tmp_path / "out")
        rows.write_text('ref,text\na,"b\n')
        with pytest.raises(InputError, match="is not closed before the end of the file"):
            work_locally(TASK, rows, tmp_path / "out")
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        "options", [{"batch": 0}, {"batch": 100_001}, {"jobs": 0}, {"jobs": 257}, {"output": "x"}]
    )
    def test_wrong_arguments(self, rows: Path, tmp_path: Path, options: dict[str, Any]) -> None:
        """They are the caller's."""
        with pytest.raises(ValueError):  # noqa: PT011 - in whose words is nothing to test
            work_locally(TASK, rows, tmp_path / "out", **options)
        assert not (tmp_path / "out").exists()

    def test_a_mistake_of_ours(self) -> None:
        """What nobody foresaw in a process is told by its place, without what it was about."""
        with (
            pytest.raises(
                StoppedError, match=r"^unforeseen ZeroDivisionError in .*test_bulk_local\.py, line \d+$"
            ),
            _workers.Workers(divided, 1) as workers,
        ):
            list(workers.parts(iter([(0, pa.RecordBatch.from_pydict({"text": ["a"]}))])))


def divided(number: int, batch: Any) -> Any:
    """Fail."""
    return len(batch) / number


class TestWithdrawing:
    def test_counts_over_the_whole_input(self, office: Office, tmp_path: Path) -> None:
        """The limit is that of all batches together; where it is exceeded, nothing is withdrawn."""
        ctis = [code.cti for code in office.issue(10)]
        rows = tmp_path / "rows.csv"
        rows.write_text("\n".join(["cti", *(cti.hex() for cti in ctis), "00" * 12, "x"]))
        task = Withdrawing(ledger=str(office.path), by="officer 4", why="a bad reagent", at_most=9)
        with pytest.raises(TooManyCodesError) as caught:
            work_locally(task, rows, tmp_path / "out", batch=3)
        assert caught.value.count == 10
        assert office.ledger.rehearse(ctis).revoked == 10
        done = work_locally(replace(task, at_most=10), rows, tmp_path / "out", batch=3, jobs=2)
        assert done == Done(12, 4, {"withdrawn": 10, "unknown": 1, "error": 1})
        assert office.ledger.rehearse(ctis).revoked == 0

    def test_goes_on(self, office: Office, tmp_path: Path) -> None:
        """What is withdrawn already does not count, and the bytes are those of the first time."""
        ctis = [code.cti.hex() for code in office.issue(10)]
        rows = tmp_path / "rows.jsonl"
        rows.write_text("".join(f'{{"cti": "{cti}"}}\n' for cti in ctis))
        task = Withdrawing(ledger=str(office.path), by="officer 4", why="a bad reagent", at_most=10)
        work_locally(task, rows, tmp_path / "out", batch=3)
        whole = parts(tmp_path / "out")
        (tmp_path / "out" / "part-000002.jsonl").unlink()
        work_locally(replace(task, at_most=0), rows, tmp_path / "out", batch=3)
        assert parts(tmp_path / "out") == whole

    def test_no_ledger(self, tmp_path: Path) -> None:
        """It is said before anything is done."""
        rows = tmp_path / "rows.csv"
        rows.write_text("cti\nx\n")
        with pytest.raises(MeansError, match="there is no such folder"):
            work_locally(Withdrawing(ledger=str(tmp_path / "none"), by="a", why="b"), rows, tmp_path / "out")
