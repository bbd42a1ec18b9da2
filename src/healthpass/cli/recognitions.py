"""`healthpass registry recognise` and `unrecognise`: whose codes count here, until when, and for how much."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from healthpass._document import Kind
from healthpass.authority import Root
from healthpass.authority import recognise as recognised
from healthpass.authority import unrecognise as unrecognised
from healthpass.cli.documents import editing, load_document, load_registry, refusing, rewrite
from healthpass.cli.grants import (
    Colors,
    From,
    MaxBearerLifetime,
    MaxLifetime,
    MaxWithoutStatus,
    Thumbprint,
    Until,
    read_moment,
    read_scope,
)
from healthpass.cli.registry import Source
from healthpass.cli.thumbprints import confirm

RECOGNISE_HELP: Final = (
    "Recognise another authority by its root, after its thumbprint has been compared by telephone.\n\nOne that is "
    "recognised already is recognised anew, with what is given now. What is not given is not allowed."
)
UNRECOGNISE_HELP: Final = "Take a recognition back."


def recognise(
    source: Source,
    root: Annotated[
        Path, typer.Argument(metavar="ROOT.cbor", help="The other authority's root.", show_default=False)
    ],
    *,
    valid_from: From,
    valid_until: Until,
    colors: Colors = None,
    max_lifetime: MaxLifetime = None,
    max_bearer_lifetime: MaxBearerLifetime = None,
    max_lifetime_without_status: MaxWithoutStatus = None,
    thumbprint: Thumbprint = None,
) -> None:
    """Recognise an authority."""
    loaded, registry = load_registry(source)
    other = load_document(root, Kind.ROOT)
    assert isinstance(other.content, Root)  # noqa: S101 - by its kind
    with refusing(root), editing():
        changed = recognised(
            registry,
            other.signed,
            valid_from=read_moment("from", valid_from),
            valid_until=read_moment("until", valid_until),
            scope=read_scope(colors, max_lifetime, max_bearer_lifetime, max_lifetime_without_status),
        )
    who = str(other.content.authority)
    confirm(other.signed.digest, f"the root of {who}", who, thumbprint)
    rewrite(loaded, changed)


def unrecognise(
    source: Source,
    authority: Annotated[str, typer.Argument(metavar="REGION", help="Whom, such as CN-31.", show_default=False)],
) -> None:
    """Take a recognition back."""
    loaded, registry = load_registry(source)
    with editing():
        changed = unrecognised(registry, authority)
    rewrite(loaded, changed)


COMMANDS: Final[tuple[tuple[str, str, Callable[..., Any]], ...]] = (
    ("recognise", RECOGNISE_HELP, recognise),
    ("unrecognise", UNRECOGNISE_HELP, unrecognise),
)
