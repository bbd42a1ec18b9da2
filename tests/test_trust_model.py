"""The trust model as a program (`tests/model`), and the library's trust core beside it, in small worlds."""

import re
from itertools import islice
from pathlib import Path

import pytest

from model.chance import compare
from model.explore import explored, is_as_told, noticing
from model.real import Both, Core
from model.run import EXCUSED, RULES
from model.trust_model import Store
from model.worlds import WORLDS, World

SPEC = "".join(
    (Path(__file__).parents[1] / "spec" / name).read_text("utf-8") for name in ("registry.md", "status.md")
)
STEPS = [world for world in WORLDS if not world.honest]
SMALL = sorted((world for world in WORLDS if world.honest), key=lambda one: len(one.honest + one.hostile))
NOTICED = {rule: world for world in WORLDS for rule in world.notices}


def by_name(world: World) -> str:
    """Name a test by its world."""
    return world.name


class TestPromises:
    """`.ci/prove` explores all worlds; here are those that are small."""

    @pytest.mark.parametrize("world", [*STEPS, *SMALL[:12]], ids=by_name)
    def test_the_model_keeps_them(self, world: World) -> None:
        """Whatever the order of documents, the model keeps what the text promises, or breaks what it names."""
        explorer, broken = explored(world, Store(), most=100)
        assert is_as_told(world, broken), broken
        assert explorer.held

    @pytest.mark.parametrize("world", [*STEPS, *SMALL[:2]], ids=by_name)
    def test_the_library_does_as_the_model_does(self, world: World) -> None:
        """Real documents in the trust core give the verdicts of the model after each step."""
        assert is_as_told(world, explored(world, Both(Store(), Core()), most=60)[1])

    def test_the_library_does_as_the_model_does_by_chance(self) -> None:
        """The same holds in worlds of random documents, pins and times."""
        assert sum(islice(compare(seed=1), 15))


class TestRules:
    def test_each_is_noticed_or_excused(self) -> None:
        """Each rule of the model is told to be noticed by one world, or has a reason why none notices."""
        assert {*NOTICED} | {*EXCUSED} == {*RULES}
        assert not {*NOTICED} & {*EXCUSED}

    @pytest.mark.parametrize("rule", RULES)
    def test_each_is_one_of_the_text(self, rule: str) -> None:
        """A rule is called by the number of its clause."""
        number = rule.split(maxsplit=1)[0]
        assert re.search(rf"{re.escape(number)}\b", SPEC) or number == "usable"

    @pytest.mark.parametrize("rule", [rule for rule in NOTICED if not NOTICED[rule].honest])
    def test_deleted_it_is_noticed(self, rule: str) -> None:
        """Without the rule, another thing happens in its world; the larger worlds are those of `.ci/prove`."""
        assert noticing(rule, [NOTICED[rule]])
