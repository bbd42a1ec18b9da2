"""What colours, reasons, methods and results are called: in JSON, in English and in Chinese (spec/registries)."""

from enum import IntEnum
from typing import Final, NamedTuple

from healthpass import Color, LabMethod, LabResult, Reason


class Names(NamedTuple):
    """What people call one code."""

    en: str
    zh: str


COLORS: Final[dict[Color, Names]] = {
    Color.GREEN: Names("green", "绿码"),
    Color.YELLOW: Names("yellow", "黄码"),
    Color.RED: Names("red", "红码"),
}
REASONS: Final[dict[Reason, Names]] = {
    Reason.EXPOSURE: Names("possible exposure to infection", "可能有接触暴露史"),
    Reason.RISK_AREA: Names("stay in a risk area", "有风险地区旅居史"),
    Reason.ARRIVAL_FROM_ABROAD: Names("arrival from abroad", "境外抵达"),
    Reason.TEST_DUE: Names("a test is due", "应检未检"),
    Reason.SYMPTOMS: Names("self-declared symptoms", "自行申报有症状"),
    Reason.ISOLATION_ORDER: Names("isolation ordered by the authority", "主管机关决定隔离"),
    Reason.UNDER_CORRECTION: Names("the colour is under correction", "正在纠错复核"),
    Reason.DECLARATION_LAPSED: Names("the holder's declaration has lapsed", "健康申报已过期"),
}
METHODS: Final[dict[LabMethod, Names]] = {
    LabMethod.NAAT: Names("nucleic acid amplification test", "核酸检测"),
    LabMethod.ANTIGEN: Names("antigen test", "抗原检测"),
    LabMethod.ANTIBODY: Names("antibody test", "抗体检测"),
}
RESULTS: Final[dict[LabResult, Names]] = {
    LabResult.NEGATIVE: Names("negative", "阴性"),
    LabResult.POSITIVE: Names("positive", "阳性"),
}


def json_name(code: int) -> str | int:
    """Return the name of a code as JSON has it, such as `risk-area`; an unknown one stays its number."""
    return code.name.lower().replace("_", "-") if isinstance(code, IntEnum) else code
