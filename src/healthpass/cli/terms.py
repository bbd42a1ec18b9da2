"""What the words of registries are called in English and Chinese (spec/registries; a test compares them)."""

from typing import Final

from healthpass.authority._words import KEY_ENDS, OUTCOMES, USES, Words
from healthpass.cli.names import Names

__all__ = [
    "ANCHOR",
    "LISTS",
    "OUTCOMES",
    "RECOGNISED",
    "RETIRED",
    "REVOKED",
    "WEAK",
    "key_end",
    "use",
]

ANCHOR: Final = Names("anchor", "信任锚")
RECOGNISED: Final = Names("recognised", "已认可")
REVOKED: Final = Names("revoked", "已撤销")
RETIRED: Final = Names("retired", "已停用")
AHEAD: Final = Names("not yet in use", "尚未启用")
ENDED: Final = Names("ended", "已到期")
LISTS: Final = Names("status lists", "状态列表")
WEAK: Final = Names("weak or published, counts as not there", "弱密钥，视为未登记")


def use(number: int) -> str:
    """Write what a key is for in English and Chinese; an unknown use as its number (KEY-3)."""
    return _both(USES, number)


def key_end(number: int) -> str:
    """Write why a key ended in English and Chinese; an unknown reason as its number (KEY-4)."""
    return _both(KEY_ENDS, number)


def _both(words: dict[int, Words], number: int) -> str:
    return " ".join(words[number]) if number in words else f"number {number}, not known here"
