"""How the demo tells of a colour that is withdrawn: a real ledger, real lists, and two gates with their stores."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from healthpass import Color, HealthCode, Issued, Issuer, Verified
from healthpass.cli import ledgers
from healthpass.cli.delta import BASE, LIFETIME, Delta, Gate, Office
from healthpass.cli.lists import SeenList
from healthpass.cli.page import china, heading, hour, next_noon, row
from healthpass.cli.show import answer
from healthpass.cli.show.times import age
from healthpass.documents._status_list import Status
from healthpass.ledger import SqliteLedger, publish

LEDGER: Final = "ledger.db"
_MORNING: Final = timedelta(hours=4)  # before noon
_SOON: Final = timedelta(minutes=5)
_OFFICER: Final = "officer 17"
_GROUND: Final = "a positive test 检测阳性"


def tell(console: Console, delta: Delta, folder: Path) -> str:
    """Tell the scene, leave the ledger in the folder, and return the reference of the code."""
    office = delta.zhejiang.office
    assert office  # noqa: S101 - every province has one
    noon = next_noon(delta.at)
    morning, soon = noon - _MORNING, noon + _SOON
    gate, station = delta.zhejiang_gate, delta.station
    heading(console, "12", "A colour is withdrawn at noon", "中午撤回一个绿码")
    row(console, "ledger", "Hangzhou's gives each code a place in a list, in no order")
    row(console, "", "台账为每个码分配状态列表中的位置，次序无规律可循")
    row(console, "time", f"{china(noon)}, the next noon 下一个中午，北京时间")
    path = folder / LEDGER
    _clear(path)
    with ledgers.using(path), SqliteLedger.create(path, office.id, at=morning) as ledger:
        issued = _issued(office, ledger, morning)
        lists = _published(console, office, ledger, issued, morning)
        taken = sum(_taken(each, lists, morning) for each in (gate, station))
        row(console, "update", f"both gates: {taken} applied 两处卡口均生效")
        ledger.revoke(issued.cti, by=_OFFICER, why=_GROUND, at=noon)
        done = ledger.history(issued.cti)[-1]
        row(console, hour(done.at), f"{done.by} withdraws the code: {done.why}，撤回")
        lists = _published(console, office, ledger, issued, noon)
        taken = _taken(gate, lists, noon)
        row(console, "update", f"Zhejiang's gate: {taken} applied 浙江卡口生效; not the station 车站未更新")
        row(console, "log", f"{ledger.verify_chain().number} lines, whole 台账日志完整")
    console.print()
    _shown(console, "Zhejiang's gate, offline 浙江卡口，离线", gate, issued.text, soon)
    _shown(console, "the station: its list cannot know yet 车站的列表尚不知情", station, issued.text, soon)
    return issued.cti.hex()


def _issued(office: Office, ledger: SqliteLedger, at: datetime) -> Issued:
    issuer = Issuer(office.id, signer=office.keys[0], lifetime=LIFETIME, ledger=ledger)
    health = HealthCode(color=Color.GREEN, holder="陈*明")
    return issuer.issue(health, at=at, by=_OFFICER, why="a declaration 健康申报")


def _published(
    console: Console, office: Office, ledger: SqliteLedger, issued: Issued, at: datetime
) -> tuple[bytes, ...]:
    """Publish all lists, and tell of the one that the code has its place in."""
    lists = publish(ledger, BASE, office.status_key, at=at, lifetime=LIFETIME)
    assert issued.health.status  # noqa: S101 - the ledger has given it
    number = issued.health.status.list
    seen = SeenList.of(lists[number])
    row(console, hour(at), f"list {number}: {seen.count(Status.REVOKED)} withdrawn 撤回, {len(seen.data)} bytes")
    return tuple(lists.values())


def _taken(gate: Gate, lists: tuple[bytes, ...], at: datetime) -> int:
    """Have a gate take lists, and count those that it applied."""
    return sum(result.outcome == "applied" for result in gate.update(b"".join(lists), at))


def _shown(console: Console, what: str, gate: Gate, text: str, at: datetime) -> None:
    judgement = gate.judge(text, at)
    verdict = answer.heading(judgement)
    row(console, hour(at), what)
    if isinstance(judgement, Verified):
        verdict.append(f"  {answer.path_ids(judgement.path, judgement.issuer)}", "dim")
    row(console, "verdict", verdict)
    if not isinstance(judgement, Verified):
        guard = judgement.verdict.guard
        row(console, "guard", Text(guard.en))
        row(console, "", guard.zh)
    elif judgement.status_issued_at is not None:
        old = age(judgement.status_issued_at, at)
        row(console, "list", f"of {hour(judgement.status_issued_at)}, {old.en} 状态列表签发于{old.zh}")


def _clear(path: Path) -> None:
    """Clear away the ledger of an earlier run, whose keys are gone."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
