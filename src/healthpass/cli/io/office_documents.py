"""What commands for policies and for risk maps have in common: new, sign, show and diff."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from healthpass import IssuerId, PublicKey, Words, harmless, write_time
from healthpass.authority import Kind
from healthpass.cli.errors import refusing
from healthpass.cli.io.arguments import AsJson, given, new_file
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.grants import Environment, Force, MadeAt, key_file, term
from healthpass.cli.io.keys import PassphraseFile, a_key, opened_key
from healthpass.cli.io.output import answering, aside, json_line, put, warning
from healthpass.cli.io.policies import (
    OfficeFile,
    load,
    put_differences,
    put_words,
    refuse,
    source_of,
    verified,
)
from healthpass.cli.language import say
from healthpass.cli.show.documents import kind_words, thumbprint_lines
from healthpass.cli.show.times import now
from healthpass.deciding import (
    OfficeDocument,
    Policy,
    PolicyFinding,
    RiskMap,
    differences,
    sign_map,
    sign_policy,
    write_source,
)

_LIFE: Final = timedelta(days=28)
_ZONES: Final = range(-720, 841)  # minutes; POL-3


def read_zone(text: str) -> int:
    """Read `--zone`, minutes by which civil time is ahead of UTC.

    Raises:
        ValueError: when it is none.
    """
    try:
        zone = int(text)
    except ValueError:
        raise ValueError("expected minutes ahead of UTC, such as 480") from None
    if zone not in _ZONES:
        raise ValueError("expected -720 to 840 minutes ahead of UTC")
    return zone


Zone = Annotated[int, given("--zone", "MINUTES", read_zone, "How far civil time is ahead of UTC; 480 for China.")]


def create(out: Path, content: Policy | RiskMap) -> None:
    """Write a new source.

    Raises:
        CommandError: when the file is there already.
    """
    with NewFiles() as files, answering():
        files.create(out, write_source(content))
        put(say("{}: {} {}", harmless(str(out)), content.names.zh, content.names.en))


def signing(kind: Kind, check: Callable[[Any, datetime], Sequence[PolicyFinding]]) -> Callable[..., None]:
    """Return the command that signs a source of a kind."""
    short = _short(kind)

    def sign(
        source: Annotated[
            OfficeFile,
            typer.Argument(
                metavar=f"{short}.json", parser=lambda text: load(Path(text), kind), help="The source."
            ),
        ],
        *,
        key: Annotated[str, a_key("The office's key of use policy.")],
        passphrase_file: PassphraseFile = None,
        issuer: Annotated[IssuerId, given("--issuer", "ID", IssuerId, "The office, such as CN-33-01.WJW.")],
        valid_for: Annotated[
            timedelta | None, term(kind, "How long it is in force, 31d at most; 28d if left out.")
        ] = None,
        environment: Environment = "production",
        at: MadeAt = None,
        force: Force = None,
        out: Annotated[Path, new_file(f"{short}.cbor", "Where the document goes; a new file.")],
    ) -> None:
        issued = (at or now()).replace(microsecond=0)
        refuse(source.path, check(source.content, issued), force or ())
        made: OfficeDocument[Any] = OfficeDocument(
            issuer=issuer,
            environment=environment,
            issued=issued,
            expires=issued + (valid_for or _LIFE),
            content=source.content,
        )
        with opened_key(key, passphrase_file) as signer, refusing(repr(str(source.path))):
            document = (sign_policy if kind is Kind.POLICY else sign_map)(made, signer)
        with NewFiles() as files, answering():
            files.create(out, document)
            told = (harmless(str(out)), kind_words(kind), issuer, environment, write_time(made.expires))
            put(say("{}: {} of {}, {}, until {}", *told))

    sign.__doc__ = (
        f"Sign a {kind.label}.\n\nThe key is one of the office, listed with use policy: `registry request --use "
        "policy` asks for that. What `check` refuses is not signed, unless --force names what it found."
    )
    return sign


def showing(kind: Kind, explained: Callable[[Any], Sequence[Words]]) -> Callable[..., None]:
    """Return the command that shows a source or a document of a kind."""
    short = _short(kind)

    def show(
        document: Annotated[
            OfficeFile,
            typer.Argument(
                metavar=f"{short}.cbor|{short}.json",
                parser=lambda text: load(Path(text), kind),
                help="What to show.",
            ),
        ],
        *,
        signed_by: Annotated[PublicKey | None, key_file("Verify that this key has signed it.")] = None,
        as_json: AsJson = False,
    ) -> None:
        if signed_by is not None:
            verified(document, kind, signed_by)
        told = document.document
        if as_json:
            claims: dict[str, Any] = {"verified": signed_by is not None}
            if told is not None:
                claims |= {
                    "issuer": told.document.issuer,
                    "environment": told.document.environment,
                    "issued": told.document.issued,
                    "expires": told.document.expires,
                    "kid": told.kid,
                    "sha256": told.digest,
                }
            with answering():
                put(json_line({**claims, "content": source_of(document.content)}))
            return
        with answering():
            if told is not None:
                if signed_by is None:
                    aside(say("{}; --signed-by PUB.pem verifies it", warning()))
                made = told.document
                which = (kind_words(kind), made.issuer, harmless(made.environment), told.kid.hex())
                put(say("{} of {}, {}, by the key {}", *which))
                put(say("issued   {}", write_time(made.issued)))
                put(say("expires  {}", write_time(made.expires)))
                put(say("thumbprint, SHA-256 of the payload:"))
                for line in thumbprint_lines(told.digest):
                    put(f"  {line}")
            put_words(explained(document.content))

    show.__doc__ = (
        f"Show a {kind.label}: who has signed it, until when it is in force, and what it says.\n\n"
        "Nothing is trusted by being shown."
    )
    return show


def diffing(kind: Kind) -> Callable[..., None]:
    """Return the command that tells what has changed."""

    def side(metavar: str) -> Any:
        parser = lambda text: load(Path(text), kind)  # noqa: E731
        return typer.Argument(metavar=metavar, parser=parser, help="A source or a document.")

    def diff(
        old: Annotated[OfficeFile, side("OLD")],
        new: Annotated[OfficeFile, side("NEW")],
        *,
        as_json: AsJson = False,
    ) -> None:
        changes = _changes(old, new)
        with answering():
            if as_json:
                put(json_line({"changes": [change._asdict() for change in changes]}))
            else:
                put_differences(changes)

    diff.__doc__ = f"Tell what has changed from one {kind.label} to another.\n\nIn words."
    return diff


def _changes(old: OfficeFile, new: OfficeFile) -> tuple[Words, ...]:
    if isinstance(old.content, Policy):
        return differences(old.policy, new.policy)
    return differences(old.risk_map, new.risk_map)


def _short(kind: Kind) -> str:
    return "policy" if kind is Kind.POLICY else "map"
