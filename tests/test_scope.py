"""What a key is trusted for: spec/presentation.md, section 9."""

from datetime import timedelta
from typing import Any

import pytest

from forging import DAY, ISSUER, KEY, issued, judged
from healthpass import (
    Color,
    HealthCode,
    HolderKey,
    Reason,
    Registry,
    Scope,
    StatusPlace,
    UntrustedError,
    VerificationError,
)

PHONE = HolderKey.from_seed(bytes(range(60, 92))).public_key
HOUR = timedelta(hours=1)
WAIVE = {"status-unknown", "presentation-required"}
WHOLE: dict[str, Any] = {
    "colors": set(Color),
    "max_lifetime": DAY,
    "max_bearer_lifetime": DAY,
    "max_lifetime_without_status": DAY,
}
STATUS = StatusPlace(0, 1)


def verdict(health: HealthCode, scope: Scope, **options: Any) -> str:
    """Return the verdict on a day's code under a scope."""
    try:
        judged(
            issued(health, **options),
            registry=Registry.pinned({ISSUER: [KEY.public_key]}, scope=scope),
            waive=WAIVE,
        )
    except VerificationError as error:
        assert isinstance(error, UntrustedError)
        return error.verdict
    return "valid"


class TestScope:
    @pytest.mark.parametrize(
        ("limits", "health", "options", "expected"),
        [
            ({}, {"status": STATUS}, {"holder_key": PHONE}, "valid"),
            ({}, {}, {}, "valid"),
            ({"colors": {Color.RED}}, {}, {}, "out-of-scope"),
            ({"colors": {Color.GREEN}}, {"color": Color.RED, "reason": Reason.EXPOSURE}, {}, "out-of-scope"),
            ({"max_lifetime": DAY - timedelta(seconds=1)}, {}, {}, "out-of-scope"),
            ({"max_bearer_lifetime": DAY - timedelta(seconds=1)}, {"status": STATUS}, {}, "out-of-scope"),
            ({"max_bearer_lifetime": timedelta(0)}, {"status": STATUS}, {}, "out-of-scope"),
            ({"max_bearer_lifetime": timedelta(0)}, {}, {"holder_key": PHONE}, "valid"),
            ({"max_lifetime_without_status": HOUR}, {}, {"holder_key": PHONE}, "out-of-scope"),
            ({"max_lifetime_without_status": timedelta(0)}, {"status": STATUS}, {}, "valid"),
        ],
    )
    def test_each_limit(
        self, limits: dict[str, Any], health: dict[str, Any], options: dict[str, Any], expected: str
    ) -> None:
        """A code at a limit is valid, and one beyond it is out-of-scope."""
        assert (
            verdict(HealthCode(**({"color": Color.GREEN} | health)), Scope(**WHOLE | limits), **options)
            == expected
        )

    def test_absent_is_nothing(self) -> None:
        """A scope that says nothing allows nothing."""
        assert verdict(HealthCode(color=Color.GREEN), Scope()) == "out-of-scope"
        for name in WHOLE:
            limits = {key: value for key, value in WHOLE.items() if key != name}
            assert verdict(HealthCode(color=Color.GREEN), Scope(**limits)) == "out-of-scope"

    def test_comes_before_time(self) -> None:
        """An expired code that is also out of scope is out-of-scope: step 10 is before step 12."""
        registry = Registry.pinned({ISSUER: [KEY.public_key]}, scope=Scope())
        with pytest.raises(UntrustedError):
            judged(issued(), registry=registry, at=judged(issued()).expires_at)

    def test_is_a_value(self) -> None:
        """Scopes with the same members are equal, and frozen."""
        assert Scope(**WHOLE) == Scope(**WHOLE | {"colors": [Color.RED, Color.YELLOW, Color.GREEN]})
        assert hash(Scope()) == hash(Scope(colors=[]))
        with pytest.raises(AttributeError):
            Scope().max_lifetime = DAY  # type: ignore[misc]

    @pytest.mark.parametrize(
        ("member", "error"),
        [
            ({"colors": ["green"]}, TypeError),
            ({"max_lifetime": 86400}, TypeError),
            ({"max_bearer_lifetime": -DAY}, ValueError),
        ],
    )
    def test_wrong_members(self, member: dict[str, Any], error: type[Exception]) -> None:
        """A scope of anything else is not made."""
        with pytest.raises(error, match="must"):
            Scope(**member)
        with pytest.raises(TypeError, match="scope must be a Scope"):
            Registry.pinned({}, scope="everything")  # type: ignore[arg-type]
