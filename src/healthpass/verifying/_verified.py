"""A code that has passed every step (spec/credential.md, section 12)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import final

from healthpass.codec._keys import PublicKey
from healthpass.credential._binding import document_matches
from healthpass.credential._health import HealthCode
from healthpass.trust._edge import TrustedIssuer, TrustPath
from healthpass.words._discreet import discreet
from healthpass.words._verdicts import Verdict


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A credential that has passed every step; what `verify` returns, and nothing else should make.

    Its `repr` names neither the holder nor the code.

    Attributes:
        health: what the issuer states.
        issuer: who states it, as the registry names it, and where to appeal.
        path: by which way the issuer is trusted; None with a pinned registry, where it is trusted by name.
        valid_from: the start of validity, in UTC.
        expires_at: the end of validity, in UTC.
        cti: the credential's identifier, 12 bytes: with the issuer's id, what an appeal refers to.
        public_key: the key that signed it.
        holder_key: the device key that it is bound to, or None for a bearer code.
        presented_at: when the device made the presentation, in UTC; None for a credential shown bare.
        opening: the opening of the binding, 16 bytes, if the presentation carried it. Forget it after use.
        status_issued_at: when the status list was made that called the code good, in UTC; None without one.
        waived: the verdicts that would have struck, had the caller not waived them.
    """

    health: HealthCode = field(repr=False)
    issuer: TrustedIssuer
    path: TrustPath | None
    valid_from: datetime
    expires_at: datetime
    cti: bytes = field(repr=False)
    public_key: PublicKey
    holder_key: PublicKey | None
    presented_at: datetime | None
    opening: bytes | None = field(repr=False)
    status_issued_at: datetime | None
    waived: frozenset[Verdict]

    @discreet
    def matches_document(self, document_type: str, number: str, opening: bytes | None = None) -> bool:
        """Tell whether the code is bound to this identity document (section 10).

        Args:
            document_type: a `DocumentType`, or its name.
            number: the number in the spelling of the spec's table.
            opening: the 16 bytes that came beside the code; those of the presentation when left out.

        Returns:
            True when the binding commits to it; False when it does not, or when the code has no binding.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when the number is not spelled as the table says, the opening has not 16 bytes, or there is
                none, neither here nor in the presentation.
        """
        opening = self.opening if opening is None else opening
        if opening is None:
            raise ValueError("nothing can be compared without the opening, and the code brought none")
        return document_matches(self.health.binding, document_type, number, opening)
