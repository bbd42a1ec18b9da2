"""How the demo's story is told in a terminal. What it says of a code, the real decoder and verifier have said."""

import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from healthpass import IdentityDocument, Issued, ReplayMemory, VerificationError, Verified, harmless, verify
from healthpass.cli import noon, regions
from healthpass.cli.delta import Delta
from healthpass.cli.io.files import replace
from healthpass.cli.io.sources import NoCodeError
from healthpass.cli.noon import LEDGER
from healthpass.cli.page import china, heading, row
from healthpass.cli.show import answer
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

STOLEN: Final = "stolen.txt"
PROGRAM: Final = "healthpass"
_SHOWN: Final = 44  # characters of the text


def tell(console: Console, story: Story, delta: Delta, folder: Path) -> None:
    """Tell the story whose pictures and stores lie in the folder, and leave a thief's code and a ledger there."""
    console.print(Text("healthpass demo  健康码跨地区互信演示", "bold"))
    heading(console, "1", "An office makes its key", "签发机构生成密钥")
    row(console, "office", f"Hangzhou Health Commission 杭州市卫生健康委员会, {OFFICE}")
    row(console, "key", f"kid {story.issuer.public_key.kid.hex()}; the private half stays in memory")

    heading(console, "2", "A traveller gets a green code", "旅客领取绿码")
    _tell_issued(console, story.issued)

    heading(console, "3", "A gate takes a picture and judges it, offline", "卡口拍照，离线核验")
    row(console, "picture", f"{GATE_PICTURE}: a phone, turned by 7°, blurred, noisy, unevenly lit")
    judgement = _judge(story, folder / GATE_PICTURE, story.at)
    row(console, "verdict", answer.heading(judgement))
    if isinstance(judgement, Verified):
        row(console, "issuer", f"{OFFICE} answers for it, until {china(judgement.expires_at)}")
        for document in (DOCUMENT, ANOTHER):
            _tell_match(console, judgement, document, story.issued)

    heading(console, "4", "The gate refuses, and says why", "拒绝，并说明原因")
    for number, arrival in enumerate(story.arrivals()):
        if number:
            console.print()
        judgement = _judge(story, folder / arrival.picture, arrival.at)
        row(console, "picture", f"{arrival.picture}: {arrival.en}")
        row(console, "", arrival.zh)
        row(console, "verdict", answer.heading(judgement))
        if not isinstance(judgement, Verified):
            guard = judgement.verdict.guard
            row(console, "guard", guard.en)
            row(console, "", guard.zh)

    heading(console, "5", "A screenshot is worth nothing", "与手机绑定的码，截屏无效")
    row(console, "phone", "signs its code anew every 30 seconds; gates remember what they saw")
    for gate in story.gates():
        memory = ReplayMemory()
        for arrival in gate:
            judgement = _judge(story, folder / arrival.picture, arrival.at, memory)
            console.print()
            row(console, "picture", f"{arrival.picture}: {arrival.en}")
            row(console, "", arrival.zh)
            row(console, "verdict", answer.heading(judgement))
            if isinstance(judgement, VerificationError):
                row(console, "why", judgement.message)

    heading(console, "6", "A code on paper, for people without a phone", "纸质码，没有手机也能出行")
    row(console, "holder", f"{GRANDMOTHER}, masked; bound to an ID card")
    row(console, "sheet", f"{SHEET}: the code, and a strip to cut off and keep apart")
    row(console, "picture", f"{PAPER_PICTURE}: the code on paper, folded once")
    judgement = _judge(story, folder / PAPER_PICTURE, story.at)
    row(console, "verdict", answer.heading(judgement))
    if isinstance(judgement, Verified):
        _tell_match(console, judgement, HER_DOCUMENT, story.paper)

    replace(folder / STOLEN, f"{regions.tell(console, delta)}\n".encode())
    withdrawn = noon.tell(console, delta, folder)
    _tell_where(console, folder, withdrawn)


def _tell_where(console: Console, folder: Path, withdrawn: str) -> None:
    """Say what stays, and what can be done with it."""
    console.print()
    console.rule(style="dim")
    shown = harmless(str(folder))
    gate = f"{shown}/zhejiang-gate"
    # Not wrapped, so that a command can be copied.
    console.print(f"The pictures, the gates' trust stores and a ledger are in {shown}.", soft_wrap=True)
    for what, command in (
        ("Look inside a code", f"inspect {shown}/code.png"),
        ("Judge it at a gate", f"verify --trust {gate} {shown}/code.png"),
        ("Whom a gate trusts", f"trust show {gate}"),
        ("Why not a code", f"trust why {gate} - < {shown}/{STOLEN}"),
        ("Who withdrew a code", f"status history {shown}/{LEDGER} {withdrawn}"),
        ("Make your own", "keygen --out KEY.pem"),
    ):
        console.print(f"{what + ':':<20} {_program()} {command}", soft_wrap=True)


def _program() -> str:
    """Return how this program was called, where its name alone would not find it."""
    called = Path(sys.argv[0])
    return str(called) if called.name == PROGRAM and shutil.which(PROGRAM) is None else PROGRAM


def _tell_issued(console: Console, issued: Issued) -> None:
    size = version(issued.text)
    modules = 17 + 4 * size
    row(console, "holder", f"{HOLDER}, masked; bound to an ID card whose number is not in the code")
    row(console, "text", f"{issued.text[:_SHOWN]}…")
    row(console, "size", f"{len(issued.text)} characters, QR version {size}: {modules} by {modules} modules")
    row(console, "pictures", "code.png; code.svg with a caption, which never names the colour")


def _tell_match(console: Console, verified: Verified, document: IdentityDocument, issued: Issued) -> None:
    match = answer.Match(verified.matches_document(*document, issued.opening))
    row(console, "ID card", f"{document.number} {match.words}")


def _judge(story: Story, picture: Path, at: datetime, memory: ReplayMemory | None = None) -> answer.Judged:
    """Read a picture with the real decoder, and judge the first code in it."""
    try:
        return verify(scan(picture)[0], registry=story.registry, at=at, replay=memory)
    except VerificationError as error:
        return error
    except NotAHealthCodeError as error:
        return NoCodeError(str(error))
