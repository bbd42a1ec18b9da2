"""The trust store: what a verifier keeps on disk of those whom it trusts (spec/registry.md, sections 6 and 7).

>>> store = TrustStore.create("trust")  # doctest: +SKIP
>>> store.pin("CN-33", version=1, digest=bytes.fromhex("..."))  # doctest: +SKIP
>>> store.update_from("https://health.example.cn/bundle.cbor")  # doctest: +SKIP
>>> verify(text, registry=store.registry())  # doctest: +SKIP

A store is a folder of plain files, and is copied or backed up as one. Programs exchange bundles, not stores: the
format of the folder may change with each version.

This room reads and writes files, fetches updates (`healthpass.fetch`), and shows what is held. It does not decide
which document counts: `trust` does. What `trust` refuses changes nothing on
disk, except that a proof of equivocation is kept.
"""

from healthpass.documents._document import Kind, document_digest
from healthpass.documents._opened import OpenedDocument, open_bundle
from healthpass.store._bundling import Bundle, join_bundle
from healthpass.store._effects import Effects, NamedIssuer, Share
from healthpass.store._errors import StoreError
from healthpass.store._explain import Explanation, KeyEnding, PathView, Withdrawal
from healthpass.store._issuer_view import IssuerView, KeyView, ListsView, SignedView, Speaker
from healthpass.store._offered import Offered, read_bundles
from healthpass.store._publishing import PublishedBundle, compose_bundle
from healthpass.store._refusals import Refusals, find_refused
from healthpass.store._results import Update, UpdateResult
from healthpass.store._store import TrustStore
from healthpass.store._view import AnchorView, AuthorityView, DocumentView, Standing, TrustView
from healthpass.trust._gap import RootGap, root_gaps
from healthpass.trust._held import Pin

__all__ = [
    "AnchorView",
    "AuthorityView",
    "Bundle",
    "DocumentView",
    "Effects",
    "Explanation",
    "IssuerView",
    "KeyEnding",
    "KeyView",
    "Kind",
    "ListsView",
    "NamedIssuer",
    "Offered",
    "OpenedDocument",
    "PathView",
    "Pin",
    "PublishedBundle",
    "Refusals",
    "RootGap",
    "Share",
    "SignedView",
    "Speaker",
    "Standing",
    "StoreError",
    "TrustStore",
    "TrustView",
    "Update",
    "UpdateResult",
    "Withdrawal",
    "compose_bundle",
    "document_digest",
    "find_refused",
    "join_bundle",
    "open_bundle",
    "read_bundles",
    "root_gaps",
]
