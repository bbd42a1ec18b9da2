"""The command line on a stage, for pages that tell a story.

The clock stands where the page says, and keys and all that is random follow from the words of a command, so that a
page can show thumbprints and references. As a program this file is `healthpass` on that stage:
`python tests/staged.py 2026-11-02T09:00:00+08:00 verify ...`.
"""

import contextlib
import hashlib
import io
import itertools
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import healthpass.authority  # noqa: F401 - it makes keys of its own, by a chance that is not the stage's
from healthpass import SigningKey
from healthpass.cli import main
from healthpass.cli.show import times
from healthpass.codec import _time


@contextlib.contextmanager
def clock(at: str) -> Iterator[None]:
    """Let the clocks of the library and of the command line stand."""
    moment = datetime.fromisoformat(at)
    with contextlib.ExitStack() as stack:
        for module in (_time, times):
            stack.enter_context(patch.object(module, "_stage", moment, create=True))
            # One function, which others have imported.
            stack.callback(setattr, module.now, "__code__", module.now.__code__)
            module.now.__code__ = (lambda: _stage).__code__  # type: ignore[name-defined]  # noqa: F821
        yield


@contextlib.contextmanager
def chance(arguments: Sequence[str]) -> Iterator[None]:
    """Let keys and all that is random follow from the arguments of a command."""
    seed = hashlib.sha256(repr(list(arguments)).encode()).digest()
    count = itertools.count()

    def token_bytes(size: int = 32) -> bytes:
        return hashlib.shake_256(b"%d" % next(count) + seed).digest(size)

    with (
        patch.object(SigningKey, "generate", classmethod(lambda cls: cls.from_seed(seed))),
        patch.object(secrets, "token_bytes", token_bytes),
    ):
        yield


def run(arguments: Sequence[str], folder: Path, at: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command in this process, as a shell would; return its exit code, and what it wrote."""
    written = io.BytesIO()
    out = io.TextIOWrapper(written, encoding="utf-8", write_through=True)
    with (
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO())),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        clock(at),
        chance(arguments),
    ):
        time.tzset()
        code = main(arguments)
    time.tzset()
    return code, written.getvalue().decode()


if __name__ == "__main__":
    with clock(sys.argv[1]), chance(sys.argv[2:]):
        sys.exit(main(sys.argv[2:]))
