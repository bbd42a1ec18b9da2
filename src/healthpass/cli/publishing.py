"""`healthpass status publish`: the lists of a ledger, signed and written."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import harmless, read_duration
from healthpass.authority import KeyUse
from healthpass.cli import ledgers, lists, stores
from healthpass.cli.errors import NOT_VALID, CommandError, why
from healthpass.cli.io.arguments import read_signing_key
from healthpass.cli.io.files import replace
from healthpass.cli.io.output import answering, put
from healthpass.cli.ledgers import LedgerFile
from healthpass.cli.show.times import local_minute
from healthpass.codec._keys import PublicKey
from healthpass.codec._time import from_seconds, now, to_seconds
from healthpass.documents._document import Kind
from healthpass.documents._fields import check_list_base
from healthpass.documents._status_list import Status
from healthpass.ledger import publish
from healthpass.words._outcomes import Outcome

_REFUSED: Final = "nothing was written; `healthpass trust show STORE` tells which status keys the issuer has"
_MAX_LIFE: Final = Kind.STATUS_LIST.max_life  # STL-4
HELP: Final = (
    "Sign all lists anew, and write each to DIR/N.cbor: the old or the new one is there, never half a list.\n\n"
    "It is done at fixed times, and before the last lists expire. The head of the log is printed too: kept "
    "elsewhere, it finds a log that was cut off or written anew.\n\n"
    "Exit codes: 0 done, 1 gates would refuse a list (with --trust), 2 wrong usage, 3 the ledger cannot be used."
)


AfterPause = Annotated[
    bool,
    typer.Option(
        "--after-pause",
        help="The clock is right, though nothing was issued or published for more than two days.",
    ),
]


def command(
    ledger: LedgerFile,
    *,
    key: Annotated[
        Path, typer.Option(metavar="STATUS.pem", help="The issuer's status key, private.", show_default=False)
    ],
    base: Annotated[
        str,
        typer.Option(
            metavar="https://...", help="Where the lists stand, as the registry says.", show_default=False
        ),
    ],
    valid_for: Annotated[
        str, typer.Option(metavar="DURATION", help="How long the lists count, 7d at most.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where they go: N.cbor for each.", show_default=False)],
    trust: Annotated[
        Path | None, typer.Option(metavar="STORE", help="Write nothing that a gate with this store would refuse.")
    ] = None,
    after_pause: AfterPause = False,
) -> None:
    """Publish all lists."""
    signing_key, life = read_signing_key(key), _life(valid_for)
    try:
        check_list_base(base)
    except ValueError as error:
        raise CommandError(f"--base {base!r}: {error}") from error
    with ledgers.opened(ledger) as opened:
        signed = publish(opened, base, signing_key, lifetime=life, after_pause=after_pause)
        if trust is not None:
            _check(signed, signing_key.public_key, trust)
        _make(out)
        with answering():
            for number, data in signed.items():
                replace(out / f"{number}.cbor", data, durable=True)
                put(f"list {number}: {_words(lists.SeenList.of(data))}")
            put(f"all {len(signed)} lists are in {harmless(str(out))} 已发布; head of the log: {opened.head()}")


def _words(written: lists.SeenList) -> str:
    until = local_minute(from_seconds(written.content.expires))
    withdrawn = written.count(Status.REVOKED)
    return f"{withdrawn:,} withdrawn 已撤回, {len(written.data):,} bytes, counts until {until}"


def _check(signed: Mapping[int, bytes], key: PublicKey, path: Path) -> None:
    """Offer the lists to what a store holds, in memory.

    Raises:
        CommandError: with exit code 1, when it would not take one of them.
    """
    numbers = tuple(signed)
    trust = stores.held(path)
    uses = {edge.entry.use for edge in trust.registry().edges(key.kid) if edge.entry and edge.public_key == key}
    if uses and KeyUse.STATUS not in uses:
        words = f"the key {key.kid.hex()} is listed, but not for status lists"
        raise CommandError(words, hint=_REFUSED, exit_code=NOT_VALID)
    results = trust.update(signed.values(), at=to_seconds(now()))
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


def _life(text: str) -> timedelta:
    try:
        life = read_duration(text)
    except ValueError as error:
        raise CommandError(f"--valid-for {text!r}: {error}") from error
    if life > _MAX_LIFE:
        raise CommandError(f"--valid-for {text!r}: {_MAX_LIFE.days}d at most")
    return life
