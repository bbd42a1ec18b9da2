"""`healthpass verify` and `gate`: what a checkpoint does, offline."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import (
    Challenge,
    Color,
    IssuerId,
    PresentationError,
    PublicKey,
    Registry,
    ReplayMemory,
    Scope,
    Verdict,
    VerificationError,
    Verified,
    Verifier,
    bind_document,
)
from healthpass.cli.errors import CANNOT_JUDGE, DONE, CommandError, refusing
from healthpass.cli.io.arguments import (
    AsJson,
    At,
    Nonce,
    Opening,
    QrFile,
    Source,
    given,
    read_life,
    read_public_key,
)
from healthpass.cli.io.files import MAX_KEY_FILE, NewFiles, read, unmarked
from healthpass.cli.io.output import answering, aside, complain, json_line, lines, put, write
from healthpass.cli.io.sources import STANDARD_INPUT, NoCodeError, each
from healthpass.cli.show import answer
from healthpass.cli.show.answer import Match
from healthpass.cli.show.drawing import characters, draw

_EVER: Final = date(9998, 12, 31) - date(1970, 1, 1)  # no credential lives longer (CLM-3)
_PAIR: Final = "for instance --issuer-key CN-33-01.WJW=PUB.pem"


def verify_command(
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
        str, typer.Option(metavar="SECONDS", help="How far the issuer's clock may be ahead, 300 at most.")
    ] = "60",
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
    nonce: Nonce = None,
    bearer_for: Annotated[
        timedelta | None,
        given(
            "--bearer-for",
            "DURATION",
            read_life,
            "Refuse codes without a device key of a longer lifetime; 0: all.",
        ),
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
    """Judge health codes, offline.

    A text, the texts on standard input (-, one a line), or every code in a picture. A presentation passes once
    in a run, and a nonce is good for one.

    Exit codes: 0 valid, 1 not valid, 2 wrong usage, 3 cannot judge or no code; the worst of several. Whether a
    document matches is an answer of its own, not part of them.
    """
    trusted = _trusted(issuer_key or [], trust, environment, bearer_for)
    if status_grace is not None and trust is None:
        raise CommandError("--status-grace needs --trust: keys that are given by hand have no status lists")
    gate = _gate(trusted, skew, waive or [], environment, status_grace)
    if nonce is not None:
        with refusing("--nonce"), suppress(VerificationError):
            gate.verify("", nonce=nonce)  # an empty text, so that a wrong nonce is refused before the first code
    match = _matcher(document, opening)
    worst = DONE
    with answering(CANNOT_JUDGE):
        put_line = lines()
        judge = _judging(gate, nonce, at)
        for number, judgement in enumerate(each(source, judge)):
            worst = max(worst, answer.exit_code(judgement))
            matches = match(judgement) if match is not None and isinstance(judgement, Verified) else None
            if as_json:
                write(json_line(answer.as_json(judgement, matches)))
            if isinstance(judgement, NoCodeError) and judgement.unread:
                complain((judgement.message,), judgement.hint)
            elif not as_json and source == STANDARD_INPUT:
                put_line(*answer.as_line(judgement, matches, at=at))
            elif not as_json:
                if number:
                    put_line()
                answer.show(put_line, judgement, matches, at=at)
    raise typer.Exit(worst)


def _judging(gate: Verifier, nonce: bytes | None, at: datetime | None) -> Callable[[str], Verified]:
    """Return what judges a text: a nonce is accepted for one showing (PRS-12), and then none answers this gate."""
    used = False

    def judge(text: str) -> Verified:
        nonlocal nonce, used
        try:
            verified = gate.verify(text, nonce=nonce, at=at)
        except PresentationError as error:
            if used and error.verdict is Verdict.PRESENTATION_MISMATCH:
                complain(
                    (), "the nonce has been used, and is for one showing; healthpass gate challenge makes one"
                )
            raise
        if nonce is not None and verified.presented_at is not None:
            used, nonce = True, Challenge().take()  # nobody knows it; with none, a showing without one would pass
        return verified

    return judge


def _gate(
    trusted: Registry | Callable[[], Registry],
    skew: str,
    waive: list[str],
    environment: str | None,
    grace: timedelta | None,
) -> Verifier:
    if not re.fullmatch(r"\d{1,9}", skew, re.ASCII):
        raise CommandError(f"--skew {skew!r}: expected a number of seconds")
    try:
        return Verifier(
            trusted,
            replay=ReplayMemory(),
            skew=timedelta(seconds=int(skew)),
            waive=waive,
            environment=environment or "production",
            status_grace=grace or timedelta(0),
        )
    except ValueError as error:  # "status_grace must be ...": the argument is called as the option
        problem = re.sub(r"^(\w+) must", lambda name: f"--{name[1].replace('_', '-')} must", str(error))
        raise CommandError(problem) from error


def _matcher(document: str | None, opening: bytes | None) -> Callable[[Verified], Match] | None:
    """Return what tells whether a code is bound to `--document`, where that is asked."""
    if document is None:
        if opening is not None:
            raise CommandError("--opening has nothing to open", hint="add --document resident-id:NUMBER")
        return None
    kind, _, number = document.partition(":")
    if number.startswith("@"):  # a number on the command line is in the shell's history and the list of processes
        file = Path(number[1:])
        number = unmarked(read(file, at_most=MAX_KEY_FILE), repr(str(file))).decode("ascii", "replace").strip()
    with refusing("--document", hint="for instance --document resident-id:NUMBER"):
        bind_document(kind, number, opening=opening)

    def match(verified: Verified) -> Match:
        if opening is None and verified.opening is None:
            return Match.UNKNOWN
        return Match(verified.matches_document(kind, number, opening))

    return match


def _trusted(
    pairs: list[str], trust: Path | None, environment: str | None, bearer_for: timedelta | None
) -> Registry | Callable[[], Registry]:
    """Find out whom the user trusts: keys that were given by hand, or a store, which is asked for each text."""
    if trust is None:
        if environment is not None:
            raise CommandError("--environment needs --trust: keys that are given by hand are of none")
        return _pinned(pairs, bearer_for)
    if pairs:
        raise CommandError("--trust and --issuer-key exclude each other", hint="one answer to: whom do you trust?")
    if bearer_for is not None:
        raise CommandError("--bearer-for needs --issuer-key: a store's registries say it for each key")
    from healthpass.cli import stores  # noqa: PLC0415 - who trusts keys loads no store

    return stores.registries(trust)


def _pinned(pairs: list[str], bearer_for: timedelta | None) -> Registry:
    """Grant everything to the keys that were given by hand, but bearer codes of a longer lifetime."""
    if not pairs:
        raise CommandError(
            "whom do you trust? nothing can be verified without a trust store or an issuer's key",
            hint="--issuer-key CN-33-01.WJW=PUB.pem, or --trust STORE, which `healthpass trust pin` makes",
        )
    keys: dict[str, list[PublicKey]] = {}
    for pair in pairs:
        name, separator, path = pair.partition("=")
        if not (separator and path):
            raise CommandError(f"--issuer-key {pair!r}: expected ID=PUB.pem", hint=_PAIR)
        with refusing("--issuer-key"):
            issuer = IssuerId(name)
        keys.setdefault(issuer, []).append(read_public_key(path))
    with refusing("--issuer-key"):
        if bearer_for is None:
            return Registry.pinned(keys)
        scope = Scope(
            colors=frozenset(Color),
            max_lifetime=_EVER,
            max_bearer_lifetime=bearer_for,
            max_lifetime_without_status=_EVER,
        )
        return Registry.pinned(keys, scope=scope)


HELP: Final = "What a checkpoint does besides verifying."


def challenge(
    *,
    qr: QrFile = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Draw the QR code in the terminal, on standard error.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the next holder for a nonce.

    Prints the text of the code that the holder's app scans, and the nonce on standard error: give it to `verify
    --nonce`. It is for one showing, within two minutes.
    """
    made = Challenge()
    nonce = made.take()
    picture = draw(made.text, qr)
    drawing = characters(made.text) if terminal else None
    with NewFiles() as files, answering():
        files.create(qr, picture)
        if drawing is not None:
            aside(drawing)
        if as_json:
            put(json_line({"text": made.text, "nonce": nonce, "expires_at": made.expires_at}))
            return
        aside(f"nonce: {nonce.hex()}")
        put(made.text)


COMMANDS: Final = (challenge,)
