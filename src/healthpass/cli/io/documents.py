"""Roots and registries as files: sources, which commands change in place, and documents, which people sign."""

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

import typer

from healthpass import DocumentError, Signer, harmless
from healthpass.authority import (
    MAX_SOURCE,
    Content,
    Finding,
    Kind,
    RegistryDocument,
    Root,
    Signed,
    SigningError,
    SourceError,
    check_registry,
    check_root,
    diff,
    diff_documents,
    is_document,
    join,
    open_document,
    read_source,
    sign,
    write_source,
)
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, CommandError
from healthpass.cli.io.arguments import AsJson
from healthpass.cli.io.files import NewFiles, read, replace
from healthpass.cli.io.output import answering, json_line, put, tell_findings
from healthpass.cli.language import say
from healthpass.cli.show.documents import (
    change_lines,
    progress,
    thumbprint_lines,
    title,
)

AsThumbprint: TypeAlias = Annotated[
    bool, typer.Option("--thumbprint", help="The thumbprint alone, 64 hexadecimal digits.")
]
# Warnings of what cannot be taken back once it is published: signers are told of them too, and `check` tells all.
_IRREVOCABLE: Final = frozenset(
    {"ahead-of-clock", "broken-chain", "key-dropped", "status-address-changed", "status-key-ends", "version-gap"}
)
_LEAST: Final = 32  # hexadecimal digits, 128 bits: nobody finds another key that agrees in so many
_DIGITS: Final = re.compile(rf"[0-9a-f]{{{_LEAST},64}}")


class File(NamedTuple):
    """A root or a registry, of a source or of a signed document.

    Attributes:
        path: its file.
        data: what the file holds.
        signed: what that says.
    """

    path: Path
    data: bytes
    signed: Signed

    @property
    def root(self) -> Root:
        """What it says; it has been loaded as a root."""
        assert isinstance(self.signed.content, Root)  # noqa: S101
        return self.signed.content

    @property
    def registry(self) -> RegistryDocument:
        """What it says; it has been loaded as a registry."""
        assert isinstance(self.signed.content, RegistryDocument)  # noqa: S101
        return self.signed.content


def load(path: Path, kind: Kind, data: bytes | None = None) -> File:
    """Read a source or a signed document.

    Args:
        path: the file.
        kind: what it must be.
        data: what the file holds, if it has been read.

    Raises:
        CommandError: when it cannot be read, is neither, or is of another kind.
    """
    data = read_bounded(path) if data is None else data
    with refusing_file(path):
        signed = open_document(data) if is_document(data) else Signed.of(read_source(data))
    if signed.kind is not kind:
        raise CommandError(f"{str(path)!r} is a {signed.kind.label}, and a {kind.label} is needed")
    return File(path, data, signed)


def a_file(kind: Kind, metavar: str, said: str) -> Any:
    """Return an argument that is a source or a signed document."""
    parser = lambda text: load(Path(text), kind)  # noqa: E731
    return typer.Argument(metavar=metavar, parser=parser, help=said)


def a_source(kind: Kind) -> Any:
    """Return the argument that is a source, to be changed in place."""

    def parse(text: str) -> File:
        if (loaded := load(Path(text), kind)).signed.signatures:
            hint = "give the source that it was made of, the JSON file"
            raise CommandError(f"{text!r} is signed, and what is signed is not changed", hint=hint)
        return loaded

    return typer.Argument(metavar=f"{kind.name.lower()}.json", parser=parse, help="The source.")


def a_document(kind: Kind, said: str, make: Any = typer.Option) -> Any:
    """Return an option, or whatever `make` makes, that is a signed document."""

    def parse(text: str) -> File:
        if not (loaded := load(Path(text), kind)).signed.signatures:
            raise CommandError(f"{text!r} is a source, and the signed document is needed")
        return loaded

    return make(metavar=f"{kind.name.lower()}.cbor", parser=parse, help=said)


def read_bounded(path: Path) -> bytes:
    """Read a file that may be a source, but not a huge one.

    Raises:
        CommandError: with exit code 3, when it cannot be read, or has more than any source; then nothing of it
            is read.
    """
    size = 0
    with suppress(OSError, ValueError):  # said by `read`, if it matters
        size = path.stat().st_size
    if size > MAX_SOURCE:
        what = f"{str(path)!r} has {size:,} bytes, and {MAX_SOURCE:,} are the most of a source"
        raise CommandError(what, exit_code=CANNOT_JUDGE)
    return read(path, at_most=MAX_SOURCE, exit_code=CANNOT_JUDGE)


