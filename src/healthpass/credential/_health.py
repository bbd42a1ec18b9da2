"""The health code: a colour, its ground and what goes with it (spec/credential.md, section 9)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from healthpass.codec._cbor import Value, check_value, rank
from healthpass.credential._evidence import Entry, Evidence
from healthpass.credential._holder import MAX_HOLDER, check_holder
from healthpass.credential._in_json import ARRAY, SIXTEEN_BYTES, label, numbered, placed
from healthpass.credential._model import Model, Time, open_code
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.words._code_points import Color, Reason

BINDING_SIZE: Final = 16  # HLT-8
MAX_EVIDENCE: Final = 4  # HLT-9
MAX_EXTENSIONS: Final = 8  # HLT-3
FIRST_EXTENSION: Final = 32  # HLT-3; keys 0 and 10 to 31 are critical, HLT-2


Extension: TypeAlias = tuple[int, Value]


@dataclass(frozen=True, slots=True, order=True)
class StatusPlace:
    """A credential's place in its issuer's status lists (HLT-11).

    Attributes:
        list: the number of the list, below 2^16.
        index: the entry in it, below 2^20.

    Raises:
        TypeError: when one is not an `int`.
        ValueError: when one is out of range.
    """

    list: int
    index: int

    def __post_init__(self) -> None:
        _check_uint("list", self.list, 2**16)
        _check_uint("index", self.index, 2**20)


def _check_uint(name: str, value: int, limit: int) -> None:
    if type(value) is not int:
        raise TypeError(f"status {name} must be an int, not {type(value).__name__}")
    if not 0 <= value < limit:
        raise ValueError(f"status {name} must lie from 0 to {limit - 1}")


def _check_extensions(extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    keys = [key for key, _ in extensions]
    if len(keys) > MAX_EXTENSIONS:
        raise ValueError(f"there are at most {MAX_EXTENSIONS} extensions")
    if len(set(keys)) < len(keys) or any(0 <= key < FIRST_EXTENSION for key in keys):
        raise ValueError(f"keys of extensions are negative, or {FIRST_EXTENSION} and up, and each stands once")
    for _, value in extensions:
        check_value(value)
    return tuple(sorted(extensions, key=lambda extension: rank(extension[0])))


_NOT_SHOWN: Final = Field(repr=False)


class Stated(Model):
    """The members of a health code; a judgement has them too. A `repr` shows none that tells one holder."""

    color: Color
    holder: Annotated[Annotated[str, AfterValidator(check_holder), label(MAX_HOLDER)] | None, _NOT_SHOWN] = None
    binding: Annotated[
        Annotated[bytes, Field(min_length=BINDING_SIZE, max_length=BINDING_SIZE), SIXTEEN_BYTES] | None, _NOT_SHOWN
    ] = None
    reason: Annotated[Reason | int, open_code(Reason)] | None = None
    until: Time | None = None
    evidence: Annotated[tuple[Entry, ...], Field(max_length=MAX_EVIDENCE), ARRAY, _NOT_SHOWN] = ()
    status: Annotated[Annotated[StatusPlace, placed(StatusPlace)] | None, _NOT_SHOWN] = None
    residence: Annotated[RegionId | None, _NOT_SHOWN] = None
    origin: IssuerId | None = None
    extensions: Annotated[
        tuple[Extension, ...],
        AfterValidator(_check_extensions),
        numbered(MAX_EXTENSIONS),
        Field(json_schema_extra={"default": {}}, repr=False),
    ] = ()

    @model_validator(mode="after")
    def _check_ground(self) -> Self:
        # HLT-5 and HLT-6: a colour that restricts somebody says why; green restricts nobody.
        if self.color is Color.GREEN:
            if self.reason is not None or self.until is not None:
                raise ValueError("a green code has neither reason nor until")
        elif self.reason is None:
            raise ValueError("a yellow or red code must have a reason")
        return self


class HealthCode(Stated):
    """What an issuer states about a holder. Frozen; constructing one checks every rule of section 9.

    >>> HealthCode(color=Color.GREEN, holder="张*丰").color.symbol
    '●'

    Attributes:
        color: green, yellow or red.
        holder: a label that the issuer has masked, such as 张*丰; 1 to 48 bytes of UTF-8.
        binding: the commitment to an identity document, 16 bytes; `bind_document` makes one.
        reason: the ground, required for yellow and red, absent for green; a plain number where this version
            does not know the reason.
        until: the end of the measure, in whole seconds; for yellow and red alone.
        evidence: at most 4 entries of what the colour rests on.
        status: the place in the issuer's status lists.
        residence: the region where the holder lives.
        origin: the office that set the colour, where another issuer converted its code: the issuer says so, and
            nobody has checked it.
        extensions: pairs of key, 32 and up or negative, and value; at most 8. A verifier ignores them.

    Raises:
        pydantic.ValidationError: a `ValueError`, when a rule is broken.
    """

    if TYPE_CHECKING:  # a plain str will do for an id

        def __init__(
            self,
            *,
            color: Color,
            holder: str | None = None,
            binding: bytes | None = None,
            reason: Reason | int | None = None,
            until: Time | None = None,
            evidence: tuple[Evidence, ...] = (),
            status: StatusPlace | None = None,
            residence: str | None = None,
            origin: str | None = None,
            extensions: tuple[Extension, ...] = (),
        ) -> None: ...
