"""`healthpass inspect`: take a text apart for a developer to look at, without judging it."""

from typing import Annotated, Any

import typer

from healthpass import Unverified, VerificationError, inspect_unverified, write_diagnostic
from healthpass.cli.errors import CANNOT_JUDGE, DONE, CommandError
from healthpass.cli.io.arguments import AsJson, Source
from healthpass.cli.io.output import WARNING, answering, complain, json_line, lines, put, warning
from healthpass.cli.io.sources import NoCodeError, each
from healthpass.cli.language import message, say
from healthpass.cli.show.answer import color_words, health_rows, maybe
from healthpass.cli.show.plain import Rows, put_rows
from healthpass.cli.show.times import local_time


def inspect_command(
    source: Source,
    *,
    as_json: AsJson = False,
    as_diagnostic: Annotated[
        bool, typer.Option("--diag", help="In CBOR diagnostic notation, layer by layer.")
    ] = False,
) -> None:
    """Show what a code claims, unverified.

    Nothing is judged here: anybody can have written it.

    Exit codes: 0 shown, 2 wrong usage, 3 unreadable.
    """
    if as_json and as_diagnostic:
        raise CommandError("--json and --diag exclude each other")
    worst = DONE
    with answering(CANNOT_JUDGE):
        put_line = lines()
        for number, found in enumerate(each(source, lambda text: (text, inspect_unverified(text)))):
            if isinstance(found, VerificationError):
                worst = CANNOT_JUDGE
                if as_json:
                    put(json_line({"verified": False, "problem": found.verdict, "message": found.message}))
                complain((str(found),), found.hint if isinstance(found, NoCodeError) else None)
                continue
            text, unverified = found
            if as_json:
                put(json_line(_as_json(unverified)))
                continue
            if number:
                put("")
            if as_diagnostic:
                put(write_diagnostic(text))
            else:
                put_line((f" {warning()} ", "bold white on red"))
                put_rows(put_line, _rows(unverified))
    raise typer.Exit(worst)


def _rows(found: Unverified) -> Rows:
    claimed, showing = found.claimed, found.showing
    rows: list[tuple[str, str | None]] = [(say("kid"), found.kid.hex())]
    if claimed is None:
        rows.append((say("payload"), found.payload.hex()))
    else:
        rows += [
            (say("colour"), color_words(claimed.health)),
            (say("issuer"), claimed.issuer),
            (say("valid from"), local_time(claimed.valid_from)),
            (say("valid until"), local_time(claimed.expires_at)),
            *health_rows(claimed.health, claimed.issuer),
            (say("reference"), claimed.cti.hex()),
            (say("device key"), maybe(lambda key: key.to_bytes().hex(), claimed.holder_key)),
        ]
    if showing is not None:
        rows += [
            (say("presented"), local_time(showing.at)),
            (say("nonce"), maybe(bytes.hex, showing.nonce)),
            (say("opening"), maybe(bytes.hex, showing.opening)),
        ]
    if found.problem is not None:
        rows.append((say("unreadable"), say("{}; --diag shows what is there", message(str(found.problem)))))
    return rows


def _as_json(found: Unverified) -> dict[str, Any]:
    claimed, showing = found.claimed, found.showing
    return {
        "verified": False,
        "warning": WARNING,
        "kid": found.kid,
        "claimed": claimed
        and {
            "issuer": claimed.issuer,
            **claimed.health.model_dump(mode="json"),
            "valid_from": claimed.valid_from,
            "expires_at": claimed.expires_at,
            "cti": claimed.cti,
            "holder_key": claimed.holder_key,
        },
        "showing": showing and showing._asdict(),
        "problem": found.problem,
        "payload": found.payload,
        "signature": found.signature,
    }
