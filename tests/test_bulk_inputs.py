"""What bulk work reads: Parquet, CSV and JSON Lines, sound and broken, in bounded memory."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass.bulk import InputError
from healthpass.bulk._inputs import Input
from healthpass.bulk._rows import MAX_CELL
from healthpass.bulk._text_files import MAX_RECORD, records
from permissions import permissions_hold

ROWS: Final = [("a", "HP1:1"), ("b", "HP1:2"), ('ü,"\n', "HP1:3"), ("d", None)]


def write(path: Path, rows: Sequence[tuple[str | None, str | None]]) -> Path:
    """Write rows of `ref` and `text` in the format that the name of the file says."""
    match path.suffix:
        case ".parquet":
            pq.write_table(pa.table({"ref": [row[0] for row in rows], "text": [row[1] for row in rows]}), path)
        case ".csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([("ref", "text"), *rows])
        case ".jsonl":
            path.write_text("".join(json.dumps({"ref": ref, "text": text}) + "\n" for ref, text in rows))
    return path


def read(path: Path, size: int = 1000) -> list[dict[str, Any]]:
    """Read the rows of an input; those of JSON Lines as JSON."""
    found = Input(path)
    found.check(lambda _: None)
    count = found.scan().rows
    rows = [row for _, batch in found.batches(size, lambda _: True) for row in batch.to_pylist()]
    assert len(rows) == count
    return [row if row.get("json") is None else {**row, **json.loads(row["json"])} for row in rows]


def broken(path: Path, data: bytes) -> str:
    """Say what is wrong with a file that holds this."""
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"^cannot read ") as caught:
        read(path)
    return str(caught.value).removeprefix(f"cannot read {str(path)!r}: ")


class TestInputs:
    @pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
    @pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
    def test_gives_all_rows_in_their_order(self, tmp_path: Path, suffix: str, size: int) -> None:
        """Whatever the format and the size of a batch, the rows are those that were written."""
        path = write(tmp_path / f"rows{suffix}", ROWS)
        assert [(row["ref"], row["text"]) for row in read(path, size)] == ROWS

    @pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
    def test_gives_the_batches_that_are_wanted(self, tmp_path: Path, suffix: str) -> None:
        """A batch has the same number and the same rows, whichever others are wanted."""
        found = Input(write(tmp_path / f"rows{suffix}", ROWS * 5))
        found.scan()
        every = dict(found.batches(3, lambda _: True))
        some = dict(found.batches(3, lambda number: number % 3 == 1))
        assert list(every) == list(range(7))
        assert list(some) == [1, 4]
        assert all(batch.equals(every[number]) for number, batch in some.items())

    def test_a_folder(self, tmp_path: Path) -> None:
        """Its files are read by their names, but for those that programs hide."""
        for name, rows in (("part-1.csv", ROWS[2:]), ("part-0.csv", ROWS[:2]), ("_job.csv", []), (".x.csv", [])):
            write(tmp_path / name, rows)
        assert [(row["ref"], row["text"]) for row in read(tmp_path)] == ROWS
        first = Input(tmp_path).scan()
        (tmp_path / "part-1.csv").rename(tmp_path / "part-2.csv")
        assert Input(tmp_path).scan().sha256 != first.sha256

    def test_a_file_is_told_by_its_digest(self, tmp_path: Path) -> None:
        """It is what `sha256sum` says."""
        path = write(tmp_path / "rows.jsonl", ROWS)
        told = subprocess.run(["sha256sum", path], capture_output=True, check=True, text=True).stdout.split()[0]
        assert Input(path).scan() == (path.stat().st_size, told, len(ROWS))

    @pytest.mark.parametrize("change", [lambda path: path.write_bytes(b"\n"), lambda path: os.utime(path, (1, 1))])
    def test_a_file_that_changes_meanwhile(self, tmp_path: Path, change: Callable[[Path], None]) -> None:
        """What is no longer what was scanned is no input."""
        path = write(tmp_path / "rows.jsonl", ROWS)
        found = Input(path)
        found.scan()
        change(path)
        with pytest.raises(InputError, match="has changed while it was read"):
            list(found.batches(10, lambda _: True))

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("none.csv", "no such file or directory"),
            ("rows.txt", r"must all end in one of \.parquet, \.csv, \.jsonl, \.ndjson"),
            ("folder", "there is no file in it"),
            ("mixed", "must all end in one of"),
            ("pipe.csv", "it is no file"),
            ("nested", "it is no file"),
            ("a\0.csv", "null"),
        ],
    )
    def test_what_is_no_input(self, tmp_path: Path, name: str, message: str) -> None:
        """It is named, and nothing waits for it."""
        (tmp_path / "rows.txt").touch()
        os.mkfifo(tmp_path / "pipe.csv")
        for folder in ("folder", "mixed", "nested/a.csv"):
            (tmp_path / folder).mkdir(parents=True)
        for file in ("a.csv", "b.jsonl"):
            (tmp_path / "mixed" / file).touch()
        with pytest.raises(InputError, match=message):
            Input(tmp_path / name)

    def test_what_may_not_be_read(self, tmp_path: Path) -> None:
        """Permissions are told as such."""
        path = write(tmp_path / "rows.csv", ROWS)
        path.chmod(0)
        with permissions_hold(), pytest.raises(InputError, match=r"rows\.csv': permission denied"):
            read(path)


class TestCsv:
    """A record that is no row is an error of that row alone."""

    @pytest.mark.parametrize(
        ("record", "error"),
        [
            ("a", "unreadable: there are 1 values for 2 columns"),
            ("a,b,c", "unreadable: there are 3 values for 2 columns"),
            ('"a"x,b', "unreadable: it is not CSV: a quotation mark, or the end of a line, stands where none may"),
            ('a"\n",b', "unreadable: it is not CSV"),
            ("a\rb,c", "unreadable: it is not CSV"),
            (b"a,\xff", "unreadable: it is not UTF-8: byte 3 is wrong"),
            ("a," + "b" * MAX_RECORD, f"unreadable: it has more than {MAX_RECORD:,} bytes"),
            ('"' + "b\n" * MAX_RECORD + '",c', "unreadable: it has more than"),
        ],
    )
    def test_a_record_that_is_no_row(self, tmp_path: Path, record: str | bytes, error: str) -> None:
        """It says why; the rows before and after it are as they are."""
        data = record if isinstance(record, bytes) else record.encode()
        path = tmp_path / "rows.csv"
        path.write_bytes(b"ref,text\nx,HP1:\n" + data + b"\ny,HP1:\n")
        first, second, third = read(path)
        assert [first["ref"], third["ref"]] == ["x", "y"]
        assert [first["error"], third["error"]] == [None, None]
        assert second["error"].startswith(error)
        assert (second["ref"], second["text"]) == (None, None)

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_ends_of_lines_and_marks(self, tmp_path: Path, end: str, mark: bytes) -> None:
        """Windows' ends of lines and byte order mark are read; an empty line is no row."""
        path = tmp_path / "rows.csv"
        path.write_bytes(mark + end.join(["ref,text", "a,b", "", '"c', 'd","e""f\0"', "g,"]).encode())
        assert read(path) == [
            {"ref": "a", "text": "b"},
            {"ref": f"c{end}d", "text": 'e"f\0'},
            {"ref": "g", "text": None},
        ]

    @given(rows=st.lists(st.lists(st.text(st.sampled_from('",\n\0aü ')), min_size=1, max_size=3), max_size=6))
    def test_cuts_where_a_record_ends(self, rows: list[list[str]]) -> None:
        """Records are those that the standard writer has written, whatever is in quotation marks."""
        files = [io.StringIO(newline="") for _ in rows]
        for file, row in zip(files, rows, strict=True):
            csv.writer(file, lineterminator="\n").writerow(row)
        written = [file.getvalue().encode() for file in files]
        found = list(records(io.BytesIO(b"".join(written)), quoted=True))
        assert found == [record[:-1] for record in written if record.strip()]

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "it is empty, and should begin with the names of its columns"),
            (b"\n\n", "it is empty"),
            ("ref,text\n".encode("utf-16"), "it is in UTF-16, as its byte order mark says; save it as UTF-8"),
            (b"ref,text,ref\n", "two of its columns have one name"),
            (b'"ref"x,text\n', "the names of its columns cannot be read: unreadable: it is not CSV"),
            (b"a" * MAX_RECORD * 2, "the names of its columns cannot be read: unreadable: it has more than"),
            (
                b'ref,text\na,b\nc,"d\ne,f\n',
                "a quotation mark in record 3 is not closed before the end of the file",
            ),
        ],
    )
    def test_a_file_that_is_none(self, tmp_path: Path, data: bytes, message: str) -> None:
        """Where it cannot be told what the rows are, no row is read."""
        assert broken(tmp_path / "rows.csv", data).startswith(message)


