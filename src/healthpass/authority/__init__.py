"""What an authority does with its documents: write, check, compare and sign its roots and registries.

A root or a registry is written as JSON that people review line by line (`read_source`, `write_source`), changed
by functions that return another one (`next_root`, `next_registry`, `import_request`, `revoke` ...), checked by the
code of the verifiers (`check_root`, `check_registry`), told in words (`diff`), and signed by several people, one
after another:

>>> from datetime import UTC, datetime
>>> from healthpass import RegionId, SigningKey
>>> people = [SigningKey.generate() for _ in range(3)]
>>> machine = SigningKey.generate()
>>> root = Root(
...     authority=RegionId("CN-33"), environment="production", epoch=1, version=1,
...     issued=datetime(2026, 11, 1, tzinfo=UTC), expires=datetime(2027, 11, 1, tzinfo=UTC),
...     root_keys=tuple(person.public_key for person in people), root_threshold=2,
...     registry_keys=(machine.public_key,), registry_threshold=1,
... )
>>> half = sign(root, people[0])
>>> [finding.code for finding in check_root(half, at=root.issued)]
['threshold-not-met']
>>> whole = sign(half, people[2])
>>> check_root(whole, at=root.issued)
()
>>> whole == sign(sign(root, people[2]), people[0])
True

All times are `datetime` with a time zone, of which whole seconds count, and all spans are `timedelta`. Nothing
here reads a file or a clock.
"""

from healthpass.authority._checking import check_registry, check_root
from healthpass.authority._differences import Change, diff, diff_documents
from healthpass.authority._findings import Finding, same_registry_keys
from healthpass.authority._records import Content, record
from healthpass.authority._registry_edits import (
    Entry,
    find_keys,
    first_registry,
    import_request,
    next_registry,
    recognise,
    retire,
    revoke,
    unrecognise,
)
from healthpass.authority._root_edits import next_root
from healthpass.authority._signing import SigningError, join, sign
from healthpass.authority._sources import Signed, is_document, open_document, read_source, write_source
from healthpass.codec._source_json import MAX_SOURCE, SourceError
from healthpass.documents._document import Document, Kind
from healthpass.documents._fields import Names, check_address, check_name
from healthpass.documents._key_request import KeyRequest, SignedRequest, is_request, open_request
from healthpass.documents._registry_document import IssuerEntry, KeyEnd, KeyEntry, Recognition, RegistryDocument
from healthpass.documents._root import Root
from healthpass.words._code_points import KeyEndReason, KeyUse

__all__ = [
    "MAX_SOURCE",
    "Change",
    "Content",
    "Document",
    "Entry",
    "Finding",
    "IssuerEntry",
    "KeyEnd",
    "KeyEndReason",
    "KeyEntry",
    "KeyRequest",
    "KeyUse",
    "Kind",
    "Names",
    "Recognition",
    "RegistryDocument",
    "Root",
    "Signed",
    "SignedRequest",
    "SigningError",
    "SourceError",
    "check_address",
    "check_name",
    "check_registry",
    "check_root",
    "diff",
    "diff_documents",
    "find_keys",
    "first_registry",
    "import_request",
    "is_document",
    "is_request",
    "join",
    "next_registry",
    "next_root",
    "open_document",
    "open_request",
    "read_source",
    "recognise",
    "record",
    "retire",
    "revoke",
    "same_registry_keys",
    "sign",
    "unrecognise",
    "write_source",
]
