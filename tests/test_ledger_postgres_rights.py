"""A ledger in PostgreSQL, and who may do what with it: roles, databases, passwords, hostile objects beside it."""

import logging
import os
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from forging import KEY
from healthpass import HolderKey
from healthpass.ledger import (
    CodeRecord,
    LedgerError,
    Selection,
    holds_password,
    publish,
)
from healthpass.ledger.contract._desk import DAY, KEPT, WHO, ctis_of
from healthpass.ledger.postgres import PostgresLedger
from postgres import Postgres
from postgres_desk import ISSUER, SCHEMA, PostgresDesk

SECRET: Final = "g3h31m"  # noqa: S105 - it is looked for


@pytest.fixture
def desk(postgres: Postgres, tmp_path: Path) -> Iterator[PostgresDesk]:
    """Give an office with a new ledger."""
    with closing(PostgresDesk(postgres, tmp_path / "ledger")) as made:
        yield made


def deeds(ledger: Any, code: CodeRecord) -> list[Any]:
    """Return what changes a ledger."""
    return [
        ledger.take,
        lambda: ledger.revoke(code.cti, **WHO),
        lambda: ledger.correct(code.cti, new=bytes(12), **WHO),
        lambda: ledger.forget(after_pause=True),
        lambda: publish(ledger, "https://s.example", KEY, lifetime=DAY),
    ]


class TestRights:
    """Whoever may not do something is told so, and nothing is half done."""

    def as_role(self, desk: PostgresDesk, *grants: str) -> str:
        """Make a role with these rights, and return its address."""
        role = f"role_{os.urandom(6).hex()}"
        desk.sql(f"CREATE ROLE {role} LOGIN")
        for grant in grants:
            desk.sql(f"GRANT {grant} TO {role}")
        return desk.address.replace("tests@", f"{role}@")

    def test_a_role_without_any(self, desk: PostgresDesk) -> None:
        """It can neither open the ledger nor make one."""
        url = self.as_role(desk)
        for call in (PostgresLedger, PostgresLedger.migrate, lambda where: PostgresLedger.create(where, ISSUER)):
            with pytest.raises(LedgerError, match="this role may not do it|there is one in this database"):
                call(url)

    def test_a_role_that_reads(self, desk: PostgresDesk) -> None:
        """It reads all, and each deed is refused."""
        (code,) = desk.issue()
        url = self.as_role(desk, f"USAGE ON SCHEMA {SCHEMA}", f"SELECT ON ALL TABLES IN SCHEMA {SCHEMA}")
        with closing(PostgresLedger(url)) as ledger:
            assert ledger.verify_chain() == desk.ledger.head()
            for call in deeds(ledger, code):
                with pytest.raises(LedgerError, match="this role may not do it"):
                    call()

    def test_a_role_that_writes_and_owns_nothing(self, desk: PostgresDesk) -> None:
        """It cannot make the table of a new day, and says so before it has done anything."""
        desk.issue()
        all_tables = f"SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA}"
        url = self.as_role(desk, f"USAGE ON SCHEMA {SCHEMA}", all_tables)
        head = desk.ledger.head()
        with closing(PostgresLedger(url)) as ledger:
            with pytest.raises(LedgerError, match="this role may not do it"):
                ledger.record([desk.code(ledger, expires_at=desk.now + 5 * DAY)])
            assert ledger.head() == head
            ledger.record([desk.code(ledger)])
        assert len(desk.chosen()) == 2

    @pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
    def test_a_database_of_another_encoding(self, postgres: Postgres, encoding: str) -> None:
        """It is refused, and nothing is made."""
        name = f"of_{encoding.lower()}"
        postgres.sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING {encoding}")
        with pytest.raises(LedgerError, match="the database must have the encoding UTF8"):
            PostgresLedger.create(postgres.url(name), ISSUER)
        assert postgres.sql(f"SELECT to_regnamespace('{SCHEMA}')", name).strip() == ""

    @pytest.mark.parametrize(("version", "told"), [(0, "run `healthpass status migrate`"), (9, "use a newer one")])
    def test_tables_of_another_version(self, desk: PostgresDesk, version: int, told: str) -> None:
        """Neither one that opens the ledger nor one that has it open does anything."""
        (code,) = desk.issue()
        desk.sql("UPDATE version SET version = %s", version)
        before = desk.sql("SELECT * FROM ledger"), desk.sql("SELECT * FROM log")
        for call in (lambda: PostgresLedger(desk.address), *deeds(desk.ledger, code)[1:], desk.ledger.head):
            with pytest.raises(LedgerError, match=f"are of version {version}.*{told}"):
                call()
        assert before == (desk.sql("SELECT * FROM ledger"), desk.sql("SELECT * FROM log"))


