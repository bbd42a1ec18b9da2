"""What the words of registries are called in English and Chinese (spec/registries; a test compares them)."""

from typing import Final

from healthpass.authority._words import KEY_ENDS, OUTCOMES, USES, Words

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

ANCHOR: Final = Words("anchor", "信任锚")
RECOGNISED: Final = Words("recognised", "已认可")
REVOKED: Final = Words("revoked", "已撤销")
RETIRED: Final = Words("retired", "已停用")
AHEAD: Final = Words("not yet in use", "尚未启用")
ENDED: Final = Words("ended", "已到期")
LISTS: Final = Words("status lists", "状态列表")
WEAK: Final = Words("weak or published, counts as not there", "弱密钥，视为未登记")


def use(number: int) -> str:
    """Write what a key is for in English and Chinese; an unknown use as its number (KEY-3)."""
    return _both(USES, number)


def key_end(number: int) -> str:
    """Write why a key ended in English and Chinese; an unknown reason as its number (KEY-4)."""
    return _both(KEY_ENDS, number)


def _both(words: dict[int, Words], number: int) -> str:
    return " ".join(words[number]) if number in words else f"number {number}, not known here"
