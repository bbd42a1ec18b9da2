"""Judging a code's claims on the edges that trust its key: steps 7 to 13 (spec/registry.md, section 9)."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

from healthpass.codec._keys import PublicKey
from healthpass.credential._claims import Claims
from healthpass.credential._health import StatusPlace
from healthpass.credential._regions import IssuerId
from healthpass.trust._edge import Edge
from healthpass.trust._registry import Registry
from healthpass.words._errors import CannotJudgeError, UntrustedError, ValidityError, VerificationError
from healthpass.words._verdicts import Verdict


class Expected(NamedTuple):
    """What a code is judged by.

    Attributes:
        registry: whom the verifier trusts.
        environment: whose codes are wanted.
        at: the time of judging, in seconds since 1970.
        latest: the same, and by how much the issuer's clock may be ahead.
        waive: the verdicts not to refuse by.
        grace: for how many seconds beyond its end a status list is believed.
    """

    registry: Registry
    environment: str
    at: int
    latest: int
    waive: frozenset[str] = frozenset()
    grace: int = 0


class Passed(NamedTuple):
    """What a code passed with on an edge.

    Attributes:
        waived: the verdicts that would have struck.
        status_issued_at: when the status list was made that said the code is good, in seconds since 1970, or None.
    """

    waived: list[Verdict]
    status_issued_at: int | None = None


Check: TypeAlias = Callable[[Edge, Claims, Expected], Passed]


def best(edges: tuple[Edge, ...], claims: Claims, expected: Expected, *, check: Check) -> tuple[Edge, Passed]:
    """Return the edge on which a code passes, and what it passed with (PTH-12).

    Args:
        edges: the edges, in the order of PTH-12.
        claims: what the code says.
        expected: what it is judged by.
        check: judges it on one edge: `check_all` or `check_trust`.

    Raises:
        VerificationError: what the edge met that got furthest, when it passes on none.
    """
    if len(edges) == 1 and check is check_all:  # it has seen what `_check_endings` would look at
        return edges[0], check_all(edges[0], claims, expected)
    passed, failed = [], []
    for edge in edges:
        try:
            passed.append((edge, check(edge, claims, expected)))
        except VerificationError as error:
            failed.append(error)
    if not passed:
        raise max(failed, key=_how_far)  # the first among equals
    _check_endings([edge for edge in edges if edge.issuer.id == claims.issuer], claims, expected.at)
    return min(passed, key=_how_much_waived)


def check_trust(edge: Edge, claims: Claims, expected: Expected) -> Passed:
    """Check that a code is one for which its key is trusted (steps 7 to 10).

    Raises:
        UntrustedError: `issuer-mismatch`, `wrong-environment`, `key-revoked`, `key-not-valid` or `out-of-scope`.
        CannotJudgeError: `registry-stale`.
    """
    waived = []
    if claims.issuer != edge.issuer.id:  # (7)
        raise UntrustedError(
            Verdict.ISSUER_MISMATCH, "the code names another issuer than the registry lists for its key"
        )
    expected.registry._check_environment(expected.environment)  # (8)
    if edge.ending.revoked:
        raise UntrustedError(*_KEY_REVOKED)
    if edge.is_stale(expected.at):
        waived.append(_waive(_REGISTRY_STALE, expected))
    edge.check_key(claims.start)  # (9)
    if edge.scope is not None:
        edge.scope.check(claims)  # (10)
    return Passed(waived)


def check_all(edge: Edge, claims: Claims, expected: Expected) -> Passed:
    """Judge a code on an edge (steps 7 to 13).

    Raises:
        VerificationError: the first of these steps that fails.
    """
    waived, issued = check_trust(edge, claims, expected)  # (7) to (10)
    if expected.registry._is_before_floor(expected.latest):  # (11)
        waived.append(_waive(_CLOCK_SUSPECT, expected))
    if claims.start > expected.latest:  # (12)
        raise ValidityError(Verdict.NOT_YET_VALID, "the code is not in force yet")
    if expected.at >= claims.end:  # no skew here: the end is the issuer's word
        raise ValidityError(Verdict.EXPIRED, "the code is no longer in force")
    place = claims.health.status
    if place is not None:  # (13)
        if edge.withdraws(place, expected.at):
            raise ValidityError(*_REVOKED)
        issued = edge.vouches(place, expected.at, expected.grace)
        if issued is None:
            waived.append(_waive(_STATUS_UNKNOWN, expected))
    return Passed(waived, issued)


def ended(
    registry: Registry, issuer: IssuerId, key: PublicKey, place: StatusPlace | None, at: int
) -> Verdict | None:
    """Tell why a code that was valid is no longer, as far as is known without its text (CNV-4).

    Args:
        registry: whom is trusted now.
        issuer: the code's issuer.
        key: the key that signed it.
        place: its place in the issuer's status lists, if it has one.
        at: the time, in seconds since 1970.

    Returns:
        `key-revoked`, `revoked`, `not-recognised` or `unknown-key`; `registry-stale`, where it cannot be told;
        None where nothing has ended.
    """
    try:
        candidates = registry._candidates(key.kid, at=at, waive=frozenset())
    except VerificationError as error:
        return error.verdict
    edges = [edge for some in candidates for edge in some if (edge.public_key, edge.issuer.id) == (key, issuer)]
    if not edges:
        return Verdict.UNKNOWN_KEY
    if any(edge.ending.revoked for edge in edges):
        return Verdict.KEY_REVOKED
    if place is not None and any(edge.withdraws(place, at) for edge in edges):
        return Verdict.REVOKED
    return None


def _check_endings(edges: Iterable[Edge], claims: Claims, at: int) -> None:
    """Check that nothing has ended on any edge: what one path knows to be over passes on no other (PTH-12)."""
    if any(edge.ending.revoked for edge in edges):
        raise UntrustedError(*_KEY_REVOKED)
    place = claims.health.status
    if place is not None and any(edge.withdraws(place, at) for edge in edges):
        raise ValidityError(*_REVOKED)


def _how_far(error: VerificationError) -> int:
    return _ORDER[error.verdict]


def _how_much_waived(passed: tuple[Edge, Passed]) -> int:
    return len(passed[1].waived)


def _waive(message: tuple[Verdict, str], expected: Expected) -> Verdict:
    """Return the verdict that strikes, where the caller has waived it (VER-8); or raise it."""
    if message[0] not in expected.waive:
        raise CannotJudgeError(*message)
    return message[0]


_ORDER: Final = {verdict: place for place, verdict in enumerate(Verdict)}  # of the steps, and within them
_KEY_REVOKED: Final = (Verdict.KEY_REVOKED, "the key that signed the code has been revoked")
_REVOKED: Final = (Verdict.REVOKED, "the issuer has withdrawn the code")
_REGISTRY_STALE: Final = (Verdict.REGISTRY_STALE, "the lists by which the key is trusted are out of date")
_CLOCK_SUSPECT: Final = (Verdict.CLOCK_SUSPECT, "the clock here is behind what has been signed already")
_STATUS_UNKNOWN: Final = (
    Verdict.STATUS_UNKNOWN,
    "the code can be withdrawn, and no status list here is new enough to tell",
)
