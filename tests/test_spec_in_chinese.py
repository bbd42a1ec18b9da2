"""The Chinese specification says what the English one says, rule by rule."""

import re
from pathlib import Path

import pytest

from spec_in_chinese import (
    DOCS,
    EVERYWHERE,
    LINK,
    SPEC,
    guides,
    lead,
    originals,
    out_of_step,
    page_faults,
    refused,
    stamped,
    title,
    twin,
    words_of_programs,
)

SLIPS = [
    pytest.param("presentation.md", "PRS-9", "记录 90 秒", "记录 60 秒", id="another number"),
    pytest.param("presentation.md", "PRS-5", "`bad-signature`", "`malformed-payload`", id="another verdict"),
    pytest.param("presentation.md", "PRS-10", "（VER-9）", "（VER-8）", id="another rule that is named"),
    pytest.param("presentation.md", "PRS-5", "不应对载荷解码", "可对载荷解码", id="leave in place of a ban"),
    pytest.param("status.md", "STI-7", "签发机构宜", "签发机构应", id="a requirement in place of advice"),
    pytest.param("status.md", "status.md:7", "默认为 0", "应为 0", id="a requirement outside of rules"),
    pytest.param("presentation.md", "PRS-8", "60 <= iat", "60 >= iat", id="a bound that is turned round"),
    pytest.param("credential.md", "CLM-3", "nbf < exp", "exp < nbf", id="names that change places"),
    pytest.param(
        "credential.md", "HLT-4", "1. color 为无符号整数。→ `malformed-claims`\n", "", id="a part left out"
    ),
    pytest.param("presentation.md", "presentation.md:4", "| `a0` | 固定 |\n", "", id="a row left out"),
    pytest.param("status.md", "STL-8", "| STL-8.5 | iat", "| iat | STL-8.5", id="cells that change places"),
    pytest.param("presentation.md", "PRS-5", "44 48505031 ||", "44 48505032 ||", id="another byte in a block"),
    pytest.param("presentation.md", "PRS-8", "**PRS-8**", "**PRS-18**", id="another number of a rule"),
    pytest.param("presentation.md", "presentation.md:8", "## 8. 挑战码", "### 8. 挑战码", id="another level"),
    pytest.param("status.md", "status.md:0", "](registry.zh.md)", "](registry.md)", id="a link to the English"),
    pytest.param("presentation.md", "ENR-6", "不消耗挑战。\n\n", "不消耗挑战。", id="paragraphs that run on"),
    pytest.param("presentation.md", "ENR-6", "机构予以拒绝", "机构必须拒绝", id="a word of everyday"),
    pytest.param("privacy.md", "PRV-13", "持码人数据", "用户数据", id="a term of others"),
    pytest.param("credential.md", "CLM-4", "12 字节的", "12 字节 UUID 的", id="a word that is not there"),
]
"""What somebody may write by mistake: the file, the unit that is named, what stands there, and the slip."""


class TestChinese:
    def test_every_file_has_its_twin(self) -> None:
        """Each file of the specification stands here in Chinese, and nothing else does."""
        assert set(SPEC.rglob("*.zh.md")) == {twin(page) for page in originals()}

    @pytest.mark.parametrize("page", originals(), ids=title)
    def test_says_what_the_english_says(self, page: Path) -> None:
        """Each unit is stamped with the English that it was written from, and has its tables and code."""
        assert out_of_step(page.read_text("utf-8"), twin(page).read_text("utf-8"), page) == []

    @pytest.mark.parametrize("page", guides(), ids=lambda page: page.name)
    def test_chinese_guides_lead_to_chinese_pages(self, page: Path) -> None:
        """A link of a Chinese guide leads to a Chinese page where there is one."""
        targets = LINK.findall(twin(page).read_text("utf-8"))
        assert [target for target in targets if lead(target, page) != target] == []

    @pytest.mark.parametrize("page", guides(), ids=lambda page: page.name)
    def test_guides_have_the_words_of_the_specification(self, page: Path) -> None:
        """A Chinese page has one word for one thing, unbroken lines, and blanks and marks in one way."""
        assert page_faults(twin(page).read_text("utf-8")) == []

    def test_the_navigation_has_the_titles_of_the_pages(self) -> None:
        """Each entry has a name of its own, in Chinese the title of the page or a short form of it."""
        text = (DOCS.parent / "mkdocs.yml").read_text("utf-8")
        pages = dict(re.findall(r"^ +- (.+): (\S+\.md)$", text, re.MULTILINE))
        assert len(pages) == len(re.findall(r"\.md$", text.partition("\nnav:")[2], re.MULTILINE))
        chinese = dict(re.findall(r"^ {12}([^:]+): (.+)$", text.partition("nav_translations:")[2], re.MULTILINE))
        titles = {name: twin(DOCS / page) for name, page in pages.items() if page != "index.md"}
        for name, page in titles.items():
            if page.exists():
                (title,) = re.findall(r"\A(?:---.*?---\n+)?# (.+)", page.read_text("utf-8"), re.DOTALL)
                assert re.search(".*".join(chinese[name]), title.splitlines()[0]), name

    def test_programs_have_the_words_of_the_specification(self) -> None:
        """What a program shows in Chinese has the same words."""
        found = {path.name: list(refused(path.read_text("utf-8"), EVERYWHERE)) for path in words_of_programs()}
        assert {name: faults for name, faults in found.items() if faults} == {}

    @pytest.mark.parametrize(
        "slip",
        [
            "源码被撤回。",
            "有效期14天。",
            "由工作人员编写，\n可供法院调取。",
            "**先签发。** 后撤回。",
            "核验 通过。",
        ],
    )
    def test_a_slip_of_a_guide_is_found(self, slip: str) -> None:
        """Each slip of a word, a blank or a line is found."""
        assert page_faults(f"# 撤回\n\n{slip}\n")

    @pytest.mark.parametrize(("name", "unit", "right", "wrong"), SLIPS)
    def test_a_slip_is_found(self, name: str, unit: str, right: str, wrong: str) -> None:
        """Each slip is found, and found in the unit in which it was made."""
        page = SPEC / name
        before, rule, after = twin(page).read_text("utf-8").partition(f"**{unit}**" if ":" not in unit else "\n")
        chinese = before + (rule + after).replace(right, wrong, 1)
        found = out_of_step(page.read_text("utf-8"), chinese, page)
        assert found
        assert all(unit in line for line in found)

    def test_a_change_of_the_english_is_found(self) -> None:
        """What was changed in English is named, also if no number changed, until it is said to be written anew."""
        page = SPEC / "status.md"
        english = page.read_text("utf-8").replace("exp - iat is at most", "exp - iat is never above")
        chinese = twin(page).read_text("utf-8")
        (found,) = out_of_step(english, chinese, page)
        assert found.startswith("STL-4: the English is ")
        assert out_of_step(english, stamped(english, chinese, "status.md", {"STL-5"}), page) == [found]
        assert out_of_step(english, stamped(english, chinese, "status.md", {"STL-4"}), page) == []
