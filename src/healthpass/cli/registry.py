"""`healthpass registry`: an authority's registry as a whole; its keys and recognitions have files of their own."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from healthpass import harmless
from healthpass.authority import (
    Content,
    Finding,
    RegistryDocument,
    Root,
    check_registry,
    first_registry,
    next_registry,
)
from healthpass.authority._findings import REGISTRY_SOON
from healthpass.cli.documents import (
    create,
    editing,
    load,
    load_document,
    load_registry,
    read_bounded,
    refusing,
    rewrite,
)
from healthpass.cli.errors import CommandError
from healthpass.cli.grants import At, JudgedAt, clock, read_life, read_names
from healthpass.cli.io.output import answering, json_line, put
from healthpass.cli.requests import SeenRequest, is_request
from healthpass.cli.reviews import sign_file, tell_differences, tell_document, tell_findings
from healthpass.documents._document import Kind

HELP: Final = (
    "Write, check and sign the registry of an authority.\n\nA registry lists the issuers of a region, their keys, "
    "and the regions that it recognises. Its source, registry.json, is made to be kept in git and reviewed."
)
NEW_HELP: Final = "Write the source of an authority's first registry.\n\nThere is nobody in it yet."
NEXT_HELP: Final = (
    "Make a source that of the next version.\n\nIt has the next number, the hash of the registry published last, "
    "and a new term. The commands that change a source do the same with --previous."
)
SIGN_HELP: Final = (
    "Sign a registry.\n\nGive its source, or the document that others have signed: the order does not matter. "
    "Signatures that --out holds already are kept."
)
CHECK_HELP: Final = (
    "Check a registry as verifiers will, and warn of risks.\n\nWithout --previous, nothing is said of what has "
    "changed.\n\nExit codes: 0 accepted, perhaps with warnings; 1 refused; 2 wrong usage; 3 a file cannot be read."
)
SHOW_HELP: Final = (
    "Show a registry, or the request of an office.\n\nOf a registry thumbprint, issuers, keys and recognitions; "
    "of a request what is asked for, and never its thumbprint, which the office reads to you. Nothing is trusted "
    "by being shown."
)
DIFF_HELP: Final = "Tell what has changed from one registry to another.\n\nIn words, in English and in Chinese."

Source = Annotated[Path, typer.Argument(metavar="registry.json", help="The source.", show_default=False)]
RootFile = Annotated[
    Path, typer.Option("--root", metavar="root.cbor", help="The root in force.", show_default=False)
]
Previous = Annotated[
    Path | None,
    typer.Option(metavar="registry.cbor", help="The registry published last; makes the source the next version."),
]
NextLife = Annotated[
    str | None,
    typer.Option(
        "--valid-for",
        metavar="DURATION",
        help="How long that version is in force, 31d at most; as before, if left out.",
    ),
]
NextAt = Annotated[
    str | None, typer.Option("--at", metavar="RFC3339", help="When that version is made, if it is not now.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def new(
    root: Annotated[Path, typer.Argument(metavar="root.cbor", help="The authority's root.", show_default=False)],
    *,
    name_zh: Annotated[str, typer.Option(metavar="NAME", help="Its name in Chinese.", show_default=False)],
    name_en: Annotated[str, typer.Option(metavar="NAME", help="Its name in English.", show_default=False)],
    valid_for: Annotated[str, typer.Option(metavar="DURATION", help="How long, 31d at most.", show_default=False)],
    at: At = None,
    out: Annotated[
        Path, typer.Option(metavar="registry.json", help="Where the source goes; a new file.", show_default=False)
    ],
) -> None:
    """Write the source of a first registry."""
    content = load(root, Kind.ROOT).content
    assert isinstance(content, Root)  # noqa: S101 - by its kind
    life = read_life("valid-for", valid_for, Kind.REGISTRY)
    create(out, first_registry(content, read_names(name_zh, name_en), at=clock(at), lifetime=life))


def next_(
    source: Source,
    *,
    previous: Annotated[
        Path, typer.Option(metavar="registry.cbor", help="The registry published last.", show_default=False)
    ],
    valid_for: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How long, 31d at most; as before, if left out.")
    ] = None,
    root: Annotated[
        Path | None, typer.Option(metavar="root.cbor", help="The root in force, if it has opened an epoch.")
    ] = None,
    at: At = None,
) -> None:
    """Make a source that of the next version."""
    loaded, registry = load_registry(source)
    rewrite(loaded, following(registry, previous, clock(at), valid_for, root))


def following(
    registry: RegistryDocument,
    previous: Path | None,
    at: datetime,
    valid_for: str | None,
    root: Path | None = None,
) -> RegistryDocument:
    """Return the registry as the version that follows the one published last; as it is, where that is not given.

    Raises:
        CommandError: when a file cannot be read, or the source does not go on from it.
    """
    if previous is None:
        if valid_for is not None:
            raise CommandError("--valid-for is for the next version", hint="add --previous registry.cbor")
        return registry
    last = load_document(previous, Kind.REGISTRY)
    content = None if root is None else load_document(root, Kind.ROOT).content
    with editing():
        return next_registry(
            registry,
            previous=last.signed,
            at=at,
            lifetime=None if valid_for is None else read_life("valid-for", valid_for, Kind.REGISTRY),
            root=content if isinstance(content, Root) else None,
        )


def sign(
    document: Annotated[
        Path, typer.Argument(metavar="registry.json|registry.cbor", help="What to sign.", show_default=False)
    ],
    *,
    key: Annotated[Path, typer.Option(metavar="KEY.pem", help="Your registry key.", show_default=False)],
    root: RootFile,
    out: Annotated[
        Path, typer.Option(metavar="registry.cbor", help="Where the document goes.", show_default=False)
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Sign with a key that does not matter, or what cannot be shown.")
    ] = False,
) -> None:
    """Sign a registry."""
    loaded = load(document, Kind.REGISTRY)
    sign_file(loaded, key, out, root=load_document(root, Kind.ROOT), force=force)


def check(
    document: Annotated[
        Path, typer.Argument(metavar="registry.json|registry.cbor", help="What to check.", show_default=False)
    ],
    *,
    root: RootFile,
    previous: Annotated[Path | None, typer.Option(metavar="OLD.cbor", help="The registry published last.")] = None,
    at: JudgedAt = None,
    within: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Warn of an end within this time; 7d if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a registry."""
    root_data = load_document(root, Kind.ROOT).data
    last = None if previous is None else load_document(previous, Kind.REGISTRY).data
    soon = REGISTRY_SOON if within is None else read_life("within", within)
    time = clock(at)

    def findings(given: bytes | Content) -> tuple[Finding, ...]:
        if isinstance(given, Root):
            raise CommandError(f"{str(document)!r} is a root", hint="healthpass authority check")
        return check_registry(given, root=root_data, previous=last, at=time, soon=soon)

    tell_findings(document, findings, as_json=as_json)


