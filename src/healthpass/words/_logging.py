"""The loggers of the library: one for each package, silent until a program asks for them."""

import logging
from typing import Any, Final

_ALL: Final = logging.getLogger("healthpass")
_ALL.addHandler(logging.NullHandler())  # or Python would print warnings that nobody asked for


def logger(package: str) -> logging.Logger:
    """Return the logger of a package, such as `healthpass.store`.

    What is logged names files, addresses, authorities, programs and counts. It never holds a code, its reference
    or its holder, the number of a document, or who set or withdrew a code and why.
    """
    found = _ALL.getChild(package)
    found.addFilter(_one_line)
    return found


def _one_line(record: logging.LogRecord) -> bool:
    """Write what came from outside on one line, in characters that every log takes."""
    if isinstance(record.args, tuple):
        record.args = tuple(map(_printable, record.args))
    return True


def _printable(value: Any) -> Any:
    if isinstance(value, int):
        return value
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(value))
