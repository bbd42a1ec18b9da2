"""Offer a world's documents in every order, one by one and in random bundles, and hold the promises of a store.

1 *nothing foreign*: a code that is never to be valid is valid in no state.
2 *never back*: a code whose ending lasts is not valid in a state after one in which it had ended.
3 *recovery*: from each state, one update with all that is honest leads to the verdicts of a fresh store.
4 *isolation*: a code that is its own has the verdict of a store that was offered nothing but what is honest.
5 *order*: a fresh store comes to the same in whatever order, and nothing honest, offered again, changes a verdict.

What is explored is the model, or the library beside it (`real.py`); `run.py` explores all.
"""

import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, Self

from model.trust_model import Code, Document, Root, Store, without
from model.worlds import World

MOST: Final = 20_000  # states of a world
WALKS: Final = 20  # of random bundles
STEPS: Final = 8  # of a walk
# A code without an edge is refused in one of three words, which PTH-5 takes from all anchors and from what a state
# still remembers: the promises are about what the code is worth.
_WORDS: Final = {"not-recognised": "unknown-key"}
_ENDINGS: Final = frozenset({"key-revoked", "revoked"})
_WORDS_OF_ALL: Final = {**_WORDS, "registry-stale": "unknown-key"}


class Subject(Protocol):
    """What is explored: the model, the library, or both at once. It does not change."""

    def pin(self, anchor: str, root: Root | None, /) -> Self:
        """Pin an anchor by a root."""

    def update(self, documents: Sequence[Document], at: int, /) -> Self:
        """Offer documents."""

    def judge(self, code: Code, at: int, /) -> str:
        """Judge a code."""

    def __hash__(self) -> int: ...


class Broken(Exception):  # noqa: N818 - a promise is
    """A promise that did not hold: which, and what was seen."""

    def __init__(self, promise: str, *seen: object) -> None:
        super().__init__(promise, *seen)
        self.promise: Final = promise


class Node(NamedTuple):
    """A state of a world: the store; one that heard what is honest alone, or None; the time; what has ended."""

    store: Subject
    alone: Subject | None
    moment: int
    ended: frozenset[Code]


