"""The events that colour rules see. `tests/words_from_tables.py` writes their rows from spec/tables."""

# ruff: noqa: E501
# fmt: off

from healthpass.words._row import CodeName, Words


class EventName(CodeName):
    """What happened to a person, as colour rules see it (CLR-9); each member equals its name, a plain string.

    Attributes:
        words: what it is called.
        members: what is known of each, beside its time.
    """

    words: Words
    members: tuple[str, ...]

    # coloring-events.csv
    DECLARATION = "declaration", Words("declaration of health", "健康申报"), ("healthy",)
    CHECK_IN = "check-in", Words("daily health check-in", "每日健康打卡"), ("healthy",)
    EXPOSURE = "exposure", Words("last possible exposure to infection", "末次可能暴露"), ("kind",)
    STAY = "stay", Words("last presence in a risk area", "最后一次在风险地区停留"), ("level",)
    ARRIVAL = "arrival", Words("arrival in the office's region", "抵达本地"), ("kind",)
    TEST = "test", Words("test for the infection by the time of sampling", "检测（以采样时间为准）"), ("kind", "result")
    DIAGNOSIS = "diagnosis", Words("diagnosis or suspicion of the infection", "确诊或疑似"), ("kind",)
    DISCHARGE = "discharge", Words("end of care: cured or ruled out", "出院或排除诊断"), ()
    ORDER = "order", Words("measure ordered by the authority", "依法决定采取措施"), ("kind",)
    RELEASE = "release", Words("measures lifted by the authority", "依法解除措施"), ()


class EventKind(CodeName):
    """Which sort of an event it was (CLR-9); each member equals its name, a plain string.

    Attributes:
        words: what it is called.
        event: the event that it is a sort of.
    """

    words: Words
    event: str

    # coloring-kinds.csv
    CLOSE_CONTACT = "close-contact", Words("close contact", "密切接触者"), "exposure"
    CONTACT_OF_CONTACT = "contact-of-contact", Words("contact of a close contact", "密接的密接"), "exposure"
    SHARED_PLACE = "shared-place", Words("at the same place and time as a case", "与病例同时空"), "exposure"
    ABROAD = "abroad", Words("from abroad", "自境外入境"), "arrival"
    KEY_AREA = "key-area", Words("from a key area", "来自重点地区"), "arrival"
    ELSEWHERE = "elsewhere", Words("from another region", "来自其他地区"), "arrival"
    NAAT = "naat", Words("nucleic acid amplification test", "核酸检测"), "test"
    ANTIGEN = "antigen", Words("antigen test", "抗原检测"), "test"
    ANTIBODY = "antibody", Words("antibody test", "抗体检测"), "test"
    CONFIRMED = "confirmed", Words("confirmed case", "确诊病例"), "diagnosis"
    ASYMPTOMATIC = "asymptomatic", Words("infected without symptoms", "无症状感染者"), "diagnosis"
    CLINICAL = "clinical", Words("clinically diagnosed case", "临床诊断病例"), "diagnosis"
    SUSPECTED = "suspected", Words("suspected case", "疑似病例"), "diagnosis"
    FEVER = "fever", Words("fever under examination", "发热待查"), "diagnosis"
    CENTRAL_QUARANTINE = "central-quarantine", Words("central quarantine", "集中隔离"), "order"
    HOME_QUARANTINE = "home-quarantine", Words("home quarantine", "居家隔离"), "order"
    HOME_MONITORING = "home-monitoring", Words("home health monitoring", "居家健康监测"), "order"
    OTHER_STRICT = "other-strict", Words("another strict measure", "其他严格管控措施"), "order"
    OTHER_LIMITED = "other-limited", Words("another limited measure", "其他有限管控措施"), "order"
