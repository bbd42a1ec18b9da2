"""What the words of registries are called in English and Chinese (spec/registries; a test compares them)."""

from typing import Final

from healthpass import Outcome
from healthpass.authority._words import KEY_ENDS, USES, Words
from healthpass.cli.names import Names

OUTCOMES: Final[dict[Outcome, Names]] = {
    Outcome.APPLIED: Names("the document is in force for this state", "已生效"),
    Outcome.UNCHANGED: Names("the store holds it already", "与现有内容相同"),
    Outcome.SUPERSEDED: Names("it is older than the root that the store began with", "早于本库的起始根，无需处理"),
    Outcome.TOO_LARGE: Names("it is longer than its kind may be, or the update is", "超出长度上限"),
    Outcome.UNSUPPORTED_KIND: Names("its typ is none that this reader handles", "不支持的文件类型"),
    Outcome.MALFORMED_ENVELOPE: Names("its bytes do not follow the layout", "文件结构不符合规范"),
    Outcome.UNKNOWN_SIGNER: Names("no pin and no key that is held has to do with it", "签名者不在信任范围内"),
    Outcome.BAD_SIGNATURE: Names("a signature by a known key does not verify", "签名验证失败"),
    Outcome.THRESHOLD_NOT_MET: Names("too few of the keys that must sign have signed", "签名数未达到门限"),
    Outcome.MALFORMED_PAYLOAD: Names("its payload is not CBOR of the allowed form", "内容编码不符合规范"),
    Outcome.MALFORMED_DOCUMENT: Names("a claim is missing, not allowed or out of its range", "内容不符合规范"),
    Outcome.UNSUPPORTED_DOCUMENT: Names(
        "it holds a critical key that this reader does not know", "含有无法识别的关键字段"
    ),
    Outcome.WRONG_AUTHORITY: Names("it speaks for another authority", "主管机关不符"),
    Outcome.WRONG_ENVIRONMENT: Names("it is of another environment, such as a test", "运行环境不符（如测试环境）"),
    Outcome.DATED_AHEAD: Names("it is dated more than a day ahead of the clock here", "签发时间超前"),
    Outcome.ROOT_GAP: Names("a root between it and the current one is missing", "缺少中间版本的根"),
    Outcome.WRONG_EPOCH: Names("its epoch does not follow the rules", "纪元不符合规则"),
    Outcome.ROLLBACK: Names("it is older than what is held", "版本低于现有版本"),
    Outcome.EQUIVOCATION: Names("it has the version of what is held and another content", "同一版本出现不同内容"),
    Outcome.TOO_MANY: Names("a limit on roots, tombstones or documents is reached", "超出数量上限"),
    Outcome.REQUEST_EXPIRED: Names("the key request is no longer in force", "密钥申请已过期"),
    Outcome.RESTARTED: Names("the pinned root began a new chain; what was held is gone", "已按新固定的根重新开始"),
    Outcome.EPOCH_OPENED: Names(
        "the root opened an epoch; later revocations of the one before it have fallen", "已开启新纪元"
    ),
    Outcome.WEAK_KEY: Names("a key of it is weak or published, and was dropped alone", "含有弱密钥，已单独剔除"),
    Outcome.REVOKED_KEY_LISTED: Names(
        "it lists a key as good that was revoked; it stays revoked", "已撤销的密钥再次出现，仍按撤销处理"
    ),
    Outcome.BROKEN_CHAIN: Names(
        "it does not follow the version that is held: another one was published", "与上一版本的哈希链不连续"
    ),
}
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
