"""An issuer: an office, its key and how long its codes live."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, final

from healthpass._binding import Document
from healthpass._claims import Claims
from healthpass._errors import IssuingError, UntrustedError, VerificationError
from healthpass._health import HealthCode
from healthpass._issue import Draft, Issued, prepare, signed
from healthpass._judge import Expected, best, check_trust
from healthpass._keys import PublicKey, Signer
from healthpass._regions import IssuerId
from healthpass._registry import Registry
from healthpass._statement import PRODUCTION
from healthpass._time import now, to_seconds
from healthpass._verdicts import Verdict

_SECOND: Final = timedelta(seconds=1)


@final
class Issuer:
    """Issues credentials in the name of one office.

    >>> from healthpass import Color, HealthCode, SigningKey
    >>> issuer = Issuer("CN-33-01.WJW", signer=SigningKey.generate(), lifetime=timedelta(hours=24))
    >>> str(issuer.issue(HealthCode(color=Color.GREEN)))[:4]
    'HP1:'

    Args:
        issuer_id: the office, as the registry lists it.
        signer: a `SigningKey` or another `Signer`; or the `PublicKey` alone of a key that is elsewhere, and
            then `prepare` is used in place of `issue`.
        lifetime: how long a code is valid.
        jitter: up to how much shorter a code's lifetime may be, at random. One midnight at which all codes of a
            province expire brings the whole province to the issuer at once (ISS-5).
        registry: what gates hold, as far as the office knows: a `Registry`, or whatever returns the newest, such
            as `TrustStore.open(...).registry`. A code that it would have refused is not made. Without it nothing
            is compared.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when the id is not an issuer id, or not 0 <= jitter < lifetime.
    """

    __slots__ = ("_jitter", "_lifetime", "_registry", "_signer", "id", "public_key")

    id: IssuerId
    public_key: PublicKey

    def __init__(
        self,
        issuer_id: str,
        *,
        signer: Signer | PublicKey,
        lifetime: timedelta,
        jitter: timedelta = timedelta(0),
        registry: Registry | Callable[[], Registry] | None = None,
    ) -> None:
        self.id = IssuerId(issuer_id)
        if not isinstance(lifetime, timedelta) or not isinstance(jitter, timedelta):
            raise TypeError("lifetime and jitter must be timedelta")
        if not timedelta(0) <= jitter < lifetime:
            raise ValueError("jitter must not be negative, and must be less than lifetime")
        if isinstance(signer, PublicKey):
            self._signer = None
            self.public_key = signer
        elif isinstance(signer, Signer):
            self._signer = signer
            self.public_key = signer.public_key
        else:
            raise TypeError(f"signer must be a Signer or a PublicKey, not {type(signer).__name__}")
        self._lifetime = lifetime
        self._jitter = jitter
        if registry is not None and not isinstance(registry, Registry) and not callable(registry):
            raise TypeError(f"registry must be a Registry, or return one, not {type(registry).__name__}")
        self._registry = registry

    def issue(
        self,
        health_code: HealthCode,
        *,
        at: datetime | None = None,
        holder_key: PublicKey | None = None,
        document: Document | tuple[str, str] | None = None,
    ) -> Issued:
        """Issue a credential; the arguments are those of the function `issue`.

        Raises:
            TypeError: as the function, and when this issuer has a public key alone.
            ValueError: as the function.
            SignatureError: as the function.
            IssuingError: when the registry says that no gate would accept the code.
        """
        if self._signer is None:
            raise TypeError("this issuer has a public key alone: use prepare() and the draft's seal()")
        draft = self.prepare(health_code, at=at, holder_key=holder_key, document=document)
        return signed(draft, self._signer)

    def prepare(
        self,
        health_code: HealthCode,
        *,
        at: datetime | None = None,
        holder_key: PublicKey | None = None,
        document: Document | tuple[str, str] | None = None,
    ) -> Draft:
        """Make a credential up to its signature; the arguments are those of the function `prepare`.

        Raises:
            TypeError: as the function.
            ValueError: as the function.
            IssuingError: when the registry says that no gate would accept the code.
        """
        moment = now()
        draft = prepare(
            health_code,
            issuer=self.id,
            public_key=self.public_key,
            valid_for=self._valid_for(),
            at=moment if at is None else at,
            holder_key=holder_key,
            document=document,
        )
        registry = self._registry() if callable(self._registry) else self._registry
        if registry is not None:
            self._check(registry, draft._claims, to_seconds(moment))  # noqa: SLF001
        return draft

    def __repr__(self) -> str:
        return f"Issuer({str(self.id)!r}, kid={self.public_key.kid.hex()!r})"

    def _valid_for(self) -> timedelta:
        spread = self._jitter // _SECOND
        return self._lifetime - secrets.randbelow(spread + 1) * _SECOND if spread else self._lifetime

    def _check(self, registry: Registry, claims: Claims, made_at: int) -> None:
        """Ask the registry what a gate will ask it when the code comes (steps 3 and 7 to 10 of verifying)."""
        # A code made in advance meets lists at the gate that nobody has yet: these are judged as of now.
        at = min(made_at, claims.valid_from)
        expected = Expected(registry, registry.environment or PRODUCTION, at, 0, frozenset())
        try:
            for edges in registry.candidates(self.public_key.kid, at=at, waive=frozenset()):
                if edges[0].public_key == self.public_key:
                    best(edges, claims, expected, check=check_trust)
                    return
            raise UntrustedError(Verdict.UNKNOWN_KEY, "the registry does not list this issuer's key")
        except VerificationError as error:
            raise IssuingError(error.code, error.args[1]) from None
