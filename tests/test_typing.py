"""What a type checker says of a program that uses the library: `mypy --strict`, with pydantic's plugin or not."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("plugin", ["", "pydantic.mypy"])
def test_a_program(tmp_path: Path, plugin: str) -> None:
    """What is right passes, and each line that is wrong is told."""
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nstrict = true\nplugins = {plugin}\n")
    program = Path(__file__).with_name("typed_program.py")
    options = ("--config-file", "mypy.ini", "--cache-dir", "cache", program)
    run = subprocess.run(
        [sys.executable, "-m", "mypy", *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.stdout.startswith("Success"), run.stdout + run.stderr
