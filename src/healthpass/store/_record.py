"""What `trust.json` and the files of the states say: the anchors, what is held of whom, and where it came from.

Each state has a file of its own: a large one burdens itself alone, and one that stays is not written again.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Final, Literal, NamedTuple, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.credential._model import STRICT
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._document import OF_OFFICES, Kind
from healthpass.store._errors import StoreError
from healthpass.trust._held import HeldRegistry, HeldRoot
from healthpass.trust._held_lists import HeldList
from healthpass.trust._held_of_offices import MAX_IATS, HeldOfficeDocument
from healthpass.trust._state import MAX_CHAIN, MAX_EPOCHS, MAX_EVIDENCE, State
from healthpass.trust._trust import Trust

FORMAT: Final = 2
CHECKER: Final = 2  # goes up when the rules change by which documents are checked
MAX_SOURCES: Final = 64  # addresses whose ETags are kept
DOCUMENT: Final = ".cbor"  # what follows the SHA-256 in the name of a document,
STATE: Final = ".json"  # and of the file of a state

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
StateKey: TypeAlias = tuple[RegionId, RegionId]  # the anchor and the authority of a state


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, by which they are named here."""
    return hashlib.sha256(data).hexdigest()


def _of_offices(kind: Kind) -> Kind:
    if kind not in OF_OFFICES:
        raise ValueError("a policy or a risk map is expected")
    return kind


OfOffices = Annotated[Kind, AfterValidator(_of_offices)]


class PinRecord(BaseModel):
    """An anchor."""

    model_config = STRICT

    authority: RegionId
    version: Annotated[Count, Field(ge=1)]
    digest: Sha256


