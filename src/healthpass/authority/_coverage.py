"""Whether an office always has a key to sign with, and a second one (spec/registry.md, AUT-2)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from healthpass.codec._time import SECOND
from healthpass.documents._registry_document import IssuerEntry
from healthpass.words._code_points import KeyUse

_ENOUGH: Final = 2


class Shortage(NamedTuple):
    """A time in which an office has less than two keys that could sign codes.

    Attributes:
        has_key: whether there is one at least.
        since: when it begins; None when it does not begin later than the rest.
        until: when it ends; None when it lasts as long as the registry.
        retire: from when on there are two again, for which the retirement of a key should have waited; None
            where no later retirement would help.
    """

    has_key: bool
    since: datetime | None
    until: datetime | None
    retire: datetime | None


def shortages(
    issuer: IssuerEntry, dropped: frozenset[bytes], at: datetime, expires: datetime
) -> Iterator[Shortage]:
    """Find the times at which an office has less than two keys, from now until the registry expires.

    Args:
        issuer: the office.
        dropped: the keys that verifiers drop (KEY-2).
        at: the time.
        expires: when the registry expires.
    """
    if issuer.keys and all(key.use != KeyUse.CREDENTIAL for key in issuer.keys):
        return  # an office for status lists or policies
    listed = [key for key in issuer.keys if key.use == KeyUse.CREDENTIAL and key.raw not in dropped]
    keys = [key for key in listed if not key.revoked and key.scope.colors and key.scope.max_lifetime]
    end = max(expires, at + SECOND)
    # A new office begins with its first key, which AUT-3 has wait until the registries without it have expired.
    first = min((key.valid_from for key in listed), default=at)
    start = max(at, first) if first < end else at
    spans = [(key.valid_from, key.signs_until) for key in keys]
    times = sorted({start, *(time for span in spans for time in span if start < time < end)})
    counts = [(time, min(_ENOUGH, sum(begin <= time < stop for begin, stop in spans))) for time in times]
    steps = [next(same) for _, same in groupby(counts, key=lambda step: step[1])]
    for (since, count), (until, _) in pairwise([*steps, (end, _ENOUGH)]):
        if count < _ENOUGH:
            retired = any(key.retired and key.retired.at <= since < key.valid_until for key in keys)
            relief = next((time for time, enough in steps if time > since and enough == _ENOUGH), None)
            yield Shortage(
                has_key=count > 0,
                since=since if since > start else None,
                until=until if until < end else None,
                retire=relief if retired else None,
            )
