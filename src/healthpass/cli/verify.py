"""`healthpass verify`: judge texts and pictures, offline."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from healthpass import (
    Color,
    IssuerId,
    PublicKey,
    Registry,
    ReplayMemory,
    Scope,
    Verdict,
    VerificationError,
    Verified,
    bind_document,
    read_duration,
    verify,
)
from healthpass.cli import answer, stores
from healthpass.cli.answer import Match
from healthpass.cli.errors import CANNOT_JUDGE, DONE, CommandError, refusing
from healthpass.cli.io.arguments import AsJson, At, Nonce, Opening, Source, read_environment, read_public_key
from healthpass.cli.io.files import MAX_KEY_FILE, read
from healthpass.cli.io.output import answering, complain, json_line, put
from healthpass.cli.io.sources import STANDARD_INPUT, NoCodeError, each
from healthpass.cli.show.terminal import terminal
from healthpass.codec._time import TIME_LIMIT
from healthpass.verifying._verify import DEFAULT_SKEW, MAX_GRACE, MAX_SKEW

HELP: Final = (
    "Judge health codes, offline.\n\nA text, the texts on standard input (-, one a line), or every code in a "
    "picture. A presentation passes once in a run.\n\nExit codes: 0 valid, 1 not valid, 2 wrong usage, 3 cannot "
    "judge or no code; the worst of several. Whether a document matches is an answer of its own, not part of them."
)
_EVER: Final = timedelta(seconds=TIME_LIMIT - 1)  # no credential lives longer (CLM-3)


def command(
    source: Source,
    *,
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
    skew: Annotated[
        str,
        typer.Option(metavar="SECONDS", help=f"How far the issuer's clock may be ahead, {MAX_SKEW} at most."),
    ] = str(DEFAULT_SKEW),
    waive: Annotated[
        list[str] | None,
        typer.Option(metavar="VERDICT", help="Do not refuse by this verdict, such as status-unknown. Repeatable."),
    ] = None,
    status_grace: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION", help="How long beyond its end a status list is believed, 7d at most; with --trust."
        ),
    ] = None,
    nonce: Nonce = None,
    bearer_for: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Refuse codes without a device key beyond this lifetime; 0: all."),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            metavar="TYPE:NUMBER|@FILE", help="Tell whether the code is bound to it; @FILE holds the number."
        ),
    ] = None,
    opening: Opening = None,
    as_json: AsJson = False,
) -> None:
    """Judge every code of the source, and leave with the worst exit code."""
    trusted = _trusted(issuer_key or [], trust, environment, _scope(bearer_for))
    if status_grace is not None and trust is None:
        raise CommandError("--status-grace needs --trust: keys that are given by hand have no status lists")
    judge = partial(
        verify,
        environment=read_environment(environment),
        at=at,
        skew=_skew(skew),
        waive=_waived(waive or []),
        status_grace=_grace(status_grace),
        nonce=nonce,
        replay=ReplayMemory(),
    )
    if nonce is not None:
        with refusing("--nonce"), suppress(VerificationError):
            judge("", registry=trusted())  # an empty text, so that a wrong nonce is refused before the first code
    asked = _asked(document, opening)
    worst = DONE
    with answering(CANNOT_JUDGE):
        console = terminal()
        # Asked for anew by each text: what is revoked while a gate reads line after line is revoked.
        for number, judgement in enumerate(each(source, lambda text: judge(text, registry=trusted()))):
            worst = max(worst, answer.exit_code(judgement))
            matches = asked.of(judgement) if asked is not None and isinstance(judgement, Verified) else None
            if as_json:
                put(json_line(answer.as_json(judgement, matches)))
            if isinstance(judgement, NoCodeError) and judgement.unread:
                complain((judgement.message,), judgement.hint)
            elif not as_json and source == STANDARD_INPUT:
                console.print(answer.as_line(judgement, matches, at=at))
            elif not as_json:
                if number:
                    console.print()
                answer.show(console, judgement, matches, at=at)
    raise typer.Exit(worst)


class _Asked(NamedTuple):
    """The document that a code should be bound to."""

    type: str
    number: str
    opening: bytes | None

    def of(self, verified: Verified) -> Match:
        """Tell whether it is."""
        if self.opening is None and verified.opening is None:
            return Match.UNKNOWN
        matches = verified.matches_document(self.type, self.number, self.opening)
        return Match.MATCHES if matches else Match.DIFFERS


def _asked(document: str | None, opening: bytes | None) -> _Asked | None:
    """Read `--document` and `--opening`."""
    if document is None:
        if opening is not None:
            raise CommandError("--opening has nothing to open", hint="add --document resident-id:NUMBER")
        return None
    kind, _, number = document.partition(":")
    if number.startswith("@"):  # a number on the command line is in the shell's history and the list of processes
        number = read(Path(number[1:]), at_most=MAX_KEY_FILE).decode("ascii", "replace").strip()
    try:
        bind_document(kind, number, opening=opening)
    except ValueError as error:
        raise CommandError(f"--document: {error}", hint="for instance --document resident-id:NUMBER") from error
    return _Asked(kind, number, opening)


def _skew(text: str) -> timedelta:
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) > MAX_SKEW:
        raise CommandError(f"--skew {text!r}: 0 to {MAX_SKEW} seconds", hint="healthpass verify --help")
    return timedelta(seconds=int(text))


def _grace(text: str | None) -> timedelta:
    """Read `--status-grace`."""
    if text in {None, "0"}:
        return timedelta(0)
    try:
        grace = read_duration(str(text))
    except ValueError as error:
        raise CommandError(f"--status-grace {text!r}: {error}, or 0") from error
    if grace > MAX_GRACE:
        raise CommandError(f"--status-grace {text!r}: {MAX_GRACE.days}d are the most")
    return grace


def _scope(bearer_for: str | None) -> Scope | None:
    """Grant everything, but bearer codes of a longer lifetime."""
    if bearer_for is None:
        return None
    try:
        lifetime = timedelta(0) if bearer_for == "0" else read_duration(bearer_for)
    except ValueError as error:
        raise CommandError(f"--bearer-for {bearer_for!r}: {error}, or 0") from error
    return Scope(
        colors=frozenset(Color),
        max_lifetime=_EVER,
        max_bearer_lifetime=lifetime,
        max_lifetime_without_status=_EVER,
    )


def _trusted(
    pairs: list[str], trust: Path | None, environment: str | None, scope: Scope | None
) -> Callable[[], Registry]:
    """Find out whom the user trusts: a store, or keys that were given by hand."""
    if trust is None:
        if environment is not None:
            raise CommandError("--environment needs --trust: keys that are given by hand are of none")
        pinned = _pinned(pairs, scope)
        return lambda: pinned
    if pairs:
        raise CommandError("--trust and --issuer-key exclude each other", hint="one answer to: whom do you trust?")
    if scope is not None:
        raise CommandError("--bearer-for needs --issuer-key: a store's registries say it for each key")
    return stores.registries(trust)


def _pinned(pairs: list[str], scope: Scope | None) -> Registry:
    """Read the keys that were given by hand."""
    if not pairs:
        raise CommandError(
            "whom do you trust? nothing can be verified without a trust store or an issuer's key",
            hint="--issuer-key CN-33-01.WJW=PUB.pem, or --trust STORE, which `healthpass trust pin` makes",
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
        return Registry.pinned(keys, scope=scope)
    except ValueError as error:
        raise CommandError(f"--issuer-key: {error}") from error


def _waived(names: list[str]) -> frozenset[str]:
    allowed = {str(verdict) for verdict in Verdict if verdict.waivable}
    for name in names:
        if name not in allowed:
            raise CommandError(f"--waive {name!r}: only these can be waived: {', '.join(sorted(allowed))}")
    return frozenset(names)
