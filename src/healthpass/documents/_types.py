"""How values stand in documents: each type is read, with the place of every fault, and written (DOC-8).

A map is a table of fields, each with the name and the rule that spec/tables/claims.csv gives it. The path to a
fault is put together while the error goes up, so that it costs nothing where there is none.

A value can be checked without making anything of it. Then all is checked that is checked when it is read.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

import cbor2

from healthpass.codec._cbor import MAX_INTEGER, Value

FIRST_IGNORED: Final = 32
REQUIRED: Final = object()  # the default of a field that must be there
_SHARED: Final = 200  # maps that are remembered; nobody may fill a gate's memory with them
_SHARED_BYTES: Final = 250  # of each

Unknown: TypeAlias = list[int]  # critical keys that are not known, to be told at the end


class FieldError(ValueError):
    """A value breaks a rule.

    Attributes:
        what: what was expected, or what is wrong.
        where: the place, such as `issuers[3].keys[0].from`; empty for the whole.
        rule: the rule; empty where the field that holds the value names it.
    """

    def __init__(self, what: str, where: str = "", rule: str = "") -> None:
        super().__init__(what, where, rule)
        self.what = what
        self.where = where
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.what} ({self.rule})" if self.rule else self.what


def placed(error: ValueError, step: str, rule: str = "") -> FieldError:
    """Return a fault with one more step before its place; `rule` is its rule unless it has one."""
    if not isinstance(error, FieldError):
        return FieldError(str(error), step, rule)
    joint = "." if error.where and not error.where.startswith("[") else ""
    return FieldError(error.what, step + joint + error.where, error.rule or rule)


class FirstUnknown(Unknown):
    """Where critical keys are noted whose place is wanted: the first ends the reading."""

    def append(self, key: int) -> None:
        """Note a key.

        Raises:
            FieldError: with the key as its place.
        """
        raise FieldError("the critical key or code is not known here", str(key), "DOC-8")


class Type(ABC):
    """What a value must be, and what it is here."""

    holds_maps: bool = False  # in which there may be something to be ignored

    @abstractmethod
    def read(self, wire: Any, unknown: Unknown) -> Any:
        """Read a value.

        Args:
            wire: the value, as the payload has it.
            unknown: where critical keys that are not known are noted.

        Raises:
            ValueError: when it is not of this type; a `FieldError`, when a part of it is not.
        """

    def check(self, wire: Any, unknown: Unknown) -> Any:
        """Check a value as `read` does; what is returned is nothing to use."""
        return self.read(wire, unknown)

    def write(self, value: Any) -> Any:
        """Write a value as a payload has it."""
        return value

    def prune(self, wire: Any) -> None:  # noqa: B027 - most types hold nothing of that
        """Take out of a value that has been read before what is to be ignored in it (DOC-8)."""


class Field(NamedTuple):
    """A key of a map.

    Attributes:
        attribute: how its value is called here.
        type: what its value is.
        rule: what it breaks when it is not.
        default: what stands for it where it is absent.
        spelled: how the specification calls it, where that is another name.
    """

    attribute: str
    type: Type
    rule: str
    default: Any = REQUIRED
    spelled: str = ""

    @property
    def name(self) -> str:
        """How the specification calls it."""
        return self.spelled or self.attribute


class Map(Type):
    """A map.

    Args:
        make: makes of its members, by their attributes, what it is here.
        fields: its fields, by their keys.
        whole: checks a map whose members are good; `make` checks the same.
    """

    holds_maps = True
    first_ignored = FIRST_IGNORED

    def __init__(
        self,
        make: Callable[..., Any],
        fields: Mapping[int, Field],
        whole: Callable[[dict[int, Any]], None] | None = None,
    ) -> None:
        self.make: Final = make
        self.fields: Final = fields
        self._whole: Final = whole
        self._readers: Final = {key: (field.attribute, field.type.read) for key, field in fields.items()}
        self._checkers: Final = {key: (field.attribute, field.type.check) for key, field in fields.items()}
        self._required: Final = [key for key, field in fields.items() if field.default is REQUIRED]
        self._inner: Final = [(key, field.type) for key, field in fields.items() if field.type.holds_maps]

    def read(self, wire: Value, unknown: Unknown) -> Any:
        return self.make(**self.members(wire, unknown))

    def check(self, wire: Any, unknown: Unknown) -> None:
        self._each(wire, unknown, self._checkers)
        if self._whole:
            self._whole(wire)

    def members(self, wire: Value, unknown: Unknown) -> dict[str, Any]:
        """Read its members: all required ones, and no negative key but those of its fields.

        Raises:
            ValueError: when it is no map; a `FieldError`, when a member breaks a rule.
        """
        found = self._each(wire, unknown, self._readers)
        if len(found) == len(self.fields):
            return found
        return {field.attribute: field.default for field in self.fields.values()} | found

    def _each(
        self, wire: Value, unknown: Unknown, taking: Mapping[int, tuple[str, Callable[[Any, Unknown], Any]]]
    ) -> dict[str, Any]:
        """Read or check each member, and that none is missing."""
        if type(wire) is not dict:
            raise ValueError("a map is expected")
        found = {}
        for key, value in wire.items():
            if key in taking:
                attribute, take = taking[key]
                try:
                    found[attribute] = take(value, unknown)
                except ValueError as error:
                    raise placed(error, self.fields[key].name, self.fields[key].rule) from None
            elif 0 <= key < self.first_ignored:
                unknown.append(key)
            elif key < 0:
                raise FieldError("a negative key is not defined", str(key), "DOC-8")
        for key in self._required:
            if key not in wire:
                raise FieldError("it is missing", self.fields[key].name, self.fields[key].rule)
        return found

    def write(self, value: Any) -> dict[int, Any]:
        members = ((key, field, getattr(value, field.attribute)) for key, field in self.fields.items())
        return {key: field.type.write(member) for key, field, member in members if member != field.default}

    def prune(self, wire: Any) -> None:
        if max(wire, default=0) >= FIRST_IGNORED:
            for key in [key for key in wire if key >= FIRST_IGNORED]:
                del wire[key]
        for key, kind in self._inner:
            if key in wire:
                kind.prune(wire[key])


class CriticalMap(Map):
    """A map in which each key is critical, from 32 up too (POL-5)."""

    first_ignored = MAX_INTEGER + 1


class SharedMap(Map):
    """A map of which there are few different ones. Each is read once, if it is short, and does not change."""

    def __init__(self, make: Callable[..., Any], fields: Mapping[int, Field]) -> None:
        super().__init__(make, fields)
        self._read: Final = lru_cache(maxsize=_SHARED)(self._read_again)

    def read(self, wire: Value, unknown: Unknown) -> Any:
        encoded = cbor2.dumps(wire)
        if len(encoded) <= _SHARED_BYTES:
            try:
                return self._read(encoded)
            except ValueError:
                pass
        return super().read(wire, unknown)

    check = read

    def _read_again(self, encoded: bytes) -> Any:
        return super().read(cbor2.loads(encoded), FirstUnknown())


class Array(Type):
    """An array of `at_least` to `at_most` that strictly ascends by what `order` returns of a payload's value."""

    def __init__(self, item: Type, at_most: int, order: Callable[[Any], Any], at_least: int = 1) -> None:
        self.item: Final = item
        self.holds_maps = item.holds_maps
        self.at_most: Final = at_most
        self.at_least: Final = at_least
        self.order: Final = order

    def read(self, wire: Value, unknown: Unknown) -> Any:
        return tuple(self._each(wire, unknown, self.item.read))

    def check(self, wire: Value, unknown: Unknown) -> None:
        self._each(wire, unknown, self.item.check)

    def _each(self, wire: Value, unknown: Unknown, take: Callable[[Any, Unknown], Any]) -> list[Any]:
        if type(wire) is not list or not self.at_least <= len(wire) <= self.at_most:
            raise ValueError(f"an array of {self.at_least} to {self.at_most:,} is expected")
        items: list[Any] = []
        order, last = self.order, None
        try:
            for value in wire:
                item = take(value, unknown)
                place = order(value)
                self._check_place(last, place)
                items.append(item)
                last = place
        except ValueError as error:
            raise placed(error, f"[{len(items)}]") from None
        return items

    def _check_place(self, last: Any, place: Any) -> None:
        if last is not None and place <= last:
            raise ValueError("it must come after the one before it: the array ascends")

    def write(self, value: Any) -> list[Any]:
        return sorted(map(self.item.write, value), key=self.order)

    def place(self, item: Any) -> Any:
        """Return what an item's place in the array goes by."""
        return self.order(self.item.write(item))

    def prune(self, wire: Any) -> None:
        for item in wire:
            self.item.prune(item)


