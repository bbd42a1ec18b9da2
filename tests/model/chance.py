"""Worlds that nobody thought of: random documents, pins and times, judged by the model and the library alike.

What comes out makes no sense mostly, and holds no promise; but each verdict of the library must be the model's.
"""

import random
from collections.abc import Iterator
from typing import Final

from model.real import Both, Core
from model.trust_model import DAY, Code, Document, Root, Store
from model.worlds import NOW, documents, root

OFFICES: Final = {"z": "zhy", "h": "h", "s": "s", "a": "a", "n": "zhsag"}  # that an authority may list
TIMES: Final = (0, 0, 0, 10, -90_000, 2 * DAY, 8 * DAY, 20 * DAY)


def _root(draw: random.Random, of: str) -> str:
    keys, registry_keys = draw.choice(("a", "a", "b", "ab")), draw.choice(("r", "r", "n", "rs", "R"))
    by = draw.choice([f"*{letter}" for letter in "abx" if letter not in keys] + [""])
    of_two = draw.choice(("", "%2")) if len(keys) > 1 else ""
    of_two += draw.choice(("", "%%2")) if len(registry_keys) > 1 else ""
    epoch, made, order = (
        draw.choice(("", "@2", "@3")),
        draw.choice(("", "", "~-29d", "~1d")),
        draw.choice(("", "!")),
    )
    return f"{of}{draw.choice('111223')}{keys}/{registry_keys}{by}{epoch}{of_two}{made}{order}"


def _registry(draw: random.Random, of: str, roots: list[str]) -> str:
    offices = draw.choices(OFFICES[of], k=draw.randint(1, 5))
    keys = {f"{office}{draw.choice('12ST')}": draw.choice(("", "", "-", "<-70", "<-200000")) for office in offices}
    named = {
        one[0]: one + draw.choice(("", "", "[-30d;5]", "[5;365d]"))
        for one in draw.sample(roots, min(len(roots), draw.choice((0, 1, 1, 2))))
        if one[0] != of
    }
    by, epoch = draw.choice(("r", "r", "n", "rs", "R")), draw.choice(("", "", "@2", "@3"))
    recognises = ">" + ",".join(named.values()) if named else ""
    entries = ",".join(map("".join, keys.items()))
    return f"{of.upper()}.{draw.randint(1, 4)}/{by}{epoch}{draw.choice(('', '', '~-26d'))}({entries}){recognises}"


def _list(draw: random.Random) -> str:
    age = draw.choice((300, 200, 100, 60, 700_000))
    return f"{draw.choice('zhsa')}{draw.choice('ST')}#3~-{age}:{draw.choice(('', '8', '7,8'))}"


def steps(draw: random.Random) -> Iterator[tuple[str, Root | None, list[Document], int]]:
    """Draw a world, and give steps in it: an anchor and its pin or none, or documents, and the time."""
    authorities = draw.sample("zhsan", 3)
    roots = [_root(draw, of) for of in authorities for _ in range(draw.randint(1, 3))]
    words = roots + [_registry(draw, draw.choice(authorities), roots) for _ in range(draw.randint(3, 7))]
    words += [_list(draw) for _ in range(draw.randint(0, 4))]
    given = tuple(documents(" ".join(words)))
    pins = [root(one) for one in draw.sample(roots, draw.randint(1, min(3, len(roots))))]
    for _ in range(draw.randint(4, 12)):
        pin, some = draw.choice(pins), draw.sample(given, draw.choice((1, draw.randint(1, len(given)))))
        at = NOW + draw.choice(TIMES)
        anchor = pin.authority if draw.random() < 1 / 4 else ""
        yield anchor, pin if draw.random() < 7 / 8 else None, some, at


def compare(seed: int) -> Iterator[int]:
    """Walk through the worlds of a seed; give how many verdicts were the same in each.

    Raises:
        Differs: when one is not.
    """
    draw = random.Random(seed)  # noqa: S311 - to explore, not to hide
    while True:
        store, same = Both(Store(), Core()), 0
        for anchor, pin, some, at in steps(draw):
            if not anchor:
                store = store.update(some, at)
            elif pin or store.has(anchor):
                store = store.pin(anchor, pin)
            for name in ("z1", "z2", "h1", "h2", "s1", "s2", "a1"):
                issuer = {"z": "CN-33.WJW", "h": "CN-33-01.WJW", "s": "CN-31.WJW", "a": "CN-34.WJW"}[name[0]]
                for place, begins in ((None, None), ((3, 8), None), (None, at - 100)):
                    store.judge(Code(issuer, name, place, begins), at)
                    same += 1
        yield same
