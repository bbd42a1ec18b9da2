"""The tables of a ledger in PostgreSQL, by versions, and the partitions of its codes (docs/adr/0028)."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import psycopg

from healthpass.documents._document import DAY
from healthpass.ledger._errors import LedgerError

SCHEMA: Final = "healthpass_ledger"
_LOCK: Final = 0x68704C67  # "hpLg": whoever changes tables holds it
_CLEARING: Final = _LOCK + 1  # whoever takes out what was forgotten holds it
_LINES: Final = 64  # the codes of which are deleted in one transaction
_PAGES: Final = 256  # of a day, the device keys of which are deleted in one; a page has some 60 codes
_DELETE_CODES: Final = """
    WITH gone AS (DELETE FROM all_codes WHERE day BETWEEN %s AND %s AND line = ANY(%s) RETURNING device, line)
    DELETE FROM devices USING gone WHERE devices.device = gone.device AND devices.line = gone.line
"""
# By the line too: once it is deleted here, a device key may come again, before the table is dropped.
_DELETE_DEVICES: Final = """
    DELETE FROM devices USING {} AS gone WHERE gone.ctid >= %s::tid AND gone.ctid < %s::tid
    AND devices.device = gone.device AND devices.line = gone.line
"""

# all_codes is partitioned by the day on which codes expire; the partition of a day is dropped when nothing of it
# is needed. Codes have their places after the day `dropped`, and a history after the day `forgotten`, which
# every_code shows. So to drop a day, or to forget it, is to change one number in `ledger`; the partition goes
# later. Where a day is kept for other lines, `leaving` has those that were forgotten, until their codes are gone.
# What a unique index cannot hold over all partitions, a cti and a place, it holds over those of a day; a device
# key, which belongs to one code whenever that expires, has a table of its own. days has how many codes expire on a
# day, until when the last line is kept that tells of one of them, and between which lines those are that tell of
# it. staged is filled before the lock on `ledger` is taken.
_BASE: Final = """
CREATE TABLE ledger (
    issuer text NOT NULL,
    secret bytea NOT NULL,
    last_number bigint NOT NULL,
    last_hash bytea NOT NULL,
    clock bigint NOT NULL,
    restored bigint NOT NULL DEFAULT 0,
    dropped integer NOT NULL DEFAULT -1,
    forgotten integer NOT NULL DEFAULT -1
);
CREATE TABLE lists (
    list integer PRIMARY KEY CHECK (list BETWEEN 0 AND 4095),
    generation bigint NOT NULL DEFAULT 0,
    next_counter integer NOT NULL DEFAULT 0 CHECK (next_counter BETWEEN 0 AND 1048576),
    begun bigint NOT NULL DEFAULT 0,
    last_expiry bigint NOT NULL DEFAULT 0,
    last_issued bigint NOT NULL DEFAULT -1
);
CREATE TABLE blocks (
    list integer NOT NULL,
    first integer NOT NULL CHECK (first BETWEEN 0 AND 1048575),
    size integer NOT NULL CHECK (size BETWEEN 1 AND 4096),
    token bytea NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (list, first)
);
CREATE TABLE all_codes (
    cti bytea NOT NULL,
    kid bytea NOT NULL,
    device bytea,
    seal bytea,
    line bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    day integer NOT NULL,
    entry integer NOT NULL CHECK (entry BETWEEN 0 AND 1048575),
    list smallint NOT NULL,
    state smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 1),
    PRIMARY KEY (cti, day)
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX all_codes_place ON all_codes (list, entry, day);
CREATE INDEX all_codes_line ON all_codes (line);
CREATE INDEX all_codes_made ON all_codes USING brin (issued_at);
CREATE INDEX all_codes_withdrawn ON all_codes (list, entry, expires_at) WHERE state = 1;
CREATE TABLE leaving (
    line bigint PRIMARY KEY
);
CREATE VIEW every_code AS SELECT * FROM all_codes WHERE day > (SELECT forgotten FROM ledger)
    AND NOT EXISTS (SELECT 1 FROM leaving WHERE leaving.line = all_codes.line);
