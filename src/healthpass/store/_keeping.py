"""How a trust store comes from its folder and goes back there: whole, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from healthpass.store._errors import StoreError, failing
from healthpass.store._folder import RECORD, Folder
from healthpass.store._record import Kept, Record
from healthpass.trust._registry import Registry
from healthpass.trust._trust import Trust

_ATTEMPTS: Final = 100  # of a reader; each that fails means that a whole update took place meanwhile
_HINT: Final = "; put it back from a copy, or make a new one, and pin and update it"


@dataclass(frozen=True)
class Held:
    """What a store holds, as it was read."""

    text: bytes
    kept: Kept
    trust: Trust

    @cached_property
    def registry(self) -> Registry:
        """What is trusted, for verifying."""
        return self.trust.registry()


@dataclass
class Change:
    """A change that is being made: the trust, and the address and the ETag that it comes from."""

    trust: Trust
    origin: tuple[str, str] | None = None


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
        kept, _ = Kept.of(Trust(environment))
        with failing(f"create a trust store in {str(self._path)!r}"):
            self._folder.make()
            with self._folder.locked(self._lock_timeout):
                self._folder.make()  # again: somebody else may have been faster
                self._folder.commit(kept.record.encode(), {})
                self._folder.clear(())

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """Lock the store, read it, let its trust be changed, and write down what came of it, if anything did."""
        with failing(f"change the trust store {str(self._path)!r}"), self._folder.locked(self._lock_timeout):
            held = self.read()  # UPD-11
            change = Change(held.trust)
            yield change
            kept, files = Kept.of(change.trust, held.kept, change.origin)
            text, names = kept.record.encode(), kept.files()
            if text != held.text:
                self._folder.commit(text, {name: files[name] for name in names - held.kept.files()})
                self._held = Held(text, kept, change.trust)
            self._folder.clear(names)

    def load(self) -> Held:
        """Return what is held now; it is read again where somebody has changed it."""
        self._held = self.read(self._held)
        return self._held

    def read(self, known: Held | None = None, *, evidence: bool = False) -> Held:
        """Read what is held; and again if a writer has replaced it and cleared files away meanwhile.

        Args:
            known: what was held before; it is returned if that is still so.
            evidence: whether the evidence is wanted, which only people look at.

        Raises:
            StoreError: when it cannot be read.
        """
        missed = b""
        with failing(f"read the trust store {str(self._path)!r}", _HINT):
            for _ in range(_ATTEMPTS):
                text = self._folder.record()
                if known and text == known.text:
                    return known
                with self._whole():
                    record = Record.decode(text)
                try:
                    with self._whole():
                        kept = Kept.read(record, self._folder.content, evidence=evidence)
                except FileNotFoundError:
                    if text == missed:
                        raise
                    missed = text
                    continue
                return self._restored(text, kept)
        raise StoreError(f"the trust store {str(self._path)!r} is being changed all the time; try again")

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
            f"written by another version or by hand ({why}){_HINT}"
        )

    def _restored(self, text: bytes, kept: Kept) -> Held:
        try:
            return Held(text, kept, kept.restore())
        except ValueError as error:
            raise StoreError(
                f"the trust store {str(self._path)!r} cannot be read: what it holds does not hold together "
                f"({error}){_HINT}"
            ) from error
