"""What `trust.json` and the files of the states say: the anchors, what is held of whom, and where it came from.

Each state has a file of its own: a large one burdens itself alone, and one that stays is not written again.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, Field, StringConstraints

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.credential._model import STRICT
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.store._errors import StoreError
from healthpass.trust._held import Pin
from healthpass.trust._state import MAX_CHAIN, MAX_EVIDENCE, has_room
from healthpass.trust._trust import CHECKER, Snapshot, StateSnapshot, Trust

MAX_SOURCES: Final = 64  # addresses whose ETags are kept
DOCUMENT: Final = ".cbor"  # what follows the SHA-256 in the name of a document,
STATE: Final = ".json"  # and of the file of a state

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, by which they are named here."""
    return hashlib.sha256(data).hexdigest()


class PinRecord(BaseModel):
    """An anchor."""

    model_config = STRICT

    authority: RegionId
    version: Annotated[Count, Field(ge=1)]
    digest: Sha256


class StateRecord(BaseModel):
    """What is held of a state, in a file of its own: documents by their SHA-256, and what else it remembers.

    Attributes:
        refused: whether the registry is refused by the rules of today, and only bounds what may come.
    """

    model_config = STRICT

    chain: Annotated[tuple[Sha256, ...], Field(max_length=MAX_CHAIN)]
    registry: Sha256 | None
    refused: bool
    dropped: tuple[Sha256, ...]
    tombstones: tuple[tuple[IssuerId, Sha256, Count, Count], ...]
    evidence: Annotated[tuple[Sha256, ...], Field(max_length=MAX_EVIDENCE)]
    lists: tuple[tuple[IssuerId, Count, Sha256, Sha256], ...]
    begun: tuple[Count, Count]

    def files(self) -> frozenset[str]:
        """Return the names of the files of its documents."""
        documents = *self.chain, *self.evidence, self.registry, *(name for *_, name in self.lists)
        return frozenset(name + DOCUMENT for name in documents if name)


class StateName(BaseModel):
    """Whose state it is, and the SHA-256 of its file."""

    model_config = STRICT

    anchor: RegionId
    authority: RegionId
    state: Sha256


class SourceRecord(BaseModel):
    """An address that the store was updated from: the ETag of its bundle, and what the store held afterwards."""

    model_config = STRICT

    url: Annotated[str, Field(max_length=2048)]
    etag: Annotated[str, Field(max_length=256)]
    held: Sha256


class Record(BaseModel):
    """All that `trust.json` says.

    Attributes:
        sha256: the SHA-256 of all the rest: a bit that flips on the disk must not lose a tombstone.
        checker: by which rules the documents were checked; with others they are checked again.
    """

    model_config = STRICT

    format: Literal[1] = 1
    sha256: str = ""
    environment: str
    checker: Count
    pins: tuple[PinRecord, ...]
    states: tuple[StateName, ...]
    sources: Annotated[tuple[SourceRecord, ...], Field(max_length=MAX_SOURCES)] = ()

    def held(self) -> str:
        """Return the SHA-256 of what is trusted, wherever it came from."""
        return sha256(self.model_copy(update={"sha256": "", "sources": ()}).model_dump_json().encode())

    def encode(self) -> bytes:
        """Return the text of the file."""
        unsealed = self.model_copy(update={"sha256": ""})
        seal = sha256(unsealed.model_dump_json().encode())
        return unsealed.model_copy(update={"sha256": seal}).model_dump_json(indent=1).encode() + b"\n"

    @classmethod
    def decode(cls, text: bytes) -> Self:
        """Read the text of the file.

        Raises:
            ValueError: when it is not what `encode` writes.
        """
        record = cls.model_validate_json(text)
        anchors = {pin.authority for pin in record.pins}
        states = {(state.anchor, state.authority) for state in record.states}
        if len(anchors) != len(record.pins) or len(states) != len(record.states):
            raise ValueError("something stands in it twice")
        if not {anchor for anchor, _ in states} <= anchors:
            raise ValueError("a state in it is of what is no anchor")
        if record.encode() != text:
            raise ValueError("its content is not what its sha256 says")
        return record


