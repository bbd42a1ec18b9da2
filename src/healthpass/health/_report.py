"""What a check has found, worst first, and what it has measured: frozen, bounded, and one with its JSON."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, NamedTuple, Self, TypeAlias

from pydantic import BaseModel, Field

from healthpass.codec._time import now, whole
from healthpass.credential._model import STRICT, Time
from healthpass.documents._document import Kind as DocumentKind
from healthpass.health._words import Level, Matter

MAX_FINDINGS: Final = 100  # of a check; what is more is counted
MAX_MEASURES: Final = 500
_DAY: Final = timedelta(days=1)
_WARN: Final = {"root": 30 * _DAY, "registry": 7 * _DAY, "lists": _DAY, "policy": 7 * _DAY, "map": 7 * _DAY}
_CRIT: Final = {"root": 7 * _DAY, "registry": 2 * _DAY, "lists": _DAY / 4, "policy": 2 * _DAY, "map": 2 * _DAY}

What: TypeAlias = Literal["store", "ledger", "published"]
Kind: TypeAlias = Literal["root", "registry", "recognition", "key", "lists", "policy", "map"]


KINDS: Final[dict[DocumentKind, Kind]] = {DocumentKind.POLICY: "policy", DocumentKind.RISK_MAP: "map"}


class Limits(NamedTuple):
    """How much time must be left, and how far clocks may differ, before a check warns.

    Attributes:
        warn: with less than this left, a thing that ends is a warning; None for the default of its kind: 30 days
            for roots, recognitions and keys, 7 for registries, policies and maps, one for lists; at most a third
            of its life.
        crit: with less than this left it is critical; None for 7 days, 2 days and 6 hours; at most a tenth.
        clock_warn: two clocks that differ by more are a warning.
        clock_crit: two clocks that differ by more are critical.
    """

    warn: timedelta | None = None
    crit: timedelta | None = None
    clock_warn: timedelta = timedelta(seconds=30)
    clock_crit: timedelta = timedelta(seconds=120)

    def of_end(self, kind: Kind, left: timedelta, life: timedelta) -> Level:
        """Judge how much time is left of a life."""
        crit = self.crit if self.crit is not None else min(_CRIT.get(kind, _CRIT["root"]), life / 10)
        warn = self.warn if self.warn is not None else min(_WARN.get(kind, _WARN["root"]), life / 3)
        if left <= max(crit, timedelta(0)):
            return Level.CRITICAL
        return Level.WARNING if left <= warn else Level.OK

    def of_clock(self, ahead: timedelta) -> Level:
        """Judge how far two clocks differ."""
        if abs(ahead) > self.clock_crit:
            return Level.CRITICAL
        return Level.WARNING if abs(ahead) > self.clock_warn else Level.OK


class _Part(BaseModel):
    model_config = STRICT


class Finding(_Part):
    """One thing that a check has found.

    Attributes:
        level: how bad it is.
        matter: what is the matter.
        about: what it is about, such as `registry 3 of CN-33`.
        message: what was found, in one line.
        ends_at: when the thing ends or has ended, or None.
    """

    level: Level
    matter: Matter
    about: str
    message: str
    ends_at: Time | None


Gauge: TypeAlias = Literal[
    "ends-seconds",
    "age-seconds",
    "update-age-seconds",
    "clock-ahead-seconds",
    "documents",
    "refused",
    "lists",
    "free-lists",
    "contradictions",
]


class Measure(_Part):
    """One number that a check has measured.

    Attributes:
        gauge: what is measured. Ages are those of the newest signed time; an end may be negative: it has passed.
        about: what it is of, such as `registry CN-33`; empty for the whole.
        value: the number.
    """

    gauge: Gauge
    about: str
    value: float


class Check(_Part):
    """What came of checking one thing.

    Attributes:
        what: what was checked.
        name: its path or its address.
        level: the worst of its findings.
        findings: what was found, the worst first; at most 100.
        more: how many more there are.
        measures: what was measured; at most 500.
    """

    what: What
    name: str
    level: Level
    findings: Annotated[tuple[Finding, ...], Field(max_length=MAX_FINDINGS)]
    more: int
    measures: Annotated[tuple[Measure, ...], Field(max_length=MAX_MEASURES)]


class Report(_Part):
    """What came of checking several things.

    Attributes:
        v: the version of this form.
        at: the time.
        level: the worst of all.
        checks: each of them.
    """

    v: Literal[1] = 1
    at: Time
    level: Level
    checks: tuple[Check, ...]

    @classmethod
    def of(cls, checks: Iterable[Check], *, at: datetime | None = None) -> Self:
        """Join checks; without any, the level is `unknown`.

        Args:
            checks: the checks.
            at: the time that they were made for; now when left out.
        """
        every = tuple(checks)
        worst = max((one.level for one in every), key=_rank, default=Level.UNKNOWN)
        return cls(at=moment(at), level=worst, checks=every)


class Notes:
    """Takes up what one check finds and measures."""

    def __init__(self, what: What, name: str, limits: Limits, at: datetime) -> None:
        self.what: Final[What] = what
        self.name: Final = name
        self.limits: Final = limits
        self.at: Final = at
        self._findings: list[Finding] = []
        self._more: dict[Level, int] = {}
        self._measures: list[Measure] = []

    def find(
        self, level: Level, matter: Matter, about: str, message: str, ends_at: datetime | None = None
    ) -> None:
        """Take up a finding; of each level as many as are told at most."""
        told = sum(1 for one in self._findings if one.level is level)
        if told < MAX_FINDINGS:
            self._findings.append(
                Finding(level=level, matter=matter, about=shown(about), message=shown(message), ends_at=ends_at)
            )
        else:
            self._more[level] = self._more.get(level, 0) + 1

    def measure(self, gauge: Gauge, value: float, about: str = "") -> None:
        """Take up a number."""
        if len(self._measures) < MAX_MEASURES:
            self._measures.append(Measure(gauge=gauge, about=shown(about), value=float(value)))

    def end(
        self,
        kind: Kind,
        of: str,
        begins: datetime,
        ends: datetime,
        *,
        title: str = "",
        most: Level = Level.CRITICAL,
    ) -> None:
        """Judge when a thing ends.

        Args:
            kind: its kind.
            of: whose it is.
            begins: when its life began.
            ends: when it ends.
            title: what it is called, where that is more than its kind and whose it is.
            most: the worst level that its end may have.
        """
        left = ends - self.at
        self.measure("ends-seconds", left.total_seconds(), f"{kind} {of}")
        level = min(self.limits.of_end(kind, left, ends - begins), most, key=_rank)
        about = title or f"{kind} of {of}"
        if left <= timedelta(0):
            self.find(level, Matter.ENDED, about, f"{about} ended {length(-left)} ago", ends)
        else:
            self.find(level, Matter.ENDS, about, f"{about} ends in {length(left)}", ends)

    def end_of_document(
        self, kind: Kind, of: str, version: int, begins: datetime, ends: datetime, *, most: Level
    ) -> None:
        """Judge when a version of a root or a registry ends, as `end` does."""
        self.end(kind, of, begins, ends, title=f"{kind} {version} of {of}", most=most)

    @property
    def check(self) -> Check:
        """What came of it."""
        findings = sorted(self._findings, key=lambda one: (-_rank(one.level), one.ends_at or self.at))
        return Check(
            what=self.what,
            name=shown(self.name),
            level=max((one.level for one in findings), key=_rank, default=Level.OK),
            findings=tuple(findings[:MAX_FINDINGS]),
            more=sum(self._more.values()) + len(findings[MAX_FINDINGS:]),
            measures=tuple(self._measures),
        )


def moment(at: datetime | None) -> datetime:
    """Return a time in whole seconds; now when it is left out."""
    return whole(now() if at is None else at)


def shown(text: str) -> str:
    """Return a text that every encoding of JSON and Prometheus can hold: a file's name need be no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def length(duration: timedelta) -> str:
    """Write how long something is, in the units of people.

    >>> length(timedelta(hours=50)), length(timedelta(seconds=90))
    ('2 days', '1 minute')
    """
    for unit, least, name in (
        (_DAY, 2, "day"),
        (timedelta(hours=1), 2, "hour"),
        (timedelta(minutes=1), 1, "minute"),
    ):
        if (number := duration // unit) >= least:
            return f"{number:,} {name}{'s' * (number > 1)}"
    return f"{duration // timedelta(seconds=1)} s"


def _rank(level: Level) -> int:
    return level.rank
