"""The built site: what a reader finds on every page, and does in Chromium.

It needs the site: `mkdocs build --site-dir FOLDER`, then HEALTHPASS_SITE=FOLDER. Where
that is not set, tests/conftest.py leaves this file out, and says so.
"""

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import pytest

ROOT: Final = Path(__file__).parent.parent
SITE: Final = Path(os.environ["HEALTHPASS_SITE"]).resolve()
HAN: Final = re.compile(r"[\u4e00-\u9fff]")
INSTALL: Final = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline")
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAGES: Final = {  # by address; the report and the pages for phones are no pages of the documentation
    address: path.read_text("utf-8")
    for path in sorted(SITE.rglob("index.html"))
    if not re.match(
        r"(zh/)?(report|pages/..)/", address := path.relative_to(SITE).as_posix().removesuffix("index.html")
    )
}
CHINESE: Final = {address: html for address, html in PAGES.items() if address.startswith("zh/")}


def is_translated(address: str) -> bool:
    """Tell whether a page under zh/ has a Chinese text."""
    name = address.removeprefix("zh/").removesuffix("/") or "index"
    return any(
        (ROOT / "docs" / each).exists()
        for each in (f"{name}.zh.md", f"{name}/index.zh.md", f"{name}/README.zh.md")
    )


def text(html: str) -> str:
    """Return what is read of some HTML."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))).strip()


def one(pattern: str, html: str) -> str:
    """Return the text of the only place of this kind."""
    (found,) = re.findall(pattern, html, re.DOTALL)
    return text(found)


def test_titles_are_distinct_and_in_their_language() -> None:
    """A tab and a shared link say which page it is, in the language of the site."""
    titles = {address: one("<title>(.*?)</title>", html) for address, html in PAGES.items()}
    assert [title for title, n in Counter(titles.values()).items() if n > 1] == []
    for address, html in PAGES.items():
        named = one('<meta property="og:title" content="(.*?)">', html)
        assert titles[address].startswith(named)
        assert bool(HAN.search(named)) == (address in CHINESE), titles[address]
        assert one('<html lang="(.*?)"', html) == ("zh" if address in CHINESE else "en")


def test_pages_without_a_chinese_text_say_so() -> None:
    """One sentence in Chinese is above an English text under zh/, and the text is marked as English."""
    for address, html in CHINESE.items():
        notices = re.findall('<p class="hp-notice">(.*?)</p>', html)
        assert len(notices) == (not is_translated(address)), address
        assert ('<div lang="en">' in html) == bool(notices)
        assert all("只有英文" in notice for notice in notices)
    assert not any("hp-notice" in html for address, html in PAGES.items() if address not in CHINESE)


def test_what_is_around_a_page_is_in_its_language() -> None:
    """Navigation, buttons and footer are Chinese on Chinese pages, and English on English ones."""
    for address, html in PAGES.items():
        around = re.findall(r'<a href="[^#"][^"]*" class="md-(?:nav|tabs)__link.*?>(.*?)</a>', html, re.DOTALL)
        around += re.findall('(?:class="md-top.*?</svg>|class="md-copyright__highlight">)(.*?)</', html, re.DOTALL)
        around += re.findall('(?:title|aria-label|placeholder)="(.*?)"', html.split('class="md-container"')[0])
        around += re.findall('class="headerlink".*?title="(.*?)"', html)
        words = {text(each) for each in around} - {"healthpass", "English", "中文", ""}
        strange = {word for word in words if bool(HAN.search(word)) != (address in CHINESE)}
        if address not in CHINESE:  # "Mutual recognition (互认)"
            strange = {word for word in strange if not re.search("[A-Za-z]", word)}
        assert not strange, address


def test_the_header_names_the_release_and_the_other_language() -> None:
    """The version is on each page, and this page in the other language; a repository if the project has one."""
    for address, html in PAGES.items():
        other = address.removeprefix("zh/") if address in CHINESE else f"zh/{address}"
        link = (SITE / address / one('<a class="hp-language" href="(.*?)"', html)).resolve()
        assert link == (SITE / other).resolve(), address
        assert one('<a class="hp-release"[^>]*>(.*?)</a>', html) == PROJECT["version"]
        assert ("git-alt" in html) == ("Repository" in PROJECT.get("urls", {})), address


def test_links_lead_somewhere() -> None:
    """Each link within the site has a page, and a place on it."""
    anchors = {address: set(re.findall(r'\b(?:id|name)="([^"]+)"', html)) for address, html in PAGES.items()}
    lost = set()
    for address, html in PAGES.items():
        for link in re.findall(r'<a [^>]*?href="([^"]+)"', html):
            parts = urlsplit(unescape(link))
            if parts.scheme or parts.path.startswith("/"):
                continue
            target = (SITE / address / unquote(parts.path)).resolve()
            page = target.relative_to(SITE).as_posix() + "/" if target != SITE else ""
            there = unquote(parts.fragment) in anchors.get(page, {unquote(parts.fragment)}) or not parts.fragment
            if not target.exists() or (not there and not parts.fragment.startswith("__")):
                lost.add((address, link))
    assert not lost


def test_nobody_else_is_asked() -> None:
    """No page loads anything from another host."""
    loads = re.compile(
        r'<(?:script|img|iframe)[^>]*? src="([^"]+)"|<link rel="(?:stylesheet|icon)" href="([^"]+)"'
    )
    for address, html in PAGES.items():
        assert [link for found in loads.findall(html) for link in found if urlsplit(link).netloc] == [], address


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_index_has_each_page_once_and_is_small(language: str) -> None:
    """A search fetches the texts of one language, without tags."""
    prefix = "zh/" if language == "zh" else ""
    path = SITE / prefix / "search" / "search_index.json"
    entries = json.loads(path.read_text("utf-8"))["docs"]
    pages = [entry["location"] for entry in entries if "#" not in entry["location"]]
    assert sorted(prefix + page for page in pages) == sorted(
        page for page in PAGES if page.startswith("zh/") == bool(prefix)
    )
    assert not any(re.search(r"</?(p|code|li)>", entry["text"] + entry["title"]) for entry in entries)
    assert path.stat().st_size < 1_500_000


def test_in_a_browser(tmp_path: Path) -> None:
    """What tests/site says of searching, copying and narrow screens holds in Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium or not shutil.which("npm"):
        pytest.skip("needs chromium, and Node.js with npm")
    packages = json.loads((ROOT / "src" / "healthpass-js" / "pages" / "package.json").read_text("utf-8"))
    wanted = f"playwright-core@{packages['devDependencies']['playwright-core']}"
    subprocess.run([*INSTALL, wanted], cwd=tmp_path, capture_output=True, check=True)
    program = shutil.copy(ROOT / "tests" / "site" / "reading.test.mjs", tmp_path)
    environment = os.environ | {"HEALTHPASS_SITE": str(SITE), "HEALTHPASS_CHROMIUM": chromium}
    command = ["node", "--test", "--test-reporter=tap", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    assert "# fail 0" in done.stdout
