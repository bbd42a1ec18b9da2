"""Issuing: from a health code to a signed text (spec/credential.md, section 11)."""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, final

from pydantic import ConfigDict, ValidationError

from healthpass.codec import _cose, _text
from healthpass.codec._keys import PublicKey, Signer, SigningKey
from healthpass.codec._time import now, seconds_in, to_seconds
from healthpass.credential import _claims
from healthpass.credential._binding import IdentityDocument, bind_document
from healthpass.credential._claims import CTI_SIZE, Claims
from healthpass.credential._health import HealthCode, StatusPlace
from healthpass.credential._holder import check_holder_to_issue
from healthpass.credential._model import Bytes, Cti, Time
from healthpass.credential._problems import problems_of
from healthpass.credential._regions import IssuerId
from healthpass.issuing._findings import check_accepted, check_findings
from healthpass.words._discreet import discreet
from healthpass.words._errors import SignatureError
from healthpass.words._limits import PUBLISHED_KEYS
from healthpass.words._verdicts import Verdict


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An issued credential; `str(issued)` is its text. Its `repr` names neither the holder nor the code.

    FastAPI and `pydantic.TypeAdapter(Issued)` write it as JSON and read it.

    Attributes:
        text: the text for the QR code, `HP1:` and Base45.
        cti: its identifier, 12 bytes: with the issuer's id, what an appeal refers to.
        opening: the opening of the binding, 16 bytes, where a document was given. It travels beside the code,
            never in it, and nothing but a `Run` can make it again.
        issuer: the issuer's id.
        health: what was stated.
        valid_from: the start of validity, in UTC.
        expires_at: the end of validity, in UTC.
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    text: str = field(repr=False)
    cti: Cti = field(repr=False)
    opening: Bytes | None = field(repr=False)
    issuer: IssuerId
    health: HealthCode = field(repr=False)
    valid_from: Time
    expires_at: Time

    def __str__(self) -> str:
        return self.text


@final
@dataclass(frozen=True, slots=True)
class Draft:
    """A credential that lacks its signature, for a key that is elsewhere (a KMS, a hardware module).

    Attributes:
        to_be_signed: the bytes to sign with Ed25519 (SIG-4).
        public_key: the key that must sign them.
    """

    to_be_signed: bytes = field(repr=False)
    public_key: PublicKey
    _claims: Claims = field(repr=False)
    _payload: bytes = field(repr=False)
    _opening: bytes | None = field(repr=False)
    _record: Callable[[], None] | None = None

    @discreet
    def seal(self, signature: bytes) -> Issued:
        """Verify the signature and put the credential together (ISS-6); with a ledger, write it down before.

        Raises:
            TypeError: when `signature` is not `bytes`.
            SignatureError: `bad-signature`, when it is not this key's signature of `to_be_signed`.
        """
        self.public_key.verify(signature, self.to_be_signed)
        return self._release(signature)

    def _release(self, signature: bytes) -> Issued:
        if self._record:
            self._record()  # final before the text leaves: an index must not serve two codes (STI-1)
        claims = self._claims
        return Issued(
            text=_text.encode(_text.CREDENTIAL, _cose.assemble(self.public_key.kid, self._payload, signature)),
            cti=claims.cti,
            opening=self._opening,
            issuer=claims.issuer,
            health=claims.health,
            valid_from=claims.valid_from,
            expires_at=claims.expires_at,
        )


@discreet
def prepare(
    health_code: HealthCode,
    *,
    issuer: str,
    public_key: PublicKey,
    lifetime: timedelta,
    at: datetime | None = None,
    holder_key: PublicKey | None = None,
    document: IdentityDocument | tuple[str, str] | None = None,
    cti: bytes | None = None,
    accept: Collection[str] = (),
) -> Draft:
    """Make a credential up to its signature, without any input or output.

    It takes the code to be made at `at`: what the findings of ISS-8 compare with the clock, `Issuer` alone sees.

    Args:
        health_code: what is stated.
        issuer: the issuer's id, as the registry lists it for the key.
        public_key: the key that will sign.
        lifetime: how long it is valid; at least a second, and whole seconds count.
        at: the start of validity, with a time zone; now when left out. It may lie ahead.
        holder_key: the device key that the code is bound to, a fresh one for each credential (ISS-4); without
            it this is a bearer code.
        document: the type and number of the identity document to bind to; the opening is then in the result.
        cti: 12 bytes that were never used before; fresh random ones when left out (ISS-2). For vectors and for
            issuers that allot identifiers themselves.
        accept: the codes of the findings that the office means as they are, such as `"label-unmasked"` (ISS-8).

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when a rule of section 11 is broken; the message says which.
        FindingsError: a `ValueError`, when something looks like a slip and is not in `accept`.
    """
    return prepare_at(
        health_code,
        issuer=issuer,
        public_key=public_key,
        lifetime=lifetime,
        at=at,
        holder_key=holder_key,
        document=document,
        cti=cti,
        accept=accept,
    )


