"""`.ci/wheels.py`: what it says of a folder of wheels is what lies there."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / ".ci" / "wheels.py"


def wheel(folder: Path, name: str, *metadata: str) -> str:
    """Make a wheel that holds nothing but what it says of itself; return its SHA-256."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        lines = ("Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *metadata)
        file.writestr(f"{info}/METADATA", "".join(f"{line}\n" for line in lines))
        file.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def describe(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script for `made[all]`."""
    command = [sys.executable, str(SCRIPT), str(folder), "made[all]"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make four wheels: one needs another, and a third with its extra; the last is not asked for."""
    wheel(
        tmp_path,
        "made",
        "License-Expression: Apache-2.0",
        "Requires-Dist: needed",
        "Requires-Dist: more; extra == 'all'",
        "Requires-Dist: elsewhere; python_version < '3'",
        "Provides-Extra: all",
    )
    wheel(tmp_path, "needed", "License: some words", "Requires-Dist: unasked; extra == 'other'")
    wheel(tmp_path, "more", "Classifier: License :: OSI Approved :: BSD License", "Classifier: License :: Other")
    wheel(tmp_path, "stray")
    return tmp_path


class TestFolder:
    def test_is_described_as_it_lies_there(self, folder: Path) -> None:
        """Each wheel that is needed has its version, its licence in its own words, and the hash of the file."""
        done = describe(folder)
        assert (done.returncode, done.stdout) == (0, "3 wheels\n"), done.stderr
        hashes = {
            name: hashlib.sha256((folder / f"{name}-1.0-py3-none-any.whl").read_bytes()).hexdigest()
            for name in ("made", "more", "needed")
        }
        licences = {"made": "Apache-2.0", "more": "BSD License, Other", "needed": "some words"}
        assert (folder / "requirements.txt").read_text("utf-8") == "".join(
            f"# {licences[name]}\n{name}==1.0 --hash=sha256:{digest}\n" for name, digest in hashes.items()
        )
        bill = json.loads((folder / "sbom.json").read_text("utf-8"))
        assert bill["metadata"]["component"]["name"] == "made"
        assert {one["name"]: one["hashes"][0]["content"] for one in bill["components"]} == {
            name: hashes[name] for name in ("more", "needed")
        }
        assert {one["ref"]: one["dependsOn"] for one in bill["dependencies"]} == {
            "pkg:pypi/made@1.0": ["pkg:pypi/more@1.0", "pkg:pypi/needed@1.0"],
            "pkg:pypi/more@1.0": [],
            "pkg:pypi/needed@1.0": [],
        }

    def test_installs_with_its_hashes(self, folder: Path, tmp_path: Path) -> None:
        """The list installs with pip from the folder alone, and a wheel that was changed afterwards is refused."""
        assert describe(folder).returncode == 0
        install = (sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", folder)
        checked = (*install, "--require-hashes", "--requirement", folder / "requirements.txt")
        assert subprocess.run([*checked, "--target", tmp_path / "one"], check=False).returncode == 0
        wheel(folder, "needed", "Summary: another")
        done = subprocess.run(
            [*checked, "--target", tmp_path / "two"], capture_output=True, text=True, check=False
        )
        assert done.returncode
        assert "DO NOT MATCH" in done.stderr

    def test_that_lacks_a_wheel_is_refused(self, folder: Path) -> None:
        """A folder from which nothing could be installed gets no list."""
        (folder / "needed-1.0-py3-none-any.whl").unlink()
        assert describe(folder).returncode
        assert not (folder / "requirements.txt").exists()
