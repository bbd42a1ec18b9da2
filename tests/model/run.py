"""Explore all worlds: `python tests/model/run.py`, a part of `.ci/prove`; `--seconds 300` bounds the time.

First the model alone; then the model and the library's trust core, fed with the same documents as real bytes,
where each verdict must be the same; then both in random worlds; then a walk of random bundles through a
`TrustStore` in a folder for each world; and at last every rule of the model is deleted in turn. It prints tables;
the exit code is 1 where something is not as told.
"""

import argparse
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.chance import compare
from model.explore import Subject, explored, is_as_told, noticing
from model.real import Both, Core, Differs, Folder
from model.trust_model import Store
from model.worlds import WORLDS, World

RULES: Final = tuple(
    dict.fromkeys(
        re.findall(r'(?:kept|stands)\(\s*"([^"]+)"', Path(__file__).with_name("trust_model.py").read_text("utf-8"))
    )
)
EXCUSED: Final = {
    "UPD-6 first": "what is taken without the pin on the chain is not usable (PTH-2 pin): the rule saves work",
    "STL-8.6 any": "a list withdraws wherever it is held (STL-11.1); the rule is for one that had to go",
}
WALK: Final = 12  # bundles
CHANCES: Final = 60  # seconds


class Row(NamedTuple):
    """What came of one way to explore."""

    what: str
    worlds: int
    states: int
    held: int
    seconds: float
    wrong: list[str]


def exploration(what: str, empty: Callable[[], Subject], worlds: Sequence[World], deadline: float) -> Row:
    """Explore worlds until the deadline of the monotonic clock."""
    begun, done, states, held, wrong = time.monotonic(), 0, 0, 0, []
    for world in worlds:
        if time.monotonic() > deadline:
            break
        try:
            explorer, broken = explored(world, empty())
        except Differs as error:
            wrong.append(f"{world.name}: {error}")
            continue
        done, states, held = done + 1, states + explorer.states, held + explorer.held
        if not is_as_told(world, broken):
            wrong.append(f"{world.name}: {broken or f'it keeps the promise {world.breaks!r}'}")
    return Row(what, done, states, held, time.monotonic() - begun, wrong)


def chances(deadline: float) -> Row:
    """Compare the model and the library in random worlds for a time."""
    begun, worlds, verdicts, wrong = time.monotonic(), 0, 0, []
    try:
        for same in compare(seed=time.time_ns()):
            worlds, verdicts = worlds + 1, verdicts + same
            if time.monotonic() > min(deadline, begun + CHANCES):
                break
    except Differs as error:
        wrong.append(f"a random world: {error}")
    return Row("random worlds, the model and the trust core", worlds, 0, verdicts, time.monotonic() - begun, wrong)


def walks(worlds: Sequence[World], deadline: float) -> Row:
    """Walk once through each world with random bundles, in a folder: each verdict is the model's."""
    begun, done, states, held, wrong = time.monotonic(), 0, 0, 0, []
    for world in worlds:
        every = (*world.honest, *world.hostile, *(one for step in world.steps for one in step.documents))
        if time.monotonic() > deadline:
            break
        draw = random.Random(world.name)  # noqa: S311 - to explore, not to hide
        with tempfile.TemporaryDirectory() as folder:
            store = Both(Store(), Folder(Path(folder) / "store"))
            for root in world.pins:
                store = store.pin(root.authority, root)
            try:
                for at in sorted(draw.choices(world.times, k=WALK)):
                    root = draw.choice((*world.moves, *world.pins))
                    store = store.pin(root.authority, root) if world.moves and draw.random() < 0.2 else store
                    store = store.update(draw.sample(every, draw.randint(1, len(every))), at)
                    codes = world.codes or tuple({code for step in world.steps for code in step.verdicts})
                    held += len([store.judge(code, at) for code in codes])
                    states += 1
            except Differs as error:
                wrong.append(f"{world.name}: {error}")
        done += 1
    return Row("`TrustStore` in a folder, random bundles", done, states, held, time.monotonic() - begun, wrong)


def deletions(deadline: float) -> Iterator[tuple[str, str, bool]]:
    """Delete each rule: who notices, and whether that is as told."""
    for rule in RULES:
        told = [world for world in WORLDS if rule in world.notices]
        if rule in EXCUSED:
            by = noticing(rule, WORLDS, most=500) if time.monotonic() < deadline else ""
            yield rule, by or f"excused: {EXCUSED[rule]}", not by
        else:
            by = noticing(rule, told)
            yield rule, by or "nothing", bool(by)


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Explore, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="when to begin no further world")
    deadline = time.monotonic() + parser.parse_args().seconds
    rows = [
        exploration("the model", Store, WORLDS, deadline),
        exploration("the model and the trust core", lambda: Both(Store(), Core()), WORLDS, deadline),
        chances(deadline),
        walks(WORLDS, deadline),
    ]
    tell("| what | worlds | states | promises, verdicts | seconds |\n|---|---|---|---|---|")
    for row in rows:
        tell(f"| {row.what} | {row.worlds:,} | {row.states:,} | {row.held:,} | {row.seconds:.0f} |")
    tell("\n| a world that cannot keep a promise | which |\n|---|---|")
    for world in WORLDS:
        if world.breaks:
            tell(f"| {world.name} | {world.breaks} |")
    tell("\n| rule deleted | noticed by |\n|---|---|")
    wrong = [one for row in rows for one in row.wrong]
    for rule, by, as_told in deletions(deadline):
        tell(f"| {rule} | {by} |")
        wrong += [] if as_told else [f"{rule}: {by}"]
    for one in wrong:
        tell(f"\nNot as told: {one}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
