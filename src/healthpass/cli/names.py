"""What colours, reasons, methods and results are called: in JSON, in English and in Chinese (spec/registries)."""

from enum import IntEnum
from typing import Final

from healthpass import Color, LabMethod, LabResult, Reason
from healthpass.authority._words import Words

COLORS: Final[dict[Color, Words]] = {
    Color.GREEN: Words("green", "绿码"),
    Color.YELLOW: Words("yellow", "黄码"),
    Color.RED: Words("red", "红码"),
}
REASONS: Final[dict[Reason, Words]] = {
    Reason.EXPOSURE: Words("possible exposure to infection", "可能有接触暴露史"),
    Reason.RISK_AREA: Words("stay in a risk area", "有风险地区旅居史"),
    Reason.ARRIVAL_FROM_ABROAD: Words("arrival from abroad", "境外抵达"),
    Reason.TEST_DUE: Words("a test is due", "应检未检"),
    Reason.SYMPTOMS: Words("self-declared symptoms", "自行申报有症状"),
    Reason.ISOLATION_ORDER: Words("isolation ordered by the authority", "主管机关决定隔离"),
    Reason.UNDER_CORRECTION: Words("the colour is under correction", "正在纠错复核"),
    Reason.DECLARATION_LAPSED: Words("the holder's declaration has lapsed", "健康申报已过期"),
}
METHODS: Final[dict[LabMethod, Words]] = {
    LabMethod.NAAT: Words("nucleic acid amplification test", "核酸检测"),
    LabMethod.ANTIGEN: Words("antigen test", "抗原检测"),
    LabMethod.ANTIBODY: Words("antibody test", "抗体检测"),
}
RESULTS: Final[dict[LabResult, Words]] = {
    LabResult.NEGATIVE: Words("negative", "阴性"),
    LabResult.POSITIVE: Words("positive", "阳性"),
}


def json_name(code: int) -> str | int:
    """Return the name of a code as JSON has it, such as `risk-area`; an unknown one stays its number."""
    return code.name.lower().replace("_", "-") if isinstance(code, IntEnum) else code
