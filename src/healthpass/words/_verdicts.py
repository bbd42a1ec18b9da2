"""Verdicts: the one stable code that each judgement ends in (spec/registries/verdicts.csv)."""

from enum import StrEnum
from typing import Final, Literal, Self

from healthpass.words._advice import ADVICE, Language

Outcome = Literal["valid", "not valid", "cannot judge"]


class Verdict(StrEnum):
    """A verdict of spec/credential.md, section 12; each member equals its code, a plain string.

    Attributes:
        step: number of the step that gives it first, 1 to 14; 0 for `valid` and `no-code`.
        outcome: `valid`, `not valid`, or `cannot judge` where the verifier's own means do not suffice.
        waivable: whether a caller may waive it, by name (VER-8).
    """

    step: int
    outcome: Outcome
    waivable: bool

    def __new__(
        cls, code: str, step: int, outcome: Outcome = "not valid", waivable: Literal["waivable", ""] = ""
    ) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.step = step
        member.outcome = outcome
        member.waivable = waivable == "waivable"
        return member

    VALID = "valid", 0, "valid"
    MALFORMED_TEXT = "malformed-text", 1
    UNSUPPORTED_VERSION = "unsupported-version", 1
    MALFORMED_ENVELOPE = "malformed-envelope", 2
    NOT_RECOGNISED = "not-recognised", 3
    UNKNOWN_KEY = "unknown-key", 3
    BAD_SIGNATURE = "bad-signature", 4
    MALFORMED_PAYLOAD = "malformed-payload", 5
    MALFORMED_CLAIMS = "malformed-claims", 6
    UNSUPPORTED_CLAIM = "unsupported-claim", 6
    ISSUER_MISMATCH = "issuer-mismatch", 7
    WRONG_ENVIRONMENT = "wrong-environment", 8
    KEY_REVOKED = "key-revoked", 8
    REGISTRY_STALE = "registry-stale", 8, "cannot judge", "waivable"
    KEY_NOT_VALID = "key-not-valid", 9
    OUT_OF_SCOPE = "out-of-scope", 10
    CLOCK_SUSPECT = "clock-suspect", 11, "cannot judge", "waivable"
    NOT_YET_VALID = "not-yet-valid", 12
    EXPIRED = "expired", 12
    STATUS_UNKNOWN = "status-unknown", 13, "cannot judge", "waivable"
    REVOKED = "revoked", 13
    PRESENTATION_REQUIRED = "presentation-required", 14, "not valid", "waivable"
    PRESENTATION_MISMATCH = "presentation-mismatch", 14
    PRESENTATION_STALE = "presentation-stale", 14
    NO_CODE = "no-code", 0, "cannot judge"

    def for_guard(self, language: Language = "en") -> str:
        """Return a sentence for the guard: what was found and what to do now."""
        advice = ADVICE[self]
        return advice.guard_zh if language == "zh" else advice.guard_en

    def for_holder(self, language: Language = "en") -> str:
        """Return a sentence for the holder: what it means and what they can do."""
        advice = ADVICE[self]
        return advice.holder_zh if language == "zh" else advice.holder_en


WAIVABLE: Final = frozenset(verdict for verdict in Verdict if verdict.waivable)
