"""What several hosts share in PostgreSQL: the promises of every memory; servers, clocks and roles that fail."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from healthpass.shared import PostgresMemory, SharedError
from healthpass.shared._schema import CLOCKS, KEPT, LOCKS
from memory_contract import OF_ONE, Memory, SharedContract
from postgres import Postgres, binaries

CODE: Final = b"code"
MINE: Final = "FROM pg_stat_activity WHERE application_name = 'healthpass' AND datname = current_database()"
WAITING: Final = "has emptied the shared memory"


def now() -> datetime:
    """Return the time of this host."""
    return datetime.now(UTC)


def sql(url: str, command: str) -> Any:
    """Run a command in a database, as its owner; return the first column of the first row."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(command)
        return cursor.fetchone()[0] if cursor.description else None  # type: ignore[index]


def wait(url: str, seconds: int) -> None:
    """Let time pass for a memory: what it holds is of so much earlier."""
    earlier = f"- interval '{seconds} seconds'"
    for table, column in (
        ("replays", "passed"),
        ("challenges", "ends"),
        ("state", "tidied"),
        ("state", "accepts_from"),
    ):
        sql(url, f"UPDATE healthpass_shared.{table} SET {column} = {column} {earlier}")  # noqa: S608 - of this file


@pytest.fixture
def url(postgres: Postgres) -> str:
    """Give a database with an empty memory."""
    made = postgres.database()
    PostgresMemory.create(made).close()
    return made


@pytest.fixture
def memory(url: str) -> Iterator[PostgresMemory]:
    """Give a memory that is not patient."""
    with closing(PostgresMemory(url, timeout=1)) as made:
        yield made


@pytest.fixture
def host(url: str) -> Iterator[PostgresMemory]:
    """Give the same memory, as another host has it."""
    with closing(PostgresMemory(url)) as made:
        yield made


@pytest.fixture(scope="module")
def own() -> Iterator[Postgres]:
    """Give these tests a server of their own."""
    if binaries() is None:
        pytest.skip("needs PostgreSQL: the package `postgresql` of Debian, and its user where root runs the tests")
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture
def crashing(own: Postgres) -> Postgres:
    """Give a server to crash."""
    if not own.runs():
        own.start()
    return own


class TestContract(SharedContract):
    """A `PostgresMemory` keeps what every memory promises."""

    KEPT = KEPT

    @pytest.fixture(autouse=True)
    def _with_a_server(self, postgres: Postgres) -> Iterator[None]:
        self.server, self.opened = postgres, list[PostgresMemory]()
        yield
        for memory in self.opened:
            memory.close()

    def make(self, capacity: int = 1000) -> Memory:
        """Make the tables."""
        self.url = self.server.database()
        self.opened.append(PostgresMemory.create(self.url))
        sql(self.url, f"UPDATE healthpass_shared.settings SET capacity = {capacity}")  # noqa: S608 - a number
        return self.opened[-1]

    def open(self) -> Memory:
        """Connect once more."""
        self.opened.append(PostgresMemory(self.url))
        return self.opened[-1]

    def where(self) -> str:
        """Return its address."""
        return self.url

    def wait(self, seconds: int) -> None:
        """Make what it holds older."""
        wait(self.url, seconds)


class TestFlood:
    def test_one_credential_from_many_hosts(self, url: str, memory: PostgresMemory) -> None:
        """Hosts that show one credential at once hold eight of it, and the showing of another one stays known."""
        assert memory.remember(b"another's", b"another", now())

        def flood(host: int) -> int:
            with closing(PostgresMemory(url)) as mine:
                return sum(mine.remember(b"%d of %d" % (number, host), CODE, now()) for number in range(50))

        with ThreadPoolExecutor(8) as hosts:
            assert sum(hosts.map(flood, range(8))) == 400
        assert sql(url, "SELECT count(*) FROM healthpass_shared.replays") == OF_ONE + 1
        assert not memory.remember(b"another's", b"another", now())

    def test_of_replays_alone(self, url: str, memory: PostgresMemory) -> None:
        """Replays push nothing out, however many there are."""
        sql(url, "UPDATE healthpass_shared.settings SET capacity = 3")
        for number in range(3):
            assert memory.remember(b"%d" % number, b"code %d" % number, now())
        wait(url, 2)
        for _ in range(100):
            assert not memory.remember(b"0", b"code 0", now())
        wait(url, 2)
        for number in range(3):
            assert not memory.remember(b"%d" % number, b"code %d" % number, now())

    def test_what_is_over_is_removed_step_by_step(self, url: str, memory: PostgresMemory) -> None:
        """After a pause no call has to remove everything, and in the end nothing is left of it."""
        sql(
            url,
            "INSERT INTO healthpass_shared.replays (shown, owner, passed) SELECT sha256(n::text::bytea), "
            "sha256('code'), now() - interval '1 hour' FROM generate_series(1, 25000) n",
        )
        left = []
        for number in range(3):
            assert memory.remember(b"%d" % number, b"other", now())
            left.append(sql(url, "SELECT count(*) FROM healthpass_shared.replays"))
            wait(url, 2)
        assert left == [15001, 5002, 3]


