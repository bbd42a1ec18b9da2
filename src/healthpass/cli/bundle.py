"""`healthpass bundle`: documents in one file, for a gate without a network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer

from healthpass import DocumentError, RegionId
from healthpass._document import DOCUMENT_LIMIT, MAX_BUNDLE, Kind, parse, split
from healthpass._registry_document import RegistryDocument
from healthpass._root import Root
from healthpass._time import from_seconds
from healthpass.cli import stores
from healthpass.cli.answer import JSON_VERSION
from healthpass.cli.edges import day
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, CommandError
from healthpass.cli.files import NewFiles
from healthpass.cli.inspect import WARNING
from healthpass.cli.output import answering, complain, harmless, json_line, put
from healthpass.cli.times import write_time

HELP: Final = (
    "List documents, or join them in one file.\n\nA source is a trust store, a file, or a folder with files named "
    "*.cbor. With --out, all that they hold is joined, roots before registries: what a gate without a network "
    "needs for `trust update STORE FILE`. Nothing is judged here.\n\n"
    "Exit codes: 0 done, 1 a document is malformed, 2 wrong usage, 3 a source cannot be read."
)
_SHOWN: Final = 6  # bytes of a hash
_KEPT: Final = (Kind.ROOT, Kind.REGISTRY)


class _Member(NamedTuple):
    """A document, and what it claims to be.

    Attributes:
        data: its bytes.
        kind: its kind.
        digest: SHA-256 of its payload.
        signed_by: the kids of its signatures, which nobody has counted.
        claims: what it says of itself; None when that breaks a rule.
    """

    data: bytes
    kind: Kind
    digest: bytes
    signed_by: tuple[bytes, ...]
    claims: Root | RegistryDocument | None

    @property
    def place(self) -> tuple[bool, bool, str, int, int]:
        """Where it belongs in a bundle: roots before registries, each by authority, epoch and version (BDL-1)."""
        claims = self.claims
        number = (claims.authority, claims.epoch, claims.version) if claims else (RegionId("CN"), 0, 0)
        return self.kind is not Kind.ROOT, claims is None, *number

    def as_json(self) -> dict[str, Any]:
        """Write it for machines."""
        claims = self.claims
        return {
            "kind": self.kind,
            "bytes": len(self.data),
            "sha256": self.digest.hex(),
            "signed_by": [kid.hex() for kid in self.signed_by],
            "claimed": claims
            and {
                "authority": claims.authority,
                "environment": claims.environment,
                "epoch": claims.epoch,
                "version": claims.version,
                "issued_at": write_time(from_seconds(claims.issued)),
                "expires_at": write_time(from_seconds(claims.expires)),
            },
        }

    def __str__(self) -> str:
        claims = self.claims
        kind = self.kind.removeprefix("healthpass-")
        said = "what it says breaks a rule"
        if claims:
            number = f"epoch {claims.epoch}, version {claims.version}"
            said = f"{claims.authority}, {number}, {claims.environment}, until {day(claims.expires)}"
        return f"{kind:<9} {self.digest[:_SHOWN].hex()}…  {said}"


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
    faults: list[str] = []
    for source in sources:
        for item in _documents(source):
            try:
                if isinstance(item, DocumentError):
                    raise item
                members[item] = _member(item)
            except DocumentError as error:
                faults.append(f"{source!r}: {error}")
    listed = sorted(members.values(), key=lambda member: member.place)
    with NewFiles() as files, answering(CANNOT_JUDGE):
        if out is not None:
            files.create(out, _joined(listed, faults))
        if as_json:
            put(json_line({"v": JSON_VERSION, "faults": faults, "documents": [one.as_json() for one in listed]}))
        elif listed:
            put("\n".join([WARNING, *(harmless(str(member)) for member in listed)]))
    if faults:
        complain(tuple(faults), None)
    raise typer.Exit(NOT_VALID if faults else DONE)


def _documents(source: str) -> Iterator[bytes | DocumentError]:
    path = Path(source)
    with stores.using(path, hint="a source is a trust store, a file, or a folder with files named *.cbor"):
        bundles = [stores.opened(path).bundle()] if stores.is_store(path) else stores.bundles([source])
    for bundle in bundles:
        yield from split(bundle)


def _member(data: bytes) -> _Member:
    document = parse(data)
    kind = document.kind
    claims: Root | RegistryDocument | None = None
    try:
        # Not for judging: nobody has counted a signature, and what is shown says so.
        if kind is Kind.ROOT:
            claims = Root.decode(document.payload)
        elif kind is Kind.REGISTRY:
            claims = RegistryDocument.decode(document.payload)
    except DocumentError:
        pass
    return _Member(data, kind, document.digest, tuple(document.signatures), claims)


def _joined(members: list[_Member], faults: list[str]) -> bytes:
    """Put documents one after the other.

    Raises:
        CommandError: when one of them is nothing that a store keeps, or they are too many.
    """
    wrong = [f"a {member.kind} is nothing that a store keeps" for member in members if member.kind not in _KEPT]
    if faults or wrong:
        raise CommandError(*faults, *wrong, hint="nothing was written", exit_code=NOT_VALID)
    if not members:
        raise CommandError("there is no document in these sources, and nothing was written")
    if len(members) > DOCUMENT_LIMIT or sum(len(member.data) for member in members) > MAX_BUNDLE:
        raise CommandError(f"a bundle has at most {DOCUMENT_LIMIT:,} documents and {MAX_BUNDLE:,} bytes")
    return b"".join(member.data for member in members)
