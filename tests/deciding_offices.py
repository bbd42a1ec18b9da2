"""An office that signs policies and risk maps, with a key of use 3."""

from datetime import timedelta
from typing import Any, Final

from authorities import Office, Region, signed
from forging import AT
from healthpass import RegionId
from healthpass.codec import _cbor
from healthpass.codec._time import from_seconds
from healthpass.deciding import (
    Action,
    MapEntry,
    Names,
    OfficeDocument,
    Policy,
    Question,
    RiskMap,
    Rule,
    When,
    sign_map,
    sign_policy,
)
from healthpass.documents._document import Kind
from healthpass.documents._policy import PAYLOAD
from healthpass.documents._statement import CONTENT, MAX_DEPTH
from healthpass.words._code_points import KeyUse

POLICY_NUMBER: Final = 8  # of its policy key
NAMES: Final = Names("入城规则", "Entry to the city")
FEVER: Final = Question("fever", "您发热吗？", "Do you have a fever?")
GREEN_ADMITTED: Final = Policy(
    names=NAMES,
    zone=480,
    declared=(FEVER,),
    places=("mall",),
    rules=(
        Rule(id="fever", when=When(declared=("fever",)), then=Action.REFER),
        Rule(id="green", when=When(color=(0,)), then=Action.ADMIT),
        Rule(id="no-code", when=When(shown=(3,)), then=Action.ADMIT),
    ),
)


class DecidingOffice(Office):
    """An office with a key that signs policies and maps."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.list(POLICY_NUMBER, use=KeyUse.POLICY)

    def policy(self, content: Policy = GREEN_ADMITTED, *, number: int = POLICY_NUMBER, **claims: Any) -> bytes:
        """Return a policy that it signs; `issued` and `life` are in seconds."""
        return sign_policy(self._whole(content, **claims), self.key(number))

    def map(self, *entries: tuple[str, int], number: int = POLICY_NUMBER, **claims: Any) -> bytes:
        """Return a risk map that it signs; Hubei has level 5 unless entries are given."""
        listed = tuple(MapEntry(RegionId(region), level) for region, level in entries or (("CN-42", 5),))
        content = RiskMap(names=NAMES, zone=480, entries=listed)
        return sign_map(self._whole(content, **claims), self.key(number))

    def forged(self, content: dict[int, Any], *, kind: Kind = Kind.POLICY, **claims: Any) -> bytes:
        """Return a policy whose content has these changes, which its key has signed all the same."""
        wire: Any = _cbor.decode(PAYLOAD.encode(self._whole(GREEN_ADMITTED, **claims)), max_depth=MAX_DEPTH)
        whole = {
            **wire,
            CONTENT: dict(sorted({**wire[CONTENT], **content}.items(), key=lambda one: _cbor.rank(one[0]))),
        }
        return signed(kind, _cbor.encode(whole, max_depth=MAX_DEPTH + 8), [self.key(POLICY_NUMBER)])

    def _whole(self, content: Any, *, issued: int = AT, life: int = 7 * 86_400, **claims: Any) -> Any:
        start = from_seconds(issued)
        made: dict[str, Any] = {"issuer": self.id, "issued": start, "expires": start + timedelta(seconds=life)}
        return OfficeDocument(**made | claims, content=content)


def add_office(region: Region, name: str) -> DecidingOffice:
    """Add such an office to a region; the next registry lists it."""
    office = DecidingOffice(name)
    region.offices[name] = office
    return office
