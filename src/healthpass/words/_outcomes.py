"""Outcomes: what came of a document that was offered to a store (spec/registries/outcomes.csv)."""

from enum import StrEnum
from typing import Literal, Self

OutcomeKind = Literal["done", "refused", "note"]


class Outcome(StrEnum):
    """What came of a document, or a note beside it; each member equals its code, a plain string.

    Attributes:
        kind: `done`, `refused`, or `note` for what is told beside an outcome.
    """

    kind: OutcomeKind

    def __new__(cls, code: str, kind: OutcomeKind = "refused") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.kind = kind
        return member

    APPLIED = "applied", "done"
    UNCHANGED = "unchanged", "done"
    SUPERSEDED = "superseded", "done"
    TOO_LARGE = "too-large"
    UNSUPPORTED_KIND = "unsupported-kind"
    MALFORMED_ENVELOPE = "malformed-envelope"
    UNKNOWN_SIGNER = "unknown-signer"
    BAD_SIGNATURE = "bad-signature"
    THRESHOLD_NOT_MET = "threshold-not-met"
    MALFORMED_PAYLOAD = "malformed-payload"
    MALFORMED_DOCUMENT = "malformed-document"
    UNSUPPORTED_DOCUMENT = "unsupported-document"
    WRONG_AUTHORITY = "wrong-authority"
    WRONG_ENVIRONMENT = "wrong-environment"
    DATED_AHEAD = "dated-ahead"
    ROOT_GAP = "root-gap"
    WRONG_EPOCH = "wrong-epoch"
    ROLLBACK = "rollback"
    EQUIVOCATION = "equivocation"
    TOO_MANY = "too-many"
    REQUEST_EXPIRED = "request-expired"
    RESTARTED = "restarted", "note"
    EPOCH_OPENED = "epoch-opened", "note"
    WEAK_KEY = "weak-key", "note"
    REVOKED_KEY_LISTED = "revoked-key-listed", "note"
    BROKEN_CHAIN = "broken-chain", "note"
