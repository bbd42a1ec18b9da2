"""The tables of a ledger in PostgreSQL, by versions, and the partitions of its codes (docs/adr/0028)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from healthpass.documents._document import DAY
from healthpass.ledger._errors import LedgerError

if TYPE_CHECKING:
    import psycopg

SCHEMA: Final = "healthpass_ledger"
_LOCK: Final = 0x68704C67  # "hpLg": whoever changes tables holds it

# all_codes is partitioned by the day on which codes expire; the partition of a day is dropped when nothing of it
# is needed. every_code shows those whose history is kept, codes those that have their place. So to drop a day,
# or to forget it, is to change one number in `ledger`; the partition goes later. What a unique index cannot hold
# over all partitions, a cti and a place, it holds over those of a day; a device key, which belongs to one code
# whenever that expires, has a table of its own. days has how many codes expire on a day, and until when the last
# line is kept that tells of one of them. staged is filled before the lock on `ledger` is taken.
_BASE: Final = """
CREATE TABLE ledger (
    issuer text NOT NULL,
    secret bytea NOT NULL,
    last_number bigint NOT NULL,
    last_hash bytea NOT NULL,
    clock bigint NOT NULL,
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
CREATE VIEW every_code AS SELECT * FROM all_codes WHERE day > (SELECT forgotten FROM ledger);
CREATE VIEW codes AS SELECT * FROM all_codes WHERE day > (SELECT dropped FROM ledger);
CREATE TABLE days (
    day integer PRIMARY KEY,
    codes bigint NOT NULL,
    keep_until bigint NOT NULL
);
CREATE TABLE devices (
    device bytea PRIMARY KEY,
    line bigint NOT NULL,
    day integer NOT NULL
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


def version(raw: "psycopg.Connection") -> int | None:
    """Return the version of a ledger's tables; None when there is no ledger."""
    there = raw.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.version",)).fetchone()
    if there is None or there[0] is None:
        return None
    found = raw.execute(f"SELECT max(version) FROM {SCHEMA}.version").fetchone()
    return found[0] if found else None


def check_version(raw: "psycopg.Connection", name: str) -> None:
    """Make sure that there is a ledger, and that its tables are those of this version.

    Raises:
        LedgerError: when it is not so.
    """
    found = version(raw)
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


def make(raw: "psycopg.Connection", name: str) -> None:
    """Make the tables, within a transaction.

    Raises:
        LedgerError: when there is a ledger already.
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
    raw.execute(f"CREATE SCHEMA {SCHEMA}")
    raw.execute(f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC")
    use(raw)
    raw.execute("CREATE TABLE version (version integer PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())")
    _apply(raw, 0)


def migrate(raw: "psycopg.Connection", name: str) -> tuple[int, int]:
    """Bring the tables up to this version, within a transaction, and return the version before and now.

    Raises:
        LedgerError: when there is no ledger, or it is of a later version.
    """
    raw.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    found = version(raw)
    if found is None or found > len(MIGRATIONS):
        check_version(raw, name)
    else:
        use(raw)
        raw.execute("LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE")  # whoever still uses it waits, and ends
        _apply(raw, found)
    return found or 0, len(MIGRATIONS)


def _apply(raw: "psycopg.Connection", done: int) -> None:
    for number, statements in enumerate(MIGRATIONS[done:], done + 1):
        raw.execute(statements)
        raw.execute("INSERT INTO version (version) VALUES (%s)", (number,))


def use(raw: "psycopg.Connection") -> None:
    """Find the tables of the ledger, and nobody else's of the same names."""
    raw.execute(f"SET search_path = {SCHEMA}, pg_temp")


def make_days(raw: "psycopg.Connection", days: Iterable[int]) -> None:
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


def drop_days(raw: "psycopg.Connection", up_to: int) -> None:
    """Drop the partitions up to a day; who reads one for long is waited for, and nobody waits meanwhile."""
    found = raw.execute(
        "SELECT relname, inhdetachpending FROM pg_class LEFT JOIN pg_inherits ON inhrelid = pg_class.oid"
        r" WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND relname ~ '^codes_[0-9]+$'",
        (SCHEMA,),
    ).fetchall()
    for name, pending in sorted(found):
        if int(name.removeprefix("codes_")) > up_to:
            continue
        if pending is not None:  # else it was detached, and nobody dropped it
            how = "FINALIZE" if pending else "CONCURRENTLY"
            raw.execute(f"ALTER TABLE all_codes DETACH PARTITION {name} {how}")
        raw.execute(f"DROP TABLE {name}")
    raw.execute("DELETE FROM days WHERE day <= %s", (up_to,))
    raw.execute("DELETE FROM devices WHERE day <= %s", (up_to,))


def partition(day: int) -> str:
    """Return the name of the partition of a day."""
    return f"codes_{day}"
