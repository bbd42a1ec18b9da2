"""Whatever stops an issuer, no index serves two codes, none is lost for good, and the log is whole.

As a program of its own, this file is a nursery: it forks workers that issue codes from one ledger, kills them
anywhere in their work, and tells what there was in the end. It has no threads, so that forking is sound.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from forging import DAY, ISSUER, KEY, NOW
from healthpass import Color, HealthCode, StatusPlace, issue
from healthpass.codec._time import now
from healthpass.documents._status_list import ENTRIES
from healthpass.ledger import CodeRecord, LedgerError, SqliteLedger, _database, compare, publish
from healthpass.ledger._permutation import Permutation, list_key

WORKERS: Final = 4
CODES: Final = 8_000
KILLS: Final = 60  # at least
AT_ONCE: Final = 60  # codes of a commit, at most; each commit waits for the disk
LEFT: Final = struct.Struct("!12sHI")  # what leaves with a code: its cti and its place
BASE: Final = "https://status.example.cn/hangzhou"
# A lease so short that live workers lose theirs too, when they are not fast enough.
LEASE: Final = timedelta(seconds=2)

# More of them in a long run: HEALTHPASS_LEDGER_ROUNDS=500 HEALTHPASS_LEDGER_FLIPS=2000
ROUNDS: Final = int(os.environ.get("HEALTHPASS_LEDGER_ROUNDS", "16"))
FLIPS: Final = int(os.environ.get("HEALTHPASS_LEDGER_FLIPS", "60"))

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and SIGKILL")


def nursery(what: str, path: Path) -> Any:
    """Run this file as a program, and return what it tells."""
    ran = subprocess.run([sys.executable, __file__, what, str(path)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Let four workers issue 8,000 codes, and kill them all the time."""
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


class TestKilledRestoring:
    def test_can_be_done_again(self, tmp_path: Path) -> None:
        """Wherever restoring is killed, the ledger went back or is restored; run again, it loses no evidence."""
        told = nursery("restore", tmp_path)
        assert told["kills"] > 0
        assert told["rounds"] == told["right"] == ROUNDS


class TestKilledPublishing:
    def test_says_no_less_afterwards(self, tmp_path: Path) -> None:
        """Wherever publishing is killed, the next one goes on: it is no sign that the ledger went back."""
        told = nursery("publish", tmp_path)
        assert told["kills"] == told["right"] == ROUNDS


class TestFlippedBits:
    def test_are_found_or_harmless(self, tmp_path: Path) -> None:
        """A bit that is flipped anywhere is found when the ledger is opened or checked, or changes no answer."""
        told = nursery("flip", tmp_path)
        assert told["found"] + told["harmless"] == FLIPS
        assert told["found"] > FLIPS // 10
        assert told["missed"] == []


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
    _database.now = lambda: now() + 2 * LEASE  # type: ignore[attr-defined]
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


def current(ledger: SqliteLedger, count: int) -> list[CodeRecord]:
    """Make codes that are valid now, and what is recorded of them."""
    return [replace(code, issued_at=now(), expires_at=now() + DAY) for code in records(ledger, count)]


def lost_ledger(path: Path) -> set[StatusPlace]:
    """Make a ledger, a copy, and what came after that; put the copy in its place, and return all places."""
    places = set()
    with SqliteLedger.create(path / "ledger", ISSUER) as ledger:
        known = current(ledger, 5)
        ledger.record(known)
        ledger.backup(path / "copy.db")
        unknown = current(ledger, 300)
        ledger.record(unknown)
        ledger.revoke_many([known[0].cti, unknown[0].cti], by="worker", why="to be kept")
        publish(ledger, BASE, KEY, lifetime=DAY)
        places = {code.place for code in (*known, *unknown)}
    for end in ("-wal", "-shm"):
        (path / "ledger" / f"ledger.db{end}").unlink(missing_ok=True)
    shutil.copy(path / "copy.db", path / "ledger" / "ledger.db")
    return places


