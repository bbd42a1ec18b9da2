"""`healthpass registry recognise` and `unrecognise`: whose codes count here, until when, and for how much."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from healthpass.authority import RegistryDocument, Root
from healthpass.authority import recognise as recognised
from healthpass.authority import unrecognise as unrecognised
from healthpass.cli.documents import editing, load_document, load_registry, refusing, rewrite
from healthpass.cli.errors import CommandError
from healthpass.cli.grants import (
    Colors,
    From,
    MaxBearerLifetime,
    MaxLifetime,
    MaxWithoutStatus,
    Thumbprint,
    Until,
    clock,
    read_scope,
    read_span,
)
from healthpass.cli.registry import NextAt, NextLife, Previous, Source, following
from healthpass.cli.thumbprints import confirm
from healthpass.documents._document import Kind

RECOGNISE_HELP: Final = (
    "Recognise another authority by its root.\n\nThe root's thumbprint is compared by telephone first. One that "
    "is recognised already is recognised anew, with what is given now. What is not given is not allowed."
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
    previous: Previous = None,
    valid_for: NextLife = None,
    at: NextAt = None,
) -> None:
    """Recognise an authority."""
    loaded, registry = load_registry(source)
    other = load_document(root, Kind.ROOT)
    assert isinstance(other.content, Root)  # noqa: S101 - by its kind
    begins, ends = read_span(valid_from, valid_until)
    scope = read_scope(colors, max_lifetime, max_bearer_lifetime, max_lifetime_without_status)
    with refusing(root), editing():
        changed = recognised(registry, other.signed, valid_from=begins, valid_until=ends, scope=scope)
    changed = _onward(changed, previous, valid_for, at)
    who = str(other.content.authority)
    confirm(other.signed.digest, f"the root of {who}", who, thumbprint)
    rewrite(loaded, changed)


def unrecognise(
    source: Source,
    authority: Annotated[str, typer.Argument(metavar="REGION", help="Whom, such as CN-31.", show_default=False)],
    *,
    previous: Previous = None,
    valid_for: NextLife = None,
    at: NextAt = None,
) -> None:
    """Take a recognition back."""
    loaded, registry = load_registry(source)
    with editing():
        changed = unrecognised(registry, authority)
    rewrite(loaded, _onward(changed, previous, valid_for, at))


def _onward(
    registry: RegistryDocument, previous: Path | None, valid_for: str | None, at: str | None
) -> RegistryDocument:
    if previous is None and at is not None:
        raise CommandError("--at is for the next version", hint="add --previous registry.cbor")
    return following(registry, previous, clock(at), valid_for)


COMMANDS: Final[tuple[tuple[str, str, Callable[..., Any]], ...]] = (
    ("recognise", RECOGNISE_HELP, recognise),
    ("unrecognise", UNRECOGNISE_HELP, unrecognise),
)
