"""Whatever stops an issuer, no index serves two codes, none is lost for good, and the log is whole.

As a program of its own, this file is a nursery: it forks workers that issue codes from one ledger, kills them
anywhere in their work, and tells what there was in the end. It has no threads, so that forking is sound.
"""

import contextlib
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from forging import DAY, ISSUER, KEY, NOW
from healthpass import Color, HealthCode, StatusPlace, issue
from healthpass.codec._time import now
from healthpass.documents._status_list import ENTRIES
from healthpass.ledger import CodeRecord, LedgerError, SqliteLedger, _allocator, publish
from healthpass.ledger._permutation import Permutation, list_key

WORKERS: Final = 4
CODES: Final = 20_000
KILLS: Final = 60  # at least
AT_ONCE: Final = 60  # codes of a commit, at most; each commit waits for the disk
LEFT: Final = struct.Struct("!12sHI")  # what leaves with a code: its cti and its place
BASE: Final = "https://status.example.cn/hangzhou"
# A lease so short that live workers lose theirs too, when they are not fast enough.
LEASE: Final = timedelta(seconds=2)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and SIGKILL")


def nursery(what: str, path: Path) -> Any:
    """Run this file as a program, and return what it tells."""
    ran = subprocess.run([sys.executable, __file__, what, str(path)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Let four workers issue 20,000 codes, and kill them all the time."""
    counted: dict[str, int] = nursery("kill", tmp_path_factory.mktemp("killed"))
    return counted


class TestKilledWorkers:
    def test_were_killed(self, told: dict[str, int]) -> None:
        """The workers issued all codes, and were struck in the middle of it."""
        assert told["left"] >= CODES
        assert told["kills"] >= KILLS
        assert told["recovered"] > 0

    def test_let_no_code_out_that_is_not_recorded(self, told: dict[str, int]) -> None:
        """Each code that left is in the ledger, with the place that it carries."""
        assert told["left but not recorded"] == 0

    def test_give_no_index_twice(self, told: dict[str, int]) -> None:
        """No two codes that left have one place."""
        assert told["left twice"] == 0

    def test_lose_no_index_for_good(self, told: dict[str, int]) -> None:
        """Each counter below the highest is recorded or given out again, and not both."""
        assert told["lost"] == 0
        assert told["recorded and given out again"] == 0

    def test_leave_the_log_whole(self, told: dict[str, int]) -> None:
        """The chain of the log is intact, and tells of each code and withdrawal."""
        assert told["issued lines"] == told["recorded"]
        assert told["revoked"] > 0


class TestFullDisk:
    def test_refuses_codes_until_there_is_room(self, tmp_path: Path) -> None:
        """Writes that the disk refuses anywhere let no code out, and lose nothing of what is recorded."""
        told = nursery("fill", tmp_path)
        assert 5 < told["refused"] < 35
        assert told["recorded"] == told["left"] > 0
        assert told["message"].startswith("cannot record codes in the ledger")


def records(ledger: SqliteLedger, count: int) -> list[CodeRecord]:
    """Make codes, and what is recorded of them."""
    made = []
    for _ in range(count):
        place = ledger.take()
        issued = issue(
            HealthCode(color=Color.GREEN, status=place), issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW
        )
        made.append(
            CodeRecord(
                cti=issued.cti,
                place=place,
                kid=KEY.public_key.kid,
                by="worker",
                why="to be killed",
                issued_at=issued.valid_from,
                expires_at=issued.expires_at,
            )
        )
    return made


def issue_for_ever(path: Path, seed: int) -> NoReturn:
    """Issue codes, in batches, and withdraw some; a code leaves after it was recorded."""
    chance = random.Random(seed)  # noqa: S311 - to repeat
    out = os.open(path / "left", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    ledger = SqliteLedger(path / "ledger", block_size=64, lease=LEASE)
    while True:
        codes = records(ledger, chance.randint(1, AT_ONCE))
        if chance.random() < 0.1:
            for code in codes:
                ledger.give_back(code.place)
            continue
        try:
            ledger.record(codes)
        except LedgerError as error:
            if "lease" not in str(error):
                raise
            for code in codes:
                ledger.give_back(code.place)
            continue
        os.write(out, b"".join(LEFT.pack(code.cti, code.place.list, code.place.index) for code in codes))
        if chance.random() < 0.2:
            ledger.revoke_many([code.cti for code in codes[::5]], by="worker", why="by chance")
        if chance.random() < 0.02:
            publish(ledger, BASE, KEY, lifetime=DAY)


def fork(path: Path, seed: int) -> int:
    """Start a worker."""
    child = os.fork()
    if not child:
        try:
            issue_for_ever(path, seed)
        finally:
            os._exit(1)  # it never ends by itself
    return child


def kill_all_the_time(path: Path) -> dict[str, int]:
    """Start four workers, kill one after the other, and start others in their places."""
    chance = random.Random(20261)  # noqa: S311
    SqliteLedger.create(path / "ledger", ISSUER).close()
    left = path / "left"
    left.touch()
    workers = [fork(path, seed) for seed in range(WORKERS)]
    kills = 0
    while kills < KILLS or left.stat().st_size < CODES * LEFT.size:
        time.sleep(chance.uniform(0.005, 0.15))
        victim = chance.randrange(WORKERS)
        os.kill(workers[victim], signal.SIGKILL)
        _, status = os.waitpid(workers[victim], 0)
        if not os.WIFSIGNALED(status):
            sys.exit("a worker ended by itself")
        kills += 1
        workers[victim] = fork(path, WORKERS + kills)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    return {"kills": kills + WORKERS, **judge(path)}


def judge(path: Path) -> dict[str, int]:
    """Compare what left with what the ledger holds, and recover what the dead workers had reserved."""
    data = (path / "left").read_bytes()
    left = [(cti, StatusPlace(number, index)) for cti, number, index in LEFT.iter_unpack(data)]
    _allocator.now = lambda: now() + 2 * LEASE  # type: ignore[attr-defined]
    with SqliteLedger(path / "ledger", block_size=64) as ledger:
        ledger.verify_chain()
        with ledger._database.reading("read") as connection:
            recorded = {
                cti: StatusPlace(number, entry)
                for cti, number, entry in connection.execute("SELECT cti, list, entry FROM codes")
            }
            (end,) = connection.execute("SELECT next_counter FROM lists WHERE list = 0").fetchone()
            (secret,) = connection.execute("SELECT secret FROM ledger").fetchone()
        order = Permutation(list_key(secret, 0, 0))
        below = {StatusPlace(0, order(counter)) for counter in range(end)}
        recovered = set()
        while (place := ledger.take()) in below:
            recovered.add(place)
        lines = [line.action for line in ledger.log()]
        issued = sum(json.loads(line.facts or "")["codes"] for line in ledger.log() if line.action == "issued")
    return {
        "left": len(left),
        "left but not recorded": sum(recorded.get(cti) != place for cti, place in left),
        "left twice": len(left) - len({place for _, place in left}),
        "recorded": len(recorded),
        "recovered": len(recovered),
        "lost": len(below - recovered - set(recorded.values())),
        "recorded and given out again": len(recovered & set(recorded.values())),
        "issued lines": issued,
        "revoked": lines.count("revoked"),
        "end": end if end < ENTRIES else -1,
    }


def fill_the_disk(path: Path) -> dict[str, Any]:
    """Issue codes while files may grow by a little only, now and then, and count what was refused."""
    import resource  # POSIX alone has it

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    chance = random.Random(20262)  # noqa: S311
    SqliteLedger.create(path / "ledger", ISSUER).close()
    refused, left, message = 0, 0, ""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with SqliteLedger(path / "ledger") as ledger:
        for _ in range(40):
            codes = records(ledger, 50)
            size = (path / "ledger" / "ledger.db-wal").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + chance.randint(-50_000, 400_000), most))
            try:
                ledger.record(codes)
                left += len(codes)
            except LedgerError as error:
                refused, message = refused + 1, str(error)
                for code in codes:
                    ledger.give_back(code.place)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        ledger.record(records(ledger, 50))
        ledger.verify_chain()
        issued = sum(json.loads(line.facts or "")["codes"] for line in ledger.log() if line.action == "issued")
    return {"refused": refused, "left": left + 50, "recorded": issued, "message": message}


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        json.dump({"kill": kill_all_the_time, "fill": fill_the_disk}[sys.argv[1]](Path(sys.argv[2])), sys.stdout)
