"""The bytes of a presentation, right or wrong: a credential in the header, and what the device key signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from encode import ALG_ED25519, Key, Raw, base45, cbor, seal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Shown:
    """A presentation, layer by layer."""

    presentation: bytes
    protected: bytes
    payload: bytes
    to_be_signed: bytes
    signature: bytes
    credential: bytes

    @property
    def text(self) -> str:
        """Return the text of the QR code."""
        return "HPP1:" + base45(self.presentation)

    def layers(self) -> dict[str, str]:
        """Return every layer in hexadecimal, as the vectors print them."""
        names = ("presentation", "protected", "payload", "to_be_signed", "signature", "credential")
        return {name: getattr(self, name).hex() for name in names}


def show(
    credential: bytes,
    payload: Mapping[int, Any] | bytes,
    key: Key,
    *,
    protected: bytes | None = None,
    aad: bytes = b"HPP1",
    **knobs: Any,
) -> Shown:
    """Show a credential, correctly unless told otherwise.

    Args:
        credential: The bytes of the credential.
        payload: The claims of the showing, or the bytes that stand in their place.
        key: The key that signs.
        protected: The whole protected header, without the head of its byte string.
        aad: The external_aad that is signed.
        **knobs: The other knobs of `seal`: the envelope of a presentation is that of a credential.

    Returns:
        The layers of the presentation.
    """
    header = cbor({1: ALG_ED25519, 13: Raw(credential)}) if protected is None else protected
    sealed = seal(payload, key, protected=header, aad=aad, **knobs)
    return Shown(sealed.cose, header, sealed.payload, sealed.to_be_signed, sealed.signature, credential)