@contextmanager
def refusing_file(path: Path) -> Iterator[None]:
    """Say in our style why a file is refused.

    Raises:
        CommandError: with exit code 1.
    """
    name = repr(str(path))
    try:
        yield
    except SourceError as error:
        raise CommandError(*(f"{name}: {problem}" for problem in error.problems), exit_code=NOT_VALID) from error
    except (DocumentError, SigningError) as error:
        raise CommandError(f"{name}: {error}", exit_code=NOT_VALID) from error


def create(path: Path, content: Content) -> None:
    """Write a new source, and say so.

    Raises:
        CommandError: when it would break a rule, or the file is there already.
    """
    with refusing_file(path):
        source = write_source(content)
    with NewFiles() as files, answering():
        files.create(path, source)
        put(say("{}: {}", harmless(str(path)), title(content)))


def rewrite(loaded: File, content: Content) -> None:
    """Write a source in the place of the one that was read, and say in words what has changed.

    Raises:
        CommandError: when it would break a rule, somebody else has changed the file, or it cannot be written.
    """
    changes = diff(loaded.signed.content, content)
    put_source(loaded, content)
    with answering():
        put(say("{}: {}", harmless(str(loaded.path)), title(content)))
        for line in change_lines(changes):
            put(line)


def put_source(loaded: File, content: Content) -> None:
    """Write a source in the place of the one that was read.

    Raises:
        CommandError: when it would break a rule, somebody else has changed the file, or it cannot be written.
    """
    with refusing_file(loaded.path):
        source = write_source(content)
    if read_bounded(loaded.path) != loaded.data:
        raise CommandError(f"{str(loaded.path)!r} has been changed meanwhile, and is left as it is")
    try:
        target = loaded.path.resolve()  # a link stays one
    except (OSError, RuntimeError) as error:
        raise CommandError(f"cannot write {str(loaded.path)!r}: {error}") from error
    replace(target, source, durable=True)


def refuse(path: Path, findings: Sequence[Finding], allowed: Collection[str]) -> None:
    """Tell findings, and refuse what none may ignore without naming it.

    Raises:
        CommandError: with exit code 1, when there is an error that is not allowed by its code.
    """
    tell_findings(findings)
    refused = sorted({finding.code for finding in findings if finding.severity == "error"}.difference(allowed))
    if refused:
        raise CommandError(
            f"{str(path)!r} is refused: {', '.join(refused)}",
            hint=f"whoever means it all the same adds {' '.join(f'--force {code}' for code in refused)}",
            exit_code=NOT_VALID,
        )


def sign_file(
    loaded: File,
    key: Signer,
    out: Path,
    *,
    at: datetime,
    root: File | None = None,
    previous: File | None = None,
    force: Collection[str] = (),
) -> None:
    """Sign a source or a document that others have signed, and write the document.

    What `check` refuses is not signed, unless `force` has its code. Signatures that `out` holds already are kept:
    people may sign the same source on the same disk, one by one.

    Raises:
        CommandError: when the key does not matter, something is refused, or `out` is another document.
    """
    last = previous and previous.data
    with refusing_file(loaded.path):
        if isinstance(content := loaded.signed.content, Root):
            findings = check_root(content, previous=[last] if last else [], at=at)
        else:
            assert root  # noqa: S101 - `registry sign` needs one
            findings = check_registry(content, root=root.data, previous=last, at=at)
    refuse(loaded.path, [one for one in findings if one.severity == "error" or one.code in _IRREVOCABLE], force)

    def signed_once(document: bytes | Content) -> bytes:
        return sign(document, key, root=root and root.data, previous=last, force=force)

    with refusing_file(loaded.path):
        made = signed_once(loaded.data if loaded.signed.signatures else loaded.signed.content)
        held = _joined(out, made)
        if held is not None:
            made = signed_once(held)  # once more, so that what the file holds has been verified too
        told = open_document(made)
    with NewFiles() as files, answering():
        if held is None:
            files.create(out, made)
        else:
            replace(out, made, durable=True)
        put(say("{}: {}", harmless(str(out)), title(told.content)))
        for line in (
            *thumbprint_lines(told.digest),
            *progress(told, root and root.root, previous.root if previous and told.kind is Kind.ROOT else None),
        ):
            put(f"  {line}")


