"""`healthpass status`: an issuer's ledger, what is withdrawn, and the lists that tell gates of it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import harmless, read_duration, read_time
from healthpass.cli import ledgers, lists, logs, publishing
from healthpass.cli.errors import DONE, NOT_VALID, CommandError, why
from healthpass.cli.inspect import WARNING
from healthpass.cli.io.output import JSON_VERSION, answering, aside, complain, json_line, put
from healthpass.cli.ledgers import LedgerFile, read_cti
from healthpass.cli.show.terminal import show_rows, terminal
from healthpass.codec._cose import KID_SIZE
from healthpass.ledger import SqliteLedger, Withdrawal, read_ctis

HELP: Final = (
    "Withdraw codes, and publish the lists that tell gates of it.\n\nA ledger, one file, gives each code of an "
    "issuer its place in the issuer's lists: `healthpass issue --ledger`. It knows nothing of what a code says of "
    "anybody, and logs who did what on what ground."
)
INIT_HELP: Final = "Make the ledger of an issuer; a new file, which its owner alone may read."
REVOKE_HELP: Final = (
    "Withdraw codes, for good.\n\nBy their references, by a file of them, one a line, or all that a key signed in "
    "a time. Gates learn of it from the next `healthpass status publish`. A code that was withdrawn by mistake is "
    "issued anew.\n\n"
    "Exit codes: 0 done, 1 a code is not known here (the others are withdrawn), 2 wrong usage, 3 the ledger "
    "cannot be used."
)
CORRECT_HELP: Final = (
    "Withdraw a code, and note which one was issued in its place.\n\nIssue the new code first. The old one may be "
    "withdrawn already, as by mistake. Gates learn of it from the next `healthpass status publish`; `healthpass "
    "status history` tells it of both codes.\n\n"
    "Exit codes: 0 done, 1 one of them is not known here, 2 wrong usage, 3 the ledger cannot be used."
)
FORGET_HELP: Final = (
    "Forget what is not needed any more; best once a day.\n\nCodes go 8 days after they expired, and their places "
    "to others; who did what to them goes 180 days after, unless --keep-history says otherwise. The chain of the "
    "log stays whole."
)
BACKUP_HELP: Final = (
    "Copy a ledger into a new file, as it is at one moment; others go on using it.\n\nA copy of the file alone "
    "lacks what was written last. The copy holds the same secret: keep it as well as the ledger."
)
SHOW_HELP: Final = (
    "Show a ledger, or what a list says of itself, unverified.\n\n"
    "Exit codes: 0 shown, 1 the list is malformed, 2 wrong usage, 3 unreadable."
)
_PUBLISH: Final = "hint: gates learn of it from the next `healthpass status publish`"
_MOST_TOLD: Final = 10  # unknown codes
_MAX_CTIS_FILE: Final = 1 << 28  # bytes; ten million references

By = Annotated[
    str, typer.Option("--by", metavar="WHO", help="Who does it, an officer or a program.", show_default=False)
]
Why = Annotated[str, typer.Option("--why", metavar="GROUND", help="On what ground.", show_default=False)]


def init(
    ledger: LedgerFile,
    *,
    issuer: Annotated[
        str, typer.Option(metavar="ID", help="The issuer, such as CN-33-01.WJW.", show_default=False)
    ],
) -> None:
    """Make a ledger."""
    with ledgers.using(ledger), SqliteLedger.create(ledger, issuer), answering():
        put(f"{harmless(str(ledger))} is the ledger of {issuer} now 台账已建立")


def forget(
    ledger: LedgerFile,
    *,
    keep_history: Annotated[
        str, typer.Option(metavar="DURATION", help="How long after its expiry a code has a history, for appeals.")
    ] = "180d",
    after_pause: publishing.AfterPause = False,
) -> None:
    """Forget what is not needed."""
    try:
        kept = read_duration(keep_history)
    except ValueError as error:
        raise CommandError(f"--keep-history {keep_history!r}: {error}") from error
    with ledgers.using(ledger), SqliteLedger(ledger) as opened, answering():
        try:
            count = opened.forget(keep_history=kept, after_pause=after_pause)
        except ValueError as error:
            raise CommandError(f"--keep-history: {error}") from error
        put(f"{count} forgotten 已清除")


def revoke(
    ledger: LedgerFile,
    ctis: Annotated[
        list[str] | None, typer.Argument(metavar="[CTI]...", help="References of codes.", show_default=False)
    ] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="CTIS.txt", help="A file of references, one a line.")
    ] = None,
    kid: Annotated[
        str | None, typer.Option("--kid", metavar="KID", help="All codes of this key, with --since and --until.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="RFC3339", help="Made from then on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="RFC3339", help="Made before then.")] = None,
    by: By,
    why: Why,
) -> None:
    """Withdraw codes."""
    if [bool(ctis), file is not None, kid is not None].count(True) != 1:
        raise CommandError("which codes? give references, or --file, or --kid with --since and --until")
    if (kid is None) != (since is None) or (kid is None) != (until is None):
        raise CommandError("--kid, --since and --until belong together")
    if kid is not None and since is not None and until is not None:
        key, first, end = _kid(kid), _time("since", since), _time("until", until)
        if first >= end:
            raise CommandError("--until must come after --since")
        with ledgers.opened(ledger) as opened:
            done = opened.revoke_key(key, since=first, until=end, by=by, why=why)
        if done == Withdrawal(0, 0, ()):
            raise CommandError(f"no code of the key {key.hex()} from that time is known here", exit_code=NOT_VALID)
    else:
        chosen = [read_cti(text) for text in ctis or ()] if file is None else _ctis(file)
        with ledgers.opened(ledger) as opened:
            done = opened.revoke_many(chosen, by=by, why=why)
    _tell(done)


def correct(
    ledger: LedgerFile,
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="The reference of the code that was wrong.", show_default=False)
    ],
    *,
    new: Annotated[
        str, typer.Option(metavar="NEW", help="That of the code issued in its place.", show_default=False)
    ],
    by: By,
    why: Why,
) -> None:
    """Withdraw a code, and note which one came in its place."""
    wrong, right = read_cti(old), read_cti(new)
    with ledgers.opened(ledger) as opened:
        opened.correct(wrong, new=right, by=by, why=why)
    with answering():
        put(f"{wrong.hex()} withdrawn, {right.hex()} in its place 已纠错换发")
    aside(_PUBLISH)


def show(
    source: Annotated[
        Path, typer.Argument(metavar="LEDGER.db|LIST.cbor", help="What to show.", show_default=False)
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON, as one object.")] = False,
) -> None:
    """Show a ledger or a list."""
    if lists.is_list(source):
        seen = lists.load(source)
        with answering():
            if as_json:
                put(json_line(seen.as_json()))
                return
            put(WARNING)
            show_rows(terminal(), seen.as_rows())
        return
    with ledgers.opened(source) as opened:
        issuer, head = opened.issuer, opened.head()
        withdrawn = {number: int.from_bytes(opened.bitmap(number)).bit_count() for number in opened.lists()}
    with answering():
        if as_json:
            held = [{"list": number, "withdrawn": count} for number, count in withdrawn.items()]
            put(json_line({"v": JSON_VERSION, "issuer": issuer, "head": str(head), "lists": held}))
            return
        console = terminal()
        show_rows(console, [("issuer", issuer), ("log", f"{head.number:,} lines; head {head}")])
        show_rows(
            console, [(f"list {number}", f"{count:,} withdrawn 已撤回") for number, count in withdrawn.items()]
        )


def backup(
    ledger: LedgerFile,
    *,
    out: Annotated[Path, typer.Option(metavar="COPY.db", help="The copy, a new file.", show_default=False)],
) -> None:
    """Copy a ledger."""
    with ledgers.opened(ledger) as opened, answering():
        head = opened.backup(out)
        put(f"{harmless(str(out))} is a copy of the ledger now 台账已备份; head of the log: {head}")


def _tell(done: Withdrawal) -> None:
    counts = (
        (done.revoked, "withdrawn 已撤回"),
        (done.already, "already 此前已撤回"),
        (len(done.unknown), "unknown 未知"),
    )
    with answering():
        put(", ".join(f"{count:,} {words}" for count, words in counts))
    if done.revoked:
        aside(_PUBLISH)
    told = [f"the ledger knows no code {cti.hex()}" for cti in done.unknown[:_MOST_TOLD]]
    if more := len(done.unknown) - len(told):
        told.append(f"nor {more:,} others")
    if told:
        complain(tuple(told), "they were not issued from here, or are forgotten")
    raise typer.Exit(NOT_VALID if told else DONE)


def _ctis(path: Path) -> list[bytes]:
    try:
        if path.is_dir():
            raise CommandError(f"{str(path)!r} is a folder")
        if not path.is_file():  # also: there is none
            raise CommandError(f"cannot read {str(path)!r}: no such file")
        if path.stat().st_size > _MAX_CTIS_FILE:
            raise CommandError(f"cannot read {str(path)!r}: it has more than {_MAX_CTIS_FILE:,} bytes")
        ctis = read_ctis(path)
    except OSError as error:
        raise CommandError(f"cannot read {str(path)!r}: {why(error)}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{str(path)!r} is no text: byte {error.start + 1} is wrong") from error
    except ValueError as error:
        raise CommandError(str(error), hint="nothing was withdrawn") from error
    if not ctis:
        raise CommandError(f"{str(path)!r} names no code")
    return ctis


def _time(option: str, text: str) -> datetime:
    try:
        return read_time(text)
    except ValueError as error:
        raise CommandError(f"--{option} {text!r}: {error}") from error


def _kid(text: str) -> bytes:
    try:
        kid = bytes.fromhex(text)
    except ValueError:
        kid = b""
    if len(kid) != KID_SIZE:
        raise CommandError(f"--kid {text!r}: expected {2 * KID_SIZE} hexadecimal digits")
    return kid


COMMANDS: Final[tuple[tuple[str, str, Callable[..., None]], ...]] = (
    ("init", INIT_HELP, init),
    ("revoke", REVOKE_HELP, revoke),
    ("correct", CORRECT_HELP, correct),
    ("publish", publishing.HELP, publishing.command),
    ("forget", FORGET_HELP, forget),
    ("show", SHOW_HELP, show),
    *logs.COMMANDS,
    ("backup", BACKUP_HELP, backup),
)
