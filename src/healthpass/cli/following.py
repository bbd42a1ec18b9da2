"""`healthpass status follow`: codes of one's own that came from codes which have ended."""

from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass.cli import ledgers, stores
from healthpass.cli.errors import CANNOT_JUDGE
from healthpass.cli.io.output import answering, aside, put
from healthpass.cli.io.where import LedgerArgument
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
            told = f"{one.cti.hex()} of {one.source.issuer}: {one.verdict}"
            if rehearse:
                put(f"{told}, would be withdrawn 拟撤回")
            else:
                why = f"its source {one.source.issuer} {one.source.cti.hex()}: {one.verdict}"
                opened.revoke(one.cti, by=BY, why=why)
                put(f"{told}, withdrawn 已撤回")
    if waiting:
        reason = "the store is out of date, or lacks a registry 登记库已过期或不全"
        aside(f"of {waiting} nothing can be told: {reason}; update it first")
        raise typer.Exit(CANNOT_JUDGE)
