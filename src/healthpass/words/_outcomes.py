"""Outcomes: what came of a document that was offered to a store. `tests/words_from_tables.py` writes their rows."""

# ruff: noqa: E501
# fmt: off

from typing import Literal

from healthpass.words._row import CodeName, Words


class Outcome(CodeName):
    """What came of a document, or a note beside it; each member equals its code, a plain string.

    Attributes:
        kind: `done`, `refused`, or `note` for what is told beside an outcome.
        words: what it means.
    """

    kind: Literal["done", "refused", "note"]
    words: Words

    # outcomes.csv
    APPLIED = "applied", "done", Words("the document is in force for this state", "已生效")
    UNCHANGED = "unchanged", "done", Words("the store holds it already", "与现有内容相同")
    SUPERSEDED = "superseded", "done", Words("it is older than the root that the chain begins with", "早于本库的起始根，无需处理")
    TOO_LARGE = "too-large", "refused", Words("it is longer than its kind may be, or the update is", "超出长度上限")
    UNSUPPORTED_KIND = "unsupported-kind", "refused", Words("its typ is none that this reader handles", "不支持的文件类型")
    MALFORMED_ENVELOPE = "malformed-envelope", "refused", Words("its bytes do not follow the layout", "文件结构不符合规范")
    UNKNOWN_SIGNER = "unknown-signer", "refused", Words("no pin and no key that is held has to do with it", "签名者不在信任范围内")
    BAD_SIGNATURE = "bad-signature", "refused", Words("a signature by a known key does not verify", "签名验证失败")
    THRESHOLD_NOT_MET = "threshold-not-met", "refused", Words("too few of the keys that must sign have signed", "签名数未达到门限")
    MALFORMED_PAYLOAD = "malformed-payload", "refused", Words("its payload is not CBOR of the allowed form", "内容编码不符合规范")
    MALFORMED_DOCUMENT = "malformed-document", "refused", Words("a claim is missing, not allowed or out of its range", "内容不符合规范")
    UNSUPPORTED_DOCUMENT = "unsupported-document", "refused", Words("it holds a critical key that this reader does not know", "含有无法识别的关键字段")
    WRONG_AUTHORITY = "wrong-authority", "refused", Words("it speaks for another authority", "主管机关不符")
    WRONG_ENVIRONMENT = "wrong-environment", "refused", Words("it is of another environment, such as a test", "运行环境不符（如测试环境）")
    DATED_AHEAD = "dated-ahead", "refused", Words("it is dated more than a day ahead of the clock here", "签署时间超前")
    ROOT_GAP = "root-gap", "refused", Words("a root between it and the current one is missing", "缺少中间版本的根")
    WRONG_EPOCH = "wrong-epoch", "refused", Words("its epoch is not the one that is expected", "纪元不符")
    ROLLBACK = "rollback", "refused", Words("it is older than what is held", "版本低于现有版本")
    EQUIVOCATION = "equivocation", "refused", Words("it has the version of what is held and another content", "同一版本出现不同内容")
    REVOCATION_UNDONE = "revocation-undone", "refused", Words("it leaves out or changes an entry that was revoked", "撤销记录被删改")
    TOO_MANY = "too-many", "refused", Words("a limit on roots, documents or lists is reached", "超出数量上限")
    REQUEST_EXPIRED = "request-expired", "refused", Words("the key request is no longer in force", "密钥登记申请已过期")
    EPOCH_OPENED = "epoch-opened", "note", Words("the root opened an epoch; its authority speaks afresh", "已启用新纪元，主管机关重新登记")
    BROKEN_CHAIN = "broken-chain", "note", Words("it does not follow the version that is held: another one was published", "与上一版本的杂凑链不连续")
