"""Node.js in the tests: a copy of a package of this repository with its packages, and what a command prints."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

_ROOT: Final = Path(__file__).parent.parent
_NODE: Final = ("node", "--eval", "process.exit(process.getBuiltinModule ? 0 : 1)")  # 20.16 and later
INSTALL: Final = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline")


def run(*command: str, cwd: Path, **environment: str) -> str:
    """Return what a command prints, which has to succeed."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def copied(root: Path, package: str, *beside: str) -> Path:
    """Copy a package with its packages, and what else of the repository it reads; skip the test where Node lacks.

    Args:
        root: the folder of the copy.
        package: the folder in `src/healthpass-js` with its `package.json`; `.` for the module itself.
        beside: other files and folders, from the top.
    """
    if not shutil.which("npm") or not shutil.which("node") or subprocess.run(_NODE, check=False).returncode:
        pytest.skip("needs Node.js 20.16 or later, and npm")
    ignored = shutil.ignore_patterns("node_modules", "types")
    for name in ("src/healthpass-js", *beside):
        if (_ROOT / name).is_dir():
            shutil.copytree(_ROOT / name, root / name, ignore=ignored)
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(_ROOT / name, root / name)
    module = root / "src" / "healthpass-js"
    copy = module / package
    done = subprocess.run(INSTALL, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm could not fetch the packages of package.json: {done.stderr.strip()[-300:]}")
    if copy != module:
        (module / "node_modules").symlink_to(copy / "node_modules")
    return copy
