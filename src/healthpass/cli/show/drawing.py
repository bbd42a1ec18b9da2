"""QR codes: in files of the form that the name asks for, in a terminal, and there renewed until Ctrl-C."""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from healthpass import Issued
from healthpass.cli.errors import CommandError, needing
from healthpass.cli.language import say
from healthpass.cli.show.columns import cells, wrapped

RENEWED_AFTER: Final = 30  # seconds (spec/presentation.md, section 6)
_ENTER: Final = "\x1b[?1049h\x1b[?25l"  # the alternate screen, without a cursor
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"
_HOME: Final = "\x1b[H"
_REST_OF_LINE, _REST_OF_SCREEN = "\x1b[K", "\x1b[J"
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_BELOW: Final = 3  # lines below the code


def draw(shown: str | Issued, path: Path | None, *, caption: bool = False) -> bytes | None:
    """Draw the code for `--qr`; the file is the caller's to create.

    Args:
        shown: a text, or a code that was issued.
        path: the file's name; None where no picture is wanted.
        caption: whether to write below it whose code it is, of one that was issued.

    Raises:
        CommandError: when the name ends in neither .png nor .svg, no font has a character of the caption, or the
            `qr` extra is missing.
    """
    if path is None:
        return None
    with needing("qr", "drawing QR codes"):
        from healthpass import qr  # noqa: PLC0415 - only what draws needs Pillow
    text = shown.text if isinstance(shown, Issued) else shown
    lines = qr.caption_of(shown) if caption and isinstance(shown, Issued) else ()
    suffix = path.suffix.lower()
    if suffix == ".svg":
        return qr.svg(text, caption=lines).encode()
    if suffix != ".png":
        raise CommandError(f"--qr {str(path)!r}: the name must end in .png or .svg")
    try:
        return qr.png(text, caption=lines)
    except ValueError as error:  # no font here has a character of the caption
        hint = "write .svg, where the viewer's fonts draw it, or install a Chinese font such as Noto Sans CJK"
        raise CommandError(str(error).partition(": pass font=")[0], hint=hint) from error


def characters(text: str) -> str:
    """Draw the code for a terminal.

    Raises:
        CommandError: when the `qr` extra is missing.
    """
    with needing("qr", "drawing QR codes"):
        from healthpass import qr  # noqa: PLC0415
    return qr.terminal(text)


class _Screen(NamedTuple):
    """What stands on the screen: a code, since when, and how large the window was."""

    since: float
    code: list[str]
    columns: int = 0
    lines: int = 0

    @property
    def width(self) -> int:
        return 2 * len(self.code) - 1  # a code is square, and a character two modules high

    @property
    def fits(self) -> bool:
        return self.columns >= self.width and self.lines >= len(self.code) + _BELOW

    @property
    def margin(self) -> str:
        return " " * ((self.columns - self.width) // 2)

    def frame(self) -> Iterator[str]:
        """Draw everything but the countdown, over what was there: clearing first would flicker."""
        if not self.fits:
            needs = say(
                "the code needs {} by {} characters, and this window has {} by {}; make it larger",
                *(self.width, len(self.code) + _BELOW, self.columns, self.lines),
            )
            for line in list(wrapped(needs, max(self.columns, 2)))[: max(self.lines, 1)]:
                yield f"{line}{_REST_OF_LINE}\r\n"
            return
        for line in self.code:
            yield f"{self.margin}{line}{_REST_OF_LINE}\r\n"
        yield f"{_REST_OF_LINE}\r\n{_REST_OF_LINE}\r\n"
        yield f"{self.margin}{_DIM}{say('A photograph of it is worth nothing in a minute.')}  Ctrl-C{_PLAIN}"
        yield _REST_OF_LINE

    def countdown(self, now: float) -> str:
        """Draw how long the code stays."""
        left = math.ceil(RENEWED_AFTER - (now - self.since))
        words = say("renewed in {} s", f"{left:>2}")
        full = self.width - cells(words) - 2
        shown = full * left // RENEWED_AFTER
        bar = "━" * shown + _DIM + "─" * (full - shown)
        line = f"{self.margin}{_BOLD}{words}{_PLAIN}  {bar}{_PLAIN}"
        return f"\x1b[{len(self.code) + 2};1H{line}{_REST_OF_LINE}"


def watch(
    make: Callable[[datetime], str],
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    size: Callable[[], tuple[int, int]] | None = None,
) -> None:
    """Show a code in the terminal, and renew it until the user interrupts.

    Args:
        make: makes the text of the code, given the time.
        clock: the time in seconds since 1970. The wall's clock: a monotonic one stops while a laptop sleeps.
        sleep: waits for some seconds.
        size: the columns and lines of the terminal, which may change; standard output's when left out.

    Raises:
        CommandError: when the `qr` extra is missing.
        KeyboardInterrupt: in the end.
    """

    def drawn(now: float) -> _Screen:
        return _Screen(now, characters(make(datetime.fromtimestamp(now, UTC))).split("\n"))

    screen = drawn(clock())  # before the screen is taken, where it can fail
    with _own_screen():
        while True:
            now = clock()
            if not 0 <= now - screen.since < RENEWED_AFTER:
                screen = drawn(now)
            window = (size or _terminal_size)()
            if (screen.columns, screen.lines) != window:  # new, or the window has changed: draw all of it
                screen = _Screen(screen.since, screen.code, *window)
                _write(_HOME + "".join(screen.frame()) + _REST_OF_SCREEN)
            if screen.fits:
                _write(screen.countdown(now))
            sleep(1 - clock() % 1)  # to the next full second, so that none is skipped


@contextmanager
def _own_screen() -> Iterator[None]:
    _write(_ENTER)
    try:
        yield
    finally:
        _write(_LEAVE)


def _terminal_size() -> tuple[int, int]:
    # Not shutil's: it believes COLUMNS and LINES, which do not follow the window.
    return os.get_terminal_size(sys.stdout.fileno())


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
