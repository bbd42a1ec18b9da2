"""`pkcs11:`: keys in hardware modules (RFC 7512; PKCS#11 3.0, section 2.3.14 for Ed25519).

A module is loaded into this process, and is asked one thing at a time. A login counts for a whole process, so that
the keys of a token share a session, which ends with the last of them.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, unquote_to_bytes

from healthpass.codec._keys import KEY_SIZE, PublicKey
from healthpass.signers._errors import SignerError, checked
from healthpass.signers._secrets import Passphrase, read_passphrase, told
from healthpass.words._discreet import discreet

MODULE_PATH: Final = "PKCS11_MODULE_PATH"  # as of OpenSSL's engine
_EDWARDS25519: Final = b"\x13\x0cedwards25519"  # a PrintableString; PKCS#11 3.0, section 2.3.10
_OCTETS: Final = b"\x04\x20"  # many modules have the point as an OCTET STRING
_PATH: Final = frozenset({"token", "serial", "object", "id", "type"})
_QUERY: Final = frozenset({"module-path", "pin-source"})
_ESCAPED: Final = re.compile(
    r"(?:[^%\s\ud800-\udfff]|%[0-9A-Fa-f]{2})*"
)  # a surrogate: an argument that is not UTF-8
_WORDS: Final = {
    "PinIncorrect": "the PIN is wrong; the token locks itself after a few wrong ones",
    "PinLenRange": "the PIN is too short or too long",
    "PinLocked": "the token has locked itself, after too many wrong PINs",
    "MechanismInvalid": "the token does not support Ed25519 (CKM_EDDSA)",
    "FunctionNotSupported": "the module cannot do this",
}
_LOCK: Final = threading.RLock()  # modules are set up without locks of their own
_OPEN: Final[dict[tuple[str, int], "_Shared"]] = {}  # by module and slot
_LOADED: Final[dict[str, int]] = {}  # modules, and the process that loaded each


@dataclass(frozen=True, slots=True)
class TokenUri:
    """Which key, as RFC 7512 names it."""

    token: str | None
    serial: str | None
    object: str | None
    id: bytes | None
    module: str
    pin_source: str | None

    @classmethod
    def read(cls, text: str) -> "TokenUri":
        """Read what follows `pkcs11:`.

        Raises:
            SignerError: when it is none, or holds a part that is not heeded here: who passes over a part may take
                another key.
        """
        if "pin-value" in unquote(text).lower():  # wherever it stands: what holds it is repeated nowhere
            raise SignerError(
                "pkcs11: pin-value would show the PIN to whoever lists processes: use pin-source=FILE"
            )
        path, _, query = text.partition("?")
        parts = _parts(path, ";", _PATH) | _parts(query, "&", _QUERY)
        words = {name: _text(value) for name, value in parts.items() if name != "id"}
        if words.get("type", "private") != "private":
            raise SignerError("pkcs11: must name a private key: leave type= out")
        if not parts.keys() & {"token", "serial"} or not parts.keys() & {"object", "id"}:
            raise SignerError(
                "pkcs11: must name a token and an object, such as pkcs11:token=office;object=registry"
            )
        module = words.get("module-path") or os.environ.get(MODULE_PATH, "")
        if not module:
            example = "?module-path=/usr/lib/softhsm/libsofthsm2.so"
            raise SignerError(f"pkcs11: no module is named: add {example}, or set {MODULE_PATH}")
        if not os.path.isabs(module):  # noqa: PTH117 - the loader looks elsewhere for what has no folder
            raise SignerError(f"pkcs11: module-path must be an absolute path, not {module!r}")
        source = words.get("pin-source")
        return cls(
            token=words.get("token"),
            serial=words.get("serial"),
            object=words.get("object"),
            id=parts.get("id"),
            module=module,
            pin_source=None if source is None else source.removeprefix("file:"),
        )

    @property
    def shown(self) -> str:
        """The token in words."""
        return f"the token {self.token if self.token is not None else self.serial!r}"


def _parts(text: str, separator: str, known: frozenset[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in text.split(separator) if text else ():
        name, equals, value = part.partition("=")
        if name not in known or not equals or name in found or not value or not _ESCAPED.fullmatch(value):
            raise SignerError(
                f"pkcs11: {name!r} is not one of {', '.join(sorted(known))}, given once, with a value"
            )
        found[name] = unquote_to_bytes(value)
    return found


def _text(value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise SignerError("pkcs11: a name is not UTF-8") from None
    if "\0" in text:
        raise SignerError("pkcs11: a name holds a null character")
    return text


class _Shared:
    """The session of a token, and how many use it."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.users = 0