def show(
    document: Annotated[
        Path,
        typer.Argument(
            metavar="registry.cbor|registry.json|request.cbor", help="What to show.", show_default=False
        ),
    ],
    *,
    root: Annotated[
        Path | None, typer.Option(metavar="root.cbor", help="The root in force, by whose keys to count.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a registry."""
    data = read_bounded(document)
    if is_request(data):
        with refusing(document):
            seen = SeenRequest.of(data)
        with answering():
            put(json_line(seen.as_json()) if as_json else "\n".join(map(harmless, seen.as_lines())))
        return
    loaded = load(document, Kind.REGISTRY, data)
    content = None if root is None else load_document(root, Kind.ROOT).content
    in_force = content if isinstance(content, Root) else None
    tell_document(loaded, in_force, as_json=as_json)


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A source or a document.", show_default=False)],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A source or a document.", show_default=False)],
    *,
    as_json: Json = False,
) -> None:
    """Tell what has changed."""
    tell_differences(load(old, Kind.REGISTRY), load(new, Kind.REGISTRY), as_json=as_json)


COMMANDS: Final[tuple[tuple[str, str, Callable[..., Any]], ...]] = (
    ("new", NEW_HELP, new),
    ("next", NEXT_HELP, next_),
    ("sign", SIGN_HELP, sign),
    ("check", CHECK_HELP, check),
    ("show", SHOW_HELP, show),
    ("diff", DIFF_HELP, diff),
)
