"""The three pages, in Chromium: built, pinned, scanned, shown, without a network."""

import json
import os
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
import qrcode

from healthpass import Enrolment

ROOT: Final = Path(__file__).parent.parent
NODE: Final = ("node", "--eval", "process.exit(process.getBuiltinModule ? 0 : 1)")  # 20.16 and later
OFFICE: Final = Enrolment("CN-33-01.WJW")
INSTALL: Final = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline")


def _run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pages with their packages, and `site`, what was built from them."""
    if not shutil.which("npm") or not shutil.which("node") or subprocess.run(NODE, check=False).returncode:
        pytest.skip("needs Node.js 20.16 or later, and npm")
    root = tmp_path_factory.mktemp("pages")
    ignored = shutil.ignore_patterns("node_modules", "types")
    shutil.copytree(ROOT / "spec" / "tables", root / "spec" / "tables")
    shutil.copy(ROOT / "spec" / "credential.md", root / "spec")
    shutil.copy(ROOT / "LICENSE", root)
    shutil.copytree(ROOT / "src" / "healthpass-js", root / "src" / "healthpass-js", ignore=ignored)
    copy = root / "src" / "healthpass-js" / "pages"
    done = subprocess.run(INSTALL, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm could not fetch the packages of package.json: {done.stderr.strip()[-300:]}")
    (copy.parent / "node_modules").symlink_to(copy / "node_modules")
    _run("node", str(copy / "build.mjs"), str(copy / "site"), cwd=copy)
    return copy


def _video(text: str) -> bytes:
    """A camera's pictures of a phone that moves: frames of JPEG, one after the other."""
    from PIL import Image

    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=5, border=4)
    made.add_data(text)
    code = made.make_image().convert("L")
    frames = BytesIO()
    for n in range(12):
        frame = Image.new("L", (640, 480), 90)
        turned = code.rotate(n - 6, expand=True, fillcolor=90)
        frame.paste(turned, ((640 - turned.width) // 2 + 3 * n - 18, (480 - turned.height) // 2))
        frame.convert("RGB").save(frames, "JPEG", quality=80)
    return frames.getvalue()


@pytest.fixture(scope="module")
def world(pages: Path) -> Path:
    """A bundle, codes, and what a camera sees of one."""
    folder = pages / "world"
    _run("node", str(pages / "test" / "world.mjs"), str(folder), cwd=pages)
    text = json.loads((folder / "world.json").read_text("utf-8"))["codes"]["green"]
    (folder / "green.mjpeg").write_bytes(_video(text))
    with (folder / "green.png").open("wb") as file:
        qrcode.make(text).save(file)
    (folder / "challenge.txt").write_text(OFFICE.challenge(), "ascii")
    return folder


def test_in_a_browser(pages: Path, world: Path) -> None:
    """What `pages/test` says of each page holds in Chromium; the files run side by side."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("needs chromium")
    tests = sorted(str(path) for path in (pages / "test").glob("*.test.js"))
    told = _run(
        *("node", "--test", "--test-concurrency=2", "--test-reporter=tap", *tests),
        cwd=pages,
        HEALTHPASS_PAGES=str(pages / "site"),
        HEALTHPASS_PAGES_WORLD=str(world),
        HEALTHPASS_CHROMIUM=chromium,
    )
    assert len(tests) == 3
    assert "# fail 0" in told
    challenge, proof = ((world / f"{name}.txt").read_text("ascii") for name in ("challenge", "proof"))
    assert OFFICE.check(proof, challenge=challenge) is not None  # the wallet's, by the other implementation