class List(Array):
    """An array of 1 to `at_most` in an order that means something."""

    def __init__(self, item: Type, at_most: int) -> None:
        super().__init__(item, at_most, lambda _: 0)

    def _check_place(self, last: Any, place: Any) -> None:
        pass

    def write(self, value: Any) -> list[Any]:
        return list(map(self.item.write, value))


class Row(Type):
    """An array of fixed length, whose places have names; `make` makes of them what it is here.

    Args:
        make: makes of its places, by their names, what it is here.
        places: its places, by their names.
        optional: how many of the last places may be left out; `make` has a default for them, None.
    """

    def __init__(self, make: Callable[..., Any], places: Mapping[str, Type], optional: int = 0) -> None:
        self.make: Final = make
        self.places: Final = places
        self.optional: Final = optional

    def read(self, wire: Value, unknown: Unknown) -> Any:
        if type(wire) is not list or not len(self.places) - self.optional <= len(wire) <= len(self.places):
            raise ValueError(f"an array of {', '.join(self.places)} is expected")
        found = {}
        for value, (name, place) in zip(wire, self.places.items(), strict=False):
            try:
                found[name] = place.read(value, unknown)
            except ValueError as error:
                raise placed(error, name) from None
        return self.make(**found)

    def write(self, value: Any) -> list[Any]:
        members = ((place, getattr(value, name)) for name, place in self.places.items())
        return [place.write(member) for place, member in members if member is not None]
