"""`healthpass bundle`: documents in one file, for a gate without a network."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer

from healthpass import DocumentError, harmless, write_time
from healthpass.cli import stores
from healthpass.cli.edges import day
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, CommandError
from healthpass.cli.inspect import WARNING
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.output import JSON_VERSION, answering, complain, json_line, put
from healthpass.cli.lists import SeenList
from healthpass.cli.requests import SeenRequest
from healthpass.cli.show.times import local_minute
from healthpass.codec._time import from_seconds
from healthpass.documents import _status_list
from healthpass.documents._bundle import DOCUMENT_LIMIT, LIST_LIMIT, MAX_BUNDLE, split
from healthpass.documents._document import Kind, parse
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root

HELP: Final = (
    "List documents, or join them in one file.\n\nA source is a trust store, a file, or a folder with files named "
    "*.cbor. With --out, all that they hold is joined, roots before registries, status lists last: what a gate "
    "without a network needs for `trust update STORE FILE`. Of a store with more than an update takes, the "
    "anchors' own documents go first, and what is left out is told. Nothing is judged here.\n\n"
    "Exit codes: 0 done, 1 a document is malformed or something of a store is left out, 2 wrong usage, 3 a source "
    "cannot be read."
)
_SHOWN: Final = 6  # bytes of a hash
_ORDER: Final = {Kind.ROOT: 0, Kind.STATUS_LIST: 2}  # and all others between
_NAMES: Final = {
    Kind.ROOT: "root",
    Kind.REGISTRY: "registry",
    Kind.KEY_REQUEST: "request",
    Kind.STATUS_LIST: "list",
}


class _Member(NamedTuple):
    """A document, and what it claims to be.

    Attributes:
        source: the file or the store that holds it.
        data: its bytes.
        kind: its kind.
        digest: SHA-256 of its payload.
        signed_by: the kids of its signatures, which nobody has counted.
        claims: what it says of itself; None when that breaks a rule.
    """

    source: str
    data: bytes
    kind: Kind
    digest: bytes
    signed_by: tuple[bytes, ...]
    claims: Root | RegistryDocument | SeenList | SeenRequest | None

    @property
    def place(self) -> tuple[int, bool, str, int, int]:
        """Where it belongs in a bundle: roots, registries, lists (BDL-1, STL-11), by whose and which they are."""
        claims = self.claims
        number: tuple[str, Any, Any] = ("", 0, 0)
        if isinstance(claims, SeenList):
            number = claims.content.base, claims.content.number or 0, claims.content.issued
        elif isinstance(claims, SeenRequest):
            number = claims.request.issuer, claims.request.valid_from, claims.request.valid_until
        elif claims:
            number = claims.authority, claims.epoch, claims.version
        return _ORDER.get(self.kind, 1), claims is None, *number

    def as_json(self) -> dict[str, Any]:
        """Write it for machines."""
        claims = self.claims
        return {
            "kind": self.kind,
            "bytes": len(self.data),
            "sha256": self.digest.hex(),
            "signed_by": [kid.hex() for kid in self.signed_by],
            "claimed": claims and _claimed(claims),
        }

    def __str__(self) -> str:
        claims = self.claims
        known_by = f"{self.digest[:_SHOWN].hex()}…"
        said = "what it says breaks a rule"
        if isinstance(claims, SeenList):
            content = claims.content
            issued, expires = (local_minute(from_seconds(time)) for time in (content.issued, content.expires))
            said = f"{content.uri}, of {issued}, until {expires}"
        elif isinstance(claims, SeenRequest):
            known_by = "—"  # by the thumbprint of its key, which is heard and not seen
            asked = claims.request
            said = f"of {asked.issuer} to {asked.authority}, {asked.environment}, until {day(asked.expires)}"
        elif claims:
            number = f"epoch {claims.epoch}, version {claims.version}"
            said = f"{claims.authority}, {number}, {claims.environment}, until {day(claims.expires)}"
        return f"{_NAMES[self.kind]:<9} {known_by:<13}  {said}"


def command(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="A store, a file or a folder.", show_default=False)
    ],
    *,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Join all in this file; a new one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON, as one object.")] = False,
) -> None:
    """List documents, or join them."""
    members: dict[bytes, _Member] = {}
    problems: list[str] = []
    left_out: list[str] = []
    for source in sources:
        for name, item in _documents(source, left_out):
            try:
                if isinstance(item, DocumentError):
                    raise item
                members[item] = _member(name, item)
            except DocumentError as error:
                problems.append(f"{name!r}: {error}")
    listed = sorted(members.values(), key=lambda member: member.place)
    with NewFiles() as files, answering(CANNOT_JUDGE):
        if out is not None:
            files.create(out, _joined(listed, problems))
        if as_json:
            documents = [one.as_json() for one in listed]
            told = {"problems": problems, "left_out": left_out, "documents": documents}
            put(json_line({"v": JSON_VERSION, **told}))
        elif listed:
            put("\n".join([WARNING, *(harmless(str(member)) for member in listed)]))
    if problems or left_out:
        complain((*problems, *left_out), None)
    raise typer.Exit(NOT_VALID if problems or left_out else DONE)


def _documents(source: str, left_out: list[str]) -> Iterator[tuple[str, bytes | DocumentError]]:
    path = Path(source)
    with stores.using(path, hint="a source is a trust store, a file, or a folder with files named *.cbor"):
        if stores.is_store(path):
            joined = stores.opened(path).bundle()
            bundles = {path: joined.content}
            left_out.extend(
                f"{source!r} holds more than a bundle may: {' → '.join(dict.fromkeys(state))} is left out"
                for state in joined.left_out
            )
        else:
            offered = stores.offered(source)
            bundles = offered.bundles
            left_out.extend(offered.left_out)
    for file, bundle in bundles.items():
        yield from ((str(file), item) for item in split(bundle))


def _claimed(claims: Root | RegistryDocument | SeenList | SeenRequest) -> dict[str, Any]:
    if isinstance(claims, SeenList | SeenRequest):
        return claims.claimed()
    return {
        "authority": claims.authority,
        "environment": claims.environment,
        "epoch": claims.epoch,
        "version": claims.version,
        "issued_at": write_time(claims.issued),
        "expires_at": write_time(claims.expires),
    }


def _member(source: str, data: bytes) -> _Member:
    if data.startswith(_status_list.START):
        return _list_member(source, data)
    document = parse(data)
    kind = document.kind
    claims: Root | RegistryDocument | SeenRequest | None = None
    try:
        # Not for judging: nobody has counted a signature, and what is shown says so.
        if kind is Kind.ROOT:
            claims = Root.decode(document.payload)
        elif kind is Kind.REGISTRY:
            claims = RegistryDocument.decode(document.payload)
        else:
            claims = SeenRequest.of(data)
    except DocumentError:
        pass
    return _Member(source, data, kind, document.digest, tuple(document.signatures), claims)


def _list_member(source: str, data: bytes) -> _Member:
    signed = _status_list.parse(data)
    claims: SeenList | None = None
    with suppress(DocumentError):
        claims = SeenList.of(data)
    return _Member(source, data, Kind.STATUS_LIST, signed.digest, (signed.kid,), claims)


def _joined(members: list[_Member], problems: list[str]) -> bytes:
    """Put documents one after the other.

    Raises:
        CommandError: when one of them is nothing that a store keeps, or they are too many.
    """
    wrong = [
        f"{one.source!r} holds a key request, and no store keeps one"
        for one in members
        if one.kind is Kind.KEY_REQUEST
    ]
    if problems or wrong:
        raise CommandError(*problems, *wrong, hint="nothing was written", exit_code=NOT_VALID)
    if not members:
        raise CommandError("there is no document in these sources, and nothing was written")
    lists = sum(member.kind is Kind.STATUS_LIST for member in members)
    size = sum(len(member.data) for member in members)
    if len(members) - lists > DOCUMENT_LIMIT or lists > LIST_LIMIT or size > MAX_BUNDLE:
        raise CommandError(
            f"a bundle has at most {DOCUMENT_LIMIT:,} documents, {LIST_LIMIT:,} status lists "
            f"and {MAX_BUNDLE:,} bytes"
        )
    return b"".join(member.data for member in members)
