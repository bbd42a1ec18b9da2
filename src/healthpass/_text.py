"""The text of a credential: a prefix and Base45 (spec/credential.md, section 3)."""

import re
from typing import Final

import base45

from healthpass._errors import MalformedError, UnsupportedError
from healthpass._verdicts import Verdict

PREFIX: Final = "HP1:"
MAX_TEXT: Final = 2048  # TXT-1: checked before anything else, so that nobody decodes a novel
_ANOTHER_VERSION: Final = re.compile(r"HPP?[1-9][0-9]{0,3}:", re.ASCII)


def encode(credential: bytes) -> str:
    """Write credential bytes as text (TXT-1)."""
    encoded: bytes = base45.b45encode(credential)
    return PREFIX + encoded.decode("ascii")


def decode(text: str) -> bytes:
    """Read the credential bytes out of a text; nothing is repaired (TXT-1 to TXT-5).

    Raises:
        MalformedError: `malformed-text`, when it is not `HP1:` and Base45, or too long.
        UnsupportedError: `unsupported-version`, when it is of another version.
    """
    if len(text) > MAX_TEXT:
        raise MalformedError(
            Verdict.MALFORMED_TEXT, f"the text has {len(text)} characters, and {MAX_TEXT} are the most"
        )
    if not text.startswith(PREFIX):
        if another := _ANOTHER_VERSION.match(text):
            raise UnsupportedError(
                Verdict.UNSUPPORTED_VERSION,
                f"the text is of version {another[0]!r}, and this verifier reads {PREFIX!r}",
            )
        raise MalformedError(Verdict.MALFORMED_TEXT, f"the text does not start with {PREFIX!r}")
    try:
        # As bytes: given a str, base45 strips newlines from its end.
        credential: bytes = base45.b45decode(text[len(PREFIX) :].encode("ascii"))
    except ValueError:
        raise MalformedError(Verdict.MALFORMED_TEXT, f"what follows {PREFIX!r} is not Base45 (RFC 9285)") from None
    return credential
