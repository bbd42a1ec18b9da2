"""How bytes and CBOR values stand in JSON: base64url, and `{"base64url": ...}` among other values."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

from healthpass.codec._cbor import MAX_DEPTH, Value

BYTES: Final = "base64url"
_KEY: Final = re.compile(r"0|-?[1-9][0-9]{0,15}", re.ASCII)


def write_base64url(data: bytes) -> str:
    """Write bytes in base64url without padding (RFC 4648, section 5)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def read_base64url(text: str) -> bytes:
    """Read base64url, of which there is one text for some bytes.

    Raises:
        ValueError: when it is anything else.
    """
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4)) if text.isascii() and len(text) % 4 != 1 else b""
    if write_base64url(data) != text:
        raise ValueError("expected base64url without padding")
    return data


def write_value(value: Value) -> Any:
    """Write a CBOR value: bytes as `{"base64url": ...}`, the keys of maps in decimal."""
    match value:
        case bytes():
            return {BYTES: write_base64url(value)}
        case list():
            return [write_value(item) for item in value]
        case dict():
            return {str(key): write_value(item) for key, item in value.items()}
    return value


def read_value(value: Any, depth: int = MAX_DEPTH) -> Value:
    """Read a CBOR value that `write_value` has written.

    Args:
        value: what stands in JSON.
        depth: how many arrays and maps may be open at once.

    Raises:
        ValueError: when it is another value, or more are open.
    """
    match value:
        case {"base64url": str(text), **rest} if not rest:
            return read_base64url(text)
        case dict() | list() if not depth:
            raise ValueError("too many arrays and maps are open at once")
        case list():
            return [read_value(item, depth - 1) for item in value]
        case dict():
            return {read_key(key): read_value(item, depth - 1) for key, item in value.items()}
    if type(value) is not int and type(value) is not str:
        raise ValueError("expected an integer, a string, an array or an object of numbered members")
    return value


def read_key(text: object) -> int:
    """Read the key of a map, an integer in decimal.

    Raises:
        ValueError: when it is anything else.
    """
    if not isinstance(text, str) or not _KEY.fullmatch(text):
        raise ValueError("the members of an object have numbers for names, such as 32")
    return int(text)
