"""Which levels of risk a region has, by a risk map (spec/decision.md, MAP-2 and MAP-3)."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from healthpass.codec._time import to_days, to_seconds
from healthpass.credential._regions import RegionId
from healthpass.documents._risk_map import MapInForce

_ALWAYS: Final = -1  # the day from which an entry without a since counts
_REMEMBERED: Final = 1_024  # answers of a map: whoever shows codes must not fill the memory


class Levels:
    """A map, ready to be asked.

    Args:
        found: the map.
    """

    def __init__(self, found: MapInForce) -> None:
        content = found.document.content
        self.expires: Final = to_seconds(found.document.expires)
        self.zone: Final = content.zone * 60
        self._authority: Final = found.authority
        self._default: Final = content.default
        self._entries: Final = {
            str(region): [(_ALWAYS if one.since is None else to_days(one.since), one.level) for one in some]
            for region, some in groupby(content.entries, key=lambda one: one.region)
        }
        self._regions: Final = sorted(self._entries)
        self.of: Final = lru_cache(maxsize=_REMEMBERED)(self._of)

    def _of(self, region: RegionId, day: int) -> frozenset[int]:
        """Return the levels of a region on a day; none where the map gives no answer (MAP-2)."""
        own = self._own(region, day)
        if own is None:
            return frozenset()
        first = bisect_left(self._regions, f"{region}-")
        end = bisect_left(self._regions, f"{region}.")  # the character after the hyphen
        inner = (self._counting(one, day) for one in self._regions[first:end])
        return frozenset((own, *(level for level in inner if level is not None)))

    def _own(self, region: RegionId, day: int) -> int | None:
        name = str(region)
        while name:
            if name in self._entries and (level := self._counting(name, day)) is not None:
                return level
            name = name.rpartition("-")[0]
        return self._default if region.within(self._authority) else None

    def _counting(self, region: str, day: int) -> int | None:
        """Return the level of the entry of this very region that counts on a day (MAP-2.1)."""
        counting = [level for since, level in self._entries[region] if since <= day]
        return counting[-1] if counting else None  # they ascend


def levels_of(maps: Sequence[Levels], region: RegionId, at: int, day: int | None) -> frozenset[int]:
    """Return the levels of a region by the first map that is in force and answers; none where none does (MAP-3).

    Args:
        maps: the maps, in the order of the policy.
        region: the region.
        at: the time, in seconds since 1970.
        day: the day; None for that of `at`, in the zone of each map.
    """
    for one in maps:
        if at < one.expires and (found := one.of(region, (at + one.zone) // 86_400 if day is None else day)):
            return found
    return frozenset()


def prepared(maps: Iterable[MapInForce]) -> tuple[Levels, ...]:
    """Make maps ready to be asked."""
    return tuple(map(Levels, maps))
