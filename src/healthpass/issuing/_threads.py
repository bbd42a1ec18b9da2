"""Functions that wait, in threads beside an event loop."""

from collections.abc import Callable
from typing import TypeVar

_R = TypeVar("_R")


async def in_thread(function: Callable[..., _R], *arguments: object) -> _R:
    """Run a function in a thread, to its end also when the caller is cancelled meanwhile."""
    from asyncio import ensure_future, shield, to_thread, wait  # noqa: PLC0415

    given = [arguments]  # emptied by the call: the frames of the thread, which an error goes through, hold nothing
    del arguments

    def call() -> _R:
        try:
            return function(*given.pop())
        except StopIteration as error:  # no future can hold one, and would wait for ever
            raise RuntimeError("a function called in a thread raised StopIteration") from error

    running = ensure_future(to_thread(call))
    try:
        return await shield(running)
    except BaseException:
        await wait([running])
        raise
