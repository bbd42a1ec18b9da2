# ruff: noqa: INP001 - one file is no package
"""The site's own steps: anchors, counted figures, sessions shown as code, pages for phones, what the kit makes.

The report of this library is made here and not kept in the repository: it cannot be out of date, and links to it
are checked like all others.
"""

import logging
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Final

from griffe import Extension, Object
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pymdownx.slugs import slugify

_ROOT: Final = Path(__file__).resolve().parent.parent
_KIT: Final = _ROOT / "spec" / "testkit"
_BUILD: Final = _ROOT / "src" / "healthpass-js" / "pages" / "build.mjs"
_PAGES: Final = ("gate", "wallet", "inside")
_NODE: Final = ("node", "--eval", "process.exit(process.getBuiltinModule ? 0 : 1)")  # 20.16 and later
_CLAIMS: Final = (
    "issuer:convert,live,policies,runs,status,store",
    "verifier:decide,live,status,store",
    "holder",
    "gate:live",
    "authority",
    "publisher",
)
_RULE: Final = re.compile(r"^(\| |)\*\*([A-Z]{3}-[0-9]+)\*\*", re.MULTILINE)
_HEADING: Final = re.compile(r"^```.*?^```|^(##+ )([^\n]+)$", re.DOTALL | re.MULTILINE)
_LOG: Final = logging.getLogger("mkdocs.hooks")
_PROMPTED: Final = re.compile(r"^( *)```python\n(?=\1>>> )", re.MULTILINE)  # a session, and no program
_FIGURES: Final = "<!-- figures -->"
_SESSION: Final = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)


@cache
def _figures() -> str:
    program = _ROOT / "tests" / "figures.py"
    return subprocess.run([sys.executable, program], stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603


def on_files(files: Files, config: MkDocsConfig, **_: object) -> None:
    """Put the report and the packed kit under `report/`, and the pages for phones under `pages/`."""
    folder = _made().name
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        files.append(File(name, folder, config.site_dir, use_directory_urls=config.use_directory_urls))


@cache  # each language is a build of its own
def _made() -> tempfile.TemporaryDirectory[str]:
    """Return a folder, which lives as long as the build, with the packed kit, the report and the pages."""
    folder = tempfile.TemporaryDirectory()
    _build_pages(Path(folder.name, "pages"))
    report = Path(folder.name, "report")
    report.mkdir()
    _run("pack.py", str(report))
    if find_spec("healthpass"):
        release = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        claims = [word for claim in _CLAIMS for word in ("--claim", claim)]
        named = ["--report", str(report), "--name", "healthpass", "--release", release, *claims]
        _run("run.py", *named, "--", "python", "spec/testkit/healthpass_adapter.py")
    else:  # the pages are built without the library: nothing has been tested, and the page says so
        page = '<!doctype html><html lang="en"><title>No report</title><p>This site was built without the library.'
        (report / "index.html").write_text(page, encoding="ascii")
    return folder


def _build_pages(out: Path) -> None:
    """Build the pages for phones; or, where that is not possible, pages that say so."""
    failed = _why_no_pages(out)
    if failed is None:
        return
    if "CI" in os.environ:
        raise PluginError(f"the pages for phones cannot be built: {failed}")
    _LOG.info("this site has no pages for phones: %s", failed)  # a warning would stop a strict build
    for language in ("en", "zh"):
        (out / language).mkdir(parents=True, exist_ok=True)
        for name in _PAGES:
            page = f'<!doctype html><html lang="en"><title>{name}</title><p>This site was built without this page.'
            (out / language / f"{name}.html").write_text(page, encoding="ascii")


def _why_no_pages(out: Path) -> str | None:
    if not which("npm") or not which("node") or subprocess.run(_NODE, check=False).returncode:  # noqa: S603
        return "they need Node.js 20.16 or later, and npm"
    command = ["node", str(_BUILD), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stderr.strip()[-300:] if done.returncode else None


def _run(program: str, *arguments: str) -> None:
    # So that `python` in the command, as the report prints it, is this one.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, str(_KIT / program), *arguments]
    done = subprocess.run(  # noqa: S603 - our own programs
        command, cwd=_ROOT, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 1}:  # 1: a case failed, which the report tells
        raise PluginError(f"{program}: {done.stderr}")


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Give every rule an anchor, as in `spec/credential.md#ENV-2`; name sessions; count at the mark."""
    path = page.file.src_uri
    markdown = _PROMPTED.sub(r"\1```pycon\n", markdown)
    if path.endswith(".zh.md"):
        folder = _ROOT if path.startswith("spec/") else _ROOT / "docs"
        markdown = _with_english_anchors(markdown, folder / path.replace(".zh.md", ".md"))
    if path.startswith("spec/"):
        return _RULE.sub(r"\1**\2**{#\2}", markdown)
    return markdown.replace(_FIGURES, _figures()) if _FIGURES in markdown else markdown


def _with_english_anchors(markdown: str, original: Path) -> str:
    """Give a Chinese heading the anchor of the English one too: pages without a Chinese text lead there."""
    slug = slugify(case="lower")
    taken = {slug(found[2], "-") for found in _HEADING.finditer(markdown) if found[2]}
    anchors = iter(_anchors(original.read_text("utf-8"), slug))

    def anchored(found: re.Match[str]) -> str:
        if not found[2] or (anchor := next(anchors)) in taken:
            return found[0]
        return f'{found[1]}<a id="{anchor}"></a>{found[2]}'

    return _HEADING.sub(anchored, markdown)


def _anchors(markdown: str, slug: Callable[[str, str], str]) -> Iterator[str]:
    """Give the anchor of each heading as Markdown makes it: one that comes again gets a number."""
    seen: Counter[str] = Counter()
    for found in _HEADING.finditer(markdown):
        if found[2]:
            anchor = slug(found[2], "-")
            yield f"{anchor}_{seen[anchor]}" if seen[anchor] else anchor
            seen[anchor] += 1


class Sessions(Extension):
    """Fences what stands after `>>>` in a docstring; Markdown would take it for a quotation."""

    def on_object(self, *, obj: Object, **_: object) -> None:
        """Fence the sessions of one docstring."""
        if obj.docstring:
            obj.docstring.value = _SESSION.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)
