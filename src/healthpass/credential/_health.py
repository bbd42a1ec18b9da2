"""The health code: a colour, its ground and what goes with it (spec/credential.md, section 9)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeAlias

from pydantic import AfterValidator, Field, ValidationError, WithJsonSchema, model_validator

from healthpass.codec._cbor import Value, rank
from healthpass.codec._json import read_base64url, read_key, read_value, write_base64url, write_value
from healthpass.credential._evidence import KINDS, Entry, Evidence
from healthpass.credential._holder import MAX_HOLDER, check_holder
from healthpass.credential._model import InJson, Model, Time, as_tuple, instance_of, open_code, spelled
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
        for name, value, limit in (("list", self.list, 2**16), ("index", self.index, 2**20)):
            if type(value) is not int:
                raise TypeError(f"status {name} must be an int, not {type(value).__name__}")
            if not 0 <= value < limit:
                raise ValueError(f"status {name} must lie from 0 to {limit - 1}")


def _read_status(value: Any) -> Any:
    if isinstance(value, StatusPlace):
        return value
    if not isinstance(value, list) or [type(number) for number in value] != [int, int]:
        raise ValueError("expected an array of two integers, the list and the place in it")
    return StatusPlace(*value)


def _check_extensions(extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    keys = [key for key, _ in extensions]
    if len(keys) > MAX_EXTENSIONS:
        raise ValueError(f"there are at most {MAX_EXTENSIONS} extensions")
    if len(set(keys)) < len(keys) or any(0 <= key < FIRST_EXTENSION for key in keys):
        raise ValueError(f"keys of extensions are negative, or {FIRST_EXTENSION} and up, and each stands once")
    return tuple(sorted(extensions, key=lambda extension: rank(extension[0])))


_NOT_SHOWN: Final = Field(repr=False)
_HOLDER: Final = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_HOLDER})
_BINDING: Final = spelled(bytes, read_base64url, write_base64url, pattern="^[A-Za-z0-9_-]{21}[AQgw]$")
_INTEGER: Final = {"type": "integer", "minimum": 0}
_STATUS: Final = InJson(
    {"type": "array", "prefixItems": [_INTEGER, _INTEGER], "minItems": 2, "maxItems": 2},
    _read_status,
    lambda place: [place.list, place.index],
    instance_of(StatusPlace),
)
_EVIDENCE: Final = InJson(None, as_tuple)
_EXTENSIONS: Final = InJson(
    {"type": "object", "maxProperties": MAX_EXTENSIONS},
    lambda value: (
        tuple((read_key(key), read_value(item)) for key, item in value.items())
        if isinstance(value, dict)
        else value
    ),
    lambda extensions: {str(key): write_value(item) for key, item in extensions},
)


class Stated(Model):
    """The members of a health code; a judgement has them too. A `repr` shows none that tells one holder."""

    color: Color
    holder: Annotated[Annotated[str, AfterValidator(check_holder), _HOLDER] | None, _NOT_SHOWN] = None
    binding: Annotated[
        Annotated[bytes, Field(min_length=BINDING_SIZE, max_length=BINDING_SIZE), _BINDING] | None, _NOT_SHOWN
    ] = None
    reason: Annotated[Reason | int, open_code(Reason)] | None = None
    until: Time | None = None
    evidence: Annotated[tuple[Entry, ...], Field(max_length=MAX_EVIDENCE), _EVIDENCE, _NOT_SHOWN] = ()
    status: Annotated[Annotated[StatusPlace, _STATUS] | None, _NOT_SHOWN] = None
    residence: Annotated[RegionId | None, _NOT_SHOWN] = None
    origin: IssuerId | None = None
    extensions: Annotated[
        tuple[Extension, ...],
        AfterValidator(_check_extensions),
        _EXTENSIONS,
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
        origin: the office that set the colour, where another issuer converted its code.
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


def problems_of(error: ValidationError) -> list[str]:
    """Say what is wrong with the JSON of a health code, a line for each problem.

    >>> try:
    ...     HealthCode.model_validate({"color": "grey", "evidence": [{"type": "recovery"}]})
    ... except ValidationError as error:
    ...     problems_of(error)
    ['color: expected one of green, yellow, red', 'evidence[0].day: it is missing']

    Args:
        error: what `HealthCode`, `HealthCode.model_validate` or `HealthCode.model_validate_json` has raised.

    Returns:
        Lines with the path of the member and what is expected there. None repeats a value, as the error's own
        `errors()` does.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [_path(problem["loc"]) + _WORDS.get(problem["type"], _own_words(problem["msg"])) for problem in found]


def _own_words(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _path(parts: tuple[int | str, ...]) -> str:
    named = (f"[{part}]" if isinstance(part, int) else f".{part[:40]}" for part in parts if part not in _READERS)
    path = "".join(named).removeprefix(".")
    return f"{path}: " if path else ""


_READERS: Final = frozenset((*KINDS, "another"))  # which model has read an entry of evidence
_WORDS: Final = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such member",
    "string_type": "expected a string",
    "int_type": "expected an integer",
    "tuple_type": "expected an array",
    "model_type": "expected an object",
}