def keep(path: Path, document: bytes, kind: Kind) -> File:
    """Keep a signed document in a file of its own, with the signatures that the file holds already.

    Raises:
        CommandError: when the file is another document, or cannot be written.
    """
    with refusing_file(path):
        held = _joined(path, document)
    if held is None:
        with NewFiles() as files:
            files.create(path, document)
    else:
        document = held
        replace(path, document, durable=True)
    return load(path, kind, document)


def tell_check(path: Path, findings: Sequence[Finding], *, as_json: bool) -> None:
    """Tell what a check of a file has found, and leave with 1 if there is an error.

    Raises:
        typer.Exit: with the exit code.
    """
    refused = any(finding.severity == "error" for finding in findings)
    verdict = "refused" if refused else "accepted"  # in JSON
    with answering():
        if as_json:
            put(json_line({"verdict": verdict, "findings": [finding._asdict() for finding in findings]}))
        else:
            tell_findings(findings)
            is_source = not is_document(read_bounded(path))
            name = harmless(str(path))
            if refused:
                put(say("refused: {}", name))
            elif is_source:
                put(say("accepted: {}; a source, so nobody's signatures were counted", name))
            else:
                put(say("accepted: {}", name))
    raise typer.Exit(NOT_VALID if refused else DONE)


def differing(kind: Kind) -> Callable[..., None]:
    """Return the command that tells what has changed from one document of a kind to another."""

    def diff(
        old: Annotated[File, a_file(kind, "OLD", "A source or a document.")],
        new: Annotated[File, a_file(kind, "NEW", "A source or a document.")],
        *,
        as_json: AsJson = False,
    ) -> None:
        changes = diff_documents(old.signed, new.signed)
        told = {"changes": [change._asdict() for change in changes]}
        tell(lambda: told, lambda: change_lines(changes), as_json=as_json)

    diff.__doc__ = f"Tell what has changed from one {kind.name.lower()} to another.\n\nIn words."
    return diff


def tell(record: Callable[[], dict[str, Any]], lines: Callable[[], Iterable[str]], *, as_json: bool) -> None:
    """Answer in JSON, or line by line."""
    with answering():
        if as_json:
            put(json_line(record()))
            return
        for line in lines():
            put(harmless(line))


def tell_thumbprint(digest: bytes) -> None:
    """Answer with a thumbprint alone, for another command."""
    with answering():
        put(digest.hex())


def _joined(out: Path, document: bytes) -> bytes | None:
    """Return the document with the signatures that `out` holds already; None when there is no such file.

    Raises:
        CommandError: when `out` holds something else, which is not overwritten.
    """
    try:
        if not out.exists():
            return None
    except (OSError, ValueError):
        return None  # said when it is written
    held = read_bounded(out)
    try:
        return join(document, held)
    except (DocumentError, SigningError) as error:
        what = f"{str(out)!r} exists already and is not this document; nothing is overwritten"
        raise CommandError(what, hint="choose another name, or move the file away first") from error


def confirm(digest: bytes, what: str, who: str, given: str | None) -> None:
    """Have it confirmed that a thumbprint is the one that its owner reads out.

    Args:
        digest: the thumbprint.
        what: whose it is, such as "the key".
        who: who must be asked.
        given: the option `--thumbprint`; without it, somebody is asked at the terminal.

    Raises:
        CommandError: when it is another one, or there is nobody to ask.
    """
    # What the file has is not shown: who sees it types it in, and has asked nobody.
    if given is None:
        if sys.stdin is None or not sys.stdin.isatty():
            raise CommandError(
                f"nobody has confirmed the thumbprint of {what}",
                hint=f"ask {who} by telephone, and give what you hear with --thumbprint, {_LEAST} digits or more",
            )
        sys.stderr.write(say("the first {} digits or more, as {} reads them to you by telephone: ", _LEAST, who))
        sys.stderr.flush()
        given = sys.stdin.readline()
    digits = "".join(given.split()).lower()
    if not _DIGITS.fullmatch(digits):
        raise CommandError(f"expected {_LEAST} to 64 hexadecimal digits of the thumbprint of {what}")
    if not digest.hex().startswith(digits):
        raise CommandError(
            f"the thumbprint of {what} is another one",
            hint=f"what you have is not what {who} has; do not use it",
            exit_code=NOT_VALID,
        )
