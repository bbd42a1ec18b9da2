"""What the codes of registries are called, in the words of a source and in Chinese (spec/registries)."""

from typing import Final, NamedTuple

from healthpass.authority._sources import moment, reason_name, scope_record, use_name
from healthpass.credential._health import Color
from healthpass.documents._registry_document import CREDENTIAL, POLICY, STATUS, KeyEnd
from healthpass.documents._scope import Scope
from healthpass.words._outcomes import Outcome

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
OUTCOMES: Final[dict[Outcome, Words]] = {
    Outcome.APPLIED: Words("the document is in force for this state", "已生效"),
    Outcome.UNCHANGED: Words("the store holds it already", "与现有内容相同"),
    Outcome.SUPERSEDED: Words("it is older than the root that the store began with", "早于本库的起始根，无需处理"),
    Outcome.TOO_LARGE: Words("it is longer than its kind may be, or the update is", "超出长度上限"),
    Outcome.UNSUPPORTED_KIND: Words("its typ is none that this reader handles", "不支持的文件类型"),
    Outcome.MALFORMED_ENVELOPE: Words("its bytes do not follow the layout", "文件结构不符合规范"),
    Outcome.UNKNOWN_SIGNER: Words("no pin and no key that is held has to do with it", "签名者不在信任范围内"),
    Outcome.BAD_SIGNATURE: Words("a signature by a known key does not verify", "签名验证失败"),
    Outcome.THRESHOLD_NOT_MET: Words("too few of the keys that must sign have signed", "签名数未达到门限"),
    Outcome.MALFORMED_PAYLOAD: Words("its payload is not CBOR of the allowed form", "内容编码不符合规范"),
    Outcome.MALFORMED_DOCUMENT: Words("a claim is missing, not allowed or out of its range", "内容不符合规范"),
    Outcome.UNSUPPORTED_DOCUMENT: Words(
        "it holds a critical key that this reader does not know", "含有无法识别的关键字段"
    ),
    Outcome.WRONG_AUTHORITY: Words("it speaks for another authority", "主管机关不符"),
    Outcome.WRONG_ENVIRONMENT: Words("it is of another environment, such as a test", "运行环境不符（如测试环境）"),
    Outcome.DATED_AHEAD: Words("it is dated more than a day ahead of the clock here", "签发时间超前"),
    Outcome.ROOT_GAP: Words("a root between it and the current one is missing", "缺少中间版本的根"),
    Outcome.WRONG_EPOCH: Words("its epoch does not follow the rules", "纪元不符合规则"),
    Outcome.ROLLBACK: Words("it is older than what is held", "版本低于现有版本"),
    Outcome.EQUIVOCATION: Words("it has the version of what is held and another content", "同一版本出现不同内容"),
    Outcome.TOO_MANY: Words("a limit on roots, tombstones or documents is reached", "超出数量上限"),
    Outcome.REQUEST_EXPIRED: Words("the key request is no longer in force", "密钥申请已过期"),
    Outcome.RESTARTED: Words(
        "the pinned root began a new chain; what was held counts as far as its keys have signed it",
        "已按新固定的根重新开始，原有内容须由新密钥签名方为有效",
    ),
    Outcome.EPOCH_OPENED: Words(
        "the root opened an epoch; later revocations of the one before it have fallen", "已开启新纪元"
    ),
    Outcome.WEAK_KEY: Words("a key of it is weak or published, and was dropped alone", "含有弱密钥，已单独剔除"),
    Outcome.REVOKED_KEY_LISTED: Words(
        "it lists a key as good that was revoked; it stays revoked", "已撤销的密钥再次出现，仍按撤销处理"
    ),
    Outcome.BROKEN_CHAIN: Words(
        "it does not follow the version that is held: another one was published", "与上一版本的哈希链不连续"
    ),
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
