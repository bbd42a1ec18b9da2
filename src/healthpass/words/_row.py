"""What codes have in common: a row of a table in spec/tables, with its words in English and Chinese."""

from enum import Enum, IntEnum, StrEnum
from typing import NamedTuple, Self, TypeVar

from pydantic_core import CoreSchema, core_schema


class Words(NamedTuple):
    """One thing, in words.

    Attributes:
        en: in English.
        zh: in Chinese.
    """

    en: str
    zh: str

    def __str__(self) -> str:
        return f"{self.en} {self.zh}"


_Member = TypeVar("_Member", bound=Enum)


def _filled(member: _Member, cells: tuple[object, ...]) -> _Member:
    """Give a member the cells of its row, one for each column that its class names."""
    for column, cell in zip(type(member).__annotations__, cells, strict=True):
        setattr(member, column, cell)
    return member


class CodeNumber(IntEnum):
    """A code that is a number on the wire; each member equals its number."""

    words: Words

    def __new__(cls, number: int, *cells: object) -> Self:
        member = int.__new__(cls, number)
        member._value_ = number
        return _filled(member, cells)

    @property
    def label(self) -> str:
        """The name that stands in JSON and in tables, such as `risk-area`."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def of(cls, number: int) -> Self | int:
        """Return the member of a number, or the number itself where this version knows none."""
        return cls(number) if number in cls._value2member_map_ else number

    @classmethod
    def named(cls, label: object) -> Self:
        """Return the member that a label names.

        Raises:
            ValueError: when none has it.
        """
        for code in cls:
            if code.label == label:
                return code
        raise ValueError(f"expected one of {', '.join(code.label for code in cls)}")

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        """Let JSON have labels, and constructors of models take members alone."""
        return core_schema.lax_or_strict_schema(
            lax_schema=core_schema.no_info_plain_validator_function(
                lambda value: value if isinstance(value, cls) else cls.named(value)
            ),
            strict_schema=core_schema.is_instance_schema(cls),
            strict=False,  # whatever a model says: it is the constructor that is strict
            serialization=core_schema.plain_serializer_function_ser_schema(cls.label_of, when_used="json"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: object, _handler: object) -> dict[str, object]:
        return {"type": "string", "enum": [code.label for code in cls]}

    @classmethod
    def words_of(cls, number: int) -> Words:
        """Return the words of a number; they tell when this version knows none."""
        code = cls.of(number)
        return (
            code.words if isinstance(code, cls) else Words(f"number {number}, not known here", f"{number}（未知）")
        )

    @classmethod
    def label_of(cls, number: int) -> str | int:
        """Return the label of a number, or the number itself where this version knows none."""
        code = cls.of(number)
        return code.label if isinstance(code, cls) else number


class CodeName(StrEnum):
    """A code that is a word; each member equals its code, a plain string."""

    def __new__(cls, code: str, *cells: object) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        return _filled(member, cells)
