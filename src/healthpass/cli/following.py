"""`healthpass status follow`: codes of one's own that came from codes which have ended."""

from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass.cli import ledgers, stores
from healthpass.cli.errors import CANNOT_JUDGE
from healthpass.cli.io.output import answering, aside, put
from healthpass.cli.io.where import LedgerArgument
from healthpass.cli.language import say
from healthpass.ledger import ended_conversions

BY: Final = "status follow"


def follow(
    ledger: LedgerArgument,
    store: Annotated[Path, typer.Argument(metavar="STORE", help="The office's own trust store, updated before.")],
    *,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Only tell which; withdraw nothing.")] = False,
) -> None:
    """Withdraw converted codes whose sources have ended, once a day at least and after each update of the store.

    A source has ended when its issuer has withdrawn it, its key was revoked, or its issuer is not recognised any
    more. A store that is out of date, or lacks the registry of the issuer, withdraws nothing: update it.

    Exit codes: 0 done, 2 wrong usage, 3 the ledger or the store cannot be used, or the store is out of date.
    """
    registry = stores.registries(store)()
    waiting = 0
    with ledgers.opened(ledger) as opened, answering():
        for one in list(ended_conversions(opened, registry)):
            if not one.is_ended:
                waiting += 1
                continue
            told = (one.cti.hex(), one.source.issuer, one.verdict)
            if rehearse:
                put(say("{} of {}: {}, would be withdrawn", *told))
            else:
                why = f"its source {one.source.issuer} {one.source.cti.hex()}: {one.verdict}"
                opened.revoke(one.cti, by=BY, why=why)
                put(say("{} of {}: {}, withdrawn", *told))
    if waiting:
        aside(
            say(
                "of {} nothing can be told: the store is out of date, or lacks a registry; update it first",
                waiting,
            )
        )
        raise typer.Exit(CANNOT_JUDGE)
