"""What looks like a slip: it is signed where the office says that it means it (spec/credential.md, ISS-8)."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from healthpass.codec._time import from_seconds
from healthpass.credential._claims import Claims
from healthpass.credential._evidence import Departure, Entry, LabTest, Recovery, Vaccination
from healthpass.credential._masking import CHINESE
from healthpass.words._code_points import Color, LabResult
from healthpass.words._errors import FindingsError
from healthpass.words._issuing_findings import IssuingFinding

_BLANK: Final = "[\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
_BLANKS: Final = re.compile(f"\\A{_BLANK}|{_BLANK}\\Z|{_BLANK}{{2}}|(?! ){_BLANK}")
_DOT: Final = re.compile(f"[{CHINESE}][.\u3002\uff0e\uff61]")
_DIGITS: Final = re.compile("[0-9\uff10-\uff19]{5}")
_FIRST_ZONE: Final = timedelta(hours=14)  # UTC+14:00, where a day begins first
_NOTHING: Final[frozenset[IssuingFinding]] = frozenset()
_MAX_AHEAD: Final = 30 * 86_400  # seconds


def check_accepted(accept: Collection[str]) -> frozenset[IssuingFinding]:
    """Return the findings that an office accepts.

    Raises:
        TypeError: when it is one `str`, or no collection.
        ValueError: when one is not the code of a finding.
    """
    if accept == ():
        return _NOTHING
    if isinstance(accept, str) or not isinstance(accept, Collection):
        raise TypeError(f"accept must be a collection of findings, not {type(accept).__name__}")
    for code in accept:
        if code not in tuple(IssuingFinding):
            raise ValueError(f"accept: {str(code)!r} is no finding; they are {', '.join(IssuingFinding)}")
    return frozenset(map(IssuingFinding, accept))


def check_findings(claims: Claims, made_at: int, accepted: frozenset[IssuingFinding]) -> None:
    """Check that nothing is found in a code but what the office accepts; it is made at `made_at`, in seconds.

    Raises:
        FindingsError: when there is.
    """
    if found := [one for one in _found(claims, made_at) if one not in accepted]:
        raise FindingsError(tuple(dict.fromkeys(found)))


def _found(claims: Claims, made_at: int) -> list[IssuingFinding]:
    health = claims.health
    found = [] if health.holder is None else _found_in_label(health.holder)
    for entry in health.evidence:
        if _lies_ahead(entry, from_seconds(made_at)):
            found.append(IssuingFinding.EVIDENCE_AHEAD)
        if isinstance(entry, Vaccination) and entry.dose > entry.of:
            found.append(IssuingFinding.DOSE_ABOVE_SERIES)
        if isinstance(entry, LabTest) and entry.result is LabResult.POSITIVE and health.color is Color.GREEN:
            found.append(IssuingFinding.GREEN_ON_POSITIVE)
    if claims.start - made_at > _MAX_AHEAD:
        found.append(IssuingFinding.BEGINS_LATE)
    if claims.end <= made_at:
        found.append(IssuingFinding.EXPIRED)
    return found


def _lies_ahead(entry: Entry, made_at: datetime) -> bool:
    match entry:
        case LabTest():
            return entry.sampled_at > made_at
        case Vaccination() | Recovery() | Departure():
            return entry.day > (made_at + _FIRST_ZONE).date()
    return False


def _found_in_label(label: str) -> list[IssuingFinding]:
    found = []
    if _BLANKS.search(label):
        found.append(IssuingFinding.LABEL_BLANKS)
    if _DOT.search(label):
        found.append(IssuingFinding.LABEL_DOT)
    if "*" not in label:
        found.append(IssuingFinding.LABEL_UNMASKED)
    if _DIGITS.search(label):
        found.append(IssuingFinding.LABEL_DIGITS)
    return found
