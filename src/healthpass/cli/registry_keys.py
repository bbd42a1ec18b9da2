"""`healthpass registry request`, `import`, `retire`, `revoke`, `recognise`, `unrecognise`: what changes in one."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import IssuerId, RegionId, harmless, read_time
from healthpass.authority import (
    Entry,
    KeyEndReason,
    KeyRequest,
    KeyUse,
    Kind,
    Names,
    RegistryDocument,
    import_request,
)
from healthpass.authority import recognise as recognised
from healthpass.authority import retire as retired
from healthpass.authority import revoke as revoked
from healthpass.authority import unrecognise as unrecognised
from healthpass.cli.errors import CANNOT_JUDGE, CommandError, refusing
from healthpass.cli.io.arguments import At, given, new_file
from healthpass.cli.io.documents import File, a_document, confirm, refusing_file, rewrite
from healthpass.cli.io.files import NewFiles, read
from healthpass.cli.io.grants import (
    REASONS,
    Colors,
    Environment,
    From,
    MadeAt,
    MaxBearerLifetime,
    MaxLifetime,
    MaxWithoutStatus,
    NameEn,
    NameZh,
    NewAppeal,
    NewNameEn,
    NewNameZh,
    Thumbprint,
    Until,
    Use,
    check_span,
    find_listed,
    read_reason,
    scope_of,
    term,
)
from healthpass.cli.io.keys import PassphraseFile, a_key, opened_key
from healthpass.cli.io.output import advise, answering, put
from healthpass.cli.language import say
from healthpass.cli.registry import NextAt, NextLife, Previous, Source, following
from healthpass.cli.show.documents import thumbprint_lines
from healthpass.cli.show.times import now

_Which = Annotated[str, typer.Argument(metavar="KID|PUB.pem", help="Which key.")]


def request(
    *,
    key: Annotated[str, a_key("The key, its private half.")],
    passphrase_file: PassphraseFile = None,
    issuer: Annotated[IssuerId, given("--issuer", "ID", IssuerId, "The issuer, such as CN-33-01.WJW.")],
    authority: Annotated[RegionId, given("--authority", "REGION", RegionId, "Whom you ask, such as CN-33.")],
    use: Use,
    valid_from: From,
    valid_until: Until,
    colors: Colors = None,
    max_lifetime: MaxLifetime = None,
    max_bearer_lifetime: MaxBearerLifetime = None,
    max_lifetime_without_status: MaxWithoutStatus = None,
    environment: Environment = "production",
    valid_for: Annotated[
        timedelta | None,
        term(Kind.KEY_REQUEST, "How long the request itself is good, 31d at most; 7d if left out."),
    ] = None,
    at: MadeAt = None,
    out: Annotated[Path, new_file("request.cbor")],
) -> None:
    """Ask an authority to list a key: the office's own part.

    The request is signed by the key that it is about. Read the thumbprint to the authority over the telephone.
    What is not asked for is not allowed.
    """
    scope = scope_of(colors, max_lifetime, max_bearer_lifetime, max_lifetime_without_status)
    if use == KeyUse.CREDENTIAL and not (scope.colors and scope.max_lifetime):
        raise CommandError(
            "a key for credentials is good for nothing without colours and a lifetime",
            hint="for instance --colors green,yellow,red --max-lifetime 24h",
        )
    check_span(valid_from, valid_until)
    issued = at or now()
    with opened_key(key, passphrase_file) as signer, refusing():
        public_key = signer.public_key
        document = KeyRequest(
            issuer=issuer,
            authority=authority,
            environment=environment,
            issued=issued,
            expires=issued + (valid_for or timedelta(days=7)),
            public_key=public_key,
            use=use,
            valid_from=valid_from,
            valid_until=valid_until,
            scope=scope,
        ).sign(signer)
    with NewFiles() as files, answering():
        files.create(out, document)
        put(say("{}: request of {} to {}; thumbprint of the key:", harmless(str(out)), issuer, authority))
        for line in thumbprint_lines(public_key.thumbprint):
            put(f"  {line}")


def import_(
    source: Source,
    document: Annotated[Path, typer.Argument(metavar="request.cbor", help="The request.")],
    *,
    thumbprint: Thumbprint = None,
    name_zh: NewNameZh = None,
    name_en: NewNameEn = None,
    appeal: NewAppeal = None,
    status_base: Annotated[
        str | None, typer.Option(metavar="https://...", help="Where the issuer's status lists stand.")
    ] = None,
    colors: Colors = None,
    max_lifetime: MaxLifetime = None,
    max_bearer_lifetime: MaxBearerLifetime = None,
    max_lifetime_without_status: MaxWithoutStatus = None,
    previous: Previous = None,
    valid_for: NextLife = None,
    at: At = None,
) -> None:
    """List the key of a request.

    Its thumbprint is compared by telephone first. All is as the office has asked for; the options for colours
    and lifetimes can only narrow it.
    """
    registry, time = source.registry, at or now()
    data = read(document, at_most=Kind.KEY_REQUEST.max_bytes, exit_code=CANNOT_JUDGE)
    with refusing_file(document):
        asked = KeyRequest.check(data, authority=registry.authority, environment=registry.environment, at=time)
    entry = Entry(Names(name_zh, name_en), appeal) if name_zh and name_en and appeal else None
    if (name_zh or name_en or appeal) and not entry:
        raise CommandError("a new issuer needs all of --name-zh, --name-en and --appeal")
    office = registry.issuer(asked.issuer)
    if entry and office and Entry(office.names, office.appeal) != entry:
        raise CommandError(
            f"{asked.issuer} has an entry already, with another name or another address",
            hint="leave out --name-zh, --name-en and --appeal: the entry has them; they are changed in the source",
        )
    lives = colors, max_lifetime, max_bearer_lifetime, max_lifetime_without_status
    scope = scope_of(*lives, instead_of=asked.scope)
    with refusing():
        changed = import_request(registry, asked, scope=scope, new=entry, status_base=status_base)
    changed = following(changed, previous, time, valid_for)
    confirm(asked.public_key.thumbprint, f"the key of {asked.issuer}", asked.issuer, thumbprint)
    rewrite(source, changed)
    office = changed.issuer(asked.issuer)
    if asked.use == KeyUse.STATUS and office and office.status is None:
        advise("the key is good for nothing until the source says where the lists stand: --status-base")


def retire(
    source: Source,
    which: _Which,
    *,
    reason: Annotated[
        int | None, given("--reason", "REASON", read_reason, f"Why; rotation, if left out: {REASONS}.")
    ] = None,
    since: Annotated[
        datetime | None, given("--from", "RFC3339", read_time, "From when on; now, if left out.")
    ] = None,
    previous: Previous = None,
    valid_for: NextLife = None,
    at: MadeAt = None,
) -> None:
    """Retire a key.

    What it has signed before --from goes on counting. Do not retire it before the last code that it has signed
    begins, nor before the key that takes its place.
    """
    registry, time = source.registry, at or now()
    with refusing():
        why = KeyEndReason.ROTATION if reason is None else reason
        changed = retired(registry, find_listed(registry, which), at=since or time, reason=why)
    rewrite(source, following(changed, previous, time, valid_for))


def revoke(
    source: Source,
    which: _Which,
    *,
    reason: Annotated[int, given("--reason", "REASON", read_reason, f"Why: {REASONS}.")],
    previous: Previous = None,
    valid_for: NextLife = None,
    at: MadeAt = None,
) -> None:
    """Revoke a key: nothing that it has ever signed counts.

    No later registry of this epoch can take that back. With --previous the source becomes the next version too;
    then there is only `registry sign` left to do.
    """
    registry, time = source.registry, at or now()
    with refusing():
        changed = revoked(registry, find_listed(registry, which), at=time, reason=reason)
    rewrite(source, following(changed, previous, time, valid_for))


def recognise(
    source: Source,
    root: Annotated[File, a_document(Kind.ROOT, "The other authority's root.", typer.Argument)],
    *,
    name_zh: NameZh,
    name_en: NameEn,
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
    """Recognise another authority by its root.

    The root's thumbprint is compared by telephone first. Gates show the authority by the names that you give it.
    One that is recognised already is recognised anew, with what is given now. What is not given is not allowed.
    """
    check_span(valid_from, valid_until)
    scope = scope_of(colors, max_lifetime, max_bearer_lifetime, max_lifetime_without_status)
    with refusing_file(root.path), refusing():
        changed = recognised(
            source.registry,
            root.signed,
            names=Names(name_zh, name_en),
            valid_from=valid_from,
            valid_until=valid_until,
            scope=scope,
        )
    changed = _onward(changed, previous, at, valid_for)
    who = root.root.authority
    confirm(root.signed.digest, f"the root of {who}", who, thumbprint)
    rewrite(source, changed)


def unrecognise(
    source: Source,
    authority: Annotated[str, typer.Argument(metavar="REGION", help="Whom, such as CN-31.")],
    *,
    previous: Previous = None,
    valid_for: NextLife = None,
    at: NextAt = None,
) -> None:
    """Take a recognition back."""
    with refusing():
        changed = unrecognised(source.registry, authority)
    rewrite(source, _onward(changed, previous, at, valid_for))


def _onward(
    registry: RegistryDocument, previous: File | None, at: datetime | None, valid_for: timedelta | None
) -> RegistryDocument:
    if previous is None and at is not None:
        raise CommandError("--at is for the next version", hint="add --previous registry.cbor")
    return following(registry, previous, at, valid_for)


COMMANDS: Final = (request, import_, retire, revoke, recognise, unrecognise)
