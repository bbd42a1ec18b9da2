"""The command line over a ledger in PostgreSQL: a day, hosts at once, wrong addresses, a server that fails."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from authorities import SECONDS, Region
from command_line import PROGRAM, Ran, Run, in_folder, runner
from healthpass import StatusPlace, inspect_unverified
from healthpass.ledger.postgres import _schema
from healthpass.shared import PostgresMemory
from healthpass.store import TrustStore
from listing import BASE, STATUS_NUMBER, StatusOffice, add_office
from postgres import Postgres

ISSUER: Final = "CN-33-01.WJW"
WHO: Final = ("--by", "officer 17", "--why", "检测阳性 a positive test")
GREEN: Final = b'{"color": "green"}'
SECRET: Final = "g3h31m"  # noqa: S105 - it is looked for


class Desk:
    """An office's desk, which has a ledger in PostgreSQL, and does all by commands, at the time that it is.

    Args:
        run: runs a command.
        url: where the ledger is.
    """

    def __init__(self, run: Run, url: str) -> None:
        self.run = run
        self.url = url

    def elsewhere(self, url: str) -> "Desk":
        """Return a desk with another ledger, and with the same keys."""
        return Desk(self.run, url)

    def status(self, command: str, *arguments: str) -> Ran:
        """Run a command of `status` over the ledger."""
        return self.run("status", command, self.url, *arguments)

    def issue(self, *arguments: str) -> Ran:
        """Issue a code."""
        issuing = ("issue", "-", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h")
        return self.run(*issuing, "--ledger", self.url, *WHO, *arguments, stdin=GREEN)

    def issued(self) -> tuple[str, str]:
        """Issue a code, and return its text and its reference."""
        ran = self.issue()
        assert (ran.code, ran.err.count("\n")) == (0, 1)  # nothing was compared with a registry
        claims = inspect_unverified(ran.out.strip()).claimed
        assert claims
        return ran.out.strip(), claims.cti.hex()

    def publish(self, *arguments: str, out: str = "lists", key: str = "STATUS.pem") -> Ran:
        """Publish the lists."""
        where = ("--base", BASE, "--valid-for", "24h", "--out", out)
        return self.status("publish", "--key", key, *where, *arguments)

    def head(self) -> str:
        """Return the head of the log."""
        return str(self.status("show", "--json").json()["head"])


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Run]:
    """Run the command line in a folder with an office's keys, where all times are UTC."""
    with in_folder(tmp_path) as patched:
        for name in [name for name in os.environ if name.startswith("PG")]:
            patched.delenv(name)
        office = StatusOffice(ISSUER)
        Path("KEY.pem").write_text(office.key().to_pem())
        Path("STATUS.pem").write_text(office.key(STATUS_NUMBER).to_pem())
        yield runner(capsys, patched)


@pytest.fixture
def empty(run: Run, postgres: Postgres) -> Desk:
    """Give a desk with a database, and no ledger in it."""
    return Desk(run, postgres.database())


@pytest.fixture
def desk(empty: Desk) -> Desk:
    """Give a desk with a ledger."""
    assert empty.status("init", "--issuer", ISSUER).code == 0
    return empty


@pytest.fixture
def gate(run: Run) -> TrustStore:
    """Return a gate that trusts Zhejiang, whose registry lists the office."""
    del run  # for its folder
    now = datetime.now(UTC)
    hour = int(now.timestamp()) - 3600
    zhejiang = Region("CN-33", issued=hour)
    office = add_office(zhejiang, ISSUER)
    for number in (1, STATUS_NUMBER):
        office.list(number, valid_from=hour, valid_until=hour + 90 * SECONDS)
    zhejiang.publish(issued=hour)
    store = TrustStore.create("gate")
    store.pin_document(zhejiang.roots[0], digest=zhejiang.pin.digest, at=now)
    store.update(zhejiang.bundle(), at=now)
    return store


def database_of(url: str) -> str:
    """Return the name of the database in an address of the tests' server."""
    return url.rpartition("/")[2] if "?" not in url else url.partition("?")[0].rpartition("/")[2]


