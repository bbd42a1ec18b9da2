"""The second implementation, src/healthpass-js: its tests, its types and the kit, in Node."""

import shutil
import sys
from pathlib import Path
from typing import Final

import pytest

from node import INSTALL, copied, run

ROOT: Final = Path(__file__).parent.parent
MODULE: Final = ROOT / "src" / "healthpass-js"
RUN: Final = ROOT / "spec" / "testkit" / "run.py"
MOST_LINES: Final = 300
CLAIMS: Final = (
    "verifier:live,store,status,decide",
    "gate:live,decide",
    "holder",
    "issuer:live,runs,convert",
    "authority",
    "coloring",
)
LEAST: Final = 3640  # cases
LEAST_PAGE: Final = 3000
PAGE: Final = ("verifier:live,store,status,decide", "holder")  # what the pages are
FIRST: Final = ("credential-signature", "credential-key", "presentation-signature")  # where engines could differ


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository's part that Node needs, with its packages."""
    return copied(tmp_path_factory.mktemp("javascript"), ".", "spec")


class TestModule:
    """The module itself."""

    def test_own_tests_pass(self, package: Path) -> None:
        """`npm test`, as a front-end developer runs it, passes."""
        assert "# fail 0" in run("npm", "test", cwd=package)

    def test_types_are_strict(self, package: Path) -> None:
        """The compiler finds nothing wrong, and writes the declarations that are published."""
        run("npm", "run", "types", cwd=package)
        run("npm", "run", "declare", cwd=package)
        assert "class TrustStore" in (package / "types" / "store" / "store.d.ts").read_text("utf-8")

    def test_files_are_small(self) -> None:
        """No file is longer than 300 lines."""
        files = [path for path in MODULE.rglob("*.*js") if "node_modules" not in path.parts]
        assert len(files) > 30
        assert [path.name for path in files if path.read_text("utf-8").count("\n") > MOST_LINES] == []

    def test_depends_on_one_library(self, package: Path) -> None:
        """@noble/curves, which brings @noble/hashes, is all that is installed to run it."""
        (package / "node_modules").rename(package / "node_modules.all")
        try:
            run(*INSTALL, "--omit=dev", cwd=package)
            installed = [path.name for path in (package / "node_modules").iterdir() if path.name[0] != "."]
            assert installed == ["@noble"]
        finally:
            shutil.rmtree(package / "node_modules", ignore_errors=True)
            (package / "node_modules.all").rename(package / "node_modules")


class TestKit:
    """The kit over its adapter."""

    def _kit(self, package: Path, *arguments: str, **environment: str) -> str:
        command = (sys.executable, str(RUN), *arguments, "--", "node", str(package / "kit.mjs"))
        return run(*command, cwd=ROOT, **environment).splitlines()[-1]

    def test_all_vectors_pass(self, package: Path) -> None:
        """Every vector of what the module and its adapter claim to be passes."""
        claims = [word for claim in CLAIMS for word in ("--claim", claim)]
        last = self._kit(package, *claims)
        assert ", 0 failed, " in last
        assert int(last.split()[0]) >= LEAST

    @pytest.mark.parametrize("engine", ["noble", "webcrypto"])
    def test_each_engine_passes(self, engine: str, package: Path, tmp_path: Path) -> None:
        """The library and WebCrypto give the verdicts that node:crypto gives, where signatures decide."""
        for name in ("schema", *FIRST):
            shutil.copy(ROOT / "spec" / "vectors" / f"{name}.json", tmp_path)
        assert ", 0 failed, 0 skipped" in self._kit(package, "--vectors", str(tmp_path), HEALTHPASS_ENGINE=engine)

    def test_page_passes(self, package: Path) -> None:
        """In headless Chromium, with its WebCrypto and IndexedDB, a verifier and a holder pass every vector."""
        chromium = shutil.which("chromium")
        if not chromium:
            pytest.skip("needs Chromium: the package `chromium` of Debian")
        claims = [word for claim in PAGE for word in ("--claim", claim)]
        command = (sys.executable, str(RUN), "--timeout", "60", *claims, "--", "node")
        found = run(*command, str(package / "kit" / "chromium.mjs"), cwd=ROOT, CHROMIUM=chromium)
        last = found.splitlines()[-1]
        assert ", 0 failed, " in last
        assert int(last.split()[0]) >= LEAST_PAGE


class TestDifference:
    """The two implementations on requests that no vector has."""

    def test_library_answers_the_same(self, package: Path) -> None:
        """On codes and worlds changed at random, made worlds, decisions and colours, answers are the same."""
        adapter = (sys.executable, str(ROOT / "spec" / "testkit" / "healthpass_adapter.py"))
        amounts = {"codes": 400, "worlds": 20, "made": 5, "decisions": 100, "colorings": 200, "seed": 11}
        options = [word for name, number in amounts.items() for word in (f"--{name}", str(number))]
        found = run("node", "differ/run.mjs", *options, "--", *adapter, cwd=package)
        assert "725 requests, 0 different" in found
