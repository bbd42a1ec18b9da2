"""Status lists: their layout, their entries, and what they withstand (spec/status.md, section 2)."""

import json
import tracemalloc
import zlib
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorities import flipped, key_of
from corpora import corpus
from forging import AT
from healthpass import DocumentError, Outcome, SignatureError
from healthpass.documents import _status_list
from healthpass.documents._status_list import BYTES_PER_BIT, ENTRIES, Entries, Status, StatusList, sign_list

KEY = key_of("status")
URI = "https://status.example.cn/hangzhou/3"
BITMAP = b"\x02" + bytes(BYTES_PER_BIT - 1)
SIGNED = sign_list(BITMAP, uri=URI, key=KEY, issued=AT, expires=AT + 3600, ttl=300)


def outcome(data: bytes) -> Outcome:
    """Return why bytes are no list, or its payload none."""
    with pytest.raises(DocumentError) as caught:
        StatusList.decode(_status_list.parse(data).payload)
    return caught.value.outcome


def decoded(**changes: Any) -> StatusList:
    """Decode a payload with other values."""
    values = {"uri": URI, "issued": AT, "expires": AT + 3600, "bits": 1, "compressed": zlib.compress(BITMAP, 9)}
    return StatusList.decode(StatusList(**{**values, **changes}).written())


class TestLayout:
    def test_is_taken_apart_and_put_together(self) -> None:
        """A list is read as it was made, and its signature is the key's."""
        signed = _status_list.parse(SIGNED)
        assert bytes(signed) == SIGNED
        signed.verify(KEY.public_key)
        content = StatusList.decode(signed.payload)
        assert (content.uri, content.issued, content.expires, content.ttl) == (URI, AT, AT + 3600, 300)
        assert (content.base, content.number) == ("https://status.example.cn/hangzhou", 3)
        assert [content.entries().at(index) for index in (0, 1, 2)] == [Status.GOOD, Status.REVOKED, Status.GOOD]

    def test_begins_as_the_draft_says(self) -> None:
        """It is a COSE_Sign1 with alg, kid and typ, which any CBOR reader opens."""
        message = cbor2.loads(SIGNED)
        protected = cbor2.loads(message.value[0])
        assert message.tag == 18
        assert protected == {1: -19, 4: KEY.public_key.kid, 16: "application/statuslist+cwt"}
        assert cbor2.loads(message.value[2])[65533]["bits"] == 1

    @given(at=st.integers(0, len(SIGNED) - 1), mask=st.integers(1, 255))
    def test_a_changed_byte_is_another_list(self, at: int, mask: int) -> None:
        """Whichever byte is changed, the list is refused, or its signature is not the key's."""
        with pytest.raises(DocumentError):
            _status_list.parse(flipped(SIGNED, at, mask)).verify(KEY.public_key)

    @given(cut=st.integers(0, len(SIGNED) - 1))
    def test_a_cut_list_is_none(self, cut: int) -> None:
        """A list that ends early is refused, and so is one with a byte more."""
        assert outcome(SIGNED[:cut]) is Outcome.MALFORMED_ENVELOPE
        assert outcome(SIGNED + SIGNED[cut : cut + 1]) is Outcome.MALFORMED_ENVELOPE

    def test_the_length_is_bounded(self) -> None:
        """What is longer than a list can be is not looked at."""
        assert outcome(SIGNED + bytes(1_114_113 - len(SIGNED))) is Outcome.TOO_LARGE

    @given(data=st.binary(max_size=200))
    def test_noise_is_no_list(self, data: bytes) -> None:
        """Whatever the bytes are, the answer is a refusal."""
        for noise in (data, SIGNED[:44] + data):
            with pytest.raises(DocumentError):
                StatusList.decode(_status_list.parse(noise).payload)


