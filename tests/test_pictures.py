"""The pictures of the documentation: alike in both languages, legible on a phone, and drawn from the rules.

A picture is one file for both languages: a text that differs has a `tspan` for each, and `picture.svg#zh` shows
the Chinese ones. FIGURES has each figure that a picture shows, and where the specification says it.
"""

import csv
import html
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from healthpass import Verdict

TOP = Path(__file__).resolve().parent.parent
PICTURES = sorted((TOP / "docs" / "assets" / "pictures").glob("*.svg"))
NAMES = [path.stem for path in PICTURES]
SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "style", "defs", "g", "path", "rect", "circle", "use", "text", "tspan"}
WIDTH = 480  # of every picture, in its own units
PHONE = 358  # pixels that a page leaves on a screen of 390
SMALLEST = 11  # pixels of a letter there
THUMBPRINT = "a0e31e9dbf6fe6eded1e20e473700519545a4e471a4aeeee4d1b1498fe9b6bdc"  # 64 digits
SPARE = 1.04  # other fonts are a little wider than those that measure here

# Of each picture: a figure, and the words of the specification that say it.
FIGURES = {
    "issuing": [
        ("258", "credential.md", "The text in the QR code, 258 characters"),
        ("24", "credential.md", "green for 24 hours"),
        ("CN-33-01", "credential.md", "An office of Hangzhou, `CN-33-01.WJW`, states"),
    ],
    "roots": [
        ("3", "registry.md", "SHOULD have at least 3 root keys"),  # AUT-7
        ("2", "registry.md", "and root threshold at least 2"),  # AUT-7
        ("64", "registry.md", f"`{THUMBPRINT}`"),
        ("400", "registry.md", "| root | 8,192 bytes, 400 days | DOC-1, DOC-9 |"),
        ("31", "registry.md", "| registry | 4,194,304 bytes, 31 days | DOC-1, DOC-9 |"),
    ],
    "withdrawing": [
        ("1,048,576", "status.md", "A list has 1,048,576 entries"),  # STI-3
        ("0", "status.md", "0 says *good*, 1 *revoked*"),  # STL-6
        ("1", "status.md", "0 says *good*, 1 *revoked*"),  # STL-6
        ("1", "status.md", "the bits of an entry. Issuers MUST write 1"),  # STL-5
        ("3", "status.md", "https://status.example.cn/hz/3"),
        ("7", "status.md", "| list | 1,114,112 bytes, 7 days | STL-1, STL-4 |"),
    ],
    "showing": [
        ("30", "presentation.md", "makes a new presentation every 30 seconds"),  # PRS-6
        ("30", "presentation.md", "at - 60 <= iat <= at + 30"),  # PRS-8
        ("60", "presentation.md", "at - 60 <= iat <= at + 30"),  # PRS-8
        ("90", "presentation.md", "for 90 seconds, the ninetieth"),  # PRS-9
        ("120", "presentation.md", "for one showing, and for at most 120 seconds"),  # PRS-12
    ],
    "paths": [
        ("CN-33-01", "registry.md", 'id: "CN-33-01.WJW"'),
        ("CN-33", "registry.md", 'iss: "CN-33"'),
        ("CN-31", "registry.md", 'authority: "CN-31"'),
        ("CN-32", "credential.md", "under `CN` each component is two decimal digits"),  # RGN-1; it is invented
        ("3", "registry.md", "colors: 0, 1, 2"),
        ("48", "registry.md", f"max_lifetime: {48 * 3600}"),
        ("24", "registry.md", f"max_lifetime: {24 * 3600}"),
        ("2027-05-01", "registry.md", "until: 1809129600 (2027-05-01)"),
    ],
    "deciding": [
        ("5", "decision.md", '"departure": {"at_least": 5, "within_days": 7}'),
        ("7", "decision.md", '"departure": {"at_least": 5, "within_days": 7}'),
    ],
}
FIGURE = re.compile(r"CN(?:-\d\d)+|\d{4}-\d\d-\d\d|\d[\d,]*\d|\d")
VERDICT = re.compile(r"[a-z]+-[a-z-]+")

