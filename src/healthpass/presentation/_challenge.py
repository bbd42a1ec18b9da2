"""A gate's challenge: a nonce that the holder's app scans (spec/presentation.md, section 8)."""

import secrets
from datetime import datetime, timedelta
from typing import Final, final

from healthpass.codec import _text
from healthpass.codec._time import from_seconds, now, to_seconds
from healthpass.presentation._challenge_memory import ChallengeMemory, Challenges, checked
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
        challenges: what remembers it. Workers that are one gate share it, and each of them takes what another one
            has shown with `take_shown`. When left out, this object alone remembers.

    Attributes:
        text: the text for the gate's own QR code, `HPC1:` and Base45.
        expires_at: when it can no longer be answered, in UTC.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when `at` has no time zone, or `lifetime` is not 1 to 120 seconds.
    """

    __slots__ = ("_challenges", "_expires", "text")

    def __init__(
        self,
        *,
        at: datetime | None = None,
        lifetime: timedelta = timedelta(seconds=MAX_LIFE),
        challenges: Challenges | None = None,
    ) -> None:
        if not isinstance(lifetime, timedelta):
            raise TypeError(f"lifetime must be a timedelta, not {type(lifetime).__name__}")
        if not timedelta(seconds=1) <= lifetime <= timedelta(seconds=MAX_LIFE):
            raise ValueError(f"lifetime must be 1 to {MAX_LIFE} seconds")
        made = now() if at is None else at
        self._expires = to_seconds(made) + int(lifetime.total_seconds())
        self._challenges = ChallengeMemory(1) if challenges is None else checked(challenges)
        self.text = _text.encode(_text.CHALLENGE, secrets.token_bytes(NONCE_SIZE))
        self._challenges.keep(self.text, made, lifetime)

    @property
    def expires_at(self) -> datetime:
        """When it can no longer be answered."""
        return from_seconds(self._expires)

    def take(self, *, at: datetime | None = None) -> bytes:
        """Return the nonce for `verify`, once.

        Raises:
            ChallengeError: when it was taken before, or has expired; make another one and show that.
        """
        return self.take_shown(self.text, self._challenges, at=at)

    @staticmethod
    def take_shown(text: str, challenges: Challenges, *, at: datetime | None = None) -> bytes:
        """Return the nonce of a challenge that any worker of this gate has shown, once.

        Args:
            text: the challenge's text, `HPC1:`. It comes from the gate's own screen, not from the holder.
            challenges: what the workers share.
            at: when the answer came, with a time zone; now when left out.

        Raises:
            TypeError: when `text` is not a `str`, or `challenges` remembers no challenges.
            MalformedError: `malformed-text`, when it is not a challenge.
            UnsupportedError: when it is a health code.
            ChallengeError: when it was not shown here, was taken before, or has expired.
        """
        nonce = Challenge.read(text)
        if not checked(challenges).take(text, now() if at is None else at):
            raise ChallengeError("this challenge has been used or has expired: show another one")
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
