"""`healthpass demo`: the whole story on the public interface; its pictures, trust stores and ledger stay."""

import shutil
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import harmless
from healthpass.cli import ledgers, stores
from healthpass.cli.errors import CommandError, needing, why
from healthpass.cli.io.files import replace
from healthpass.cli.io.output import answering
from healthpass.cli.language import say
from healthpass.cli.show.columns import padded
from healthpass.cli.show.terminal import terminal

_MARKER: Final = ".healthpass-demo"
_MARKER_TEXT: Final = b"`healthpass demo` made this folder, and may write its pictures here again.\n"
_CHINA: Final = timezone(timedelta(hours=8))
_WIDEST: Final = 88  # columns; longer lines are hard to read
_OFF_TERMINAL: Final = 80
_PROGRAM: Final = "healthpass"


def demo_command(
    *,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the pictures go: a new or empty folder, or the demo's own.")
    ] = Path("healthpass-demo"),
) -> None:
    """Tell the whole story, with pictures.

    An office issues a code; a gate takes a picture of it, judges it offline, and refuses what it should. Then
    regions recognise each other, or do not, a colour is withdrawn, and a gate decides by a policy. The pictures,
    the gates' trust stores and a ledger stay. The keys are new each time, and never written.
    """
    with needing("cli", "the demo"):
        from healthpass.cli.demo.story import LEDGER, STOLEN, Story  # noqa: PLC0415 - it draws, reads and prints
    _take(out)
    with answering(), stores.using(out), ledgers.using(str(out / LEDGER)):
        console = terminal(wraps=True)
        console.width = min(console.width, _WIDEST) if console.is_terminal else _OFF_TERMINAL
        console.print(f"healthpass demo  {say('health codes that regions trust')}", style="bold")
        withdrawn = Story(console, out, datetime.now(_CHINA).replace(microsecond=0)).tell()
        shown = harmless(str(out))
        gate = f"{shown}/zhejiang-gate"
        hints = {
            say("Look inside a code"): f"inspect {shown}/code.png",
            say("Judge it at a gate"): f"verify --trust {gate} {shown}/code.png",
            say("Whom a gate trusts"): f"trust show {gate}",
            say("Why not a code"): f"trust why {gate} - < {shown}/{STOLEN}",
            say("Who withdrew a code"): f"status history {shown}/{LEDGER} {withdrawn}",
            say("Make your own"): "keygen --out KEY.pem",
        }
        console.print()
        console.rule(style="dim")
        # Not wrapped, so that a command can be copied.
        console.print(say("The pictures, the gates' trust stores and a ledger are in {}.", shown), soft_wrap=True)
        for what, arguments in hints.items():
            console.print(f"{padded(say('{}:', what), 20)} {_program()} {arguments}", soft_wrap=True)


def _take(folder: Path) -> None:
    """Make sure that the folder is ours to write to: new, empty, or made by an earlier run."""
    hint = "choose a new or empty folder with --out DIR"
    try:
        folder.mkdir(exist_ok=True)
        foreign = not (folder / _MARKER).is_file() and any(folder.iterdir())
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        raise CommandError(f"cannot use {str(folder)!r} as a folder: {reason}", hint=hint) from error
    if foreign:
        problem = f"the folder {str(folder)!r} holds files that are not the demo's, and nothing is overwritten"
        raise CommandError(problem, hint=hint)
    replace(folder / _MARKER, _MARKER_TEXT)


def _program() -> str:
    """Return how this program was called, where its name alone would not find it."""
    called = Path(sys.argv[0])
    return str(called) if called.name == _PROGRAM and shutil.which(_PROGRAM) is None else _PROGRAM
