"""What an issuer asks its registry before it signs: what a gate will ask when the code comes."""

from datetime import datetime

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import to_seconds
from healthpass.credential._claims import Claims
from healthpass.documents._statement import PRODUCTION
from healthpass.trust._registry import Registry
from healthpass.verifying._judge import Expected, best, check_trust
from healthpass.words._errors import IssuingError, UntrustedError, VerificationError
from healthpass.words._verdicts import Verdict


def check_listed(registry: Registry, public_key: PublicKey, claims: Claims, made_at: datetime) -> None:
    """Check that a gate with this registry trusts the key for the code (steps 3 and 7 to 10 of verifying).

    Raises:
        IssuingError: when it does not.
        ValueError: when the code's device key is listed, as an issuer's (ISS-4).
    """
    if claims.holder_key is not None and registry._lists(claims.holder_key.kid):  # noqa: SLF001
        raise ValueError("holder_key must be the holder's own: the registry lists it as an issuer's (ISS-4)")
    # A code made in advance meets lists at the gate that nobody has yet: these are judged as of now.
    at = min(to_seconds(made_at), claims.start)
    expected = Expected(registry, registry.environment or PRODUCTION, at, at)
    try:
        for edges in registry._candidates(public_key.kid, at=at, waive=frozenset()):
            if edges[0].public_key == public_key:
                best(edges, claims, expected, check=check_trust)
                return
        raise UntrustedError(Verdict.UNKNOWN_KEY, "the registry does not list this issuer's key")
    except VerificationError as error:
        raise IssuingError(error.verdict, error.message) from None