class TestClocks:
    @pytest.mark.parametrize("seconds", [-3600, -CLOCKS - 5, CLOCKS + 5, 3600, 10**9])
    def test_a_wrong_clock_accepts_and_forgets_nothing(
        self, memory: PostgresMemory, host: PostgresMemory, seconds: int
    ) -> None:
        """A host whose clock is wrong is told so; it neither accepts, nor forgets what the others need."""
        assert host.remember(b"one", CODE, now())
        host.keep("asked", now(), timedelta(seconds=60))
        wrong = now() + timedelta(seconds=seconds)
        for call in (
            lambda: memory.remember(b"two", CODE, wrong),
            lambda: memory.keep("other", wrong, timedelta(seconds=60)),
            lambda: memory.take("asked", wrong),
        ):
            with pytest.raises(SharedError, match="time of this host is .*Z, and that of the database .*Z"):
                call()
        assert not host.remember(b"one", CODE, now())
        assert host.remember(b"two", CODE, now())
        assert not host.take("other", now())
        assert host.take("asked", now())

    @pytest.mark.parametrize("passed", [-1, 1])
    def test_no_two_clocks_let_a_replay_through(
        self, url: str, memory: PostgresMemory, host: PostgresMemory, passed: int
    ) -> None:
        """What passed where the clock is ahead is known as long as it could pass where the clock is behind."""
        ahead, behind = (timedelta(seconds=passed * sign * (CLOCKS - 3)) for sign in (1, -1))
        assert memory.remember(b"one", CODE, now() + ahead)
        # PRS-8: it is stale from 90 seconds after the latest time at which it can have passed.
        stale = now() + ahead + timedelta(seconds=90)
        wait(url, round((stale - behind - now()).total_seconds()) - 1)
        assert host.remember(b"other", b"other", now() + behind)  # it forgets what is over
        assert not host.remember(b"one", CODE, now() + behind)

    def test_the_database_goes_back(self, url: str, memory: PostgresMemory) -> None:
        """Where the clock of the database went back, what passes now is not taken for the oldest, and is known."""
        for number in range(OF_ONE):
            assert memory.remember(b"%d" % number, CODE, now())
        wait(url, -20)
        assert memory.remember(b"new", CODE, now())
        assert not memory.remember(b"new", CODE, now())

    def test_a_crash_under_a_wrong_clock(self, url: str, memory: PostgresMemory) -> None:
        """Where the clock of the database was ahead after a crash, nobody waits until that time comes."""
        sql(url, "UPDATE healthpass_shared.state SET accepts_from = now() + interval '1 day'")
        with pytest.raises(SharedError, match=WAITING):
            memory.remember(b"one", CODE, now())
        wait(url, KEPT)
        assert memory.remember(b"one", CODE, now())


