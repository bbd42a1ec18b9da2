"""The tables and functions of a shared memory in PostgreSQL (docs/adr/0029).

The functions belong to the database. So hosts with different versions of this library keep to the same rules, and
a worker needs the right to call them and no other.
"""

from typing import Final

from healthpass.presentation._replay import MAX_OF_ONE, REMEMBERED_FOR

VERSION: Final = 1
SCHEMA: Final = "healthpass_shared"
CLOCKS: Final = 30  # seconds by which the time of a call and the clock of the database may differ
# A presentation passes at a host that is ahead, and is shown again at one that is behind. And after a fail-over
# another server's clock counts, which is not quite the same.
KEPT: Final = REMEMBERED_FOR + 3 * CLOCKS
CAPACITY: Final = 1_000_000  # 5,500 people a second
OTHER_CLOCK: Final = "HPS01"  # the error of two clocks that differ
LOCKS: Final = 0x68705368  # "hpSh": the first half of the keys of advisory locks; the next number is for tidying
_AT_ONCE: Final = 10_000  # rows that one call may have to remove

# `number` is the order in which rows came: a clock may go back. `state` has its row until a crash or a fail-over
# empties all tables but `settings`. What has passed before is not known then, and nothing is accepted until all of
# it would be stale.
_HEAD: Final = f"LANGUAGE plpgsql SECURITY DEFINER SET search_path = {SCHEMA}, pg_temp"
STATEMENTS: Final = f"""
CREATE SCHEMA {SCHEMA};
SET LOCAL search_path = {SCHEMA}, pg_temp;

CREATE TABLE settings (
    version integer NOT NULL,
    capacity bigint NOT NULL CHECK (capacity > 0)
);
INSERT INTO settings VALUES ({VERSION}, {CAPACITY});

CREATE UNLOGGED TABLE state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    accepts_from timestamptz NOT NULL,
    tidied timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO state (accepts_from) VALUES ('-infinity');

CREATE UNLOGGED TABLE replays (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shown bytea NOT NULL UNIQUE CHECK (length(shown) = 32),
    owner bytea NOT NULL CHECK (length(owner) = 32),
    passed timestamptz NOT NULL
);
CREATE INDEX replays_owner ON replays (owner, number);

CREATE UNLOGGED TABLE challenges (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asked bytea NOT NULL UNIQUE CHECK (length(asked) = 32),
    ends timestamptz NOT NULL
);
CREATE INDEX challenges_ends ON challenges (ends);

CREATE FUNCTION version() RETURNS integer {_HEAD} AS $$
BEGIN
    RETURN settings.version FROM settings;
END $$;

-- Return the time of the database, which that of a host agrees with.
CREATE FUNCTION agreed(_at bigint) RETURNS timestamptz {_HEAD} AS $$
DECLARE
    _clock timestamptz := clock_timestamp();
BEGIN
    IF abs(extract(epoch FROM _clock) - _at) > {CLOCKS} THEN
        RAISE EXCEPTION USING ERRCODE = '{OTHER_CLOCK}', MESSAGE = format(
            'the time of this host is %s, and that of the database %s',
            to_char(to_timestamp(_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            to_char(_clock AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
    END IF;
    RETURN _clock;
END $$;

-- Once a second, remove what is over, and the oldest of what is too much; no more than one call can wait for.
CREATE FUNCTION tidy(_clock timestamptz) RETURNS void {_HEAD} AS $$
DECLARE
    _capacity bigint := (SELECT capacity FROM settings);
    _kept bigint;
    _over bigint;
BEGIN
    IF EXISTS (SELECT FROM state WHERE tidied > _clock - interval '1 second' AND tidied <= _clock)
        OR NOT pg_try_advisory_xact_lock({LOCKS + 1}, 0)
    THEN
        RETURN;
    END IF;
    _kept := (
        SELECT number FROM replays WHERE passed >= _clock - interval '{KEPT} seconds' ORDER BY number LIMIT 1);
    DELETE FROM replays WHERE number = ANY (ARRAY (
        SELECT number FROM replays WHERE _kept IS NULL OR number < _kept ORDER BY number LIMIT {_AT_ONCE}));
    IF (SELECT max(number) - min(number) FROM replays) >= _capacity THEN  -- otherwise there is no need to count
        _over := (SELECT count(*) FROM replays) - _capacity;
        DELETE FROM replays WHERE number = ANY (ARRAY (
            SELECT number FROM replays ORDER BY number LIMIT least(greatest(_over, 0), {_AT_ONCE})));
    END IF;
    DELETE FROM challenges WHERE number = ANY (ARRAY (
        SELECT number FROM challenges WHERE ends <= _clock LIMIT {_AT_ONCE}));
    IF (SELECT max(number) - min(number) FROM challenges) >= _capacity THEN
        _over := (SELECT count(*) FROM challenges) - _capacity;
        DELETE FROM challenges WHERE number = ANY (ARRAY (
            SELECT number FROM challenges ORDER BY number LIMIT least(greatest(_over, 0), {_AT_ONCE})));
    END IF;
    UPDATE state SET tidied = _clock;
END $$;

-- Whether a presentation is new. Null while it is not known what has passed, and from when on it will be.
CREATE FUNCTION remember(_shown bytea, _owner bytea, _at bigint, OUT fresh boolean, OUT accepts_from bigint)
{_HEAD} AS $$
DECLARE
    _clock timestamptz;
    _from timestamptz;
    _last bigint;
BEGIN
    -- Showings of one credential take turns, so that each sees those before it.
    PERFORM pg_advisory_xact_lock({LOCKS}, ('x' || encode(substr(_owner, 1, 4), 'hex'))::bit(32)::integer);
    _clock := agreed(_at);
    _from := (SELECT state.accepts_from FROM state);
    IF _from IS NULL OR _from > _clock + interval '{KEPT} seconds' THEN
        _from := _clock + interval '{KEPT} seconds';
        INSERT INTO state (accepts_from) VALUES (_from)
            ON CONFLICT (one) DO UPDATE SET accepts_from = excluded.accepts_from;
    END IF;
    IF _from > _clock THEN
        accepts_from := ceil(extract(epoch FROM _from));
        RETURN;
    END IF;
    INSERT INTO replays (shown, owner, passed) VALUES (_shown, _owner, _clock) ON CONFLICT (shown) DO NOTHING;
    fresh := FOUND;
    IF fresh THEN
        _last := (
            SELECT number FROM replays WHERE owner = _owner ORDER BY number DESC OFFSET {MAX_OF_ONE} LIMIT 1);
        DELETE FROM replays WHERE owner = _owner AND number <= _last;
        PERFORM tidy(_clock);
    END IF;
END $$;

CREATE FUNCTION keep(_asked bytea, _at bigint, _seconds integer) RETURNS void {_HEAD} AS $$
DECLARE
    _clock timestamptz := agreed(_at);
BEGIN
    INSERT INTO challenges (asked, ends) VALUES (_asked, _clock + make_interval(secs => _seconds))
        ON CONFLICT (asked) DO UPDATE SET ends = excluded.ends;
    PERFORM tidy(_clock);
END $$;

-- Two calls with one challenge wait for each other, and the second finds it gone.
CREATE FUNCTION take(_asked bytea, _at bigint) RETURNS boolean {_HEAD} AS $$
DECLARE
    _clock timestamptz := agreed(_at);
    _open boolean;
BEGIN
    DELETE FROM challenges WHERE asked = _asked RETURNING ends > _clock INTO _open;
    RETURN coalesce(_open, false);
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {SCHEMA} FROM PUBLIC;
"""  # noqa: S608 - of constants
