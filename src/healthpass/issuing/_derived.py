"""What follows from the secret of a run and the ref of an order, so that it comes out again (ISS-9)."""

import hmac
import re
from typing import Final

from healthpass.credential._binding import OPENING_SIZE
from healthpass.credential._claims import CTI_SIZE

SECRET_SIZE: Final = 32
MAX_REF: Final = 200  # characters
_REF: Final = re.compile("[!-~]+")  # U+0021 to U+007E
_N_SIZE: Final = 8  # bytes of the number that spreads the times of expiry

_CTI: Final = b"healthpass-run-cti-v1"
_OPENING: Final = b"healthpass-run-opening-v1"
_JITTER: Final = b"healthpass-run-jitter-v1"


def checked_ref(ref: object) -> bytes:
    """Return a ref as bytes.

    Raises:
        TypeError: when it is not a `str`.
        ValueError: when it is not one (ISS-9.2). The message does not repeat it.
    """
    if not isinstance(ref, str):
        raise TypeError(f"a ref must be a str, not {type(ref).__name__}")
    if len(ref) > MAX_REF or not _REF.fullmatch(ref):
        raise ValueError(
            f"a ref has 1 to {MAX_REF} characters from U+0021 to U+007E: no space, no accent, no Chinese (ISS-9)"
        )
    return ref.encode("ascii")


class Derivation:
    """Derives what stands in the codes of a run, or belongs to them.

    Args:
        secret: the run's secret, 32 bytes.
        lifetime: how long its codes live, in seconds.
        jitter: up to how much shorter, in seconds.

    Raises:
        ValueError: when the secret has another length, or not 0 <= jitter < lifetime.
    """

    __slots__ = ("_jitter", "_lifetime", "_secret")

    def __init__(self, secret: bytes, *, lifetime: int, jitter: int) -> None:
        if len(secret) != SECRET_SIZE:
            raise ValueError(f"the secret of a run has {SECRET_SIZE} bytes, not {len(secret)}")
        if not 0 <= jitter < lifetime:
            raise ValueError("jitter must not be negative, and must be less than lifetime")
        self._secret = secret
        self._lifetime = lifetime
        self._jitter = jitter

    def cti(self, ref: bytes) -> bytes:
        """Return the cti of an order's code."""
        return self._mac(_CTI, ref)[:CTI_SIZE]

    def opening(self, ref: bytes) -> bytes:
        """Return the opening with which an order's code is bound to a document."""
        return self._mac(_OPENING, ref)[:OPENING_SIZE]

    def lifetime(self, ref: bytes) -> int:
        """Return how long an order's code lives, in seconds."""
        if not self._jitter:
            return self._lifetime
        n = int.from_bytes(self._mac(_JITTER, ref)[:_N_SIZE])
        return self._lifetime - n % (self._jitter + 1)

    def _mac(self, label: bytes, ref: bytes) -> bytes:
        return hmac.digest(self._secret, label + ref, "sha256")
