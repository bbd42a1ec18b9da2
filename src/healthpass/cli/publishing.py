"""`healthpass registry publish`: from the source to the folder that the web server shows, in one command."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import harmless
from healthpass.authority import (
    Content,
    Kind,
    Signed,
    check_registry,
    check_root,
    diff_documents,
    sign,
)
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, CommandError
from healthpass.cli.io.documents import (
    File,
    a_document,
    a_file,
    keep,
    load,
    put_source,
    refuse,
    refusing_file,
)
from healthpass.cli.io.grants import Force, MadeAt
from healthpass.cli.io.keys import PassphraseFiles, a_key, opened_with, unused
from healthpass.cli.io.output import answering, put
from healthpass.cli.io.published import (
    BUNDLE,
    REGISTRY,
    Published,
    chain_of,
    check_chain,
    composed,
    name_of,
    tell_published,
)
from healthpass.cli.registry import NextLife, following
from healthpass.cli.show.documents import change_lines, progress, thumbprint_lines, title
from healthpass.cli.show.times import now

Folder = Annotated[
    Path, typer.Option("--published", metavar="FOLDER", help="The folder that the web server shows.")
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="SOURCE", help="What other regions publish: a store, file or folder. Repeatable."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and touch nothing.")]


def publish(
    document: Annotated[File, a_file(Kind.REGISTRY, "registry.json|registry.cbor", "What to publish.")],
    *,
    published: Folder,
    key: Annotated[list[str] | None, a_key("Your registry key. Repeatable.")] = None,
    passphrase_file: PassphraseFiles = None,
    root: Annotated[File | None, a_document(Kind.ROOT, "A new root, to be published in the same bundle.")] = None,
    with_: With = None,
    previous: Annotated[
        File | None,
        a_document(Kind.REGISTRY, "The last honest registry, after a theft; else the published one."),
    ] = None,
    valid_for: NextLife = None,
    at: MadeAt = None,
    force: Force = None,
    dry_run: DryRun = False,
) -> None:
    """Check, sign, bundle and publish a registry.

    Give the source, which becomes the next version of what is published; or a document that was signed elsewhere.
    The signed document is kept beside the source, registry-VERSION.cbor, before anything is published: who was
    interrupted gives the same command again. FOLDER holds bundle.cbor, for gates; registry.cbor, the last one;
    and all roots. What a gate would refuse of other regions is named and left out.

    Exit codes: 0 published, 1 refused, signatures are missing, or something was left out, 2 wrong usage, or a
    file cannot be written, 3 a file cannot be read.
    """
    moment, allowed = at or now(), frozenset(force or ())
    held = Published.read(published, document.registry.authority)
    roots = chain_of((*held.roots, *([root] if root else ())))
    if not roots:
        raise CommandError(
            f"there is no root in {str(published)!r}", hint="add --root root-1.cbor, the first time"
        )
    check_chain(roots, published)
    last = previous or held.registry
    _check(roots, allowed, moment)
    made, kept = _made(document, held, roots[-1], last, at=moment, valid_for=valid_for)
    if not dry_run and not key and not made.signed.signatures:
        raise CommandError("nobody has signed it", hint="add --key KEY.pem, or give the document that was signed")
    findings = check_registry(made.registry, root=roots[-1].data, previous=last and last.data, at=moment)
    refuse(made.path, [one for one in findings if one.code != "unchanged"], allowed)  # then it is bundled anew
    changes = list(change_lines(diff_documents(last.signed, made.signed))) if last else []
    if dry_run:
        with answering():
            put(f"{title(made.registry)}, would be published 将公布")
            for line in changes:
                put(line)
            for path in (
                kept,
                *(published / name for name in (BUNDLE, *map(name_of, roots), REGISTRY)),
            ):
                put(f"would write {harmless(str(path))}")
        return
    if not made.signed.signatures and made.registry != document.registry:
        put_source(document, made.registry)
    made = sign_with_all(
        made, kept, key or (), passphrase_file or [], root=roots[-1], previous=last, allowed=allowed
    )
    with answering():
        for line in changes:
            put(line)
        put(f"{harmless(str(kept))}: {title(made.registry)}")
        for line in (*thumbprint_lines(made.signed.digest), *progress(made.signed, roots[-1].root, None)):
            put(f"  {line}")
    in_force = roots[-1].root
    if not made.signed.reaches(in_force.registry_keys, in_force.registry_threshold):
        raise CommandError(
            "nothing is published yet: more of the registry keys must sign",
            hint="whoever has another one gives the same command with it",
            exit_code=NOT_VALID,
        )
    bundle, left_out = composed(held, roots, made, with_ or (), moment)
    held.write(bundle, roots, made)
    with answering():
        tell_published(held, bundle)
    raise typer.Exit(NOT_VALID if left_out else DONE)


def _check(roots: Sequence[File], allowed: frozenset[str], at: datetime) -> None:
    """Check the roots; of what is risky about the last one its people know already."""
    *before, last = roots
    findings = check_root(last.data, previous=[root.data for root in before], at=at)
    refuse(last.path, [one for one in findings if one.severity == "error" or one.code == "expires-soon"], allowed)


def _made(
    document: File, held: Published, root: File, last: File | None, *, at: datetime, valid_for: timedelta | None
) -> tuple[File, Path]:
    """Return what is to be published, and where it is kept: what was signed already, or the next version."""
    if document.signed.signatures:
        return document, document.path
    if last is None and document.registry.version > 1:
        raise CommandError(
            f"there is no registry in {str(held.folder)!r}, and this is no first one",
            hint="add --previous registry.cbor, the one that was published last",
        )
    while True:
        version = last.registry.version + 1 if last else 1
        kept = document.path.with_name(f"registry-{version}.cbor")
        made = document.registry if last is None else following(document.registry, last, at, valid_for, root)
        begun = _begun(kept, held, version, root)
        if begun is None:
            break
        if at < begun.registry.expires:
            _same_words(document, begun)
            return begun, kept
        last = begun  # it was signed, and nobody may sign its version again
    with refusing_file(document.path):
        return File(document.path, document.data, Signed.of(made)), kept


def _begun(kept: Path, held: Published, version: int, root: File) -> File | None:
    """Return the document of this version that was signed by a run that did not come to its end."""
    found = load(kept, Kind.REGISTRY) if kept.exists() else held.begun
    if found is None or (found.registry.version, found.registry.epoch) != (version, root.root.epoch):
        return None
    return found


def _same_words(document: File, begun: File) -> None:
    """Check that a source says what was signed already, but for its dates.

    Raises:
        CommandError: when it says something else.
    """
    source, signed = document.registry, begun.registry
    dated = replace(
        source, version=signed.version, epoch=signed.epoch, issued=signed.issued, expires=signed.expires,
        previous=signed.previous,
    )  # fmt: skip
    if dated.encode() != begun.signed.document.payload:
        raise CommandError(
            f"{str(begun.path)!r} is version {signed.version} and was signed with other words than the source has",
            *(line.strip() for line in change_lines(diff_documents(begun.signed, Signed.of(dated)))),
            hint="a version is signed once (AUT-1): publish that document, then the source as the next version; "
            "one that too few have signed can be moved away instead",
            exit_code=NOT_VALID,
        )


def sign_with_all(
    made: File,
    kept: Path,
    keys: Sequence[str],
    files: list[Path],
    *,
    root: File | None = None,
    previous: File | None = None,
    allowed: frozenset[str],
) -> File:
    """Sign with all keys, and keep the document before anybody sees it: a version is signed once.

    Raises:
        CommandError: when a key does not matter, or the document cannot be kept.
    """
    document: bytes | Content = made.signed.content
    if made.signed.signatures:
        document = bytes(made.signed.document)
    with refusing_file(made.path):
        for key in keys:
            with opened_with(key, files, exit_code=CANNOT_JUDGE) as signer:
                document = sign(
                    document, signer, root=root and root.data, previous=previous and previous.data, force=allowed
                )
    if files:
        raise unused(files)
    assert isinstance(document, bytes)  # noqa: S101 - there was a signature, or a key
    return keep(kept, document, made.signed.kind)


COMMANDS: Final = (publish,)
