"""Where an issuer gets the places of its codes in status lists, and writes down what it issued (spec/status.md).

The order is what keeps an index from serving two codes (STI-1), whatever crashes and whenever:

1. `take` a place;
2. make the credential with it;
3. `record` it, which is final;
4. only then let the text out.

A place whose code was not recorded was never seen outside, and goes to another code.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, final, runtime_checkable

from healthpass.codec._keys import PublicKey
from healthpass.credential._health import StatusPlace
from healthpass.credential._regions import IssuerId


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRecord:
    """What is written down of a code before it leaves (STI-6).

    It holds nothing of what the code says, and neither who nor why should name the holder: both are kept for
    longer than the code is.

    Attributes:
        cti: its identifier, 12 bytes.
        place: its place in the issuer's status lists.
        kid: the kid of the key that signed it, 8 bytes.
        by: who set the colour, an officer or a program.
        why: on what ground.
        issued_at: when it was made.
        expires_at: when it expires.
        holder_key: the device key that it is bound to, if any; a ledger refuses one that is in another code
            (ISS-4).
        seal: of a code of a run, the first 8 bytes of the SHA-256 of its signature. It tells whether a ref came
            again with other claims, and nobody can try out with it what a code says: for that he would have to
            sign.
    """

    cti: bytes
    place: StatusPlace
    kid: bytes
    by: str
    why: str
    issued_at: datetime
    expires_at: datetime
    holder_key: PublicKey | None = None
    seal: bytes | None = None


@runtime_checkable
class StatusPlaces(Protocol):
    """Gives each code of an issuer a place that no other has, and remembers who got it."""

    @property
    def issuer(self) -> IssuerId:
        """The issuer whose lists these are."""

    def take(self) -> StatusPlace:
        """Take a place for a code that is about to be made; it waits for `record` or `give_back`."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down, all or none, before any of their texts leaves.

        When it raises, none of the texts may leave. It may be called again with the same codes.
        """

    def give_back(self, place: StatusPlace) -> None:
        """Give back a place whose code was not made, or could not be recorded; one that is not held is ignored."""


class RunTerms(NamedTuple):
    """What holds for all codes of a run, however often it is started.

    Attributes:
        run: its id, 1 to 100 printable characters.
        starts_at: the start of validity of its codes.
        lifetime: how long they are valid.
        jitter: up to how much shorter.
        kid: the kid of the key that signs them, 8 bytes.
        by: who sets them.
        why: on what ground.
    """

    run: str
    starts_at: datetime
    lifetime: timedelta
    jitter: timedelta
    kid: bytes
    by: str
    why: str


class Recorded(NamedTuple):
    """What is recorded of a code.

    Attributes:
        place: its place.
        kid: the kid of the key that signed it.
        expires_at: when it expires.
        seal: as in `CodeRecord`; None of a code of no run.
    """

    place: StatusPlace
    kid: bytes
    expires_at: datetime
    seal: bytes | None


@runtime_checkable
class Runs(StatusPlaces, Protocol):
    """Remembers runs, too: many codes of one office that are made again when the run is started again."""

    def begin_run(self, terms: RunTerms) -> bytes:
        """Note the terms of a run, and return its secret: 32 bytes, the same each time, and of no other run.

        The same terms again are no error: a run that was interrupted is started again.

        Raises:
            LedgerError: of `healthpass.ledger`, when the run was begun with other terms.
        """

    def recorded(
        self, ctis: Collection[bytes], *, expiring: tuple[datetime, datetime] | None = None
    ) -> dict[bytes, Recorded]:
        """Return what is recorded of codes; one that is not recorded, or was dropped, is left out.

        Where the caller knows between which two times all of them expire, a ledger need look nowhere else.
        """
