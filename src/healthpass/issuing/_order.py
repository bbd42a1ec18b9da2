"""What an issuer is asked for: a code among many, and what holds for all codes of a call."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from healthpass.codec._keys import PublicKey
from healthpass.credential._binding import IdentityDocument
from healthpass.credential._health import HealthCode
from healthpass.issuing._issue import Draft, Issued, check_one_for_each
from healthpass.issuing._status_places import CodeRecord, StatusPlaces

_T = TypeVar("_T")


class Order(NamedTuple):
    """A code to be issued among many.

    Attributes:
        health_code: what is stated.
        holder_key: the device key that it is bound to.
        document: the identity document that it is bound to.
        accept: the findings of ISS-8 that the office means in this code as they are.

    Its `repr` shows none of them.
    """

    health_code: HealthCode
    holder_key: PublicKey | None = None
    document: IdentityDocument | tuple[str, str] | None = None
    accept: Collection[str] = ()

    def __repr__(self) -> str:
        return "Order(...)"


class Terms(NamedTuple):
    """What holds for all codes of one call.

    Attributes:
        at: the start of validity; None for now.
        by: who sets the colours.
        why: on what ground.
        first: the number of the first order; None where there is but one.
    """

    at: datetime | None
    by: str
    why: str
    first: int | None = None

    def each(self, function: Callable[..., _T], *items: Iterable[Any]) -> list[_T]:
        """Call a function for each order; an error, also in asking for one, has a note which order it was."""
        done: list[_T] = []
        try:
            for arguments in zip(*items, strict=False):
                done.append(function(*arguments))  # noqa: PERF401 - what is done is counted
        except Exception as error:
            self.note(error, len(done))
            raise
        return done

    def sealed(self, drafts: Sequence[Draft], signatures: Sequence[bytes]) -> list[Issued]:
        """Put many credentials together, each with its signature."""
        check_one_for_each(drafts, signatures)
        return self.each(Draft.seal, drafts, signatures)

    def record(self, ledger: StatusPlaces, records: Sequence[CodeRecord]) -> None:
        """Write codes down; an error that names one of them has a note which order it was."""
        try:
            ledger.record(records)
        except Exception as error:
            for number, one in enumerate(records):
                if one.cti == getattr(error, "cti", None):  # its device key is in another code, say
                    self.note(error, number)
            raise

    def note(self, error: Exception, number: int) -> None:
        """Note which order of this call an error is about."""
        if self.first is not None:
            error.add_note(f"orders[{self.first + number}]")