class TestConnection:
    def test_that_is_cut(self, url: str, memory: PostgresMemory) -> None:
        """A connection that was ended meanwhile is opened anew, and what was known is known."""
        assert memory.remember(b"one", CODE, now())
        for _ in range(3):
            assert sql(url, f"SELECT count(pg_terminate_backend(pid)) {MINE}") == 1
            assert not memory.remember(b"one", CODE, now())

    def test_that_is_cut_while_it_waits(self, url: str, memory: PostgresMemory) -> None:
        """A call whose connection is ended in the middle asks once more, and is accepted once at most."""
        assert memory.remember(b"one", CODE, now())
        with self.locked(url, CODE), ThreadPoolExecutor(1) as threads:
            answer = threads.submit(memory.remember, b"two", CODE, now())
            until(lambda: sql(url, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 1)
            sql(url, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
            with pytest.raises(SharedError, match="statement timeout"):
                answer.result()
        assert memory.remember(b"two", CODE, now())
        assert not memory.remember(b"two", CODE, now())

    def test_that_waits_too_long(self, url: str, memory: PostgresMemory) -> None:
        """A call that others do not let through ends in time; other credentials go on."""
        with self.locked(url, CODE), closing(PostgresMemory(url)) as other:
            begun = time.monotonic()
            with pytest.raises(SharedError, match="statement timeout"):
                memory.remember(b"one", CODE, now())
            assert time.monotonic() - begun < 30
            assert other.remember(b"one's", b"another", now())
        assert memory.remember(b"one", CODE, now())

    def test_threads_that_wait_too_long(self, url: str, memory: PostgresMemory) -> None:
        """Threads do not queue for ever behind a call that hangs."""
        with self.locked(url, CODE), ThreadPoolExecutor(8) as threads:
            answers = [threads.submit(memory.remember, b"%d" % number, CODE, now()) for number in range(8)]
            errors = [str(answer.exception(timeout=60)) for answer in answers]
        assert all("cannot be used" in error for error in errors)
        assert any("other threads wait" in error for error in errors)

    def test_a_server_that_is_frozen(self, crashing: Postgres) -> None:
        """A server that takes what is sent, and never answers, is given up in time."""
        url = crashing.database()
        PostgresMemory.create(url).close()
        with closing(PostgresMemory(url, timeout=1)) as hasty:
            assert hasty.remember(b"one", CODE, now())
            pid = sql(url, f"SELECT pid {MINE}")
            os.kill(pid, signal.SIGSTOP)
            try:
                with pytest.raises(SharedError, match="no answer in time"):
                    hasty.remember(b"two", CODE, now())
            finally:
                os.kill(pid, signal.SIGCONT)
            assert not hasty.remember(b"one", CODE, now())
            crashing.freeze()
            try:
                for call in (hasty, PostgresMemory(url, timeout=1)):
                    with pytest.raises(SharedError, match="tim"):
                        call.remember(b"three", CODE, now())
            finally:
                crashing.thaw()

    def test_a_server_that_is_not_there(self) -> None:
        """An address where nothing answers is an error that says so, without the password."""
        with closing(PostgresMemory("postgresql://me:secret@127.0.0.1:1/gate?connect_timeout=2")) as memory:
            with pytest.raises(SharedError, match="refused") as caught:
                memory.remember(b"one", CODE, now())
            assert "secret" not in f"{caught.value} {caught.value.__cause__!r} {memory!r} {vars(memory)!r}"

    @staticmethod
    @contextmanager
    def locked(url: str, credential: bytes) -> Iterator[None]:
        """Hold the turn of a credential."""
        key = int.from_bytes(sha256(credential).digest()[:4], signed=True)
        with psycopg.connect(url) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s, %s::integer)", [LOCKS, key])
            yield


def until(ready: Any) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.01)


