"""`healthpass inspect`: take a text apart for a developer to look at, without judging it."""

from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from healthpass import Claims, Showing, Unverified, VerificationError, harmless, inspect_unverified, write_time
from healthpass.cli import facts
from healthpass.cli.errors import CANNOT_JUDGE, DONE, CommandError
from healthpass.cli.io.arguments import AsJson, Source
from healthpass.cli.io.output import JSON_VERSION, answering, complain, json_line, put
from healthpass.cli.io.sources import NoCodeError, each
from healthpass.cli.io.times import local_time
from healthpass.cli.show.diagnostic import annotated
from healthpass.cli.show.terminal import show_rows, terminal
from healthpass.codec._time import from_seconds

HELP: Final = (
    "Show what a code claims, unverified.\n\nNothing is judged here: anybody can have written it.\n\n"
    "Exit codes: 0 shown, 2 wrong usage, 3 unreadable."
)
WARNING: Final = "NOT VERIFIED 未经核验: anybody can have written this"


def command(
    source: Source,
    *,
    as_json: AsJson = False,
    as_diagnostic: Annotated[
        bool, typer.Option("--diag", help="In CBOR diagnostic notation, layer by layer.")
    ] = False,
) -> None:
    """Show every code of the source."""
    if as_json and as_diagnostic:
        raise CommandError("--json and --diag exclude each other")
    worst = DONE
    with answering(CANNOT_JUDGE):
        console = terminal()
        for number, found in enumerate(each(source, lambda text: (text, inspect_unverified(text)))):
            if isinstance(found, VerificationError):
                worst = CANNOT_JUDGE
                if as_json:
                    put(json_line(_failed(found)))
                complain((found.message if isinstance(found, NoCodeError) else str(found),), None)
                continue
            if number and not as_json:
                put("")
            text, unverified = found
            if as_json:
                put(json_line(_as_json(unverified)))
            elif as_diagnostic:
                put("\n".join(map(harmless, annotated(text, unverified).split("\n"))))
            else:
                _tell(console, unverified)
    raise typer.Exit(worst)


def _tell(console: Console, found: Unverified) -> None:
    console.print(Text(f" {WARNING} ", "bold white on red"))
    rows = [("kid", found.kid.hex())]
    if found.claimed is not None:
        claimed = found.claimed
        rows += [
            ("colour", facts.color_words(claimed.health)),
            ("issuer", claimed.issuer),
            ("valid from", local_time(from_seconds(claimed.valid_from))),
            ("valid until", local_time(from_seconds(claimed.expires))),
            *facts.as_rows(claimed.health),
            ("reference", claimed.cti.hex()),
        ]
        if claimed.holder_key is not None:
            rows.append(("device key", claimed.holder_key.to_bytes().hex()))
    else:
        rows.append(("payload", found.payload.hex()))
    if found.showing is not None:
        rows.append(("presented", local_time(from_seconds(found.showing.at))))
        if found.showing.nonce is not None:
            rows.append(("nonce", found.showing.nonce.hex()))
        if found.showing.opening is not None:
            rows.append(("opening", found.showing.opening.hex()))
    if found.problem is not None:
        rows.append(("unreadable", f"{found.problem}; --diag shows what is there"))
    show_rows(console, rows)


def _as_json(found: Unverified) -> dict[str, Any]:
    return {
        "v": JSON_VERSION,
        "verified": False,
        "warning": WARNING,
        "kid": found.kid.hex(),
        "claimed": None if found.claimed is None else _claimed(found.claimed),
        "showing": None if found.showing is None else _showing(found.showing),
        "problem": found.problem,
        "payload": found.payload.hex(),
        "signature": found.signature.hex(),
    }


def _claimed(claims: Claims) -> dict[str, Any]:
    return {
        "issuer": claims.issuer,
        **claims.health.model_dump(mode="json"),
        "valid_from": write_time(from_seconds(claims.valid_from)),
        "expires_at": write_time(from_seconds(claims.expires)),
        "cti": claims.cti.hex(),
        "holder_key": None if claims.holder_key is None else claims.holder_key.to_bytes().hex(),
    }


def _showing(showing: Showing) -> dict[str, Any]:
    return {
        "at": write_time(from_seconds(showing.at)),
        "nonce": None if showing.nonce is None else showing.nonce.hex(),
        "opening": None if showing.opening is None else showing.opening.hex(),
    }


def _failed(error: VerificationError) -> dict[str, Any]:
    return {"v": JSON_VERSION, "verified": False, "problem": error.verdict, "message": error.message}
