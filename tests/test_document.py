"""The signed document: its layout, its signatures, and how a bundle is cut."""

from dataclasses import replace

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorities import Region, flipped, key_of, signed
from healthpass import DocumentError, Outcome, PublicKey
from healthpass.codec import _cose, _text
from healthpass.documents import _bundle, _document
from healthpass.documents._document import Document, Kind

ZHEJIANG = Region("CN-33")
ZHEJIANG.office("CN-33-01.WJW")
ROOT = ZHEJIANG.roots[0]
REGISTRY = ZHEJIANG.publish()
KEYS = [key_of(f"document {number}") for number in range(20)]
PAYLOAD = bytes(range(64))


def outcome(data: bytes) -> Outcome:
    """Return why bytes are no document."""
    with pytest.raises(DocumentError) as caught:
        _document.parse(data)
    return caught.value.outcome


class TestLayout:
    @pytest.mark.parametrize("size", [24, 255, 256, 65_000, 65_536, 70_000])
    def test_bytes_are_taken_apart_and_put_together(self, size: int) -> None:
        """What is put together is taken apart as it was, at every length of the head."""
        document = _document.parse(signed(Kind.REGISTRY, bytes(size), KEYS[:3]))
        assert (document.kind, document.payload, len(document.signatures)) == (Kind.REGISTRY, bytes(size), 3)
        assert bytes(document) == signed(Kind.REGISTRY, bytes(size), reversed(KEYS[:3]))

    @given(at=st.integers(0, len(ROOT) - 1), mask=st.integers(1, 255))
    def test_a_changed_byte_is_another_document(self, at: int, mask: int) -> None:
        """Whichever byte is changed, the document is refused, or its signatures do not count."""
        with pytest.raises(DocumentError):
            _document.parse(flipped(ROOT, at, mask)).count(
                ZHEJIANG.root.root_keys, len(ZHEJIANG.root.root_keys[:2])
            )

    @given(cut=st.integers(0, len(ROOT) - 1))
    def test_a_cut_document_is_none(self, cut: int) -> None:
        """A document that ends early is refused, and so is one with a byte more."""
        assert outcome(ROOT[:cut]) is Outcome.MALFORMED_ENVELOPE
        assert outcome(ROOT + ROOT[cut : cut + 1]) is Outcome.MALFORMED_ENVELOPE

    @given(data=st.binary(max_size=300))
    def test_noise_is_no_document(self, data: bytes) -> None:
        """Whatever the bytes are, the answer is a document or a refusal."""
        for noise in (data, ROOT[:3] + data, ROOT[:22] + data):
            try:
                assert bytes(_document.parse(noise)) == noise
            except DocumentError as error:
                assert error.outcome in {Outcome.MALFORMED_ENVELOPE, Outcome.UNSUPPORTED_KIND}

    @pytest.mark.parametrize("kind", [Kind.ROOT, Kind.REGISTRY, Kind.KEY_REQUEST])
    def test_the_length_is_bounded_by_the_kind(self, kind: Kind) -> None:
        """A document of the greatest length is read, and one byte more is too large."""
        rest = len(signed(kind, bytes(100_000), KEYS[:1])) - 100_000
        widths = 0 if kind is Kind.REGISTRY else 2  # the head of a shorter payload is shorter
        payload = bytes(kind.max_bytes - rest + widths)
        assert len(whole := signed(kind, payload, KEYS[:1])) == kind.max_bytes
        assert _document.parse(whole).payload == payload
        assert outcome(signed(kind, payload + b"\0", KEYS[:1])) is Outcome.TOO_LARGE

    def test_there_are_one_to_sixteen_signatures(self) -> None:
        """None and seventeen are refused, also when they are written."""
        assert outcome(signed(Kind.ROOT, PAYLOAD, [])) is Outcome.MALFORMED_ENVELOPE
        assert len(_document.parse(signed(Kind.ROOT, PAYLOAD, KEYS[:16])).signatures) == 16
        with pytest.raises(ValueError, match="at most 16"):
            signed(Kind.ROOT, PAYLOAD, KEYS[:17])

    def test_signatures_ascend(self) -> None:
        """Two signatures in the other order, and one that stands twice, are refused."""
        data = signed(Kind.ROOT, PAYLOAD, KEYS[:2])
        first, second, start = data[-164:-82], data[-82:], data[:-164]
        assert outcome(start + second + first) is Outcome.MALFORMED_ENVELOPE
        assert outcome(start + first + first) is Outcome.MALFORMED_ENVELOPE

    def test_another_typ_is_unsupported(self) -> None:
        """A policy, and a typ of another's, are not read."""
        for typ in ("application/vnd.healthpass.policies+cose", "application/whatever", "x"):
            data = ROOT.replace(_header(Kind.ROOT), _header(typ))
            assert outcome(data) is Outcome.UNSUPPORTED_KIND

    def test_a_credential_is_no_document(self) -> None:
        """A document is no credential, and a credential no document (row 37)."""
        text = ZHEJIANG.offices["CN-33-01.WJW"].issue()
        assert outcome(_text.decode(text, _text.CREDENTIAL)[1]) is Outcome.MALFORMED_ENVELOPE
        with pytest.raises(Exception, match="malformed-envelope"):
            _cose.parse(ROOT)


