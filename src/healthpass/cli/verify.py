"""`healthpass verify`: judge texts and pictures, offline."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import IssuerId, PublicKey, Registry, Verdict, VerificationError, verify
from healthpass._verify import DEFAULT_SKEW, MAX_SKEW
from healthpass.cli import answer
from healthpass.cli.arguments import read_at, read_public_key
from healthpass.cli.errors import CANNOT_JUDGE, DONE, CommandError
from healthpass.cli.output import answering, complain, json_line, put, terminal
from healthpass.cli.sources import STANDARD_INPUT, NoCodeError, NothingReadError, read_texts

HELP: Final = (
    "Judge health codes, offline.\n\nA text, the texts on standard input (-, one a line), or every code in a "
    "picture.\n\nExit codes: 0 valid, 1 not valid, 2 wrong usage, 3 cannot judge or no code; the worst of "
    "several."
)


def command(
    source: Annotated[str, typer.Argument(metavar="TOKEN|-|IMAGE", help="What to judge.", show_default=False)],
    *,
    issuer_key: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=PUB.pem", help="An issuer that you trust, and its public key. Repeatable."),
    ] = None,
    at: Annotated[str | None, typer.Option(metavar="RFC3339", help="Judge as of this time, not now.")] = None,
    skew: Annotated[
        int,
        typer.Option(min=0, max=MAX_SKEW, metavar="SECONDS", help="How far the issuer's clock may be ahead."),
    ] = DEFAULT_SKEW,
    waive: Annotated[
        list[str] | None,
        typer.Option(metavar="VERDICT", help="Do not refuse by this verdict, such as status-unknown. Repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, one object a line.")] = False,
) -> None:
    """Judge every code of the source, and leave with the worst exit code."""
    registry = _registry(issuer_key or [])
    moment = read_at(at)
    waived = _waived(waive or [])
    worst = DONE
    with answering(CANNOT_JUDGE):
        console = terminal()
        for number, judgement in enumerate(_judge(source, registry, moment, skew, waived)):
            worst = max(worst, answer.exit_code(judgement))
            if as_json:
                put(json_line(answer.as_json(judgement)))
            if isinstance(judgement, NothingReadError):
                complain((str(judgement),), judgement.hint)
            elif not as_json and source == STANDARD_INPUT:
                console.print(answer.as_line(judgement))
            elif not as_json:
                if number:
                    console.print()
                answer.show(console, judgement)
    raise typer.Exit(worst)


def _judge(
    source: str, registry: Registry, at: datetime | None, skew: int, waive: frozenset[str]
) -> Iterator[answer.Judgement]:
    try:
        for text in read_texts(source):
            if isinstance(text, VerificationError):
                yield text
                continue
            try:
                yield verify(text, registry=registry, at=at, skew=skew, waive=waive)
            except VerificationError as error:
                yield error
    except NoCodeError as error:
        yield error


def _registry(pairs: list[str]) -> Registry:
    """Read the keys that were given by hand."""
    if not pairs:
        raise CommandError(
            "whom do you trust? nothing can be verified without an issuer's key",
            hint="--issuer-key CN-33-01.WJW=PUB.pem, with the public key that the issuer has published",
        )
    keys: dict[str, list[PublicKey]] = {}
    for pair in pairs:
        name, separator, path = pair.partition("=")
        if not (separator and path):
            raise CommandError(
                f"--issuer-key {pair!r}: expected ID=PUB.pem",
                hint="for instance --issuer-key CN-33-01.WJW=PUB.pem",
            )
        try:
            issuer = IssuerId(name)
        except ValueError as error:
            raise CommandError(f"--issuer-key: {error}") from error
        keys.setdefault(issuer, []).append(read_public_key(Path(path)))
    try:
        return Registry.pinned(keys)
    except ValueError as error:
        raise CommandError(f"--issuer-key: {error}") from error


def _waived(names: list[str]) -> frozenset[str]:
    allowed = {str(verdict) for verdict in Verdict if verdict.waivable}
    for name in names:
        if name not in allowed:
            raise CommandError(f"--waive {name!r}: only these can be waived: {', '.join(sorted(allowed))}")
    return frozenset(names)
