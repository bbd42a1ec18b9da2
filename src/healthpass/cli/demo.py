"""`healthpass demo`: the whole story, with pictures."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass.cli.errors import CommandError, why
from healthpass.cli.io.files import replace
from healthpass.cli.io.output import answering
from healthpass.cli.show.terminal import terminal

HELP: Final = (
    "Tell the whole story, with pictures.\n\nAn office issues a code; a gate takes a picture of it, judges it "
    "offline, and refuses what it should. Then regions recognise each other, or do not, and a colour is "
    "withdrawn. The pictures, the gates' trust stores and a ledger stay. The keys are new each time, and never "
    "written."
)
MARKER: Final = ".healthpass-demo"
_MARKER_TEXT: Final = b"`healthpass demo` made this folder, and may write its pictures here again.\n"
_WIDEST: Final = 88  # columns; longer lines are hard to read
_OFF_TERMINAL: Final = 80


def command(
    *,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the pictures go: a new or empty folder, or the demo's own.")
    ] = Path("healthpass-demo"),
) -> None:
    """Tell the story."""
    try:
        # Here, because the other commands do not need all of Pillow, qrcode and zxing-cpp at once.
        from healthpass.cli.delta import Delta  # noqa: PLC0415
        from healthpass.cli.story import Story  # noqa: PLC0415
        from healthpass.cli.telling import tell  # noqa: PLC0415
    except ImportError as error:
        raise CommandError("the demo draws and reads pictures", hint="pip install 'healthpass[cli]'") from error
    _take(out)
    at = datetime.now(UTC).replace(microsecond=0)
    story = Story.begin(at)
    for name, picture in story.pictures().items():
        replace(out / name, picture)
    delta = Delta(at, out, story.key)
    with answering():
        console = terminal(wraps=True)
        console.width = min(console.width, _WIDEST) if console.is_terminal else _OFF_TERMINAL
        tell(console, story, delta, out)


def _take(folder: Path) -> None:
    """Make sure that the folder is ours to write to: new, empty, or made by an earlier run."""
    try:
        folder.mkdir(exist_ok=True)
        foreign = not (folder / MARKER).is_file() and any(folder.iterdir())
    except FileExistsError as error:
        raise CommandError(
            f"{str(folder)!r} is a file, and a folder is needed", hint="choose one with --out"
        ) from error
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        raise CommandError(f"cannot use the folder {str(folder)!r}: {reason}") from error
    if foreign:
        raise CommandError(
            f"the folder {str(folder)!r} holds files that are not the demo's, and nothing is overwritten",
            hint="choose a new or empty folder with --out DIR",
        )
    replace(folder / MARKER, _MARKER_TEXT)
