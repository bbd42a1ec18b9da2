"""A code that renews itself in the terminal: `healthpass present --watch`."""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, NamedTuple

from healthpass.cli.io.drawing import characters

RENEWED_AFTER: Final = 30  # seconds (spec/presentation.md, section 6)
_ENTER: Final = "\x1b[?1049h\x1b[?25l"  # the alternate screen, without a cursor
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"
_HOME: Final = "\x1b[H"
_REST_OF_LINE, _REST_OF_SCREEN = "\x1b[K", "\x1b[J"
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_BELOW: Final = 3  # lines below the code


class _Drawn(NamedTuple):
    """What stands on the screen."""

    at: float
    lines: list[str]
    size: tuple[int, int]


def watch(
    make: Callable[[datetime], str],
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    size: Callable[[], tuple[int, int]] | None = None,
) -> None:
    """Show a code until the user interrupts.

    Args:
        make: makes the text of the code, given the time.
        clock: the time in seconds since 1970. The wall's clock: a monotonic one stops while a laptop sleeps.
        sleep: waits for some seconds.
        size: the columns and lines of the terminal, which may change; standard output's when left out.

    Raises:
        CommandError: when the `qr` extra is missing.
        KeyboardInterrupt: in the end.
    """

    def drawn(now: float) -> _Drawn:
        return _Drawn(now, characters(make(datetime.fromtimestamp(now, UTC))).split("\n"), (0, 0))

    screen = drawn(clock())  # before the screen is taken, where it can fail
    with _own_screen():
        while True:
            now = clock()
            if not 0 <= now - screen.at < RENEWED_AFTER:
                screen = drawn(now)
            left = math.ceil(RENEWED_AFTER - (now - screen.at))
            columns, lines = (size or _terminal_size)()
            if screen.size != (columns, lines):  # new, or the window has changed: draw all of it
                screen = screen._replace(size=(columns, lines))
                _write(_HOME + "".join(_frame(screen)) + _REST_OF_SCREEN)
            if _fits(screen):
                _write(f"\x1b[{len(screen.lines) + 2};1H{_countdown(screen, left)}{_REST_OF_LINE}")
            sleep(1 - clock() % 1)  # to the next full second, so that none is skipped


@contextmanager
def _own_screen() -> Iterator[None]:
    _write(_ENTER)
    try:
        yield
    finally:
        _write(_LEAVE)


def _frame(screen: _Drawn) -> Iterator[str]:
    """Draw everything but the countdown, over what was there: clearing first would flicker."""
    columns, lines = screen.size
    if not _fits(screen):
        wide, high = _width(screen), len(screen.lines) + _BELOW
        yield f"the code needs {wide} by {high} characters, and this window has {columns} by {lines}"[:columns]
        yield f"{_REST_OF_LINE}\r\n{'请放大窗口或缩小字号'[: columns // 2]}{_REST_OF_LINE}"
        return
    for line in screen.lines:
        yield f"{_margin(screen)}{line}{_REST_OF_LINE}\r\n"
    yield f"{_REST_OF_LINE}\r\n{_REST_OF_LINE}\r\n"
    yield f"{_margin(screen)}{_DIM}A photograph of it is worth nothing in a minute. 截屏无效  Ctrl-C{_PLAIN}"
    yield _REST_OF_LINE


def _countdown(screen: _Drawn, left: int) -> str:
    full = _width(screen) - len("renewed in 30 s  ")
    shown = full * left // RENEWED_AFTER
    bar = "━" * shown + _DIM + "─" * (full - shown)
    return f"{_margin(screen)}{_BOLD}renewed in {left:>2} s{_PLAIN}  {bar}{_PLAIN}"


def _fits(screen: _Drawn) -> bool:
    columns, lines = screen.size
    return columns >= _width(screen) and lines >= len(screen.lines) + _BELOW


def _width(screen: _Drawn) -> int:
    return 2 * len(screen.lines) - 1  # a code is square, and a character two modules high


def _margin(screen: _Drawn) -> str:
    return " " * ((screen.size[0] - _width(screen)) // 2)


def _terminal_size() -> tuple[int, int]:
    # Not shutil's: it believes COLUMNS and LINES, which do not follow the window.
    return os.get_terminal_size(sys.stdout.fileno())


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
