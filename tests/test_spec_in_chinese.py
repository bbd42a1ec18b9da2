"""The Chinese specification says what the English one says, rule by rule."""

from pathlib import Path

import pytest

from spec_in_chinese import SPEC, originals, out_of_step, title, twin

TO_COME = {
    "coloring.md",
    "decision.md",
    "testkit/README.md",
}
"""English files without a Chinese text as yet: this gets shorter."""


class TestChinese:
    def test_every_file_has_its_twin(self) -> None:
        """Each file of the specification stands here in Chinese, but those that are said to be to come."""
        there = {title(page): twin(page).exists() for page in originals()}
        assert {name for name, done in there.items() if not done} == TO_COME & there.keys()
        assert {twin(page) for page in originals() if twin(page).exists()} == set(SPEC.rglob("*.zh.md"))

    @pytest.mark.parametrize("page", [page for page in originals() if twin(page).exists()], ids=title)
    def test_says_what_the_english_says(self, page: Path) -> None:
        """Each unit is stamped with the English that it was written from, and has its tables and code."""
        assert out_of_step(page.read_text("utf-8"), twin(page).read_text("utf-8"), page) == []
