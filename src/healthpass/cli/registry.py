"""`healthpass registry`: an authority's registry as a whole; what changes in it has a file of its own."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import read_duration, read_time
from healthpass.authority import (
    Kind,
    Names,
    RegistryDocument,
    check_registry,
    first_registry,
    is_request,
    next_registry,
    open_request,
)
from healthpass.cli.errors import CANNOT_JUDGE, CommandError, refusing
from healthpass.cli.io.arguments import AsJson, At, given, new_file, read_public_key
from healthpass.cli.io.documents import (
    AsThumbprint,
    File,
    a_document,
    a_file,
    a_source,
    create,
    differing,
    load,
    read_bounded,
    refusing_file,
    rewrite,
    sign_file,
    tell,
    tell_check,
    tell_thumbprint,
)
from healthpass.cli.io.grants import Force, MadeAt, NameEn, NameZh, term
from healthpass.cli.io.keys import PassphraseFile, a_key, opened_key
from healthpass.cli.show.documents import document_json, document_lines, request_json, request_lines
from healthpass.cli.show.times import now

HELP: Final = (
    "Write, check and sign the registry of an authority.\n\nA registry lists the issuers of a region, their keys, "
    "and the regions that it recognises. Its source, registry.json, is made to be kept in git and reviewed."
)

_PEM: Final = b"-----BEGIN "
_ROOT: Final = "The root in force."
_NOT_COMPARED: Final = "previous-not-checked"
_LAST: Final = "The registry published last; after a theft, the last honest one."
Source = Annotated[File, a_source(Kind.REGISTRY)]
Previous = Annotated[
    File | None, a_document(Kind.REGISTRY, "The registry published last; makes the source the next version.")
]
NextLife = Annotated[
    timedelta | None,
    term(Kind.REGISTRY, "How long that version is in force, 31d at most; as before, if left out."),
]
NextAt = Annotated[
    datetime | None, given("--at", "RFC3339", read_time, "When that version is made, if it is not now.")
]


def new(
    root: Annotated[File, a_file(Kind.ROOT, "root.cbor", "The authority's root.")],
    *,
    name_zh: NameZh,
    name_en: NameEn,
    valid_for: Annotated[timedelta, term(Kind.REGISTRY, "How long, 31d at most.")],
    at: MadeAt = None,
    out: Annotated[Path, new_file("registry.json", "Where the source goes; a new file.")],
) -> None:
    """Write the source of an authority's first registry.

    There is nobody in it yet.
    """
    create(out, first_registry(root.root, Names(name_zh, name_en), at=at or now(), lifetime=valid_for))


def next_(
    source: Source,
    *,
    previous: Annotated[File, a_document(Kind.REGISTRY, _LAST)],
    valid_for: Annotated[
        timedelta | None, term(Kind.REGISTRY, "How long, 31d at most; as before, if left out.")
    ] = None,
    root: Annotated[File | None, a_document(Kind.ROOT, "The root in force, if it has opened an epoch.")] = None,
    at: MadeAt = None,
) -> None:
    """Make a source that of the next version.

    It has the next number, the hash of the registry published last, and a new term. The commands that change a
    source do the same with --previous.
    """
    rewrite(source, following(source.registry, previous, at, valid_for, root))


def following(
    registry: RegistryDocument,
    previous: File | None,
    at: datetime | None,
    valid_for: timedelta | None,
    root: File | None = None,
) -> RegistryDocument:
    """Return the registry as the version that follows the one published last; as it is, where that is not given.

    Raises:
        CommandError: when the source does not go on from it.
    """
    if previous is None:
        if valid_for is not None:
            raise CommandError("--valid-for is for the next version", hint="add --previous registry.cbor")
        return registry
    with refusing():
        return next_registry(
            registry, previous=previous.signed, at=at or now(), lifetime=valid_for, root=root and root.root
        )


def sign(
    document: Annotated[File, a_file(Kind.REGISTRY, "registry.json|registry.cbor", "What to sign.")],
    *,
    key: Annotated[str, a_key("Your registry key.")],
    passphrase_file: PassphraseFile = None,
    root: Annotated[File, a_document(Kind.ROOT, _ROOT)],
    previous: Annotated[File | None, a_document(Kind.REGISTRY, _LAST)] = None,
    out: Annotated[Path, new_file("registry.cbor", "Where the document goes.")],
    at: At = None,
    force: Force = None,
) -> None:
    """Sign a registry.

    Give its source, or the document that others have signed: the order does not matter. Signatures that --out
    holds already are kept. From the second version on, give --previous: no revocation of it may be forgotten.
    What `check` refuses is not signed, unless --force names what it found.
    """
    if previous is None and document.registry.version > 1 and _NOT_COMPARED not in (force or ()):
        raise CommandError(
            "from the second version on, a registry is compared with the one before it",
            hint=f"add --previous registry.cbor; without it: --force {_NOT_COMPARED}",
        )
    with opened_key(key, passphrase_file, exit_code=CANNOT_JUDGE) as signer:
        sign_file(document, signer, out, at=at or now(), root=root, previous=previous, force=force or ())


def check(
    document: Annotated[Path, typer.Argument(metavar="registry.json|registry.cbor", help="What to check.")],
    *,
    root: Annotated[File, a_document(Kind.ROOT, _ROOT)],
    previous: Annotated[File | None, a_document(Kind.REGISTRY, _LAST)] = None,
    at: At = None,
    within: Annotated[
        timedelta | None,
        given("--within", "DURATION", read_duration, "Warn of an end within this time; 7d if left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a registry as verifiers will, and warn of risks.

    Without --previous, nothing is said of what has changed.

    Exit codes: 0 accepted, perhaps with warnings; 1 refused; 2 wrong usage; 3 a file cannot be read.
    """
    last = previous and previous.data
    soon = {"soon": within} if within else {}
    findings = check_registry(read_bounded(document), root=root.data, previous=last, at=at or now(), **soon)
    tell_check(document, findings, as_json=as_json)


def show(
    document: Annotated[
        Path,
        typer.Argument(metavar="registry.cbor|registry.json|request.cbor|PUB.pem", help="What to show."),
    ],
    *,
    root: Annotated[File | None, a_document(Kind.ROOT, "The root in force, by whose keys to count.")] = None,
    thumbprint: AsThumbprint = False,
    as_json: AsJson = False,
) -> None:
    """Show a registry, or the request of an office.

    Of a registry thumbprint, issuers, keys and recognitions; of a request what is asked for, and never its
    thumbprint, which the office reads to you: `--thumbprint` with the office's own public key tells it there.
    Nothing is trusted by being shown.
    """
    data = read_bounded(document)
    if thumbprint and data.startswith(_PEM):
        tell_thumbprint(read_public_key(document).thumbprint)
        return
    if is_request(data):
        if thumbprint:
            raise CommandError(
                "the thumbprint of a request is not shown: the office reads it to you by telephone",
                hint="at the office: healthpass registry show PUB.pem --thumbprint",
            )
        with refusing_file(document):
            asked = open_request(data)
        tell(lambda: request_json(asked), lambda: request_lines(asked), as_json=as_json)
        return
    shown, in_force = load(document, Kind.REGISTRY, data).signed, root and root.root
    if thumbprint:
        tell_thumbprint(shown.digest)
        return
    tell(lambda: document_json(shown, in_force), lambda: document_lines(shown, in_force), as_json=as_json)


COMMANDS: Final = (new, next_, sign, check, show, differing(Kind.REGISTRY))