class TestContent:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"expires": AT}, Outcome.MALFORMED_DOCUMENT),
            ({"expires": AT + 604_801}, Outcome.MALFORMED_DOCUMENT),
            ({"bits": 3}, Outcome.MALFORMED_DOCUMENT),
            ({"bits": 0}, Outcome.MALFORMED_DOCUMENT),
            ({"issued": -1}, Outcome.MALFORMED_PAYLOAD),
            ({"ttl": 2**53}, Outcome.MALFORMED_PAYLOAD),
            ({"bits": True}, Outcome.MALFORMED_PAYLOAD),
            ({"uri": b"https://"}, Outcome.MALFORMED_PAYLOAD),
            ({"compressed": "text"}, Outcome.MALFORMED_PAYLOAD),
            ({"compressed": b""}, Outcome.MALFORMED_DOCUMENT),
            ({"compressed": zlib.compress(b"")}, Outcome.MALFORMED_DOCUMENT),
            ({"compressed": zlib.compress(BITMAP)[:-1]}, Outcome.MALFORMED_DOCUMENT),
            ({"compressed": zlib.compress(BITMAP) + b"\0"}, Outcome.MALFORMED_DOCUMENT),
            ({"compressed": zlib.compress(BITMAP)[2:-4]}, Outcome.MALFORMED_DOCUMENT),
            ({"compressed": flipped(zlib.compress(BITMAP), -1)}, Outcome.MALFORMED_DOCUMENT),
            ({"compressed": zlib.compress(BITMAP + b"\0")}, Outcome.MALFORMED_DOCUMENT),
        ],
    )
    def test_what_breaks_a_rule(self, changes: Any, expected: Outcome) -> None:
        """A value that breaks a rule is refused, whoever signed it."""
        with pytest.raises(DocumentError) as caught:
            decoded(**changes)
        assert caught.value.outcome is expected

    @pytest.mark.parametrize("changes", [{"ttl": 0}, {"ttl": 10**10}, {"expires": AT + 604_800}, {"bits": 8}])
    def test_what_breaks_none(self, changes: Any) -> None:
        """A ttl of any length says nothing of how long a list counts."""
        assert decoded(**changes).expires

    def test_there_is_one_encoding(self) -> None:
        """Another order, a claim more and a longer head are refused, though they say the same."""
        wire = cbor2.loads(_status_list.parse(SIGNED).payload)
        inner = dict(reversed(wire[65533].items()))
        for other in ({**wire, 65533: inner}, dict(reversed(wire.items())), {**wire, 99: 1}, {**wire, 6: 1.0}):
            with pytest.raises(DocumentError, match="malformed-payload"):
                StatusList.decode(cbor2.dumps(other))

    def test_a_bomb_is_not_inflated(self) -> None:
        """A gigabyte in a megabyte is given up at the size that a list has."""
        stream = zlib.compressobj(1)
        parts = [stream.compress(bytes(10**6)) for _ in range(1000)]
        bomb = b"".join([*parts, stream.flush()])
        made = StatusList(uri=URI, issued=AT, expires=AT + 1, bits=1, compressed=bomb)
        tracemalloc.start()
        with pytest.raises(DocumentError, match="zlib"):
            made.check()
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
        tracemalloc.stop()

    def test_what_is_only_checked_is_not_kept(self) -> None:
        """Whoever sends a hundred lists of a megabyte each, inflated, fills no memory with them."""
        made = StatusList(uri=URI, issued=AT, expires=AT + 1, bits=8, compressed=zlib.compress(bytes(1 << 20)))
        before = _status_list._inflated.cache_info().misses
        StatusList.decode(made.encode())
        assert _status_list._inflated.cache_info().misses == before
        assert len(made.entries()) == ENTRIES
        assert _status_list._inflated.cache_info().misses == before + 1

    @pytest.mark.parametrize(
        ("uri", "number"),
        [
            ("a/0", 0),
            ("a/65535", 65535),
            ("a/65536", None),
            ("a/01", None),
            ("a/", None),
            ("a/1\n", None),
            ("7", None),
        ],
    )
    def test_numbers(self, uri: str, number: int | None) -> None:
        """The number is what follows the last slash, in decimal, as it is written once."""
        assert decoded(uri=uri).number == number


class TestEntries:
    @pytest.mark.parametrize("number", range(4))
    def test_the_lists_of_the_draft(self, number: int) -> None:
        """The draft's own lists are read exactly; values beyond 1 are unknown."""
        listed = json.loads(corpus("token-status-list.json"))["lists"][number]
        inner = cbor2.loads(bytes.fromhex(listed["cbor_hex"]))
        entries = decoded(bits=inner["bits"], compressed=inner["lst"]).entries()
        assert len(entries) == listed["entries"] == ENTRIES
        known = {0: Status.GOOD, 1: Status.REVOKED}
        nonzero = {int(index): value for index, value in listed["nonzero"].items()}
        for index in {*nonzero, *(index + 1 for index in nonzero), *range(0, ENTRIES, 4099)}:
            expected = known.get(nonzero.get(index, 0), Status.UNKNOWN) if index < ENTRIES else Status.UNKNOWN
            assert entries.at(index) is expected, index

    def test_the_list_of_the_draft_is_written_to_the_same_bits(self) -> None:
        """Of the draft's entries of one bit comes a list with the draft's bits."""
        listed = json.loads(corpus("token-status-list.json"))["lists"][0]
        bitmap = bytearray(BYTES_PER_BIT)
        for index in map(int, listed["nonzero"]):
            bitmap[index >> 3] |= 1 << (index & 7)
        signed = sign_list(bytes(bitmap), uri=URI, key=KEY, issued=AT, expires=AT + 1)
        ours, theirs = (
            cbor2.loads(_status_list.parse(signed).payload)[65533],
            cbor2.loads(bytes.fromhex(listed["cbor_hex"])),
        )
        assert (list(ours), ours["bits"]) == (list(theirs), theirs["bits"])
        # Inflated: other versions of zlib pack the same bits into other bytes.
        assert zlib.decompress(ours["lst"]) == zlib.decompress(theirs["lst"]) == bytes(bitmap)

    @given(bits=st.sampled_from([1, 2, 4, 8]), data=st.binary(min_size=1, max_size=40), index=st.integers(-9, 400))
    def test_every_index_has_an_answer(self, bits: int, data: bytes, index: int) -> None:
        """An entry is as wide as the list says, from the least significant bit; beyond the end it is unknown."""
        number = int.from_bytes(data, "little") >> max(index, 0) * bits & (1 << bits) - 1
        beyond = not 0 <= index < len(data) * 8 // bits
        expected = Status.UNKNOWN if beyond else {0: Status.GOOD, 1: Status.REVOKED}.get(number, Status.UNKNOWN)
        assert Entries(bits, data).at(index) is expected


class TestSigning:
    def test_what_cannot_be_signed(self) -> None:
        """A bitmap of another size and a life beyond 7 days are errors of whoever makes the list."""
        for bitmap, expires in ((BITMAP[1:], AT + 1), (BITMAP, AT + 604_801), (BITMAP, AT)):
            with pytest.raises(ValueError, match="."):
                sign_list(bitmap, uri=URI, key=KEY, issued=AT, expires=expires)

    def test_a_foreign_signature_is_verified(self) -> None:
        """A key that is elsewhere and signs wrongly makes no list."""

        class Broken:
            public_key = KEY.public_key

            def sign(self, message: bytes) -> bytes:
                return key_of("another").sign(message)

        with pytest.raises(SignatureError):
            sign_list(BITMAP, uri=URI, key=Broken(), issued=AT, expires=AT + 1)
