"""Risk maps in plain words, and what an office should not sign unawares."""

from collections.abc import Iterator
from datetime import datetime

from healthpass.codec._time import to_days, to_seconds
from healthpass.deciding._findings import PolicyFinding, warning
from healthpass.deciding._phrases import Telling, joined
from healthpass.deciding._regions_in_words import region_in_words
from healthpass.documents._document import DAY
from healthpass.documents._risk_map import MapEntry, RiskMap
from healthpass.words._row import Words


def explain_map(risk_map: RiskMap) -> tuple[Words, ...]:
    """Tell a risk map in plain words: a line for its name, for each region, and for all others.

    Returns:
        Lines, each in English and in Chinese.
    """
    return tuple(_told(risk_map))


def check_map(risk_map: RiskMap, *, at: datetime) -> tuple[PolicyFinding, ...]:
    """Find what is risky about a risk map.

    Args:
        risk_map: the map; what its form refuses is refused when it is read.
        at: the time at which it shall be in force.
    """
    return tuple(_found(risk_map, at))


def levels_in_words(entries: tuple[MapEntry, ...], telling: Telling) -> Words:
    """Tell the levels of one region, with the days from which they count."""
    said = []
    for one in entries:
        level = telling.level(one.level)
        since = one.since and one.since.isoformat()
        said.append(Words(f"{level.en} since {since}", f"{since} 起{level.zh}") if since else level)
    return joined(said, ", ", "，")


def _told(risk_map: RiskMap) -> Iterator[Words]:
    yield Words(risk_map.names.en, risk_map.names.zh)
    telling = Telling({}, risk_map.scale or (), risk_map.zone)
    regions: dict[str, tuple[MapEntry, ...]] = {}
    for entry in risk_map.entries:
        regions[entry.region] = (*regions.get(entry.region, ()), entry)
    for name, entries in regions.items():
        region, said = region_in_words(name), levels_in_words(entries, telling)
        yield Words(f"{region.en}: {said.en}", f"{region.zh}：{said.zh}")
    if risk_map.default is None:
        yield Words("Of other regions nothing is known.", "其他地区的等级不明。")
    else:
        level = telling.level(risk_map.default)
        yield Words(f"All other regions of the authority: {level.en}", f"本主管机关的其他地区：{level.zh}")


def _found(risk_map: RiskMap, at: datetime) -> Iterator[PolicyFinding]:
    if risk_map.default is None:
        yield warning(
            "no-default",
            "",
            "regions that it does not list have no level, and gates ask: add default",
            "未列出的地区没有等级，验码点须询问：请增加 default",
        )
    today = (to_seconds(at) + 60 * risk_map.zone) // DAY
    for entry in risk_map.entries:
        if entry.since is not None and to_days(entry.since) > today:
            yield warning(
                "not-yet",
                entry.region,
                f"level {entry.level} counts only from {entry.since} on",
                f"{entry.level}级自 {entry.since} 起才生效",
            )