class TestJsonLines:
    @pytest.mark.parametrize(
        ("line", "error"),
        [
            (b'{"ref": "\xff"}', "unreadable: it is not UTF-8: byte 10 is wrong"),
            (b'{"ref": "' + b"a" * MAX_RECORD + b'"}', f"unreadable: it has more than {MAX_RECORD:,} bytes"),
        ],
    )
    def test_a_line_that_is_no_row(self, tmp_path: Path, line: bytes, error: str) -> None:
        """It is an error of that line; a quotation mark that is open ends with it."""
        path = tmp_path / "rows.jsonl"
        path.write_bytes(b'{"ref": "a"}\n' + line + b'\r\n\n  \n{"ref": "b}\n{"ref": "c"}')
        found = Input(path)
        assert found.scan().rows == 4
        ((_, batch),) = found.batches(10, lambda _: True)
        assert batch["json"].to_pylist() == ['{"ref": "a"}', None, '{"ref": "b}', '{"ref": "c"}']
        assert batch["error"].to_pylist() == [None, error, None, None]

    def test_no_line(self, tmp_path: Path) -> None:
        """An empty file has no rows."""
        path = tmp_path / "rows.jsonl"
        path.write_bytes(b"\n")
        assert read(path) == []


class TestParquet:
    @pytest.mark.parametrize("keep", [0, 1, 4, 100, -1, -8])
    def test_a_file_that_was_cut_off(self, tmp_path: Path, keep: int) -> None:
        """What is not whole is not read."""
        data = write(tmp_path / "whole.parquet", ROWS * 100).read_bytes()
        assert broken(tmp_path / "rows.parquet", data[:keep]).startswith("it is not a whole Parquet file (")

    def test_a_page_that_is_damaged(self, tmp_path: Path) -> None:
        """A file whose data was changed is not read to its end, or gives what it holds; nothing else is raised."""
        data = bytearray(
            write(tmp_path / "whole.parquet", [(os.urandom(9).hex(), "x") for _ in range(500)]).read_bytes()
        )
        for place in range(4, 600, 7):
            changed = bytes(data[:place]) + bytes([data[place] ^ 0x55]) + bytes(data[place + 1 :])
            path = tmp_path / "rows.parquet"
            path.write_bytes(changed)
            found = Input(path)
            found.scan()
            try:
                for _, batch in found.batches(100, lambda _: True):
                    assert batch.num_rows <= 100
            except InputError as error:
                assert "it is not a whole Parquet file" in str(error)

    def test_large_rows_come_in_small_batches(self, tmp_path: Path) -> None:
        """So many rows are in a batch as it has room for."""
        path = write(tmp_path / "rows.parquet", [("a" * 1_000_000, None)] * 100)
        found = Input(path)
        assert found.scan().rows == 100
        sizes = [batch.num_rows for _, batch in found.batches(1000, lambda _: True)]
        assert sum(sizes) == 100
        assert max(sizes) < 34


