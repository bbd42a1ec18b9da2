"""What `trust.json` says: the anchors, and for each state the names of its documents."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, Field, StringConstraints

from healthpass._cbor import MAX_INTEGER
from healthpass._held import Pin
from healthpass._held_lists import MAX_LISTS
from healthpass._model import STRICT
from healthpass._regions import IssuerId, RegionId
from healthpass._state import MAX_CHAIN, MAX_EVIDENCE, MAX_TOMBSTONES
from healthpass._trust import CHECKER, Snapshot, StateSnapshot, Trust

MAX_SOURCES: Final = 64  # addresses whose ETags are kept

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
    """A state: its documents by their SHA-256, and what else it remembers."""

    model_config = STRICT

    anchor: RegionId
    authority: RegionId
    chain: Annotated[tuple[Sha256, ...], Field(max_length=MAX_CHAIN)]
    registry: Sha256 | None
    dropped: tuple[Sha256, ...]
    tombstones: Annotated[tuple[tuple[IssuerId, Sha256, Count, Count], ...], Field(max_length=2 * MAX_TOMBSTONES)]
    evidence: Annotated[tuple[Sha256, ...], Field(max_length=MAX_EVIDENCE)]
    lists: Annotated[tuple[tuple[IssuerId, Count, Sha256, Sha256], ...], Field(max_length=MAX_LISTS)]


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
    states: tuple[StateRecord, ...]
    sources: Annotated[tuple[SourceRecord, ...], Field(max_length=MAX_SOURCES)] = ()

    def held(self) -> str:
        """Return the SHA-256 of what is trusted, wherever it came from."""
        return sha256(self.model_copy(update={"sha256": "", "sources": ()}).model_dump_json().encode())

    def documents(self) -> set[str]:
        """Return the names of all documents."""
        several = (
            (*state.chain, *state.evidence, state.registry, *(name for *_, name in state.lists))
            for state in self.states
        )
        return {name for one in several for name in one if name}

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


class Kept(NamedTuple):
    """A trust as it is kept: the record, and the documents by their names."""

    record: Record
    documents: Mapping[str, bytes]

    @classmethod
    def of(
        cls, trust: Trust, sources: Iterable[SourceRecord] = (), fetched: tuple[str, str] | None = None
    ) -> Self:
        """Write down a trust.

        Args:
            trust: the trust.
            sources: the addresses that were known before; those after which another thing was held are left out.
            fetched: the address that it was just updated from, and the ETag.
        """
        snapshot = trust.snapshot()
        documents: dict[str, bytes] = {}

        def named(data: bytes) -> str:
            name = sha256(data)
            documents[name] = data
            return name

        record = Record(
            environment=snapshot.environment,
            checker=CHECKER,
            pins=tuple(
                PinRecord(authority=pin.authority, version=pin.version, digest=pin.digest.hex())
                for pin in snapshot.pins
            ),
            states=tuple(
                StateRecord(
                    anchor=state.anchor,
                    authority=state.authority,
                    chain=tuple(map(named, state.chain)),
                    registry=named(state.registry) if state.registry else None,
                    dropped=tuple(sorted(key.hex() for key in state.dropped)),
                    tombstones=tuple(
                        (IssuerId(issuer), key.hex(), epoch, version)
                        for issuer, key, epoch, version in sorted(state.tombstones)
                    ),
                    evidence=tuple(map(named, state.evidence)),
                    lists=tuple(
                        (IssuerId(issuer), number, key.hex(), named(document))
                        for issuer, number, key, document in sorted(state.lists)
                    ),
                )
                for state in snapshot.states
            ),
        )
        held = record.held()
        kept = [source for source in sources if source.held == held and source.url != (fetched or ("",))[0]]
        if fetched:
            kept.append(SourceRecord(url=fetched[0], etag=fetched[1], held=held))
        return cls(record.model_copy(update={"sources": tuple(kept[-MAX_SOURCES:])}), documents)

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
        record, documents = self
        snapshot = Snapshot(
            record.environment,
            tuple(Pin(pin.authority, pin.version, bytes.fromhex(pin.digest)) for pin in record.pins),
            tuple(
                StateSnapshot(
                    anchor=state.anchor,
                    authority=state.authority,
                    chain=tuple(documents[name] for name in state.chain),
                    registry=documents[state.registry] if state.registry else None,
                    dropped=frozenset(map(bytes.fromhex, state.dropped)),
                    tombstones=tuple(
                        (issuer, bytes.fromhex(key), epoch, version)
                        for issuer, key, epoch, version in state.tombstones
                    ),
                    evidence=tuple(documents[name] for name in state.evidence),
                    lists=tuple(
                        (issuer, number, bytes.fromhex(key), documents[name])
                        for issuer, number, key, name in state.lists
                    ),
                )
                for state in record.states
            ),
        )
        return Trust.restore(snapshot, checked=record.checker == CHECKER)
