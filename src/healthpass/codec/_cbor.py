"""Core deterministic CBOR, restricted to what HP1 uses (spec/credential.md, section 6).

`cbor2` does the coding and this module makes it sound. `cbor2` decodes more than HP1 allows, so each value is
checked for its exact type (`True` and `1.0` equal `1` in Python), and the whole is encoded again and compared,
which leaves one byte string for each value. Its canonical mode is not used: it sorts keys by length first, which
is not RFC 8949, section 4.2.1.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn, TypeAlias

import cbor2

from healthpass.words._errors import MalformedError
from healthpass.words._verdicts import Verdict

Value: TypeAlias = int | bytes | str | list[Any] | dict[int, Any]

MAX_INTEGER: Final = 2**53 - 1  # CBR-3: what the numbers of every language hold exactly
_MIN_INTEGER: Final = -MAX_INTEGER
MAX_DEPTH: Final = 4  # CBR-7
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}  # bytes of a head's argument
_STRINGS: Final = frozenset({2, 3})  # the major types whose argument is a length


def encode(value: Value, *, max_depth: int = MAX_DEPTH) -> bytes:
    """Encode a value whose map keys are in order.

    Raises:
        TypeError: when a type is none of `int`, `bytes`, `str`, `list`, `dict`, or a key is not an `int`.
        ValueError: when an integer is beyond 2^53 - 1, map keys are out of order, or more than `max_depth` arrays
            and maps are open at once.
    """
    _check([value], max_depth)
    return cbor2.dumps(value)


def decode(data: bytes, *, max_depth: int = MAX_DEPTH) -> Value:
    """Decode one value whose signature has been found good (CBR-1 to CBR-7).

    Args:
        data: its bytes.
        max_depth: how many arrays and maps may be open at once.

    Raises:
        MalformedError: `malformed-payload`, when `data` is not the one encoding of an allowed value.
    """
    try:
        value: Value = cbor2.loads(
            data,
            max_depth=max_depth,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            semantic_decoders=_NO_TAGS,
        )
        if encode(value, max_depth=max_depth) == data:
            return value
    except Exception:  # noqa: BLE001, S110 - hostile input: all that can be said is that it is not allowed
        pass
    raise MalformedError(Verdict.MALFORMED_PAYLOAD, "the payload is not in the one CBOR encoding that HP1 allows")


def check_value(value: Value) -> None:
    """Check that a value can be written, whatever the order of its keys.

    Raises:
        ValueError: when it cannot.
    """
    try:
        _check([in_order(value)], MAX_DEPTH)
    except TypeError as error:
        raise ValueError(str(error)) from None


def has_more_items(data: bytes, at_most: int) -> bool:
    """Tell, without decoding, whether there are more data items than that; each key and value counts (DOC-7).

    What this is for is memory: an empty array takes one byte here, and sixty once it is decoded.
    """
    if len(data) <= at_most:  # each item takes a byte
        return False
    at = count = 0
    while at < len(data) and count <= at_most:
        major, info = data[at] >> 5, data[at] & 0x1F
        width = _WIDTHS.get(info, 0)
        argument = int.from_bytes(data[at + 1 : at + 1 + width]) if width else info
        at += 1 + width + (argument if major in _STRINGS else 0)
        count += 1
    return count > at_most


def rank(key: int) -> tuple[bool, int]:
    """Return what sorts map keys by their encodings, bytewise: 0, 1, 2, ... then -1, -2, ... (CBR-5)."""
    return key < 0, abs(key)


def in_order(value: Value) -> Value:
    """Put the keys of all maps in a value in order."""
    match value:
        case dict():
            return {key: in_order(value[key]) for key in sorted(value, key=rank)}
        case list():
            return [in_order(item) for item in value]
    return value


def _check(values: Sequence[Any], depth: int) -> None:
    """Check exact types, bounds and the order of keys, level by level; `depth` levels may be opened."""
    while values:
        inside: list[Any] = []
        for value in values:
            kind = type(value)
            if kind is int:
                if not _MIN_INTEGER <= value <= MAX_INTEGER:
                    raise ValueError("an integer lies beyond 2^53 - 1")
            elif kind is bytes:
                continue
            elif kind is str:
                _check_text(value)
            elif kind is not dict and kind is not list:
                raise TypeError(f"{kind.__name__} is not allowed in HP1; use int, bytes, str, list or dict")
            elif not depth:
                raise ValueError("too many arrays and maps are open at once")
            elif kind is list:
                inside += value
            else:
                _check_keys(value)
                inside += value.values()
        values = inside
        depth -= 1


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text holds half of a surrogate pair, which UTF-8 cannot write") from None


def _check_keys(keys: Iterable[int]) -> None:
    last, lowest = -1, 0
    for key in keys:
        if type(key) is not int:
            raise TypeError(f"a map key must be an int, not {type(key).__name__}")
        if last < key <= MAX_INTEGER and not lowest:
            last = key
        elif _MIN_INTEGER <= key < lowest:  # negative keys come after all others
            lowest = key
        else:
            raise ValueError("a map key is out of order, or lies beyond 2^53 - 1")


def _refuse_tag(*_: object) -> NoReturn:
    raise ValueError("a CBOR tag is not allowed in HP1")


# The tags that cbor2 would turn into objects (dates, regular expressions, shared references ...). Refused at
# once, so that an issuer's mistake costs no more than its bytes; the other tags fail the check of types.
_NO_TAGS: Final = dict.fromkeys(
    (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799),
    _refuse_tag,
)
