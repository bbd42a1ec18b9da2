"""`healthpass status`: an issuer's ledger, what is withdrawn, and the lists that tell gates of it."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import DocumentError, Outcome, PublicKey, harmless, read_duration
from healthpass.authority import KeyUse
from healthpass.cli import choosing, following, ledgers, restoring, stores
from healthpass.cli.bundle import opened_as_json
from healthpass.cli.errors import CANNOT_JUDGE, NOT_VALID, CommandError, refusing, why
from healthpass.cli.io.arguments import given, new_file, option
from healthpass.cli.io.files import read, replace
from healthpass.cli.io.keys import PassphraseFile, a_key, opened_key
from healthpass.cli.io.output import advise, answering, json_line, put, warning
from healthpass.cli.io.where import LEDGER_HELP, LedgerArgument, is_address, needing_postgres, read_where
from healthpass.cli.language import say
from healthpass.cli.ledgers import PUBLISH, By, Why, reference
from healthpass.cli.show.terminal import show_rows, terminal
from healthpass.cli.show.times import local_minute, local_time
from healthpass.ledger import SqliteLedger, is_list, open_list
from healthpass.ledger import publish as sign_lists
from healthpass.store import Kind

HELP: Final = (
    "Withdraw codes, and publish the lists that tell gates of it.\n\nA ledger gives each code of an issuer its "
    "place in the issuer's lists: `healthpass issue --ledger`. It is a folder, for one machine; or a database of "
    "PostgreSQL, for many: postgresql://user@host/database, without a password. It knows nothing of what a code "
    "says of anybody, and logs who did what on what ground."
)
_REFUSED: Final = "nothing was written; `healthpass trust show STORE` tells which status keys the issuer has"
_START: Final = 16  # bytes that tell a list from a ledger
_SECOND: Final = timedelta(seconds=1)

AfterPause = Annotated[
    bool,
    typer.Option(
        "--after-pause",
        help="The clock is right, though nothing was issued or published for more than two days.",
    ),
]


def _life(text: str) -> timedelta:
    if (life := read_duration(text)) > (most := Kind.STATUS_LIST.max_life):
        raise ValueError(f"{most.days}d at most")
    return life


def init(
    ledger: LedgerArgument,
    *,
    issuer: Annotated[str, typer.Option(metavar="ID", help="The issuer, such as CN-33-01.WJW.")],
) -> None:
    """Make the ledger of an issuer: a new folder, which its owner alone may use; or the tables in a database.

    The database is there already, and has no ledger; the role owns the tables then, and others have no right to
    them. A password is none of the command's: it stands in ~/.pgpass, or in the file that PGPASSFILE names.

    Exit codes: 0 made, 2 wrong usage, or there is one already, 3 the database cannot be used.
    """
    with ledgers.using(ledger):
        if is_address(ledger):
            with needing_postgres():
                from healthpass.ledger.postgres import PostgresLedger  # noqa: PLC0415 - an extra
            PostgresLedger.create(ledger, issuer).close()
        else:
            SqliteLedger.create(ledger, issuer).close()
    with answering():
        put(say("{} is the ledger of {} now", harmless(ledger), issuer))


def migrate(ledger: LedgerArgument) -> None:
    """Bring the tables of a ledger in PostgreSQL up to this version of healthpass.

    Copy the database, and end all programs that use the ledger first; start those of the new version afterwards.
    A ledger in a folder needs none of this.

    Exit codes: 0 done, or nothing was to do, 2 wrong usage, 3 the ledger cannot be used, and is as it was.
    """
    if is_address(ledger):
        with needing_postgres():
            from healthpass.ledger.postgres import PostgresLedger  # noqa: PLC0415 - an extra
        with ledgers.using(ledger):
            before, version = PostgresLedger.migrate(ledger)
        told = (
            say("{}: its tables are of version {}; nothing was to do", harmless(ledger), version)
            if before == version
            else say(
                "{}: its tables are of version {}; they were of version {}", harmless(ledger), version, before
            )
        )
    else:
        with ledgers.opened(ledger):
            told = say("{}: a ledger in a folder needs no migration", harmless(ledger))
    with answering():
        put(told)


def forget(
    ledger: LedgerArgument,
    *,
    keep_history: Annotated[
        str, typer.Option(metavar="DURATION", help="How long after its expiry a code has a history, for appeals.")
    ] = "180d",
    after_pause: AfterPause = False,
) -> None:
    """Forget what is not needed any more; best once a day.

    Codes go 8 days after they expired, and their places to others; who did what to them goes 180 days after,
    unless --keep-history says otherwise. The chain of the log stays whole.
    """
    kept = option("--keep-history", read_duration)(keep_history)
    with ledgers.opened(ledger) as opened, answering():
        with refusing("--keep-history"):
            count = opened.forget(keep_history=kept, after_pause=after_pause)
        put(say("{} forgotten", count))


def correct(
    ledger: LedgerArgument,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The reference of the code that was wrong.")],
    *,
    new: Annotated[str, typer.Option(metavar="NEW", help="That of the code issued in its place.")],
    by: By,
    why: Why,
) -> None:
    """Withdraw a code, and note which one was issued in its place.

    Issue the new code first. The old one may be withdrawn already, as by mistake. Gates learn of it from the
    next `healthpass status publish`; `healthpass status history` tells it of both codes.

    Exit codes: 0 done, 1 one of them is not known here, 2 wrong usage, 3 the ledger cannot be used.
    """
    wrong, right = reference(old), reference(new)
    with ledgers.opened(ledger) as opened:
        opened.correct(wrong, new=right, by=by, why=why)
    with answering():
        put(say("{} withdrawn, {} in its place", wrong.hex(), right.hex()))
    advise(PUBLISH)


def publish(
    ledger: LedgerArgument,
    *,
    key: Annotated[str, a_key("The issuer's status key, private.")],
    passphrase_file: PassphraseFile = None,
    base: Annotated[
        str,
        typer.Option(metavar="https://...", help="Where the lists stand, as the registry says."),
    ],
    valid_for: Annotated[
        timedelta, given("--valid-for", "DURATION", _life, "How long the lists count, 7d at most.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where they go: N.cbor for each.")],
    bundle: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="All of them in one file too, for gates; it is replaced in one step."),
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(metavar="STORE", help="Write nothing that a gate with this store would refuse.")
    ] = None,
    published: restoring.PublishedAt = None,
    status_keys: restoring.StatusKeys = None,
    after_pause: AfterPause = False,
) -> None:
    """Sign all lists anew, and write each to DIR/N.cbor: the old or the new one is there, never half a list.

    It is done at fixed times, and before the last lists expire. The head of the log is printed too: kept
    elsewhere, it finds a log that was cut off or written anew.

    Nothing is published by a ledger that says less than the lists that were published last. A ledger in a folder
    keeps those lists itself, and one in PostgreSQL is compared with those in DIR; with --published, with those at
    the address where gates fetch them.

    Exit codes: 0 done, 1 gates would refuse a list (with --trust), 2 wrong usage, 3 the ledger cannot be used.
    """
    with opened_key(key, passphrase_file) as signer, ledgers.opened(ledger) as opened:
        keys = [signer.public_key, *(status_keys or ())]
        if published is not None:
            restoring.compare_with(opened, published, keys)
        elif is_address(ledger):
            restoring.compare_with_last(opened, out, keys)
        with refusing(f"--base {base!r}"):
            signed = sign_lists(opened, base, signer, lifetime=valid_for, after_pause=after_pause)
        if trust is not None:
            _check(signed, signer.public_key, trust)
        _make(out)
        with answering():
            for number, data in signed.items():
                replace(out / f"{number}.cbor", data, durable=True)
                _, written = open_list(data)
                until = local_minute(written.expires_at)
                counts = (written.withdrawn, len(data))
                put(say("list {}: {} withdrawn, {} bytes, counts until {}", str(number), *counts, until))
            if bundle is not None:
                replace(bundle, b"".join(signed.values()), durable=True)
            put(say("all {} lists are in {}; head of the log: {}", len(signed), harmless(str(out)), opened.head()))


def show(
    source: Annotated[
        str,
        typer.Argument(
            metavar="LEDGER|LIST.cbor",
            parser=read_where,
            help=f"What to show: a ledger, {LEDGER_HELP}; or a list.",
        ),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON, as one object.")] = False,
) -> None:
    """Show a ledger, or what a list says of itself, unverified.

    Exit codes: 0 shown, 1 the list is malformed, 2 wrong usage, 3 unreadable.
    """
    if not is_address(source) and _is_list(Path(source)):
        _show_list(Path(source), as_json=as_json)
        return
    with ledgers.opened(source) as opened:
        issuer, head = opened.issuer, opened.head()
        withdrawn = {number: int.from_bytes(opened.bitmap(number)).bit_count() for number in opened.lists()}
    with answering():
        if as_json:
            held = [{"list": number, "withdrawn": count} for number, count in withdrawn.items()]
            put(json_line({"issuer": issuer, "head": str(head), "lists": held}))
            return
        console = terminal()
        show_rows(console, [(say("issuer"), issuer), (say("log"), say("{} lines; head {}", head.number, head))])
        counts = [(say("list {}", str(number)), say("{} withdrawn", count)) for number, count in withdrawn.items()]
        show_rows(console, counts)


def backup(
    ledger: LedgerArgument,
    *,
    out: Annotated[Path, new_file("COPY.db", "The copy, a new file.")],
) -> None:
    """Copy a ledger into a new file, as it is at one moment; others go on using it.

    `healthpass status restore` makes a ledger of it. The copy holds the same secret: keep it as well as the
    ledger. This is for a ledger in a folder; PostgreSQL has programs of its own for it.
    """
    restoring.refuse_address(ledger, "copies")
    with ledgers.opened(ledger) as opened, answering():
        assert isinstance(opened, SqliteLedger)  # noqa: S101 - so it is
        head = opened.backup(out)
        put(say("{} is a copy of the ledger now; head of the log: {}", harmless(str(out)), head))


def _show_list(path: Path, *, as_json: bool) -> None:
    data = read(path, at_most=Kind.STATUS_LIST.max_bytes, exit_code=CANNOT_JUDGE)
    try:
        opened, claims = open_list(data)
    except DocumentError as error:
        raise CommandError(f"{str(path)!r}: {error}", exit_code=NOT_VALID) from error
    ttl = None if claims.ttl is None else claims.ttl // _SECOND
    with answering():
        if as_json:
            counts = {name: getattr(claims, name) for name in ("bits", "entries", "withdrawn", "unknown")}
            record = opened_as_json(opened)
            put(json_line({**record, "claimed": {**record["claimed"], "ttl": ttl, **counts}}))
            return
        put(warning())
        rows = [
            (say("address"), claims.address),
            (
                say("list"),
                say("no number at the end of its address") if claims.number is None else str(claims.number),
            ),
            (say("signed by"), opened.signed_by[0].hex()),
            (say("made"), local_time(claims.issued_at)),
            (say("counts until"), local_time(claims.expires_at)),
            *([(say("ask again"), say("after {} s", ttl))] if ttl is not None else []),
            (say("withdrawn"), say("{} of {} entries", claims.withdrawn, claims.entries)),
            *([(say("neither"), say("{} entries say something else", claims.unknown))] if claims.unknown else []),
            (say("bytes"), say("{}", len(data))),
        ]
        show_rows(terminal(), rows)


def _is_list(path: Path) -> bool:
    try:
        if not path.is_file():  # a pipe would hold us up
            return False
        with path.open("rb") as file:
            return is_list(file.read(_START))
    except (OSError, ValueError):  # said by whoever opens it as something else
        return False


def _check(signed: Mapping[int, bytes], key: PublicKey, path: Path) -> None:
    """Offer the lists to what a store holds, without changing it.

    Raises:
        CommandError: with exit code 1, when it would not take one of them.
    """
    numbers = tuple(signed)
    with stores.using(path):
        store = stores.opened(path)
        results = store.rehearse(signed.values())
        keys = [one.entry for issuer in store.view().issuers() for one in issuer.keys]
    uses = {entry.use for entry in keys if entry.raw == key.to_bytes()}
    if uses and KeyUse.STATUS not in uses:
        words = f"the key {key.kid.hex()} is listed, but not for status lists"
        raise CommandError(words, hint=_REFUSED, exit_code=NOT_VALID)
    taken = {result.document for result in results if result.outcome is Outcome.APPLIED}
    refused = {numbers[result.document]: result for result in results if result.document not in taken}
    if refused:
        raise CommandError(
            *(f"list {number} would be refused: {one.outcome}: {one.message}" for number, one in refused.items()),
            hint=_REFUSED,
            exit_code=NOT_VALID,
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        raise CommandError(f"cannot use the folder {str(folder)!r}: {reason}") from error


COMMANDS: Final = (
    init,
    migrate,
    *choosing.COMMANDS,
    correct,
    publish,
    forget,
    show,
    *ledgers.COMMANDS,
    backup,
    restoring.restore,
    restoring.recover,
    following.follow,
)
