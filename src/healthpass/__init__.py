"""Health codes that one region issues and every other region can check, offline.

An issuer signs a health code, a verifier judges it offline, and a registry says whom the verifier trusts:

>>> from datetime import timedelta
>>> from healthpass import Color, HealthCode, Issuer, Registry, SigningKey, verify
>>> issuer = Issuer("CN-33-01.WJW", signer=SigningKey.generate(), lifetime=timedelta(hours=24))
>>> issued = issuer.issue(HealthCode(color=Color.GREEN, holder="张*丰"))
>>> registry = Registry.pinned({"CN-33-01.WJW": [issuer.public_key]})
>>> verified = verify(issued.text, registry=registry)
>>> verified.health.color.name, verified.issuer.id
('GREEN', IssuerId('CN-33-01.WJW'))

What does not pass raises a `VerificationError`, whose `verdict` is one of the verdicts of the specification. The
modules `healthpass.qr` and `healthpass.scan` draw and read the QR code (extras `qr` and `scan`).

What is named here is public, and what `healthpass.qr`, `.scan`, `.sheet`, `.store`, `.fetch`, `.authority`,
`.ledger` and `.bulk` name; nothing else is.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from healthpass.codec._keys import AsyncSigner, BatchSigner, HolderKey, PublicKey, Signer, SigningKey
    from healthpass.codec._spelling import read_duration, read_time, write_duration, write_time
    from healthpass.credential._binding import DocumentBinding, IdentityDocument, bind_document
    from healthpass.credential._claims import Claims
    from healthpass.credential._evidence import (
        Departure,
        Evidence,
        LabTest,
        Recovery,
        UnknownEvidence,
        Vaccination,
    )
    from healthpass.credential._health import HealthCode, StatusPlace
    from healthpass.credential._holder import harmless
    from healthpass.credential._masking import mask_name
    from healthpass.credential._problems import problems_of
    from healthpass.credential._regions import IssuerId, RegionId
    from healthpass.documents._scope import Scope
    from healthpass.issuing._convert import convert
    from healthpass.issuing._issue import Draft, Issued, issue, prepare
    from healthpass.issuing._issuer import Issuer
    from healthpass.issuing._order import Order
    from healthpass.issuing._run import Run
    from healthpass.issuing._run_row import RowError
    from healthpass.presentation._challenge import Challenge
    from healthpass.presentation._challenge_memory import ChallengeMemory, Challenges
    from healthpass.presentation._enrolment import Enrolment, check_proof, prove
    from healthpass.presentation._present import present
    from healthpass.presentation._presentation import Showing
    from healthpass.presentation._replay import ReplayMemory, Replays
    from healthpass.trust._edge import TrustedAuthority, TrustedIssuer, TrustPath
    from healthpass.trust._registry import Registry
    from healthpass.verifying._decided import Ask, Decided
    from healthpass.verifying._diagnostic import write_diagnostic
    from healthpass.verifying._inspect import Unverified, inspect_unverified
    from healthpass.verifying._judgement import (
        Advice,
        FailedJudgement,
        Judgement,
        NamedAuthority,
        NamedPath,
        ValidJudgement,
    )
    from healthpass.verifying._verified import Verified
    from healthpass.verifying._verify import Verifier, verify
    from healthpass.words._code_points import Color, DocumentType, LabMethod, LabResult, Reason
    from healthpass.words._errors import (
        CannotJudgeError,
        ChallengeError,
        ConversionError,
        DocumentError,
        EnrolmentError,
        FindingsError,
        HealthpassError,
        IssuingError,
        MalformedError,
        PresentationError,
        SignatureError,
        UnsupportedError,
        UntrustedError,
        ValidityError,
        VerificationError,
    )
    from healthpass.words._issuing_findings import IssuingFinding
    from healthpass.words._outcomes import Outcome
    from healthpass.words._row import Words
    from healthpass.words._verdicts import Verdict

__all__ = [
    "Advice",
    "Ask",
    "AsyncSigner",
    "BatchSigner",
    "CannotJudgeError",
    "Challenge",
    "ChallengeError",
    "ChallengeMemory",
    "Challenges",
    "Claims",
    "Color",
    "ConversionError",
    "Decided",
    "Departure",
    "DocumentBinding",
    "DocumentError",
    "DocumentType",
    "Draft",
    "Enrolment",
    "EnrolmentError",
    "Evidence",
    "FailedJudgement",
    "FindingsError",
    "HealthCode",
    "HealthpassError",
    "HolderKey",
    "IdentityDocument",
    "Issued",
    "Issuer",
    "IssuerId",
    "IssuingError",
    "IssuingFinding",
    "Judgement",
    "LabMethod",
    "LabResult",
    "LabTest",
    "MalformedError",
    "NamedAuthority",
    "NamedPath",
    "Order",
    "Outcome",
    "PresentationError",
    "PublicKey",
    "Reason",
    "Recovery",
    "RegionId",
    "Registry",
    "ReplayMemory",
    "Replays",
    "RowError",
    "Run",
    "Scope",
    "Showing",
    "SignatureError",
    "Signer",
    "SigningKey",
    "StatusPlace",
    "TrustPath",
    "TrustedAuthority",
    "TrustedIssuer",
    "UnknownEvidence",
    "UnsupportedError",
    "UntrustedError",
    "Unverified",
    "Vaccination",
    "ValidJudgement",
    "ValidityError",
    "Verdict",
    "VerificationError",
    "Verified",
    "Verifier",
    "Words",
    "bind_document",
    "check_proof",
    "convert",
    "harmless",
    "inspect_unverified",
    "issue",
    "mask_name",
    "prepare",
    "present",
    "problems_of",
    "prove",
    "read_duration",
    "read_time",
    "verify",
    "write_diagnostic",
    "write_duration",
    "write_time",
]

# Where each name is: a name loads its module when it is first asked for, so that a gate loads nothing of issuing.
_NAMES: Final = {
    "codec._keys": "AsyncSigner BatchSigner HolderKey PublicKey Signer SigningKey",
    "codec._spelling": "read_duration read_time write_duration write_time",
    "credential._binding": "DocumentBinding IdentityDocument bind_document",
    "credential._claims": "Claims",
    "credential._evidence": "Departure Evidence LabTest Recovery UnknownEvidence Vaccination",
    "credential._health": "HealthCode StatusPlace",
    "credential._holder": "harmless",
    "credential._masking": "mask_name",
    "credential._problems": "problems_of",
    "credential._regions": "IssuerId RegionId",
    "documents._scope": "Scope",
    "issuing._convert": "convert",
    "issuing._issue": "Draft Issued issue prepare",
    "issuing._issuer": "Issuer",
    "issuing._order": "Order",
    "issuing._run": "Run",
    "issuing._run_row": "RowError",
    "presentation._challenge": "Challenge",
    "presentation._challenge_memory": "ChallengeMemory Challenges",
    "presentation._enrolment": "Enrolment check_proof prove",
    "presentation._present": "present",
    "presentation._presentation": "Showing",
    "presentation._replay": "ReplayMemory Replays",
    "trust._edge": "TrustedAuthority TrustedIssuer TrustPath",
    "trust._registry": "Registry",
    "verifying._diagnostic": "write_diagnostic",
    "verifying._inspect": "Unverified inspect_unverified",
    "verifying._decided": "Ask Decided",
    "verifying._judgement": "Advice FailedJudgement Judgement NamedAuthority NamedPath ValidJudgement",
    "verifying._verified": "Verified",
    "verifying._verify": "Verifier verify",
    "words._code_points": "Color DocumentType LabMethod LabResult Reason",
    "words._errors": (
        "CannotJudgeError ChallengeError ConversionError DocumentError EnrolmentError FindingsError "
        "HealthpassError IssuingError "
        "MalformedError PresentationError SignatureError UnsupportedError UntrustedError ValidityError "
        "VerificationError"
    ),
    "words._issuing_findings": "IssuingFinding",
    "words._outcomes": "Outcome",
    "words._row": "Words",
    "words._verdicts": "Verdict",
}
_MODULES: Final = {name: module for module, names in _NAMES.items() for name in names.split()}

if not TYPE_CHECKING:  # a type checker would take any name for a good one

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module 'healthpass' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"healthpass.{_MODULES[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
