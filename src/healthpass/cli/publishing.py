"""`healthpass registry publish`: from the source to the folder that the web server shows, in one command."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import harmless
from healthpass.authority import (
    Content,
    Finding,
    Kind,
    RegistryDocument,
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
    files_like,
    name_of,
    publishing,
    tell_published,
)
from healthpass.cli.language import say
from healthpass.cli.registry import NextLife, following
from healthpass.cli.show.documents import change_lines, progress, thumbprint_lines, title
from healthpass.cli.show.times import local_minute, now

Folder = Annotated[
    Path, typer.Option("--published", metavar="FOLDER", help="The folder that the web server shows.")
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="SOURCE", help="What other regions publish: a store, file or folder. Repeatable."
    ),
]
_AHEAD: Final = timedelta(days=1)  # gates refuse what is dated further ahead
_VERSION: Final = re.compile(r"registry-([1-9][0-9]{0,15})\.cbor")
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
    with publishing(published, document.path, dry_run=dry_run):
        held = Published.read(published, document.registry.authority)
        roots = chain_of((*held.roots, *([root] if root else ())))
        if not roots:
            raise CommandError(
                f"there is no root in {str(published)!r}", hint="add --root root-1.cbor, the first time"
            )
        check_chain(roots, published)
        last = previous or held.registry
        _check(roots, last, allowed, moment)
        made, kept = _made(document, held, roots[-1], last, at=moment, valid_for=valid_for)
        if not dry_run and not key and not made.signed.signatures:
            raise CommandError(
                "nobody has signed it", hint="add --key KEY.pem, or give the document that was signed"
            )
        findings = check_registry(made.registry, root=roots[-1].data, previous=last and last.data, at=moment)
        refuse(made.path, list(_told(findings)), allowed)
        changes = list(change_lines(diff_documents(last.signed, made.signed))) if last else []
        if dry_run:
            with answering():
                put(say("{}, would be published", title(made.registry)))
                for line in changes:
                    put(line)
                for path in (
                    kept,
                    *(published / name for name in (BUNDLE, *map(name_of, roots), REGISTRY)),
                ):
                    put(say("would write {}", harmless(str(path))))
            return
        if not made.signed.signatures and made.registry != document.registry:
            put_source(document, made.registry)
        made = sign_with_all(
            made, kept, key or (), passphrase_file or [], root=roots[-1], previous=last, allowed=allowed
        )
        with answering():
            for line in changes:
                put(line)
            put(say("{}: {}", harmless(str(kept)), title(made.registry)))
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


def _told(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Give what is told of a registry that is to be published, unasked and perhaps by a clock that is ahead."""
    for one in findings:
        if one.code != "unchanged":  # then it is bundled anew
            yield one._replace(severity="error") if one.code == "previous-expired" else one


def _check(roots: Sequence[File], last: File | None, allowed: frozenset[str], at: datetime) -> None:
    """Check the roots, of the last of which people know what is risky, and that the clock can be right.

    Raises:
        CommandError: with exit code 1, when something is refused.
    """
    *before, root = roots
    findings = check_root(root.data, previous=[one.data for one in before], at=at)
    refuse(root.path, [one for one in findings if one.severity == "error" or one.code == "expires-soon"], allowed)
    if last and _is_ahead(last, at):
        registry = last.registry
        raise CommandError(
            f"registry {registry.version}, the last one, is dated {local_minute(registry.issued)}, "
            f"and the clock here says {local_minute(at)}: one of the two is wrong",
            hint="if this clock is right, no gate has taken that registry: add --previous registry-N.cbor, "
            "the last one before it that is not dated ahead",
            exit_code=NOT_VALID,
        )


def _made(
    document: File, held: Published, root: File, last: File | None, *, at: datetime, valid_for: timedelta | None
) -> tuple[File, Path]:
    """Return what is to be published, and where it is kept: what was signed already, or the next version.

    What has expired since it was signed, or was signed by a clock that was ahead, is not published any more; its
    version is not used again.
    """
    if document.signed.signatures:
        return document, document.path
    if last is None and document.registry.version > 1:
        raise CommandError(
            f"there is no registry in {str(held.folder)!r}, and this is no first one",
            hint="add --previous registry.cbor, the one that was published last",
        )
    source, used = document.registry, last.registry.version if last else 0
    if begun := _begun(document, held, root, after=used):
        if at < begun.registry.expires and not _is_ahead(begun, at):
            _same_words(document, begun)
            return begun, _kept(document, begun.registry)
        if used <= source.version <= begun.registry.version + 1:
            source = replace(source, version=last.registry.version if last else begun.registry.version)
        used = begun.registry.version
    made = following(source, last or begun, at, valid_for, root)
    made = replace(made, version=max(made.version, used + 1))
    with refusing_file(document.path):
        return File(document.path, document.data, Signed.of(made)), _kept(document, made)


def _kept(document: File, registry: RegistryDocument) -> Path:
    return document.path.with_name(f"registry-{registry.version}.cbor")


def _begun(document: File, held: Published, root: File, *, after: int) -> File | None:
    """Return the last registry of this epoch that was signed and comes after a version: a run did not end then."""
    files = files_like(document.path.parent, "registry-*.cbor")
    numbers = {path: int(match[1]) for path in files if (match := _VERSION.fullmatch(path.name))}
    found = [load(path, Kind.REGISTRY) for path, number in numbers.items() if number > after]
    found += [one for one in (held.begun, held.registry) if one]
    ours = (root.root.authority, root.root.epoch)
    signed = [
        one
        for one in found
        if (one.registry.authority, one.registry.epoch) == ours
        and one.registry.version > after
        and one.signed.signers(root.root.registry_keys)
    ]
    return max(signed, key=lambda one: one.registry.version, default=None)


def _is_ahead(file: File, at: datetime) -> bool:
    """Tell whether a registry is dated so far ahead that gates refuse it (UPD-4)."""
    return file.registry.issued > at + _AHEAD


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
