"""The gate as mini-programs: built, run where there is only what the platforms document, and typed."""

from pathlib import Path
from typing import Final

import pytest

from node import copied, run

ROOT: Final = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the mini-program's sources, with their packages."""
    return copied(tmp_path_factory.mktemp("mini"), "mini-program", "spec/tables", "LICENSE")


def test_in_documented_worlds(program: Path) -> None:
    """On both platforms, with and without BigInt, a guard gets to a verdict, and through failures."""
    tests = sorted(str(path) for path in (program / "test").glob("*.test.js"))
    assert len(tests) == 2
    assert "# fail 0" in run("node", "--test", "--test-reporter=tap", *tests, cwd=program)


def test_types_of_the_vendors(program: Path) -> None:
    """Every call of wx and my is one that the vendors' own types allow."""
    run("npm", "run", "types", cwd=program)
