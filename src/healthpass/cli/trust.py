"""`healthpass trust`: whom a verifier trusts, and what it has been told since."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import RegionId, harmless
from healthpass.cli import reasons, roots, stores, tree
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, CommandError
from healthpass.cli.graph import Graph
from healthpass.cli.io.arguments import read_at, read_environment
from healthpass.cli.io.output import answering, aside, json_line, put
from healthpass.cli.reports import Report
from healthpass.cli.show.terminal import terminal
from healthpass.codec._time import now, to_seconds
from healthpass.documents._statement import PRODUCTION
from healthpass.store import TrustStore

HELP: Final = "Choose whom to trust, and hear what they publish."
PIN_HELP: Final = (
    "Trust an authority by the thumbprint of its root.\n\nShows the root in words. It is pinned when --thumbprint "
    "is given and is the same, or somebody types yes. Makes the store if there is none. Without a file, name "
    "--authority, --version and --thumbprint; the root then comes with an update.\n\n"
    "Exit codes: 0 pinned, 1 refused, 2 wrong usage, 3 the store cannot be opened."
)
UNPIN_HELP: Final = "Trust an authority no longer.\n\nAll that was held by way of it is forgotten."
UPDATE_HELP: Final = (
    "Offer a store what authorities have published.\n\nFiles, folders with files named *.cbor, and https:// "
    "addresses. Each document counts on its own: a refused one leaves all else as it was. One that concerns "
    "nobody whom the store knows is passed over.\n\n"
    "Exit codes: 0 nothing was refused, 1 something was, or all was passed over, 3 a source cannot be read or the "
    "store not opened."
)
SHOW_HELP: Final = (
    "Draw whom a store trusts.\n\nAnchors, whom they recognise, issuers and their keys, and from when on nothing "
    "can be judged unless news comes."
)
WHY_HELP: Final = (
    "Explain path by path why a code is trusted here or not.\n\nNothing that a code claims is shown unless it is "
    "valid. Exit codes as those of verify."
)
_YES: Final = "yes"

_Store = Annotated[Path, typer.Argument(metavar="STORE", help="The folder of the store.", show_default=False)]
_At = Annotated[str | None, typer.Option("--at", metavar="RFC3339", help="Judge as of this time, not now.")]
_Json = Annotated[bool, typer.Option("--json", help="In JSON, as one object.")]


def pin(
    store: _Store,
    root: Annotated[
        Path | None, typer.Argument(metavar="ROOT.cbor", help="The authority's root.", show_default=False)
    ] = None,
    *,
    thumbprint: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="SHA-256 of the root's payload, which you have by other means."),
    ] = None,
    authority: Annotated[
        str | None, typer.Option(metavar="CN-33", help="Whose root it is, without a file.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="The root's version, without a file.")
    ] = None,
    environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="What a new store is for; production if left out.")
    ] = None,
    at: _At = None,
) -> None:
    """Pin a root."""
    digest = roots.read_thumbprint(thumbprint)
    read_environment(environment)
    moment = read_at(at) or now()
    if root is None:
        _pin_by_name(store, authority, version, digest, environment)
        return
    if authority is not None or version is not None:
        raise CommandError("--authority and --version stand in for a file, and there is one")
    shown = roots.read_root(root, digest)
    found, held = shown.root, stores.held(store) if stores.is_store(store) else None
    wanted = environment or (held.environment if held else PRODUCTION)
    if found.environment != wanted:
        raise CommandError(
            f"the root is of the environment {found.environment!r}, and the store of {wanted!r}",
            hint=f"real codes are of {PRODUCTION!r}; for a store of its own: --environment {found.environment}",
            exit_code=NOT_VALID,
        )
    console = terminal()
    with answering():
        roots.show(console, shown, held, to_seconds(moment))
    if digest is None and not shown.is_pinned(held):
        _confirm()
    with stores.using(store):
        results = _opened_or_made(store, environment).pin_document(
            shown.data, digest=shown.document.digest, at=moment
        )
    with answering():
        Report(results, stores.held(store)).tell_notes(console)
        put(_pinned(found.authority, found.version, store))


def unpin(
    store: _Store,
    authority: Annotated[str, typer.Argument(metavar="AUTHORITY", help="The anchor, such as CN-33.")],
) -> None:
    """Unpin an anchor."""
    opened = stores.opened(store)
    with stores.using(store):
        anchors = list(opened.anchors)
        if authority not in anchors:
            raise CommandError(f"{authority!r} is no anchor here; the anchors are: {', '.join(anchors) or 'none'}")
        opened.unpin(authority)
    with answering():
        put(f"{authority} is no anchor of {harmless(str(store))} any more 已取消固定")


def update(
    store: _Store,
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="A file, a folder, or an https:// address.")
    ],
    *,
    at: _At = None,
    as_json: _Json = False,
) -> None:
    """Offer documents to a store."""
    updated = stores.updated(store, sources, read_at(at))
    trust = stores.held(store)
    report = Report(updated.results, trust)
    with answering(CANNOT_JUDGE):
        if as_json:
            put(json_line(report.as_json(updated.problems)))
        elif updated.results or not updated.problems:
            report.tell(terminal())
    if updated.problems:
        raise CommandError(*updated.problems, hint=updated.hint, exit_code=CANNOT_JUDGE)
    if not trust.pins:
        aside("hint: the store has no anchor yet: healthpass trust pin STORE ROOT.cbor")
    raise typer.Exit(DONE if report.is_good else NOT_VALID)


def show(store: _Store, *, at: _At = None, as_json: _Json = False) -> None:
    """Show a store."""
    graph = Graph.of(stores.held(store, evidence=True), to_seconds(read_at(at) or now()))
    with answering(CANNOT_JUDGE):
        if as_json:
            put(json_line(graph.as_json()))
        else:
            tree.draw(terminal(), graph)


def why(
    store: _Store,
    source: Annotated[str, typer.Argument(metavar="TOKEN|-|IMAGE", help="The code.", show_default=False)],
    *,
    environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose codes are wanted; production if left out.")
    ] = None,
    at: _At = None,
    as_json: _Json = False,
) -> None:
    """Explain a code."""
    wanted, moment = read_environment(environment), read_at(at) or now()
    reasons.explain(stores.held(store), source, environment=wanted, at=moment, as_json=as_json)


def _pin_by_name(
    store: Path, authority: str | None, version: int | None, digest: bytes | None, environment: str | None
) -> None:
    if authority is None or version is None or digest is None:
        raise CommandError(
            "whom? give the file of a root, or --authority, --version and --thumbprint",
            hint="healthpass trust pin STORE ROOT.cbor",
        )
    try:
        region = RegionId(authority)
    except ValueError as error:
        raise CommandError(f"--authority: {error}") from error
    with stores.using(store):
        _opened_or_made(store, environment).pin(region, version=version, digest=digest)
    with answering():
        put(_pinned(region, version, store))


def _confirm() -> None:
    """Ask on the terminal.

    Raises:
        CommandError: when there is no terminal, or the answer is not yes.
    """
    hint = "compare it, then give --thumbprint with all 64 digits"
    if sys.stdin is None or not sys.stdin.isatty():
        raise CommandError("nobody is here to confirm the thumbprint, and nothing was pinned", hint=hint)
    sys.stderr.write(f"Is the thumbprint the one that you have by other means? 指纹是否一致？ ({_YES}/no) ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != _YES:
        raise CommandError("not confirmed, and nothing was pinned", exit_code=NOT_VALID)


def _opened_or_made(path: Path, environment: str | None) -> TrustStore:
    if stores.is_store(path):
        return TrustStore.open(path, environment=environment)
    return TrustStore.create(path, environment or PRODUCTION)


def _pinned(authority: str, version: int, store: Path) -> str:
    return f"{authority} root {version} is an anchor of {harmless(str(store))} now 已固定"


COMMANDS: Final[tuple[tuple[str, str, Callable[..., None]], ...]] = (
    ("pin", PIN_HELP, pin),
    ("unpin", UNPIN_HELP, unpin),
    ("update", UPDATE_HELP, update),
    ("show", SHOW_HELP, show),
    ("why", WHY_HELP, why),
)
