"""Errors: one root, and one class for each kind of verdict (spec/credential.md, section 12)."""

from healthpass.words._outcomes import Outcome
from healthpass.words._verdicts import Verdict


class HealthpassError(Exception):
    """The root of every error that is healthpass's own."""


class VerificationError(HealthpassError):
    """A text was judged and is not valid, or could not be judged.

    It carries no claim of the credential (VER-9): what has not been verified is not shown.

    Attributes:
        code: the verdict; it equals a plain string such as `"expired"`.
    """

    code: Verdict

    def __init__(self, code: Verdict, message: str) -> None:
        super().__init__(code, message)
        self.code = code

    def __str__(self) -> str:
        return f"{self.code}: {self.args[1]}"


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


class IssuingError(HealthpassError):
    """The issuer's own registry says that no gate would accept the code; it was not made.

    Attributes:
        code: the verdict that gates would give; it equals a plain string such as `"out-of-scope"`.
    """

    code: Verdict

    def __init__(self, code: Verdict, message: str) -> None:
        super().__init__(code, message)
        self.code = code

    def __str__(self) -> str:
        return f"no gate would accept this code ({self.code}): {self.args[1]}"


class ChallengeError(HealthpassError):
    """A gate's challenge was used before, or has expired; nobody's code was judged."""


class CannotJudgeError(VerificationError):
    """The verifier's own means do not suffice to judge; the holder is not at fault (VER-10)."""


class DocumentError(HealthpassError):
    """A root, a registry or a key request was refused (spec/registry.md).

    Attributes:
        code: why; it equals a plain string such as `"rollback"`.
    """

    code: Outcome

    def __init__(self, code: Outcome, message: str) -> None:
        super().__init__(code, message)
        self.code = code

    def __str__(self) -> str:
        return f"{self.code}: {self.args[1]}"