class TestPassword:
    @pytest.mark.parametrize(
        ("text", "holds"),
        [
            (f"postgresql://office:{SECRET}@127.0.0.1:1/x", True),
            (f"postgres://127.0.0.1:1/x?sslpassword={SECRET}", True),
            (f"postgresql://127.0.0.1:1/x?pass%77ord={SECRET}", True),
            (f"postgresql://office:{SECRET}?@127.0.0.1:1/x", True),
            (f"postgresql://office:a@{SECRET}@127.0.0.1:1/x", True),
            (f"postgresql://office:{SECRET}/x@127.0.0.1:1/x", None),
            (f"postgresql://office:12/{SECRET}@127.0.0.1:1/x", None),
            (f"postgresql://127.0.0.1:{SECRET}/x", None),
            (f"postgresql://127.0.0.1:1/x\0{SECRET}", None),
            (f"postgresql://[::1/{SECRET}", None),
            (f"host=127.0.0.1 password={SECRET}", None),
        ],
    )
    def test_is_never_shown(self, text: str, holds: bool | None, caplog: pytest.LogCaptureFixture) -> None:  # noqa: FBT001
        """Neither in an error nor what it comes from, in a log, or in what a ledger says of itself."""
        caplog.set_level(logging.DEBUG)
        told = []
        for call in (PostgresLedger, PostgresLedger.migrate, lambda where: PostgresLedger.create(where, ISSUER)):
            with pytest.raises(LedgerError) as caught:
                call(text)
            error: BaseException | None = caught.value
            while error is not None:
                told += [str(error), repr(error)]
                error = error.__cause__
        try:
            assert holds_password(text) is holds
        except LedgerError as error:
            assert holds is None
            told.append(str(error))
        assert SECRET not in "".join(told) + caplog.text

    def test_of_a_ledger_that_is_open(self, desk: PostgresDesk, caplog: pytest.LogCaptureFixture) -> None:
        """Nor is it when all goes well, or when the server fails later."""
        caplog.set_level(logging.DEBUG)
        with closing(PostgresLedger(desk.address.replace("tests@", f"tests:{SECRET}@"))) as ledger:
            desk.issue(ledger=ledger)
            desk.sql("UPDATE version SET version = 9")
            with pytest.raises(LedgerError) as caught:
                ledger.head()
            assert SECRET not in f"{caught.value}{ledger!r}{vars(ledger)}{caplog.text}{ledger._database.name}"
        assert caplog.text


