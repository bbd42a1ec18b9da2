"""Running the command line in the tests' own process."""

import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import pypdfium2
import pytest
from PIL import Image

from healthpass import Color, HealthCode, HolderKey, PublicKey, SigningKey, issue
from healthpass.cli import main

ISSUER: Final = "CN-33-01.WJW"
KEY: Final = SigningKey.from_seed(b"only tests can trust this 1 key!")
DEVICE: Final = HolderKey.from_seed(b"only tests know of this 1 phone!")
START: Final = datetime(2026, 11, 1, tzinfo=UTC)
GREEN: Final = HealthCode(color=Color.GREEN, holder="张*丰")
PROGRAM: Final = (sys.executable, "-c", "import sys; from healthpass.cli import main; sys.exit(main())")


ENDS_WITHIN: Final = 30  # seconds, in which a program ends that was interrupted


@contextmanager
def interruptible(arguments: Sequence[str], **streams: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program that SIGINT ends, also where the tests run with SIGINT ignored; in the end it is gone."""

    def restore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(arguments, preexec_fn=restore, **streams) as process:  # type: ignore[call-overload]  # noqa: PLW1509 - no other thread runs
        try:
            yield process
        finally:
            process.kill()


class Ran(NamedTuple):
    """What a run has left behind."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """Read the one line of JSON on standard output."""
        record: dict[str, Any] = json.loads(self.out)
        assert self.out.count("\n") == 1
        return record

    def first_words(self) -> list[str]:
        """Return the first word of each line of standard output."""
        return [line.split()[0] for line in self.out.splitlines()]


Run: TypeAlias = Callable[..., Ran]


def runner(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command line; nothing may ever end in a traceback."""

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert "unforeseen" not in err
        return Ran(code, out, err)

    return run


@contextmanager
def in_folder(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """Work in a folder, where all times are UTC."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("TZ", "UTC")
        time.tzset()
        yield patched
    time.tzset()


def token(health: HealthCode = GREEN, *, key: SigningKey = KEY, holder_key: PublicKey | None = None) -> str:
    """Issue a code that is valid for a day from `START`."""
    day = timedelta(days=1)
    return issue(health, issuer=ISSUER, signer=key, lifetime=day, at=START, holder_key=holder_key).text


def rendered(pdf: bytes, *, dots_per_inch: int = 150) -> Image.Image:
    """Turn the one page of a PDF into a picture, as a printer would."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    picture: Image.Image = document[0].render(scale=dots_per_inch / 72).to_pil()
    return picture
