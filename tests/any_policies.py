"""Policies, maps, codes and answers that hypothesis draws, for the properties of deciding."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from healthpass import (
    Color,
    Departure,
    HealthCode,
    IssuerId,
    LabMethod,
    LabResult,
    LabTest,
    PublicKey,
    Reason,
    Recovery,
    RegionId,
    SigningKey,
    TrustedIssuer,
    Vaccination,
    Verdict,
)
from healthpass.deciding import MapInForce, OfficeDocument
from healthpass.documents import _policy, _risk_map
from healthpass.documents._policy import Policy

NOW: Final = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
REGIONS: Final = ("CN", "CN-33", "CN-33-01", "CN-42", "CN-42-01", "CN-42-02", "MO")
QUESTIONS: Final = ("area", "fever", "test")
PLACES: Final = ("station", "village")
DEVICE: Final = SigningKey.generate().public_key


@dataclass(frozen=True)
class Code:
    """A code that was judged valid."""

    health: HealthCode
    issuer: TrustedIssuer
    valid_from: datetime
    expires_at: datetime
    holder_key: PublicKey | None
    presented_at: datetime | None
    waived: frozenset[Verdict]


def names(of: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Draw some names, ascending."""
    return st.sets(st.sampled_from(of), min_size=1).map(sorted)


def some(most: int) -> st.SearchStrategy[list[int]]:
    """Draw some numbers, ascending."""
    return st.sets(st.integers(0, most), min_size=1, max_size=4).map(sorted)


LEVELS: Final = st.tuples(st.integers(1, 5), st.integers(1, 5)).map(lambda two: {1: min(two), 2: max(two)})
MEMBERS: Final[dict[int, st.SearchStrategy[Any]]] = {
    1: some(2),
    2: some(4),
    3: names(REGIONS),
    4: names(REGIONS),
    5: names(REGIONS),
    6: LEVELS,
    7: st.builds(
        lambda days, levels, regions: {**levels, 3: days, **regions},
        st.integers(0, 5),
        st.just({}) | LEVELS,
        st.just({}) | names(REGIONS).map(lambda some: {4: some}),
    ),
    8: st.builds(
        lambda result, hours, more: {1: [1, 2], 2: result, 3: hours, **more},
        st.integers(0, 1),
        st.integers(1, 72),
        st.just({}) | st.just({4: 2, 5: 24}),
    ),
    9: st.builds(lambda doses, days: {1: doses, 2: days}, st.integers(1, 3), st.integers(0, 14)),
    10: st.builds(lambda days: {1: days}, st.integers(0, 30)),
    11: st.integers(0, 7),
    12: some(3),
    13: st.just(1),
    14: names(QUESTIONS),
    15: names(QUESTIONS),
    16: names(PLACES),
    17: st.sampled_from([[], ["registry-stale"]]),
}
ASKED: Final = frozenset({13, 14, 15, 16})


@st.composite
def rules(draw: st.DrawFn, name: str) -> dict[int, Any]:
    """Draw a rule."""
    keys = draw(st.sets(st.sampled_from(sorted(MEMBERS)), min_size=1, max_size=3))
    when = {key: draw(MEMBERS[key]) for key in sorted(keys)}
    if 14 in when and 15 in when:
        when[15] = sorted(set(when[15]) - set(when[14]))
        if not when[15]:
            del when[15]
    then = draw(st.integers(0, 4))
    found = {1: name, 2: when, 3: then}
    if draw(st.booleans()):
        found[4] = [0]
    if then in {1, 2}:
        found[5] = draw(st.sampled_from([7, 14]))
        if 7 in when and draw(st.booleans()):
            found[6] = 1
    if draw(st.booleans()):
        found[7] = int(NOW.timestamp()) + draw(st.integers(-1, 1)) * 3600
    if not keys & ASKED:
        found[9] = draw(st.integers(0, 2))
    return dict(sorted(found.items()))


