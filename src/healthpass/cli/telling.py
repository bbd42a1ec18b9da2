"""How the demo's story is told in a terminal. What it says of a code, the real decoder and verifier have said."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from healthpass import Document, Issued, ReplayMemory, VerificationError, Verified, verify
from healthpass.cli import answer
from healthpass.cli.output import harmless
from healthpass.cli.sources import NoCodeError
from healthpass.cli.story import (
    ANOTHER,
    DOCUMENT,
    GATE_PICTURE,
    GRANDMOTHER,
    HER_DOCUMENT,
    HOLDER,
    OFFICE,
    PAPER_PICTURE,
    SHEET,
    Story,
)
from healthpass.qr import version
from healthpass.scan import NotAHealthCodeError, scan

_CHINA: Final = timezone(timedelta(hours=8))
_SHOWN: Final = 44  # characters of the text
_LABELS: Final = 12  # columns


def tell(console: Console, story: Story, folder: Path) -> None:
    """Tell the story whose pictures lie in the folder."""
    console.print(Text("healthpass demo  健康码跨地区互信演示", "bold"))
    _heading(console, "1", "An office makes its key", "签发机构生成密钥")
    _row(console, "office", f"Hangzhou Health Commission 杭州市卫生健康委员会, {OFFICE}")
    _row(console, "key", f"kid {story.issuer.public_key.kid.hex()}; the private half stays in memory")

    _heading(console, "2", "A traveller gets a green code", "旅客领取绿码")
    _tell_issued(console, story.issued)

    _heading(console, "3", "A gate takes a picture and judges it, offline", "卡口拍照，离线核验")
    _row(console, "picture", f"{GATE_PICTURE}: a phone, turned by 7°, blurred, noisy, unevenly lit")
    judgement = _judge(story, folder / GATE_PICTURE, story.at)
    _row(console, "verdict", answer.heading(judgement))
    if isinstance(judgement, Verified):
        _row(console, "issuer", f"{OFFICE} answers for it, until {_china(judgement.expires_at)}")
        for document in (DOCUMENT, ANOTHER):
            _tell_match(console, judgement, document, story.issued)

    _heading(console, "4", "The gate refuses, and says why", "拒绝，并说明原因")
    for number, arrival in enumerate(story.arrivals()):
        if number:
            console.print()
        judgement = _judge(story, folder / arrival.picture, arrival.at)
        _row(console, "picture", f"{arrival.picture}: {arrival.en}")
        _row(console, "", arrival.zh)
        _row(console, "verdict", answer.heading(judgement))
        if not isinstance(judgement, Verified):
            advice = answer.advice(judgement)
            _row(console, "guard", advice.guard_en)
            _row(console, "", advice.guard_zh)

    _heading(console, "5", "A screenshot is worth nothing", "与手机绑定的码，截屏无效")
    _row(console, "phone", "signs its code anew every 30 seconds; gates remember what they saw")
    for gate in story.gates():
        memory = ReplayMemory()
        for arrival in gate:
            judgement = _judge(story, folder / arrival.picture, arrival.at, memory)
            console.print()
            _row(console, "picture", f"{arrival.picture}: {arrival.en}")
            _row(console, "", arrival.zh)
            _row(console, "verdict", answer.heading(judgement))
            if isinstance(judgement, VerificationError):
                _row(console, "why", str(judgement.args[1]))

    _heading(console, "6", "A code on paper, for people without a phone", "纸质码，没有手机也能出行")
    _row(console, "holder", f"{GRANDMOTHER}, masked; bound to an ID card")
    _row(console, "sheet", f"{SHEET}: the code, and a strip to cut off and keep apart")
    _row(console, "picture", f"{PAPER_PICTURE}: the code on paper, folded once")
    judgement = _judge(story, folder / PAPER_PICTURE, story.at)
    _row(console, "verdict", answer.heading(judgement))
    if isinstance(judgement, Verified):
        _tell_match(console, judgement, HER_DOCUMENT, story.paper)

    console.print()
    console.rule(style="dim")
    shown = harmless(str(folder))
    # Not wrapped, so that a command can be copied.
    console.print(f"The pictures are in {shown}.", soft_wrap=True)
    console.print(f"Look inside a code:  healthpass inspect {shown}/code.png", soft_wrap=True)
    console.print("Make your own:       healthpass keygen --out KEY.pem", soft_wrap=True)


def _tell_issued(console: Console, issued: Issued) -> None:
    size = version(issued.text)
    modules = 17 + 4 * size
    _row(console, "holder", f"{HOLDER}, masked; bound to an ID card whose number is not in the code")
    _row(console, "text", f"{issued.text[:_SHOWN]}…")
    _row(console, "size", f"{len(issued.text)} characters, QR version {size}: {modules} by {modules} modules")
    _row(console, "pictures", "code.png; code.svg with a caption, which never names the colour")


def _tell_match(console: Console, verified: Verified, document: Document, issued: Issued) -> None:
    match = answer.Match(verified.matches_document(*document, issued.opening))
    _row(console, "ID card", f"{document.number} {match.words}")


def _judge(story: Story, picture: Path, at: datetime, memory: ReplayMemory | None = None) -> answer.Judgement:
    """Read a picture with the real decoder, and judge the first code in it."""
    try:
        return verify(scan(picture)[0], registry=story.registry, at=at, replay=memory)
    except VerificationError as error:
        return error
    except NotAHealthCodeError as error:
        return NoCodeError(str(error))


def _heading(console: Console, number: str, en: str, zh: str) -> None:
    console.print()
    console.rule(Text.assemble((f"{number}  {en} ", "bold"), (zh, "bold cyan")), align="left", style="dim")


def _row(console: Console, label: str, value: str | Text) -> None:
    # No table: it would fill each line with spaces, and a line of Chinese has no spaces to be wrapped at.
    text = value if isinstance(value, Text) else Text(value)
    for line in text.wrap(console, console.width - _LABELS):
        line.rstrip()
        console.print(Text.assemble((f"  {label}".ljust(_LABELS), "dim"), line), soft_wrap=True)
        label = ""


def _china(moment: datetime) -> str:
    return f"{moment.astimezone(_CHINA):%Y-%m-%d %H:%M} UTC+8"
