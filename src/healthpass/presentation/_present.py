"""Presenting: what a holder's device does (spec/presentation.md, section 6)."""

from datetime import datetime

from healthpass.codec import _cose, _text
from healthpass.codec._keys import HolderKey
from healthpass.codec._time import now
from healthpass.credential import _claims
from healthpass.presentation import _presentation
from healthpass.presentation._presentation import Showing
from healthpass.words._discreet import discreet
from healthpass.words._errors import VerificationError


@discreet
def present(
    credential: str,
    key: HolderKey,
    *,
    at: datetime | None = None,
    nonce: bytes | None = None,
    opening: bytes | None = None,
) -> str:
    """Make the text that a device shows now. It is good for a minute; make another every 30 seconds.

    Args:
        credential: the credential's text, `HP1:`. Its signature is not verified: that is the gate's part.
        key: the device key that the credential is bound to.
        at: the time of the showing, with a time zone; now when left out.
        nonce: what the gate asked for, 8 to 64 bytes; `Challenge.read` takes it out of the gate's QR code.
        opening: the opening of the binding, 16 bytes, when the holder agrees to show the document.

    Returns:
        The text of the presentation, `HPP1:` and Base45.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when the text is no credential, or is not bound to this key; when the nonce or the opening
            has another size, or `at` has no time zone.
    """
    if not isinstance(credential, str):
        raise TypeError(f"credential must be a str, not {type(credential).__name__}")
    if not isinstance(key, HolderKey):
        raise TypeError(f"key must be a HolderKey, not {type(key).__name__}")
    try:
        _, data = _text.decode(credential, _text.CREDENTIAL)
        claims = _claims.decode(_cose.parse(data).payload)
    except VerificationError as error:
        raise ValueError(f"this is not the text of a credential: {error}") from error
    if claims.holder_key != key.public_key:
        raise ValueError("the credential is bound to another device key, or to none")
    payload = _presentation.encode(Showing(now() if at is None else at, nonce, opening))
    signature = key._sign(_presentation.to_be_signed(data, payload))  # noqa: SLF001 - nobody else may
    return _text.encode(_text.PRESENTATION, _presentation.assemble(data, payload, signature))
