"""The text form: spec/credential.md, section 3."""

from collections.abc import Callable

import base45
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forging import issued
from healthpass import MalformedError, UnsupportedError
from healthpass.codec import _base45, _text

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def _decoded(text: str) -> bytes | None:
    """Read a text with the package `base45`."""
    try:
        data: bytes = base45.b45decode(text.encode("ascii"))
    except ValueError:
        return None
    return data


def _base45_or_none(text: str) -> bytes | None:
    """Read a text with the library."""
    try:
        return _base45.decode(text)
    except ValueError:
        return None


class TestRoundTrip:
    @given(st.binary(max_size=1024))
    def test_what_is_encoded_decodes_to_itself(self, data: bytes) -> None:
        """Decoding what was encoded gives the same bytes."""
        assert _text.decode(_text.encode("HP1:", data), "HPP1:", "HP1:") == ("HP1:", data)

    @given(st.binary(max_size=1024))
    def test_it_is_the_base45_of_everybody(self, data: bytes) -> None:
        """What we write is what the package `base45` writes."""
        assert _text.encode("HP1:", data) == "HP1:" + base45.b45encode(data).decode()

    def test_every_number_of_two_bytes(self) -> None:
        """All 65,536 numbers are written and read as the package `base45` does, alone and in one text."""
        numbers = [number.to_bytes(2) for number in range(65_536)]
        written = [_base45.encode(number) for number in numbers]
        assert written == [base45.b45encode(number).decode() for number in numbers]
        assert [_base45.decode(text) for text in written] == numbers
        for first in range(0, len(numbers), 682):  # as many as a text can have
            some = slice(first, first + 682)
            assert _base45.encode(b"".join(numbers[some])) == "".join(written[some])
            assert _base45.decode("".join(written[some])) == b"".join(numbers[some])

    def test_more_than_a_text_can_have(self) -> None:
        """What needs more than 2,048 digits is neither written nor read: TXT-1."""
        longest = bytes(_base45.MAX_DATA - 1) + b"\xff"
        text = _base45.encode(longest)
        assert (len(text), _base45.decode(text)) == (_base45.MAX_DIGITS, longest)
        with pytest.raises(ValueError, match="at most 1,365 bytes"):
            _base45.encode(longest + b"\0")
        with pytest.raises(ValueError, match="not Base45"):
            _base45.decode(text + "000")

    def test_every_group_of_digits(self) -> None:
        """Of all 91,125 groups of three digits those above 65,535 are refused, also between others."""
        for high in ALPHABET:
            for middle in ALPHABET:
                groups = [low + middle + high for low in ALPHABET]
                for group in groups:
                    wanted = _decoded(group)
                    assert _base45_or_none(group) == wanted
                    assert _base45_or_none(f"000{group}000") == (wanted and b"\0\0" + wanted + b"\0\0")

    @given(st.text(ALPHABET + "a\n\x00é\uff10", max_size=60))
    def test_any_text_is_read_as_everybody_does(self, text: str) -> None:
        """What `base45` reads of ASCII bytes is read here, to the same bytes, and nothing else."""
        assert _base45_or_none(text) == _decoded(text)

    @given(st.text(ALPHABET, max_size=200).map("HP1:".__add__))
    def test_what_decodes_encodes_to_itself(self, text: str) -> None:
        """There is one text for one credential: what decodes is written the same again."""
        try:
            prefix, data = _text.decode(text, "HP1:")
        except MalformedError:
            return
        assert _text.encode(prefix, data) == text

    def test_rfc_9285_example(self) -> None:
        """The example of RFC 9285, section 4.3, decodes as the RFC says."""
        assert _text.decode("HP1:QED8WEX0", "HP1:") == ("HP1:", b"ietf!")


class TestRefusal:
    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text + "\n",
            lambda text: "\n" + text,
            lambda text: " " + text,
            lambda text: text.lower(),
            lambda text: "hp1:" + text[4:],
            lambda text: text.replace(" ", "%20"),
            lambda text: text[:100] + "\n" + text[100:],
            lambda text: "\ufeff" + text,
            lambda text: text[4:],
            lambda text: "HC1:" + text[4:],
            lambda text: "HP1" + text[4:],
            lambda text: "HP01:" + text[4:],
            lambda text: text + "00",
            lambda text: text[:4] + ":::" + text[7:],
            lambda text: text[:4] + "\uff10" + text[5:],
            lambda text: text[:4] + "\ud800" + text[5:],
            lambda text: text + "\0",
            lambda _: "",
            lambda _: "HP1",
            lambda _: "HP0:ABC",
        ],
    )
    def test_nothing_is_repaired(self, change: Callable[[str], str]) -> None:
        """A text that differs in any way from the one way to write it is malformed."""
        with pytest.raises(MalformedError) as caught:
            _text.decode(change(issued()), "HP1:", "HPP1:")
        assert caught.value.verdict == "malformed-text"

    @pytest.mark.parametrize("group", ["GGX", ":::", "FGW+", "A"])
    def test_numbers_beyond_two_bytes(self, group: str) -> None:
        """A group of three above 65,535 is malformed, and so is a last group of one."""
        with pytest.raises(MalformedError):
            _text.decode("HP1:" + group, "HP1:")

    @pytest.mark.parametrize("prefix", ["HP2:", "HP10:", "HP9999:", "HPP1:", "HPP2:"])
    def test_another_version_is_named(self, prefix: str) -> None:
        """Another version is unsupported, not malformed, whatever follows."""
        with pytest.raises(UnsupportedError, match=prefix) as caught:
            _text.decode(prefix + "whatever", "HP1:")
        assert caught.value.verdict == "unsupported-version"

    def test_length_comes_first(self) -> None:
        """A text beyond 2,048 characters is malformed even with another version's prefix."""
        with pytest.raises(MalformedError):
            _text.decode("HP2:" + "0" * 2045, "HP1:")
        assert len(_text.decode("HP1:" + "0" * 2043, "HP1:")[1]) == 1362
