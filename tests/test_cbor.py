"""The restricted CBOR: spec/credential.md, section 6."""

import time
import tracemalloc
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import MalformedError
from healthpass.codec import _cbor

MAX = 2**53 - 1
integers = st.integers(-MAX, MAX)
scalars = integers | st.binary(max_size=40) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw lists and maps of what `inner` draws."""
    maps = st.dictionaries(integers, inner, max_size=5).map(_cbor.in_order)
    return st.lists(inner, max_size=5) | maps


values = scalars
for _ in range(_cbor.MAX_DEPTH):
    values = scalars | containers(values)


class TestCounting:
    @given(value=st.recursive(st.integers(0, 2**53 - 1) | st.binary(max_size=300), st.lists, max_leaves=30))
    def test_counts_items_without_decoding(self, value: Any) -> None:
        """The number of items is found by their heads, whatever their lengths."""

        def items(one: Any) -> int:
            return 1 + sum(map(items, one)) if isinstance(one, list) else 1

        data = cbor2.dumps(value)
        count = items(value)
        assert _cbor.has_more_items(data, count - 1)
        assert not _cbor.has_more_items(data, count)

    @given(data=st.binary(max_size=60), at_most=st.integers(0, 60))
    def test_ends_whatever_the_bytes(self, data: bytes, at_most: int) -> None:
        """Noise has an answer, and never more items than bytes."""
        assert not _cbor.has_more_items(data, max(at_most, len(data)))
        _cbor.has_more_items(data, at_most)

    def test_is_quick_to_refuse(self) -> None:
        """Sixteen million empty arrays are given up at the limit, before any is made."""
        bomb = bytes.fromhex("9a00ffff00") + b"\x80" * 0xFFFF00
        tracemalloc.start()
        assert _cbor.has_more_items(bomb, 100_000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()


class TestRoundTrip:
    @given(values)
    def test_a_value_decodes_to_itself(self, value: Any) -> None:
        """Decoding what was encoded gives an equal value of the same types."""
        decoded = _cbor.decode(_cbor.encode(value))
        assert decoded == value
        assert repr(decoded) == repr(value)

    @given(st.binary(max_size=64) | values.map(cbor2.dumps))
    def test_what_decodes_encodes_to_the_same_bytes(self, data: bytes) -> None:
        """Whatever is accepted has one encoding; anything else is malformed-payload and nothing worse."""
        try:
            value = _cbor.decode(data)
        except MalformedError as error:
            assert error.verdict == "malformed-payload"
        else:
            assert _cbor.encode(value) == data

    def test_order_is_that_of_rfc_8949(self) -> None:
        """Keys are sorted by their encodings, not by length first: 24 comes before -1."""
        assert _cbor.encode(_cbor.in_order({-1: 0, 24: 0, -25: 0, 10: 0})).hex() == "a40a001818002000381800"


class TestRefusal:
    @pytest.mark.parametrize(
        "data",
        [
            "1800",  # 0 in two bytes
            "190001",
            "1a00000001",
            "1b0000000000000001",
            "5800",  # an empty byte string with a longer head
            "7800",
            "9800",
            "b800",
            "5f4100ff",  # indefinite
            "7f6161ff",
            "9f00ff",
            "bf0000ff",
            "a201000000",  # keys out of order
            "a220000000",
            "a2200018180 0".replace(" ", ""),  # length first: -1 before 24
            "a200000000",  # a key twice
            "a161610 0".replace(" ", ""),  # a text key
            "a1410000",
            "a1f500",  # True as a key
            "a1f93c0000",  # 1.0 as a key
            "a1a00000",
            "a1810000",
            "f4",
            "f5",
            "f6",
            "f7",
            "f90000",
            "f93c00",
            "fb3ff0000000000000",
            "f97e00",
            "e0",
            "f8ff",
            "c000",
            "c11a6b49d200",
            "c24101",
            "c34101",
            "c482 0001".replace(" ", ""),
            "d81c8100",
            "d81d00",
            "d82363612b2b",
            "d9010081 6161".replace(" ", ""),
            "d9d9f700",
            "1b0020000000000000",  # 2^53
            "3b001fffffffffffff",  # -2^53
            "1bffffffffffffffff",
            "818181818100",  # five arrays
            "a100a100a100a100a10000",
            "0000",  # something follows
            "",
            "18",
            "61ff",  # not UTF-8
            "63eda080",  # a surrogate in UTF-8
            "62c080",  # an overlong NUL
            "9bffffffffffffffff",
            "5bffffffffffffffff",
            "bbffffffffffffffff",
            "7b7fffffffffffffff",
            "ff",
            "1c",
            "fc",
        ],
    )
    def test_one_fault(self, data: str) -> None:
        """Each of these is refused as malformed-payload, at once."""
        start = time.perf_counter()
        with pytest.raises(MalformedError) as caught:
            _cbor.decode(bytes.fromhex(data))
        assert caught.value.verdict == "malformed-payload"
        assert time.perf_counter() - start < 1

    def test_no_tag_is_decoded(self) -> None:
        """Every tag is refused, whether cbor2 knows it or not."""
        for tag in [*range(2000), 43000, 55799, 2**32]:
            with pytest.raises(MalformedError):
                _cbor.decode(cbor2.dumps(cbor2.CBORTag(tag, b"x" * 16)))

    @pytest.mark.parametrize(
        "data", [b"\x81" * 900 + b"\x00", b"\xc1" * 900 + b"\x00", b"\xa1\x00" * 450 + b"\x00"]
    )
    def test_bombs_of_depth(self, data: bytes) -> None:
        """A payload that is nothing but nesting is refused, and no stack overflows."""
        with pytest.raises(MalformedError):
            _cbor.decode(data)

    def test_shared_references_do_not_loop(self) -> None:
        """A list that contains itself, by cbor2's shared references, is refused."""
        with pytest.raises(MalformedError):
            _cbor.decode(bytes.fromhex("d81c81d81d00"))

    def test_the_library_beneath_would_accept_lookalikes(self) -> None:
        """The reason for exact types: to Python, and so to a naive comparison, True and 1.0 are 1."""
        for lookalike in ({True: 0}, {1.0: 0}):
            assert cbor2.loads(cbor2.dumps(lookalike)) == {1: 0}

    @pytest.mark.parametrize(
        "value", [True, 1.0, None, 2**53, -(2**53), (1,), {"a": 1}, {True: 1}, {1: 0, 0: 0}, [[[[[]]]]]]
    )
    def test_nothing_else_is_written(self, value: Any) -> None:
        """The encoder refuses what the decoder would."""
        with pytest.raises((TypeError, ValueError)):
            _cbor.encode(value)

    @pytest.mark.parametrize("value", [True, 1.0, 2**53, {"a": 1}, {True: 1}, {-1: "\ud800"}, [[[[[]]]]]])
    def test_nothing_else_is_checked_as_good(self, value: Any) -> None:
        """The check of an extension refuses it too; the order of keys does not matter there."""
        with pytest.raises(ValueError, match="."):
            _cbor.check_value(value)
        _cbor.check_value({-2: 0, 1: 0, 0: [-1], -1: {}})

    @pytest.mark.parametrize("key", [2**53, 2**60, -(2**53), -(2**60)])
    def test_keys_are_bounded_too(self, key: int) -> None:
        """An integer beyond 2^53 - 1 is refused as a map key as well."""
        with pytest.raises(MalformedError):
            _cbor.decode(cbor2.dumps({key: 0}))