PROGRAM = """
const inside = (a, x, y) => a.x <= x && x <= a.x + a.width && a.y <= y && y <= a.y + a.height;
const plain = (b) => ({ x: b.x, y: b.y, width: b.width, height: b.height });
const drawn = [];
for (const template of document.querySelectorAll("template")) {
  const host = document.body.appendChild(document.createElement("div"));
  host.style.width = "480px";
  host.attachShadow({ mode: "open" }).innerHTML = template.innerHTML;
  const svg = host.shadowRoot.querySelector("svg");
  const texts = [], areas = [], lines = [];
  for (const item of svg.querySelectorAll("rect, circle, path, text, use")) {
    if (item.closest("defs")) continue;
    const box = plain(item.getBBox()), style = getComputedStyle(item);
    if (item.matches("rect, circle")) areas.push({ ...box, color: style.fill });
    else if (item.matches("use")) lines.push([[box.x + box.width / 2, box.y + box.height / 2]]);
    else if (item.matches(".way")) {
      const points = [];
      for (let at = 0; at <= item.getTotalLength(); at += 1) {
        const point = item.getPointAtLength(at);
        points.push([point.x, point.y]);
      }
      lines.push(points);
    } else if (item.matches("text")) {
      const middle = [box.x + box.width / 2, box.y + box.height / 2];
      const under = areas.findLast((area) => inside(area, ...middle));
      const inks = [item, ...item.querySelectorAll("tspan")]
        .map((part) => getComputedStyle(part)).filter((one) => one.display !== "none").map((one) => one.fill);
      texts.push({ ...box, text: item.textContent, size: parseFloat(style.fontSize), inks, under });
    }
  }
  drawn.push({ name: template.id, texts, lines });
}
const out = document.createElement("pre");
out.id = "out";
out.textContent = JSON.stringify(drawn);
document.body.replaceChildren(out);
"""


def words(name: str, language: str) -> list[str]:
    """Return the texts of a picture in one language; the numbers of its steps are left out."""
    root = ET.fromstring((TOP / f"docs/assets/pictures/{name}.svg").read_text("utf-8"))  # noqa: S314 - our own
    found = []
    for text in root.iter(f"{SVG}text"):
        if "number" not in text.get("class", "").split():
            spans = [span for span in text.findall(f"{SVG}tspan") if span.get("lang") == language]
            found.append("".join("".join(part.itertext()) for part in spans or [text]))
    found += [
        " ".join((part.text or "").split()) for part in root.findall(f"{SVG}desc") if part.get("lang") == language
    ]
    return found