class TokenKey:
    """A key in a hardware module. Several threads may use it, one at a time."""

    def __init__(self, uri: TokenUri, session: Any) -> None:
        self._uri = uri
        self._owner = os.getpid()
        self._key, self.public_key = _found(uri, session)

    def sign(self, message: bytes) -> bytes:
        """Have a message signed, and verify the signature.

        Raises:
            TypeError: when `message` is not `bytes`.
            SignerError: when the module cannot sign.
            SignatureError: `bad-signature`, when the signature does not verify.
        """
        from pkcs11 import Mechanism  # noqa: PLC0415 - an extra

        if not isinstance(message, bytes):
            raise TypeError(f"a message must be bytes, not {type(message).__name__}")
        if os.getpid() != self._owner:
            raise SignerError(f"{self._uri.shown} belongs to another process: open the key after the fork")
        with _LOCK, _telling(self._uri.shown):
            signature = self._key.sign(message, mechanism=Mechanism.EDDSA)
        return checked(signature, message, self.public_key, self._uri.shown)


@contextmanager
def token_key(text: str, pin: Passphrase | None) -> Iterator[TokenKey]:
    """Open the key of a URI (extra: ``pkcs11``).

    Raises:
        SignerError: when it cannot be opened.
    """
    uri = TokenUri.read(text)
    with _session(uri, pin) as session:
        with _LOCK:
            key = TokenKey(uri, session)
        yield key