class StateRecord(BaseModel):
    """What is held of a state, in a file of its own: documents by their SHA-256, and what else it remembers.

    Attributes:
        chain: its roots, each with the time at which it was taken, in seconds since 1970.
        registry: its registry, with that time.
        refused: whether the registry is refused by the rules of today, and is not usable.
        seen: the newest registry of each epoch: the epoch, its version, and SHA-256 of its payload.
        lists: its status lists: issuer, number, status key, iat; the list, unless it had to go.
        of_offices: its policies and maps: kind, office, key, iat; the document, unless it had to go. A store of
            format 1 has none.
        evidence: documents that contradict each other.
    """

    model_config = STRICT

    chain: Annotated[tuple[tuple[Sha256, Count], ...], Field(max_length=MAX_CHAIN)]
    registry: tuple[Sha256, Count] | None
    refused: bool
    seen: Annotated[tuple[tuple[Sha256, Count, Sha256], ...], Field(max_length=MAX_EPOCHS)]
    lists: tuple[tuple[IssuerId, Count, Sha256, Count, Sha256 | None], ...]
    of_offices: Annotated[
        tuple[tuple[OfOffices, IssuerId, Sha256, Count, Sha256 | None], ...], Field(max_length=MAX_IATS)
    ] = ()
    evidence: Annotated[tuple[Sha256, ...], Field(max_length=MAX_EVIDENCE)]


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
        format: the version of the format; what an older version has written is read, and written anew.
        sha256: the SHA-256 of all the rest: a bit that flips on the disk must not lose a tombstone.
        checker: by which rules the documents were checked; with others they are checked again.
    """

    model_config = STRICT

    format: Literal[1, 2] = FORMAT
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
            raise ValueError("an entry stands in it twice")
        if not {anchor for anchor, _ in states} <= anchors:
            raise ValueError("a state in it belongs to no anchor")
        if record.encode() != text:
            raise ValueError("its content is not what its sha256 says")
        return record


class KeptState(NamedTuple):
    """A state as it is kept.

    Attributes:
        record: what its file says.
        name: the SHA-256 of its file.
    """

    record: StateRecord
    name: str

    @classmethod
    def of(cls, state: State, before: Self | None, files: dict[str, bytes], *, evidence: bool) -> Self:
        """Write down a state, and add its files to others.

        Args:
            state: the state.
            before: as it was kept before; its evidence stays.
            files: takes up the files, by their names.
            evidence: whether new evidence is added, as far as there is room.
        """

        def named(one: HeldRoot | HeldRegistry | HeldList | HeldOfficeDocument) -> str:
            files[one.name + DOCUMENT] = one.document
            return one.name

        proofs = list(before.record.evidence if before else ())
        for data, most in state.evidence.items() if evidence else ():
            if (name := sha256(data)) not in proofs and len(proofs) < most:
                files[name + DOCUMENT] = data
                proofs.append(name)
        lists = {place: named(one) for place, one in state.lists}
        of_offices = {one.place: named(one) for one in state.of_offices}
        record = StateRecord(
            chain=tuple((named(one), one.taken) for one in state.chain),
            registry=(named(state.registry), state.registry.taken) if state.registry else None,
            refused=state.registry is not None and state.registry.refused,
            seen=tuple((epoch.hex(), one.version, one.digest.hex()) for epoch, one in state.seen.items()),
            lists=tuple(
                (place.issuer, place.number, place.raw.hex(), iat, lists.get(place))
                for place, iat in sorted(state.lists.iats.items())
            ),
            of_offices=tuple(
                (place.kind, place.issuer, place.raw.hex(), iat, of_offices.get(place))
                for place, iat in sorted(state.of_offices.iats.items())
            ),
            evidence=tuple(proofs),
        )
        if before and record == before.record:
            return before
        written = record.model_dump_json().encode()
        files[(name := sha256(written)) + STATE] = written
        return cls(record, name)

    @classmethod
    def read(cls, name: str, read: Callable[[str], bytes]) -> Self:
        """Read a state's file.

        Raises:
            ValueError: when it is not what `of` writes.
        """
        return cls(StateRecord.model_validate_json(read(name + STATE)), name)

    def files(self) -> Iterator[str]:
        """Give the names of its files: its own, and those of its documents."""
        record = self.record
        yield self.name + STATE
        named = (*record.lists, *record.of_offices)
        documents = [name for name, _ in record.chain] + [name for *_, name in named if name]
        for name in (*documents, *record.evidence, *(record.registry or ())[:1]):
            yield f"{name}{DOCUMENT}"

    def has_all_of(self, before: Self) -> bool:
        """Tell whether the roots and the registry are those of before, and each list is there or a newer one."""
        if self is before:
            return True
        ours, theirs = (one.record.model_copy(update={"lists": (), "evidence": ()}) for one in (self, before))
        held, were = ({one[:3] for one in state.record.lists if one[4]} for state in (self, before))
        return ours == theirs and were <= held

    def evidence(self, read: Callable[[str], bytes]) -> Iterator[bytes]:
        """Read the evidence, as far as it can be read: nothing is judged by it."""
        for name in self.record.evidence:
            with suppress(StoreError, OSError):
                yield read(name + DOCUMENT)


class Kept(NamedTuple):
    """A trust as it is kept: the record, and the states that it names, by anchor and authority."""

    record: Record
    states: dict[StateKey, KeptState]

    @classmethod
    def of(cls, trust: Trust) -> Self:
        """Write down a trust without states."""
        return cls(Record(environment=trust.environment, checker=CHECKER, pins=(), states=()), {})

    @classmethod
    def read(cls, record: Record, read: Callable[[str], bytes], known: Mapping[str, KeptState]) -> Self:
        """Read the files of the states that a record names, but for those that are known by their names."""
        return cls(
            record,
            {
                (one.anchor, one.authority): known.get(one.state) or KeptState.read(one.state, read)
                for one in record.states
            },
        )

    def with_state(self, state: State, files: dict[str, bytes], *, evidence: bool) -> Self:
        """Return what is kept with a state as it is now; its files are added to others."""
        key = state.anchor, state.authority
        kept = KeptState.of(state, self.states.get(key), files, evidence=evidence)
        return self if kept is self.states.get(key) else self._with({**self.states, key: kept})

    def only(self, trust: Trust) -> Self:
        """Return what is kept of the states that a trust has, and its pins."""
        there = {(state.anchor, state.authority) for state in trust.states}
        pins = tuple(
            PinRecord(authority=pin.authority, version=pin.version, digest=pin.digest.hex())
            for _, pin in sorted(trust.pins.items())
        )
        return self._with(
            {key: self.states[key] for key in self.states if key in there}, pins=pins, checker=CHECKER
        )

    def fetched(self, url: str, etag: str) -> Self:
        """Return what is kept with the ETag of an address that it was just updated from."""
        others = tuple(source for source in self.record.sources if source.url != url)
        sources = (*others, SourceRecord(url=url, etag=etag, held=self.record.held()))[-MAX_SOURCES:]
        return self._replace(record=self.record.model_copy(update={"sources": sources}))

    def evidence(self) -> dict[StateKey, int]:
        """Return how many documents of each state are kept as evidence, by anchor and authority."""
        return {key: len(state.record.evidence) for key, state in self.states.items()}

    def files(self) -> set[str]:
        """Return the names of all files."""
        return {name for state in self.states.values() for name in state.files()}

    def etag(self, url: str) -> str | None:
        """Return the ETag of an address, if what it answered with is all that is held."""
        held = self.record.held()
        return next(
            (source.etag for source in self.record.sources if (source.url, source.held) == (url, held)), None
        )

    def _with(self, states: dict[StateKey, KeptState], **members: object) -> Self:
        """Return what is kept with these states, without the addresses after which another thing was held.

        Where lists alone have come, what the addresses answered with is held still: lists come every few minutes,
        and must not cost every gate the registry again.
        """
        named = tuple(
            StateName(anchor=anchor, authority=authority, state=states[anchor, authority].name)
            for anchor, authority in sorted(states)
        )
        record = self.record.model_copy(update={"format": FORMAT, "states": named, **members})
        held, before = record.held(), self.record.held()
        good = {held, before} if self._gained_lists(record, states) else {held}
        sources = tuple(one.model_copy(update={"held": held}) for one in record.sources if one.held in good)
        return type(self)(record.model_copy(update={"sources": sources}), states)

    def _gained_lists(self, record: Record, states: dict[StateKey, KeptState]) -> bool:
        """Tell whether nothing but lists has come, and none that was held has gone."""
        return (record.pins, record.checker) == (self.record.pins, self.record.checker) and (
            states.keys() == self.states.keys()
            and all(states[key].has_all_of(one) for key, one in self.states.items())
        )
