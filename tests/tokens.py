"""A hardware module without hardware, SoftHSM: the same code that asks a real one asks it."""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import pytest

PIN: Final = "password-of-a-token"
TOKENS: Final = ("office", "twin", "twin", "empty")
_PLACES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


def module() -> str:
    """Return where the module is; skip the test and say so where it is missing."""
    found = [place for place in _PLACES if Path(place).exists()]
    if not found or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is not installed: the Debian package softhsm2")
    return found[0]


@cache
def tokens() -> str:
    """Make the tokens of this process, once: a module reads its settings when it is loaded. Return the module."""
    path = module()
    folder = Path(tempfile.mkdtemp(prefix="healthpass-tokens-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    for name in TOKENS:
        command = ["softhsm2-util", "--init-token", "--free", "--label", name, "--pin", PIN, "--so-pin", PIN]
        subprocess.run(command, capture_output=True, check=True)
    return path


def pin_file(folder: Path) -> Path:
    """Write the PIN into a file for its owner alone."""
    path = folder / "pin"
    path.touch(0o600)
    path.write_text(PIN + "\n")
    return path
