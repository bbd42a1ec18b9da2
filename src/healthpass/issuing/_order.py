"""What an issuer is asked for: a code among many, and what holds for all codes of a call."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from healthpass.codec._keys import PublicKey
from healthpass.credential._binding import IdentityDocument
from healthpass.credential._health import HealthCode


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
    """What holds for all codes of one call."""

    at: datetime | None
    by: str
    why: str
