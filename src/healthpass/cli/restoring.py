"""`healthpass status restore`: a ledger made of a copy; and the lists at an address, with which it is compared."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from healthpass import DocumentError, PublicKey, harmless
from healthpass.cli import ledgers
from healthpass.cli.errors import CANNOT_JUDGE, CommandError
from healthpass.cli.io.arguments import given, read_life, read_public_key
from healthpass.cli.io.files import read
from healthpass.cli.io.output import advise, answering, put
from healthpass.cli.io.where import LedgerArgument, is_address, needing_postgres, read_where
from healthpass.cli.language import say
from healthpass.cli.ledgers import By, Why
from healthpass.ledger import DatabaseLedger, Restored, SqliteLedger, compare, open_list
from healthpass.store import Kind

_NEEDS_KEY: Final = "--published needs --status-key: each list is signed by one of the issuer's status keys"
_LONGEST: Final = timedelta(days=366)
_MAX_LISTS: Final = 4_096  # of an issuer, at a gate (STL-8)
_MOST: Final = Kind.STATUS_LIST.max_bytes
_NOT_THERE: Final = ": the answer is 404"
_HINT: Final = "an older copy was put in the place of the ledger, or two publish: `healthpass status restore`"
_BEHIND: Final = "a server took over, or a copy was put back, that lacks something; or there are two ledgers"

PublishedAt: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--published",
        metavar="DIR|https://...",
        help="The lists that were published last: a folder of N.cbor, or the address below which each number is.",
    ),
]
StatusKeys: TypeAlias = Annotated[
    list[PublicKey] | None,
    given("--status-key", "PUB.pem", read_public_key, "A key that signed some of them. Repeatable."),
]


def restore(
    copy: Annotated[
        str, typer.Argument(metavar="COPY", parser=read_where, help="What `status backup` made, or its database.")
    ],
    ledger: LedgerArgument,
    *,
    by: By,
    why: Why,
    published: PublishedAt = None,
    status_keys: StatusKeys = None,
    without_evidence: Annotated[
        bool,
        typer.Option("--without-evidence", help="Nothing is left that tells what came after the copy."),
    ] = False,
    longest: Annotated[
        timedelta | None, given("--longest", "DURATION", read_life, "How long an unknown code may live; 366d.")
    ] = None,
) -> None:
    """Make a ledger of a copy, so that issuing goes on at once and no place is given out twice.

    LEDGER is a new folder, or that of the ledger which is lost or went back: what lies in it is evidence, and its
    database is kept. New codes get their places in fresh lists. What was published as withdrawn stays so; what was
    withdrawn after the copy and not published is lost, and must be withdrawn again. End all other programs that
    use the ledger first. After an interruption, call it again. This is for a ledger in a folder; PostgreSQL has
    programs of its own for it.

    Exit codes: 0 done, 2 wrong usage, 3 it cannot be done, and nothing was changed.
    """
    for one in (copy, ledger):
        refuse_address(one, "puts back")
    if published is not None and not status_keys:
        raise CommandError(_NEEDS_KEY)
    with ledgers.using(ledger):
        lists = list(published_lists(published)) if published is not None else []
        done = SqliteLedger.restore(
            copy,
            ledger,
            by=by,
            why=why,
            published=lists,
            keys=status_keys or (),
            without_evidence=without_evidence,
            longest=_LONGEST if longest is None else longest,
        )
    with answering():
        for line in _told(Path(ledger), done):
            put(harmless(line))
    advise("withdraw again what was withdrawn and not published; then `healthpass status publish`")


def recover(
    ledger: LedgerArgument,
    *,
    by: By,
    why: Why,
    published: PublishedAt = None,
    status_keys: StatusKeys = None,
    without_evidence: Annotated[
        bool,
        typer.Option("--without-evidence", help="Nothing is left that tells what was lost."),
    ] = False,
    longest: Annotated[
        timedelta | None, given("--longest", "DURATION", read_life, "How long an unknown code may live; 366d.")
    ] = None,
) -> None:
    """Put a ledger in PostgreSQL in order that lacks what had been committed.

    That is so after a fail-over to a server that lagged behind, or when a backup was put back that was not whole.
    New codes get their places in fresh lists. What was published as withdrawn stays so; what was withdrawn and not
    published is lost, and must be withdrawn again. Runs that were begun before end. End all other programs that
    use the ledger first. For a ledger in a folder there is `status restore`.

    Exit codes: 0 done, 2 wrong usage, 3 it cannot be done, and nothing was changed.
    """
    if not is_address(ledger):
        raise CommandError("a ledger in a folder is made of a copy: healthpass status restore")
    if published is not None and not status_keys:
        raise CommandError(_NEEDS_KEY)
    with needing_postgres():
        from healthpass.ledger.postgres import PostgresLedger  # noqa: PLC0415 - an extra
    with ledgers.using(ledger), PostgresLedger(ledger) as opened:
        done = opened.recover(
            by=by,
            why=why,
            published=list(published_lists(published)) if published is not None else [],
            keys=status_keys or (),
            without_evidence=without_evidence,
            longest=_LONGEST if longest is None else longest,
        )
    with answering():
        put(
            say(
                "{} is in order: {} codes and {} entries are shown as withdrawn again; "
                "new codes get their places in list {}; line {} tells of it",
                *(harmless(ledger), done.withdrawn, done.carried, str(done.first_list), str(done.line)),
            )
        )
    advise("withdraw again what was withdrawn and not published; then `healthpass status publish`")


def refuse_address(where: str, what: str) -> None:
    """Refuse what is SQLite's alone.

    Args:
        where: the ledger.
        what: what PostgreSQL does with its copies.

    Raises:
        CommandError: when the ledger is in PostgreSQL.
    """
    if is_address(where):
        raise CommandError(
            f"PostgreSQL {what} its ledgers itself: by pg_basebackup with an archive of the WAL, or by pg_dump",
            hint="after one was put back: healthpass status check LEDGER --head N:HASH, with a head that was "
            "kept; where something was lost, healthpass status recover LEDGER",
        )


def compare_with(ledger: DatabaseLedger, published: str, keys: Iterable[PublicKey]) -> None:
    """Compare a ledger with the lists that gates fetch.

    Raises:
        CommandError: with exit code 3, when they say more than the ledger does.
    """
    lists = published_lists(published, known=ledger.lists()[-1])
    _compare(ledger, lists, published, keys)


def compare_with_last(ledger: DatabaseLedger, folder: Path, keys: Iterable[PublicKey]) -> None:
    """Compare a ledger that keeps no lists with those that lie where the next ones go.

    Those that other keys have signed are left out, and it is said: a key that is new must not stop the lists.

    Raises:
        CommandError: with exit code 3, when they say more than the ledger does, or one cannot be read.
    """
    if not folder.is_dir():
        return
    known = {key.kid for key in keys}
    ours, others = [], 0
    for data in published_lists(str(folder)):
        try:
            opened, _ = open_list(data)
        except DocumentError:
            others += 1
        else:
            if known.isdisjoint(opened.signed_by):
                others += 1
            else:
                ours.append(data)
    _compare(ledger, ours, str(folder), keys)
    if others:
        many = "1 list" if others == 1 else f"{others:,} lists"
        advise(f"not compared: {many} in {str(folder)!r} of another key; --status-key PUB.pem names it")


def _compare(ledger: DatabaseLedger, lists: Iterable[bytes], where: str, keys: Iterable[PublicKey]) -> None:
    told = compare(ledger, lists, keys=keys)
    if told.says_more:
        hint = _HINT if isinstance(ledger, SqliteLedger) else _BEHIND
        raise CommandError(f"{where}: {told}: nothing was published", hint=hint, exit_code=CANNOT_JUDGE)


def published_lists(source: str, *, known: int = 0) -> Iterator[bytes]:
    """Read the lists in a folder, or at an address: the known numbers, and those that follow without a gap.

    Raises:
        CommandError: with exit code 3, when one cannot be read.
    """
    if "://" in source:
        yield from _fetched(source.rstrip("/"), known)
        return
    folder = Path(source)
    if not folder.is_dir():
        raise CommandError(f"{source!r} is no folder", exit_code=CANNOT_JUDGE)
    for number in range(_MAX_LISTS):
        if (path := folder / f"{number}.cbor").exists():
            yield read(path, at_most=_MOST, exit_code=CANNOT_JUDGE)


def _fetched(base: str, known: int) -> Iterator[bytes]:
    try:
        from healthpass.fetch import FetchError, fetch  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise CommandError(str(error), exit_code=CANNOT_JUDGE) from error
    for number in range(_MAX_LISTS):
        try:
            content = fetch(f"{base}/{number}", at_most=_MOST).content
        except FetchError as error:
            if _NOT_THERE not in str(error):
                raise CommandError(str(error), exit_code=CANNOT_JUDGE) from error
            if number > known:
                return
        else:
            yield content or b""


def _told(ledger: Path, done: Restored) -> Iterator[str]:
    yield say("{} is a ledger again, from a copy with {} lines", ledger, done.copy.number)
    first = done.copy.number + 1
    if done.lost is None:
        yield say("lost: line {} and later, if there were any", first)
    elif done.lost.number < first:
        yield say("lost: lines that were written instead of line {} and later", done.lost.number)
    else:
        yield say("lost: lines {} to {}", first, done.lost.number)
    yield say("withdrawn, as published: {}, and {} unknown codes", done.withdrawn, done.carried)
    yield say("new codes have their places from list {} on", str(done.first_list))
    if done.before:
        yield say("the database that was there is kept as {}", ledger / done.before)