class TestHostileObjects:
    """What lies in the database beside the ledger, or is set for it, changes nothing."""

    TABLES: Final = ("ledger", "log", "all_codes", "every_code", "staged", "version", "days", "devices", "lists")
    HOSTILE: Final = (
        "CREATE FUNCTION public.strike() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'struck'; END$$",
        *(
            f"CREATE FUNCTION public.{name} RETURNS {kind} LANGUAGE sql AS 'SELECT public.strike()::text::{kind}'"
            for name, kind in (
                ("now()", "timestamptz"),
                ("clock_timestamp()", "timestamptz"),
                ("to_regclass(text)", "regclass"),
                ("pg_advisory_xact_lock(bigint)", "text"),
                ("max(integer)", "integer"),
                ("min(integer)", "integer"),
                ("sum(bigint)", "bigint"),
                ("unnest(bytea[])", "bytea"),
                ("unnest(bigint[])", "bigint"),
            )
        ),
        "CREATE FUNCTION public.same(bytea, bytea) RETURNS boolean LANGUAGE sql AS 'SELECT public.strike()'",
        "CREATE FUNCTION public.same(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT public.strike()'",
        "CREATE OPERATOR public.= (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = public.same)",
        "CREATE OPERATOR public.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = public.same)",
        "CREATE OPERATOR public.<= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = public.same)",
        *(f"CREATE TABLE public.{name} (struck integer)" for name in TABLES),
    )
    SETTINGS: Final = {
        "search_path": "public, pg_catalog",
        "standard_conforming_strings": "off",
        "bytea_output": "escape",
        "datestyle": "'SQL, DMY'",
        "default_transaction_isolation": "serializable",
        "default_transaction_deferrable": "on",
        "synchronous_commit": "off",
        "client_encoding": "latin1",
        "escape_string_warning": "on",
        "timezone": "'Asia/Shanghai'",
        "lock_timeout": "1",
        "idle_in_transaction_session_timeout": "1",
    }

    def test_are_not_used(self, postgres: Postgres) -> None:
        """Neither functions, operators and tables in public nor settings of the database."""
        url = postgres.database()
        postgres.sql("; ".join(self.HOSTILE), url)
        name = url.removeprefix("postgresql://tests@/").partition("?")[0]
        for setting, value in self.SETTINGS.items():
            postgres.sql(f"ALTER DATABASE {name} SET {setting} = {value}")
        now = datetime.now(UTC).replace(microsecond=0)
        with closing(PostgresLedger.create(url, ISSUER)) as ledger:
            codes = [
                CodeRecord(
                    cti=os.urandom(12), place=ledger.take(), kid=bytes(8), by="李\\'", why="a\\\\n'",
                    issued_at=now, expires_at=now + number * DAY, holder_key=HolderKey.generate().public_key,
                )
                for number in range(1, 4)
            ]  # fmt: skip
            ledger.record(codes)
            ledger.record(codes)
            assert ledger.revoke_many(ctis_of(codes[:1]), **WHO).revoked == 1
            assert {one.by for one in ledger.history(codes[1].cti)} == {"李\\'"}
            assert len(list(ledger.select(Selection(set_by="李\\'")))) == 3
            publish(ledger, "https://s.example", KEY, lifetime=DAY)
            assert ledger.verify_chain() == ledger.head()
            assert ledger.forget(at=now + 12 * DAY, keep_history=KEPT, after_pause=True) == 3
            assert ledger._database._raw is not None
            assert ledger._database._raw.execute("SHOW standard_conforming_strings").fetchone() == ("on",)
        assert PostgresLedger.migrate(url) == (1, 1)
        assert postgres.sql("SELECT count(*) FROM public.log", url).strip() == "0"

    def test_a_schema_of_somebody_else(self, postgres: Postgres) -> None:
        """A schema of the name, without tables, is no ledger, and none is made in it."""
        url = postgres.database()
        postgres.sql(f"CREATE SCHEMA {SCHEMA}", url)
        with pytest.raises(LedgerError, match="there is no ledger in this database"):
            PostgresLedger(url)
        with pytest.raises(LedgerError, match="there is one in this database"):
            PostgresLedger.create(url, ISSUER)

    def test_no_transaction_ends_by_a_prepared_statement(self, desk: PostgresDesk) -> None:
        """COMMIT and ROLLBACK are sent as they are: also where a statement is prepared after some repetitions."""
        for _ in range(8):
            desk.issue()
            with suppress(LedgerError):
                desk.ledger.prove(bytes(12))
        assert desk.ledger._database._raw is not None
        prepared = desk.ledger._database._raw.execute("SELECT statement FROM pg_prepared_statements").fetchall()
        assert prepared
        assert not [text for (text,) in prepared if text in {"COMMIT", "ROLLBACK"}]
