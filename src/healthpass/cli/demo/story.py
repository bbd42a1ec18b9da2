"""The scenes of the demo. What they tell of a code, the real decoder and the real verifier have said."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console

from healthpass import (
    Color,
    DocumentType,
    HealthCode,
    HolderKey,
    IdentityDocument,
    Issued,
    Issuer,
    Reason,
    Registry,
    ReplayMemory,
    SigningKey,
    Verified,
    Verifier,
    present,
)
from healthpass.authority import KeyEndReason, revoke, unrecognise
from healthpass.cli.demo import decisions
from healthpass.cli.demo.page import Page
from healthpass.cli.demo.photo import photograph_paper, photograph_phone
from healthpass.cli.demo.regions import DAY, Authority, Delta
from healthpass.cli.io.files import replace
from healthpass.cli.io.sources import each
from healthpass.cli.show import answer
from healthpass.cli.show.times import age
from healthpass.ledger import SqliteLedger, publish
from healthpass.qr import caption_of, png, svg, version
from healthpass.sheet import pdf
from healthpass.store import TrustStore

LEDGER: Final = "ledger"
STOLEN: Final = "stolen.txt"
# Nobody's numbers: the standard's own two examples, and one of a district that does not exist.
_DOCUMENT: Final = IdentityDocument(DocumentType.RESIDENT_ID, "11010519491231002X")
_ANOTHER: Final = IdentityDocument(DocumentType.RESIDENT_ID, "11999919491231003X")
_HER_DOCUMENT: Final = IdentityDocument(DocumentType.RESIDENT_ID, "440524188001010014")
_GREEN: Final = HealthCode(color=Color.GREEN, holder="张*丰")
_YELLOW: Final = HealthCode(color=Color.YELLOW, holder="张*丰", reason=Reason.TEST_DUE)
_HERS: Final = HealthCode(color=Color.GREEN, holder="王*英")


class Story:
    """Tells the scenes.

    Args:
        console: where to tell them.
        folder: where pictures, stores and the ledger stay.
        at: the present, in China.
    """

    def __init__(self, console: Console, folder: Path, at: datetime) -> None:
        began = at - 2 * DAY  # so that nothing is dated ahead
        self._page, self._folder, self._at, self._began = Page(console), folder, at, began
        self._delta = delta = Delta(began)
        self._zhejiang_gate = delta.gate(folder / "zhejiang-gate", delta.zhejiang, began)
        self._shanghai_gate = delta.gate(folder / "shanghai-gate", delta.shanghai, began)
        self._jiangsu_gate = delta.gate(folder / "jiangsu-gate", delta.jiangsu, began)
        self._station = delta.gate(folder / "station", delta.platform, began)
        self._office = delta.zhejiang.office
        self._issuer = Issuer(self._office.id, signer=self._office.key, lifetime=DAY)
        self._registry = Registry.pinned({self._office.id: [self._office.key.public_key]})
        self._gate = Verifier(self._registry)

    def tell(self) -> str:
        """Tell the scenes, and return the reference of the code that was withdrawn."""
        self._tell_code()
        self._tell_refusals()
        self._tell_live()
        self._tell_paper()
        self._tell_recognition()
        self._tell_theft()
        withdrawn = self._tell_noon()
        decisions.tell_checkpoint(self._page, self._at)
        decisions.tell_turn(self._page, self._at)
        with SqliteLedger(self._folder / LEDGER) as ledger:
            decisions.tell_conversion(self._page, self._at, ledger)
        return withdrawn

    def _tell_code(self) -> None:
        names, row = self._office.names, self._page.row
        self._page.scene("An office makes its key", "签发机构生成密钥")
        row("office", f"{names.en} {names.zh}, {self._office.id}")
        row("key", f"kid {self._issuer.public_key.kid.hex()}; the private half stays in memory")

        issued = self._issuer.issue(_GREEN, at=self._at, document=_DOCUMENT)
        replace(self._folder / "code.svg", svg(issued.text, caption=caption_of(issued)).encode())
        replace(self._folder / "code.png", png(issued.text))
        self._page.scene("A traveller gets a green code", "旅客申领绿码")
        row("holder", f"{_GREEN.holder}, masked; bound to an ID card whose number is not in the code")
        row("text", f"{issued.text[:44]}…")
        row("size", f"{len(issued.text)} characters, QR version {version(issued.text)}")
        row("pictures", "code.png; code.svg with a caption, which never names the colour")

        self._draw("gate.png", issued.text)
        self._page.scene("A gate takes a picture and judges it, offline", "验码点拍照，离线核验")
        row("picture", "gate.png: a phone, turned by 7°, blurred, noisy, unevenly lit")
        judged = self._judge(self._folder / "gate.png", self._gate, self._at)
        self._tell_holder(judged, issued, _DOCUMENT, _ANOTHER)

    def _tell_refusals(self) -> None:
        impostor = Issuer(self._office.id, signer=SigningKey.generate(), lifetime=DAY)
        green, yellow = (self._issuer.issue(health, at=self._at).text for health in (_GREEN, _YELLOW))
        signature = 96 + (len(yellow) - 4) % 3  # characters of 64 bytes in Base45, which come in threes
        self._draw("forged.png", impostor.issue(_GREEN, at=self._at, document=_DOCUMENT).text)
        self._draw("altered.png", green[:-signature] + yellow[-signature:])
        self._draw("other.png", "HTTPS://EXAMPLE.COM/MENU")
        self._page.scene("The gate refuses, and says why", "拒绝，并说明原因")
        for picture, en, zh, at in (
            ("forged.png", "another key signs in the office's name", "他人密钥冒用机构名义签发", self._at),
            ("altered.png", "a yellow code, rewritten to say green", "黄码内容被改成绿码", self._at),
            ("gate.png", "the traveller's code, a day later", "次日再次出示同一码", self._at + DAY),
            ("other.png", "a QR code of something else", "其他用途的二维码", self._at),
        ):
            self._page.gap()
            self._page.row("picture", f"{picture}: {en}", zh)
            self._judge(self._folder / picture, self._gate, at)

    def _tell_live(self) -> None:
        device = HolderKey.generate()
        bound = self._issuer.issue(_GREEN, at=self._at, document=_DOCUMENT, holder_key=device.public_key)
        here, there = (Verifier(self._registry, replay=ReplayMemory()) for _ in range(2))
        soon, later = self._at + timedelta(seconds=20), self._at + timedelta(minutes=2)
        self._draw("live.png", present(bound.text, device, at=self._at))
        self._draw("renewed.png", present(bound.text, device, at=later))
        self._page.scene("A screenshot is worth nothing", "与手机绑定的码，截图无效")
        self._page.row("phone", "signs its code anew every 30 seconds; gates remember what they saw")
        for picture, en, zh, gate, at in (
            ("live.png", "the traveller's phone, live", "本人手机实时出示", here, self._at),
            ("live.png", "a screenshot of it, 20 seconds later", "二十秒后出示其截图", here, soon),
            ("live.png", "the screenshot elsewhere, two minutes later", "两分钟后在别处出示截图", there, later),
            ("renewed.png", "the phone there: its code is a new one", "本人手机，码已自动更新", there, later),
        ):
            self._page.gap()
            self._page.row("picture", f"{picture}: {en}", zh)
            self._judge(self._folder / picture, gate, at)

    def _tell_paper(self) -> None:
        issued = self._issuer.issue(_HERS, at=self._at, document=_HER_DOCUMENT)
        replace(self._folder / "sheet.pdf", pdf(issued))
        replace(self._folder / "paper.png", photograph_paper(png(issued.text)))
        self._page.scene("A code on paper, for people without a phone", "纸质码，没有手机也能出行")
        self._page.row("holder", f"{_HERS.holder}, masked; bound to an ID card")
        self._page.row("sheet", "sheet.pdf: the code, and a strip to cut off and keep apart")
        self._page.row("picture", "paper.png: the code on paper, folded once")
        self._tell_holder(self._judge(self._folder / "paper.png", self._gate, self._at), issued, _HER_DOCUMENT)

    def _tell_recognition(self) -> None:
        delta, began = self._delta, self._began
        self._page.scene("Five authorities, each with its own registry", "五个主管机关，各有登记库")
        for one in delta.all:
            others = [other.names for other in delta.recognised(one)]
            en, zh = ", ".join(names.en for names in others), "、".join(names.zh for names in others)
            self._page.row(one.id, f"{one.names.zh} recognises {en or 'nobody yet'} 认可：{zh or '无'}")
        pins = "two of three people sign each; a gate pins one by thumbprint"
        self._page.row("roots", pins, "根由三人中的两人签署，验码点按指纹固定")

        self._page.scene("Recognised both ways, one way, not at all", "相互认可、单向认可、未认可")
        for region, place, gate, told in (
            (delta.shanghai, "Zhejiang's gate", self._zhejiang_gate, "both ways 相互认可：沪码到浙江"),
            (delta.zhejiang, "Shanghai's gate", self._shanghai_gate, "both ways 相互认可：浙码到上海"),
            (delta.jiangsu, "Zhejiang's gate", self._zhejiang_gate, "one way 单向认可：苏码到浙江"),
            (delta.zhejiang, "Jiangsu's gate", self._jiangsu_gate, "and not the other 单向认可：浙码到江苏"),
            (delta.anhui, "Zhejiang's gate", self._zhejiang_gate, "not at all 未认可：皖码到浙江"),
            (delta.anhui, "a station", self._station, "it trusts the platform 车站信任国家平台：皖码可用"),
        ):
            what = f"{region.names.en}'s code at {place}: {told}"
            self._show(what, gate, region.office.code(began), began)

        at = began + DAY
        self._page.scene("Recognition is taken back", "取消认可")
        delta.zhejiang.draft = unrecognise(delta.zhejiang.draft, delta.jiangsu.id)
        self._publish("Zhejiang publishes registry 2, without Jiangsu", delta.zhejiang, at)
        what = "Jiangsu's code at Zhejiang's gate 苏码到浙江"
        self._show(what, self._zhejiang_gate, delta.jiangsu.office.code(at), at)

    def _tell_theft(self) -> None:
        at, gate, shanghai = self._at, self._zhejiang_gate, self._delta.shanghai
        office, stolen = shanghai.office, shanghai.office.key
        honest = office.code(at - timedelta(hours=1))
        thiefs = office.code(at, holder="李*")  # signed with the same key
        replace(self._folder / STOLEN, f"{thiefs}\n".encode())
        self._page.scene("A key is stolen", "密钥被盗")
        self._show("the thief's: nothing gives it away yet 盗用者的码，此时无从分辨", gate, thiefs, at)
        self._show("an honest one of an hour ago 一小时前的真码", gate, honest, at)
        key, reason = stolen.public_key.to_bytes(), KeyEndReason.COMPROMISE
        shanghai.draft = revoke(shanghai.draft, key, at=at, reason=reason)
        self._publish("Shanghai revokes the key in an emergency registry 紧急登记库", shanghai, at)
        self._show("the thief's 盗用者的码", gate, thiefs, at)
        self._show("the honest one dies with its key: renew it 真码随之失效，须换领", gate, honest, at)
        self._show("renewed with the second key 用备用密钥换领", gate, office.code(at, key=office.spare), at)

        late = at + 40 * DAY  # longer than a registry lives
        self._page.scene("A gate without news for forty days", "四十天未更新的验码点")
        what = "Shanghai's, good and new: it is the gate that cannot know 沪码本身有效"
        self._show(what, gate, office.code(late, key=office.spare), late)

    def _tell_noon(self) -> str:
        noon = next_noon(self._at)
        morning, soon = noon - timedelta(hours=4), noon + timedelta(minutes=5)
        gate, station = self._zhejiang_gate, self._station
        self._page.scene("A colour is withdrawn at noon", "中午撤回一个绿码")
        what = "Hangzhou's gives each code a place in a list, in no order"
        self._page.row("ledger", what, "台账为每个码分配状态列表中的位置，次序无规律可循")
        self._page.row("time", f"{noon:%Y-%m-%d %H:%M} UTC+8, the next noon 下一个中午，北京时间")
        path = self._folder / LEDGER
        if path.exists():  # of an earlier run; a file or a link is left, and said by `create`
            shutil.rmtree(path, ignore_errors=True)
        with SqliteLedger.create(path, self._office.id, at=morning) as ledger:
            issuer = Issuer(self._office.id, signer=self._office.key, lifetime=DAY, ledger=ledger)
            issued = issuer.issue(_GREEN, at=morning, by="officer 17", why="a declaration 健康申报")
            lists = self._publish_lists(ledger, morning)
            self._update("Zhejiang's gate", gate, lists, morning)
            self._update("the station", station, lists, morning)
            ledger.revoke(issued.cti, by="officer 17", why="a positive test 检测阳性", at=noon)
            done = ledger.history(issued.cti)[-1]
            self._page.row("12:00", f"{done.by} withdraws the code: {done.why}，撤回")
            self._update("Zhejiang's gate", gate, self._publish_lists(ledger, noon), noon)
            self._page.row("log", f"{ledger.verify_chain().number} lines, whole 台账日志完整")
        self._page.gap()
        self._show("12:05 at Zhejiang's gate, offline 浙江验码点，离线", gate, issued.text, soon)
        what = "12:05 at the station: its list cannot know yet 车站的列表尚未更新"
        judged = self._show(what, station, issued.text, soon)
        if isinstance(judged, Verified) and judged.status_issued_at:
            made, old = judged.status_issued_at.astimezone(noon.tzinfo), age(judged.status_issued_at, soon)
            self._page.row("list", f"of {made:%H:%M}, {old.en} 状态列表{old.zh}")
        return issued.cti.hex()

    def _draw(self, picture: str, text: str) -> None:
        """Leave a photograph of a phone that shows a text."""
        replace(self._folder / picture, photograph_phone(png(text)))

    def _judge(self, source: Path | str, gate: Verifier, at: datetime) -> answer.Judged:
        """Judge the first code of a picture, or a text, and tell the verdict."""
        judged = next(each(str(source), lambda text: gate.verify(text, at=at)))
        self._page.verdict(judged)
        return judged

    def _show(self, what: str, gate: TrustStore, text: str, at: datetime) -> answer.Judged:
        """Show a code at a gate, which knows what its store holds."""
        self._page.row("code", what)
        return self._judge(text, Verifier(gate.registry), at)

    def _tell_holder(self, judged: answer.Judged, issued: Issued, *documents: IdentityDocument) -> None:
        """Tell who answers for a code, and which of the documents it is bound to."""
        if isinstance(judged, Verified):
            until = judged.expires_at.astimezone(self._at.tzinfo)
            self._page.row("issuer", f"{judged.issuer.id} answers for it, until {until:%Y-%m-%d %H:%M} UTC+8")
            for document in documents:
                match = answer.Match(judged.matches_document(*document, issued.opening))
                self._page.row("ID card", f"{document.number} {match.words}")

    def _publish(self, news: str, authority: Authority, at: datetime) -> None:
        authority.publish(at)
        self._page.row("news", news)
        self._update("Zhejiang's gate", self._zhejiang_gate, self._delta.bundle(self._delta.zhejiang), at)

    def _publish_lists(self, ledger: SqliteLedger, at: datetime) -> bytes:
        lists = publish(ledger, self._office.base, self._office.status_key, at=at, lifetime=DAY)
        withdrawn = int.from_bytes(ledger.bitmap(0, at=at)).bit_count()
        self._page.row(f"{at:%H:%M}", f"list 0: {withdrawn} withdrawn 撤回, {len(lists[0])} bytes")
        return b"".join(lists.values())

    def _update(self, name: str, gate: TrustStore, bundle: bytes, at: datetime) -> None:
        kinds = [result.outcome.kind for result in gate.update(bundle, at=at) if result.outcome != "unchanged"]
        told = f"{kinds.count('done')} applied 生效, {kinds.count('refused')} refused 拒绝"
        self._page.row("update", f"{name}: {told}")


def next_noon(moment: datetime) -> datetime:
    """Return the first noon that comes after a time, in its zone."""
    noon = moment.replace(hour=12, minute=0, second=0, microsecond=0)
    return noon if noon > moment else noon + DAY
