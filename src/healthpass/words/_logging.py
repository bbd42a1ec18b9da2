"""The loggers of the library: one for each package, silent until a program asks for them."""

import logging

_ALL = logging.getLogger("healthpass")
_ALL.addHandler(logging.NullHandler())  # or Python would print warnings that nobody asked for


def logger(package: str) -> logging.Logger:
    """Return the logger of a package, such as `healthpass.store`.

    What is logged names files, addresses, authorities, programs and counts. It never holds a code, its reference
    or its holder, the number of a document, or who set or withdrew a code and why.
    """
    return _ALL.getChild(package)
