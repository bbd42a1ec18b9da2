"""What roots and registries have in common on the command line: signing, showing, checking and comparing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import typer

from healthpass import DocumentError, harmless
from healthpass.authority import Content, Finding, Root, SourceError, _findings, diff_documents, sign
from healthpass.cli.documents import (
    Loaded,
    as_source,
    is_document,
    joined,
    read_bounded,
    refusing,
    tell_changes,
    title,
)
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, CommandError
from healthpass.cli.io.arguments import read_signing_key
from healthpass.cli.io.files import NewFiles, replace
from healthpass.cli.io.output import JSON_VERSION, answering, aside, complain, json_line, put
from healthpass.cli.showing import as_json as shown_as_json
from healthpass.cli.showing import as_lines, progress
from healthpass.cli.thumbprints import lines
from healthpass.words._finding_kinds import FindingKind

_ACCEPTED: Final = "accepted"
_REFUSED: Final = "refused"


def sign_file(
    loaded: Loaded,
    key: Path,
    out: Path,
    *,
    root: Loaded | None = None,
    previous: Loaded | None = None,
    force: bool = False,
) -> None:
    """Sign a source or a document that others have signed, and write the document.

    Signatures that `out` holds already are kept: people may sign the same source on the same disk, one by one.

    Raises:
        CommandError: when the key does not matter, something is refused, or `out` is another document.
    """
    signing_key = read_signing_key(key, unreadable=CANNOT_JUDGE)
    with refusing(loaded.path):
        signed = sign(
            loaded.given,
            signing_key,
            root=root and root.data,
            previous=previous and previous.data,
            force=force,
        )
        held = joined(out, signed)
        if held is not None:
            # Once more, so that what the file holds has been verified too.
            signed = sign(
                held, signing_key, root=root and root.data, previous=previous and previous.data, force=force
            )
    with NewFiles() as files, answering():
        if held is None:
            files.create(out, signed)
        else:
            replace(out, signed, durable=True)
        put(f"{harmless(str(out))}: {title(loaded.content)}")
        for line in lines(loaded.signed.digest):
            put(f"  {line}")
        for line in progress(loaded.content, signed, _root(root), _root(previous)):
            put(f"  {line}")


def tell_findings(path: Path, check: Callable[[bytes | Content], Sequence[Finding]], *, as_json: bool) -> None:
    """Check a file, tell what is found, and leave with 1 if there is an error.

    Args:
        path: a source or a signed document.
        check: what checks its content, or the document as it stands, which it does not open before it may.
        as_json: whether to answer in JSON.

    Raises:
        typer.Exit: with the exit code.
        CommandError: when the file cannot be read.
    """
    data = read_bounded(path)
    is_source = not is_document(data)
    findings: Sequence[Finding]
    try:
        findings = check(as_source(data) if is_source else data)
    except SourceError as wrong:
        findings = [_findings.finding(FindingKind.MALFORMED_SOURCE, problem=problem) for problem in wrong.problems]
    except DocumentError as other:
        findings = [_findings.refusal(other)]
    refused = any(finding.severity == "error" for finding in findings)
    verdict = _REFUSED if refused else _ACCEPTED
    with answering():
        if as_json:
            told = [finding._asdict() for finding in findings]
            put(json_line({"v": JSON_VERSION, "verdict": verdict, "findings": told}))
        else:
            for finding in findings:
                if finding.severity == "error":
                    complain((str(finding),), None)
                else:
                    aside(f"healthpass: warning: {harmless(str(finding))}")
                aside(f"  {harmless(finding.zh)}")
            unsigned = "; a source, so nobody's signatures were counted" if is_source and not refused else ""
            put(f"{verdict}: {harmless(str(path))}{unsigned}")
    raise typer.Exit(NOT_VALID if refused else DONE)


def tell_document(loaded: Loaded, root: Root | None = None, *, as_json: bool) -> None:
    """Show a document or a source.

    Args:
        loaded: what to show.
        root: for a registry, the root by whose keys to count.
        as_json: whether to answer in JSON.
    """
    with answering():
        if as_json:
            put(json_line(shown_as_json(loaded, root)))
            return
        for line in as_lines(loaded, root):
            put(harmless(line))


def tell_differences(old: Loaded, new: Loaded, *, as_json: bool) -> None:
    """Tell what has changed from one file to another, each change in English and in Chinese.

    Raises:
        CommandError: when one is a root and the other a registry.
    """
    try:
        changes = diff_documents(old.signed, new.signed)
    except TypeError as mixed:
        raise CommandError(str(mixed)) from mixed
    with answering():
        if as_json:
            put(json_line({"v": JSON_VERSION, "changes": [change._asdict() for change in changes]}))
            return
        tell_changes(changes)


def _root(loaded: Loaded | None) -> Root | None:
    return loaded.content if loaded and isinstance(loaded.content, Root) else None
