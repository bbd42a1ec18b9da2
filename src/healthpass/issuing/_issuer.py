"""An issuer: an office, its key and how long its codes live."""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from inspect import iscoroutinefunction
from itertools import islice, repeat
from typing import final

from healthpass.codec._keys import AsyncSigner, BatchSigner, PublicKey, Signer
from healthpass.codec._time import now, seconds_in, span
from healthpass.credential._binding import IdentityDocument
from healthpass.credential._health import HealthCode, StatusPlace
from healthpass.credential._regions import IssuerId
from healthpass.issuing._issue import Draft, Issued, signed
from healthpass.issuing._office import Office
from healthpass.issuing._order import Order, Terms
from healthpass.issuing._run import Run, begin
from healthpass.issuing._status_places import CodeRecord, StatusPlaces
from healthpass.issuing._threads import in_thread
from healthpass.trust._registry import Registry
from healthpass.words._discreet import discreet


@final
class Issuer:
    """Issues credentials in the name of one office.

    >>> from healthpass import Color, HealthCode, SigningKey
    >>> issuer = Issuer("CN-33-01.WJW", signer=SigningKey.generate(), lifetime=timedelta(hours=24))
    >>> str(issuer.issue(HealthCode(color=Color.GREEN)))[:4]
    'HP1:'

    Args:
        issuer_id: the office, as the registry lists it.
        signer: a `SigningKey` or another `Signer`; an `AsyncSigner` for `issue_async`; or the `PublicKey` alone of
            a key that is elsewhere, and then `prepare` is used in place of `issue`.
        lifetime: how long a code is valid.
        jitter: up to how much shorter a code's lifetime may be, at random. One midnight at which all codes of a
            province expire brings the whole province to the issuer at once (ISS-5).
        registry: what gates hold, as far as the office knows: a `Registry`, or whatever returns the newest, such
            as `TrustStore.open(...).registry`. A code that it would have refused is not made. Without it nothing
            is compared.
        ledger: the ledger that gives each code a place in the issuer's status lists, so that it can be withdrawn;
            such as `healthpass.ledger.SqliteLedger`. Without it codes have the status that they are given, if any.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when the id is not an issuer id, not 0 <= jitter < lifetime, or the ledger is another's.
    """

    __slots__ = ("_office",)

    def __init__(
        self,
        issuer_id: str,
        *,
        signer: Signer | AsyncSigner | PublicKey,
        lifetime: timedelta,
        jitter: timedelta = timedelta(0),
        registry: Registry | Callable[[], Registry] | None = None,
        ledger: StatusPlaces | None = None,
    ) -> None:
        self._office = Office.of(
            issuer_id, signer=signer, lifetime=lifetime, jitter=jitter, registry=registry, ledger=ledger
        )

    @property
    def id(self) -> IssuerId:
        """The office."""
        return self._office.id

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies its codes."""
        return self._office.public_key

    @discreet
    def issue(
        self,
        health_code: HealthCode,
        *,
        at: datetime | None = None,
        holder_key: PublicKey | None = None,
        document: IdentityDocument | tuple[str, str] | None = None,
        by: str = "",
        why: str = "",
        accept: Collection[str] = (),
    ) -> Issued:
        """Issue a credential; the arguments are those of the function `issue`, and two for the ledger.

        Args:
            health_code: what is stated; with a ledger, without a status.
            at: the start of validity; now when left out.
            holder_key: the device key that it is bound to.
            document: the identity document that it is bound to.
            by: who sets the colour, an officer or a program: for the ledger.
            why: on what ground: for the ledger.
            accept: the findings of ISS-8 that the office means as they are.

        Raises:
            TypeError: as the function, and when this issuer has a public key alone.
            ValueError: as the function; with a ledger, when nobody is named, or the code has a status already;
                without one, when somebody is named.
            SignatureError: as the function.
            IssuingError: when the registry says that no gate would accept the code.
            LedgerError: when the ledger of `healthpass.ledger` cannot give a place or write the code down.
        """
        return self._issue([Order(health_code, holder_key, document, accept)], Terms(at, by, why))[0]

    @discreet
    def prepare(
        self,
        health_code: HealthCode,
        *,
        at: datetime | None = None,
        holder_key: PublicKey | None = None,
        document: IdentityDocument | tuple[str, str] | None = None,
        by: str = "",
        why: str = "",
        accept: Collection[str] = (),
    ) -> Draft:
        """Make a credential up to its signature; the arguments are those of `issue`.

        With a ledger, `seal` writes the code down before it returns it, once. The place of a draft that is not
        sealed within the ledger's lease, an hour, goes to another code, and `seal` then raises.

        Raises:
            TypeError: as the function `prepare`.
            ValueError: as `issue`.
            IssuingError: as `issue`.
            LedgerError: as `issue`.
        """
        draft, record = self._draft(Order(health_code, holder_key, document, accept), terms := Terms(at, by, why))
        return draft if record is None else replace(draft, _record=partial(self._write_down, [record], terms))

    @discreet
    def issue_many(
        self,
        orders: Iterable[HealthCode | Order],
        *,
        at: datetime | None = None,
        by: str = "",
        why: str = "",
    ) -> list[Issued]:
        """Issue many credentials: with a ledger all are written down in one step, which is what takes the time.

        A `BatchSigner`, such as `exec:` of `healthpass.signers`, is given all at once; another signer one by one.

        Args:
            orders: health codes, or an `Order` where one is bound to a device or to an identity document, or where
                a finding in it is meant.
            at: as for `issue`.
            by: as for `issue`.
            why: as for `issue`.

        Returns:
            The credentials in the order of `orders`. When something raises, there are none, and no place is lost.

        Raises:
            ValueError: as `issue`, and so are all other errors. A note says which order it is: `orders[17]`.
        """
        return self._issue(orders, Terms(at, by, why, first=0))

    @discreet
    def issue_stream(
        self,
        orders: Iterable[HealthCode | Order],
        *,
        batch: int = 1_000,
        at: datetime | None = None,
        by: str = "",
        why: str = "",
    ) -> Iterator[Issued]:
        """Issue credentials without an end: as `issue_many`, batch by batch, so that memory holds one of them.

        A batch is asked for, issued and written down when its first code is needed, and not before.

        Args:
            orders: as for `issue_many`.
            batch: how many are issued in one step.
            at: as for `issue`.
            by: as for `issue`.
            why: as for `issue`.

        Yields:
            The credentials in their order. When something raises, all that were written down have been returned,
            and no place is lost; whoever stops earlier leaves the rest of one batch written down.

        Raises:
            ValueError: when `batch` is no positive integer; as `issue_many`, and so are all other errors.
        """
        if not isinstance(batch, int) or batch < 1:
            raise ValueError(f"batch must be a positive integer, not {batch!r}")
        waiting, count = iter(orders), 0
        while issued := self._issue(islice(waiting, batch), Terms(at, by, why, first=count)):
            yield from issued
            count += len(issued)

    @discreet
    def begin_run(self, run: str, *, at: datetime, by: str, why: str) -> Run:
        """Begin a run, which makes the same codes however often its orders are carried out; or go on with it.

        All its codes have this start, who and why, and the issuer's key, lifetime and jitter. The ledger notes
        these terms: whoever begins the run again needs the same.

        Args:
            run: its id, 1 to 100 printable characters, which no other run of the ledger has.
            at: the start of validity of all its codes.
            by: who sets the colours, an officer or a program.
            why: on what ground.

        Raises:
            TypeError: when an argument is of another type, the signer is to be awaited or there is none, or the
                ledger keeps no runs.
            ValueError: when a value is not valid, or the issuer has no ledger.
            LedgerError: when the run was begun with other terms, or the ledger cannot be written.
        """
        return begin(self._office, run, at=at, by=by, why=why)

    def _issue(self, orders: Iterable[HealthCode | Order], terms: Terms) -> list[Issued]:
        """Issue all or none."""
        signer = self._office.signer_in_step("use issue_async()")
        records: list[CodeRecord] = []
        try:
            drafts = self._drafts(orders, terms, records)
            if len(drafts) > 1 and isinstance(signer, BatchSigner):
                issued = terms.sealed(drafts, signer.sign_many([draft.to_be_signed for draft in drafts]))
            else:
                issued = terms.each(signed, drafts, repeat(signer))
            self._write_down(records, terms)
        except BaseException:
            self._give_back(records)
            raise
        return issued

    @discreet
    async def issue_async(
        self,
        health_code: HealthCode,
        *,
        at: datetime | None = None,
        holder_key: PublicKey | None = None,
        document: IdentityDocument | tuple[str, str] | None = None,
        by: str = "",
        why: str = "",
        accept: Collection[str] = (),
    ) -> Issued:
        """Issue a credential while others run: the signer is awaited, and the ledger is asked in a thread.

        Args:
            health_code: as for `issue`.
            at: as for `issue`.
            holder_key: as for `issue`.
            document: as for `issue`.
            by: as for `issue`.
            why: as for `issue`.
            accept: as for `issue`.

        Raises:
            ValueError: as `issue`, and so are all other errors.
        """
        order = Order(health_code, holder_key, document, accept)
        return (await self.issue_many_async([order], at=at, by=by, why=why))[0]

    @discreet
    async def issue_many_async(
        self,
        orders: Iterable[HealthCode | Order],
        *,
        at: datetime | None = None,
        by: str = "",
        why: str = "",
    ) -> list[Issued]:
        """Issue many credentials while others run; all are signed at the same time, and written down in one step.

        A signer that cannot take them all at once lets them wait, for instance with an `asyncio.Semaphore`.

        Args:
            orders: as for `issue_many`.
            at: as for `issue`.
            by: as for `issue`.
            why: as for `issue`.

        Returns:
            As `issue_many`. A call that is cancelled gives its places back, or ends writing the codes down.

        Raises:
            ValueError: as `issue_many`, and so are all other errors.
        """
        from asyncio import gather  # noqa: PLC0415 - half as long to import as all the rest together

        signer, terms = self._office.own_signer(), Terms(at, by, why, first=0)
        awaited = iscoroutinefunction(signer.sign)
        sign = signer.sign if awaited else partial(in_thread, signer.sign)
        records: list[CodeRecord] = []
        try:
            drafts = await in_thread(self._drafts, orders, terms, records)
            messages = [draft.to_be_signed for draft in drafts]
            if len(drafts) > 1 and not awaited and isinstance(signer, BatchSigner):
                signatures = await in_thread(signer.sign_many, messages)
            else:
                signatures = await gather(*map(sign, messages))
            issued = terms.sealed(drafts, signatures)
            await in_thread(self._write_down, records, terms)
        except BaseException:
            await in_thread(self._give_back, records)
            raise
        return issued

    def _drafts(
        self,
        orders: Iterable[HealthCode | Order],
        terms: Terms,
        records: list[CodeRecord],
    ) -> list[Draft]:
        """Make credentials up to their signatures, and note what is to be written down of them."""

        def draft(order: HealthCode | Order) -> Draft:
            made, record = self._draft(order if isinstance(order, Order) else Order(order), terms)
            records.extend([record] if record else [])
            return made

        return terms.each(draft, orders)

    def _draft(self, order: Order, terms: Terms) -> tuple[Draft, CodeRecord | None]:
        """Give a code its place, and make it up to its signature."""
        moment = now()
        place = self._place(order.health_code, terms)
        try:
            draft = self._office.draft(
                order,
                at=moment if terms.at is None else terms.at,
                made_at=moment,
                lifetime=self._life_of_a_code(),
                place=place,
                registry=self._office.newest_registry(),
                accept=order.accept,
            )
        except BaseException:
            if self._office.ledger is not None and place is not None:
                self._office.ledger.give_back(place)
            raise
        if place is None:
            return draft, None
        return draft, CodeRecord(
            cti=draft._claims.cti,  # noqa: SLF001
            place=place,
            kid=self.public_key.kid,
            by=terms.by,
            why=terms.why,
            issued_at=moment,
            expires_at=draft._claims.expires_at,  # noqa: SLF001
            holder_key=order.holder_key,
        )

    def _place(self, health_code: HealthCode, terms: Terms) -> StatusPlace | None:
        """Take a place in the issuer's lists for a code; None without a ledger."""
        ledger = self._office.ledger
        if ledger is None and (terms.by or terms.why):
            raise ValueError("by= and why= are for the ledger, and this issuer has none: nothing would keep them")
        if ledger is None or not isinstance(health_code, HealthCode):  # prepare() says what it is not
            return None
        if health_code.status is not None:
            raise ValueError("the ledger gives the code its place: leave status out")
        if not terms.by or not terms.why:
            raise ValueError("with a ledger, say who sets the colour (by=) and on what ground (why=)")
        return ledger.take()

    def _write_down(self, records: Sequence[CodeRecord], terms: Terms) -> None:
        if self._office.ledger is not None and records:
            terms.record(self._office.ledger, records)

    def _give_back(self, records: Sequence[CodeRecord]) -> None:
        """Give the places of codes back that were not written down; the ledger ignores the others."""
        if (ledger := self._office.ledger) is not None:
            for record in records:
                ledger.give_back(record.place)

    def __repr__(self) -> str:
        return f"Issuer({str(self.id)!r}, kid={self.public_key.kid.hex()!r})"

    def _life_of_a_code(self) -> timedelta:
        spread, lifetime = seconds_in(self._office.jitter), self._office.lifetime
        return lifetime - span(secrets.randbelow(spread + 1)) if spread else lifetime