CREATE TABLE days (
    day integer PRIMARY KEY,
    codes bigint NOT NULL,
    keep_until bigint NOT NULL,
    first_line bigint NOT NULL,
    last_line bigint NOT NULL
);
CREATE TABLE devices (
    device bytea PRIMARY KEY,
    line bigint NOT NULL
);
CREATE TABLE withdrawals (
    line bigint NOT NULL,
    cti bytea NOT NULL,
    new bytea,
    PRIMARY KEY (line, cti)
);
CREATE INDEX withdrawals_cti ON withdrawals (cti);
CREATE INDEX withdrawals_new ON withdrawals (new) WHERE new IS NOT NULL;
CREATE TABLE runs (
    run text PRIMARY KEY,
    salt bytea NOT NULL,
    restored bigint NOT NULL,
    starts_at bigint NOT NULL,
    lifetime bigint NOT NULL,
    jitter bigint NOT NULL,
    kid bytea NOT NULL,
    set_by text NOT NULL,
    set_why text NOT NULL
);
CREATE TABLE carried (
    list integer PRIMARY KEY,
    until bigint NOT NULL,
    bits bytea NOT NULL
);
CREATE TABLE log (
    number bigint PRIMARY KEY,
    at bigint NOT NULL,
    action text NOT NULL,
    digest bytea NOT NULL,
    previous bytea NOT NULL,
    facts text,
    expires_at bigint,
    forgotten bigint
);
CREATE INDEX log_expiry ON log (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX log_published ON log (number) WHERE action = 'published';
"""
# Each makes the tables of one version of those of the version before; one that a ledger has is never changed.
MIGRATIONS: Final = [_BASE]
STAGED: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged (
    batch integer, cti bytea, list smallint, entry integer, kid bytea, issued_at bigint, expires_at bigint,
    device bytea, seal bytea, day integer
) ON COMMIT DELETE ROWS
"""
STAGED_TYPES: Final = ("int4", "bytea", "int2", "int4", "bytea", "int8", "int8", "bytea", "bytea", "int4")


def day_of(expires_at: int) -> int:
    """Return the day on which a code expires, from 1970-01-01, in UTC."""
    return expires_at // DAY


def last_day(expired_by: int) -> int:
    """Return the last day of which all codes had expired by a time."""
    return (expired_by + 1) // DAY - 1


def version(raw: psycopg.Connection) -> int | None:
    """Return the version of a ledger's tables; None when there is no ledger."""
    there = raw.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.version",)).fetchone()
    if there is None or there[0] is None:
        return None
    found = raw.execute(f"SELECT max(version) FROM {SCHEMA}.version").fetchone()
    return found[0] if found else None


def check_version(found: int | None, name: str) -> None:
    """Make sure that there is a ledger, and that its tables are those of this version.

    Raises:
        LedgerError: when it is not so.
    """
    if found is None:
        raise LedgerError(f"cannot open the ledger {name!r}: there is no ledger in this database")
    if found < len(MIGRATIONS):
        raise LedgerError(
            f"cannot open the ledger {name!r}: its tables are of version {found}, and this program needs "
            f"{len(MIGRATIONS)}: stop all who use it, and run `healthpass status migrate`"
        )
    if found > len(MIGRATIONS):
        raise LedgerError(
            f"cannot open the ledger {name!r}: its tables are of version {found}, and this program knows "
            f"{len(MIGRATIONS)}: use a newer one"
        )


def make(raw: psycopg.Connection, name: str) -> None:
    """Make the tables, within a transaction.

    Raises:
        LedgerError: when there is a ledger already, or the database is none for a ledger.
    """
    raw.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    found = raw.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (SCHEMA,)).fetchone()
    if found is not None:
        raise LedgerError(
            f"cannot create the ledger {name!r}: there is one in this database; give each its own"
        ) from FileExistsError(SCHEMA)
    encoding = raw.execute("SHOW server_encoding").fetchone()
    if encoding != ("UTF8",):
        raise LedgerError(f"cannot create the ledger {name!r}: the database must have the encoding UTF8")
    if raw.execute("SELECT 1 FROM pg_database WHERE datname = current_database() AND datistemplate").fetchone():
        raise LedgerError(
            f"cannot create the ledger {name!r}: the database is a template, and new ones would be copies of it"
        )
    raw.execute(f"CREATE SCHEMA {SCHEMA}")
    raw.execute(f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC")
    raw.execute("CREATE TABLE version (version integer PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())")
    _apply(raw, 0)


def migrate(raw: psycopg.Connection, name: str) -> tuple[int, int]:
    """Bring the tables up to this version, within a transaction, and return the version before and now.

    Raises:
        LedgerError: when there is no ledger, or it is of a later version.
    """
    raw.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    found = version(raw)
    if found is None or found > len(MIGRATIONS):
        check_version(found, name)
    elif found < len(MIGRATIONS):
        # In this order, as everybody: who is at work is waited for, and who comes sees the new version.
        raw.execute("LOCK TABLE ONLY all_codes, ONLY ledger IN ACCESS EXCLUSIVE MODE")
        _apply(raw, found)
    return found or 0, len(MIGRATIONS)


def _apply(raw: psycopg.Connection, done: int) -> None:
    for number, statements in enumerate(MIGRATIONS[done:], done + 1):
        raw.execute(statements)
        raw.execute("INSERT INTO version (version) VALUES (%s)", (number,))


def make_days(raw: psycopg.Connection, days: Iterable[int]) -> None:
    """Make partitions for days that have none; others go on meanwhile."""
    for day in sorted(days):
        with raw.transaction():
            raw.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            if raw.execute("SELECT to_regclass(%s)", (partition(day),)).fetchone() != (None,):
                continue
            raw.execute(f"CREATE TABLE {partition(day)} (LIKE all_codes INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
            raw.execute(
                f"ALTER TABLE all_codes ATTACH PARTITION {partition(day)} FOR VALUES FROM ({day}) TO ({day + 1})"
            )


def clear(raw: psycopg.Connection, forgotten: int, dropped: int) -> None:
    """Take out what was forgotten, in steps of which each may be the last; nobody waits meanwhile.

    Raises:
        psycopg.Error: when it cannot be done, such as where somebody reads for long.
    """
    raw.execute("SELECT pg_advisory_lock(%s)", (_CLEARING,))
    try:
        while lines := [line for (line,) in raw.execute("SELECT line FROM leaving LIMIT %s", (_LINES,))]:
            with raw.transaction():
                raw.execute(_DELETE_CODES, (forgotten + 1, dropped, lines))
                raw.execute("DELETE FROM leaving WHERE line = ANY(%s)", (lines,))
        _drop_days(raw, forgotten)
        raw.execute("DELETE FROM days WHERE day <= %s", (forgotten,))
    finally:
        with suppress(psycopg.Error):  # a connection that is lost holds nothing
            raw.execute("SELECT pg_advisory_unlock(%s)", (_CLEARING,))


def _drop_days(raw: psycopg.Connection, up_to: int) -> None:
    found = raw.execute(
        "SELECT relname, inhdetachpending FROM pg_class LEFT JOIN pg_inherits ON inhrelid = pg_class.oid"
        r" WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND relname ~ '^codes_[0-9]+$'",
        (SCHEMA,),
    ).fetchall()
    days = [(not pending, int(name.removeprefix("codes_")), pending) for name, pending in found]
    for _, day, pending in sorted(days):  # one that is being detached comes first: there is one at most
        if day > up_to:
            continue
        name = partition(day)
        if pending is not None:  # else it was detached, and nobody dropped it
            # Who looks at all days is waited for; else he would miss one in the middle of it.
            how = "FINALIZE" if pending else "CONCURRENTLY"
            raw.execute(f"ALTER TABLE all_codes DETACH PARTITION {name} {how}")
        ((pages,),) = raw.execute(
            "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::bigint", (name,)
        )
        for page in range(0, pages, _PAGES):
            raw.execute(_DELETE_DEVICES.format(name), (f"({page},0)", f"({page + _PAGES},0)"))
        raw.execute(f"DROP TABLE {name}")


def partition(day: int) -> str:
    """Return the name of the partition of a day."""
    return f"codes_{day}"
