"""A gate's challenge: a nonce that the holder's app scans (spec/presentation.md, section 8)."""

import secrets
from datetime import datetime, timedelta
from typing import Final, final

from healthpass.codec import _text
from healthpass.codec._time import from_seconds, now, to_seconds
from healthpass.presentation._presentation import check_nonce
from healthpass.words._errors import ChallengeError, MalformedError
from healthpass.words._verdicts import Verdict

NONCE_SIZE: Final = 16
MAX_LIFE: Final = 120  # seconds, PRS-12


@final
class Challenge:
    """A nonce that one showing may answer, within two minutes.

    >>> challenge = Challenge()
    >>> Challenge.read(challenge.text) == challenge.take()
    True

    Args:
        at: when it is made, with a time zone; now when left out.
        lifetime: for how long it can be answered, up to 120 seconds.

    Attributes:
        text: the text for the gate's own QR code, `HPC1:` and Base45.
        expires_at: when it can no longer be answered, in UTC.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when `at` has no time zone, or `lifetime` is not 1 to 120 seconds.
    """

    __slots__ = ("_expires", "_nonce", "text")

    def __init__(self, *, at: datetime | None = None, lifetime: timedelta = timedelta(seconds=MAX_LIFE)) -> None:
        if not isinstance(lifetime, timedelta):
            raise TypeError(f"lifetime must be a timedelta, not {type(lifetime).__name__}")
        if not timedelta(seconds=1) <= lifetime <= timedelta(seconds=MAX_LIFE):
            raise ValueError(f"lifetime must be 1 to {MAX_LIFE} seconds")
        self._nonce: bytes | None = secrets.token_bytes(NONCE_SIZE)
        self._expires = to_seconds(now() if at is None else at) + int(lifetime.total_seconds())
        self.text = _text.encode(_text.CHALLENGE, self._nonce)

    @property
    def expires_at(self) -> datetime:
        """When it can no longer be answered."""
        return from_seconds(self._expires)

    def take(self, *, at: datetime | None = None) -> bytes:
        """Return the nonce for `verify`, once.

        Raises:
            ChallengeError: when it was taken before, or has expired; make another one and show that.
        """
        nonce, self._nonce = self._nonce, None
        if nonce is None:
            raise ChallengeError("this challenge has been used; one is for one showing")
        if to_seconds(now() if at is None else at) >= self._expires:
            raise ChallengeError("this challenge has expired")
        return nonce

    @staticmethod
    def read(text: str) -> bytes:
        """Read the nonce out of a challenge's text, as a holder's app does (PRS-11).

        Raises:
            TypeError: when `text` is not a `str`.
            MalformedError: `malformed-text`, when it is not a challenge.
            UnsupportedError: when it is a health code.
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, not {type(text).__name__}")
        _, nonce = _text.decode(text, _text.CHALLENGE)
        try:
            return check_nonce(nonce)
        except ValueError as error:
            raise MalformedError(Verdict.MALFORMED_TEXT, str(error)) from None
