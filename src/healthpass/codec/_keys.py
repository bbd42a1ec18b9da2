"""Ed25519 keys (spec/credential.md, section 5).

Keys are types, never raw bytes: a `PublicKey` that exists is safe to verify with, and a `SigningKey` never shows
its secret in `repr`, in a pickle or in a copy.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NoReturn, Protocol, Self, final, runtime_checkable

import nacl.bindings
import nacl.exceptions
import nacl.utils

from healthpass.codec import _pem
from healthpass.codec._cose import KID_SIZE, SIGNATURE_SIZE
from healthpass.words._discreet import discreet
from healthpass.words._errors import SignatureError
from healthpass.words._verdicts import Verdict

KEY_SIZE: Final = 32
# {1: 1, -1: 6, -2: ...}: OKP, Ed25519; the required members in the order of RFC 9679, section 3
_COSE_KEY: Final = bytes.fromhex("a3 01 01 20 06 21 58 20")


def thumbprint(raw: bytes) -> bytes:
    """Return the COSE thumbprint of the 32 bytes of a key, with SHA-256 (RFC 9679)."""
    return hashlib.sha256(_COSE_KEY + raw).digest()


@final
class PublicKey:
    """An Ed25519 public key of the prime-order group, canonically encoded (SIG-1).

    A weak key (the identity, a point of small or mixed order, another encoding of a point) cannot be
    constructed. Keys are immutable, compare by value and can be dictionary keys.
    """

    __slots__ = ("_raw", "_thumbprint")

    def __init__(self, raw: bytes) -> None:
        if not isinstance(raw, bytes):
            raise TypeError(f"a public key must be bytes, not {type(raw).__name__}")
        if len(raw) != KEY_SIZE:
            raise ValueError(f"a public key has {KEY_SIZE} bytes, not {len(raw)}")
        if not nacl.bindings.crypto_core_ed25519_is_valid_point(raw):
            raise ValueError("this is a weak public key: not the canonical encoding of a point of prime order")
        self._raw = raw
        self._thumbprint = thumbprint(raw)

    @classmethod
    def _of_checked(cls, raw: bytes) -> Self:
        """Make a key of bytes that have passed every check before, and were kept where nobody else writes."""
        key = cls.__new__(cls)
        key._raw, key._thumbprint = raw, thumbprint(raw)  # noqa: SLF001 - its own
        return key

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Make a key from its 32 bytes (RFC 8032, section 5.1.5).

        Raises:
            TypeError: when `raw` is not `bytes`.
            ValueError: when there are not 32 of them, or the key is weak (SIG-1).
        """
        return cls(raw)

    @classmethod
    def from_pem(cls, pem: str | bytes) -> Self:
        """Read a SubjectPublicKeyInfo PEM file, such as `openssl pkey -pubout` writes (RFC 8410).

        Raises:
            TypeError: when `pem` is neither `str` nor `bytes`.
            ValueError: when it holds no Ed25519 public key, or a weak one.
        """
        return cls(_pem.read_public(pem))

    @classmethod
    def from_cose_key(cls, cose_key: bytes) -> Self:
        """Read an encoded COSE_Key `{1: 1, -1: 6, -2: x}` in its one encoding (RFC 9053, section 7.2).

        Raises:
            TypeError: when `cose_key` is not `bytes`.
            ValueError: when it is anything else, or the key is weak.
        """
        if not isinstance(cose_key, bytes):
            raise TypeError(f"a COSE_Key must be bytes, not {type(cose_key).__name__}")
        if not cose_key.startswith(_COSE_KEY):
            raise ValueError("this is not the COSE_Key {1: 1, -1: 6, -2: x} of an Ed25519 key")
        return cls(cose_key[len(_COSE_KEY) :])

    def to_bytes(self) -> bytes:
        """Encode the key as its 32 bytes (RFC 8032, section 5.1.5)."""
        return self._raw

    def to_pem(self) -> str:
        """Write the key as a SubjectPublicKeyInfo PEM file."""
        return _pem.write_public(self._raw)

    def to_cose_key(self) -> bytes:
        """Encode the key as a COSE_Key, the bytes that its thumbprint is made of."""
        return _COSE_KEY + self._raw

    @property
    def thumbprint(self) -> bytes:
        """The COSE thumbprint with SHA-256, 32 bytes (RFC 9679)."""
        return self._thumbprint

    @property
    def kid(self) -> bytes:
        """The first 8 bytes of the thumbprint (SIG-3)."""
        return self._thumbprint[:KID_SIZE]

    def verify(self, signature: bytes, message: bytes) -> None:
        """Verify a signature of 64 bytes by the rule of SIG-5, which libsodium follows.

        Raises:
            TypeError: when an argument is not `bytes`.
            SignatureError: `bad-signature`, when it does not verify.
        """
        if not isinstance(signature, bytes) or not isinstance(message, bytes):
            raise TypeError("a signature and a message must be bytes")
        if len(signature) == SIGNATURE_SIZE:
            try:
                nacl.bindings.crypto_sign_open(signature + message, self._raw)
            except nacl.exceptions.BadSignatureError:
                pass
            else:
                return
        raise SignatureError(Verdict.BAD_SIGNATURE, "the signature does not verify under this key")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self._raw == other._raw

    def __hash__(self) -> int:
        return hash(self._raw)

    def __repr__(self) -> str:
        return f"PublicKey({self._raw.hex()!r})"

    def __reduce__(self) -> tuple[type[Self], tuple[bytes]]:
        return type(self), (self._raw,)


