"""The texts in QR codes: a prefix and Base45 (spec/credential.md, section 3; spec/presentation.md, section 3)."""

import re
from typing import Final

from healthpass.codec import _base45
from healthpass.words._errors import MalformedError, UnsupportedError
from healthpass.words._verdicts import Verdict

CREDENTIAL: Final = "HP1:"
PRESENTATION: Final = "HPP1:"
CHALLENGE: Final = "HPC1:"  # PRS-11
ENROLMENT: Final = "HPE1:"  # ENR-1
PROOF: Final = "HPK1:"  # ENR-3
MAX_TEXT: Final = 2048  # TXT-1: checked before anything else, so that nobody decodes a novel
_ANY_VERSION: Final = re.compile(r"HPP?[1-9][0-9]{0,3}:", re.ASCII)


def encode(prefix: str, data: bytes) -> str:
    """Write bytes as text (TXT-1, PRS-1)."""
    return prefix + _base45.encode(data)


def decode(text: str, *prefixes: str) -> tuple[str, bytes]:
    """Read which of the prefixes a text has, and its bytes; nothing is repaired (TXT-1 to TXT-5).

    Raises:
        MalformedError: `malformed-text`, when it is not one of the prefixes and Base45, or too long.
        UnsupportedError: `unsupported-version`, when it is of another version.
    """
    if len(text) > MAX_TEXT:
        raise MalformedError(
            Verdict.MALFORMED_TEXT, f"the text has {len(text)} characters, and {MAX_TEXT} are the most"
        )
    for prefix in prefixes:
        if text.startswith(prefix):
            break
    else:
        expected = " or ".join(map(repr, prefixes))
        if version := _ANY_VERSION.match(text):
            raise UnsupportedError(
                Verdict.UNSUPPORTED_VERSION, f"the text is of version {version[0]!r}, and {expected} is read here"
            )
        raise MalformedError(Verdict.MALFORMED_TEXT, f"the text does not start with {expected}")
    try:
        return prefix, _base45.decode(text[len(prefix) :])
    except ValueError:
        raise MalformedError(Verdict.MALFORMED_TEXT, f"what follows {prefix!r} is not Base45 (RFC 9285)") from None
