"""The story that `healthpass demo` tells: who is in it, and the codes that come to the gate."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from healthpass import (
    Color,
    Document,
    DocumentType,
    HealthCode,
    Issued,
    Issuer,
    Reason,
    Registry,
    SigningKey,
    _text,
)
from healthpass.cli.issue import caption_of
from healthpass.cli.photo import photograph
from healthpass.qr import png, svg

OFFICE: Final = "CN-33-01.WJW"
LIFETIME: Final = timedelta(hours=24)
HOLDER: Final = "张*丰"
# Nobody's numbers: the standard's own example, and one of a district that does not exist.
DOCUMENT: Final = Document(DocumentType.RESIDENT_ID, "11010519491231002X")
ANOTHER: Final = Document(DocumentType.RESIDENT_ID, "11999919491231003X")
GATE_PICTURE: Final = "gate.png"

# The key of the health code, the head of its map, the key of color: the next byte is the colour.
_BEFORE_COLOR: Final = bytes.fromhex("3a00010000 a4 01")


class Arrival(NamedTuple):
    """Somebody shows a code that the gate will refuse.

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
        issuer: the office, with a key of its own.
        registry: whom the gate trusts: this office alone.
        issued: the traveller's code.
        at: when it was issued.
    """

    issuer: Issuer
    registry: Registry
    issued: Issued
    at: datetime

    @classmethod
    def begin(cls, at: datetime) -> "Story":
        """Make a new key, which is never written, and issue the traveller's code."""
        issuer = Issuer(OFFICE, signer=SigningKey.generate(), lifetime=LIFETIME)
        issued = issuer.issue(HealthCode(color=Color.GREEN, holder=HOLDER), at=at, document=DOCUMENT)
        return cls(issuer, Registry.pinned({OFFICE: [issuer.public_key]}), issued, at)

    def arrivals(self) -> tuple[Arrival, ...]:
        """Say who comes to the gate and is refused."""
        return (
            Arrival("forged.png", "another key signs in the office's name", "他人密钥冒用机构名义签发", self.at),
            Arrival("altered.png", "a yellow code, one bit changed to green", "黄码被改动一位，冒充绿码", self.at),
            Arrival(GATE_PICTURE, "the traveller's code, a day later", "次日再次出示同一码", self.at + LIFETIME),
            Arrival("other.png", "a QR code of something else", "其他用途的二维码", self.at),
        )

    def pictures(self) -> dict[str, bytes]:
        """Draw all pictures, by file name; those of the gate are photographs."""
        code = png(self.issued.text)
        return {
            "code.svg": svg(self.issued.text, caption=caption_of(self.issued)).encode(),
            "code.png": code,
            GATE_PICTURE: photograph(code),
            "forged.png": photograph(png(self._forged())),
            "altered.png": photograph(png(self._altered())),
            "other.png": photograph(png("HTTPS://EXAMPLE.COM/MENU")),
        }

    def _forged(self) -> str:
        """Issue a code in the office's name with a key that the office does not have."""
        impostor = Issuer(OFFICE, signer=SigningKey.generate(), lifetime=LIFETIME)
        return impostor.issue(HealthCode(color=Color.GREEN, holder=HOLDER), at=self.at, document=DOCUMENT).text

    def _altered(self) -> str:
        """Have a yellow code issued, and change the one bit that tells yellow from green."""
        yellow = HealthCode(color=Color.YELLOW, holder="李*", reason=Reason.TEST_DUE)
        text = self.issuer.issue(yellow, at=self.at, document=DOCUMENT).text
        credential = bytearray(_text.decode(text))
        credential[credential.index(_BEFORE_COLOR) + len(_BEFORE_COLOR)] ^= Color.YELLOW ^ Color.GREEN
        return _text.encode(bytes(credential))