@runtime_checkable
class Signer(Protocol):
    """Whatever signs: a `SigningKey`, or a key in a KMS or a hardware module."""

    @property
    def public_key(self) -> PublicKey:
        """The public half of the key."""

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of `message`, 64 bytes (RFC 8032, section 5.1.6)."""


@runtime_checkable
class BatchSigner(Signer, Protocol):
    """Whatever signs many messages sooner than one after another; `Issuer.issue_many` asks it for all at once."""

    def sign_many(self, messages: Sequence[bytes]) -> Sequence[bytes]:
        """Return the signatures of `messages`, in their order."""


@runtime_checkable
class AsyncSigner(Protocol):
    """Whatever signs while others run, such as a KMS in the network; `Issuer.issue_async` awaits it."""

    @property
    def public_key(self) -> PublicKey:
        """The public half of the key."""

    async def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of `message`, 64 bytes (RFC 8032, section 5.1.6)."""


class _PrivateKey:
    """An Ed25519 private key, in memory. Its secret is in no `repr`, pickle or copy."""

    __slots__ = ("_pair", "public_key")

    public_key: PublicKey

    def __init__(self, seed: bytes) -> None:
        if not isinstance(seed, bytes):
            raise TypeError(f"a seed must be bytes, not {type(seed).__name__}")
        if len(seed) != KEY_SIZE:
            raise ValueError(f"a seed has {KEY_SIZE} bytes, not {len(seed)}")
        public, self._pair = nacl.bindings.crypto_sign_seed_keypair(seed)
        self.public_key = PublicKey(public)

    @classmethod
    def generate(cls) -> Self:
        """Make a new key from the operating system's random generator."""
        return cls(nacl.utils.random(KEY_SIZE))

    @classmethod
    @discreet
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of a 32-byte seed, the private key of RFC 8032.

        Raises:
            TypeError: when `seed` is not `bytes`.
            ValueError: when there are not 32 of them.
        """
        return cls(seed)

    @classmethod
    @discreet
    def from_pem(cls, pem: str | bytes) -> Self:
        """Read a PKCS#8 PEM file, such as `openssl genpkey -algorithm ed25519` writes (RFC 8410).

        Raises:
            TypeError: when `pem` is neither `str` nor `bytes`.
            ValueError: when it holds no Ed25519 private key, or another one's public key beside it.
        """
        seed, public = _pem.read_private(pem)
        key = cls(seed)
        if public not in (None, key.public_key.to_bytes()):
            raise ValueError("the key file is damaged: its public key is not that of its private key")
        return key

    def to_pem(self) -> str:
        """Write the key as an unencrypted PKCS#8 PEM file: the secret itself."""
        return _pem.write_private(self._pair[:KEY_SIZE])

    def _sign(self, message: bytes) -> bytes:
        return nacl.bindings.crypto_sign(message, self._pair)[:SIGNATURE_SIZE]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kid={self.public_key.kid.hex()!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} is neither pickled nor copied; to_pem() writes it on purpose")


@final
class SigningKey(_PrivateKey):
    """An issuer's private key, in memory. Its secret is in no `repr`, pickle or copy."""

    __slots__ = ()

    def sign(self, message: bytes) -> bytes:
        """Return the signature of `message`, 64 bytes, deterministic (SIG-7).

        Raises:
            TypeError: when `message` is not `bytes`.
        """
        if not isinstance(message, bytes):
            raise TypeError(f"a message must be bytes, not {type(message).__name__}")
        return self._sign(message)


@final
class HolderKey(_PrivateKey):
    """A device's private key, for one credential (ISS-4). Its secret is in no `repr`, pickle or copy.

    It signs presentations and one proof of enrolment, and nothing else (PRS-6): it has no `sign`, and an issuer
    cannot be made with it.
    """

    __slots__ = ("_signer",)

    def __init__(self, seed: bytes) -> None:
        super().__init__(seed)
        self._signer: Signer | None = None

    @classmethod
    def of_signer(cls, signer: Signer) -> Self:
        """Make a device key of one that is elsewhere, such as in a hardware module.

        Raises:
            TypeError: when `signer` is no `Signer`.
        """
        if not isinstance(signer, Signer):
            raise TypeError(f"signer must be a Signer, not {type(signer).__name__}")
        key = cls.__new__(cls)
        key.public_key, key._signer = signer.public_key, signer  # noqa: SLF001 - its own
        return key

    def to_pem(self) -> str:
        """Write the key as an unencrypted PKCS#8 PEM file: the secret itself.

        Raises:
            TypeError: when the key is elsewhere.
        """
        if self._signer is not None:
            raise TypeError("this device key is elsewhere, and cannot be written")
        return super().to_pem()

    def _sign(self, message: bytes) -> bytes:
        if self._signer is None:
            return super()._sign(message)
        signature = self._signer.sign(message)
        self.public_key.verify(signature, message)
        return signature
