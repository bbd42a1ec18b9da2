"""The facts of a case, from the cells of a row: a code that nobody has signed, and what is known beside it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from healthpass.codec._keys import PublicKey
from healthpass.codec._spelling import read_day
from healthpass.credential._evidence import Departure, Evidence, LabTest, Recovery, Vaccination
from healthpass.credential._health import HealthCode
from healthpass.credential._regions import IssuerId
from healthpass.trust._edge import TrustedIssuer
from healthpass.words._code_points import Color, LabMethod, LabResult, Reason, Shown
from healthpass.words._verdicts import WAIVABLE, Verdict

# RFC 8032, section 7.1, test 1: its private key is published, and nothing here asks whose it is.
_DEVICE: Final = PublicKey(bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
_BOUND: Final = bytes(16)
_TIME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}):([0-9]{2}))?")
_DOSE: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2}) (\S+)")
_DOCUMENT: Final = {"matched": True, "another": False, "": None, "none": None}
_ANSWER: Final = {"yes": True, "no": False}
OF_A_CODE: Final = (
    *("color", "reason", "issuer", "origin", "residence", "tests", "departures", "doses", "recovered"),
    *("starts", "waived"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCode:
    """A code as a case describes it; a `Code` that nobody has signed.

    Attributes:
        health: what it states.
        issuer: who states it.
        valid_from: the start of validity.
        expires_at: the end of validity.
        holder_key: a device key, unless it is a code without one.
        presented_at: when it was shown live, or None.
        waived: what was waived.
    """

    health: HealthCode
    issuer: TrustedIssuer
    valid_from: datetime
    expires_at: datetime
    holder_key: PublicKey | None
    presented_at: datetime | None
    waived: frozenset[Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What is known of the person of a case.

    Attributes:
        at: the time.
        code: the code, or None.
        answers: the answers to questions.
        document: whether the identity document matched; None if it was not compared.
        place: the kind of place, or None.
    """

    at: datetime
    code: CaseCode | None
    answers: Mapping[str, bool] = field(default_factory=dict)
    document: bool | None = None
    place: str | None = None


def read_facts(cells: Mapping[str, str], zone: int) -> CaseFacts:
    """Read the facts of a row.

    Args:
        cells: its cells, by the names of their columns.
        zone: the policy's zone in minutes: times without one are in it.

    Raises:
        ValueError: with the column, when a cell is wrong.
    """
    civil = timezone(timedelta(minutes=zone))
    at = _cell("at", cells.get("at", ""), lambda text: _time(text, civil))
    shown = _cell("shown", cells.get("shown", ""), lambda text: _shown(text, cells.get("color", "")))
    return CaseFacts(
        at=at,
        code=None if shown is Shown.NONE else _code(cells, shown, at, civil),
        answers=_cell("answers", cells.get("answers", ""), _answers),
        document=_cell("document", cells.get("document", ""), _document),
        place=cells.get("place") or None,
    )


def _code(cells: Mapping[str, str], shown: Shown, at: datetime, civil: timezone) -> CaseCode:
    evidence: list[Evidence] = [
        *_each("tests", cells, lambda text: _test(text, civil)),
        *_each("departures", cells, _departure),
        *_each("doses", cells, _dose),
        *_each("recovered", cells, lambda text: Recovery(day=_day(text))),
    ]
    color = _cell("color", cells.get("color", ""), Color.named)
    reason = cells.get("reason", "")
    starts = cells.get("starts", "")
    valid_from = _cell("starts", starts, lambda text: _time(text, civil)) if starts else at
    try:
        health = HealthCode(
            color=color,
            reason=_cell("reason", reason, Reason.named) if reason else None,
            evidence=tuple(evidence),
            residence=cells.get("residence") or None,
            origin=cells.get("origin") or None,
            binding=None if cells.get("document") == "none" else _BOUND,
        )
    except ValueError as error:
        raise ValueError(f"the code: {_said(error)}") from None
    return CaseCode(
        health=health,
        issuer=TrustedIssuer(_cell("issuer", cells.get("issuer", ""), IssuerId)),
        valid_from=valid_from,
        expires_at=at + timedelta(days=1),
        holder_key=None if shown is Shown.BEARER else _DEVICE,
        presented_at=at if shown is Shown.LIVE else None,
        waived=frozenset(_each("waived", cells, _verdict)),
    )


def _said(error: ValueError) -> str:
    details = getattr(error, "errors", None)
    if details is None:
        return str(error)
    return "; ".join(f"{'.'.join(map(str, one['loc']))} {one['msg']}".strip() for one in details())


def _cell(column: str, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{column}: found {text!r}, {error}") from None


def _each(column: str, cells: Mapping[str, str], read: Callable[[str], Any]) -> list[Any]:
    """Read what stands in a cell with semicolons between."""
    return [_cell(column, part.strip(), read) for part in cells.get(column, "").split(";") if part.strip()]


def _time(text: str, civil: timezone) -> datetime:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("expected a day and a time of the policy's zone, such as 2022-06-28 09:00")
    day = _day(found[1])
    hour, minute = int(found[2] or 0), int(found[3] or 0)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=civil).astimezone(UTC)


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise ValueError("expected a day, such as 2022-06-28") from None


def _shown(text: str, color: str) -> Shown:
    return Shown.named(text) if text else Shown.LIVE if color else Shown.NONE


def _document(text: str) -> bool | None:
    if text not in _DOCUMENT:
        raise ValueError("expected matched, another, none (the code is bound to no document), or nothing")
    return _DOCUMENT[text]


def _answers(text: str) -> dict[str, bool]:
    found = {}
    for part in filter(None, (one.strip() for one in text.split(";"))):
        name, _, answer = part.partition(" ")
        if answer not in _ANSWER:
            raise ValueError("expected answers such as `key-area yes; dwelling no`")
        found[name] = _ANSWER[answer]
    return found


def _test(text: str, civil: timezone) -> LabTest:
    method, _, rest = text.partition(" ")
    result, _, when = rest.partition(" ")
    try:
        named = LabMethod.named(method), LabResult.named(result)
    except ValueError:
        raise ValueError("expected a test such as `naat negative 2022-06-28 09:00`") from None
    return LabTest(method=named[0], result=named[1], sampled_at=_time(when, civil))


def _departure(text: str) -> Departure:
    region, _, day = text.partition(" ")
    try:
        return Departure(region=region, day=_day(day))
    except ValueError:
        raise ValueError("expected a departure such as `CN-31 2022-06-28`") from None


def _dose(text: str) -> Vaccination:
    found = _DOSE.fullmatch(text)
    if found is None:
        raise ValueError("expected a dose such as `2/2 2021-08-01`")
    return Vaccination(dose=int(found[1]), of=int(found[2]), day=_day(found[3]))


def _verdict(text: str) -> Verdict:
    if text not in WAIVABLE:
        raise ValueError(f"expected one of {', '.join(sorted(WAIVABLE))}")
    return Verdict(text)
