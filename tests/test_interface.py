"""What users import: each type that a public class or function speaks of can be imported too."""

import importlib
import inspect
import typing
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest

from test_direction import PUBLIC

MODULES = {name: importlib.import_module(name) for name in sorted(PUBLIC)}
EXPORTED = {id(getattr(module, name)) for module in MODULES.values() for name in module.__all__}


def spoken_of(thing: Any) -> Iterator[tuple[str, Any]]:
    """Give the public annotations of a function, or of a class and its public methods."""
    if not inspect.isclass(thing):
        yield from typing.get_type_hints(thing).items() if isinstance(thing, FunctionType) else ()
        return
    yield from ((name, hint) for name, hint in typing.get_type_hints(thing).items() if not name.startswith("_"))
    for name, member in list(vars(thing).items()):
        function: Callable[..., Any] | None = getattr(member, "__func__", getattr(member, "fget", member))
        if not name.startswith("_") and isinstance(function, FunctionType):
            yield from ((f"{name}: {what}", hint) for what, hint in typing.get_type_hints(function).items())


def types_in(hint: Any) -> Iterator[type]:
    """Give the classes that an annotation is made of."""
    for part in hint if isinstance(hint, list | tuple) else typing.get_args(hint):
        yield from types_in(part)
    if isinstance(hint, type):
        yield hint


@pytest.mark.parametrize("name", MODULES)
def test_what_is_spoken_of_can_be_imported(name: str) -> None:
    """No public method takes or returns what only the library itself can name."""
    hidden = [
        f"{public}.{where} {kind.__name__}"
        for public in MODULES[name].__all__
        for where, hint in spoken_of(getattr(MODULES[name], public))
        for kind in types_in(hint)
        if kind.__module__.startswith("healthpass") and id(kind) not in EXPORTED
    ]
    assert hidden == []
