"""What stands in registries, in the words of a source and in Chinese."""

from typing import Final

from healthpass.authority._records import record
from healthpass.documents._registry_document import KeyEnd
from healthpass.documents._scope import Scope
from healthpass.documents._told import moment
from healthpass.words._code_points import KeyEndReason
from healthpass.words._row import Words

NOTHING: Final = "—"
_LIVES: Final = {
    "max_lifetime": "最长有效期",
    "max_bearer_lifetime": "不绑定设备的码",
    "max_lifetime_without_status": "没有状态位置的码",
}
_UNITS: Final = {"d": "天", "h": "小时", "m": "分钟", "s": "秒"}


def end_words(end: KeyEnd) -> Words:
    """Write when a key ended, and why; an unknown reason as its number (KEY-4)."""
    why = KeyEndReason.words_of(end.reason)
    return Words(f"{moment(end.at)} ({why.en})", f"{moment(end.at)}（{why.zh}）")


def scope_words(scope: Scope) -> Words:
    """Write a scope, with the fields of a source; what allows nothing is left out."""
    lives = {name: life for name, life in record(scope).items() if name != "colors"}
    colors = sorted(scope.colors)
    en = [f"colors {'/'.join(color.label for color in colors)}"] if colors else []
    zh = [f"颜色 {'/'.join(color.words.zh.removesuffix('码') for color in colors)}"] if colors else []
    en += [f"{name} {life}" for name, life in lives.items()]
    zh += [f"{_LIVES[name]} {life[:-1]} {_UNITS[life[-1]]}" for name, life in lives.items()]
    return Words(", ".join(en) or NOTHING, "，".join(zh) or NOTHING)
