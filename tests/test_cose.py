"""The envelope: spec/credential.md, section 4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forging import KEY, issued
from healthpass import MalformedError
from healthpass.codec import _cose, _text

payloads = st.integers(_cose.MIN_PAYLOAD, _cose.MAX_PAYLOAD).map(bytes)


class TestLayout:
    @given(payloads, st.binary(min_size=8, max_size=8), st.binary(min_size=64, max_size=64))
    def test_what_is_assembled_parses_to_itself(self, payload: bytes, kid: bytes, signature: bytes) -> None:
        """Parsing what was assembled gives the same parts and the bytes that are signed."""
        envelope = _cose.parse(_cose.assemble(kid, payload, signature))
        assert envelope == (kid, payload, signature, _cose.to_be_signed(kid, payload))

    @given(st.binary(max_size=200))
    def test_whatever_bytes(self, data: bytes) -> None:
        """Any bytes parse to parts that assemble to the same bytes, or are malformed-envelope."""
        try:
            envelope = _cose.parse(data)
        except MalformedError as error:
            assert error.verdict == "malformed-envelope"
        else:
            assert _cose.assemble(envelope.kid, envelope.payload, envelope.signature) == data

    def test_the_alg_of_the_fixed_bytes(self) -> None:
        """The fixed bytes hold alg -19, which is Ed25519."""
        assert _cose.ALG_ED25519 == -19
        assert _text.decode(issued(), _text.CREDENTIAL)[1][4:6] == bytes.fromhex("0132")  # 1: -19

    def test_size_limits(self) -> None:
        """1,024 bytes are accepted; a payload of one byte more, or of 23, is never written."""
        assert len(_cose.assemble(bytes(8), bytes(_cose.MAX_PAYLOAD), bytes(64))) == _cose.MAX_CREDENTIAL
        for size in (_cose.MIN_PAYLOAD - 1, _cose.MAX_PAYLOAD + 1):
            with pytest.raises(ValueError, match="24 to 938"):
                _cose.to_be_signed(bytes(8), bytes(size))


class TestRefusal:
    def test_every_change_of_a_fixed_byte(self) -> None:
        """Any other value of any byte of the layout is malformed-envelope."""
        sound = _text.decode(issued(), _text.CREDENTIAL)[1]
        size = sound[18]
        fixed = [*range(8), 16, 17, 18, 19 + size, 20 + size]
        for position in fixed:
            for value in range(256):
                if value != sound[position]:
                    with pytest.raises(MalformedError):
                        _cose.parse(sound[:position] + bytes([value]) + sound[position + 1 :])

    def test_every_truncation_and_a_byte_more(self) -> None:
        """A credential that is cut anywhere, or has a byte more at either end, is malformed-envelope."""
        sound = _text.decode(issued(), _text.CREDENTIAL)[1]
        for cut in [sound[:end] for end in range(len(sound))] + [sound + b"\0", b"\0" + sound]:
            with pytest.raises(MalformedError) as caught:
                _cose.parse(cut)
            assert caught.value.verdict == "malformed-envelope"

    def test_the_longer_form_of_a_short_length(self) -> None:
        """58 nn written as 59 00 nn would be another text for the same credential."""
        sound = _text.decode(issued(), _text.CREDENTIAL)[1]
        with pytest.raises(MalformedError):
            _cose.parse(sound[:17] + b"\x59\x00" + sound[18:])

    @pytest.mark.parametrize(
        "start", ["84", "d18443", "d28443", "d83d8443", "d2d284", "d8628443", "d28344a10132", "d2844ca10127"]
    )
    def test_other_tags_and_headers(self, start: str) -> None:
        """COSE with another tag, none, two, or with other headers is malformed-envelope."""
        with pytest.raises(MalformedError):
            _cose.parse(bytes.fromhex(start) + _text.decode(issued(), _text.CREDENTIAL)[1][3:])


class TestSignedBytes:
    def test_external_aad_and_kid_are_signed(self) -> None:
        """What is signed names HP1 and the kid, so that the signature is good for nothing else."""
        kid = KEY.public_key.kid
        signed = _cose.to_be_signed(kid, bytes(30))
        assert signed == bytes.fromhex("846a5369676e6174757265314da201320448") + kid + b"\x43HP1\x58\x1e" + bytes(
            30
        )
