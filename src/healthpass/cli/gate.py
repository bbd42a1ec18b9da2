"""`healthpass verify` and `gate`: what a checkpoint does, offline."""

import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from healthpass import Challenge, IssuerId, bind_document, harmless
from healthpass.cli.counting import Counting
from healthpass.cli.errors import CANNOT_JUDGE, DONE, CommandError, needing, refusing
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
from healthpass.cli.io.output import advise, answering, aside, complain, json_line, lines, put, styled
from healthpass.cli.io.sources import STANDARD_INPUT, NoCodeError, each
from healthpass.cli.io.where import PASSWORDS, is_address, read_where
from healthpass.cli.judging import Asked, Gate
from healthpass.cli.language import say, spoken
from healthpass.cli.show import answer
from healthpass.cli.show.answer import maybe
from healthpass.cli.show.drawing import characters, draw

_ANSWERS: Final = {"yes": True, "no": False}
_COMPARED: Final = {"matched": True, "mismatch": False}
_GRANTS: Final = (
    "the role of the workers needs USAGE on the schema healthpass_shared, and EXECUTE on all functions in it"
)
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
            metavar="TYPE:NUMBER|@FILE",
            help="Tell whether the code is bound to it; @FILE holds the number. With --policy also matched or "
            "mismatch: you have compared it yourself.",
        ),
    ] = None,
    opening: Opening = None,
    policy: Annotated[
        str | None,
        typer.Option(metavar="OFFICE", help="Decide by the policy of this office, which --trust holds."),
    ] = None,
    answers: Annotated[
        list[str] | None,
        typer.Option("--answer", metavar="NAME=yes|no", help="An answer to one of its questions. Repeatable."),
    ] = None,
    place: Annotated[
        str | None, typer.Option(metavar="NAME", help="What kind of place this is, one of the policy's.")
    ] = None,
    tally: Annotated[
        str | None,
        typer.Option(metavar="GATE=FILE", help="Count what was done, as gate REGION/name, into a new file."),
    ] = None,
    as_json: AsJson = False,
    jobs: Annotated[
        int, typer.Option(metavar="N", min=1, max=60, help="Share the texts of - among so many processes.")
    ] = 1,
) -> None:
    """Judge health codes, offline.

    A text, the texts on standard input (-, one a line), or every code in a picture. A presentation passes once
    in a run, and a nonce is good for one.

    Exit codes: 0 valid, 1 not valid, 2 wrong usage, 3 cannot judge or no code; the worst of several. With --policy
    0 is for who is admitted alone, 1 for another action, and 3 where nothing is decided. Without it, whether a
    document matches is an answer of its own, not part of them.
    """
    deciding = _deciding(policy, answers or [], place, trust)
    compared = _COMPARED.get(document or "") if policy is not None else None
    if status_grace is not None and trust is None:
        raise CommandError("--status-grace needs --trust: keys that are given by hand have no status lists")
    if jobs > 1 and source != STANDARD_INPUT:
        raise CommandError("--jobs needs -: one text, or one picture, is for one process")
    if jobs > 1 and tally is not None:
        raise CommandError("--tally is for one process: leave --jobs out")
    counting = Counting.of(tally, at)
    if not re.fullmatch(r"\d{1,9}", skew, re.ASCII):
        raise CommandError(f"--skew {skew!r}: expected a number of seconds")
    asked = Asked(
        keys=trusted_keys(issuer_key or [], trust, environment, bearer_for),
        bearer_for=maybe(_seconds, bearer_for),
        trust=maybe(str, trust),
        environment=environment or "production",
        skew=int(skew),
        waive=waive or [],
        grace=_seconds(status_grace or timedelta(0)),
        at=maybe(datetime.isoformat, at),
        document=_document(document, opening) if compared is None else None,
        compared=compared,
        **deciding,
        opening=maybe(bytes.hex, opening),
        as_json=as_json,
        styled=styled() and not as_json,
        encoding=sys.stdout.encoding or "ascii",
        language=spoken(),
    )
    gate = Gate(asked, nonce)
    with answering(CANNOT_JUDGE):
        worst = _answer(source, gate, counting, as_json=as_json, at=at) if jobs == 1 else _share(asked, gate, jobs)
        if counting is not None:
            counting.write()
    raise typer.Exit(worst)


def _answer(source: str, gate: Gate, counting: Counting | None, *, as_json: bool, at: datetime | None) -> int:
    """Judge what the source holds, answer, and return the worst exit code."""
    worst, put_line = DONE, lines(plain=as_json)
    for number, judgement in enumerate(each(source, gate.verify)):
        match = gate.match(judgement)
        decided = gate.decide(judgement, match)
        worst = max(worst, answer.exit_code(judgement, decided))
        unread = isinstance(judgement, NoCodeError) and judgement.unread
        if counting is not None and not unread:
            counting.count(judgement, decided)
        if as_json or (source == STANDARD_INPUT and not unread):
            put_line(*gate.line(judgement).parts)
        elif not unread:
            if number:
                put_line()
            answer.show(put_line, judgement, match, decided, at=at)
        if isinstance(judgement, NoCodeError) and judgement.unread:
            complain((judgement.message,), judgement.hint)
    return worst


