"""The story that `healthpass demo` tells: who is in it, and the codes that come to the gate."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

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
    SigningKey,
    present,
)
from healthpass.cli.photo import photograph, photograph_paper
from healthpass.codec import _text
from healthpass.qr import caption_of, png, svg
from healthpass.sheet import pdf

OFFICE: Final = "CN-33-01.WJW"
LIFETIME: Final = timedelta(hours=24)
HOLDER: Final = "张*丰"
GRANDMOTHER: Final = "王*英"
# Nobody's numbers: the standard's own two examples, and one of a district that does not exist.
DOCUMENT: Final = IdentityDocument(DocumentType.RESIDENT_ID, "11010519491231002X")
ANOTHER: Final = IdentityDocument(DocumentType.RESIDENT_ID, "11999919491231003X")
HER_DOCUMENT: Final = IdentityDocument(DocumentType.RESIDENT_ID, "440524188001010014")
GATE_PICTURE: Final = "gate.png"
LIVE_PICTURE: Final = "live.png"
RENEWED_PICTURE: Final = "renewed.png"
PAPER_PICTURE: Final = "paper.png"
SHEET: Final = "sheet.pdf"
_SOON: Final = timedelta(seconds=20)
_LATER: Final = timedelta(minutes=2)

# The key of the health code, the head of its map, the key of color: the next byte is the colour.
_BEFORE_COLOR: Final = bytes.fromhex("3a00010000 a4 01")


class Arrival(NamedTuple):
    """Somebody shows a code.

    Attributes:
        picture: the name of the picture that the gate takes.
        en: what it is, in English.
        zh: what it is, in Chinese.
        at: when it is shown.
    """

    picture: str
    en: str
    zh: str
    at: datetime


@dataclass(frozen=True)
class Story:
    """An office, a traveller, a gate.

    Attributes:
        key: the office's key.
        issuer: the office.
        registry: whom the gate trusts: this office alone.
        issued: the traveller's code.
        device: the key in the traveller's phone.
        bound: a code that is bound to it.
        paper: the code of somebody who has no phone.
        at: when they were issued.
    """

    key: SigningKey
    issuer: Issuer
    registry: Registry
    issued: Issued
    device: HolderKey
    bound: Issued
    paper: Issued
    at: datetime

    @classmethod
    def begin(cls, at: datetime) -> "Story":
        """Make new keys, which are never written, and issue the codes."""
        key = SigningKey.generate()
        issuer = Issuer(OFFICE, signer=key, lifetime=LIFETIME)
        device = HolderKey.generate()
        his, hers = (HealthCode(color=Color.GREEN, holder=holder) for holder in (HOLDER, GRANDMOTHER))
        return cls(
            key=key,
            issuer=issuer,
            registry=Registry.pinned({OFFICE: [issuer.public_key]}),
            issued=issuer.issue(his, at=at, document=DOCUMENT),
            device=device,
            bound=issuer.issue(his, at=at, document=DOCUMENT, holder_key=device.public_key),
            paper=issuer.issue(hers, at=at, document=HER_DOCUMENT),
            at=at,
        )

    def arrivals(self) -> tuple[Arrival, ...]:
        """Say who comes to the gate and is refused."""
        return (
            Arrival("forged.png", "another key signs in the office's name", "他人密钥冒用机构名义签发", self.at),
            Arrival("altered.png", "a yellow code, one bit changed to green", "黄码被改动一位，冒充绿码", self.at),
            Arrival(GATE_PICTURE, "the traveller's code, a day later", "次日再次出示同一码", self.at + LIFETIME),
            Arrival("other.png", "a QR code of something else", "其他用途的二维码", self.at),
        )

    def gates(self) -> tuple[tuple[Arrival, ...], ...]:
        """Say who shows the code that is bound to a phone, at each of two gates, which remember what they saw."""
        soon, later = self.at + _SOON, self.at + _LATER
        return (
            (
                Arrival(LIVE_PICTURE, "the traveller's phone, live", "本人手机实时出示", self.at),
                Arrival(LIVE_PICTURE, "a screenshot of it, 20 seconds later", "二十秒后出示其截屏", soon),
            ),
            (
                Arrival(
                    LIVE_PICTURE, "the screenshot elsewhere, two minutes later", "两分钟后在别处出示截屏", later
                ),
                Arrival(
                    RENEWED_PICTURE, "the phone there: its code is a new one", "本人手机，码已自动更新", later
                ),
            ),
        )

    def pictures(self) -> dict[str, bytes]:
        """Draw all pictures and the sheet, by file name; those of the gates are photographs."""
        code = png(self.issued.text)
        return {
            "code.svg": svg(self.issued.text, caption=caption_of(self.issued)).encode(),
            "code.png": code,
            GATE_PICTURE: photograph(code),
            "forged.png": photograph(png(self._forged())),
            "altered.png": photograph(png(self._altered())),
            "other.png": photograph(png("HTTPS://EXAMPLE.COM/MENU")),
            LIVE_PICTURE: photograph(png(present(self.bound.text, self.device, at=self.at))),
            RENEWED_PICTURE: photograph(png(present(self.bound.text, self.device, at=self.at + _LATER))),
            SHEET: pdf(self.paper),
            PAPER_PICTURE: photograph_paper(png(self.paper.text)),
        }

    def _forged(self) -> str:
        """Issue a code in the office's name with a key that the office does not have."""
        impostor = Issuer(OFFICE, signer=SigningKey.generate(), lifetime=LIFETIME)
        return impostor.issue(HealthCode(color=Color.GREEN, holder=HOLDER), at=self.at, document=DOCUMENT).text

    def _altered(self) -> str:
        """Have a yellow code issued, and change the one bit that tells yellow from green."""
        yellow = HealthCode(color=Color.YELLOW, holder="李*", reason=Reason.TEST_DUE)
        text = self.issuer.issue(yellow, at=self.at, document=DOCUMENT).text
        credential = bytearray(_text.decode(text, _text.CREDENTIAL)[1])
        credential[credential.index(_BEFORE_COLOR) + len(_BEFORE_COLOR)] ^= Color.YELLOW ^ Color.GREEN
        return _text.encode(_text.CREDENTIAL, bytes(credential))
