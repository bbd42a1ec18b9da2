"""What an issuer consists of, and how it makes a code up to its signature."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from inspect import iscoroutinefunction
from typing import Any, NamedTuple, Self

from healthpass.codec._keys import AsyncSigner, PublicKey, Signer
from healthpass.codec._time import seconds_in
from healthpass.credential._health import StatusPlace
from healthpass.credential._regions import IssuerId
from healthpass.issuing._issue import Draft, prepare_at
from healthpass.issuing._listed import check_listed
from healthpass.issuing._order import Order
from healthpass.issuing._status_places import StatusPlaces
from healthpass.trust._registry import Registry


class Office(NamedTuple):
    """An issuer's parts, each checked; `Issuer` says what they are."""

    id: IssuerId
    public_key: PublicKey
    signer: Signer | AsyncSigner | None
    lifetime: timedelta
    jitter: timedelta
    registry: Registry | Callable[[], Registry] | None
    ledger: StatusPlaces | None

    @classmethod
    def of(
        cls,
        issuer_id: str,
        *,
        signer: Signer | AsyncSigner | PublicKey,
        lifetime: timedelta,
        jitter: timedelta,
        registry: Registry | Callable[[], Registry] | None,
        ledger: StatusPlaces | None,
    ) -> Self:
        """Check the parts of an issuer.

        Raises:
            TypeError: when one is of another type.
            ValueError: when the id is not an issuer id, not 0 <= jitter < lifetime, or the ledger is another's.
        """
        checked_id = IssuerId(issuer_id)
        if not isinstance(lifetime, timedelta) or not isinstance(jitter, timedelta):
            raise TypeError("lifetime and jitter must be timedelta")
        if not 0 <= seconds_in(jitter) < seconds_in(lifetime):
            raise ValueError("jitter must not be negative, and must be less than lifetime, in whole seconds")
        if not isinstance(signer, PublicKey | Signer):
            raise TypeError(f"signer must be a Signer or a PublicKey, not {type(signer).__name__}")
        if registry is not None and not isinstance(registry, Registry) and not callable(registry):
            raise TypeError(f"registry must be a Registry, or return one, not {type(registry).__name__}")
        if ledger is not None and not isinstance(ledger, StatusPlaces):
            raise TypeError(
                f"ledger must be one, such as healthpass.ledger.SqliteLedger, not {type(ledger).__name__}"
            )
        if ledger is not None and ledger.issuer != checked_id:
            raise ValueError(f"ledger must be a ledger of {checked_id}, not of {ledger.issuer}")
        own, public_key = (None, signer) if isinstance(signer, PublicKey) else (signer, signer.public_key)
        return cls(checked_id, public_key, own, lifetime, jitter, registry, ledger)

    def own_signer(self) -> Any:
        """Return the signer.

        Raises:
            TypeError: when the office has a public key alone.
        """
        if self.signer is None:
            raise TypeError("this issuer has a public key alone: use prepare() and the draft's seal()")
        return self.signer

    def signer_in_step(self, instead: str) -> Any:
        """Return the signer, which is called and not awaited.

        Args:
            instead: what somebody does whose signer is to be awaited.

        Raises:
            TypeError: when it is to be awaited, or the office has a public key alone.
        """
        signer = self.own_signer()
        if iscoroutinefunction(signer.sign):
            raise TypeError(f"the signer of this issuer is to be awaited: {instead}")
        return signer

    def newest_registry(self) -> Registry | None:
        """Return what gates hold, as far as the office knows."""
        return self.registry() if callable(self.registry) else self.registry

    def draft(
        self,
        order: Order,
        *,
        at: datetime,
        made_at: datetime,
        lifetime: timedelta,
        place: StatusPlace | None,
        registry: Registry | None,
        accept: Collection[str],
        cti: bytes | None = None,
        opening: bytes | None = None,
    ) -> Draft:
        """Make a code up to its signature.

        Args:
            order: what is ordered.
            at: the start of its validity.
            made_at: the time of issue.
            lifetime: how long it is valid.
            place: its place in the issuer's lists.
            registry: the registry that has to trust the key for it.
            accept: the findings of ISS-8 that are meant, in place of the order's.
            cti: its cti; None for a fresh one.
            opening: the opening of its binding; None for a fresh one.

        Raises:
            TypeError: as `prepare`.
            ValueError: as `prepare`.
            IssuingError: when the registry does not trust the key for it.
        """
        draft = prepare_at(
            order.health_code,
            issuer=self.id,
            public_key=self.public_key,
            lifetime=lifetime,
            at=at,
            holder_key=order.holder_key,
            document=order.document,
            cti=cti,
            opening=opening,
            accept=accept,
            made_at=made_at,
            status=place,
        )
        if registry is not None:
            check_listed(registry, self.public_key, draft._claims, made_at)  # noqa: SLF001
        return draft