MEASURED: Final = r"""
import re, sys
from pathlib import Path
from healthpass.bulk._inputs import Input
found = Input(sys.argv[1])
print(found.scan().rows, sum(batch.num_rows for _, batch in found.batches(1000, lambda _: True)))
print(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted as Linux does")
class TestMemory:
    """However large the input, what is held of it is not."""

    # A process inherits ru_maxrss from the one that starts it, which has more; VmHWM is its own.

    def peak(self, path: Path) -> tuple[str, int]:
        """Read a file in a process; return how many rows it had, and the memory in MB."""
        done = subprocess.run([sys.executable, "-c", MEASURED, path], capture_output=True, check=True, text=True)
        rows, memory = done.stdout.splitlines()
        return rows, int(memory)

    @pytest.mark.parametrize(
        ("suffix", "head", "unit", "end"),
        [
            (".csv", b"ref,text\na,", b"b", b""),
            (".csv", b'ref,text\na,"', b"b" * 99 + b"\n", b'"'),
            (".jsonl", b'{"ref": "', b"b", b""),
        ],
    )
    def test_a_field_of_100_mb(self, tmp_path: Path, suffix: str, head: bytes, unit: bytes, end: bytes) -> None:
        """It takes no more than a small file does, and is one row."""
        small, large = tmp_path / f"small{suffix}", tmp_path / f"large{suffix}"
        for path, size in ((small, 1000), (large, 100_000_000)):
            path.write_bytes(head + unit * (size // len(unit)) + end + b"\nb,c\n")
        rows, least = self.peak(small)
        assert rows == "2 2"
        rows, most = self.peak(large)
        assert rows == "2 2"
        assert most < least + 20

    @pytest.mark.parametrize(
        ("suffix", "count", "room"), [(".parquet", 120, 80), (".csv", 60, 25), (".jsonl", 60, 25)]
    )
    def test_many_rows(self, tmp_path: Path, suffix: str, count: int, room: int) -> None:
        """A file of so many MB is read in batches, which take less room than all of it."""
        small = write(tmp_path / f"small{suffix}", [("a", "b" * 1000)] * 10)
        rows = [(str(number), os.urandom(500).hex()) for number in range(1000 * count)]
        large = write(tmp_path / f"large{suffix}", rows)
        _, least = self.peak(small)
        read, most = self.peak(large)
        assert read == f"{count}000 {count}000"
        assert most < least + room


def test_cells_are_bounded_as_records_are() -> None:
    """What a record can hold is no longer than what a cell may."""
    assert MAX_CELL >= MAX_RECORD
