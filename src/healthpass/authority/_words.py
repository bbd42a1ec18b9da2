"""What the codes of registries are called, in the words of a source and in Chinese (spec/registries)."""

from typing import Final, NamedTuple

from healthpass._health import Color
from healthpass._registry_document import CREDENTIAL, POLICY, STATUS, KeyEnd
from healthpass._scope import Scope
from healthpass.authority._sources import moment, reason_name, scope_record, use_name

NOTHING: Final = "—"


class Words(NamedTuple):
    """One thing, in words.

    Attributes:
        en: in English.
        zh: in Chinese.
    """

    en: str
    zh: str


USES: Final[dict[int, Words]] = {
    CREDENTIAL: Words("credential", "签发凭证"),
    STATUS: Words("status", "签发状态列表"),
    POLICY: Words("policy", "签发通行规则"),
}
KEY_ENDS: Final[dict[int, Words]] = {
    0: Words("unspecified", "未说明"),
    1: Words("rotation", "例行更新"),
    2: Words("compromise", "密钥泄露"),
    3: Words("loss", "密钥丢失"),
    4: Words("misuse", "违规使用"),
    5: Words("closure", "机构撤并"),
    6: Words("error", "登记错误"),
}
_COLORS: Final = {Color.GREEN: "绿", Color.YELLOW: "黄", Color.RED: "红"}
_LIVES: Final = {
    "max_lifetime": "最长有效期",
    "max_bearer_lifetime": "不绑定设备的码",
    "max_lifetime_without_status": "没有状态位置的码",
}
_UNITS: Final = {"d": "天", "h": "小时", "m": "分钟", "s": "秒"}


def use_words(use: int) -> Words:
    """Write a use; an unknown one as its number (KEY-3)."""
    return USES.get(use) or Words(str(use_name(use)), f"{use}（未知）")


def end_words(end: KeyEnd) -> Words:
    """Write when a key ended, and why; an unknown reason as its number (KEY-4)."""
    why = KEY_ENDS.get(end.reason) or Words(str(reason_name(end.reason)), f"{end.reason}（未知）")
    return Words(f"{moment(end.at)} ({why.en})", f"{moment(end.at)}（{why.zh}）")


def scope_words(scope: Scope) -> Words:
    """Write a scope, with the fields of a source; what allows nothing is left out."""
    lives = {name: life for name, life in scope_record(scope).items() if name != "colors"}
    colors = sorted(scope.colors)
    en = [f"colors {'/'.join(color.name.lower() for color in colors)}"] if colors else []
    zh = [f"颜色 {'/'.join(_COLORS[color] for color in colors)}"] if colors else []
    en += [f"{name} {life}" for name, life in lives.items()]
    zh += [f"{_LIVES[name]} {life[:-1]} {_UNITS[life[-1]]}" for name, life in lives.items()]
    return Words(", ".join(en) or NOTHING, "，".join(zh) or NOTHING)
