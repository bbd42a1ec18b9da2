"""`healthpass bulk`: many codes at once, from files to files."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from healthpass import IssuerId, PublicKey, read_duration
from healthpass.cli.color import read_rules
from healthpass.cli.errors import CommandError, needing, refusing
from healthpass.cli.gate import trusted_keys
from healthpass.cli.io.arguments import At, given, read_life
from healthpass.cli.io.keys import a_key
from healthpass.cli.io.output import advise, aside
from healthpass.cli.io.where import LEDGER_HELP, read_where
from healthpass.cli.issuer import not_compared
from healthpass.cli.ledgers import PUBLISH, By, Why
from healthpass.cli.show.answer import maybe
from healthpass.ledger import RunTerms

HELP: Final = (
    "Do many codes at once, from files to files.\n\nThe input is a file of Parquet (.parquet), CSV (.csv) or JSON "
    "Lines (.jsonl), or a folder of such files. The output is a folder of parts. What is wrong with a row stands "
    "in its column error, and stops no other. A command that was stopped goes on where it was when it is given "
    "again."
)

_Rows: TypeAlias = Annotated[Path, typer.Argument(metavar="INPUT", help="The rows: a file, or a folder of files.")]
_Out: TypeAlias = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Where the parts go; a new folder, or that of the same work.")
]
_Format: TypeAlias = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="parquet, csv or jsonl; that of the input, if left out."),
]
_Batch: TypeAlias = Annotated[
    int,
    typer.Option("--batch", metavar="N", min=1, max=100_000, help="How many rows are done at once, a part each."),
]
_Jobs: TypeAlias = Annotated[
    int, typer.Option("--jobs", metavar="N", min=1, max=256, help="How many processes do it.")
]
_Ledger: TypeAlias = Annotated[
    str,
    typer.Option("--ledger", metavar="LEDGER", parser=read_where, help=f"The issuer's ledger: {LEDGER_HELP}."),
]
_BATCH: Final = 10_000


def issue(
    rows: _Rows,
    *,
    out: _Out,
    issuer: Annotated[IssuerId, given("--issuer", "ID", IssuerId, "The issuer, such as CN-33-01.WJW.")],
    key: Annotated[str, a_key("The issuer's private key, which each process opens.")],
    ledger: _Ledger,
    run: Annotated[str, typer.Option("--run", metavar="RUN", help="The name of the run; another one for others.")],
    valid_for: Annotated[
        timedelta, given("--valid-for", "DURATION", read_duration, "How long: 24h, 90m, 7d or 3600s.")
    ],
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who sets the colours, an officer or a program.")],
    why: Why,
    at: At = None,
    jitter: Annotated[
        timedelta | None,
        given("--jitter", "DURATION", read_duration, "Up to how much shorter, so that not all expire at once."),
    ] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Its passphrase or PIN, in a file that you alone may read."),
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(metavar="STORE", help="Issue nothing that a gate with this store would refuse.")
    ] = None,
    output: _Format = None,
    batch: _Batch = _BATCH,
    jobs: _Jobs = 1,
) -> None:
    """Issue many codes as one run: columns ref, color and others of a health code.

    Each ref gets one code in a run, however often it is given, on this machine or on others: the same ref again
    gives the same code, and with other claims an error of that row. All codes begin at --at, or when the work
    began. A batch is written down in the ledger before its codes are written to the output, which is secret: it
    holds openings too.

    Exit codes: 0 all are issued, 1 a row has an error (the others are issued), 2 wrong usage, or a file cannot be
    read or written, 3 the ledger cannot be used, or the work was stopped.
    """
    bulk, working = _loaded()
    kid = working.kid_of(key, passphrase_file)
    with refusing():
        terms = RunTerms(run, at or working.begun_at(out), valid_for, jitter or timedelta(0), kid, by, why)
        task = bulk.Issuing(
            issuer=issuer,
            key=key,
            ledger=ledger,
            run=terms,
            trust=maybe(str, trust),
            passphrase_file=maybe(str, passphrase_file),
        )
    counts = working.worked(task, rows, out, output=output, batch=batch, jobs=jobs)
    if trust is None:
        aside(not_compared())
    raise typer.Exit(working.worst_outcome(counts, good="issued"))


def verify(
    rows: _Rows,
    *,
    out: _Out,
    issuer_key: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=PUB.pem", help="An issuer that you trust, and its public key. Repeatable."),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option(metavar="STORE", help="Whom you trust: a store that `trust pin` has made, in place of keys."),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose codes are wanted, with --trust; production if left out."),
    ] = None,
    at: At = None,
    waive: Annotated[
        list[str] | None,
        typer.Option(metavar="VERDICT", help="Do not refuse by this verdict, such as status-unknown. Repeatable."),
    ] = None,
    status_grace: Annotated[
        timedelta | None,
        given(
            "--status-grace",
            "DURATION",
            read_life,
            "How long beyond its end a status list is believed, 7d at most; with --trust.",
        ),
    ] = None,
    output: _Format = None,
    batch: _Batch = _BATCH,
    jobs: _Jobs = 1,
) -> None:
    """Judge many texts, offline: columns text and, if you like, ref.

    All are judged as of one time, when the work began or --at. No showings are remembered: a presentation that is
    there twice is judged twice. Labels and documents are not in the output.

    Exit codes: 0 all are valid, 1 one is not, 2 wrong usage, or a file cannot be read or written, 3 one cannot be
    judged or read, or the work was stopped; the worst of several.
    """
    if status_grace is not None and trust is None:
        raise CommandError("--status-grace needs --trust: keys that are given by hand have no status lists")
    keys = trusted_keys(issuer_key or [], trust, environment, None)
    bulk, working = _loaded()
    with refusing():
        task = bulk.Verifying(
            trust=maybe(str, trust),
            keys={name: [_key(key) for key in of] for name, of in keys.items()} if trust is None else None,
            environment=environment or "production",
            waive=frozenset(waive or ()),
            status_grace=status_grace or timedelta(0),
            at=at or working.begun_at(out),
        )
    counts = working.worked(task, rows, out, output=output, batch=batch, jobs=jobs)
    raise typer.Exit(working.worst_verdict(counts))


def withdraw(
    rows: _Rows,
    *,
    out: _Out,
    ledger: _Ledger,
    by: By,
    why: Why,
    issued: Annotated[
        Path | None,
        typer.Option("--issued", metavar="DIR", help="Name codes by their refs: what `bulk issue` has written."),
    ] = None,
    most: Annotated[int, typer.Option("--max", metavar="N", min=0, help="Ask before more are withdrawn.")] = 100,
    output: _Format = None,
    batch: _Batch = _BATCH,
    jobs: _Jobs = 1,
) -> None:
    """Withdraw many codes, for good: columns cti and, if you like, ref; with --issued, ref alone.

    They are counted first. Where more than --max codes would be withdrawn, it asks; without a terminal it does
    nothing then. Gates learn of it from the next `healthpass status publish`.

    Exit codes: 0 done, 1 a code is not known here, or a row names none (the others are withdrawn), or somebody
    said no, 2 wrong usage, too many codes without a terminal, or a file cannot be read or written, 3 the ledger
    cannot be used, or the work was stopped.
    """
    bulk, working = _loaded()
    with refusing():
        run = None if issued is None else working.run_of(issued)
        task = bulk.Withdrawing(ledger=ledger, by=by, why=why, at_most=most, run=run)
    counts = working.withdrawn(task, rows, out, output=output, batch=batch, jobs=jobs)
    if "withdrawn" in counts:
        advise(PUBLISH)
    raise typer.Exit(working.worst_outcome(counts, good="withdrawn"))


def color(
    rows: _Rows,
    *,
    out: _Out,
    rules: Annotated[Path, typer.Option("--rules", metavar="RULES", help="The rule file of the office.")],
    at: At = None,
    output: _Format = None,
    batch: _Batch = _BATCH,
    jobs: _Jobs = 1,
) -> None:
    """Colour many people by rules: column history and, if you like, ref, what was stated last, and cti.

    Out come those about whom something else is to be stated: the outcome is changed, review (a person confirms it
    first) or later (next_at alone is another); withdraw is the cti of a code that is milder than the new colour.
    What was stated last is in the columns color, reason, until, rule and next_at, as they came out the last time.

    Exit codes: 0 done, 1 a row has an error (the others are coloured), or the rules cannot be used, 2 wrong usage,
    or a file cannot be read or written, 3 the work was stopped.
    """
    found = read_rules(rules)
    bulk, working = _loaded()
    with refusing():
        task = bulk.Recoloring(rules=found, at=at or working.begun_at(out))
    counts = working.worked(task, rows, out, output=output, batch=batch, jobs=jobs)
    raise typer.Exit(working.worst_row(counts))


def _key(digits: str) -> PublicKey:
    return PublicKey.from_bytes(bytes.fromhex(digits))


def _loaded() -> tuple[Any, Any]:
    """Load what works: it needs the extra, and is slow to load."""
    with needing("bulk", "bulk work"):
        from healthpass import bulk  # noqa: PLC0415
        from healthpass.cli import working  # noqa: PLC0415
    return bulk, working


COMMANDS: Final = (issue, verify, withdraw, color)
