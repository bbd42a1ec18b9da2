"""The codes of claims and of registries. `tests/words_from_tables.py` writes their rows from spec/tables."""

# ruff: noqa: E501
# fmt: off

from healthpass.words._row import CodeName, CodeNumber, Words


class Color(CodeNumber):
    """The colour (HLT-4).

    Attributes:
        words: what it is called.
        symbol: a shape for those who do not see colours: ● green, ▲ yellow, ■ red.
    """

    words: Words
    symbol: str

    # colors.csv
    GREEN = 0, Words("green", "绿码"), "●"
    YELLOW = 1, Words("yellow", "黄码"), "▲"
    RED = 2, Words("red", "红码"), "■"


class Reason(CodeNumber):
    """The ground of a yellow or red code, coarse on purpose (HLT-5).

    Attributes:
        words: what it is called.
    """

    words: Words

    # reasons.csv
    EXPOSURE = 1, Words("possible exposure to infection", "可能有暴露史")
    RISK_AREA = 2, Words("stay in a risk area", "有风险地区旅居史")
    ARRIVAL_FROM_ABROAD = 3, Words("arrival from abroad", "自境外入境")
    TEST_DUE = 4, Words("a test is due", "应检未检")
    SYMPTOMS = 5, Words("self-declared symptoms", "自行申报有症状")
    ISOLATION_ORDER = 6, Words("isolation ordered by the authority", "已依法决定隔离")
    UNDER_CORRECTION = 7, Words("the colour is under correction", "正在纠错复核")
    DECLARATION_LAPSED = 8, Words("the holder's declaration has lapsed", "健康申报已过期")


class EvidenceType(CodeNumber):
    """The type of an entry of evidence (HLT-9).

    Attributes:
        words: what it is called.
    """

    words: Words

    # evidence-types.csv
    TEST = 1, Words("test for the infection", "检测")
    VACCINATION = 2, Words("vaccination", "疫苗接种")
    RECOVERY = 3, Words("recovery from the infection", "康复")
    DEPARTURE = 4, Words("departure from a region", "离开某地区")


class LabResult(CodeNumber):
    """The result of a test; a closed list (HLT-9).

    Attributes:
        words: what it is called.
    """

    words: Words

    # test-results.csv
    NEGATIVE = 0, Words("negative", "阴性")
    POSITIVE = 1, Words("positive", "阳性")


class LabMethod(CodeNumber):
    """The method of a test (HLT-9).

    Attributes:
        words: what it is called.
    """

    words: Words

    # test-methods.csv
    NAAT = 1, Words("nucleic acid amplification test", "核酸检测")
    ANTIGEN = 2, Words("antigen test", "抗原检测")
    ANTIBODY = 3, Words("antibody test", "抗体检测")


class KeyUse(CodeNumber):
    """What a key of a registry is for (KEY-3).

    Attributes:
        words: what it is called.
    """

    words: Words

    # key-uses.csv
    CREDENTIAL = 1, Words("credential", "签发凭证")
    STATUS = 2, Words("status", "签署状态列表")
    POLICY = 3, Words("policy", "签署通行规则")


class KeyEndReason(CodeNumber):
    """Why a key was retired or revoked (KEY-4).

    Attributes:
        words: what it is called.
    """

    words: Words

    # key-end-reasons.csv
    UNSPECIFIED = 0, Words("unspecified", "未说明")
    ROTATION = 1, Words("rotation", "例行更新")
    COMPROMISE = 2, Words("compromise", "密钥泄露")
    LOSS = 3, Words("loss", "密钥丢失")
    MISUSE = 4, Words("misuse", "违规使用")
    CLOSURE = 5, Words("closure", "机构撤并")
    ERROR = 6, Words("error", "登记错误")


class Action(CodeNumber):
    """What a gate does with a person (DEC-1).

    Attributes:
        words: what it is called.
    """

    words: Words

    # actions.csv
    ADMIT = 0, Words("admit", "放行")
    HOME_QUARANTINE = 1, Words("quarantine at home", "居家隔离")
    CENTRAL_QUARANTINE = 2, Words("quarantine in a central place", "集中隔离")
    TURN_BACK = 3, Words("turn back", "劝返")
    REFER = 4, Words("refer to a fever clinic", "转送发热门诊")


class Duty(CodeNumber):
    """What else is done for a person (POL-3).

    Attributes:
        words: what it is called.
    """

    words: Words

    # duties.csv
    REGISTER = 0, Words("register the person", "登记信息")
    REPORT = 1, Words("report to the township", "通报属地")
    TEST = 2, Words("test on arrival", "落地检测")
    RETEST = 3, Words("test again", "复检")
    MONITOR = 4, Words("monitor health", "健康监测")


class Shown(CodeNumber):
    """The way in which a code was shown.

    Attributes:
        words: what it is called.
    """

    words: Words

    # shown.csv
    LIVE = 0, Words("shown live by the device that it is bound to", "本人设备实时出示")
    BEARER = 1, Words("a code without a device key, on paper or in a file", "未绑定设备的码，纸质或文件出示")
    BARE = 2, Words("a code with a device key, shown without it", "绑定设备的码，未由该设备出示")
    NONE = 3, Words("no code was shown", "未出示健康码")


class DocumentType(CodeName):
    """A document that a code can be bound to (BND-3); each member equals its name, a plain string.

    Attributes:
        words: what it is called.
        spelling: the regular expression that the whole number matches.
        has_check_digit: whether the last of 18 characters is a check digit (BND-4).
        example: a number of nobody.
    """

    words: Words
    spelling: str
    has_check_digit: bool
    example: str

    # document-types.csv
    RESIDENT_ID = "resident-id", Words("resident identity card", "居民身份证"), r"[1-7][0-9]{5}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]", True, "11010519491231002X"
    HMT_RESIDENCE_PERMIT = "hmt-residence-permit", Words("residence permit for Hong Kong, Macao and Taiwan residents", "港澳台居民居住证"), r"8[123]0000(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]", True, "810000199001010019"
    HM_PERMIT = "hm-permit", Words("mainland travel permit for Hong Kong and Macao residents", "港澳居民来往内地通行证"), r"[HM]([0-9]{8}|A[0-9]{7})", False, "H00000000"
    TW_PERMIT = "tw-permit", Words("mainland travel permit for Taiwan residents", "台湾居民来往大陆通行证"), r"[0-9]{8}", False, "00000000"
    FOREIGNER_PR = "foreigner-pr", Words("foreigner's permanent residence identity card", "外国人永久居留身份证"), r"([A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X])", True, "911101000199001016"
    PASSPORT = "passport", Words("passport", "护照"), r"(D|[A-CE-Z][A-Z]{2}|D[A-DF-Z][A-Z]|DE[A-TV-Z])-[A-Z0-9]{5,9}", False, "CHN-E00000000"
