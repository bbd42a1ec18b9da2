"""`healthpass health`: how long what is relied on still lasts, for a program that watches over it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import read_duration
from healthpass.cli.errors import CANNOT_JUDGE, CommandError
from healthpass.cli.io.arguments import At, given
from healthpass.cli.io.files import replace
from healthpass.cli.io.output import answering, json_line, put
from healthpass.cli.io.where import LEDGER_HELP, read_where
from healthpass.cli.show import monitoring
from healthpass.cli.show.times import now
from healthpass.health import Limits, Report, check_ledger, check_published, check_store

_MAX: Final = 64  # objects of one run
_HINT: Final = "--store STORE for a gate, --ledger LEDGER for an office, --published SOURCE for what gates fetch"
_LONGEST: Final = timedelta(hours=1)

_Json = Annotated[bool, typer.Option("--json", help="In JSON, as one object.")]


def health_command(
    *,
    store: Annotated[
        list[Path] | None, typer.Option("--store", metavar="STORE", help="The folder of a trust store.")
    ] = None,
    ledger: Annotated[
        list[str] | None,
        typer.Option("--ledger", metavar="LEDGER", parser=read_where, help=f"A ledger: {LEDGER_HELP}."),
    ] = None,
    published: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="What gates fetch: an https:// address, a file, or a folder."),
    ] = None,
    warn: Annotated[
        timedelta | None, given("--warn", "DURATION", read_duration, "Warn when less than this is left.")
    ] = None,
    crit: Annotated[
        timedelta | None, given("--crit", "DURATION", read_duration, "Critical when less than this is left.")
    ] = None,
    timeout: Annotated[
        timedelta | None, given("--timeout", "DURATION", read_duration, "How long an address may take; 30s.")
    ] = None,
    prometheus: Annotated[
        Path | None,
        typer.Option(metavar="FILE.prom", help="Write the numbers for Prometheus too; FILE is replaced."),
    ] = None,
    at: At = None,
    as_json: _Json = False,
) -> None:
    """Check how long trust stores, ledgers and what is published still last.

    A plugin of Nagios and Icinga, and a source of numbers for Prometheus. Name what to check: each option may be
    given several times. Each source is compared with each store and each ledger. Nothing is changed or kept.

    Without --warn and --crit the limits are 30 and 7 days for roots, recognitions and keys, 7 and 2 days for
    registries, 1 day and 6 hours for status lists; at most a third and a tenth of the life of each.

    Exit codes, as of a plugin: 0 ok, 1 warning, 2 critical, 3 unknown, or wrong usage.
    """
    stores, ledgers, sources = store or [], ledger or [], published or []
    if not 0 < len(stores) + len(ledgers) + len(sources) <= _MAX:
        raise CommandError(f"name 1 to {_MAX} things to check", hint=_HINT)
    if warn is not None and crit is not None and warn < crit:
        raise CommandError("--warn is shorter than --crit")
    if timeout is not None and timeout > _LONGEST:
        raise CommandError("--timeout is longer than 1h")
    limits = Limits(warn, crit)
    waits = {} if timeout is None else {"timeout": timeout}
    checks = [check_store(one, at=at, limits=limits) for one in stores]
    checks += [check_ledger(one, at=at, limits=limits) for one in ledgers]
    checks += [
        check_published(one, stores=stores, ledgers=ledgers, at=at, limits=limits, **waits) for one in sources
    ]
    report = Report.of(checks, at=at or now())
    if prometheus is not None:
        replace(prometheus, monitoring.exposition(report).encode())
    with answering(CANNOT_JUDGE):
        if as_json:
            put(json_line(report.model_dump(mode="json")))
        else:
            for line in monitoring.plugin_lines(report):
                put(line)
    raise typer.Exit(report.level.exit_code)