def prepare_at(
    health_code: HealthCode,
    *,
    issuer: str,
    public_key: PublicKey,
    lifetime: timedelta,
    at: datetime | None,
    holder_key: PublicKey | None,
    document: IdentityDocument | tuple[str, str] | None,
    cti: bytes | None = None,
    opening: bytes | None = None,
    accept: Collection[str] = (),
    made_at: datetime | None = None,
    status: StatusPlace | None = None,
) -> Draft:
    """Make a credential up to its signature as `prepare` does.

    At the time `made_at`; at `at` when left out. A `status` is put into the health code, in place of its own. The
    opening of a document is fresh where none is given.
    """
    accepted = check_accepted(accept)
    _check_type("health_code", health_code, HealthCode)
    health_code = _checked(health_code, status)
    _check_type("public_key", public_key, PublicKey)
    _check_type("lifetime", lifetime, timedelta)
    if public_key.to_bytes() in PUBLISHED_KEYS:
        raise ValueError("the key is a published test key: no verifier accepts it (SIG-2)")
    if holder_key is not None:
        _check_type("holder_key", holder_key, PublicKey)
        if holder_key == public_key or holder_key.to_bytes() in PUBLISHED_KEYS:
            raise ValueError("holder_key must be the holder's own: neither the issuer's nor a published one")
    if health_code.holder is not None:
        check_holder_to_issue(health_code.holder)
    if cti is None:
        cti = secrets.token_bytes(CTI_SIZE)
    _check_type("cti", cti, bytes)
    if len(cti) != CTI_SIZE:
        raise ValueError(f"cti has {CTI_SIZE} bytes, not {len(cti)}")
    opened = None
    if document is not None:
        if health_code.binding is not None:
            raise ValueError("give a document or a health code that has a binding, not both")
        binding, opened = bind_document(*document, opening=opening)
        health_code = health_code.model_copy(update={"binding": binding})
    start = to_seconds(now() if at is None else at)
    end = start + seconds_in(lifetime)
    name = _claims.issuer_of(issuer) if type(issuer) is str else IssuerId(issuer)
    claims = Claims(name, start, end, cti, holder_key, health_code)
    payload = _claims.encode(claims)
    check_findings(claims, start if made_at is None else to_seconds(made_at), accepted)
    return Draft(_cose.to_be_signed(public_key.kid, payload), public_key, claims, payload, opened)


@discreet
def issue(
    health_code: HealthCode,
    *,
    issuer: str,
    signer: Signer,
    lifetime: timedelta,
    at: datetime | None = None,
    holder_key: PublicKey | None = None,
    document: IdentityDocument | tuple[str, str] | None = None,
    cti: bytes | None = None,
    accept: Collection[str] = (),
) -> Issued:
    """Issue a credential: `prepare` it, have `signer` sign it, and put it together.

    Args:
        health_code: as for `prepare`.
        issuer: as for `prepare`.
        signer: a `SigningKey`, or any other `Signer`, whose signature is verified before it goes out (ISS-6).
        lifetime: as for `prepare`.
        at: as for `prepare`.
        holder_key: as for `prepare`.
        document: as for `prepare`.
        cti: as for `prepare`.
        accept: as for `prepare`.

    Raises:
        TypeError: as `prepare`, and when `signer` is no `Signer`.
        ValueError: as `prepare`.
        FindingsError: as `prepare`.
        SignatureError: `bad-signature`, when another signer returns a wrong signature.
    """
    if not isinstance(signer, SigningKey | Signer):
        raise TypeError(f"signer must be a SigningKey or another Signer, not {type(signer).__name__}")
    draft = prepare_at(
        health_code,
        issuer=issuer,
        public_key=signer.public_key,
        lifetime=lifetime,
        at=at,
        holder_key=holder_key,
        document=document,
        cti=cti,
        accept=accept,
    )
    return signed(draft, signer)


def signed(draft: Draft, key: Signer) -> Issued:
    """Have a key sign a draft, and put the credential together.

    Raises:
        SignatureError: `bad-signature`, when another signer returns a wrong signature.
    """
    signature = key.sign(draft.to_be_signed)
    # libsodium has just made this signature with the key beside it; any other signer is in doubt.
    return draft._release(signature) if type(key) is SigningKey else draft.seal(signature)  # noqa: SLF001


def check_one_for_each(drafts: Sequence[Draft], signatures: Sequence[bytes]) -> None:
    """Check that a signer returned a signature for each draft.

    Raises:
        SignatureError: `bad-signature`, when there are more or fewer.
    """
    if len(signatures) != len(drafts):
        words = f"the signer returned {len(signatures):,} signatures for {len(drafts):,} codes"
        raise SignatureError(Verdict.BAD_SIGNATURE, words)


def _checked(health_code: HealthCode, status: StatusPlace | None) -> HealthCode:
    """Check a health code again: one that `model_copy` or `model_construct` has made never was (ISS-1)."""
    given = health_code if status is None else {**vars(health_code), "status": status}
    try:
        checked: HealthCode = HealthCode.__pydantic_validator__.validate_python(given, strict=True)
    except ValidationError as error:
        problems = problems_of(error)
    else:
        return checked
    raise ValueError(f"no verifier accepts this health code: {'; '.join(problems)}")


def _check_type(name: str, value: object, expected: type) -> None:
    if not isinstance(value, expected):
        raise TypeError(f"{name} must be {expected.__name__}, not {type(value).__name__}")