class KeptState(NamedTuple):
    """A state as it is kept.

    Attributes:
        snapshot: what it was written from, or read as; then without the evidence, which stays where it is.
        name: the SHA-256 of its file.
        evidence: the SHA-256 of each document of its evidence.
        files: the names of the files of its documents.
    """

    snapshot: StateSnapshot
    name: str
    evidence: tuple[str, ...]
    files: frozenset[str]

    @classmethod
    def of(cls, state: StateSnapshot, before: Self | None, files: dict[str, bytes]) -> Self:
        """Write down a state, and add its files to others."""
        if before and before.snapshot == state:
            return before

        def named(data: bytes, kind: str = DOCUMENT) -> str:
            name = sha256(data)
            files[name + kind] = data
            return name

        evidence = list(before.evidence if before else ())
        for document in state.evidence:  # of this update; that of earlier ones stays unread
            if sha256(document) not in evidence and has_room(len(evidence), document):
                evidence.append(named(document))
        record = StateRecord(
            chain=tuple(map(named, state.chain)),
            registry=named(state.registry) if state.registry else None,
            refused=state.refused,
            dropped=tuple(sorted(key.hex() for key in state.dropped)),
            tombstones=tuple(
                (IssuerId(issuer), key.hex(), epoch, version)
                for issuer, key, epoch, version in sorted(state.tombstones)
            ),
            evidence=tuple(evidence),
            lists=tuple(
                (IssuerId(issuer), number, key.hex(), named(document))
                for issuer, number, key, document in sorted(state.lists)
            ),
            begun=state.begun,
        )
        return cls(state, named(record.model_dump_json().encode(), STATE), record.evidence, record.files())

    @classmethod
    def read(cls, name: StateName, read: Callable[[str], bytes], *, evidence: bool) -> Self:
        """Read a state from its files.

        Args:
            name: its name.
            read: reads a file.
            evidence: whether the evidence is wanted, which only people look at.

        Raises:
            ValueError: when a file is not what `of` writes.
        """
        record = StateRecord.model_validate_json(read(name.state + STATE))

        def document(name: str) -> bytes:
            return read(name + DOCUMENT)

        snapshot = StateSnapshot(
            anchor=name.anchor,
            authority=name.authority,
            chain=tuple(map(document, record.chain)),
            registry=document(record.registry) if record.registry else None,
            dropped=frozenset(map(bytes.fromhex, record.dropped)),
            tombstones=tuple(
                (issuer, bytes.fromhex(key), epoch, version) for issuer, key, epoch, version in record.tombstones
            ),
            evidence=tuple(_readable(document, record.evidence)) if evidence else (),
            lists=tuple(
                (issuer, number, bytes.fromhex(key), document(name)) for issuer, number, key, name in record.lists
            ),
            refused=record.refused,
            begun=record.begun,
        )
        return cls(snapshot, name.state, record.evidence, record.files())


class Kept(NamedTuple):
    """A trust as it is kept: the record, and the states that it names."""

    record: Record
    states: tuple[KeptState, ...]

    @classmethod
    def of(
        cls, trust: Trust, before: Self | None = None, fetched: tuple[str, str] | None = None
    ) -> tuple[Self, dict[str, bytes]]:
        """Write down a trust.

        Args:
            trust: the trust.
            before: what was kept before: a state that is as it was is not written again, and the addresses after
                which another thing was held are left out.
            fetched: the address that it was just updated from, and the ETag.

        Returns:
            What is kept, and the files of the states that have changed.
        """
        snapshot = trust.snapshot()
        known = {state.snapshot[:2]: state for state in before.states} if before else {}
        files: dict[str, bytes] = {}
        states = tuple(KeptState.of(state, known.get(state[:2]), files) for state in snapshot.states)
        record = Record(
            environment=snapshot.environment,
            checker=CHECKER,
            pins=tuple(
                PinRecord(authority=pin.authority, version=pin.version, digest=pin.digest.hex())
                for pin in snapshot.pins
            ),
            states=tuple(
                StateName(anchor=state.snapshot.anchor, authority=state.snapshot.authority, state=state.name)
                for state in states
            ),
        )
        held = record.held()
        sources = before.record.sources if before else ()
        kept = [source for source in sources if source.held == held and source.url != (fetched or ("",))[0]]
        if fetched:
            kept.append(SourceRecord(url=fetched[0], etag=fetched[1], held=held))
        return cls(record.model_copy(update={"sources": tuple(kept[-MAX_SOURCES:])}), states), files

    @classmethod
    def read(cls, record: Record, read: Callable[[str], bytes], *, evidence: bool) -> Self:
        """Read what a record names; see `KeptState.read`."""
        once = cache(read)  # several anchors may hold the same documents
        return cls(record, tuple(KeptState.read(name, once, evidence=evidence) for name in record.states))

    def files(self) -> set[str]:
        """Return the names of all files."""
        return {state.name + STATE for state in self.states}.union(*(state.files for state in self.states))

    def etag(self, url: str) -> str | None:
        """Return the ETag of an address, if what it answered with is all that is held."""
        held = self.record.held()
        return next(
            (source.etag for source in self.record.sources if (source.url, source.held) == (url, held)), None
        )

    def restore(self) -> Trust:
        """Return the trust.

        Raises:
            ValueError: when it does not hold together.
        """
        record = self.record
        pins = tuple(Pin(pin.authority, pin.version, bytes.fromhex(pin.digest)) for pin in record.pins)
        states = tuple(state.snapshot for state in self.states)
        return Trust.restore(Snapshot(record.environment, pins, states), checked=record.checker == CHECKER)


def _readable(read: Callable[[str], bytes], names: Iterable[str]) -> Iterator[bytes]:
    """Read evidence, as far as it can be read: nothing is judged by it, and so nothing stops for it."""
    for name in names:
        with suppress(StoreError, OSError):
            yield read(name)
