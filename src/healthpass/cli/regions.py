"""How the demo tells of regions that trust each other; the verdicts are the verifier's, from stores on disk."""

from datetime import datetime, timedelta
from typing import Final

from rich.console import Console
from rich.text import Text

from healthpass import Verified
from healthpass.cli.delta import DAY, Delta, Gate, Office, Region
from healthpass.cli.page import heading, row
from healthpass.cli.show import answer

_HOUR: Final = timedelta(hours=1)
_LONG: Final = 40 * DAY  # longer than a registry lives


def tell(console: Console, delta: Delta) -> str:
    """Tell the scenes of the delta, and return the thief's code."""
    _tell_registries(console, delta)
    _tell_recognition(console, delta)
    _tell_withdrawal(console, delta)
    stolen = _tell_theft(console, delta)
    _tell_isolation(console, delta)
    return stolen


def _tell_registries(console: Console, delta: Delta) -> None:
    heading(console, "7", "Five authorities, each with its own registry", "五个主管机关，各有登记库")
    for region in delta.regions:
        others = [other for other in delta.provinces if other.id in region.recognised]
        en = f"recognises {', '.join(other.names.en for other in others) or 'nobody yet'}"
        zh = f"认可{'、'.join(other.names.zh for other in others)}" if others else "尚未认可其他地区"
        row(console, region.id, f"{region.names.zh} {en} {zh}")
    row(console, "roots", "two of three people sign each; a gate pins one by thumbprint")
    row(console, "", "根由三人中的两人签署，卡口按指纹固定")


def _tell_recognition(console: Console, delta: Delta) -> None:
    heading(console, "8", "Recognised both ways, one way, not at all", "相互认可、单向认可、未认可")
    for region, place, gate, en, zh in (
        (delta.shanghai, "Zhejiang's gate", delta.zhejiang_gate, "both ways", "相互认可：沪码到浙江"),
        (delta.zhejiang, "Shanghai's gate", delta.shanghai_gate, "both ways", "相互认可：浙码到上海"),
        (delta.jiangsu, "Zhejiang's gate", delta.zhejiang_gate, "one way", "单向认可：苏码到浙江"),
        (delta.zhejiang, "Jiangsu's gate", delta.jiangsu_gate, "and not the other", "单向认可：浙码到江苏"),
        (delta.anhui, "Zhejiang's gate", delta.zhejiang_gate, "not at all", "未认可：皖码到浙江"),
        (delta.anhui, "a station", delta.station, "it trusts the platform", "车站信任国家平台：皖码可用"),
    ):
        text = _office(region).code(delta.start)
        _shown(console, f"{region.names.en}'s code at {place}: {en} {zh}", gate, text, delta.start)


def _tell_withdrawal(console: Console, delta: Delta) -> None:
    at = delta.start + DAY
    heading(console, "9", "Recognition is taken back", "取消认可")
    delta.zhejiang.forget(delta.jiangsu)
    delta.zhejiang.publish(at)
    _update(console, delta, delta.zhejiang_gate, "Zhejiang publishes registry 2, without Jiangsu", at)
    code = _office(delta.jiangsu).code(at)
    _shown(console, "Jiangsu's code at Zhejiang's gate 苏码到浙江", delta.zhejiang_gate, code, at, advice=True)


def _tell_theft(console: Console, delta: Delta) -> str:
    at, gate, office = delta.at, delta.zhejiang_gate, _office(delta.shanghai)
    heading(console, "10", "A key is stolen", "密钥被盗")
    honest = office.code(at - _HOUR)
    stolen = office.code(at, holder="李*")  # the thief has the same key
    _shown(console, "the thief's: nothing gives it away yet 盗用者之码，此时无从分辨", gate, stolen, at)
    _shown(console, "an honest one of an hour ago 一小时前的真码", gate, honest, at)
    delta.shanghai.revoke(office.keys[0], at)
    delta.shanghai.publish(at)
    _update(console, delta, gate, "Shanghai revokes the key in an emergency registry 紧急登记库", at)
    _shown(console, "the thief's 盗用者之码", gate, stolen, at)
    _shown(console, "the honest one dies with its key: renew it 真码随之失效，须换领", gate, honest, at)
    renewed = office.code(at, key=1)
    _shown(console, "renewed with the second key 用备用密钥换领", gate, renewed, at)
    return stolen


def _tell_isolation(console: Console, delta: Delta) -> None:
    at = delta.at + _LONG
    heading(console, "11", "A gate without news for forty days", "四十天未更新的卡口")
    code = _office(delta.shanghai).code(at, key=1)
    label = "Shanghai's, good and new: it is the gate that cannot know 沪码本身有效"
    _shown(console, label, delta.zhejiang_gate, code, at, advice=True)


def _update(console: Console, delta: Delta, gate: Gate, what: str, at: datetime) -> None:
    """Have the gate take what its anchor publishes, and tell what is new."""
    results = gate.update(delta.bundle(delta.zhejiang), at)
    applied = sum(result.outcome == "applied" for result in results)
    refused = sum(result.outcome.kind == "refused" for result in results)
    row(console, "news", what)
    row(console, "update", f"Zhejiang's gate: {applied} applied 生效, {refused} refused 拒绝")


def _shown(console: Console, what: str, gate: Gate, text: str, at: datetime, *, advice: bool = False) -> None:
    judgement = gate.judge(text, at)
    verdict = answer.heading(judgement)
    row(console, "code", what)
    if isinstance(judgement, Verified):
        verdict.append(f"  {answer.path_ids(judgement.path, judgement.issuer)}", "dim")
    row(console, "verdict", verdict)
    if advice and not isinstance(judgement, Verified):
        guard = judgement.verdict.guard
        row(console, "guard", Text(guard.en))
        row(console, "", guard.zh)


def _office(region: Region) -> Office:
    assert region.office  # noqa: S101 - every province has one
    return region.office
