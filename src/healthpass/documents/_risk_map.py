"""Risk maps: which level of risk a region has (spec/decision.md, section 2)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from healthpass.credential._regions import RegionId
from healthpass.documents._document import Kind
from healthpass.documents._fields import NAMES, Names
from healthpass.documents._leaves import Day, Text
from healthpass.documents._office_document import OfficeDocument, payload_of
from healthpass.documents._policy import ZONE
from healthpass.documents._types import Array, Field, FieldError, List, Map, Row
from healthpass.documents._when import LEVEL

MAX_ENTRIES: Final = 8_192
LEVELS: Final = 5


class MapEntry(NamedTuple):
    """The level of a region.

    Attributes:
        region: the region.
        level: its level, 1 to 5, of which 5 is the greatest risk.
        since: the day from which it has this level; None for always.
    """

    region: RegionId
    level: int
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskMap:
    """A risk map.

    Attributes:
        names: what it is called.
        zone: by how many minutes the civil time of its days is ahead of UTC, -720 to 840.
        default: the level of regions of its authority that no entry holds; None for none.
        entries: the levels of regions.
        scale: what the levels 1 to 5 are called there; None for numbers.

    Raises:
        ValueError: when it breaks MAP-1.
    """

    names: Names
    zone: int
    default: int | None = None
    entries: tuple[MapEntry, ...] = ()
    scale: tuple[Names, ...] | None = None

    def __post_init__(self) -> None:
        if self.scale is not None and len(self.scale) != LEVELS:
            raise FieldError(f"names of {LEVELS} levels are expected", "scale", "MAP-1")


class MapInForce(NamedTuple):
    """A risk map, and who lists its office.

    Attributes:
        document: the map.
        authority: the authority that lists the office; the map's default holds within its region alone.
    """

    document: OfficeDocument[RiskMap]
    authority: RegionId


def _order(entry: list[Any]) -> tuple[str, int]:
    return entry[0], entry[2] if len(entry) > 2 else -1  # noqa: PLR2004 - since is the third


_ENTRY: Final = Row(MapEntry, {"region": Text(RegionId), "level": LEVEL, "since": Day()}, optional=1)
FIELDS: Final = {
    1: Field("names", NAMES, "MAP-1"),
    2: Field("zone", ZONE, "MAP-1"),
    3: Field("default", LEVEL, "MAP-1", None),
    4: Field("entries", Array(_ENTRY, MAX_ENTRIES, _order), "MAP-1", ()),
    5: Field("scale", List(NAMES, LEVELS), "MAP-1", None),
}
CONTENT: Final = Map(RiskMap, FIELDS)
PAYLOAD: Final = payload_of(Kind.RISK_MAP, CONTENT)
