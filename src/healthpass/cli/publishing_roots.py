"""`healthpass authority publish`: a root, from what people have signed to what the web server shows."""

from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import harmless
from healthpass.authority import Kind, check_root, diff_documents
from healthpass.cli.errors import DONE, NOT_VALID, CommandError
from healthpass.cli.io.documents import File, a_file, refuse
from healthpass.cli.io.grants import Force, MadeAt
from healthpass.cli.io.keys import PassphraseFiles, a_key
from healthpass.cli.io.output import answering, put
from healthpass.cli.io.published import (
    BUNDLE,
    Published,
    check_chain,
    composed,
    name_of,
    publishing,
    tell_published,
)
from healthpass.cli.language import say
from healthpass.cli.publishing import DryRun, Folder, With, sign_with_all
from healthpass.cli.show.documents import change_lines, progress, thumbprint_lines, title
from healthpass.cli.show.times import now


def publish(
    document: Annotated[File, a_file(Kind.ROOT, "root.json|root.cbor", "What to publish.")],
    *,
    published: Folder,
    key: Annotated[list[str] | None, a_key("Your root key. Repeatable.")] = None,
    passphrase_file: PassphraseFiles = None,
    with_: With = None,
    at: MadeAt = None,
    force: Force = None,
    dry_run: DryRun = False,
) -> None:
    """Check, sign and publish a root.

    Give the document that people have signed, or a source and their keys; the signed document is kept beside the
    source, root-VERSION.cbor. The registry in FOLDER stays. A root that opens an epoch is published together with
    a registry of that epoch: healthpass registry publish --root.

    Exit codes: 0 published, 1 refused, signatures are missing, or something was left out, 2 wrong usage, or a
    file cannot be written, 3 a file cannot be read.
    """
    moment, allowed = at or now(), frozenset(force or ())
    with publishing(published, document.path, dry_run=dry_run):
        held = Published.read(published, document.root.authority)
        before = [root for root in held.roots if root.root.version < document.root.version]
        last = before[-1] if before else None
        check_chain([*before, document], published)
        if not key and not document.signed.signatures:
            raise CommandError(
                "nobody has signed it", hint="add --key KEY.pem, or give the document that was signed"
            )
        findings = check_root(document.root, previous=[root.data for root in before], at=moment)
        refuse(document.path, findings, allowed)
        kept = document.path if document.signed.signatures else document.path.with_name(name_of(document))
        changes = list(change_lines(diff_documents(last.signed, document.signed))) if last else []
        if dry_run:
            with answering():
                put(say("{}, would be published", title(document.root)))
                for line in (*changes, *_would_write(kept, published / BUNDLE, published / name_of(document))):
                    put(line)
            return
        made = sign_with_all(document, kept, key or (), passphrase_file or [], previous=last, allowed=allowed)
        with answering():
            for line in changes:
                put(line)
            put(say("{}: {}", harmless(str(kept)), title(made.root)))
            for line in (*thumbprint_lines(made.signed.digest), *progress(made.signed, None, last and last.root)):
                put(f"  {line}")
        _ready(made, last, held)
        bundle, left_out = composed(held, [*before, made], held.registry, with_ or (), moment)
        held.write(bundle, [*before, made], held.registry)
        with answering():
            tell_published(held, bundle)
    raise typer.Exit(NOT_VALID if left_out else DONE)


def _ready(made: File, last: File | None, held: Published) -> None:
    """Check that enough have signed, and that the registry of before counts under this root.

    Raises:
        CommandError: with exit code 1, when that is not so.
    """
    signers = [(one.root.root_keys, one.root.root_threshold) for one in (made, last) if one]
    if not all(made.signed.reaches(*those) for those in signers):
        raise CommandError(
            "nothing is published yet: more of the root keys must sign",
            hint="whoever has another one gives the same command with it",
            exit_code=NOT_VALID,
        )
    if held.registry and held.registry.registry.epoch != made.root.epoch:
        raise CommandError(
            "nothing is published yet: it opens an epoch, and no registry of that is here",
            hint=f"healthpass registry publish registry.json --root {made.path} publishes both in one bundle",
            exit_code=NOT_VALID,
        )


def _would_write(*paths: Path) -> list[str]:
    return [say("would write {}", harmless(str(path))) for path in paths]


COMMANDS: Final = (publish,)
