# ruff: noqa: INP001 - one file is no package
"""What a reader of the site gets: languages kept apart, titles, notices, commands to copy, an index to search.

The theme's templates in docs/theme show what is put into the context here; docs/assets/search.js reads the index.
"""

import json
import re
import tomllib
from html import escape, unescape
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_ROOT: Final = Path(__file__).resolve().parent.parent
_TOGGLES: Final = {"en": ("Switch to dark", "Switch to light"), "zh": ("切换为深色", "切换为浅色")}
_COPYRIGHT: Final = "代码：Apache-2.0。规范：CC BY 4.0；其中的表格、测试向量和 CDDL：CC0 1.0。"

# Pages without a Chinese text: why, and which Chinese page is nearest. `api/` is about all that is in that folder.
_WHY: Final = {
    "api/": "API 参考由源代码中的文档字符串生成，只有英文",
    "adr/": "设计决定是开发时的记录，只有英文",
    "contributing": "源代码、提交说明和评审都使用英文，本页也只有英文",
    "spec/LICENSE": "许可条款以英文文本为准，本页只有英文",
}
_NEAREST: Final = {
    "api/index": "quickstart",
    "api/authority": "authority",
    "api/bulk": "command-line",
    "api/coloring": "coloring",
    "api/deciding": "policies",
    "api/fetch": "gate",
    "api/health": "monitoring",
    "api/ledger": "withdrawing",
    "api/scan": "gate",
    "api/shared": "scale",
    "api/signers": "keys",
    "api/store": "gate",
    "api/": "quickstart",
    "adr/": "architecture",
    "another-language": "specification",
    "contributing": "architecture",
    "evidence": "specification",
    "reviewing": "specification",
    "security": "spec/threats",
    "spec/LICENSE": "specification",
}
_CODE: Final = re.compile(r'(<div class="language-(console|pycon) highlight">.*?<code)(>.*?</code>)', re.DOTALL)
_UNUSED: Final = ("assets/javascripts/lunr/", "assets/javascripts/workers/")
_PROMPTS: Final = {"console": "$ ", "pycon": ">>> "}
_TABLE: Final = re.compile(r"<table>.*?</table>", re.DOTALL)
_ROW: Final = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL: Final = re.compile(r"(<t[hd])([^>]*>(.*?)</t[hd]>)", re.DOTALL)
_COLUMN: Final = 16  # characters after which a cell may go on in the next line
_WORD: Final = re.compile(r"[!-~]+")
_FITS: Final = 55  # characters, of which a Chinese one counts twice, that stand in a row on a phone
_WIDE: Final = "\u2e80"  # from here on characters are Chinese, for what stands on this site
_TAG: Final = re.compile(r"<[^>]*>")
_BLOCK: Final = re.compile(r"</?(?:p|li|ul|ol|pre|table|tr|td|th|div|dl|dt|dd|blockquote|h\d|br)\b[^>]*>")
_FIRST: Final = re.compile(r"<p>(.*?)</p>", re.DOTALL)

_state: dict[str, Any] = {"files": Files([]), "foreign": set(), "titles": {}}


@event_priority(-200)  # after the plugin for languages
def on_config(config: MkDocsConfig, **_: object) -> None:
    """Say what is around the pages in their language; name the release, and the repository if it has one."""
    language = _language(config)
    for option, name in zip(config.theme["palette"], _TOGGLES[language], strict=True):
        option["toggle"]["name"] = name
    if language == "zh":
        config.copyright = _COPYRIGHT
        config.mdx_configs["toc"]["permalink_title"] = "本节的链接"
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    config.extra["release"] = project["version"]
    config.extra["repository"] = project.get("urls", {}).get("Repository", "")


@event_priority(-100)
def on_files(files: Files, **_: object) -> None:
    """Remember the files, among which the nearest Chinese page is found; leave out the theme's own search."""
    for file in [file for file in files if file.src_uri.startswith(_UNUSED)]:
        files.remove(file)
    _state["files"] = files


def on_page_content(html: str, **_: object) -> str:
    """Give the copy button of a session its commands alone, and the cells of a wide table their headings."""
    return _TABLE.sub(_with_headings, _CODE.sub(_with_commands, html))


@event_priority(-200)  # after the plugin for languages
def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, **_: object) -> dict[str, Any]:
    """Tell the templates the title and the description of a page, and that it has no Chinese text."""
    for other in config.extra.alternate:  # "/zh/", on a home page: the site need not be at the top of its host
        if other["link"].startswith("/"):
            other["link"] = other["link"].lstrip("/") or "."
    english = _language(config) == "zh" and not page.file.src_uri.endswith(".zh.md")
    title = _text(page.title or "")
    _state["titles"][page.url] = title
    if english:
        _state["foreign"].add(page.url)
        title += "（英文）"
        context["notice"] = _notice(page)
    first = _FIRST.search(page.content or "")
    context["page_title"] = config.site_description if page.is_homepage else title
    context["page_description"] = _cut(_text(first[1])) if first else config.site_description
    context["page_english"] = english
    return context


