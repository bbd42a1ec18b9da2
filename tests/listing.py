"""An office whose codes can be withdrawn: it has a status key, and an address for its lists."""

from collections.abc import Iterable
from typing import Any, Final

from authorities import Office, Region
from forging import AT
from healthpass import Color, HealthCode, StatusPlace
from healthpass.documents._registry_document import IssuerEntry
from healthpass.documents._status_list import BYTES_PER_BIT, sign_list
from healthpass.words._code_points import KeyUse

BASE: Final = "https://status.example.cn/hangzhou"
STATUS_NUMBER: Final = 9  # of its status key
INDEX: Final = 70_000
PLACED: Final = HealthCode(color=Color.GREEN, holder="张*丰", status=StatusPlace(3, INDEX))


class StatusOffice(Office):
    """An office with a status key and an address for its lists."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.list(STATUS_NUMBER, use=KeyUse.STATUS)

    def to_entry(self) -> IssuerEntry:
        """Return how the registry lists it."""
        return super().to_entry()._replace(status=BASE)

    def status_list(
        self, withdrawn: Iterable[int] = (), *, number: int = 3, issued: int = AT, life: int = 3600, **other: Any
    ) -> bytes:
        """Return a list in which these indices are withdrawn, or one of a bitmap that is given."""
        bitmap = bytearray(other.pop("bitmap", bytes(BYTES_PER_BIT)))
        for index in withdrawn:
            bitmap[index >> 3] |= 1 << (index & 7)
        made: dict[str, Any] = {"uri": f"{BASE}/{number}", "key": self.key(STATUS_NUMBER)}
        return sign_list(bytes(bitmap), issued=issued, expires=issued + life, **(made | other))


def add_office(region: Region, name: str) -> StatusOffice:
    """Add such an office to a region; the next registry lists it."""
    office = StatusOffice(name)
    region.offices[name] = office
    return office
