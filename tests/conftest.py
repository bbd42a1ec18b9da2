"""How the tests run everywhere."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from corpora import MISSING
from permissions import permissions_hold

# The machines are shared and slow at times: a property is about what happens, not about how long it takes.
settings.register_profile("healthpass", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("healthpass")


@pytest.fixture
def permissions() -> Iterator[None]:
    """Let the permissions of files hold, whoever runs the test."""
    with permissions_hold():
        yield


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where CI is set nothing may be skipped: what a user's machine may lack is there, but for data of others."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not reporter or not os.environ.get("CI"):
        return
    if any(MISSING not in str(report.longrepr) for report in reporter.stats.get("skipped", [])):
        reporter.write_line("\nCI is set, and tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
