"""Errors: one root, and one class for each kind of verdict (spec/credential.md, section 12)."""

from healthpass.words._issuing_findings import IssuingFinding
from healthpass.words._outcomes import Outcome
from healthpass.words._verdicts import Verdict


class HealthpassError(Exception):
    """The root of every error that is healthpass's own."""


class VerificationError(HealthpassError):
    """A text was judged and is not valid, or could not be judged.

    It carries no claim of the credential (VER-9): what has not been verified is not shown.

    Attributes:
        verdict: why; it equals a plain string such as `"expired"`.
        message: what was found, in words, without a claim of the code.
    """

    def __init__(self, verdict: Verdict, message: str) -> None:
        super().__init__(verdict, message)
        self.verdict = verdict
        self.message = message

    def __str__(self) -> str:
        return f"{self.verdict}: {self.message}"


class MalformedError(VerificationError):
    """The text, its bytes, their encoding or a claim is not what HP1 prescribes."""


class UnsupportedError(VerificationError):
    """The code is of another version, or holds a claim that this verifier does not know."""


class UntrustedError(VerificationError):
    """The registry does not trust this key for this code."""


class SignatureError(VerificationError):
    """The signature does not verify."""


class ValidityError(VerificationError):
    """The code is authentic and not in force: too early, too late, or withdrawn."""


class PresentationError(VerificationError):
    """The code was not shown as its device key demands."""


class CannotJudgeError(VerificationError):
    """The verifier's own means do not suffice to judge; the holder is not at fault (VER-10)."""


class IssuingError(HealthpassError):
    """The issuer's own registry says that no gate would accept the code; it was not made.

    Attributes:
        verdict: what gates would say; it equals a plain string such as `"out-of-scope"`.
        message: what was found, in words.
    """

    def __init__(self, verdict: Verdict, message: str) -> None:
        super().__init__(verdict, message)
        self.verdict = verdict
        self.message = message

    def __str__(self) -> str:
        return f"no gate would accept this code ({self.verdict}): {self.message}"


class FindingsError(HealthpassError, ValueError):
    """What looks like a slip was found in a code that an office is about to issue; it was not made (ISS-8).

    Attributes:
        findings: what was found, each once.
    """

    def __init__(self, findings: tuple[IssuingFinding, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        found = "; ".join(f"{finding}: {finding.words.en}" for finding in self.findings)
        return f"{found} (accept={sorted(map(str, self.findings))} issues it as it is)"


class ConversionError(HealthpassError, ValueError):
    """A code of another region was not converted (spec/decision.md, section 5); nothing was issued.

    Attributes:
        rule: the rule by which it may not be, such as `CNV-1.3`.
        message: why, in words, without a claim of the code.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(rule, message)
        self.rule = rule
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} ({self.rule})"


class ChallengeError(HealthpassError):
    """A gate's challenge was used before, or has expired; nobody's code was judged."""


class EnrolmentError(HealthpassError, ValueError):
    """The proof of a device key was refused; no code may be bound to the key (ENR-6)."""


class DocumentError(HealthpassError):
    """A root, a registry, a key request or a status list was refused (spec/registry.md, spec/status.md).

    Attributes:
        outcome: why; it equals a plain string such as `"rollback"`.
        message: what was found, in words.
        where: which part of the content is at fault, such as `issuers[3].keys[0].from`; empty when none is.
    """

    def __init__(self, outcome: Outcome, message: str, where: str = "") -> None:
        super().__init__(outcome, message, where)
        self.outcome = outcome
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return f"{self.outcome}: {self.where}{': ' * bool(self.where)}{self.message}"
