"""Test data that others made: `shared/corpora` beside the project, or the folder in HEALTHPASS_CORPORA."""

import os
from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(
    os.environ.get("HEALTHPASS_CORPORA", Path(__file__).resolve().parents[2] / "shared" / "corpora")
)
MISSING: Final = "the folder of corpora, which is no part of this project, is not here"


def corpus(name: str) -> str:
    """Return the content of a file, or skip the test and say so where there is no such folder."""
    if not FOLDER.is_dir():
        pytest.skip(MISSING)
    return (FOLDER / name).read_text(encoding="utf-8")