@discreet
def create_in_token(text: str, pin: Passphrase | None) -> PublicKey:
    """Make a key pair in a token, which never leaves it.

    Raises:
        SignerError: when there is one of that name, or the token makes none.
    """
    from pkcs11 import Attribute, KeyType, Mechanism  # noqa: PLC0415

    uri = TokenUri.read(text)
    if uri.object is None:
        raise SignerError("pkcs11: a new key needs a name: add object=NAME")
    with _session(uri, pin, write=True) as session, _LOCK, _telling(uri.shown):
        if any(True for _ in session.get_objects({Attribute.LABEL: uri.object})) or (
            uri.id is not None and any(True for _ in session.get_objects({Attribute.ID: uri.id}))
        ):
            raise SignerError(
                f"{uri.shown} holds an object of that name or id already, and nothing is overwritten"
            )
        curve = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _EDWARDS25519}, local=True
        )
        public, private = curve.generate_keypair(
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            store=True,
            label=uri.object,
            id=uri.id if uri.id is not None else os.urandom(8),
            private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
        try:
            key = _point(public)
            message = b"healthpass: a new key is tried"
            checked(private.sign(message, mechanism=Mechanism.EDDSA), message, key, uri.shown)
        except BaseException:
            for half in (private, public):
                with suppress(Exception):
                    half.destroy()
            raise
        return key


@contextmanager
def _session(uri: TokenUri, pin: Passphrase | None, *, write: bool = False) -> Iterator[Any]:
    """Give a session of the token, logged in."""
    with _LOCK, _telling(uri.shown):
        token = _token(uri)
        place = uri.module, token.slot.slot_id
        shared = _OPEN.get(place)
        if shared is None:
            shared = _OPEN[place] = _Shared(_logged_in(token, uri, pin))
        shared.users += 1
    try:
        if not write:
            yield shared.session
            return
        with _LOCK, _telling(uri.shown):
            session = token.open(rw=True)  # the login counts for it too
        try:
            yield session
        finally:
            with _LOCK, suppress(RuntimeError):
                session.close()
    finally:
        with _LOCK:
            shared.users -= 1
            if not shared.users:
                del _OPEN[place]
                if _LOADED[uri.module] == os.getpid():
                    with suppress(RuntimeError):  # the token may be gone
                        shared.session.close()


@discreet
def _logged_in(token: Any, uri: TokenUri, pin: Passphrase | None) -> Any:
    from pkcs11 import PROTECTED_AUTH, TokenFlag  # noqa: PLC0415

    if not token.flags & TokenFlag.LOGIN_REQUIRED:
        return token.open()
    if uri.pin_source is not None:
        pin = read_passphrase(uri.pin_source)
    if pin is None and token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH:
        return token.open(user_pin=PROTECTED_AUTH)  # it has keys of its own to type the PIN on
    return token.open(user_pin=told(pin, f"the PIN of {uri.shown}"))


def _token(uri: TokenUri) -> Any:
    try:
        import pkcs11  # noqa: PLC0415
    except ImportError:
        raise SignerError("a hardware module needs python-pkcs11: pip install 'healthpass[pkcs11]'") from None
    if _LOADED.setdefault(uri.module, os.getpid()) != os.getpid():
        raise SignerError(f"the module {uri.module!r} was loaded before the fork: open keys after it alone")
    try:
        slots = pkcs11.lib(uri.module).get_slots(token_present=True)
    except pkcs11.PKCS11Error as error:
        raise SignerError(f"cannot use the module {uri.module!r}: {str(error) or type(error).__name__}") from None
    found = []
    for slot in slots:
        with suppress(pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised):
            token = slot.get_token()
            serial = token.serial.decode("utf-8", "replace")
            if (uri.token is None or uri.token == token.label) and (uri.serial is None or uri.serial == serial):
                found.append(token)
    if len(found) != 1:
        several = "several; add serial=" if found else "none"
        raise SignerError(f"{uri.shown} must be one token of the module, and there is {several}")
    return found[0]


def _found(uri: TokenUri, session: Any) -> tuple[Any, PublicKey]:
    """Find the private key and its public half."""
    from pkcs11 import Attribute, KeyType, ObjectClass  # noqa: PLC0415

    names = {Attribute.LABEL: uri.object, Attribute.ID: uri.id}
    wanted = {attribute: value for attribute, value in names.items() if value is not None}
    what = f"the key {uri.object if uri.object is not None else (uri.id or b'').hex()!r} of {uri.shown}"
    with _telling(uri.shown):
        private = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, **wanted}))
        if len(private) != 1:
            raise SignerError(f"{what} must be one private key, and there are {len(private) or 'none'}")
        if private[0].key_type != KeyType.EC_EDWARDS:
            raise SignerError(f"{what} is no Ed25519 key")
        if uri.id is None and (own := private[0][Attribute.ID]):
            wanted[Attribute.ID] = own
        public = list(session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, **wanted}))
        if len(public) != 1:
            raise SignerError(f"{what} must have one public key beside it, and there are {len(public) or 'none'}")
        try:
            return private[0], _point(public[0])
        except ValueError as error:
            raise SignerError(f"the public half of {what} is none of Ed25519: {error}") from None


def _point(public: Any) -> PublicKey:
    from pkcs11 import Attribute  # noqa: PLC0415

    raw = public[Attribute.EC_POINT]
    if len(raw) == len(_OCTETS) + KEY_SIZE:
        raw = raw.removeprefix(_OCTETS)
    return PublicKey(raw)


@contextmanager
def _telling(who: str) -> Iterator[None]:
    """Turn what a module says into a `SignerError`."""
    try:
        yield
    except RuntimeError as error:
        import pkcs11  # noqa: PLC0415

        if not isinstance(error, pkcs11.PKCS11Error):
            raise
        name = type(error).__name__
        raise SignerError(f"{who}: {_WORDS.get(name, name)}") from None