def luminance(color: str) -> float:
    """Return the relative luminance of `rgb(r, g, b)` (WCAG 2.2)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What Chromium draws of each picture, in both languages and both schemes."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("needs chromium")
    parts = []
    for path in PICTURES:
        for language, target in (("en", "svg:not(*)"), ("zh", "svg")):
            for scheme, media in (("light", "not all"), ("dark", "all")):
                picture = path.read_text("utf-8").replace("svg:target", target)
                picture = picture.replace("(prefers-color-scheme: dark)", media)
                parts.append(f'<template id="{path.stem} {language} {scheme}">{picture}</template>')
    folder = tmp_path_factory.mktemp("pictures")
    page = folder / "page.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><body>{"".join(parts)}<script>{PROGRAM}</script>', "utf-8"
    )
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += [f"--user-data-dir={folder / 'profile'}", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
    found = re.search(r'<pre id="out">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr
    pictures: list[dict[str, Any]] = json.loads(html.unescape(found[1]))
    assert len(pictures) == 4 * len(PICTURES)
    return pictures


@pytest.mark.parametrize("path", PICTURES, ids=NAMES)
class TestFile:
    def test_has_every_text_in_both_languages(self, path: Path) -> None:
        """A text has one `tspan` for each language, or is no word of either; nothing else differs."""
        root = ET.fromstring(path.read_text("utf-8"))  # noqa: S314 - our own
        for text in root.iter(f"{SVG}text"):
            spans = text.findall(f"{SVG}tspan")
            if spans:
                assert [span.get("lang") for span in spans] == ["en", "zh"]
                assert all("".join(span.itertext()).strip() for span in spans)
                assert not (text.text or "").strip()
            else:
                assert re.fullmatch(rf"[0-9✗✓–]|CN-[\w.-]+|https://\S+|{VERDICT.pattern}", text.text or ""), (
                    text.text
                )
        others = [item.tag for item in root.iter() if item.get("lang")]
        assert {tag.removeprefix(SVG) for tag in others} == {"title", "desc", "tspan"}

    def test_says_what_it_shows(self, path: Path) -> None:
        """A title and a description stand there in both languages, for those who do not see the picture."""
        root = ET.fromstring(path.read_text("utf-8"))  # noqa: S314 - our own
        assert (root.get("role"), root.get("id")) == ("img", "zh")
        for tag in ("title", "desc"):
            found = root.findall(f"{SVG}{tag}")
            assert [part.get("lang") for part in found] == ["en", "zh"]
            assert all((part.text or "").strip() for part in found)

    def test_takes_nothing_from_elsewhere(self, path: Path) -> None:
        """No script, font, picture or style comes from outside the file."""
        text = path.read_text("utf-8")
        root = ET.fromstring(text)  # noqa: S314 - our own
        assert {item.tag.removeprefix(SVG) for item in root.iter()} <= ELEMENTS
        ids = {item.get("id") for item in root.iter()}
        for item in root.iter():
            assert not [name for name in item.attrib if name.startswith(("on", "style", "{"))]
            assert item.get("href", "#zh")[1:] in ids
        assert not re.search(r"url\(|@import|@font-face", text)

    def test_has_the_common_style(self, path: Path) -> None:
        """The style is the same in all pictures, and no text is too small on a phone."""
        style = ET.fromstring(path.read_text("utf-8")).find(f"{SVG}style")  # noqa: S314 - our own
        first = ET.fromstring(PICTURES[0].read_text("utf-8")).find(f"{SVG}style")  # noqa: S314 - our own
        assert style is not None
        assert first is not None
        assert style.text == first.text
        assert f'viewBox="0 0 {WIDTH} ' in path.read_text("utf-8")

    def test_draws_one_thing_in_one_way(self, path: Path) -> None:
        """What stands for a key or a gate is the same in all pictures, and is used."""
        text = path.read_text("utf-8")
        for name, shape in re.findall(r'<g id="(\w+)">(.*)</g>', text):
            assert f'href="#{name}"' in text
            for other in PICTURES:
                found = re.search(rf'<g id="{name}">(.*)</g>', other.read_text("utf-8"))
                assert found is None or found[1] == shape, (name, other.name)


class TestDrawing:
    def test_is_legible_on_a_phone(self, drawn: list[dict[str, Any]]) -> None:
        """No letter is smaller than 11 pixels on a screen of 390."""
        sizes = [text["size"] for picture in drawn for text in picture["texts"]]
        assert min(sizes) * PHONE / WIDTH >= SMALLEST

    def test_keeps_texts_in_their_boxes(self, drawn: list[dict[str, Any]]) -> None:
        """No text runs out of the box that it stands in, also in a font that is a little wider."""
        for picture in drawn:
            for text in picture["texts"]:
                box, more = text["under"], text["width"] * (SPARE - 1)
                assert text["width"] > 0
                assert box["x"] <= text["x"] - more, (picture["name"], text)
                assert text["x"] + text["width"] + more <= box["x"] + box["width"], (picture["name"], text)
                assert box["y"] <= text["y"] + 3, (picture["name"], text)
                assert text["y"] + text["height"] - 3 <= box["y"] + box["height"], (picture["name"], text)

    def test_keeps_texts_apart(self, drawn: list[dict[str, Any]]) -> None:
        """No text covers another, and no line or sign lies on a text."""
        for picture in drawn:
            for one, other in combinations(picture["texts"], 2):
                apart = abs(one["x"] + one["width"] / 2 - other["x"] - other["width"] / 2) * 2
                above = abs(one["y"] + one["height"] / 2 - other["y"] - other["height"] / 2) * 2
                near = apart < one["width"] + other["width"] and above < one["height"] + other["height"] - 9
                assert not near, (picture["name"], one["text"], other["text"])
            for text in picture["texts"]:
                for x, y in (point for line in picture["lines"] for point in line):
                    crossed = 0 < x - text["x"] < text["width"] and 3 < y - text["y"] < text["height"] - 3
                    assert not crossed, (picture["name"], text["text"], x, y)

    def test_has_enough_contrast(self, drawn: list[dict[str, Any]]) -> None:
        """Every text has a contrast of 4.5 to 1 or more, by day and by night."""
        for picture in drawn:
            for text in picture["texts"]:
                for ink in text["inks"]:
                    assert contrast(ink, text["under"]["color"]) >= 4.5, (picture["name"], text)

    def test_has_two_schemes(self, drawn: list[dict[str, Any]]) -> None:
        """The dark scheme is another one."""
        light, dark = ({text["inks"][0] for text in picture["texts"]} for picture in drawn[:2])
        assert not light & dark


class TestRules:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_every_figure_is_of_the_specification(self, name: str, language: str) -> None:
        """A figure of a picture or its description is one of FIGURES, and all of these are shown."""
        shown = {figure for text in words(name, language) for figure in FIGURE.findall(text)}
        assert shown == {figure for figure, _, _ in FIGURES[name]}

    @pytest.mark.parametrize("name", NAMES)
    def test_the_specification_says_so(self, name: str) -> None:
        """The words that a figure comes from stand in the specification."""
        for _, file, said in FIGURES[name]:
            text = " ".join((TOP / "spec" / file).read_text("utf-8").split())
            assert said in text

    def test_terms_are_those_of_the_glossary(self) -> None:
        """A text that is a term of the glossary has the Chinese that stands there."""
        rows = re.findall(
            r"^\| ([^|]+) \| ([^|]+) \|", (TOP / "spec/glossary.md").read_text("utf-8"), re.MULTILINE
        )
        terms = {term: chinese.split("、") for english, chinese in rows for term in english.split(", ")}
        both = [pair for name in NAMES for pair in zip(words(name, "en"), words(name, "zh"), strict=True)]
        found = {english.lower(): chinese for english, chinese in both if english.lower() in terms}
        assert {"root", "bundle", "ledger", "status list", "risk map", "device key", "pin"} <= set(found)
        for english, chinese in found.items():
            assert english == "registry" or chinese in terms[english], english  # that one has a table of its own

    def test_the_window_is_drawn_to_scale(self) -> None:
        """Where a showing is in time is drawn as PRS-8 has it: 60 s back, 30 s ahead."""
        text = (TOP / "docs/assets/pictures/showing.svg").read_text("utf-8")
        found = re.findall(r'x="(\d+)" y="430" class="[\w ]+"><tspan lang="en">(−60 s|now|\+30 s)<', text)
        assert [label for _, label in found] == ["−60 s", "now", "+30 s"]
        back, now, ahead = (int(x) for x, _ in found)
        assert (now - back) * 30 == (ahead - now) * 60
        assert f'class="good-box" x="{back}" y="362" width="{ahead - back}"' in text

    def test_names_verdicts_that_exist(self) -> None:
        """What a picture writes like a verdict is one."""
        shown = {text for name in NAMES for text in words(name, "en") if VERDICT.fullmatch(text)}
        assert shown == {"presentation-stale", "presentation-mismatch", "presentation-required"}
        assert shown <= {str(verdict) for verdict in Verdict}

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_names_the_actions_of_the_table(self, language: str) -> None:
        """The rules of the picture end in actions, in the words of actions.csv."""
        with (TOP / "spec/tables/actions.csv").open(encoding="utf-8", newline="") as file:
            actions = {row[language] for row in csv.DictReader(file)}
        shown = [text.removeprefix("→ ") for text in words("deciding", language) if text.startswith("→ ")]
        assert len(shown) == 4
        assert set(shown) < actions


class TestPages:
    @pytest.mark.parametrize("name", NAMES)
    def test_stands_in_both_languages(self, name: str) -> None:
        """A picture stands in pages and their twins, in the language of each, with words in its place."""
        shown = re.compile(rf"!\[[^\]]{{20,}}\]\(assets/pictures/{name}\.svg(#zh)?\)")
        places: dict[bool, list[str]] = {False: [], True: []}
        for path in sorted((TOP / "docs").glob("*.md")):
            chinese = path.name.endswith(".zh.md")
            for target in shown.findall(path.read_text("utf-8")):
                assert bool(target) is chinese, path.name
                places[chinese].append(path.name.replace(".zh.md", ".md"))
        assert sorted(places[False]) == sorted(places[True])
        assert len(places[True]) >= 2
