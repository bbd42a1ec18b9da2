"""Masking a name, so that a label tells a holder apart and does not name them."""

import re
from typing import Final

from healthpass.credential._holder import MAX_HOLDER, check_holder_to_issue, check_label
from healthpass.words._discreet import discreet

MAX_NAME: Final = 512  # bytes of UTF-8: more than anybody's name
# The common surnames of two characters, in simplified and in traditional form.
_SURNAMES: Final = """
欧阳 上官 皇甫 令狐 诸葛 司徒 司马 司空 申屠 夏侯 贺兰 完颜 慕容 尉迟 长孙 宇文 闻人 端木 南宫 东方
独孤 公孙 轩辕 钟离 鲜于 闾丘 呼延 西门 澹台 濮阳 赫连 拓跋 百里 万俟 淳于 单于 太叔 仲孙 公冶 宗政
东郭 南门 亓官 纳兰 第五 左丘 梁丘 歐陽 諸葛 司馬 賀蘭 完顏 尉遲 長孫 聞人 南宮 東方 獨孤 公孫 軒轅
鍾離 鮮于 閭丘 西門 澹臺 濮陽 赫連 萬俟 單于 仲孫 東郭 南門 納蘭
"""
COMPOUND_SURNAMES: Final = frozenset(_SURNAMES.split())
_DOT: Final = "\u00b7"
_MARKS: Final = "\u0300-\u036f\ufe00-\ufe0f\U000e0100-\U000e01ef"  # accents and variation selectors
_CHARACTER: Final = re.compile(f".[{_MARKS}]{{0,2}}", re.DOTALL)
CHINESE: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CHINESE: Final = re.compile(f"[{CHINESE}{_MARKS}]+")


@discreet
def mask_name(name: str) -> str:
    """Mask a person's name for `HealthCode.holder`. One `*` stands for all that is left out, however much it is.

    >>> mask_name("张三丰"), mask_name("张三"), mask_name("欧阳娜娜"), mask_name("诸葛亮")
    ('张*丰', '张*', '欧阳*娜', '诸葛*')
    >>> mask_name("阿卜杜·热合曼"), mask_name("Anna-Lena Müller")
    ('阿卜杜·*', 'A* M*')

    - Of a name in Chinese characters the surname is kept, two characters where it is one of the common compound
      surnames; and the last character, where the given name has two or more.
    - Of a name with a middle dot (U+00B7) what stands before the first dot is kept.
    - Of any other name the first letter of each word is kept.
    - A name of one character, or of one in a word, is left out as a whole.

    Args:
        name: the name, as the identity document has it.

    Returns:
        A label of at most 48 bytes, never the whole name.

    Raises:
        TypeError: when `name` is not a `str`.
        ValueError: when it is blank, longer than 512 bytes, masked already, or holds what no label may (HLT-7,
            ISS-3), with a hint.
    """
    if not isinstance(name, str):
        raise TypeError(f"a name must be a str, not {type(name).__name__}")
    check_label(name, "a name", MAX_NAME)
    check_holder_to_issue(name)
    words = name.split()
    if not words or "*" in name:
        raise ValueError("a name must not be blank, nor hold a *: one that is masked already is a label")
    before, _, after = " ".join(words).partition(_DOT)
    if after.strip(f"{_DOT} "):
        return _fitting(before, f"{_DOT}*")
    if _CHINESE.fullmatch("".join(words)):
        return _masked_chinese(_CHARACTER.findall("".join(words)))
    return _fitting(" ".join(map(_initial, words)), "")


def _masked_chinese(characters: list[str]) -> str:
    kept = 2 if len(characters) > 2 and "".join(characters[:2]) in COMPOUND_SURNAMES else 1  # noqa: PLR2004
    last = characters[-1] if len(characters) > kept + 1 else ""
    return "".join(characters[:kept]) + "*" + last if len(characters) > 1 else "*"


def _initial(word: str) -> str:
    characters = _CHARACTER.findall(word)
    return f"{characters[0]}*" if len(characters) > 1 else "*"


def _fitting(label: str, end: str) -> str:
    while len((label + end).encode()) > MAX_HOLDER:
        label = label[:-1]
    return label.rstrip() + end
