"""`healthpass authority`: the roots of an authority, which several people sign offline."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from healthpass import RegionId
from healthpass.authority import Content, Finding, RegistryDocument, Root, check_root, next_root, open_epoch
from healthpass.authority._findings import ROOT_SOON
from healthpass.cli.documents import (
    create,
    editing,
    load,
    load_document,
    load_root,
    rewrite,
)
from healthpass.cli.errors import CommandError
from healthpass.cli.grants import At, JudgedAt, clock, find_of_root, read_keys, read_life
from healthpass.cli.io.arguments import read_environment
from healthpass.cli.reviews import sign_file, tell_differences, tell_document, tell_findings
from healthpass.documents._document import Kind

HELP: Final = (
    "Write, check and sign the roots of an authority.\n\nA root says which keys sign the authority's registry. "
    "Its source, root.json, is made to be kept in git and reviewed; several people sign it, one after another."
)
NEW_HELP: Final = "Write the source of an authority's first root."
NEXT_HELP: Final = (
    "Make a source that of the next root.\n\nIt has a new term, and other keys where they are given. With "
    "--new-epoch, the way back from a theft of registry keys: none of the earlier ones stays, and revocations "
    "after version --stands-by fall."
)
SIGN_HELP: Final = (
    "Sign a root.\n\nGive its source, or the document that others have signed: the order does not matter. "
    "Signatures that --out holds already are kept. From the second version on, give --previous: its keys must "
    "sign too."
)
CHECK_HELP: Final = (
    "Check a root as verifiers will, and warn of risks.\n\nExit codes: 0 accepted, perhaps with warnings; "
    "1 refused; 2 wrong usage; 3 a file cannot be read."
)
SHOW_HELP: Final = (
    "Show a root, its thumbprint and who has signed.\n\nThe thumbprint is what people read to each other over "
    "the telephone. Nothing is trusted by being shown."
)
DIFF_HELP: Final = "Tell what has changed from one root to another.\n\nIn words, in English and in Chinese."

Previous = Annotated[Path | None, typer.Option(metavar="OLD.cbor", help="The root before it.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def new(
    authority: Annotated[
        str, typer.Argument(metavar="REGION", help="Its region, such as CN-33.", show_default=False)
    ],
    *,
    root_key: Annotated[
        list[Path], typer.Option(metavar="PUB.pem", help="A key that signs roots. Repeatable.", show_default=False)
    ],
    root_threshold: Annotated[
        int, typer.Option(min=1, max=8, help="How many of them must sign.", show_default=False)
    ],
    registry_key: Annotated[
        list[Path],
        typer.Option(metavar="PUB.pem", help="A key that signs registries. Repeatable.", show_default=False),
    ],
    registry_threshold: Annotated[
        int, typer.Option(min=1, max=8, help="How many of them must sign.", show_default=False)
    ],
    valid_for: Annotated[
        str, typer.Option(metavar="DURATION", help="How long, 400d at most.", show_default=False)
    ],
    environment: Annotated[str | None, typer.Option(metavar="NAME", help="production, if left out.")] = None,
    epoch: Annotated[
        int, typer.Option(min=1, metavar="N", help="256 above your last, after a loss of the root keys.")
    ] = 1,
    at: At = None,
    out: Annotated[
        Path, typer.Option(metavar="root.json", help="Where the source goes; a new file.", show_default=False)
    ],
) -> None:
    """Write the source of a first root."""
    issued = clock(at)
    with editing():
        root = Root(
            authority=RegionId(authority),
            environment=read_environment(environment),
            epoch=epoch,
            version=1,
            issued=issued,
            expires=issued + read_life("valid-for", valid_for, Kind.ROOT),
            root_keys=read_keys(root_key),
            root_threshold=root_threshold,
            registry_keys=read_keys(registry_key),
            registry_threshold=registry_threshold,
        )
    create(out, root)


def next_(
    source: Annotated[Path, typer.Argument(metavar="root.json", help="The source.", show_default=False)],
    *,
    add_root_key: Annotated[list[Path] | None, typer.Option(metavar="PUB.pem", help="Repeatable.")] = None,
    drop_root_key: Annotated[list[str] | None, typer.Option(metavar="KID|PUB.pem", help="Repeatable.")] = None,
    root_threshold: Annotated[int | None, typer.Option(min=1, max=8, help="As before, if left out.")] = None,
    add_registry_key: Annotated[list[Path] | None, typer.Option(metavar="PUB.pem", help="Repeatable.")] = None,
    drop_registry_key: Annotated[list[str] | None, typer.Option(metavar="KID|PUB.pem", help="Repeatable.")] = None,
    registry_threshold: Annotated[int | None, typer.Option(min=1, max=8, help="As before, if left out.")] = None,
    new_epoch: Annotated[bool, typer.Option("--new-epoch", help="Drop all registry keys and begin anew.")] = False,
    stands_by: Annotated[
        int | None, typer.Option(min=0, metavar="VERSION", help="The last registry that counts; 0 for none.")
    ] = None,
    valid_for: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How long, 400d at most; as before, if left out.")
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(metavar="OLD.cbor", help="The root in force, after which versions count; else the source's."),
    ] = None,
    at: At = None,
) -> None:
    """Make a source that of the next root."""
    if new_epoch != (stands_by is not None):
        raise CommandError(
            "--new-epoch and --stands-by go together",
            hint="--stands-by names the last registry that was not signed by the thief; 0 for none",
        )
    if new_epoch and drop_registry_key:
        raise CommandError("--new-epoch drops all registry keys; --drop-registry-key has nothing to do")
    loaded, root = load_root(source)
    before = root if previous is None else load_document(previous, Kind.ROOT).content
    assert isinstance(before, Root)  # noqa: S101 - by its kind
    with editing():
        if (before.authority, before.environment) != (root.authority, root.environment):
            raise CommandError(f"{str(previous)!r} is no root of {root.authority} in {root.environment!r}")
        if root.version not in {before.version, before.version + 1}:
            raise CommandError(
                f"the source is at version {root.version} and does not go on from version {before.version}"
            )
        changed = next_root(
            root,
            version=before.version + 1,
            at=clock(at),
            lifetime=None if valid_for is None else read_life("valid-for", valid_for, Kind.ROOT),
            add_root=read_keys(add_root_key),
            drop_root=find_of_root(root.root_keys, drop_root_key),
            add_registry=() if new_epoch else read_keys(add_registry_key),
            drop_registry=find_of_root(root.registry_keys, drop_registry_key),
            root_threshold=root_threshold,
            registry_threshold=None if new_epoch else registry_threshold,
        )
        if stands_by is not None:
            changed = open_epoch(
                changed,
                read_keys(add_registry_key),
                after=before,
                stands_by=stands_by,
                registry_threshold=registry_threshold,
            )
    rewrite(loaded, changed)


def sign(
    document: Annotated[
        Path, typer.Argument(metavar="root.json|root.cbor", help="What to sign.", show_default=False)
    ],
    *,
    key: Annotated[Path, typer.Option(metavar="KEY.pem", help="Your root key.", show_default=False)],
    out: Annotated[Path, typer.Option(metavar="root.cbor", help="Where the document goes.", show_default=False)],
    previous: Previous = None,
    force: Annotated[
        bool, typer.Option("--force", help="Sign with a key that does not matter, or what cannot be shown.")
    ] = False,
) -> None:
    """Sign a root."""
    loaded = load(document, Kind.ROOT)
    before = None if previous is None else load_document(previous, Kind.ROOT)
    sign_file(loaded, key, out, previous=before, force=force)


def check(
    document: Annotated[
        Path, typer.Argument(metavar="root.json|root.cbor", help="What to check.", show_default=False)
    ],
    *,
    previous: Annotated[
        list[Path] | None,
        typer.Option(metavar="OLD.cbor", help="The root before it; repeatable, the last one at the end."),
    ] = None,
    at: JudgedAt = None,
    within: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Warn of an expiry within this time; 60d if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a root."""
    roots = [load_document(path, Kind.ROOT).data for path in previous or ()]
    soon = ROOT_SOON if within is None else read_life("within", within)
    time = clock(at)

    def findings(given: bytes | Content) -> tuple[Finding, ...]:
        if isinstance(given, RegistryDocument):
            raise CommandError(f"{str(document)!r} is a registry", hint="healthpass registry check")
        return check_root(given, previous=roots, at=time, soon=soon)

    tell_findings(document, findings, as_json=as_json)


def show(
    document: Annotated[
        Path, typer.Argument(metavar="root.cbor|root.json", help="What to show.", show_default=False)
    ],
    *,
    as_json: Json = False,
) -> None:
    """Show a root."""
    tell_document(load(document, Kind.ROOT), as_json=as_json)


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A source or a document.", show_default=False)],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A source or a document.", show_default=False)],
    *,
    as_json: Json = False,
) -> None:
    """Tell what has changed."""
    tell_differences(load(old, Kind.ROOT), load(new, Kind.ROOT), as_json=as_json)


COMMANDS: Final[tuple[tuple[str, str, Callable[..., Any]], ...]] = (
    ("new", NEW_HELP, new),
    ("next", NEXT_HELP, next_),
    ("sign", SIGN_HELP, sign),
    ("check", CHECK_HELP, check),
    ("show", SHOW_HELP, show),
    ("diff", DIFF_HELP, diff),
)