@st.composite
def policies(draw: st.DrawFn) -> OfficeDocument[Policy]:
    """Draw a policy in force."""
    count = draw(st.integers(1, 5))
    content = {
        1: {1: "规则", 2: "Policy"},
        2: draw(st.sampled_from([480, 0, -300])),
        3: [[name, f"{name}？", f"{name}?"] for name in QUESTIONS],
        4: list(PLACES),
        5: [draw(rules(f"rule-{number}")) for number in range(count)],
    }
    read = _policy.CONTENT.read(content, [])
    return OfficeDocument(issuer=IssuerId("CN-33"), issued=NOW - DAY, expires=NOW + 27 * DAY, content=read)


@st.composite
def maps(draw: st.DrawFn) -> tuple[MapInForce, ...]:
    """Draw no map, or one."""
    if draw(st.booleans()):
        return ()
    today = (NOW + 8 * HOUR).date().toordinal() - 719163
    entries = {
        (region, since): [region, draw(st.integers(1, 5)), *([] if since is None else [today + since])]
        for region in draw(names(REGIONS))
        for since in draw(st.sets(st.sampled_from([None, -2, 0, 1]), min_size=1))
    }
    wire = sorted(entries.values(), key=lambda one: (one[0], one[2] if len(one) > 2 else -1))
    content = _risk_map.CONTENT.read({1: {1: "图", 2: "Map"}, 2: 480, 3: draw(st.integers(1, 5)), 4: wire}, [])
    found = OfficeDocument(issuer=IssuerId("CN-33"), issued=NOW - DAY, expires=NOW + 27 * DAY, content=content)
    return (MapInForce(found, RegionId("CN-33")),)


def _evidence() -> st.SearchStrategy[Any]:
    hours = st.integers(-3, 80).map(lambda ago: NOW.replace(minute=0) - ago * HOUR)
    days = st.integers(-2, 20).map(lambda ago: ((NOW + 8 * HOUR) - ago * DAY).date())
    return st.one_of(
        st.builds(
            LabTest,
            sampled_at=hours,
            result=st.sampled_from(LabResult),
            method=st.sampled_from(LabMethod),
        ),
        st.builds(lambda day, dose: Vaccination(day=day, dose=dose, of=2), days, st.integers(1, 3)),
        st.builds(lambda day: Recovery(day=day), days),
        st.builds(lambda region, day: Departure(region=region, day=day), st.sampled_from(REGIONS), days),
    )


@st.composite
def codes(draw: st.DrawFn) -> Code | None:
    """Draw a code, or none."""
    if draw(st.integers(0, 9)) == 0:
        return None
    color = draw(st.sampled_from(Color))
    health = HealthCode(
        color=color,
        reason=None if color is Color.GREEN else draw(st.sampled_from(Reason)),
        residence=draw(st.none() | st.sampled_from(REGIONS)),
        origin=draw(st.none() | st.sampled_from(["MO.SSM", "CN-42"])),
        binding=draw(st.none() | st.just(bytes(16))),
        evidence=tuple(draw(st.lists(_evidence(), max_size=4))),
    )
    bound = draw(st.booleans())
    return Code(
        health=health,
        issuer=TrustedIssuer(IssuerId(draw(st.sampled_from(["CN-33-01.WJW", "CN-42", "MO"])))),
        valid_from=NOW - draw(st.integers(0, 3)) * 7 * HOUR,
        expires_at=NOW + draw(st.integers(1, 60)) * HOUR,
        holder_key=DEVICE if bound else None,
        presented_at=NOW if bound and draw(st.booleans()) else None,
        waived=frozenset(draw(st.sets(st.just(Verdict.REGISTRY_STALE)))),
    )


ANSWERS: Final = st.dictionaries(st.sampled_from(QUESTIONS), st.booleans())
DOCUMENTS: Final = st.sampled_from([None, True])
PLACE: Final = st.none() | st.sampled_from(PLACES)
