"""`healthpass status restore`: a ledger made of a copy; and the lists at an address, with which it is compared."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from healthpass import PublicKey, harmless
from healthpass.cli import ledgers
from healthpass.cli.errors import CANNOT_JUDGE, CommandError
from healthpass.cli.io.arguments import given, read_life, read_public_key
from healthpass.cli.io.files import read
from healthpass.cli.io.output import answering, aside, put
from healthpass.cli.ledgers import By, LedgerFolder, Why
from healthpass.ledger import Restored, SqliteLedger, compare
from healthpass.store import Kind

_LONGEST: Final = timedelta(days=366)
_MAX_LISTS: Final = 4_096  # of an issuer, at a gate (STL-8)
_MOST: Final = Kind.STATUS_LIST.max_bytes
_NOT_THERE: Final = ": the answer is 404"
_HINT: Final = "an older copy was put in the place of the ledger, or two publish: `healthpass status restore`"

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
    copy: Annotated[Path, typer.Argument(metavar="COPY", help="What `status backup` made, or a database.")],
    ledger: LedgerFolder,
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
    use the ledger first. After an interruption, call it again.

    Exit codes: 0 done, 2 wrong usage, 3 it cannot be done, and nothing was changed.
    """
    if published is not None and not status_keys:
        raise CommandError(
            "--published needs --status-key: each list is signed by one of the issuer's status keys"
        )
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
        for line in _told(ledger, done):
            put(harmless(line))
    aside("hint: withdraw again what was withdrawn and not published; then `healthpass status publish`")


def compare_with(ledger: SqliteLedger, published: str, keys: Iterable[PublicKey]) -> None:
    """Compare a ledger with the lists that gates fetch.

    Raises:
        CommandError: with exit code 3, when they say more than the ledger does.
    """
    told = compare(ledger, published_lists(published, known=ledger.lists()[-1]), keys=keys)
    if told.says_more:
        raise CommandError(f"{published}: {told}: nothing was published", hint=_HINT, exit_code=CANNOT_JUDGE)


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
    yield f"{ledger} is a ledger again 台账已恢复, from a copy with {done.copy.number:,} lines"
    first = done.copy.number + 1
    if done.lost is None:
        yield f"lost 已丢失: line {first:,} and later, if there were any"
    elif done.lost.number < first:
        yield f"lost 已丢失: lines that were written instead of line {done.lost.number:,} and later"
    else:
        yield f"lost 已丢失: lines {first:,} to {done.lost.number:,}"
    yield f"withdrawn, as published 按已公布的列表撤回: {done.withdrawn:,}, and {done.carried:,} unknown codes"
    yield f"new codes have their places from list {done.first_list} on 新码从此列表开始"
    if done.before:
        yield f"the database that was there is kept as {ledger / done.before} 原数据库已保留"
