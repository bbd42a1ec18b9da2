"""Sources: roots and registries as JSON that people keep in git and review line by line (docs/adr/0017).

A source says what its document says, no more and no less: the same source always gives the same payload.
"""

import json
from collections.abc import Iterable
from typing import Final, NamedTuple, Self

from healthpass.authority._records import MAPS, Content, record
from healthpass.codec._keys import PublicKey
from healthpass.codec._source_json import SourceError, parse_json
from healthpass.documents._document import MAX_SIGNATURES, Document, Kind, parse
from healthpass.documents._opened import is_list
from healthpass.documents._record import read_record
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

ROOM_FOR_SIGNATURES: Final = 82 * MAX_SIGNATURES  # bytes; DOC-3
_TAGS: Final = (b"\xd8", b"\xd2")  # of COSE, with which no JSON begins
_KINDS: Final = {str(kind): kind for kind in (Kind.ROOT, Kind.REGISTRY)}


class Signed(NamedTuple):
    """A root or a registry that has been opened to be looked at, signed or gone on from: nothing of it is trusted.

    Attributes:
        document: its layers.
        content: what it says.
    """

    document: Document
    content: Content

    @classmethod
    def of(cls, content: Content) -> Self:
        """Take up a content that nobody has signed.

        Raises:
            SourceError: when a reader would refuse what it says.
        """
        return cls(unsigned(content), content)

    @property
    def kind(self) -> Kind:
        """Whether it is a root or a registry."""
        return self.document.kind

    @property
    def digest(self) -> bytes:
        """SHA-256 of the payload, by which a root is recognised and pinned."""
        return self.document.digest

    @property
    def signatures(self) -> tuple[bytes, ...]:
        """The kids of its signatures, also of those that do not verify."""
        return tuple(self.document.signatures)

    def signers(self, keys: Iterable[PublicKey]) -> tuple[PublicKey, ...]:
        """Return those of the keys whose signature is there and verifies."""
        return tuple(key for key in keys if self.document.good_signatures([key]))

    def reaches(self, keys: Iterable[PublicKey], threshold: int) -> bool:
        """Tell whether enough of the keys have signed, and no signature of theirs fails (DOC-5)."""
        try:
            self.document.count(tuple(keys), threshold)
        except DocumentError:
            return False
        return True


def is_document(data: bytes) -> bool:
    """Tell a signed document from a source, by its first byte."""
    return data[:1] in _TAGS


def read_source(data: bytes) -> Content:
    """Read `root.json` or `registry.json`.

    Raises:
        SourceError: with a line for each fault: where, what was found, what was expected.
    """
    found = parse_json(data)
    if not isinstance(found, dict):
        raise SourceError("the whole: found no object, expected that of a root or a registry")
    typ = found.pop("typ", None)
    if not isinstance(typ, str) or typ not in _KINDS:
        raise SourceError(f"typ: expected one of {', '.join(_KINDS)}")
    content: Content = read_record(MAPS[_KINDS[typ]], found)
    unsigned(content)
    return content


def refuse_lists(data: bytes) -> None:
    """Say that a status list is one, where a root or a registry is wanted.

    Raises:
        DocumentError: `unsupported-kind`.
    """
    if is_list(data):
        raise DocumentError(Outcome.UNSUPPORTED_KIND, "it is a status list, and no root and no registry")


def open_document(data: bytes) -> Signed:
    """Open a root or a registry.

    Raises:
        DocumentError: when it is no root and no registry, or breaks a rule.
    """
    refuse_lists(data)
    document = parse(data)
    match document.kind:
        case Kind.ROOT:
            return Signed(document, Root.decode(document.payload))
        case Kind.REGISTRY:
            return Signed(document, RegistryDocument.decode(document.payload))
    raise DocumentError(Outcome.UNSUPPORTED_KIND, f"it is a {document.kind.label}, and no root and no registry")


def unsigned(content: Content) -> Document:
    """Make the document, without signatures; the same content always gives the same bytes.

    Raises:
        SourceError: when a reader would refuse what it says.
    """
    kind = Kind.ROOT if isinstance(content, Root) else Kind.REGISTRY
    try:
        document = Document(kind, content.encode(), {})
        if len(bytes(document)) + ROOM_FOR_SIGNATURES > kind.max_bytes:
            raise SourceError(
                f"with its signatures it would have more than the {kind.max_bytes:,} bytes of a {kind.label}"
            )
        type(content).decode(document.payload)  # nothing leaves that would be refused
    except DocumentError as error:
        raise SourceError(error.message) from None
    except (ValueError, TypeError) as error:
        raise SourceError(f"it breaks a rule: {error}") from None
    return document


def write_source(content: Content) -> bytes:
    """Write a source: fixed order of fields, issuers, recognitions and keys ascending, two spaces, UTF-8.

    Raises:
        SourceError: when a reader would refuse what it says.
    """
    unsigned(content)  # too many data items (DOC-7) are refused before a source would be longer than MAX_SOURCE
    return (json.dumps(record(content), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