def strike(do: Callable[[], object], after: float) -> bool:
    """Do something in a child, kill it after a time, and tell whether it was still at work."""
    child = os.fork()
    if not child:
        try:
            do()
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def kill_restoring(path: Path) -> dict[str, int]:
    """Kill restorations, and tell whether all was right after the next."""
    chance = random.Random(20263)  # noqa: S311
    places = lost_ledger(path)
    kills = right = 0
    for number in range(ROUNDS):
        ledger = path / str(number)
        shutil.copytree(path / "ledger", ledger)
        copy = ledger / "ledger.db" if number % 2 else path / "copy.db"
        do = partial(SqliteLedger.restore, copy, ledger, by="worker", why="killed")
        kills += strike(do, chance.uniform(0.01, 0.25))
        with SqliteLedger(ledger) as found:
            lines = [line.action for line in found.log()]
            safe = found.state().went_back is not None or "restored" in lines
        SqliteLedger.restore(copy, ledger, by="worker", why="again")
        with SqliteLedger(ledger) as found:
            new = current(found, 5)
            found.record(new)
            publish(found, BASE, KEY, lifetime=DAY)
            found.verify_chain()
            shown = int.from_bytes(found.bitmap(0)).bit_count()
        right += safe and shown == 2 and not places & {code.place for code in new}
        shutil.rmtree(ledger)
    return {"rounds": ROUNDS, "kills": kills, "right": right}


def kill_publishing(path: Path) -> dict[str, int]:
    """Kill publications, one ledger through, and tell whether the next was right each time."""
    chance = random.Random(20264)  # noqa: S311

    def for_ever() -> None:
        with SqliteLedger(path / "ledger") as ledger:
            while True:
                codes = current(ledger, 2)
                ledger.record(codes)
                ledger.revoke(codes[0].cti, by="worker", why="by chance")
                publish(ledger, BASE, KEY, lifetime=DAY)

    SqliteLedger.create(path / "ledger", ISSUER).close()
    kills = right = 0
    for _ in range(ROUNDS):
        kills += strike(for_ever, chance.uniform(0.02, 0.3))
        with SqliteLedger(path / "ledger") as ledger:
            lists = publish(ledger, BASE, KEY, lifetime=DAY)
            ledger.verify_chain()
            right += not compare(ledger, lists.values(), keys=[KEY.public_key]).says_more
    return {"kills": kills, "right": right}


def flip_bits(path: Path) -> dict[str, Any]:
    """Flip a bit at a time anywhere in a ledger, and tell whether that was found, or changed no answer."""
    chance = random.Random(20265)  # noqa: S311
    with SqliteLedger.create(path / "ledger", ISSUER) as ledger:
        codes = current(ledger, 40)
        ledger.record(codes)
        ledger.revoke_many([code.cti for code in codes[::4]], by="worker", why="by chance")
        ledger.correct(codes[1].cti, new=codes[2].cti, by="worker", why="a mistake")
        publish(ledger, BASE, KEY, lifetime=DAY)
        ledger.record(records(ledger, 40))
    sound = answers(path / "ledger", codes)
    files = [file for file in (path / "ledger").rglob("*") if file.is_file()]
    found = harmless = 0
    missed = []
    for _ in range(FLIPS):
        folder = path / "flipped"
        shutil.copytree(path / "ledger", folder)
        file = folder / chance.choice([*files, *[path / "ledger" / "ledger.db"] * 9]).relative_to(path / "ledger")
        data = bytearray(file.read_bytes())
        bit = chance.randrange(8 * len(data))
        data[bit >> 3] ^= 1 << (bit & 7)
        file.write_bytes(data)
        try:
            same = answers(folder, codes) == sound
        except LedgerError:
            found += 1
        else:
            harmless += same
            missed += [] if same else [f"{file.name}, bit {bit}"]
        shutil.rmtree(folder)
    return {"found": found, "harmless": harmless, "missed": missed}


def answers(path: Path, codes: list[CodeRecord]) -> list[object]:
    """Open and check a ledger, and return what it says of its codes and lists."""
    with SqliteLedger(path) as ledger:
        head = ledger.verify_chain()
        bitmaps = [ledger.bitmap(number) for number in ledger.lists()]
        return [head, ledger.issuer, bitmaps, [ledger.history(code.cti) for code in codes]]


PROGRAMS: Final[dict[str, Callable[[Path], object]]] = {
    "kill": kill_all_the_time,
    "fill": fill_the_disk,
    "restore": kill_restoring,
    "publish": kill_publishing,
    "flip": flip_bits,
}

if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        json.dump(PROGRAMS[sys.argv[1]](Path(sys.argv[2])), sys.stdout)
