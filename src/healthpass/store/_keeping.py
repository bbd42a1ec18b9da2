"""How a trust store comes from its folder and goes back there: state by state, each whole or not at all."""

import errno
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from healthpass.store._errors import StoreError, failing
from healthpass.store._folder import RECORD, Folder, Stage
from healthpass.store._record import STATE, Kept, Record
from healthpass.store._restoring import restored
from healthpass.trust._registry import Registry
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.trust._update import Update
from healthpass.trust._views import registry_of, views_of
from healthpass.verifying._verify import DEFAULT_SKEW

_ATTEMPTS: Final = 100  # of a reader; each that fails means that a whole update took place meanwhile
_HINT: Final = "put it back from a copy, or make a new one, and pin and update it"


@dataclass(frozen=True)
class Held:
    """What a store holds, as it was read."""

    text: bytes
    kept: Kept
    trust: Trust

    @cached_property
    def registry(self) -> Registry:
        """What is trusted, for verifying."""
        return registry_of(self.trust)


class _ChangedError(OSError):
    """Somebody else has changed the store meanwhile."""

    def __init__(self) -> None:
        super().__init__(errno.EBUSY, "it was changed meanwhile")


class Keeper:
    """Reads and writes the folder of one store, and remembers what was read last."""

    def __init__(self, path: Path, lock_timeout: float) -> None:
        self._path = path
        self._folder = Folder(path)
        self._lock_timeout = lock_timeout
        self._held: Held | None = None

    def make(self, environment: str) -> None:
        """Make a store without anchors.

        Raises:
            ValueError: when that is no name of an environment.
            StoreError: when there is something in the folder, or it cannot be made.
        """
        kept = Kept.of(Trust(environment))
        with failing(f"create a trust store in {str(self._path)!r}"):
            self._folder.make()
            with self._locked():
                self._folder.make()  # again: somebody else may have been faster
                self._folder.commit(kept.record.encode())
                self._folder.clear(())

    @contextmanager
    def changing(self) -> Iterator[Trust]:
        """Lock the store, read it, let its trust be changed, and write down what came of it, if anything did."""
        with self._failing(), self._folder.staging() as stage, self._locked():
            held = self.read()  # UPD-11
            yield held.trust
            writer = _Writer(self._folder, stage, held)
            writer.finish()
            self._held = writer.held

    def update(self, update: Update, origin: tuple[str, str] | None = None) -> Trust:
        """Run an update, and write down each state when it is done (UPD-1, UPD-2).

        Signatures are verified, and files brought to the disk, before the lock is taken: both are remembered.
        Where somebody else has changed the store meanwhile, all is done again under the lock, which is quick then.

        Args:
            update: the update.
            origin: the address that it comes from, and the ETag. It is not kept where something is refused, nor
                where nothing is in force at that time: the clock may be wrong, and all of it is needed again.

        Returns:
            What is trusted now.

        Raises:
            StoreError: when the store cannot be read; or when what came of a state cannot be kept. Then the store
                holds what it held of that state, and the others have been kept.
        """
        with self._failing(), self._folder.staging() as stage:
            try:
                return self._run(update, origin, stage, self._locked)
            except _ChangedError:
                with self._locked():
                    return self._run(update, origin, stage, nullcontext)

    def load(self) -> Held:
        """Return what is held now; what somebody has changed of it is read again."""
        self._held = self._reread(anew=False)
        return self._held

    def read(self) -> Held:
        """Return what is held now, to be changed: every file is read, and none that is known is opened again."""
        return self._reread(anew=True)

    def _reread(self, *, anew: bool) -> Held:
        """Read what is held; and again if a writer has replaced it and cleared files away meanwhile.

        Raises:
            StoreError: when it cannot be read.
        """
        missed, known = b"", self._held
        with failing(f"read the trust store {str(self._path)!r}", _HINT):
            for _ in range(_ATTEMPTS):
                text = self._folder.record()
                if known and text == known.text and not anew:
                    return known
                with self._whole():
                    record = Record.decode(text)
                try:
                    with self._whole():
                        return self._restored(text, record, known, anew=anew)
                except FileNotFoundError:
                    if text == missed:
                        raise
                    missed = text
        raise StoreError(f"the trust store {str(self._path)!r} is being changed all the time; try again")

    def _restored(self, text: bytes, record: Record, known: Held | None, *, anew: bool) -> Held:
        """Read the states that have changed, or all; what is in files that are known is not opened again."""
        if known and known.kept.record.checker != record.checker:
            known = None
        read, old = self._folder.content, known.kept.states if known else {}
        kept = Kept.read(record, read, {one.name: one for one in old.values()})
        same = {key for key, one in kept.states.items() if key in old and old[key].name == one.name}
        if anew:
            for key in same:
                read(kept.states[key].name + STATE)
        return Held(text, kept, restored(kept, read, known.trust.states if known else (), () if anew else same))

    def evidence(self) -> tuple[bytes, ...]:
        """Read the evidence, as far as it can be read: no code is judged by it.

        Raises:
            StoreError: when the store cannot be read.
        """
        kept = self.read().kept
        found = (one for state in kept.states.values() for one in state.evidence(self._folder.content))
        return tuple(dict.fromkeys(found))

    def _run(
        self,
        update: Update,
        origin: tuple[str, str] | None,
        stage: Stage,
        lock: Callable[[], AbstractContextManager[None]],
    ) -> Trust:
        held = self.read()  # UPD-11
        writer = _Writer(self._folder, stage, held)
        for state in update.run(held.trust):
            if prepared := writer.prepare(state):
                with lock():
                    writer.keep(state, prepared)
        with lock():
            writer.finish(origin if update.is_settled and _in_force(held.trust, update.at) else None)
        self._held = writer.held
        self.note_update()
        return held.trust

    def note_update(self) -> None:
        """Note that an update has run to its end."""
        self._folder.note_update()

    def last_update(self) -> float | None:
        """Return when an update last ran to its end, in seconds since 1970; None where none has."""
        return self._folder.last_update()

    def _locked(self) -> AbstractContextManager[None]:
        return self._folder.locked(self._lock_timeout)

    def _failing(self) -> AbstractContextManager[None]:
        return failing(f"change the trust store {str(self._path)!r}")

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Say what is wrong with a record, or with the file of a state."""
        try:
            yield
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            why = f"{place}: {first['msg']}" if place else first["msg"]
        except ValueError as error:
            why = str(error)
        else:
            return
        raise StoreError(
            f"the trust store {str(self._path)!r} cannot be read: {RECORD}, or what it names, is damaged, or was "
            f"written by another version or by hand ({why}); {_HINT}"
        )


class Rehearsal:
    """Takes updates as a `Keeper` does, in memory alone: nothing is written."""

    def __init__(self, keeper: Keeper) -> None:
        self._held: Final = keeper.read()

    def load(self) -> Held:
        """Return what would be held now; what is kept is what the store keeps."""
        return self._held

    def note_update(self) -> None:
        """Note nothing."""

    def update(self, update: Update, origin: tuple[str, str] | None = None) -> Trust:  # noqa: ARG002 - of a Keeper
        """Run an update; return what would be trusted then."""
        for _ in update.run(self._held.trust):
            pass
        return self._held.trust


def _in_force(trust: Trust, at: int) -> bool:
    """Tell whether codes can be judged at a time."""
    paths = (view for _, view in views_of(trust))
    return at + DEFAULT_SKEW >= trust.floor() and any(one.in_force(at) and not one.is_stale(at) for one in paths)


class _Prepared(NamedTuple):
    """A state that is ready to be committed: what is kept with it, and the names of the files that it brings."""

    kept: Kept
    names: list[str]


class _Writer:
    """Writes down one state after the other; what cannot be kept of one leaves the others as they are (UPD-1)."""

    def __init__(self, folder: Folder, stage: Stage, held: Held) -> None:
        self._folder: Final = folder
        self._stage: Final = stage
        self._trust: Final = held.trust
        self._text = held.text
        self._kept = held.kept
        self._failed: dict[State, OSError] = {}
        self._named = Counter(name for one in self._kept.states.values() for name in one.files())

    @property
    def held(self) -> Held:
        """What the store holds now."""
        return Held(self._text, self._kept, self._trust)

    def prepare(self, state: State, *, evidence: bool = False) -> _Prepared | None:
        """Bring to the disk what is new of a state; None where nothing is, or where that fails."""
        files: dict[str, bytes] = {}
        kept = self._kept.with_state(state, files, evidence=evidence)
        self._failed.pop(state, None)
        if kept is self._kept:
            return None
        names = [name for name in files if not self._named[name]]
        try:
            for name in names:
                self._stage.put(name, files[name])
        except OSError as error:
            self._failed[state] = error
            return None
        return _Prepared(kept, names)

    def keep(self, state: State, prepared: _Prepared) -> None:
        """Write down a state that was prepared.

        Raises:
            _ChangedError: when somebody else has changed the store.
        """
        self._check()
        try:
            self._commit(*prepared)
        except OSError as error:
            self._failed[state] = error

    def finish(self, origin: tuple[str, str] | None = None) -> None:
        """Write down what is left, evidence last, and clear away what is not needed any more.

        Raises:
            _ChangedError: when somebody else has changed the store.
            OSError: why a state cannot be kept.
        """
        self._check()
        self._commit(self._kept.only(self._trust))
        for evidence in (False, True):
            for state in self._trust.states:
                if (state.evidence or not evidence) and (prepared := self.prepare(state, evidence=evidence)):
                    self.keep(state, prepared)
        if origin and not self._failed:
            self._commit(self._kept.fetched(*origin))
        self._folder.clear(self._kept.files())
        for error in self._failed.values():
            whom = ", ".join(dict.fromkeys(state.authority for state in self._failed))
            told = f"what concerns {whom} is not kept, and all else is"
            raise OSError(error.errno, f"{error.strerror} ({told})", error.filename) from error

    def _check(self) -> None:
        if self._folder.record() != self._text:
            raise _ChangedError

    def _commit(self, kept: Kept, names: Collection[str] = ()) -> None:
        text = self._text if kept is self._kept else kept.record.encode()
        if text != self._text:
            try:
                self._folder.commit(text, self._stage, names)
            except OSError:
                with suppress(OSError):  # a disk can fail after the record has its name
                    if self._folder.record() == text:
                        self._hold(text, kept)
                raise
            self._hold(text, kept)

    def _hold(self, text: bytes, kept: Kept) -> None:
        """Go on from what is committed; the files of states that stay are not counted again."""
        before, after = self._kept.states, kept.states
        for key in before.keys() | after.keys():
            if (old := before.get(key)) is not (new := after.get(key)):
                self._named.subtract(old.files() if old else ())
                self._named.update(new.files() if new else ())
        self._text, self._kept = text, kept