def _share(asked: Asked, gate: Gate, jobs: int) -> int:
    """Judge the texts on standard input in several processes, answer, and return the worst exit code."""
    from healthpass.cli.jobs import Jobs  # noqa: PLC0415 - few need it

    if sys.stdin is None:
        raise CommandError("standard input is closed", exit_code=CANNOT_JUDGE)
    worst, put_line = DONE, lines(plain=asked.as_json)
    with Jobs(asked, gate, jobs) as processes:
        try:
            for exit_code, parts in processes.answers(sys.stdin.buffer, sys.stdout.flush):
                worst = max(worst, exit_code)
                put_line(*parts)
        except NoCodeError as error:
            worst = CANNOT_JUDGE
            if asked.as_json:
                put_line(*gate.line(error).parts)
            complain((error.message,), error.hint)
    return worst


def _deciding(policy: str | None, answers: list[str], place: str | None, trust: Path | None) -> dict[str, Any]:
    """Read `--policy`, `--answer` and `--place`."""
    if policy is None:
        if answers or place is not None:
            raise CommandError("--answer and --place need --policy: it asks the questions, and has the places")
        return {"policy": None, "answers": {}, "place": None}
    if trust is None:
        raise CommandError("--policy needs --trust: a store holds the policies of offices")
    with refusing("--policy"):
        IssuerId(policy)
    said = {}
    for one in answers:
        name, _, reply = one.partition("=")
        if reply not in _ANSWERS:
            raise CommandError(f"--answer {one!r}: expected NAME=yes or NAME=no")
        said[name] = _ANSWERS[reply]
    return {"policy": policy, "answers": said, "place": place}


def trusted_keys(
    pairs: list[str], trust: Path | None, environment: str | None, bearer_for: timedelta | None
) -> dict[str, list[str]]:
    """Return the keys of `--issuer-key` by their issuers, in hexadecimal digits; none with `--trust`.

    Raises:
        CommandError: when the options do not fit, or a key cannot be read.
    """
    if trust is not None:
        if pairs:
            raise CommandError(
                "--trust and --issuer-key exclude each other", hint="one answer to: whom do you trust?"
            )
        if bearer_for is not None:
            raise CommandError("--bearer-for needs --issuer-key: a store's registries say it for each key")
        return {}
    if environment is not None:
        raise CommandError("--environment needs --trust: keys that are given by hand are of none")
    if not pairs:
        raise CommandError(
            "whom do you trust? nothing can be verified without a trust store or an issuer's key",
            hint="--issuer-key CN-33-01.WJW=PUB.pem, or --trust STORE, which `healthpass trust pin` makes",
        )
    keys: dict[str, list[str]] = {}
    for pair in pairs:
        name, separator, path = pair.partition("=")
        if not (separator and path):
            raise CommandError(f"--issuer-key {pair!r}: expected ID=PUB.pem", hint=_PAIR)
        with refusing("--issuer-key"):
            issuer = IssuerId(name)
        keys.setdefault(issuer, []).append(read_public_key(path).to_bytes().hex())
    return keys


def _document(document: str | None, opening: bytes | None) -> tuple[str, str] | None:
    """Read `--document`: its type and its number."""
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
    return kind, number


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)


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
        aside(say("nonce: {}", nonce.hex()))
        put(made.text)


def share(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", parser=read_where, help="postgresql://owner@host/database")
    ],
) -> None:
    """Make the tables in which the workers of a gate on several hosts share what has passed.

    The database is there already; the role owns the tables then. `open_memory` of healthpass.shared opens them for
    a program. Tables that are there already stay as they are. For the workers of one computer a file is enough,
    which needs no command.

    Exit codes: 0 made, or there already, 2 wrong usage, 3 the database cannot be used.
    """
    from healthpass.shared import PostgresMemory, SharedError  # noqa: PLC0415 - slow to load, and used here alone

    if not is_address(address):
        raise CommandError("a file needs no tables; expected postgresql://owner@host/database")
    try:
        with needing("postgres", "a memory in PostgreSQL", exit_code=CANNOT_JUDGE):
            PostgresMemory.create(address).close()
    except SharedError as error:
        hint = PASSWORDS if "password" in str(error) else None
        raise CommandError(str(error), hint=hint, exit_code=CANNOT_JUDGE) from error
    with answering():
        put(say("{} has what gates share now", harmless(address)))
    advise(_GRANTS)


COMMANDS: Final = (challenge, share)
