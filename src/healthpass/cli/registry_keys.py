"""`healthpass registry request`, `import`, `retire`, `revoke`: the keys of issuers, from beginning to end."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from healthpass import IssuerId, RegionId, harmless
from healthpass.authority import Entry, KeyRequest, KeyUse, import_request
from healthpass.authority import retire as retired
from healthpass.authority import revoke as revoked
from healthpass.cli.documents import editing, load_registry, refusing, rewrite
from healthpass.cli.errors import CANNOT_JUDGE, CommandError
from healthpass.cli.grants import (
    At,
    Colors,
    From,
    JudgedAt,
    MaxBearerLifetime,
    MaxLifetime,
    MaxWithoutStatus,
    Reason,
    Thumbprint,
    Until,
    clock,
    find_listed,
    read_life,
    read_moment,
    read_names,
    read_reason,
    read_scope,
    read_span,
    read_text,
    read_use,
)
from healthpass.cli.io.arguments import read_environment, read_signing_key
from healthpass.cli.io.files import NewFiles, read
from healthpass.cli.io.output import answering, aside, put
from healthpass.cli.registry import NextLife, Previous, Source, following
from healthpass.cli.thumbprints import confirm, lines
from healthpass.documents._document import Kind
from healthpass.documents._fields import check_address

REQUEST_HELP: Final = (
    "Ask an authority to list a key: the office's own part.\n\nThe request is signed by the key that it is about. "
    "Read the thumbprint to the authority over the telephone. What is not asked for is not allowed."
)
IMPORT_HELP: Final = (
    "List the key of a request.\n\nIts thumbprint is compared by telephone first. All is as the office has asked "
    "for; the options for colours and lifetimes can only narrow it."
)
RETIRE_HELP: Final = (
    "Retire a key.\n\nWhat it has signed before --from goes on counting. Do not retire it before the last code "
    "that it has signed begins, nor before the key that takes its place."
)
REVOKE_HELP: Final = (
    "Revoke a key: nothing that it has ever signed counts.\n\nNo later registry can take that back. With "
    "--previous the source becomes the next version too; then there is only `registry sign` left to do."
)
Which = Annotated[str, typer.Argument(metavar="KID|PUB.pem", help="Which key.", show_default=False)]


def request(
    *,
    key: Annotated[Path, typer.Option(metavar="KEY.pem", help="The key, its private half.", show_default=False)],
    issuer: Annotated[
        str, typer.Option(metavar="ID", help="The issuer, such as CN-33-01.WJW.", show_default=False)
    ],
    authority: Annotated[
        str, typer.Option(metavar="REGION", help="Whom you ask, such as CN-33.", show_default=False)
    ],
    use: Annotated[str, typer.Option(metavar="USE", help="credential, status or policy.", show_default=False)],
    valid_from: From,
    valid_until: Until,
    colors: Colors = None,
    max_lifetime: MaxLifetime = None,
    max_bearer_lifetime: MaxBearerLifetime = None,
    max_lifetime_without_status: MaxWithoutStatus = None,
    environment: Annotated[str | None, typer.Option(metavar="NAME", help="production, if left out.")] = None,
    valid_for: Annotated[
        str, typer.Option(metavar="DURATION", help="How long the request itself is good, 31d at most.")
    ] = "7d",
    at: At = None,
    out: Annotated[
        Path, typer.Option(metavar="request.cbor", help="Where it goes; a new file.", show_default=False)
    ],
) -> None:
    """Make a key request."""
    signing_key = read_signing_key(key)
    scope = read_scope(colors, max_lifetime, max_bearer_lifetime, max_lifetime_without_status)
    if read_use(use) == KeyUse.CREDENTIAL and not (scope.colors and scope.max_lifetime):
        raise CommandError(
            "a key for credentials is good for nothing without colours and a lifetime",
            hint="for instance --colors green,yellow,red --max-lifetime 24h",
        )
    issued = clock(at)
    life = read_life("valid-for", valid_for, Kind.KEY_REQUEST)
    begins, ends = read_span(valid_from, valid_until)
    with editing():
        document = KeyRequest(
            issuer=IssuerId(issuer),
            authority=RegionId(authority),
            environment=read_environment(environment),
            issued=issued,
            expires=issued + life,
            public_key=signing_key.public_key,
            use=read_use(use),
            valid_from=begins,
            valid_until=ends,
            scope=scope,
        ).sign(signing_key)
    with NewFiles() as files, answering():
        files.create(out, document)
        put(f"{harmless(str(out))}: request of {issuer} to {authority}; thumbprint of the key:")
        for line in lines(signing_key.public_key.thumbprint):
            put(f"  {line}")


def import_(
    source: Source,
    document: Annotated[Path, typer.Argument(metavar="request.cbor", help="The request.", show_default=False)],
    *,
    thumbprint: Thumbprint = None,
    name_zh: Annotated[str | None, typer.Option(metavar="NAME", help="For a new issuer: in Chinese.")] = None,
    name_en: Annotated[str | None, typer.Option(metavar="NAME", help="For a new issuer: in English.")] = None,
    appeal: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="For a new issuer: where holders object, https: or tel:.")
    ] = None,
    status_base: Annotated[
        str | None, typer.Option(metavar="https://...", help="Where the issuer's status lists stand.")
    ] = None,
    colors: Colors = None,
    max_lifetime: MaxLifetime = None,
    max_bearer_lifetime: MaxBearerLifetime = None,
    max_lifetime_without_status: MaxWithoutStatus = None,
    previous: Previous = None,
    valid_for: NextLife = None,
    at: JudgedAt = None,
) -> None:
    """List the key of a request."""
    loaded, registry = load_registry(source)
    time = clock(at)
    data = read(document, at_most=Kind.KEY_REQUEST.max_bytes, exit_code=CANNOT_JUDGE)
    with refusing(document):
        asked = KeyRequest.check(data, authority=registry.authority, environment=registry.environment, at=time)
    scope = read_scope(
        colors, max_lifetime, max_bearer_lifetime, max_lifetime_without_status, instead_of=asked.scope
    )
    entry = _entry(name_zh, name_en, appeal)
    if entry and any(one.id == asked.issuer and Entry(one.names, one.appeal) != entry for one in registry.issuers):
        raise CommandError(
            f"{asked.issuer} has an entry already, with another name or another address",
            hint="leave out --name-zh, --name-en and --appeal: the entry has them; they are changed in the source",
        )
    with editing():
        changed = import_request(registry, asked, scope=scope, new=entry, status_base=status_base)
    changed = following(changed, previous, time, valid_for)
    confirm(asked.public_key.thumbprint, f"the key of {asked.issuer}", str(asked.issuer), thumbprint)
    rewrite(loaded, changed)
    office = changed.issuer(asked.issuer)
    if asked.use == KeyUse.STATUS and office and office.status is None:
        aside("hint: the key is good for nothing until the source says where the lists stand: --status-base")


def retire(
    source: Source,
    which: Which,
    *,
    reason: Reason = "rotation",
    since: Annotated[
        str | None, typer.Option("--from", metavar="RFC3339", help="From when on; now, if left out.")
    ] = None,
    previous: Previous = None,
    valid_for: NextLife = None,
    at: At = None,
) -> None:
    """Retire a key."""
    loaded, registry = load_registry(source)
    time = clock(at)
    end = time if since is None else read_moment("from", since)
    with editing():
        changed = retired(registry, find_listed(registry, which), at=end, reason=read_reason(reason))
    rewrite(loaded, following(changed, previous, time, valid_for))


def revoke(
    source: Source,
    which: Which,
    *,
    reason: Reason,
    previous: Previous = None,
    valid_for: NextLife = None,
    at: At = None,
) -> None:
    """Revoke a key."""
    loaded, registry = load_registry(source)
    time = clock(at)
    with editing():
        changed = revoked(registry, find_listed(registry, which), at=time, reason=read_reason(reason))
    rewrite(loaded, following(changed, previous, time, valid_for))


def _entry(name_zh: str | None, name_en: str | None, appeal: str | None) -> Entry | None:
    if name_zh is None and name_en is None and appeal is None:
        return None
    if name_zh is None or name_en is None or appeal is None:
        raise CommandError("a new issuer needs all of --name-zh, --name-en and --appeal")
    return Entry(read_names(name_zh, name_en), read_text("appeal", appeal, check_address))


COMMANDS: Final[tuple[tuple[str, str, Callable[..., Any]], ...]] = (
    ("request", REQUEST_HELP, request),
    ("import", IMPORT_HELP, import_),
    ("retire", RETIRE_HELP, retire),
    ("revoke", REVOKE_HELP, revoke),
)
