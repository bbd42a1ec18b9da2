"""Errors that hold nothing of what they are about (spec/credential.md, VER-9).

Whoever logs an error may log its causes too, and the local variables of every frame of its traceback, as error
trackers do. The label, the reference and the opening of a code must not come into a log that way.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from inspect import iscoroutinefunction, isgeneratorfunction
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


def discreet(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Make the errors of a function forget what it was given and what it found: they keep class and message."""

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            forget(error)
            raise

    @wraps(function)
    async def call_async(*args: _P.args, **kwargs: _P.kwargs) -> Any:
        try:
            return await function(*args, **kwargs)  # type: ignore[misc]
        except BaseException as error:
            del args, kwargs
            forget(error)
            raise

    @wraps(function)
    def call_each(*args: _P.args, **kwargs: _P.kwargs) -> Any:
        try:
            yield from function(*args, **kwargs)  # type: ignore[misc]
        except BaseException as error:
            del args, kwargs
            forget(error)
            raise

    if isgeneratorfunction(function):
        return call_each
    return call_async if iscoroutinefunction(function) else call  # type: ignore[return-value]


def forget(error: BaseException) -> None:
    """Clear the frames of this library that an error has come through, and drop what it was raised in place of."""
    seen = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if one.__suppress_context__:  # raised `from` another, or from None
            one.__context__ = one.__cause__
        waiting += [one.__cause__, one.__context__]
        trace = one.__traceback__
        while trace is not None:
            if trace.tb_frame.f_globals.get("__name__", "").startswith("healthpass."):
                with suppress(RuntimeError):  # it is still running, and forgets on its own
                    trace.tb_frame.clear()
            trace = trace.tb_next