class Explorer:
    """Explores one world from an empty store.

    Attributes:
        states: how many states were seen.
        held: how many times a promise was looked at.
    """

    def __init__(self, world: World, empty: Subject, *, most: int = MOST) -> None:
        self.world: Final = world
        self._empty: Final = empty
        self._most: Final = most
        self._random: Final = random.Random(world.name)  # noqa: S311 - to explore, not to hide
        self._verdicts: dict[tuple[Subject, int], Mapping[Code, str]] = {}
        self._settled: set[tuple[Subject, int]] = set()
        self._after: dict[tuple[Subject, int], Subject] = {}
        self.states = self.held = 0

    def run(self) -> None:
        """Explore it.

        Raises:
            Broken: the first promise that does not hold.
        """
        self._take_steps()
        if self.world.honest:
            self._start_afresh()
            self._every_order()
            self._random_bundles()

    def _begin(self) -> Subject:
        store = self._empty
        for root in self.world.pins:
            if root not in self.world.moves:
                store = store.pin(root.authority, root)
        return store

    def _end(self, store: Subject, at: int, order: Sequence[Document] = ()) -> Subject:
        """Pin as it is in the end, and offer all that is honest."""
        for root in self.world.pins:
            store = store.pin(root.authority, root)
        key = store, at
        if order or key not in self._after:
            self._after[key] = store.update(tuple(order) or self.world.honest, at)
        return self._after[key]

    def _judge(self, store: Subject, at: int) -> Mapping[Code, str]:
        if (store, at) not in self._verdicts:
            self._verdicts[store, at] = {code: store.judge(code, at) for code in self.world.codes}
        return self._verdicts[store, at]

    def _expect(self, promise: str, expected: object, found: object, *seen: object) -> None:
        self.held += 1
        if expected != found:
            raise Broken(promise, *seen, f"{found}, not {expected}")

    def _take_steps(self) -> None:
        """Take the steps that have one right answer each."""
        store = self._begin()
        for number, step in enumerate(self.world.steps):
            pin = step.pin
            store = store.pin(pin.authority, pin) if pin else store.update(step.documents, step.at)
            self.states += 1
            for code, verdict in step.verdicts.items():
                self._expect("step", verdict, store.judge(code, step.at), number, code)

    def _start_afresh(self) -> None:
        """Look at fresh stores: what they come to, whatever the order."""
        at = self.world.times[-1]
        self._fresh = {
            moment: self._judge(self._end(self._begin(), moment), moment) for moment in self.world.times
        }
        for code, verdict in self.world.ends.items():
            self._expect("ends", verdict, self._fresh[at][code], code)
        orders = [self.world.honest[::-1], *(self._shuffled(self.world.honest) for _ in range(3))]
        for order in orders:
            self._expect("order", self._fresh[at], self._judge(self._end(self._begin(), at, order), at))
        del self._after[self._pinned(), at]

    def _pinned(self) -> Subject:
        store = self._begin()
        for root in self.world.pins:
            store = store.pin(root.authority, root)
        return store

    def _shuffled(self, documents: Sequence[Document]) -> Sequence[Document]:
        return self._random.sample(documents, len(documents))

    def _every_order(self) -> None:
        """Offer single documents and pins, and let time pass, in every order."""
        first = Node(self._begin(), self._begin() if self.world.own else None, 0, frozenset())
        todo = deque([first])
        seen: dict[Node, tuple[str, ...]] = {first: ()}
        while todo:
            node = todo.popleft()
            ended = self._look(node, seen[node])
            for name, move in self._moves(node):
                reached = move._replace(ended=ended)
                if reached not in seen and len(seen) < self._most:
                    seen[reached] = (*seen[node], name)
                    todo.append(reached)
        self.states += len(seen)

    def _random_bundles(self) -> None:
        """Walk with bundles of several documents, honest and hostile, in one update each."""
        every = (*self.world.honest, *self.world.hostile)
        for _ in range(min(WALKS, self._most // 20)):
            node = Node(self._begin(), self._begin() if self.world.own else None, 0, frozenset())
            way: tuple[str, ...] = ()
            for _ in range(STEPS):
                at = self.world.times[node.moment]
                bundle = self._random.choices(every, k=self._random.randint(1, len(every)))
                honest = [one for one in bundle if one in self.world.honest]
                kinds = [
                    (f"bundle {[every.index(one) for one in bundle]}", self._updated(node, bundle, honest, at))
                ]
                kinds += [(name, move) for name, move in self._moves(node) if not name.isdecimal()]
                name, move = self._random.choice(kinds)
                node, way = move._replace(ended=node.ended), (*way, name)
                node = node._replace(ended=self._look(node, way))
                self.states += 1

    def _updated(self, node: Node, bundle: Sequence[Document], honest: Sequence[Document], at: int) -> Node:
        alone = node.alone and node.alone.update(honest, at)
        return node._replace(store=node.store.update(bundle, at), alone=alone)

    def _moves(self, node: Node) -> Iterator[tuple[str, Node]]:
        """Give what can come next: a document (its number), a pin, or the time."""
        at = self.world.times[node.moment]
        for number, one in enumerate((*self.world.honest, *self.world.hostile)):
            yield str(number), self._updated(node, [one], [one] if number < len(self.world.honest) else [], at)
        for number, root in enumerate(self.world.moves):
            store, alone = (
                node.store.pin(root.authority, root),
                node.alone and node.alone.pin(root.authority, root),
            )
            yield f"pin {number}", node._replace(store=store, alone=alone)
        if node.moment + 1 < len(self.world.times):
            yield f"time {node.moment + 1}", node._replace(moment=node.moment + 1)

    def _look(self, node: Node, way: tuple[str, ...]) -> frozenset[Code]:
        """Hold the promises in a state, and return what has ended by then."""
        at = self.world.times[node.moment]
        now = self._judge(node.store, at)
        for code in self.world.never:
            self._expect("foreign", False, now[code] == "valid", code, way)
        for code in self.world.lasting & node.ended:
            self._expect("back", False, now[code] == "valid", code, way)
        for code in self.world.own:
            if node.alone:
                words = [_WORDS_OF_ALL.get(one, one) for one in (node.alone.judge(code, at), now[code])]
                self._expect("isolation", *words, code, way)
        full = self._end(node.store, at)
        self._expect("recovery", _plain(self._fresh[at]), _plain(self._judge(full, at)), way)
        if (full, at) not in self._settled:
            self._settled.add((full, at))
            for number, one in enumerate(self.world.honest):
                again = _plain(self._judge(full.update([one], at), at))
                self._expect("settled", _plain(self._judge(full, at)), again, number, way)
        return node.ended | {code for code in self.world.lasting if now[code] in _ENDINGS}


def _plain(verdicts: Mapping[Code, str]) -> Mapping[Code, str]:
    return {code: _WORDS.get(verdict, verdict) for code, verdict in verdicts.items()}


def explored(world: World, empty: Subject, *, most: int = MOST) -> tuple[Explorer, Broken | None]:
    """Explore a world; give the explorer, and the promise that broke if one did."""
    explorer = Explorer(world, empty, most=most)
    try:
        explorer.run()
    except Broken as broken:
        return explorer, broken
    return explorer, None


def is_as_told(world: World, broken: Broken | None) -> bool:
    """Tell whether a world breaks the promise that it is told to break, or none."""
    return (broken.promise if broken else "") == world.breaks


def noticing(rule: str, worlds: Iterable[World], *, most: int = MOST) -> str:
    """Delete a rule of the model, and return the name of the first world that notices; empty where none does."""
    with without(rule):
        for world in worlds:
            if not is_as_told(world, explored(world, Store(), most=most)[1]):
                return world.name
    return ""
