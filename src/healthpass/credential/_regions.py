"""Region and issuer ids (spec/credential.md, section 8)."""

import re
from typing import Any, Final, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_CN: Final = r"CN(?:-(?!00)[0-9]{2}){0,3}"
_OTHER: Final = r"(?!CN)[A-Z]{2}(?:-[A-Z0-9]{1,8}){0,3}"
_REGION: Final = re.compile(f"(?:{_CN}|{_OTHER})")
_ISSUER: Final = re.compile(rf"(?:{_CN}|{_OTHER})(?:\.[A-Z0-9]{{1,8}})?")


class _Id(str):
    """A string of a checked form; equal to, hashed and written as the plain string."""

    __slots__ = ()
    _form: re.Pattern[str]
    _expected: str

    def __new__(cls, value: str) -> Self:
        if type(value) is cls:
            return value
        if not isinstance(value, str):
            raise TypeError(f"{cls._expected} must be a str, not {type(value).__name__}")
        if not cls._form.fullmatch(value):
            raise ValueError(f"{value[:48]!r} is not {cls._expected}")
        return super().__new__(cls, value)

    def __getnewargs__(self) -> tuple[str]:
        return (str(self),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __str__(self) -> str:
        return str.__str__(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls._read, core_schema.str_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{cls._form.pattern}$"}

    @classmethod
    def _read(cls, value: str) -> Self:
        if not cls._form.fullmatch(value):
            raise ValueError(f"expected {cls._expected}")  # where somebody lives is not repeated
        return cls(value)


class RegionId(_Id):
    """A region: ISO 3166-1 letters and up to three components; under CN, pairs of GB/T 2260 digits (RGN-1).

    >>> RegionId("CN-33-01").within("CN-33")
    True
    >>> RegionId("US-330").within("US-33")
    False

    Raises:
        TypeError: when it is given anything but a `str`.
        ValueError: when the string is not of that form.
    """

    __slots__ = ()
    _form = _REGION
    _expected = "a region id such as CN, CN-33 or CN-33-01-06"

    def within(self, other: str) -> bool:
        """Tell whether this region lies within `other`, component by component; it lies within itself (RGN-2).

        Raises:
            TypeError: when `other` is not a `str`.
            ValueError: when `other` is not a region id.
        """
        outer = RegionId(other).split("-")
        return self.split("-")[: len(outer)] == outer


class IssuerId(_Id):
    """An issuer: a region id, and optionally a full stop and the office's 1 to 8 capitals or digits (RGN-3).

    >>> issuer = IssuerId("CN-33-01.WJW")
    >>> issuer.region, issuer.office
    (RegionId('CN-33-01'), 'WJW')

    Raises:
        TypeError: when it is given anything but a `str`.
        ValueError: when the string is not of that form.
    """

    __slots__ = ()
    _form = _ISSUER
    _expected = "an issuer id such as CN-33-01.WJW"

    @property
    def region(self) -> RegionId:
        """The region that the issuer belongs to."""
        return RegionId(self.partition(".")[0])

    @property
    def office(self) -> str:
        """The office within the region, or an empty string."""
        return self.partition(".")[2]
