"""Changing inputs: bytes, and the values of the CBOR in them."""

import random
from typing import Any, Final

import cbor2

from fuzz import seeds

_EDGES: Final = (0, 1, -1, 23, 24, 32, 255, 256, 65535, 65536, 2**20, 2**32, 2**53 - 1, 2**53, -(2**53), 2**64)
_TIMES: Final = (253_370_764_799, 253_370_764_800, 2_932_531, 2_932_532, 3600, 1793491200, 1793577600)
_STRINGS: Final = ("", "CN", "CN-33-01.WJW", "张*丰", "\u202e", b"", bytes(16))
_VALUES: Final[tuple[Any, ...]] = (*_EDGES, *_TIMES, *_STRINGS, [], {}, True, 1.0)
_LETTERS: Final = "0A\x7f\u200b\ue000\ufffe\U0001f600"
_PIECES: Final = (
    b"HP1:",
    b"HPP1:",
    b" ",
    b"\n",
    b"\0",
    b"\xff" * 8,
    b"\x58\x40",
    b"\x3a\x00\x01\x00\x00",
    b"\x5f",
)


def change_bytes(data: bytes, chance: random.Random, other: bytes = b"") -> bytes:
    """Change a few bytes: flip, set, cut out, repeat, put in, or cross with another input."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        start = chance.randrange(len(changed) + 1)
        end = min(len(changed), start + chance.choice((1, 1, 2, 3, 8, 64)))
        match chance.randrange(6):
            case 0 if start < len(changed):
                changed[start] ^= 1 << chance.randrange(8)
            case 1 if start < len(changed):
                changed[start] = chance.randrange(256)
            case 2:
                del changed[start:end]
            case 3:
                changed[start:start] = changed[start:end]
            case 4:
                changed[start:start] = chance.choice(_PIECES)
            case _ if other:
                from_ = chance.randrange(len(other))
                changed[start:end] = other[from_ : from_ + max(1, end - start)]
    return bytes(changed)


def change_values(data: bytes, chance: random.Random) -> bytes:
    """Change one value in the CBOR that an input holds; what is no CBOR has its bytes changed."""
    for start in (0, seeds.CONDITIONS):
        try:
            value = cbor2.loads(data[start:])
        except Exception:  # noqa: BLE001, S112 - an earlier change has broken it
            continue
        if isinstance(value, dict | list):
            try:
                return data[:start] + cbor2.dumps(_changed(value, chance))
            except Exception:  # noqa: BLE001 - cbor2 reads values that it does not write
                break
    return change_bytes(data, chance)


def _changed(value: Any, chance: random.Random) -> Any:
    """Change one part of a value, at a random depth, or put another in its place."""
    changed = chance.choice(_VALUES)
    match value if chance.random() < 0.8 else None:
        case dict(entries) if entries:
            changed = _changed_map(entries, chance)
        case list(items) if items:
            changed = _changed_list(items, chance)
        case bytes(data):
            changed = change_bytes(data, chance)
        case str(text):
            place = chance.randrange(len(text) + 1)
            changed = text[:place] + chance.choice(_LETTERS) + text[place:]
        case int(number):
            changed = number + chance.choice((-3600, -1, 1, 3600, 86400))
    return changed


def _changed_map(value: dict[Any, Any], chance: random.Random) -> dict[Any, Any]:
    key = chance.choice(list(value))
    changed = dict(value)
    match chance.randrange(8):
        case 0:
            del changed[key]
        case 1:
            changed[chance.choice((0, *range(1, 11), 31, 32, -1, *_EDGES))] = chance.choice(_VALUES)
        case 2 if isinstance(key, int):
            changed[key + chance.choice((-1, 1, 32))] = changed.pop(key)
        case _:
            changed[key] = _changed(value[key], chance)
    # In order most of the time, or nothing beyond the codec would be reached.
    return dict(sorted(changed.items(), key=_rank)) if chance.random() < 0.9 else changed


def _changed_list(value: list[Any], chance: random.Random) -> list[Any]:
    items = list(value)
    place = chance.randrange(len(items))
    match chance.randrange(6):
        case 0:
            del items[place]
        case 1:
            items.insert(place, chance.choice(_VALUES))
        case _:
            items[place] = _changed(items[place], chance)
    return items


def _rank(item: tuple[Any, Any]) -> tuple[bool, int]:
    key = item[0]
    return (key < 0, abs(key)) if isinstance(key, int) else (True, 2**64)
