"""What a hand-held reader does to a code when it is set otherwise than the code needs.

Nothing is repaired: a text that a reader has changed is malformed (TXT-5). But it is so for everybody in the row,
and no holder is at fault. Where a whole code stands in the text in another form, the operator is told which
setting does that.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from healthpass import MalformedError, VerificationError, Words, inspect_unverified

_FULL_WIDTH: Final = {ord("\u3000"): " "} | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
_AIM: Final = re.compile(r"\A\][A-Za-z][0-9A-Za-z]")
_AROUND: Final = "\t\v\f\r\n\0\x02\x03\x1d\x1e\x04"  # what readers are set to send before or after a code


class _Setting(NamedTuple):
    """A setting of a reader: what undoes it, and what the operator is told."""

    undo: Callable[[str], str]
    en: str
    zh: str


_SETTINGS: Final = (
    _Setting(
        lambda text: text.removeprefix("\ufeff"),
        "a byte order mark stands before the code: save the file, or set the program that sends it, without one",
        "码前有字节顺序标记（BOM）：请将文件或发送程序设为不带 BOM 的 UTF-8",
    ),
    _Setting(
        lambda text: text.strip(_AROUND),
        "a tab or control character stands beside the code: set no prefix, and Enter as the suffix",
        "码的前后有制表符或控制字符：请将扫码枪的前缀设为无、后缀设为回车",
    ),
    _Setting(
        lambda text: text.translate(_FULL_WIDTH),
        "the characters are full-width: switch the input method of this computer to English, half-width",
        "字符为全角：请将本机输入法切换为英文半角",
    ),
    _Setting(
        lambda text: _AIM.sub("", text),
        "the code has a prefix such as ]Q1: switch off the reader's AIM code identifier",
        "码前有 ]Q1 之类的前缀：请关闭扫码枪的 AIM 码制标识符",
    ),
    _Setting(
        lambda text: text if re.search("[A-Z]", text) else text.upper(),  # a setting changes all letters
        "the letters are small: switch off caps lock, and the reader's conversion of letters",
        "字母为小写：请关闭大写锁定，以及扫码枪的大小写转换",
    ),
    _Setting(
        str.strip,
        "spaces stand beside the code: set no prefix, and Enter as the suffix",
        "码的前后有空格：请将扫码枪的前缀设为无、后缀设为回车",
    ),
)


class MisreadError(MalformedError):
    """A whole code stands in a text, but a reader has changed how it is written.

    Attributes:
        advice: which settings to change, for whoever runs the gate.
    """

    def __init__(self, malformed: VerificationError, advice: Words) -> None:
        super().__init__(
            malformed.verdict, "a whole code stands in it, as a reader that is set otherwise writes one"
        )
        self.advice = advice


def misread(text: str, malformed: VerificationError) -> MisreadError | None:
    """Find out whether a malformed text is a code that a reader has changed.

    Args:
        text: the text.
        malformed: why it was refused.

    Returns:
        The same verdict with advice; None where no code stands in the text.
    """
    changed: list[_Setting] = []
    for setting in _SETTINGS:
        if (undone := setting.undo(text)) == text:
            continue
        text = undone
        changed.append(setting)
        try:
            inspect_unverified(text)
        except VerificationError:
            continue
        en, zh = "; ".join(one.en for one in changed), "；".join(one.zh for one in changed)
        words = Words(
            f"The reader, not the code, is to be set right: {en}.", f"请调整扫码枪设置，与持码人无关：{zh}。"
        )
        return MisreadError(malformed, words)
    return None
