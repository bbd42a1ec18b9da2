"""The gate as mini-programs: built, run where there is only what the platforms document, and typed."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
NODE: Final = ("node", "--eval", "process.exit(process.getBuiltinModule ? 0 : 1)")  # 20.16 and later
INSTALL: Final = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline")


def _run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the mini-program's sources, with their packages."""
    if not shutil.which("npm") or not shutil.which("node") or subprocess.run(NODE, check=False).returncode:
        pytest.skip("needs Node.js 20.16 or later, and npm")
    root = tmp_path_factory.mktemp("mini")
    ignored = shutil.ignore_patterns("node_modules", "types")
    shutil.copytree(ROOT / "spec" / "tables", root / "spec" / "tables")
    shutil.copy(ROOT / "LICENSE", root)
    shutil.copytree(ROOT / "src" / "healthpass-js", root / "src" / "healthpass-js", ignore=ignored)
    copy = root / "src" / "healthpass-js" / "mini-program"
    done = subprocess.run(INSTALL, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm could not fetch the packages of package.json: {done.stderr.strip()[-300:]}")
    (copy.parent / "node_modules").symlink_to(copy / "node_modules")
    return copy


def test_in_documented_worlds(program: Path) -> None:
    """On both platforms, with and without BigInt, a guard gets to a verdict, and through failures."""
    tests = sorted(str(path) for path in (program / "test").glob("*.test.js"))
    assert len(tests) == 2
    assert "# fail 0" in _run("node", "--test", "--test-reporter=tap", *tests, cwd=program)


def test_types_of_the_vendors(program: Path) -> None:
    """Every call of wx and my is one that the vendors' own types allow."""
    _run("npm", "run", "types", cwd=program)
