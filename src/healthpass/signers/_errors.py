"""The one error of keys that are elsewhere, and the check of what they return."""

from healthpass.codec._keys import PublicKey
from healthpass.words._errors import HealthpassError, SignatureError
from healthpass.words._verdicts import Verdict


class SignerError(HealthpassError):
    """A key cannot be opened, or does not sign; the message says why and holds no secret."""


def checked(signature: bytes, message: bytes, key: PublicKey, who: str) -> bytes:
    """Return a signature that verifies (ISS-6).

    Raises:
        SignatureError: `bad-signature`, when it does not.
    """
    try:
        key.verify(signature, message)
    except SignatureError:
        said = f"{who} returned a signature that does not verify under its public key {key.kid.hex()}"
        raise SignatureError(Verdict.BAD_SIGNATURE, said) from None
    return signature
