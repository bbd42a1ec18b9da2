"""The holder's label: which code points it may hold (spec/registries/forbidden-code-points.csv).

A fixed table, and neither a Unicode database nor normalisation: a runtime's version of Unicode must not change a
verdict, and NFC rewrites over a thousand CJK compatibility ideographs, people's names among them.
"""

import re
from typing import Final

MAX_HOLDER: Final = 48  # HLT-7, bytes of UTF-8

# HLT-7: what verifiers refuse. Controls, what changes direction, what cannot be seen, what is no character.
FORBIDDEN: Final = (
    (0x0000, 0x001F),
    (0x007F, 0x009F),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x200B, 0x200D),
    (0x200E, 0x200F),
    (0x2028, 0x2029),
    (0x202A, 0x202E),
    (0x2060, 0x2065),
    (0x2066, 0x2069),
    (0x206A, 0x206F),
    (0x3164, 0x3164),
    (0xD800, 0xDFFF),
    (0xFDD0, 0xFDEF),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0x1FFFE, 0x1FFFF),
    (0x2FFFE, 0x2FFFF),
    (0x3FFFE, 0x3FFFF),
    (0x4FFFE, 0x4FFFF),
    (0x5FFFE, 0x5FFFF),
    (0x6FFFE, 0x6FFFF),
    (0x7FFFE, 0x7FFFF),
    (0x8FFFE, 0x8FFFF),
    (0x9FFFE, 0x9FFFF),
    (0xAFFFE, 0xAFFFF),
    (0xBFFFE, 0xBFFFF),
    (0xCFFFE, 0xCFFFF),
    (0xDFFFE, 0xDFFFF),
    (0xE0000, 0xE00FF),
    (0xE01F0, 0xE0FFF),
    (0xEFFFE, 0xEFFFF),
    (0xFFFFE, 0xFFFFF),
    (0x10FFFE, 0x10FFFF),
)
_PRIVATE_USE: Final = "write the character's Unicode code point; where it has none yet, write pinyin"
_MIDDLE_DOT: Final = "the middle dot of a name is U+00B7"
_REPLACEMENT: Final = "a character was lost on the way; enter the name again from the source record"
# ISS-3: what issuers refuse besides, with a hint.
FORBIDDEN_TO_ISSUERS: Final = (
    (0x0387, 0x0387, _MIDDLE_DOT),
    (0x1427, 0x1427, _MIDDLE_DOT),
    (0x16EB, 0x16EB, _MIDDLE_DOT),
    (0x2022, 0x2022, _MIDDLE_DOT),
    (0x2027, 0x2027, _MIDDLE_DOT),
    (0x2219, 0x2219, _MIDDLE_DOT),
    (0x22C5, 0x22C5, _MIDDLE_DOT),
    (0x2E31, 0x2E31, _MIDDLE_DOT),
    (0x2E33, 0x2E33, _MIDDLE_DOT),
    (0x30FB, 0x30FB, _MIDDLE_DOT),
    (0x318D, 0x318D, _MIDDLE_DOT),
    (0xA78F, 0xA78F, _MIDDLE_DOT),
    (0xE000, 0xF8FF, _PRIVATE_USE),
    (0xFF65, 0xFF65, _MIDDLE_DOT),
    (0xFFFC, 0xFFFD, _REPLACEMENT),
    (0xF0000, 0xFFFFD, _PRIVATE_USE),
    (0x100000, 0x10FFFD, _PRIVATE_USE),
)


def _one_of(ranges: tuple[tuple[int, int], ...]) -> re.Pattern[str]:
    return re.compile("[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) + "]")


_FORBIDDEN: Final = _one_of(FORBIDDEN)
_FORBIDDEN_TO_ISSUERS: Final = _one_of(tuple((first, last) for first, last, _ in FORBIDDEN_TO_ISSUERS))


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
    if bad := _FORBIDDEN_TO_ISSUERS.search(label):
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
    return _FORBIDDEN.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code > 0xFFFF:  # noqa: PLR2004 - beyond the basic plane: a surrogate pair
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def _name(character: str) -> str:
    return f"U+{ord(character):04X}"
