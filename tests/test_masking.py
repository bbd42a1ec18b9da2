"""Masking names: what is kept of whose name, and that it is never all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import Color, HealthCode, mask_name
from healthpass.credential._holder import check_holder, check_holder_to_issue
from healthpass.credential._masking import COMPOUND_SURNAMES


class TestMaskName:
    @pytest.mark.parametrize(
        ("name", "label"),
        [
            ("张三丰", "张*丰"),
            ("张三", "张*"),
            ("张", "*"),
            ("王李小明", "王*明"),
            ("张 三丰", "张*丰"),
            ("欧阳娜娜", "欧阳*娜"),
            ("欧阳修", "欧阳*"),
            ("欧阳", "欧*"),
            ("諸葛孔明", "諸葛*明"),
            ("司马相如", "司马*如"),
            ("第五伦", "第五*"),
            ("𠮷田", "𠮷*"),
            ("葛󠄀城太郎", "葛󠄀*郎"),
            ("豈\uf900丰", "豈*丰"),
            ("〇一二", "〇*二"),
            ("买买提明", "买*明"),
            ("阿卜杜·热合曼", "阿卜杜·*"),
            ("迪丽热巴·迪力木拉提", "迪丽热巴·*"),
            ("阿·买买提·热合曼", "阿·*"),
            ("·热合曼", "·*"),
            ("阿·", "阿*"),
            ("阿" * 60 + "·热", "阿" * 15 + "·*"),
            ("John Smith", "J* S*"),
            ("SMITH, JOHN", "S* J*"),
            ("J Smith", "* S*"),
            ("  Anna-Lena   Müller ", "A* M*"),
            ("E\u0301milie", "E\u0301*"),
            ("김철수", "김*"),
            ("Nguyễn Văn An", "N* V* A*"),
            ("Aa " * 40, ("A* " * 16).rstrip()),
        ],
    )
    def test_each_kind_of_name(self, name: str, label: str) -> None:
        """The rule that the documentation gives, name by name."""
        assert mask_name(name) == label
        assert HealthCode(color=Color.GREEN, holder=label).holder == label

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("", "1 to 512 bytes"),
            (" \u3000", "blank"),
            ("张*丰", "masked already"),
            ("阿卜杜•热合曼", "middle dot U\\+00B7"),
            ("张\u202e三", "must not contain U\\+202E"),
            ("张\ue000", "Unicode code point"),
            ("张" * 171, "1 to 512 bytes"),
        ],
    )
    def test_what_is_no_name(self, name: str, message: str) -> None:
        """What cannot be masked is an error that does not repeat it."""
        with pytest.raises(ValueError, match=message) as caught:
            mask_name(name)
        assert len(name) < 2 or name not in str(caught.value)

    def test_bytes_are_no_name(self) -> None:
        """Nothing is guessed."""
        with pytest.raises(TypeError, match="must be a str"):
            mask_name(b"John")  # type: ignore[arg-type]

    @given(st.text(max_size=40) | st.text("张三丰欧阳娜·* aé\u0301\ufe00", max_size=40))
    def test_a_label_never_holds_the_name(self, name: str) -> None:
        """Whatever comes out is a label that may be issued, has a mask in it, and lacks a letter of the name."""
        try:
            label = mask_name(name)
        except ValueError:
            return
        check_holder(label)
        check_holder_to_issue(label)
        assert "*" in label
        assert len(label.replace("*", "").replace(" ", "")) < len("".join(name.split()))

    def test_surnames_are_two_characters(self) -> None:
        """The list holds what it says."""
        assert {len(surname) for surname in COMPOUND_SURNAMES} == {2}
