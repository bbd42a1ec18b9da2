"""The trust store: what a verifier keeps on disk of those whom it trusts (spec/registry.md, sections 6 and 7).

This room reads and writes files, and fetches updates (`healthpass.fetch`). It does not decide which document
counts: `trust` does. What `trust` refuses, junk for instance, changes nothing on disk.

>>> store = TrustStore.create("trust")  # doctest: +SKIP
>>> store.pin("CN-33", version=1, digest=bytes.fromhex("..."))  # doctest: +SKIP
>>> store.update_from("https://health.example.cn/bundle.cbor")  # doctest: +SKIP
>>> verify(text, registry=store.registry())  # doctest: +SKIP

A store is a folder of plain files, and is copied or backed up as one. Its format is no interface: what programs
exchange are bundles.
"""

from healthpass.store._bundling import Bundle
from healthpass.store._errors import StoreError
from healthpass.store._store import TrustStore, document_digest
from healthpass.trust._held import Pin
from healthpass.trust._trust import Result, Snapshot, StateSnapshot

__all__ = ["Bundle", "Pin", "Result", "Snapshot", "StateSnapshot", "StoreError", "TrustStore", "document_digest"]
