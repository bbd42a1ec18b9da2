"""How the tests run everywhere."""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, settings

from corpora import MISSING
from permissions import permissions_hold

if TYPE_CHECKING:
    from offices import Office
    from postgres import Postgres

os.environ["HEALTHPASS_LANG"] = "en"  # whatever the language of the machine is

# The machines are shared and slow at times: a property is about what happens, not about how long it takes.
settings.register_profile("healthpass", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("healthpass")


# `pytest -m fast` runs the test files that import none of these: the rooms around the core, what the tests have
# for them, and other programs. The two that start openssl and the runner of the vectors belong to it all the same.
_AROUND: Final = (
    *(
        "authority",
        "bulk",
        "cli",
        "drawing",
        "ledger",
        "store",
        "command_line",
        "drafts",
        "fuzz",
        "mutation",
        "offices",
        "postgres",
    ),
    *("prove", "shared", "signers", "staged", "wire_items", "httpx", "PIL", "subprocess"),
)
_IMPORTS: Final = re.compile(rf"^ *(?:from|import) .*\b(?:{'|'.join(_AROUND)})\b", re.MULTILINE)
_FAST_TOO: Final = {"test_keys.py", "test_vectors.py"}


# pyspark is several times as large as all the rest: what the README installs for the tests leaves it out. The site
# takes minutes to build.
_LEFT_OUT: Final = {
    **({} if find_spec("pyspark") else {"test_spark.py": "`pip install --group engines`"}),
    **(
        {}
        if "HEALTHPASS_SITE" in os.environ
        else {"test_site.py": "HEALTHPASS_SITE, a folder with the built site"}
    ),
}
collect_ignore = [*_LEFT_OUT]


def pytest_report_header() -> list[str]:
    """Say which files are left out, and what they need."""
    return [f"left out: tests/{name}, which needs {what}" for name, what in _LEFT_OUT.items()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is fast."""
    paths = {item.path for item in items}
    fast = {path for path in paths if path.name in _FAST_TOO or not _IMPORTS.search(path.read_text("utf-8"))}
    for item in items:
        if item.path in fast:
            item.add_marker("fast")


@pytest.fixture
def permissions() -> Iterator[None]:
    """Let the permissions of files hold, whoever runs the test."""
    with permissions_hold():
        yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Stop the ledgers' clock, and give a way to set it."""
    from offices import stopped_clock

    return stopped_clock(monkeypatch)


@pytest.fixture
def office(tmp_path: Path, clock: list[datetime]) -> "Iterator[Office]":
    """Give an office with a new ledger."""
    from offices import opened

    with opened(tmp_path, clock) as made:
        yield made


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    """Give a real PostgreSQL server, one for each process of the tests."""
    from postgres import Postgres, binaries

    if binaries() is None:
        pytest.skip("needs PostgreSQL: the package `postgresql` of Debian, and its user where root runs the tests")
    server = Postgres()
    yield server
    server.remove()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where CI is set nothing may be skipped: what a user's machine may lack is there, but for data of others."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not reporter or not os.environ.get("CI"):
        return
    if any(MISSING not in str(report.longrepr) for report in reporter.stats.get("skipped", [])):
        reporter.write_line("\nCI is set, and tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
