"""Where a converted code comes from, as the ledger keeps it: the ground of a conversion (CNV-4)."""

import re
from typing import Final, NamedTuple, Self

from healthpass.codec._keys import PublicKey
from healthpass.credential._claims import CTI_SIZE
from healthpass.credential._health import StatusPlace
from healthpass.credential._regions import IssuerId

BY: Final = "conversion"  # who sets the colours of converted codes, as the ledger has it
_FORM: Final = re.compile(
    r"(?P<issuer>[A-Z0-9.-]+) cti (?P<cti>[0-9a-f]{24}) key (?P<key>[0-9a-f]{64})"
    r" status (?:none|(?P<list>\d+)/(?P<index>\d+)) by (?P<officer>.+)"
)


class Source(NamedTuple):
    """The code that another was issued for.

    Attributes:
        issuer: who issued it.
        cti: its identifier, 12 bytes.
        public_key: the key that signed it.
        place: its place in its issuer's status lists, if it has one.
        officer: who converted it.
    """

    issuer: IssuerId
    cti: bytes
    public_key: PublicKey
    place: StatusPlace | None
    officer: str

    def ground(self) -> str:
        """Write it as the ground of a code, for the ledger's log.

        >>> from healthpass import SigningKey
        >>> source = Source(IssuerId("MO.SSM"), bytes(12), SigningKey.generate().public_key, None, "officer 7")
        >>> Source.read(source.ground()) == source
        True
        """
        place = "none" if self.place is None else f"{self.place.list}/{self.place.index}"
        key = self.public_key.to_bytes().hex()
        return f"{self.issuer} cti {self.cti.hex()} key {key} status {place} by {self.officer}"

    @classmethod
    def read(cls, ground: str) -> Self:
        """Read what `ground` has written.

        Raises:
            ValueError: when it is anything else.
        """
        if not (found := _FORM.fullmatch(ground)):
            raise ValueError("the ground of a converted code says which code it came from (CNV-4)")
        place = None if found["list"] is None else StatusPlace(list=int(found["list"]), index=int(found["index"]))
        cti, key = bytes.fromhex(found["cti"]), PublicKey.from_bytes(bytes.fromhex(found["key"]))
        assert len(cti) == CTI_SIZE  # noqa: S101 - the form says so
        return cls(IssuerId(found["issuer"]), cti, key, place, found["officer"])
