"""What an office's software finds in a code before it is signed. `tests/words_from_tables.py` writes the rows."""

# ruff: noqa: E501
# fmt: off

from healthpass.words._row import CodeName, Words


class IssuingFinding(CodeName):
    """What looks like a slip in a code that an office is about to issue (ISS-8); no verifier asks.

    Attributes:
        words: what is the matter.
    """

    words: Words

    # issuing-findings.csv
    LABEL_BLANKS = "label-blanks", Words("the label has a blank at an end, two in a row, or one that is not a plain space", "标签首尾有空格、有连续空格，或有非普通空格（U+0020）的空白字符")
    LABEL_DOT = "label-dot", Words("the label has a full stop after a Chinese character: the dot of names is U+00B7", "标签中汉字之后是句点：人名间隔号应为 U+00B7")
    LABEL_UNMASKED = "label-unmasked", Words("the label has no *: it must show a part of a name, and * for the rest (ISS-3)", "标签中没有 *：应只显示姓名的一部分，其余以 * 代替（ISS-3）")
    LABEL_DIGITS = "label-digits", Words("the label has five digits in a row, as the number of a document or a telephone", "标签中有连续五位数字，疑为证件号码或电话号码")
    EVIDENCE_AHEAD = "evidence-ahead", Words("a date of the evidence is later than now", "佐证信息中的日期晚于现在")
    DOSE_ABOVE_SERIES = "dose-above-series", Words("the dose is above the number of doses in its series, which is right for a booster alone", "剂次大于总剂数，只有加强针才会如此")
    GREEN_ON_POSITIVE = "green-on-positive", Words("the code is green, and a test in its evidence is positive", "绿码的佐证信息中有阳性检测结果")
    BEGINS_LATE = "begins-late", Words("the code begins more than 30 days from now", "该码要在 30 天以后才生效")
    EXPIRED = "expired", Words("the code has expired already", "该码已经过期")
