"""`healthpass bundle`: documents in one file, for a gate without a network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from healthpass import DocumentError, harmless
from healthpass.authority import KeyRequest, RegistryDocument, Root
from healthpass.cli import stores
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, CommandError
from healthpass.cli.io.arguments import At
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.output import advise, answering, complain, json_line, put, warning
from healthpass.cli.language import say
from healthpass.cli.show.columns import padded
from healthpass.cli.show.documents import kind_words, request_claims
from healthpass.cli.show.times import day, local_minute, now
from healthpass.deciding import OfficeDocument
from healthpass.ledger import ListClaims
from healthpass.store import (
    Kind,
    OpenedDocument,
    Refusals,
    StoreError,
    TrustStore,
    find_refused,
    join_bundle,
    open_bundle,
)

_SHOWN: Final = 6  # bytes of a hash
_SOURCES: Final = "a source is a trust store, a file, or a folder with files named *.cbor"


def bundle_command(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="A store, a file or a folder.")],
    *,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Join all in this file; a new one.")] = None,
    at: At = None,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON, as one object.")] = False,
) -> None:
    """List documents, or join them in one file.

    A source is a trust store, a file, or a folder with files named *.cbor. With --out, all that they hold is
    joined, roots before registries, status lists last: what a gate without a network needs for `trust update
    STORE FILE`. Of a store with more than an update takes, the anchors' own documents go first. What is malformed
    or cannot be read, and what a store would refuse that has pinned the first root here, is named and left out.
    It keeps nothing else from being joined. Without --out nothing is judged.

    Exit codes: 0 done, 1 something is left out, 2 wrong usage, 3 a source cannot be read.
    """
    found: dict[bytes, tuple[str, OpenedDocument]] = {}
    problems: list[str] = []
    unread: list[str] = []
    for source in sources:
        try:
            for file, one in _documents(source, problems, joining=out is not None):
                found[one.content] = file, one
        except CommandError as error:
            unread.extend(error.problems)
    every = sorted((one for _, one in found.values()), key=lambda one: one.place)
    refusals = find_refused(every, at=at or now()) if out else Refusals({}, ())
    problems += (f"{found[one][0]!r}: {why}; it is left out" for one, why in refusals.refused.items())
    problems += refusals.gaps
    listed = [one for one in every if one.content not in refusals.refused]
    with NewFiles() as files, answering(CANNOT_JUDGE):
        if out is not None:
            if not listed:
                raise CommandError(
                    *(*unread, *problems),
                    hint="there is no document in these sources, and nothing was written",
                    exit_code=CANNOT_JUDGE if unread else NOT_VALID,
                )
            files.create(out, _joined(listed))
        if as_json:
            told = {"problems": [*unread, *problems], "documents": list(map(opened_as_json, listed))}
            put(json_line(told))
        elif listed:
            put("\n".join([warning(), *(harmless(_words(one)) for one in listed)]))
    for authority in _without_registry(every):
        advise(
            f"the last root of {authority} opens an epoch, and no registry of it is here: gates that take "
            "the one without the other answer registry-stale"
        )
    if unread or problems:
        complain((*unread, *problems), _SOURCES if unread else None)
    raise typer.Exit(CANNOT_JUDGE if unread else NOT_VALID if problems else DONE)


def _documents(source: str, problems: list[str], *, joining: bool) -> Iterator[tuple[str, OpenedDocument]]:
    """Give the documents of a source, each with its file; what is left out is noted in `problems`."""
    path = Path(source)
    if TrustStore.exists(path):
        with stores.using(path, _SOURCES):
            joined = stores.opened(path).bundle()
        bundles = {path: joined.content}
        problems.extend(
            f"{source!r} holds more than a bundle may: {' → '.join(dict.fromkeys(state))} is left out"
            for state in joined.left_out
        )
    else:
        offered = stores.offered(source, _SOURCES)
        bundles = offered.bundles
        problems.extend(offered.left_out)
    for file, bundle in bundles.items():
        for one in open_bundle(bundle):
            if isinstance(one, DocumentError):
                problems.append(f"{str(file)!r}: {one}")
            elif joining and one.kind is Kind.KEY_REQUEST:
                problems.append(f"{str(file)!r} holds a key request, and no store keeps one")
            else:
                yield str(file), one


def _without_registry(listed: list[OpenedDocument]) -> Iterator[str]:
    """Give the authorities of whose new epoch there is a root here and no registry (ROT-3)."""
    every = [one.claims for one in listed if isinstance(one.claims, Root | RegistryDocument)]
    for authority in sorted({one.authority for one in every}):
        claims = [one for one in every if one.authority == authority]
        last = max((one.epoch for one in claims if isinstance(one, Root)), default=None)
        registries = {one.epoch for one in claims if isinstance(one, RegistryDocument)}
        if last and last not in registries and len({one.epoch for one in claims}) > 1:
            yield authority


def opened_as_json(one: OpenedDocument) -> dict[str, Any]:
    """Write for machines which document it is, and what it claims."""
    return {
        "kind": one.kind,
        "bytes": len(one.content),
        "sha256": one.digest,
        "signed_by": one.signed_by,
        "claimed": _claimed(one),
    }


def _claimed(one: OpenedDocument) -> dict[str, Any] | None:
    claims = one.claims
    if claims is None:
        return None
    if isinstance(claims, KeyRequest):
        return request_claims(claims)
    if isinstance(claims, ListClaims):
        which: dict[str, Any] = {"address": claims.address, "list": claims.number}
        issued, expires = claims.issued_at, claims.expires_at
    elif isinstance(claims, OfficeDocument):
        which = {"issuer": claims.issuer, "environment": claims.environment}
        issued, expires = claims.issued, claims.expires
    else:
        which = {name: getattr(claims, name) for name in ("authority", "environment", "epoch", "version")}
        issued, expires = claims.issued, claims.expires
    return {**which, "issued_at": issued, "expires_at": expires}


def _kind(kind: Kind) -> str:
    names = {Kind.KEY_REQUEST: say("request"), Kind.RISK_MAP: say("map"), Kind.STATUS_LIST: say("list")}
    return names.get(kind) or kind_words(kind)


def _words(one: OpenedDocument) -> str:
    claims = one.claims
    known_by = f"{one.digest[:_SHOWN].hex()}…"
    told = say("what it says breaks a rule")
    if isinstance(claims, ListClaims):
        issued, expires = local_minute(claims.issued_at), local_minute(claims.expires_at)
        told = say("{}, of {}, until {}", claims.address, issued, expires)
    elif isinstance(claims, KeyRequest):
        known_by = "—"  # by the thumbprint of its key, which is heard and not seen
        told = say(
            "of {} to {}, {}, until {}", claims.issuer, claims.authority, claims.environment, day(claims.expires)
        )
    elif isinstance(claims, OfficeDocument):
        issued = local_minute(claims.issued)
        told = say("{}, of {}, {}, until {}", claims.issuer, issued, claims.environment, day(claims.expires))
    elif claims:
        number = (str(claims.epoch), str(claims.version))
        until = day(claims.expires)
        told = say("{}, epoch {}, version {}, {}, until {}", claims.authority, *number, claims.environment, until)
    return f"{padded(_kind(one.kind), 9)} {known_by:<13}  {told}"


def _joined(listed: list[OpenedDocument]) -> bytes:
    """Put documents one after the other.

    Raises:
        CommandError: when they are too many.
    """
    try:
        return join_bundle(listed)
    except StoreError as error:
        raise CommandError(str(error)) from error