class TestCrash:
    def test_a_restart_forgets_nothing(self, crashing: Postgres) -> None:
        """A server that was stopped in order knows what has passed, and the workers go on."""
        with closing(PostgresMemory.create(crashing.database())) as memory:
            assert memory.remember(b"one", CODE, now())
            memory.keep("asked", now(), timedelta(seconds=60))
            crashing.stop()
            with pytest.raises(SharedError, match="refused|No such file"):
                memory.remember(b"two", CODE, now())
            crashing.start()
            assert not memory.remember(b"one", CODE, now())
            assert memory.remember(b"two", CODE, now())
            assert memory.take("asked", now())

    @pytest.mark.parametrize("how", ["kill", "immediate", "one process"])
    def test_after_a_crash_nothing_is_accepted_for_a_while(self, crashing: Postgres, how: str) -> None:
        """A crash of the server, or of one of its processes, empties the memory: nothing passes for a while."""
        url = crashing.database()
        with closing(PostgresMemory.create(url)) as memory, closing(PostgresMemory(url)) as host:
            assert memory.remember(b"one", CODE, now())
            memory.keep("asked", now(), timedelta(seconds=60))
            if how == "one process":
                os.kill(
                    sql(url, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"), signal.SIGKILL
                )
            else:
                crashing.kill() if how == "kill" else crashing.stop("immediate")
                crashing.start()
            until(lambda: is_waiting(memory))
            for presentation in (b"one", b"two"):
                for worker in (memory, host):
                    with pytest.raises(SharedError, match=WAITING):
                        worker.remember(presentation, CODE, now())
            assert not host.take("asked", now())
            memory.keep("anew", now(), timedelta(seconds=60))
            assert host.take("anew", now())
            wait(url, KEPT - 20)
            with pytest.raises(SharedError, match=WAITING):
                memory.remember(b"two", CODE, now())
            wait(url, 20)
            assert memory.remember(b"two", CODE, now())

    def test_a_crash_while_gates_are_busy(self, crashing: Postgres) -> None:
        """Of presentations that many gates see before, in and after a crash, none passes twice."""
        url = crashing.database()
        PostgresMemory.create(url).close()
        passed: Counter[bytes] = Counter()
        over = threading.Event()

        def gate(_: int) -> int:
            failed = 0
            with closing(PostgresMemory(url, timeout=2)) as mine:
                while not over.is_set():
                    for number in range(200):
                        shown = b"%d" % number
                        try:
                            passed[shown] += mine.remember(shown, b"code %d" % (number // 4), now())
                        except SharedError:
                            failed += 1
                return failed

        with ThreadPoolExecutor(4) as gates:
            running = [gates.submit(gate, number) for number in range(4)]
            until(lambda: len(passed) > 20)
            crashing.kill()
            time.sleep(0.2)
            crashing.start()
            time.sleep(1)
            over.set()
            assert all(one.result() for one in running)
        assert max(passed.values()) == 1

    def test_a_fail_over(self, crashing: Postgres) -> None:
        """A standby accepts nothing. Once it is promoted it knows that it does not know what has passed."""
        url = crashing.database()
        name = url.partition("@/")[2].partition("?")[0]
        PostgresMemory.create(url).close()
        standby = crashing.standby()
        first = (
            f"postgresql://tests@/{name}?host={standby.folder},{crashing.folder}&target_session_attrs=read-write"
        )
        try:
            with closing(PostgresMemory(standby.url(name))) as host, closing(PostgresMemory(first)) as memory:
                assert memory.remember(b"one", CODE, now())
                for call in (
                    lambda: host.remember(b"two", CODE, now()),
                    lambda: host.keep("asked", now(), timedelta(seconds=60)),
                    lambda: host.take("asked", now()),
                ):
                    with pytest.raises(SharedError, match="read-only|recovery"):
                        call()
                crashing.kill()
                standby.promote()
                for worker in (memory, host):
                    with pytest.raises(SharedError, match=WAITING):
                        worker.remember(b"one", CODE, now())
                wait(standby.url(name), KEPT)
                assert memory.remember(b"two", CODE, now())
                assert not host.remember(b"two", CODE, now())
        finally:
            standby.remove()

    def test_a_full_disk(self, crashing: Postgres) -> None:
        """Where nothing can be written, nothing is accepted; once there is room, it goes on."""
        url = crashing.database()
        with small_disk(crashing) as disk, closing(PostgresMemory.create(url)) as memory:
            crashing.sql(f"CREATE TABLESPACE small LOCATION '{disk}'")
            for table in ("replays", "challenges"):
                sql(url, f"ALTER TABLE healthpass_shared.{table} SET TABLESPACE small")
            assert memory.remember(b"one", CODE, now())
            filler = disk / "filler"
            with suppress(OSError), filler.open("wb", 0) as file:
                while True:
                    file.write(bytes(4096))
            with pytest.raises(SharedError, match="No space left"):
                all(memory.remember(b"%d" % number, b"code %d" % number, now()) for number in range(100_000))
            assert not memory.remember(b"one", CODE, now())
            filler.unlink()
            assert memory.remember(b"two", CODE, now())
            crashing.stop()


@contextmanager
def small_disk(server: Postgres) -> Iterator[Path]:
    """Give a disk of a megabyte that a server can write to."""
    disk = server.folder / "disk"
    disk.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False).returncode
    ):
        pytest.skip("needs root, who may mount a disk in memory")
    try:
        subprocess.run(["chown", "postgres", disk], check=True)
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def is_waiting(memory: PostgresMemory) -> bool:
    """Tell whether a server answers again, and knows that it crashed."""
    try:
        memory.remember(b"one", CODE, now())
    except SharedError as error:
        return WAITING in str(error)
    return False


class TestSchema:
    def test_not_made(self, postgres: Postgres) -> None:
        """A database without the tables is no memory, and no worker makes them: they may have been lost."""
        with closing(PostgresMemory(postgres.database())) as memory, pytest.raises(SharedError, match="create"):
            memory.remember(b"one", CODE, now())

    def test_made_twice_at_once(self, postgres: Postgres) -> None:
        """Several hosts may make it at once, and again: what it holds stays."""
        url = postgres.database()
        with ThreadPoolExecutor(8) as hosts:
            memories = list(hosts.map(lambda _: PostgresMemory.create(url), range(8)))
        assert memories[0].remember(b"one", CODE, now())
        memories.append(PostgresMemory.create(url))
        assert not any(memory.remember(b"one", CODE, now()) for memory in memories)
        for memory in memories:
            memory.close()

    def test_of_a_later_version(self, url: str, memory: PostgresMemory) -> None:
        """What a later version has made is refused by an earlier one, also to make it."""
        sql(url, "UPDATE healthpass_shared.settings SET version = 2")
        for call in (lambda: memory.remember(b"one", CODE, now()), lambda: PostgresMemory.create(url)):
            with pytest.raises(SharedError, match="of version 2, and this library knows 1"):
                call()

    def test_damaged(self, url: str, memory: PostgresMemory) -> None:
        """What lacks a part accepts nothing."""
        sql(url, "DROP TABLE healthpass_shared.replays")
        with pytest.raises(SharedError, match="replays"):
            memory.remember(b"one", CODE, now())
        sql(url, "DROP FUNCTION healthpass_shared.remember")
        with pytest.raises(SharedError, match="does not exist"):
            memory.remember(b"one", CODE, now())

    def test_read_only(self, url: str, memory: PostgresMemory) -> None:
        """Where a database is read-only nothing is accepted."""
        name = sql(url, "SELECT current_database()")
        sql(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        for call in (
            lambda: memory.remember(b"one", CODE, now()),
            lambda: memory.keep("asked", now(), timedelta(seconds=60)),
            lambda: memory.take("asked", now()),
        ):
            with pytest.raises(SharedError, match="read-only"):
                call()

    def test_of_strict_isolation(self, url: str, memory: PostgresMemory) -> None:
        """A database that isolates transactions more strictly changes nothing of the promises."""
        name = sql(url, "SELECT current_database()")
        sql(url, f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
        TestFlood().test_one_credential_from_many_hosts(url, memory)


class TestRoles:
    @pytest.fixture
    def worker(self, postgres: Postgres, url: str) -> Iterator[str]:
        """Give the address of a role that may do nothing."""
        role = f"worker_{url.partition('@/')[2].partition('?')[0]}"
        postgres.sql(f"CREATE ROLE {role} LOGIN")
        yield url.replace("tests@", f"{role}@")
        sql(url, f"DROP OWNED BY {role}; DROP ROLE {role}")

    def test_without_rights(self, worker: str) -> None:
        """A role that was granted nothing can do nothing."""
        with closing(PostgresMemory(worker)) as memory, pytest.raises(SharedError, match="permission denied"):
            memory.remember(b"one", CODE, now())
        with pytest.raises(SharedError, match="permission denied"):
            PostgresMemory.create(worker)

    def test_with_the_rights_of_a_worker(self, url: str, worker: str, memory: PostgresMemory) -> None:
        """A worker needs the right to call the functions, and can neither read nor change what is held."""
        role = worker.partition("//")[2].partition("@")[0]
        sql(url, f"GRANT USAGE ON SCHEMA healthpass_shared TO {role}")
        sql(url, f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA healthpass_shared TO {role}")
        with closing(PostgresMemory(worker)) as mine:
            assert mine.remember(b"one", CODE, now())
            assert not memory.remember(b"one", CODE, now())
            mine.keep("asked", now(), timedelta(seconds=60))
            assert mine.take("asked", now())
        for command in ("SELECT * FROM", "DELETE FROM", "TRUNCATE"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                sql(worker, f"{command} healthpass_shared.replays")

    def test_tables_of_a_stranger(self, url: str, worker: str, memory: PostgresMemory) -> None:
        """Who may make tables of their own does not put them in the place of the memory's."""
        role = worker.partition("//")[2].partition("@")[0]
        sql(url, f"GRANT USAGE ON SCHEMA healthpass_shared TO {role}")
        sql(url, f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA healthpass_shared TO {role}")
        assert memory.remember(b"one", CODE, now())
        with psycopg.connect(worker, autocommit=True) as connection:
            connection.execute("CREATE TEMPORARY TABLE replays (LIKE pg_class)")
            connection.execute("SET search_path = pg_temp, public")
            assert connection.execute(
                "SELECT fresh FROM healthpass_shared.remember(sha256('one'), sha256('code'), %s)",
                [int(time.time())],
            ).fetchone() == (False,)


class TestObject:
    @pytest.mark.parametrize(
        ("url", "changes", "error"),
        [
            ("postgresql://host/gate", {"timeout": 0}, ValueError),
            ("postgresql://host/gate", {"timeout": 61}, ValueError),
            ("postgresql://host/gate", {"timeout": float("nan")}, ValueError),
            ("postgresql://[::1/gate", {}, ValueError),
            ("host is not here", {}, ValueError),
            (5, {}, TypeError),
        ],
    )
    def test_wrong_arguments(self, url: Any, changes: dict[str, Any], error: type[Exception]) -> None:
        """What cannot work is not made."""
        with pytest.raises(error):
            PostgresMemory(url, **changes)

    def test_a_time_without_a_zone(self, memory: PostgresMemory) -> None:
        """What a caller gets wrong is said before anything is asked."""
        with pytest.raises(ValueError, match="time zone"):
            memory.remember(b"one", CODE, now().replace(tzinfo=None))

    def test_holds_hashes_alone(self, postgres: Postgres, url: str, memory: PostgresMemory) -> None:
        """Nothing of a presentation, a credential or a challenge comes into the database."""
        assert memory.remember(b"a presentation", b"its credential", now())
        memory.keep("a challenge", now(), timedelta(seconds=60))
        sql(url, "CHECKPOINT")
        folder = (
            postgres.folder
            / "data"
            / "base"
            / sql(url, "SELECT oid::text FROM pg_database WHERE datname = current_database()")
        )
        content = b"".join(path.read_bytes() for path in folder.iterdir())
        assert b"healthpass_shared" in content
        assert not any(word in content for word in (b"a presentation", b"its credential", b"a challenge"))

    def test_goes_on_after_it_was_closed(self, memory: PostgresMemory) -> None:
        """A memory that was closed opens another connection when it is asked."""
        assert memory.remember(b"one", CODE, now())
        memory.close()
        memory.close()
        assert not memory.remember(b"one", CODE, now())

    def test_an_interrupt_leaves_nothing_half_done(self, url: str) -> None:
        """Whoever interrupts a call that waits gets the program back, and the next call works."""
        program = (
            "import sys, signal, threading\n"
            "from datetime import UTC, datetime\n"
            "from healthpass.shared import PostgresMemory\n"
            "memory = PostgresMemory(sys.argv[1], timeout=30)\n"
            "show = lambda text: memory.remember(text, b'code', datetime.now(UTC))\n"
            "assert show(b'one')\n"
            "print('ready', flush=True)\n"
            "input()\n"
            "try:\n    show(b'two')\n"
            "except KeyboardInterrupt:\n    print('interrupted', flush=True)\n"
            "input()\n"
            "assert show(b'two') and not show(b'one')\n"
        )
        command = [sys.executable, "-c", program, url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            with TestConnection.locked(url, CODE):
                process.stdin.write("\n")
                process.stdin.flush()
                until(lambda: sql(url, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 1)
                process.send_signal(signal.SIGINT)
                assert process.stdout.readline() == "interrupted\n"
            process.communicate("\n", timeout=60)
            assert process.returncode == 0