def _header(typ: str) -> bytes:
    return cbor2.dumps(cbor2.dumps({16: str(typ)}))


class TestCounting:
    document = _document.parse(signed(Kind.ROOT, PAYLOAD, KEYS[:3]))

    def public(self, *numbers: int) -> list[PublicKey]:
        """Return public keys."""
        return [KEYS[number].public_key for number in numbers]

    @pytest.mark.parametrize(("keys", "threshold"), [((0,), 1), ((0, 1, 5), 2), ((0, 1, 2, 5, 6), 3)])
    def test_reaches_the_threshold(self, keys: tuple[int, ...], threshold: int) -> None:
        """1 of 1, 2 of 3 and 3 of 5 are reached, and one more is not."""
        self.document.count(self.public(*keys), threshold)
        with pytest.raises(DocumentError) as caught:
            self.document.count(self.public(*keys), threshold + 1)
        assert caught.value.outcome is Outcome.THRESHOLD_NOT_MET

    def test_a_key_counts_once(self) -> None:
        """The same key given several times is one key (row 9)."""
        with pytest.raises(DocumentError) as caught:
            self.document.count(self.public(0, 0, 0), 2)
        assert caught.value.outcome is Outcome.THRESHOLD_NOT_MET

    def test_a_wrong_signature_refuses(self) -> None:
        """One wrong signature by a known key refuses the document, however many right ones there are."""
        kid = KEYS[0].public_key.kid
        wrong = self.document.signed_with(kid, KEYS[1].sign(self.document.to_be_signed(kid)))
        with pytest.raises(DocumentError) as caught:
            wrong.count(self.public(0, 1, 2), 1)
        assert caught.value.outcome is Outcome.BAD_SIGNATURE
        wrong.count(self.public(1, 2), 2)

    def test_a_signature_is_for_one_kind(self) -> None:
        """A root's signature is none for a registry with the same payload."""
        with pytest.raises(DocumentError) as caught:
            replace(self.document, kind=Kind.REGISTRY).count(self.public(0), 1)
        assert caught.value.outcome is Outcome.BAD_SIGNATURE

    def test_signers_may_come_in_any_order(self) -> None:
        """Several people sign one after another, and the bytes are the same in the end."""
        unsigned = Document(Kind.ROOT, PAYLOAD, {})
        for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
            document = unsigned
            for number in order:
                key = KEYS[number]
                document = document.signed_with(
                    key.public_key.kid, key.sign(document.to_be_signed(key.public_key.kid))
                )
            assert bytes(document) == bytes(self.document)


class TestBundles:
    def test_documents_are_found_by_their_heads(self) -> None:
        """A bundle is cut into its documents, also where one of them is of a kind that nobody knows."""
        other = ROOT.replace(_header(Kind.ROOT), _header("application/whatever"))
        assert list(_bundle.split(ROOT + other + REGISTRY)) == [ROOT, other, REGISTRY]
        assert list(_bundle.split(b"")) == []

    def test_a_break_ends_the_bundle(self) -> None:
        """What follows something that is no document cannot be found, and what stood before it can."""
        first, second = _bundle.split(ROOT + b"\xa0" + REGISTRY)
        assert first == ROOT
        assert isinstance(second, DocumentError)

    @given(at=st.integers(0, 2 * len(ROOT) - 1), mask=st.integers(1, 255))
    def test_a_changed_byte_never_raises(self, at: int, mask: int) -> None:
        """However a bundle is damaged, there are parts and at most one error, which is the last."""
        parts = list(_bundle.split(flipped(ROOT + ROOT, at, mask)))
        assert not any(isinstance(part, DocumentError) for part in parts[:-1])

    def test_has_an_end(self) -> None:
        """After 4,096 documents the rest is not read."""
        tiny = signed(Kind.ROOT, PAYLOAD, KEYS[:1])
        parts = list(_bundle.split(tiny * 4098))
        assert len(parts) == 4097
        assert isinstance(parts[-1], DocumentError)
        assert parts[-1].outcome is Outcome.TOO_MANY
