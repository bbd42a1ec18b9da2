"""Roots and registries as files: their sources, which commands change in place, and the signed documents."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from healthpass import DocumentError, harmless
from healthpass.authority import (
    MAX_SOURCE,
    Change,
    Content,
    RegistryDocument,
    Root,
    Signed,
    SigningError,
    SourceError,
    diff,
    join,
    open_document,
    read_source,
    unsigned,
    write_source,
)
from healthpass.cli.errors import CANNOT_JUDGE, NOT_VALID, CommandError
from healthpass.cli.io.files import NewFiles, read, replace
from healthpass.cli.io.output import answering, put
from healthpass.documents import _status_list
from healthpass.documents._document import Kind
from healthpass.words._outcomes import Outcome

_DOCUMENT: Final = b"\xd8"  # a tag, with which no JSON begins


class Loaded(NamedTuple):
    """A root or a registry, of a source or of a signed document.

    Attributes:
        path: its file.
        data: what the file holds.
        signed: what that says.
        is_source: whether it is JSON.
    """

    path: Path
    data: bytes
    signed: Signed
    is_source: bool

    @property
    def content(self) -> Content:
        """What it says."""
        return self.signed.content

    @property
    def given(self) -> bytes | Content:
        """What signing and checking are given: the document as it stands, or what it shall say."""
        return self.content if self.is_source else self.data


def load(path: Path, kind: Kind | None = None, data: bytes | None = None) -> Loaded:
    """Read a source or a signed document.

    Args:
        path: the file.
        kind: what it must be.
        data: what the file holds, if it has been read.

    Raises:
        CommandError: when it cannot be read, is neither, or is of another kind.
    """
    data = read_bounded(path) if data is None else data
    with refusing(path):
        if is_document(data):
            loaded = Loaded(path, data, open_document(data), is_source=False)
        else:
            content = as_source(data)
            loaded = Loaded(path, data, Signed(unsigned(content), content), is_source=True)
    if kind not in {None, loaded.signed.document.kind}:
        raise CommandError(f"{str(path)!r} is a {loaded.signed.document.kind}, and a {kind} is needed")
    return loaded


def is_document(data: bytes) -> bool:
    """Tell a signed document from a source, by its first byte."""
    return data.startswith(_DOCUMENT)


def as_source(data: bytes) -> Content:
    """Read what is no document, and therefore a source.

    Raises:
        SourceError: when it is none.
        DocumentError: when it is a status list.
    """
    if data.startswith(_status_list.START):
        raise DocumentError(Outcome.UNSUPPORTED_KIND, "it is a status list, and no root and no registry")
    return read_source(data)


def load_document(path: Path, kind: Kind | None = None) -> Loaded:
    """Read a signed document.

    Raises:
        CommandError: when it cannot be read, is none, or is of another kind.
    """
    loaded = load(path, kind)
    if loaded.is_source:
        raise CommandError(f"{str(path)!r} is a source, and the signed document is needed")
    return loaded


def load_root(path: Path) -> tuple[Loaded, Root]:
    """Read the source of a root.

    Raises:
        CommandError: when it cannot be read, or is none.
    """
    loaded = _load_source(path, Kind.ROOT)
    assert isinstance(loaded.content, Root)  # noqa: S101 - by its kind
    return loaded, loaded.content


def load_registry(path: Path) -> tuple[Loaded, RegistryDocument]:
    """Read the source of a registry.

    Raises:
        CommandError: when it cannot be read, or is none.
    """
    loaded = _load_source(path, Kind.REGISTRY)
    assert isinstance(loaded.content, RegistryDocument)  # noqa: S101 - by its kind
    return loaded, loaded.content


def _load_source(path: Path, kind: Kind) -> Loaded:
    loaded = load(path, kind)
    if not loaded.is_source:
        raise CommandError(
            f"{str(path)!r} is signed, and what is signed is not changed",
            hint="give the source that it was made of, the JSON file",
        )
    return loaded


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
        raise CommandError(
            f"{str(path)!r} has {size:,} bytes, and {MAX_SOURCE:,} are the most of a source",
            exit_code=CANNOT_JUDGE,
        )
    return read(path, at_most=MAX_SOURCE, exit_code=CANNOT_JUDGE)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
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


@contextmanager
def editing() -> Iterator[None]:
    """Say in our style that an edit does not apply.

    Raises:
        CommandError: with exit code 2.
    """
    try:
        yield
    except ValueError as error:
        raise CommandError(str(error)) from error


def create(path: Path, content: Content) -> None:
    """Write a new source, and say so.

    Raises:
        CommandError: when it would break a rule, or the file is there already.
    """
    with refusing(path):
        unsigned(content)
        source = write_source(content)
    with NewFiles() as files, answering():
        files.create(path, source)
        put(f"{harmless(str(path))}: {title(content)}")


def rewrite(loaded: Loaded, content: Content) -> None:
    """Write a source in the place of the one that was read, and say in words what has changed.

    Raises:
        CommandError: when it would break a rule, somebody else has changed the file, or it cannot be written.
    """
    with refusing(loaded.path):
        unsigned(content)
        source = write_source(content)
    changes = diff(loaded.content, content)
    if read_bounded(loaded.path) != loaded.data:
        raise CommandError(f"{str(loaded.path)!r} has been changed meanwhile, and is left as it is")
    try:
        target = loaded.path.resolve()  # a link stays one
    except (OSError, RuntimeError) as error:
        raise CommandError(f"cannot write {str(loaded.path)!r}: {error}") from error
    replace(target, source, durable=True)
    with answering():
        put(f"{harmless(str(loaded.path))}: {title(content)}")
        tell_changes(changes)


def tell_changes(changes: Sequence[Change]) -> None:
    """Write each change in English and in Chinese, or that there is none."""
    if not changes:
        put("nothing has changed 没有变化")
    for change in changes:
        put(f"- {harmless(change.en)}")
        put(f"  {harmless(change.zh)}")


def joined(out: Path, document: bytes) -> bytes | None:
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
        raise CommandError(
            f"{str(out)!r} exists already and is not this document; nothing is overwritten",
            hint="choose another name, or move the file away first",
        ) from error


def title(content: Content) -> str:
    """Say which document it is, on one line."""
    kind = "root" if isinstance(content, Root) else "registry"
    environment = harmless(content.environment)  # a document may say anything here
    return f"{kind} of {content.authority}, {environment}, epoch {content.epoch}, version {content.version}"