def copied(postgres: Postgres, url: str) -> str:
    """Copy a database as it is, as a standby has it that gets nothing more, and return its address."""
    name = f"{database_of(url)}_before"
    postgres.sql(f"CREATE DATABASE {name} TEMPLATE {database_of(url)}")
    return postgres.url(name)


class TestDay:
    """All commands, one after the other."""

    @pytest.mark.usefixtures("gate")
    def test_from_a_ledger_to_a_gate(self, empty: Desk) -> None:
        """A code is issued, published as good, withdrawn, and refused by the gate that took the newer list."""
        desk = empty
        ran = desk.status("init", "--issuer", ISSUER)
        assert (ran.code, ran.out, ran.err) == (0, f"{desk.url} is the ledger of {ISSUER} now\n", "")
        (text, cti), (other, wrong) = desk.issued(), desk.issued()
        listed = desk.status("list")
        assert (sorted(listed.out.split()), listed.err) == (sorted([cti, wrong]), "2 codes\n")
        ran = desk.publish("--trust", "gate", "--bundle", "lists.cbor")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("list 0: 0 withdrawn, ")
        assert desk.run("trust", "update", "gate", "lists.cbor").code == 0
        verify = ("verify", "--trust", "gate", text)
        assert desk.run(*verify).code == 0

        ran = desk.status("revoke", "--set-by", "officer 17", "--max", "1", *WHO)
        assert (ran.code, ran.out) == (2, "")  # nobody is here to agree
        ran = desk.status("revoke", "--batch", "2", "--dry-run", *WHO)
        assert ran.out == f"1 would be withdrawn, 0 already, 0 unknown\n  {cti}\n"
        ran = desk.status("revoke", cti, "00" * 12, *WHO)
        assert (ran.code, ran.out) == (
            1,
            "1 withdrawn, 0 already, 1 unknown; batch 5\n",
        )
        assert f"the ledger knows no code {'00' * 12}\n" in ran.err
        _, right = desk.issued()
        ran = desk.status("correct", wrong, "--new", right, *WHO)
        assert (ran.code, ran.out) == (0, f"{wrong} withdrawn, {right} in its place\n")
        assert desk.status("correct", wrong, "--new", "00" * 12, *WHO).code == 1
        assert desk.publish("--published", "lists").out.startswith("list 0: 2 withdrawn, ")
        assert desk.run("trust", "update", "gate", "lists").code == 0
        assert desk.run(*verify).out.startswith("NOT VALID  revoked\n")
        assert desk.run("verify", "--trust", "gate", other).code == 1
        ran = desk.run("health", "--ledger", desk.url, "--published", "lists", "--store", "gate", "--json")
        levels = {one["what"]: (one["name"], one["level"]) for one in ran.json()["checks"]}
        assert (levels["ledger"][1], levels["published"]) == ("ok", ("lists", "ok"))

    def test_who_did_what(self, desk: Desk) -> None:
        """What was done is told, proven, and checked by heads that were kept; nothing is forgotten too soon."""
        _, cti = desk.issued()
        kept = desk.head()
        assert desk.status("revoke", cti, *WHO).code == 0
        assert desk.publish().code == 0
        head = desk.head()
        ran = desk.status("history", cti)
        assert ran.code == 0
        assert ran.out.splitlines()[0].endswith(f"+00:00  issued by {WHO[1]}: {WHO[3]}")
        assert ran.out.endswith(f"the log is whole: 4 lines; head {head}\n")
        assert desk.status("history", "--batch", "2", "--json").json()["withdrawn"] == 1
        assert desk.status("history", "00" * 12).code == 1
        assert desk.status("check", "--head", kept, "--head", head).code == 0
        ran = desk.status("check", "--head", f"4:{'00' * 32}")
        assert (ran.code, ran.out[:8]) == (1, "TAMPERED")
        assert desk.status("proof", cti, "--out", "PROOF.json").code == 0
        assert desk.run("status", "check", "PROOF.json", "--head", head).code == 0
        assert desk.run("status", "check", "PROOF.json", "--head", kept).code == 1
        shown = desk.status("show")
        assert (shown.code, shown.first_words()) == (0, ["issuer", "log", "list", "list"])
        assert desk.run("status", "show", "lists/0.cbor").code == 0
        assert desk.status("forget", "--keep-history", "8d", "--after-pause").out == "0 forgotten\n"
        assert desk.status("forget", "--keep-history", "1d").code == 2
        assert desk.status("history", cti).code == 0

    def test_a_log_in_wrong_hands(self, desk: Desk, postgres: Postgres) -> None:
        """What was changed behind the ledger's back is found, with exit code 1, as with a folder."""
        _, cti = desk.issued()
        postgres.sql(
            "UPDATE healthpass_ledger.log SET facts = replace(facts, 'officer 17', 'officer 18') WHERE number = 2",
            database_of(desk.url),
        )
        for command in (("check",), ("history", cti), ("proof", cti, "--out", "PROOF.json")):
            ran = desk.status(*command)
            assert ran.code == 1, command
            assert "tampered with: line 2 " in ran.out + ran.err
        assert not Path("PROOF.json").exists()


