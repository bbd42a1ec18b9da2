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
from healthpass.cli.language import is_chinese, say
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
        self._page.scene(say("An office makes its key"))
        row(say("office"), say("{} {}, {}", names.en, names.zh, self._office.id))
        row(say("key"), say("kid {}; the private half stays in memory", self._issuer.public_key.kid.hex()))

        issued = self._issuer.issue(_GREEN, at=self._at, document=_DOCUMENT)
        replace(self._folder / "code.svg", svg(issued.text, caption=caption_of(issued)).encode())
        replace(self._folder / "code.png", png(issued.text))
        self._page.scene(say("A traveller gets a green code"))
        row(say("holder"), say("{}, masked; bound to an ID card whose number is not in the code", _GREEN.holder))
        row(say("text"), f"{issued.text[:44]}…")
        row(say("size"), say("{} characters, QR version {}", len(issued.text), version(issued.text)))
        row(say("pictures"), say("code.png; code.svg with a caption, which never names the colour"))

        self._draw("gate.png", issued.text)
        self._page.scene(say("A gate takes a picture and judges it, offline"))
        row(say("picture"), say("gate.png: a phone, turned by 7°, blurred, noisy, unevenly lit"))
        judged = self._judge(self._folder / "gate.png", self._gate, self._at)
        self._tell_holder(judged, issued, _DOCUMENT, _ANOTHER)

    def _tell_refusals(self) -> None:
        impostor = Issuer(self._office.id, signer=SigningKey.generate(), lifetime=DAY)
        green, yellow = (self._issuer.issue(health, at=self._at).text for health in (_GREEN, _YELLOW))
        signature = 96 + (len(yellow) - 4) % 3  # characters of 64 bytes in Base45, which come in threes
        self._draw("forged.png", impostor.issue(_GREEN, at=self._at, document=_DOCUMENT).text)
        self._draw("altered.png", green[:-signature] + yellow[-signature:])
        self._draw("other.png", "HTTPS://EXAMPLE.COM/MENU")
        self._page.scene(say("The gate refuses, and says why"))
        for picture, what, at in (
            ("forged.png", say("another key signs in the office's name"), self._at),
            ("altered.png", say("a yellow code, rewritten to say green"), self._at),
            ("gate.png", say("the traveller's code, a day later"), self._at + DAY),
            ("other.png", say("a QR code of something else"), self._at),
        ):
            self._page.gap()
            self._page.row(say("picture"), say("{}: {}", picture, what))
            self._judge(self._folder / picture, self._gate, at)

    def _tell_live(self) -> None:
        device = HolderKey.generate()
        bound = self._issuer.issue(_GREEN, at=self._at, document=_DOCUMENT, holder_key=device.public_key)
        here, there = (Verifier(self._registry, replay=ReplayMemory()) for _ in range(2))
        soon, later = self._at + timedelta(seconds=20), self._at + timedelta(minutes=2)
        self._draw("live.png", present(bound.text, device, at=self._at))
        self._draw("renewed.png", present(bound.text, device, at=later))
        self._page.scene(say("A screenshot is worth nothing"))
        self._page.row(say("phone"), say("signs its code anew every 30 seconds; gates remember what they saw"))
        for picture, what, gate, at in (
            ("live.png", say("the traveller's phone, live"), here, self._at),
            ("live.png", say("a screenshot of it, 20 seconds later"), here, soon),
            ("live.png", say("the screenshot elsewhere, two minutes later"), there, later),
            ("renewed.png", say("the phone there: its code is a new one"), there, later),
        ):
            self._page.gap()
            self._page.row(say("picture"), say("{}: {}", picture, what))
            self._judge(self._folder / picture, gate, at)

    def _tell_paper(self) -> None:
        issued = self._issuer.issue(_HERS, at=self._at, document=_HER_DOCUMENT)
        replace(self._folder / "sheet.pdf", pdf(issued))
        replace(self._folder / "paper.png", photograph_paper(png(issued.text)))
        self._page.scene(say("A code on paper, for people without a phone"))
        self._page.row(say("holder"), say("{}, masked; bound to an ID card", _HERS.holder))
        self._page.row(say("sheet"), say("sheet.pdf: the code, and a strip to cut off and keep apart"))
        self._page.row(say("picture"), say("paper.png: the code on paper, folded once"))
        self._tell_holder(self._judge(self._folder / "paper.png", self._gate, self._at), issued, _HER_DOCUMENT)

    def _tell_recognition(self) -> None:
        delta, began = self._delta, self._began
        self._page.scene(say("Five authorities, each with its own registry"))
        for one in delta.all:
            others = say(", ").join(_name(other) for other in delta.recognised(one))
            told = (
                say("{} recognises {}", _name(one), others)
                if others
                else say("{} recognises nobody yet", _name(one))
            )
            self._page.row(one.id, told)
        self._page.row(say("roots"), say("two of three people sign each; a gate pins one by thumbprint"))

        self._page.scene(say("Recognised both ways, one way, not at all"))
        for region, place, gate, told in (
            (delta.shanghai, say("Zhejiang's gate"), self._zhejiang_gate, say("both ways")),
            (delta.zhejiang, say("Shanghai's gate"), self._shanghai_gate, say("both ways")),
            (delta.jiangsu, say("Zhejiang's gate"), self._zhejiang_gate, say("one way")),
            (delta.zhejiang, say("Jiangsu's gate"), self._jiangsu_gate, say("and not the other")),
            (delta.anhui, say("Zhejiang's gate"), self._zhejiang_gate, say("not at all")),
            (delta.anhui, say("a station"), self._station, say("it trusts the platform")),
        ):
            what = say("{}'s code at {}: {}", _name(region), place, told)
            self._show(what, gate, region.office.code(began), began)

        at = began + DAY
        self._page.scene(say("Recognition is taken back"))
        delta.zhejiang.draft = unrecognise(delta.zhejiang.draft, delta.jiangsu.id)
        self._publish(say("Zhejiang publishes registry 2, without Jiangsu"), delta.zhejiang, at)
        what = say("Jiangsu's code at Zhejiang's gate")
        self._show(what, self._zhejiang_gate, delta.jiangsu.office.code(at), at)

    def _tell_theft(self) -> None:
        at, gate, shanghai = self._at, self._zhejiang_gate, self._delta.shanghai
        office, stolen = shanghai.office, shanghai.office.key
        honest = office.code(at - timedelta(hours=1))
        thiefs = office.code(at, holder="李*")  # signed with the same key
        replace(self._folder / STOLEN, f"{thiefs}\n".encode())
        self._page.scene(say("A key is stolen"))
        self._show(say("the thief's: nothing gives it away yet"), gate, thiefs, at)
        self._show(say("an honest one of an hour ago"), gate, honest, at)
        key, reason = stolen.public_key.to_bytes(), KeyEndReason.COMPROMISE
        shanghai.draft = revoke(shanghai.draft, key, at=at, reason=reason)
        self._publish(say("Shanghai revokes the key in an emergency registry"), shanghai, at)
        self._show(say("the thief's"), gate, thiefs, at)
        self._show(say("the honest one dies with its key: renew it"), gate, honest, at)
        self._show(say("renewed with the second key"), gate, office.code(at, key=office.spare), at)

        late = at + 40 * DAY  # longer than a registry lives
        self._page.scene(say("A gate without news for forty days"))
        what = say("Shanghai's, good and new: it is the gate that cannot know")
        self._show(what, gate, office.code(late, key=office.spare), late)

    def _tell_noon(self) -> str:
        noon = next_noon(self._at)
        morning, soon = noon - timedelta(hours=4), noon + timedelta(minutes=5)
        gate, station = self._zhejiang_gate, self._station
        self._page.scene(say("A colour is withdrawn at noon"))
        self._page.row(say("ledger"), say("Hangzhou's gives each code a place in a list, in no order"))
        self._page.row(say("time"), say("{} UTC+8, the next noon", f"{noon:%Y-%m-%d %H:%M}"))
        path = self._folder / LEDGER
        if path.exists():  # of an earlier run; a file or a link is left, and said by `create`
            shutil.rmtree(path, ignore_errors=True)
        with SqliteLedger.create(path, self._office.id, at=morning) as ledger:
            issuer = Issuer(self._office.id, signer=self._office.key, lifetime=DAY, ledger=ledger)
            issued = issuer.issue(_GREEN, at=morning, by=say("officer 17"), why=say("a declaration"))
            lists = self._publish_lists(ledger, morning)
            self._update(say("Zhejiang's gate"), gate, lists, morning)
            self._update(say("the station"), station, lists, morning)
            ledger.revoke(issued.cti, by=say("officer 17"), why=say("a positive test"), at=noon)
            done = ledger.history(issued.cti)[-1]
            self._page.row("12:00", say("{} withdraws the code: {}", done.by, done.why))
            self._update(say("Zhejiang's gate"), gate, self._publish_lists(ledger, noon), noon)
            self._page.row(say("log"), say("{} lines, whole", ledger.verify_chain().number))
        self._page.gap()
        self._show(say("12:05 at Zhejiang's gate, offline"), gate, issued.text, soon)
        what = say("12:05 at the station: its list cannot know yet")
        judged = self._show(what, station, issued.text, soon)
        if isinstance(judged, Verified) and judged.status_issued_at:
            made, old = judged.status_issued_at.astimezone(noon.tzinfo), age(judged.status_issued_at, soon)
            self._page.row(say("list"), say("of {}, {}", f"{made:%H:%M}", old))
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
        self._page.row(say("code"), what)
        return self._judge(text, Verifier(gate.registry), at)

    def _tell_holder(self, judged: answer.Judged, issued: Issued, *documents: IdentityDocument) -> None:
        """Tell who answers for a code, and which of the documents it is bound to."""
        if isinstance(judged, Verified):
            until = judged.expires_at.astimezone(self._at.tzinfo)
            told = say("{} answers for it, until {} UTC+8", judged.issuer.id, f"{until:%Y-%m-%d %H:%M}")
            self._page.row(say("issuer"), told)
            for document in documents:
                match = answer.Match(judged.matches_document(*document, issued.opening))
                self._page.row(say("ID card"), f"{document.number} {match.words}")

    def _publish(self, news: str, authority: Authority, at: datetime) -> None:
        authority.publish(at)
        self._page.row(say("news"), news)
        self._update(say("Zhejiang's gate"), self._zhejiang_gate, self._delta.bundle(self._delta.zhejiang), at)

    def _publish_lists(self, ledger: SqliteLedger, at: datetime) -> bytes:
        lists = publish(ledger, self._office.base, self._office.status_key, at=at, lifetime=DAY)
        withdrawn = int.from_bytes(ledger.bitmap(0, at=at)).bit_count()
        self._page.row(f"{at:%H:%M}", say("list 0: {} withdrawn, {} bytes", withdrawn, len(lists[0])))
        return b"".join(lists.values())

    def _update(self, name: str, gate: TrustStore, bundle: bytes, at: datetime) -> None:
        kinds = [result.outcome.kind for result in gate.update(bundle, at=at) if result.outcome != "unchanged"]
        told = say("{}: {} applied, {} refused", name, kinds.count("done"), kinds.count("refused"))
        self._page.row(say("update"), told)


def _name(authority: Authority) -> str:
    """Write what an authority is called, in the language spoken."""
    return authority.names.zh if is_chinese() else authority.names.en


def next_noon(moment: datetime) -> datetime:
    """Return the first noon that comes after a time, in its zone."""
    noon = moment.replace(hour=12, minute=0, second=0, microsecond=0)
    return noon if noon > moment else noon + DAY
