"""Root as an ordinary owner: what the permissions of a file forbid is forbidden."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

_VERSION_3: Final = 0x20080522  # of the calls capget and capset of Linux, see capabilities(7)
_OVERRIDES: Final = 0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
_EFFECTIVE: Final = 0  # the first of six words: effective, permitted, inheritable, and the upper halves of them


@contextmanager
def permissions_hold() -> Iterator[None]:
    """Give up root's right to pass over permissions, for this thread and for a while."""
    if os.name != "posix":
        pytest.skip("POSIX permissions")
    if os.geteuid() != 0:
        yield
        return
    if sys.platform != "linux":
        pytest.skip("root may write everywhere")
    libc = ctypes.CDLL(None, use_errno=True)
    header, words = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)()

    def call(name: str) -> None:
        if getattr(libc, name)(header, words):
            raise OSError(ctypes.get_errno(), name)

    call("capget")
    before = words[_EFFECTIVE]
    words[_EFFECTIVE] = before & ~_OVERRIDES
    call("capset")
    try:
        yield
    finally:
        words[_EFFECTIVE] = before
        call("capset")
