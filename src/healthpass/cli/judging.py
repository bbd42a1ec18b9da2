"""What a run of `healthpass verify` was asked, and the answer to each text; for processes that share it, too."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from healthpass import (
    Challenge,
    Color,
    Decided,
    PresentationError,
    PublicKey,
    Registry,
    ReplayMemory,
    Scope,
    Verdict,
    VerificationError,
    Verified,
    Verifier,
)
from healthpass.cli.errors import CommandError, refusing
from healthpass.cli.io.output import complain, json_line
from healthpass.cli.io.sources import judged
from healthpass.cli.language import Language
from healthpass.cli.show import answer
from healthpass.cli.show.answer import Judged, Match
from healthpass.cli.show.plain import Part

_EVER: Final = date(9998, 12, 31) - date(1970, 1, 1)  # no credential lives longer (CLM-3)


class Told(NamedTuple):
    """The answer to one text.

    Attributes:
        exit_code: that of the answer.
        parts: those of its line.
    """

    exit_code: int
    parts: list[Part]


class Asked(NamedTuple):
    """What was asked, checked, and in values that JSON has too: another process reads it.

    Attributes:
        keys: of each issuer that is trusted by hand, the keys in hexadecimal digits.
        bearer_for: the lifetime that these may give a code without a device key, in seconds; any when left out.
        trust: the folder of a trust store, in place of keys.
        environment: whose codes are wanted.
        skew: how far the issuer's clock may be ahead, in seconds.
        waive: the verdicts not to refuse by.
        grace: how long beyond its end a status list is believed, in seconds.
        at: the time of judging; now when left out.
        document: type and number of a document.
        compared: whether the person's document is the code's, by whoever looked at it.
        policy: the office whose policy is followed.
        answers: the answers to its questions.
        place: what kind of place this is.
        opening: the opening that belongs to it, in hexadecimal digits.
        as_json: whether answers are JSON.
        styled: whether lines may have colours.
        encoding: that of standard output.
        language: that in which people are answered.
    """

    keys: Mapping[str, list[str]]
    bearer_for: int | None
    trust: str | None
    environment: str
    skew: int
    waive: list[str]
    grace: int
    at: str | None
    document: tuple[str, str] | None
    compared: bool | None
    policy: str | None
    answers: Mapping[str, bool]
    place: str | None
    opening: str | None
    as_json: bool
    styled: bool
    encoding: str
    language: Language


class Gate:
    """Whoever answers texts as it was asked.

    Args:
        asked: what was asked.
        nonce: what the gate asks for, if it does.

    Raises:
        CommandError: when the trust store cannot be read, or the library refuses what was asked.
    """

    def __init__(self, asked: Asked, nonce: bytes | None = None) -> None:
        self._asked = asked
        self._at = None if asked.at is None else datetime.fromisoformat(asked.at)
        self._opening = None if asked.opening is None else bytes.fromhex(asked.opening)
        self._nonce = nonce
        self._used = False
        trusted = _trusted(asked)
        try:
            self._verifier = Verifier(
                trusted,
                replay=ReplayMemory(),
                skew=timedelta(seconds=asked.skew),
                waive=asked.waive,
                environment=asked.environment,
                status_grace=timedelta(seconds=asked.grace),
                policy=asked.policy,
            )
        except ValueError as error:  # "status_grace must be ...": the argument is called as the option
            problem = re.sub(r"^(\w+) must", lambda name: f"--{name[1].replace('_', '-')} must", str(error))
            raise CommandError(problem) from error
        if nonce is not None:
            with refusing("--nonce"), suppress(VerificationError):
                self._verifier.verify("", nonce=nonce)  # so that a wrong nonce is refused before the first code

    def verify(self, text: str) -> Verified:
        """Judge a text. A nonce is accepted for one showing (PRS-12), and then none answers this gate.

        Raises:
            VerificationError: when it is not valid, or cannot be judged.
        """
        try:
            verified = self._verifier.verify(text, nonce=self._nonce, at=self._at)
        except PresentationError as error:
            if self._used and error.verdict is Verdict.PRESENTATION_MISMATCH:
                complain(
                    (), "the nonce has been used, and is for one showing; healthpass gate challenge makes one"
                )
            raise
        if self._nonce is not None and verified.presented_at is not None:
            self._used = True
            self._nonce = Challenge().take()  # nobody knows it; with none, a showing without one would pass
        return verified

    def match(self, judgement: Judged) -> Match | None:
        """Tell whether a valid code is bound to the document, where that was asked."""
        if self._asked.document is None or not isinstance(judgement, Verified):
            return None
        if self._opening is None and judgement.opening is None:
            return Match.UNKNOWN
        return Match(judgement.matches_document(*self._asked.document, self._opening))

    def decide(self, judgement: Judged, document: Match | None) -> Decided | None:
        """Decide what is done with who has shown a valid code, where a policy is followed.

        Raises:
            CommandError: when it asks no such question, or has no such place.
        """
        if self._asked.policy is None or not isinstance(judgement, Verified):
            return None
        compared = self._asked.compared
        if document is not None and judgement.health.binding is not None:
            compared = document.value
        with refusing():
            return self._verifier.decide(
                judgement, at=self._at, answers=self._asked.answers, document=compared, place=self._asked.place
            )

    def tell(self, text: str | VerificationError) -> Told:
        """Answer one text of many, or what cannot even be one, on a line."""
        return self.line(judged(text, self.verify))

    def line(self, judgement: Judged) -> Told:
        """Write a judgement on a line."""
        document = self.match(judgement)
        decided = self.decide(judgement, document)
        parts: list[Part] = (
            [json_line(answer.as_json(judgement, document, decided))]
            if self._asked.as_json
            else answer.as_line(judgement, document, decided, at=self._at)
        )
        return Told(answer.exit_code(judgement, decided), parts)


def _trusted(asked: Asked) -> Registry | Callable[[], Registry]:
    """Return whom the user trusts: keys that were given by hand, or a store, which is asked for each text."""
    if asked.trust is not None:
        from healthpass.cli import stores  # noqa: PLC0415 - who trusts keys loads no store

        return stores.registries(Path(asked.trust))
    with refusing("--issuer-key"):
        return _pinned(asked)


def _pinned(asked: Asked) -> Registry:
    keys = {issuer: [PublicKey.from_bytes(bytes.fromhex(key)) for key in of] for issuer, of in asked.keys.items()}
    if asked.bearer_for is None:
        return Registry.pinned(keys)
    # Everything is granted, but bearer codes of a longer lifetime.
    scope = Scope(
        colors=frozenset(Color),
        max_lifetime=_EVER,
        max_bearer_lifetime=timedelta(seconds=asked.bearer_for),
        max_lifetime_without_status=_EVER,
    )
    return Registry.pinned(keys, scope=scope)