@event_priority(-200)  # after the plugin for languages, which puts all of them into one index
def on_post_build(config: MkDocsConfig, **_: object) -> None:
    """Split the index by language, and keep plain text in it, which is half as large."""
    folder = Path(config.site_dir)
    path = folder / "search" / "search_index.json"
    entries = json.loads(path.read_text("utf-8"))["docs"]
    for language, prefix in (("en", ""), ("zh", "zh/")):
        docs = [
            _entry(entry, prefix) for entry in entries if entry["location"].startswith("zh/") == (prefix == "zh/")
        ]
        index = {"config": {"lang": [language], "separator": r"\s+", "pipeline": [], "fields": {}}, "docs": docs}
        target = folder / prefix / "search" / "search_index.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), "utf-8")


def _language(config: MkDocsConfig) -> str:
    return str(config.theme["language"])


def _entry(entry: dict[str, str], prefix: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "location": entry["location"].removeprefix(prefix),
        "title": _text(entry["title"]),
        "text": _text(entry["text"]),
    }
    if (named := _state["titles"].get(entry["location"], made["title"])) != made["title"]:
        made["named"] = named  # in the navigation
    if entry["location"].split("#")[0] in _state["foreign"]:
        made["foreign"] = True
        if "#" not in entry["location"]:
            made["title"] += "（英文）"
    return made


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(_TAG.sub("", _BLOCK.sub(" ", html)))).strip()


def _cut(text: str, width: int = 160) -> str:
    return text if len(text) <= width else text[:width].rsplit(" ", 1)[0].rstrip("，、；,;") + "…"


def _found(table: dict[str, str], name: str) -> str | None:
    return table.get(name) or next(
        (value for key, value in table.items() if key[-1] == "/" and name.startswith(key)), None
    )


def _notice(page: Page) -> str:
    """Say in one sentence why a page is English, and which Chinese page is nearest."""
    name = page.file.src_uri.removesuffix(".md")
    why, nearest = _found(_WHY, name) or "本页暂时只有英文", _found(_NEAREST, name)
    if nearest is None:
        return f"{why}。"
    file = _state["files"].get_file_from_path(f"{nearest}.zh.md")
    if file is None or file.page is None:
        raise KeyError(f"{page.file.src_uri}: docs/reading.py names {nearest}.zh.md, which is no page")
    link = f'<a href="{file.url_relative_to(page.file)}">{escape(_text(file.page.title or ""))}</a>'
    return f"{why}；相关的中文页面是{link}。"


def _with_commands(block: re.Match[str]) -> str:
    commands = _commands(unescape(_TAG.sub("", block[3][1:])), block[2])
    return f'{block[1]} data-copy="{escape(commands)}"{block[3]}' if commands else block[0]


def _commands(session: str, language: str) -> str:
    """Take what a reader types out of a session: lines after a prompt, and those that go on with them."""
    prompt, typed = _PROMPTS[language], []
    goes_on = False
    for line in session.splitlines():
        if line.startswith(prompt):
            typed.append(line.removeprefix(prompt))
        elif language == "console" and goes_on:
            typed.append(line)
        elif language == "pycon" and typed and goes_on and line.startswith("..."):
            typed.append(line.removeprefix("...").removeprefix(" "))
        else:
            goes_on = False
            continue
        goes_on = line.endswith("\\") if language == "console" else True
    return "\n".join(typed)


def _with_headings(table: re.Match[str]) -> str:
    """Write into each cell what its column is, where the rows of a phone are stacked because they are too wide."""
    rows = [[cell[3] for cell in _CELL.finditer(row[0])] for row in _ROW.finditer(table[0])]
    headings = [_text(heading) for heading in rows[0]]
    if sum(map(_needed, zip(*rows, strict=True))) <= _FITS:
        return table[0]

    def labelled(row: re.Match[str]) -> str:
        labels = iter(headings)
        return _CELL.sub(lambda cell: f'{cell[1]} data-label="{escape(next(labels))}"{cell[2]}', row[0])

    return _ROW.sub(labelled, table[0]).replace("<table>", "<table data-stacks>", 1)


def _needed(column: tuple[str, ...]) -> int:
    """Return how wide a column has to be: as its longest word, and wider where cells are long."""
    texts = [_text(cell) for cell in column]
    widest = max(map(_width, texts))
    word = max((len(word) for text in texts for word in _WORD.findall(text)), default=0)
    return max(word, min(widest, 24 if widest > 3 * _COLUMN else _COLUMN)) + 2


def _width(text: str) -> int:
    return sum(2 if character >= _WIDE else 1 for character in text)
