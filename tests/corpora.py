"""Test data that others made: `shared/corpora` beside the project, or the folder in HEALTHPASS_CORPORA."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("HEALTHPASS_CORPORA", Path(__file__).resolve().parents[2] / "shared" / "corpora"))


def corpus(name: str) -> str:
    """Return the content of a file, or skip the test and say so where the file is missing."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"{name} is not in the folder of corpora")
    return path.read_text(encoding="utf-8")
