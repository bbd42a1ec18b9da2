"""`healthpass status revoke` and `list`: which codes of a ledger, how many they are, and whether that is meant."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from healthpass import read_time
from healthpass.cli import ledgers
from healthpass.cli.errors import DONE, NOT_VALID, CommandError, refusing, why
from healthpass.cli.io.arguments import given
from healthpass.cli.io.asking import agree
from healthpass.cli.io.output import advise, answering, aside, complain, json_line, put
from healthpass.cli.io.where import LedgerArgument
from healthpass.cli.language import say
from healthpass.cli.ledgers import PUBLISH, By, Why, how_many, reference
from healthpass.ledger import (
    DatabaseLedger,
    SelectedCode,
    Selection,
    TooManyCodesError,
    Withdrawal,
    read_ctis,
    read_kid,
)

_MOST_TOLD: Final = 10  # unknown codes, and references of a dry run
_MAX_CTIS_FILE: Final = 1 << 28  # bytes; ten million references
_WHICH: Final = "which codes? give references, or --file, or what they have in common, such as --since and --until"
_NONE: Final = "no such code is known here"

_Kid: TypeAlias = Annotated[bytes | None, given("--kid", "KID", read_kid, "Signed by this key.")]
_Since: TypeAlias = Annotated[datetime | None, given("--since", "RFC3339", read_time, "Made from then on.")]
_Until: TypeAlias = Annotated[datetime | None, given("--until", "RFC3339", read_time, "Made before then.")]
_SetBy: TypeAlias = Annotated[
    str | None, typer.Option("--set-by", metavar="WHO", help="Set by exactly this WHO: --by of `issue`.")
]
_SetWhy: TypeAlias = Annotated[
    str | None, typer.Option("--set-why", metavar="GROUND", help="Set on exactly this GROUND: --why of `issue`.")
]
_Batch: TypeAlias = Annotated[
    int | None, typer.Option("--batch", metavar="N", help="Issued, or withdrawn, in this batch.")
]


def revoke(
    ledger: LedgerArgument,
    ctis: Annotated[list[str] | None, typer.Argument(metavar="[CTI]...", help="References of codes.")] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="CTIS.txt", help="A file of references, one a line.")
    ] = None,
    kid: _Kid = None,
    since: _Since = None,
    until: _Until = None,
    set_by: _SetBy = None,
    set_why: _SetWhy = None,
    batch: _Batch = None,
    by: By,
    why: Why,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell which codes they are, and do nothing.")] = False,
    most: Annotated[int, typer.Option("--max", metavar="N", min=0, help="Ask before more are withdrawn.")] = 100,
) -> None:
    """Withdraw codes, for good.

    By their references, by a file of them, one a line, or all that have something in common. Where more than
    --max codes would be withdrawn, it asks; without a terminal it does nothing then. Gates learn of it from the
    next `healthpass status publish`. A code that was withdrawn by mistake is issued anew.

    Exit codes: 0 done, 1 a code is not known here (the others are withdrawn), or somebody said no, 2 wrong usage,
    or too many codes without a terminal, 3 the ledger cannot be used.
    """
    with refusing():
        common = Selection(kid=kid, since=since, until=until, set_by=set_by, set_why=set_why, batch=batch)
    if [bool(ctis), file is not None, common != Selection()].count(True) != 1:
        raise CommandError(_WHICH)
    chosen: Selection | list[bytes] = common
    if file is not None:
        chosen = _read(file)
    elif ctis:
        chosen = [reference(text) for text in ctis]
    with ledgers.opened(ledger) as opened:
        if isinstance(chosen, Selection):
            # What is issued meanwhile was not counted when somebody agrees.
            chosen = replace(chosen, up_to=opened.head().number)
        if dry_run:
            done = opened.rehearse(chosen)
            some = _first(opened, chosen) if isinstance(chosen, Selection) else []
        else:
            done, some = _withdraw(opened, chosen, by=by, why=why, most=most), []
    if isinstance(chosen, Selection) and done == Withdrawal(0, 0, ()):
        raise CommandError(_NONE, hint="healthpass status list LEDGER lists what is", exit_code=NOT_VALID)
    _tell(done, some, dry_run=dry_run)


def list_(
    ledger: LedgerArgument,
    *,
    kid: _Kid = None,
    since: _Since = None,
    until: _Until = None,
    set_by: _SetBy = None,
    set_why: _SetWhy = None,
    batch: _Batch = None,
    withdrawn: Annotated[
        bool | None,
        typer.Option("--withdrawn/--not-withdrawn", help="Only these, or only the others."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON, one object a line.")] = False,
) -> None:
    """List the references of codes, one a line, as `healthpass status revoke --file` reads them.

    All codes of the ledger, or those that have something in common. How many they are is told on standard error.

    Exit codes: 0 listed, 1 there is no such batch, 2 wrong usage, 3 the ledger cannot be used.
    """
    with refusing():
        selection = Selection(
            kid=kid, since=since, until=until, set_by=set_by, set_why=set_why, batch=batch, withdrawn=withdrawn
        )
    count = 0
    with ledgers.opened(ledger) as opened, answering():
        for count, code in enumerate(opened.select(selection), 1):  # noqa: B007 - counted
            put(_as_json(code) if as_json else code.cti.hex())
    aside(say("1 code") if count == 1 else say("{} codes", count))


def _as_json(code: SelectedCode) -> str:
    return json_line({name: getattr(code, name) for name in SelectedCode.__dataclass_fields__})


def _withdraw(
    ledger: DatabaseLedger, chosen: Selection | Iterable[bytes], *, by: str, why: str, most: int
) -> Withdrawal:
    """Withdraw codes, after somebody agreed where they are many."""
    try:
        return ledger.revoke_many(chosen, by=by, why=why, at_most=most)
    except TooManyCodesError as error:
        agree(
            f"Withdraw {how_many(error.count)}, for good?",
            f"agree to withdraw {how_many(error.count)}, more than {most:,}, and nothing was withdrawn",
            f"--dry-run tells which they are; --max {error.count} agrees to so many",
        )
        return ledger.revoke_many(chosen, by=by, why=why, at_most=error.count)


def _first(ledger: DatabaseLedger, selection: Selection) -> list[bytes]:
    return [code.cti for code in islice(ledger.select(replace(selection, withdrawn=False)), _MOST_TOLD)]


def _tell(done: Withdrawal, some: list[bytes], *, dry_run: bool) -> None:
    counts = (
        say("{} would be withdrawn", done.revoked) if dry_run else say("{} withdrawn", done.revoked),
        say("{} already", done.already),
        say("{} unknown", len(done.unknown)),
    )
    line = say(", ").join(counts)
    if done.batches:
        line = say("{}; batch {}", line, ", ".join(_ranges(done.batches)))
    with answering():
        put(line)
        for cti in some:
            put(f"  {cti.hex()}")
        if some and (more := done.revoked - len(some)):
            put(f"  {say('and {} others', more)}")
    if dry_run:
        aside(say("nothing was changed"))
    elif done.revoked:
        advise(PUBLISH)
    told = [f"the ledger knows no code {cti.hex()}" for cti in done.unknown[:_MOST_TOLD]]
    if more := len(done.unknown) - len(told):
        told.append(f"nor {more:,} others")
    if told:
        complain(tuple(told), "they were not issued from here, or are forgotten")
    raise typer.Exit(NOT_VALID if told else DONE)


def _ranges(numbers: Iterable[int]) -> Iterator[str]:
    """Write ascending numbers, those that follow each other as first and last."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][-1] == number - 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    return ("-".join(map(str, span)) for span in spans)


def _read(path: Path) -> list[bytes]:
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


COMMANDS: Final = (revoke, list_)