class TestHosts:
    """Several hosts, each with processes of its own."""

    def test_issue_at_once(self, desk: Desk) -> None:
        """Programs that run at the same time get different places, and each sees what another has done."""
        arguments = ["issue", "-", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h"]
        arguments += ["--ledger", desk.url, *WHO]

        def issue(_: int) -> StatusPlace:
            ran = subprocess.run([*PROGRAM, *arguments], input=GREEN, capture_output=True, check=False)
            assert ran.returncode == 0, ran.stderr
            claims = inspect_unverified(ran.stdout.decode().strip()).claimed
            assert claims
            assert claims.health.status
            return claims.health.status

        with ThreadPoolExecutor(4) as pool:
            places = list(pool.map(issue, range(6)))
        assert len(set(places)) == 6
        ctis = desk.status("list").out.split()
        assert len(ctis) == 6
        ran = subprocess.run(
            [*PROGRAM, "status", "revoke", desk.url, *ctis[:2], *WHO], capture_output=True, check=False
        )
        assert ran.returncode == 0
        assert desk.status("show", "--json").json()["lists"][0] == {"list": 0, "withdrawn": 2}
        assert desk.status("check").code == 0

    def test_publish_into_one_folder(self, desk: Desk) -> None:
        """Two hosts that publish at once leave lists that either takes for its own."""
        publishing = ["status", "publish", desk.url, "--key", "STATUS.pem", "--base", BASE, "--valid-for", "24h"]
        running = [
            subprocess.Popen([*PROGRAM, *publishing, "--out", "lists"], stdout=subprocess.PIPE) for _ in range(2)
        ]
        assert [(one.communicate(), one.returncode)[1] for one in running] == [0, 0]
        assert desk.publish().code == 0


class TestPublish:
    """A ledger beside which no lists are kept is compared with those where the next ones go."""

    def behind(self, desk: Desk, postgres: Postgres) -> Desk:
        """Return a desk at the ledger as it was before a code was withdrawn and the lists were published."""
        _, cti = desk.issued()
        before = copied(postgres, desk.url)
        assert desk.status("revoke", cti, *WHO).code == 0
        assert desk.publish().code == 0
        return desk.elsewhere(before)

    def test_a_standby_that_lacked_something(self, desk: Desk, postgres: Postgres) -> None:
        """A ledger that says less than the last lists publishes nothing, and its log stays as it was."""
        other = self.behind(desk, postgres)
        lists, head = Path("lists/0.cbor").read_bytes(), other.head()
        ran = other.publish()
        assert (ran.code, ran.out) == (3, "")
        assert "1 codes of list 0 were published as withdrawn, and the ledger says nothing of it" in ran.err
        assert "hint: a server took over, or a copy was put back, that lacks something" in ran.err
        assert (Path("lists/0.cbor").read_bytes(), other.head()) == (lists, head)
        assert other.publish("--published", "lists", out="elsewhere").code == 3
        assert other.publish(out="elsewhere").code == 0  # where nobody can know
        assert desk.status("check", "--head", head).code == 0

    def test_a_new_key(self, desk: Desk, postgres: Postgres) -> None:
        """Lists of a key that the command does not know stop no publishing, and it is said; by its key they do."""
        assert desk.run("keygen", "--out", "NEW.pem", "--public", "NEW.pub.pem").code == 0
        other = self.behind(desk, postgres)
        assert desk.publish(key="NEW.pem").err == (
            "hint: not compared: 2 lists in 'lists' of another key; --status-key PUB.pem names it\n"
        )
        ran = other.publish("--status-key", "NEW.pub.pem")
        assert ran.code == 3
        Path("lists/1.cbor").write_bytes(b"garbage")
        ran = other.publish()
        assert (ran.code, ran.err) == (
            0,
            "hint: not compared: 2 lists in 'lists' of another key; --status-key PUB.pem names it\n",
        )

    def test_a_list_that_was_changed(self, desk: Desk) -> None:
        """A list with our kid, and without our signature, is an error: the folder is in wrong hands."""
        assert desk.publish().code == 0
        data = bytearray(Path("lists/0.cbor").read_bytes())
        data[-1] ^= 1
        Path("lists/0.cbor").write_bytes(data)
        ran = desk.publish()
        assert (ran.code, ran.out) == (3, "")
        assert "cannot be compared" in ran.err


class TestAddress:
    """What is no address, and what stands in one that nobody may see."""

    COMMANDS: Final = (
        ("status", "init", "{}", "--issuer", ISSUER),
        ("status", "migrate", "{}"),
        ("status", "revoke", "{}", "00" * 12, *WHO),
        ("status", "list", "{}"),
        ("status", "correct", "{}", "00" * 12, "--new", "11" * 12, *WHO),
        ("status", "publish", "{}", "--key", "STATUS.pem", "--base", BASE, "--valid-for", "24h", "--out", "lists"),
        ("status", "forget", "{}"),
        ("status", "show", "{}"),
        ("status", "history", "{}", "00" * 12),
        ("status", "check", "{}"),
        ("status", "proof", "{}", "00" * 12, "--out", "PROOF.json"),
        ("status", "backup", "{}", "--out", "COPY.db"),
        ("status", "restore", "COPY.db", "{}", *WHO),
        ("status", "restore", "{}", "ledger", *WHO),
        ("issue", "-", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h", "--ledger", "{}", *WHO),
        ("health", "--ledger", "{}"),
    )

    BULK: Final = (
        ("bulk", "issue", "rows.csv", "--out", "out", "--issuer", ISSUER, "--key", "KEY.pem", "--run", "night",
         "--valid-for", "24h", "--ledger", "{}", *WHO),
        ("bulk", "withdraw", "rows.csv", "--out", "out", "--ledger", "{}", *WHO),
    )  # fmt: skip

    @pytest.mark.parametrize("command", [*COMMANDS, *BULK], ids=" ".join)
    def test_a_password(self, run: Run, command: tuple[str, ...]) -> None:
        """Each command refuses a password that everybody sees, says where it belongs, and does not repeat it."""
        before = sorted(Path().iterdir())
        ran = run(*(one.format(f"postgresql://office:{SECRET}@127.0.0.1:1/x") for one in command), stdin=GREEN)
        assert (ran.code, ran.out) == (3 if command[0] == "health" else 2, "")
        assert "everybody on this machine sees the password" in ran.err
        assert "~/.pgpass" in ran.err
        assert SECRET not in ran.err
        assert sorted(Path().iterdir()) == before

    @pytest.mark.parametrize(
        "text",
        [
            f"postgresql://office:{SECRET}@127.0.0.1:1/x",
            f"postgres://office:{SECRET}@127.0.0.1:1/x",
            f"postgresql://office:{SECRET}@@127.0.0.1:1/x",
            f"postgresql://office:{SECRET}?@127.0.0.1:1/x",
            f"postgresql://127.0.0.1:1/x?password={SECRET}",
            f"postgresql://127.0.0.1:1/x?pass%77ord={SECRET}",
            f"postgresql://127.0.0.1:1/x?user=office&sslpassword={SECRET}",
        ],
    )
    def test_forms_of_a_password(self, run: Run, text: str) -> None:
        """A password is found wherever PostgreSQL would find it."""
        ran = run("status", "show", text)
        assert (ran.code, ran.out) == (2, "")
        assert "everybody on this machine sees the password" in ran.err
        assert SECRET not in ran.err

    @pytest.mark.parametrize(
        "text",
        [
            f"postgresql://office:{SECRET}/x@127.0.0.1:1/x",
            f"postgresql://office:123/{SECRET}@127.0.0.1:1/x",
            f"postgresql://office:1?{SECRET}/@127.0.0.1:1/x",
            f"postgresql:office:{SECRET}@127.0.0.1:1/x",
            f"postgresql:/office:{SECRET}@127.0.0.1:1/x",
            f"PostgreSQL://office:{SECRET}@127.0.0.1:1/x",
            f" postgresql://office:{SECRET}@127.0.0.1:1/x",
            f"postgresq://office:{SECRET}@127.0.0.1:1/x",
            f"jdbc:postgresql://127.0.0.1:1/x?password={SECRET}",
            f"host=127.0.0.1 dbname=x password={SECRET}",
            f"dbname = x password={SECRET}",
            f"postgresql://[::1/{SECRET}",
            f"postgresql://127.0.0.1:1/x?nothing={SECRET}",
            f"postgresql://127.0.0.1:1/\udc80{SECRET}",
            f"postgresql://127.0.0.1:1/x\0{SECRET}",
            f"postgresql://127.0.0.1:1/x%{SECRET}",
        ],
    )
    def test_slips(self, run: Run, text: str) -> None:
        """What is mistyped is refused, makes nothing, and is not repeated: it may hold a password."""
        before = sorted(Path().rglob("*"))
        for command in (("init", text, "--issuer", ISSUER), ("show", text), ("check", text), ("migrate", text)):
            ran = run("status", *command)
            assert (ran.code, ran.out) == (2, ""), command
            assert "postgresql://user@host/database" in ran.err
            assert SECRET not in ran.err
        assert sorted(Path().rglob("*")) == before

    @pytest.mark.parametrize("name", ["./postgresql:db", "./host=x", "a:", "2026:ledger", "year/user=office"])
    def test_a_folder_with_an_odd_name(self, run: Run, name: str) -> None:
        """A folder may be called what it likes; one that looks like an address is told by `./`."""
        Path("year").mkdir()
        assert run("status", "init", name, "--issuer", ISSUER).code == 0
        assert run("status", "check", name).code == 0

    def test_the_extra_is_missing(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without psycopg, it is one line that says what to install; a folder needs none."""
        there = ("psycopg", "healthpass.ledger.postgres")
        for module in [name for name in sys.modules if name.startswith(there)]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, "psycopg", None)
        for command in (("show",), ("init", "--issuer", ISSUER), ("migrate",)):
            ran = run("status", command[0], "postgresql://127.0.0.1:1/x", *command[1:])
            assert (ran.code, ran.out) == (3, "")
            assert ran.err == (
                "healthpass: error: a ledger in PostgreSQL needs more packages\n"
                "hint: pip install 'healthpass[postgres]'\n"
            )
        assert run("status", "init", "ledger", "--issuer", ISSUER).code == 0

    def test_help_loads_no_driver(self) -> None:
        """The help, and what works in a folder, starts without psycopg."""
        commands = [["--help"], ["status", "--help"], ["status", "init", "--help"], ["status", "show", "nothing"]]
        commands += [["issue", "--help"], ["health", "--ledger", "nothing"]]
        program = "import sys; from healthpass.cli import main\n"
        program += f"for one in {commands!r}: main(one)\nsys.exit('psycopg' in sys.modules)"
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert ran.returncode == 0
        assert ran.stdout.count("postgresql://user@host/database") >= 3


class TestServer:
    """A server that does not do what is asked."""

    def test_is_down(self, desk: Desk, postgres: Postgres) -> None:
        """Every command says so in one line, with exit code 3, and does nothing; afterwards all is as it was."""
        head = desk.head()
        postgres.stop("immediate")
        try:
            runs = [
                desk.run(*(one.format(desk.url) for one in command), stdin=GREEN)
                for command in TestAddress.COMMANDS
                if command[1] not in {"backup", "restore"} and command[0] != "health"
            ]
            health = desk.run("health", "--ledger", desk.url)
        finally:
            postgres.start()
        for ran in runs:
            assert (ran.code, ran.out) == (3, "")
            assert re.fullmatch("healthpass: error: cannot .* the ledger .*: connection .*\n", ran.err)
        assert health.code == 2
        assert health.out.startswith("HEALTHPASS CRITICAL - ledger postgresql://")
        assert not Path("lists").exists()
        assert desk.head() == head

    def test_a_wrong_database(self, desk: Desk, postgres: Postgres) -> None:
        """A database that is not there, or holds no ledger, is told; none is made."""
        nowhere, other = desk.elsewhere(postgres.url("nowhere")), desk.elsewhere(postgres.database())
        ran = nowhere.status("init", "--issuer", ISSUER)
        assert (ran.code, ran.out) == (3, "")
        assert 'database "nowhere" does not exist' in ran.err
        for command in (("show",), ("list",), ("forget",), ("migrate",), ("revoke", "00" * 12, *WHO)):
            ran = other.status(*command)
            assert (ran.code, ran.out) == (3, ""), command
            assert "there is no ledger in this database" in ran.err
            assert "hint: healthpass status init" in ran.err
        assert other.issue().code == 3
        ran = other.run("health", "--ledger", other.url)
        assert (ran.code, "there is no ledger in this database" in ran.out) == (2, True)
        schemas = postgres.sql("SELECT nspname FROM pg_namespace", database_of(other.url))
        assert "healthpass" not in schemas

    def test_there_is_one_already(self, desk: Desk) -> None:
        """A second ledger in one database is refused, with exit code 2, whosever; the first is as it was."""
        head = desk.head()
        for issuer in (ISSUER, "CN-31.WJW"):
            ran = desk.status("init", "--issuer", issuer)
            assert (ran.code, ran.out) == (2, "")
            assert "there is one in this database" in ran.err
        assert desk.head() == head

    def test_an_issuer_that_is_none(self, empty: Desk, postgres: Postgres) -> None:
        """Nothing is made for what is no issuer id; nor is a code issued for another one's ledger."""
        assert empty.status("init", "--issuer", "hangzhou").code == 2
        assert postgres.sql("SELECT to_regnamespace('healthpass_ledger')", database_of(empty.url)).strip() == ""
        assert empty.status("init", "--issuer", "CN-31.WJW").code == 0
        ran = empty.issue()
        assert (ran.code, ran.out) == (2, "")
        assert "is the ledger of CN-31.WJW, and the code is of CN-33-01.WJW" in ran.err

    def test_a_template(self, empty: Desk, postgres: Postgres) -> None:
        """A database that new ones are copies of holds no ledger: two of one secret would be there."""
        ran = empty.elsewhere(postgres.url("template1")).status("init", "--issuer", ISSUER)
        assert (ran.code, ran.out) == (3, "")
        assert "the database is a template" in ran.err
        assert postgres.sql("SELECT to_regnamespace('healthpass_ledger')", "template1").strip() == ""

    def test_freezes(self, desk: Desk, postgres: Postgres) -> None:
        """A server that answers nothing is waited for some seconds, and no longer."""
        postgres.freeze()
        try:
            ran = desk.run("health", "--ledger", desk.url)
        finally:
            postgres.thaw()
        assert (ran.code, "connection timeout expired" in ran.out) == (2, True)

    def test_without_rights(self, desk: Desk, postgres: Postgres) -> None:
        """A role that may do nothing learns no more; one that may read can watch and check, and change nothing."""
        name = database_of(desk.url)
        _, cti = desk.issued()
        postgres.sql(f"CREATE ROLE stranger_{name} LOGIN; CREATE ROLE reader_{name} LOGIN")
        postgres.sql(
            f"GRANT USAGE ON SCHEMA healthpass_ledger TO reader_{name};"
            f"GRANT SELECT ON ALL TABLES IN SCHEMA healthpass_ledger TO reader_{name}",
            name,
        )
        stranger, reader = (
            desk.elsewhere(desk.url.replace("tests@", f"{role}_{name}@")) for role in ("stranger", "reader")
        )
        for command in (("show",), ("revoke", cti, *WHO), ("migrate",), ("init", "--issuer", ISSUER)):
            ran = stranger.status(*command)
            assert (ran.code, ran.out) == (2 if command[0] == "init" else 3, ""), command
        ran = stranger.run("health", "--ledger", stranger.url)
        assert (ran.code, "this role may not do it" in ran.out) == (3, True)
        for reading in (("show",), ("check",), ("history", cti), ("list",)):
            assert reader.status(*reading).code == 0, reading
        assert reader.run("health", "--ledger", reader.url).code == 1  # nothing was published yet
        for changing in (("revoke", cti, *WHO), ("forget",)):
            ran = reader.status(*changing)
            assert (ran.code, ran.out) == (3, ""), changing
            assert "this role may not do it" in ran.err
        assert (reader.publish().code, reader.issue().code) == (3, 3)
        assert not Path("lists").exists()

    def test_a_password_of_a_file(self, desk: Desk, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
        """A password comes from the file that PGPASSFILE names; without it, and with a wrong one, it is told."""
        role = f"locked_{database_of(desk.url)}"
        postgres.sql(
            f"SET password_encryption = 'scram-sha-256'; CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{SECRET}'"
        )
        rules = Path(postgres.sql("SHOW hba_file").strip())
        before = rules.read_text()
        rules.write_text(f"local all {role} scram-sha-256\n{before}")
        postgres.sql("SELECT pg_reload_conf()")
        locked = desk.elsewhere(desk.url.replace("tests@", f"{role}@"))
        monkeypatch.setenv("PGPASSFILE", str(Path("pass").absolute()))
        try:
            for held in (None, f"*:*:*:*:wrong{SECRET}"):
                if held:
                    Path("pass").write_text(held)
                    Path("pass").chmod(0o600)
                ran = locked.status("show")
                assert (ran.code, ran.out) == (3, "")
                assert "password" in ran.err
                assert "PGPASSFILE" in ran.err
                assert SECRET not in ran.err
            Path("pass").write_text(f"*:*:*:{role}:{SECRET}")
            assert locked.status("show").code == 0
        finally:
            rules.write_text(before)
            postgres.sql("SELECT pg_reload_conf()")

    def test_a_service_file(self, desk: Desk, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
        """All of an address can stand in a service file of libpq's."""
        service = f"[office]\nhost={postgres.folder}\nuser=tests\ndbname={database_of(desk.url)}\n"
        Path("service.conf").write_text(service)
        monkeypatch.setenv("PGSERVICEFILE", str(Path("service.conf").absolute()))
        named = desk.elsewhere("postgresql:///?service=office")
        assert named.head() == desk.head()
        health = desk.run("health", "--ledger", named.url, "--ledger", desk.url, "--json").json()
        assert [one["name"] for one in health["checks"]] == [
            "postgresql:///?service=office",
            f"postgresql://{postgres.folder}/{database_of(desk.url)}",
        ]
        assert named.issue().code == 0
        ran = desk.elsewhere("postgresql:///?service=nobodys").status("show")
        assert (ran.code, 'service "nobodys" not found' in ran.err) == (3, True)


class TestMigrate:
    """`healthpass status migrate`."""

    def test_an_older_version(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """A ledger of an older version is used by nobody until it was brought up; then of the older program's."""
        _, cti = desk.issued()
        ran = desk.status("migrate")
        assert (ran.code, ran.out, ran.err) == (
            0,
            f"{desk.url}: its tables are of version 1; nothing was to do\n",
            "",
        )
        with monkeypatch.context() as newer:
            later = [*_schema.MIGRATIONS, "ALTER TABLE ledger ADD COLUMN note text"]
            newer.setattr(_schema, "MIGRATIONS", later)
            for command in (("show",), ("revoke", cti, *WHO)):
                ran = desk.status(*command)
                assert (ran.code, ran.out) == (3, "")
                assert "run `healthpass status migrate`" in ran.err
            ran = desk.status("migrate")
            assert (ran.code, ran.out) == (
                0,
                f"{desk.url}: its tables are of version 2; they were of version 1\n",
            )
            assert desk.status("revoke", cti, *WHO).code == 0
        for command in (("show",), ("migrate",)):
            ran = desk.status(*command)
            assert (ran.code, ran.out) == (3, "")
            assert "use a newer one" in ran.err

    def test_a_migration_that_fails(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing is changed then."""
        with monkeypatch.context() as newer:
            later = [*_schema.MIGRATIONS, "ALTER TABLE ledger ADD COLUMN note text; SELECT 1 / 0"]
            newer.setattr(_schema, "MIGRATIONS", later)
            ran = desk.status("migrate")
            assert (ran.code, ran.out) == (3, "")
        assert desk.status("check").code == 0

    def test_a_folder(self, run: Run) -> None:
        """A ledger in a folder needs none; what is no ledger is told."""
        assert run("status", "init", "ledger", "--issuer", ISSUER).code == 0
        ran = run("status", "migrate", "ledger")
        assert (ran.code, ran.out) == (0, "ledger: a ledger in a folder needs no migration\n")
        assert run("status", "migrate", "nothing").code == 3


class TestCopies:
    """`healthpass status backup` and `restore` are for folders."""

    def test_are_postgresqls(self, desk: Desk) -> None:
        """What to do with PostgreSQL in their place is said in one sentence, and what to do afterwards."""
        for command in (
            ("backup", desk.url, "--out", "COPY.db"),
            ("restore", "COPY.db", desk.url, *WHO),
            ("restore", desk.url, "ledger", *WHO),
        ):
            ran = desk.run("status", *command)
            assert (ran.code, ran.out) == (2, "")
            assert "pg_basebackup with an archive of the WAL, or by pg_dump" in ran.err
            assert "hint: after one was put back: healthpass status check LEDGER --head N:HASH" in ran.err
        assert not Path("COPY.db").exists()
        assert not Path("ledger").exists()


class TestSharing:
    """`gate share` makes what gates share, where `open_memory` finds it."""

    def test_makes_the_tables_once(self, empty: Desk) -> None:
        """A second time is no error; what is shared is one memory then, and a challenge is taken from it once."""
        for _ in range(2):
            ran = empty.run("gate", "share", empty.url)
            assert (ran.code, ran.out) == (0, f"{empty.url} has what gates share now\n")
            assert "EXECUTE on all functions" in ran.err
        one, other = PostgresMemory(empty.url), PostgresMemory(empty.url)
        now = datetime.now(UTC)
        one.keep("HPC1:A", now, timedelta(minutes=2))
        assert [other.take("HPC1:A", now), one.take("HPC1:A", now)] == [True, False]
        one.close()
        other.close()

    @pytest.mark.parametrize(
        ("address", "code", "why"),
        [
            ("memory", 2, "a file needs no tables"),
            ("https://db.example/gate", 2, "looks like an address, and is none"),
            (f"postgresql://gate:{SECRET}@127.0.0.1:1/x", 2, "everybody on this machine sees the password"),
            (f"postgresql://gate:{SECRET}/@127.0.0.1:1/x", 2, "no address of a database"),
            ("postgresql://gate@127.0.0.1:1/x", 3, "the shared memory cannot be used"),
        ],
    )
    def test_says_why_not(self, run: Run, address: str, code: int, why: str) -> None:
        """What cannot be done is one line, without a password."""
        ran = run("gate", "share", address)
        assert (ran.code, ran.out) == (code, "")
        assert why in ran.err
        assert SECRET not in ran.err
