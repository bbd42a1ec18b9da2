"""The binding to a document: spec/credential.md, section 10."""

from typing import Any

import pytest

from healthpass import DocumentType, IdentityDocument, bind_document
from healthpass.credential._binding import document_matches

OPENING = bytes(range(16, 32))
NUMBER = "11010519491231002X"


def test_a_number_of_another_type_is_called_one() -> None:
    """A number that only another type has is no mismatch: the type is wrong, and the right one is named."""
    for kind, number, right in (
        ("resident-id", "810000199001010019", "hmt-residence-permit"),
        ("hmt-residence-permit", "440524188001010014", "resident-id"),
        ("hm-permit", "00000000", "tw-permit"),
        ("passport", "H00000000", "hm-permit"),
    ):
        with pytest.raises(
            ValueError, match=f"the number of another type, {right}, and no {kind} has such"
        ) as caught:
            bind_document(kind, number)
        assert number not in str(caught.value)
    with pytest.raises(ValueError, match="Germany's passports have D, not DEU"):
        bind_document("passport", "DEU-C01X00T47")


class TestBindDocument:
    def test_the_example_of_the_spec(self) -> None:
        """The binding is the one that the spec's example has."""
        bound = bind_document("resident-id", NUMBER, opening=OPENING)
        assert bound.binding.hex() == "2e2f5a736a01b25cec85c62b78465cba"
        assert bound.opening == OPENING

    def test_a_fresh_opening_each_time(self) -> None:
        """Two bindings of one document have nothing in common."""
        one, two = bind_document("resident-id", NUMBER), bind_document("resident-id", NUMBER)
        assert one.opening != two.opening
        assert one.binding != two.binding

    @pytest.mark.parametrize("kind", DocumentType)
    def test_every_example(self, kind: DocumentType) -> None:
        """The example of each type is spelled as the table says, and matches its own binding alone."""
        number = kind.example
        bound = bind_document(kind, number)
        assert document_matches(bound.binding, kind, number, bound.opening)
        assert not document_matches(bound.binding, kind, number, bytes(16))
        assert not document_matches(None, kind, number, bound.opening)

    @pytest.mark.parametrize(
        ("kind", "number"),
        [
            ("resident-id", "440524188001010014"),
            ("hmt-residence-permit", "810000199001010019"),
            ("hmt-residence-permit", "830000199001010012"),
        ],
    )
    def test_sound_check_digits(self, kind: str, number: str) -> None:
        """Numbers with the right check digit are accepted, one from 1880 among them."""
        bind_document(kind, number)

    @pytest.mark.parametrize(
        ("kind", "number"),
        [
            ("resident-id", NUMBER.lower()),
            ("resident-id", NUMBER[:-1] + "1"),
            ("resident-id", "110105194912310021"),
            ("resident-id", "110105491231002"),
            ("resident-id", "440524188001010014\n"),
            ("resident-id", " 440524188001010014"),
            ("resident-id", "１１０１０５１９４９１２３１００２Ｘ"),
            ("resident-id", "11010519491331002X"),
            ("hmt-residence-permit", NUMBER),
            ("hm-permit", "H1234567800"),
            ("hm-permit", "A12345678"),
            ("tw-permit", "1234567"),
            ("resident-id", "810000199001010019"),
            ("passport", "DEU-C01X00T47"),
            ("passport", "CN-E12345678"),
            ("passport", "E12345678"),
            ("passport", "CHN-e12345678"),
            ("passport", "CHN-E123"),
            ("foreigner-pr", "911101000199001017"),
            ("foreigner-pr", "AB123456789012"),
            ("driving-licence", NUMBER),
        ],
    )
    def test_another_spelling(self, kind: str, number: str) -> None:
        """Another spelling is a ValueError that says what was expected and does not repeat the number."""
        with pytest.raises(ValueError, match="spelled|check digit|no document type|of another type") as caught:
            bind_document(kind, number)
        assert number not in str(caught.value)

    def test_type_and_number_in_the_other_order(self) -> None:
        """Who swaps them does not read the number in a log."""
        with pytest.raises(ValueError, match="no document type") as caught:
            bind_document(NUMBER, "resident-id")
        assert NUMBER not in str(caught.value)

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            (("resident-id", 110105194912310020), TypeError),
            ((111, NUMBER), TypeError),
            (("resident-id", NUMBER, "00" * 16), TypeError),
            (("resident-id", NUMBER, bytes(15)), ValueError),
        ],
    )
    def test_other_arguments(self, arguments: tuple[Any, ...], error: type[Exception]) -> None:
        """Arguments of another type or size say what was expected."""
        kind, number, *opening = arguments
        with pytest.raises(error, match="must be|has 16 bytes"):
            bind_document(kind, number, opening=opening[0] if opening else None)

    def test_a_document_is_a_pair(self) -> None:
        """A IdentityDocument is what issue() takes: type and number."""
        assert IdentityDocument(DocumentType.RESIDENT_ID, NUMBER) == ("resident-id", NUMBER)
