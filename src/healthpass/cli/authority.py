"""`healthpass authority`: the roots of an authority, which several people sign offline."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import PublicKey, RegionId, read_duration
from healthpass.authority import Kind, Root, check_root, next_root, same_registry_keys
from healthpass.cli.errors import CANNOT_JUDGE, CommandError, refusing
from healthpass.cli.io.arguments import AsJson, At, given, new_file, option
from healthpass.cli.io.documents import (
    AsThumbprint,
    File,
    a_document,
    a_file,
    a_source,
    create,
    differing,
    read_bounded,
    rewrite,
    sign_file,
    tell,
    tell_check,
    tell_thumbprint,
)
from healthpass.cli.io.grants import Environment, Force, MadeAt, find_of_root, key_file, term
from healthpass.cli.io.keys import PassphraseFile, a_key, opened_key
from healthpass.cli.io.output import tell_findings
from healthpass.cli.show.documents import document_json, document_lines
from healthpass.cli.show.times import now

HELP: Final = (
    "Write, check and sign the roots of an authority.\n\nA root says which keys sign the authority's registry. "
    "Its source, root.json, is made to be kept in git and reviewed; several people sign it, one after another."
)

_Threshold = Annotated[int, typer.Option(min=1, max=8, help="How many of them must sign.")]
_NextThreshold = Annotated[int | None, typer.Option(min=1, max=8, help="As before, if left out.")]
_Added = Annotated[list[PublicKey] | None, key_file("Repeatable.")]
_Dropped = Annotated[list[str] | None, typer.Option(metavar="KID|PUB.pem", help="Repeatable.")]


def new(
    authority: Annotated[
        RegionId,
        typer.Argument(
            metavar="REGION",
            parser=option("REGION", RegionId),
            help="Its region, such as CN-33.",
        ),
    ],
    *,
    root_key: Annotated[list[PublicKey], key_file("A key that signs roots. Repeatable.")],
    root_threshold: _Threshold,
    registry_key: Annotated[list[PublicKey], key_file("A key that signs registries. Repeatable.")],
    registry_threshold: _Threshold,
    valid_for: Annotated[timedelta, term(Kind.ROOT, "How long, 400d at most.")],
    environment: Environment = "production",
    at: MadeAt = None,
    out: Annotated[Path, new_file("root.json", "Where the source goes; a new file.")],
) -> None:
    """Write the source of an authority's first root."""
    issued = at or now()
    with refusing():
        root = Root(
            authority=authority,
            environment=environment,
            epoch=int(issued.timestamp()),
            version=1,
            issued=issued,
            expires=issued + valid_for,
            root_keys=tuple(root_key),
            root_threshold=root_threshold,
            registry_keys=tuple(registry_key),
            registry_threshold=registry_threshold,
        )
    create(out, root)


def next_(
    source: Annotated[File, a_source(Kind.ROOT)],
    *,
    add_root_key: _Added = None,
    drop_root_key: _Dropped = None,
    root_threshold: _NextThreshold = None,
    add_registry_key: _Added = None,
    drop_registry_key: _Dropped = None,
    registry_threshold: _NextThreshold = None,
    new_epoch: Annotated[
        bool, typer.Option("--new-epoch", help="Open an epoch, as other registry keys do.")
    ] = False,
    valid_for: Annotated[
        timedelta | None, term(Kind.ROOT, "How long, 400d at most; as before, if left out.")
    ] = None,
    previous: Annotated[
        File | None, a_document(Kind.ROOT, "The root in force, after which versions count; else the source's.")
    ] = None,
    at: MadeAt = None,
) -> None:
    """Make a source that of the next root.

    It has a new term, and other keys where they are given. Other registry keys, or another threshold of theirs,
    open an epoch, which takes --new-epoch: no registry that has been signed counts in it, and what was revoked may
    be listed again. It is the way back from a theft of registry keys. Sign a registry of the new epoch too
    (`registry next --root`), and publish the two in one bundle.
    """
    root = source.root
    before = previous.root if previous else root
    with refusing():
        changed = next_root(
            root,
            after=before,
            at=at or now(),
            lifetime=valid_for,
            add_root=add_root_key or (),
            drop_root=find_of_root(root.root_keys, drop_root_key),
            add_registry=add_registry_key or (),
            drop_registry=find_of_root(root.registry_keys, drop_registry_key),
            root_threshold=root_threshold,
            registry_threshold=registry_threshold,
            new_epoch=new_epoch,
        )
    if changed.epoch != before.epoch and not new_epoch:
        raise CommandError(
            "other registry keys open an epoch, in which no registry signed so far counts",
            hint="add --new-epoch, and publish the root in one bundle with a registry of the new epoch",
        )
    tell_findings(same_registry_keys(changed, before))
    rewrite(source, changed)


def sign(
    document: Annotated[File, a_file(Kind.ROOT, "root.json|root.cbor", "What to sign.")],
    *,
    key: Annotated[str, a_key("Your root key.")],
    passphrase_file: PassphraseFile = None,
    out: Annotated[Path, new_file("root.cbor", "Where the document goes.")],
    previous: Annotated[File | None, a_document(Kind.ROOT, "The root before it.")] = None,
    at: At = None,
    force: Force = None,
) -> None:
    """Sign a root.

    Give its source, or the document that others have signed: the order does not matter. Signatures that --out
    holds already are kept. From the second version on, give --previous: its keys must sign too. What
    `check` refuses is not signed, unless --force names what it found.
    """
    with opened_key(key, passphrase_file, exit_code=CANNOT_JUDGE) as signer:
        sign_file(document, signer, out, at=at or now(), previous=previous, force=force or ())


def check(
    document: Annotated[Path, typer.Argument(metavar="root.json|root.cbor", help="What to check.")],
    *,
    previous: Annotated[
        list[File] | None, a_document(Kind.ROOT, "The root before it; repeatable, the last one at the end.")
    ] = None,
    at: At = None,
    within: Annotated[
        timedelta | None,
        given("--within", "DURATION", read_duration, "Warn of an expiry within this time; 60d if left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a root as verifiers will, and warn of risks.

    Exit codes: 0 accepted, perhaps with warnings; 1 refused; 2 wrong usage; 3 a file cannot be read.
    """
    roots = [one.data for one in previous or ()]
    findings = check_root(
        read_bounded(document), previous=roots, at=at or now(), **({"soon": within} if within else {})
    )
    tell_check(document, findings, as_json=as_json)


def show(
    document: Annotated[File, a_file(Kind.ROOT, "root.cbor|root.json", "What to show.")],
    *,
    thumbprint: AsThumbprint = False,
    as_json: AsJson = False,
) -> None:
    """Show a root, its thumbprint and who has signed.

    The thumbprint is what people read to each other over the telephone. Nothing is trusted by being shown.
    """
    root = document.signed
    if thumbprint:
        tell_thumbprint(root.digest)
        return
    tell(lambda: document_json(root), lambda: document_lines(root), as_json=as_json)


COMMANDS: Final = (new, next_, sign, check, show, differing(Kind.ROOT))
