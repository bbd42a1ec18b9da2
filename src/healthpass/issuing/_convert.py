"""Conversion: a code of an office of one's own for a code of another region (spec/decision.md, section 5)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import from_seconds, now, to_seconds, whole
from healthpass.credential._binding import IdentityDocument
from healthpass.credential._health import HealthCode
from healthpass.credential._regions import IssuerId
from healthpass.deciding._decide import decide
from healthpass.deciding._decision import Decision
from healthpass.deciding._facts import Code
from healthpass.documents._document import DAY
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import Policy
from healthpass.documents._risk_map import MapInForce
from healthpass.issuing._issue import Issued
from healthpass.issuing._issuer import Issuer
from healthpass.issuing._source import BY, Source
from healthpass.verifying._verified import Verified
from healthpass.verifying._verify import Verifier
from healthpass.words._code_points import Action
from healthpass.words._discreet import discreet
from healthpass.words._errors import ConversionError

_CARRIED: Final = ("color", "reason", "until", "holder", "evidence", "residence")  # CNV-2


class Terms(NamedTuple):
    """What a new code states, and when.

    Attributes:
        health_code: what it states.
        starts: the start of its validity, in UTC.
        ends: the end, in UTC.
    """

    health_code: HealthCode
    starts: datetime
    ends: datetime


def terms_of(
    code: Code,
    decision: Decision,
    policy: Policy,
    *,
    at: datetime,
    is_own: bool,
    matched: bool,
    lifetime: timedelta,
) -> Terms:
    """Return what a code becomes, if it may be converted (CNV-1 to CNV-3).

    Args:
        code: a code that was judged valid at `at`, with the nonce that the office asked for.
        decision: what the office's policy says of it.
        policy: that policy.
        at: the time, with a time zone.
        is_own: whether the office's own authority lists its issuer.
        matched: whether the holder's identity document is the one that it is bound to.
        lifetime: how long the office's codes are valid.

    Raises:
        ConversionError: when it may not be converted.
    """
    if code.presented_at is None or code.waived:
        raise ConversionError("CNV-1.1", "the code was not shown live by its device, or a verdict was waived")
    if code.health.binding is None or not matched:
        raise ConversionError("CNV-1.2", "the identity document is not one that the code is bound to")
    if code.health.origin is not None or is_own:
        raise ConversionError("CNV-1.4", "it is a converted code, or one of this authority")
    if decision.action is not Action.ADMIT:
        said = decision.ground if decision.action is None else decision.action.label
        said = f"{said} ({', '.join(decision.asks)})" if decision.asks else said
        raise ConversionError("CNV-1.3", f"the policy for conversion does not admit it: {said}")
    start = max(at, code.valid_from)
    ends = min(code.expires_at, start + lifetime)
    rule = next((one for one in policy.rules if one.id == decision.rule), None)
    if rule is not None and rule.when.starts_within_days == 0:
        zone = policy.zone * 60
        ends = min(ends, from_seconds(((to_seconds(at) + zone) // DAY + 1) * DAY - zone))
    if ends <= start:
        raise ConversionError("CNV-3", "no time of the code's validity is left")
    kept = {name: getattr(code.health, name) for name in _CARRIED}
    return Terms(HealthCode(**kept, origin=code.issuer.id), start, ends)


@discreet
def convert(
    text: str,
    *,
    gate: Verifier,
    nonce: bytes,
    document: IdentityDocument | tuple[str, str],
    issuer: Issuer,
    policy: OfficeDocument[Policy] | None,
    holder_key: PublicKey,
    officer: str,
    maps: tuple[MapInForce, ...] = (),
    answers: Mapping[str, bool] | None = None,
    place: str | None = None,
    at: datetime | None = None,
    accept: Collection[str] = (),
) -> Issued:
    """Issue a code of one's own for one of another region, which says what the other one says.

    Args:
        text: the presentation, `HPP1:`, with the nonce and the opening that the office asked for.
        gate: judges it; it waives nothing.
        nonce: the nonce that the office asked for.
        document: the holder's identity document, as an officer has read it.
        issuer: the office; it has a ledger, which keeps where the new code comes from.
        policy: the office's policy for conversion; None where none is in force, and then nothing is converted.
        holder_key: the device key of the new code, for which there is a new proof (`check_proof`).
        officer: who converts, for the ledger.
        maps: the risk maps of the policy, in its order.
        answers: the answers to the policy's questions.
        place: what kind of place this is, one of the policy's.
        at: the time; now when left out.
        accept: the findings of ISS-8 that are meant as they are.

    Returns:
        The new code. It ends with the old one at the latest.

    Raises:
        VerificationError: when the code is not valid, or cannot be judged.
        ConversionError: when it may not be converted; `rule` says by which rule.
        ValueError: when an argument is not what it should be, the issuer has no ledger, or a finding is not meant.
        LedgerError: when the ledger cannot write the code down.
    """
    at = whole(now() if at is None else at)
    office = issuer._office  # noqa: SLF001
    if office.ledger is None:
        raise ValueError("the issuer needs a ledger: it keeps where a converted code comes from (CNV-4)")
    verified = gate.verify(text, nonce=nonce, at=at)
    matched = verified.opening is not None and verified.matches_document(*document)
    decision = decide(verified, policy, at=at, maps=maps, answers=answers, document=matched, place=place)
    if policy is None:
        raise ConversionError("CNV-1.3", "no policy for conversion is in force")
    found = terms_of(
        verified,
        decision,
        policy.content,
        at=at,
        is_own=_is_own(verified, issuer.id),
        matched=matched,
        lifetime=office.lifetime,
    )
    lifetime = found.ends - found.starts
    signer = office.public_key if office.signer is None else office.signer
    source = Source(verified.issuer.id, verified.cti, verified.public_key, verified.health.status, officer)
    shorter = Issuer(issuer.id, signer=signer, lifetime=lifetime, registry=office.registry, ledger=office.ledger)
    return shorter.issue(
        found.health_code,
        at=found.starts,
        holder_key=holder_key,
        document=document,
        by=BY,
        why=source.ground(),
        accept=accept,
    )


def _is_own(verified: Verified, office: IssuerId) -> bool:
    """Tell whether the office's own authority lists the issuer of a code."""
    if verified.path is None:  # a pinned registry, which knows no authorities
        return verified.issuer.id.region == office.region
    return verified.path.recognised is None
