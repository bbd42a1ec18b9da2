"""The holder's label: which code points it may hold (spec/tables/forbidden-code-points.csv).

A fixed table, and neither a Unicode database nor normalisation: a runtime's version of Unicode must not change a
verdict, and NFC rewrites over a thousand CJK compatibility ideographs, people's names among them.
"""

import re
from functools import cache
from typing import Final

from healthpass.words._limits import FORBIDDEN, FORBIDDEN_TO_ISSUERS

MAX_HOLDER: Final = 48  # HLT-7, bytes of UTF-8


def _one_of(ranges: tuple[tuple[int, int], ...]) -> re.Pattern[str]:
    return re.compile("[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) + "]")


_FORBIDDEN: Final = _one_of(FORBIDDEN)
_HARMLESS: Final = bytes(range(0x20, 0x7F))  # of ASCII, what a label may hold; passing over it takes no search


@cache
def _forbidden_to_issuers() -> re.Pattern[str]:
    return _one_of(tuple((first, last) for first, last, _ in FORBIDDEN_TO_ISSUERS))  # a gate needs none


def check_holder(label: str) -> str:
    """Return the label when a verifier accepts it (HLT-7).

    Raises:
        ValueError: when it has not 1 to 48 bytes of UTF-8, or holds a forbidden code point.
    """
    return check_label(label, "holder", MAX_HOLDER)


def check_label(label: str, what: str, at_most: int) -> str:
    """Return a text that people read, when it has 1 to `at_most` bytes of UTF-8 and no forbidden code point.

    Raises:
        ValueError: when it has not; the message names it as `what`.
    """
    if bad := _FORBIDDEN.search(label):
        raise ValueError(f"{what} must not contain {_name(bad[0])}, which cannot be seen or is no character")
    if not 0 < len(label.encode()) <= at_most:
        raise ValueError(f"{what} must have 1 to {at_most} bytes of UTF-8")
    return label


def check_holder_to_issue(label: str) -> None:
    """Check a label that a verifier accepts by the issuer's stricter rule too (ISS-3).

    Raises:
        ValueError: when it holds private-use code points or a look-alike of the middle dot; with a hint.
    """
    if bad := _forbidden_to_issuers().search(label):
        code = ord(bad[0])
        hint = next(hint for first, last, hint in FORBIDDEN_TO_ISSUERS if first <= code <= last)
        raise ValueError(f"holder must not contain {_name(bad[0])}: {hint}")


def harmless(text: str) -> str:
    r"""Make what a stranger wrote safe to show: what could steer a terminal or a reader's eye becomes an escape.

    The characters are those that no label may hold (HLT-7): controls, what changes the direction of reading, what
    cannot be seen. The escapes are those of JSON, so this may also be done to JSON.

    >>> print(harmless("\x1b[2J张*丰"))
    \u001b[2J张*丰
    """
    if text.isascii() and text.isprintable():
        return text  # no label may hold DEL or what stands before the space, and all else of ASCII
    beyond = text.encode("utf-8", "surrogatepass").translate(None, _HARMLESS).decode("utf-8", "surrogatepass")
    return _FORBIDDEN.sub(_escape, text) if _FORBIDDEN.search(beyond) else text


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code > 0xFFFF:  # noqa: PLR2004 - beyond the basic plane: a surrogate pair
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def _name(character: str) -> str:
    return f"U+{ord(character):04X}"
