"""The registry: which key is trusted, and for whom (spec/credential.md, section 12)."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, Self, final

from healthpass._errors import UntrustedError
from healthpass._keys import PUBLISHED_KEYS, PublicKey
from healthpass._regions import IssuerId
from healthpass._scope import Scope
from healthpass._verdicts import Verdict

MAX_CANDIDATES: Final = 4  # VER-3: a kid has 64 bits, and nobody makes a verifier try a thousand keys


class TrustedIssuer(NamedTuple):
    """An issuer as the registry names it."""

    id: IssuerId


class TrustedKey(NamedTuple):
    """A key, the issuer for which the registry lists it, and what it is trusted for; None is everything."""

    issuer: TrustedIssuer
    public_key: PublicKey
    scope: Scope | None


@final
class Registry:
    """The immutable answer to "which key, for what?".

    `verify` requires one: nothing can be verified without saying whom one trusts.
    """

    __slots__ = ("_by_kid",)

    def __init__(self, keys: Iterable[TrustedKey]) -> None:
        by_kid: dict[bytes, list[TrustedKey]] = {}
        for key in keys:
            by_kid.setdefault(key.public_key.kid, []).append(key)
        self._by_kid = {
            kid: tuple(sorted(found, key=lambda key: bytes(key.public_key))) for kid, found in by_kid.items()
        }

    @classmethod
    def pinned(cls, keys: Mapping[str, Iterable[PublicKey]], *, scope: Scope | None = None) -> Self:
        """Trust keys that were given by hand, each for one issuer (VER-4).

        Without a scope it grants everything for these keys: every colour, every lifetime, for ever; and with one
        or without, there is no revocation and no clock floor. It knows no status lists, so that a code with a
        status is `status-unknown` unless that is waived. It is right for tests, for a first step, and where keys
        are managed by other means.

        Args:
            keys: the public keys by issuer id.
            scope: what all of them are trusted for; everything when left out.

        Raises:
            TypeError: when it is not a mapping from `str` to iterables of `PublicKey`.
            ValueError: when an id is not an issuer id, a key is given for two issuers, or a key is one whose
                private half is published (SIG-2).
        """
        if not isinstance(keys, Mapping):
            raise TypeError(f"keys must be a mapping from issuer id to public keys, not {type(keys).__name__}")
        owners: dict[PublicKey, IssuerId] = {}
        for name, issuer_keys in keys.items():
            issuer = IssuerId(name)
            if isinstance(issuer_keys, PublicKey):
                raise TypeError(f"the keys of {issuer} must be a list: [key], not key")
            for key in issuer_keys:
                if not isinstance(key, PublicKey):
                    raise TypeError(f"a key of {issuer} must be a PublicKey, not {type(key).__name__}")
                if bytes(key) in PUBLISHED_KEYS:
                    raise ValueError(f"a key of {issuer} is a published test key: anybody can sign with it")
                if owners.setdefault(key, issuer) != issuer:
                    raise ValueError(f"one key is given for both {owners[key]} and {issuer}")
        if scope is not None and not isinstance(scope, Scope):
            raise TypeError(f"scope must be a Scope, not {type(scope).__name__}")
        return cls(TrustedKey(TrustedIssuer(issuer), key, scope) for key, issuer in owners.items())

    def candidates(self, kid: bytes) -> tuple[TrustedKey, ...]:
        """Return the keys with this kid, at most 4: a kid finds keys and proves nothing (SIG-3, VER-3).

        Raises:
            UntrustedError: `unknown-key`, when there is none.
        """
        if found := self._by_kid.get(kid):
            return found[:MAX_CANDIDATES]
        raise UntrustedError(Verdict.UNKNOWN_KEY, f"no trusted key has the kid {kid.hex()}")
