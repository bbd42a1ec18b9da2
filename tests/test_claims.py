"""Claims on the wire, signed by a registered issuer all the same: spec/credential.md, sections 6 to 9."""

from datetime import date, datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forging import AT, CTI, ISSUER, KEY, NOW, claims, issued, judged, signed
from healthpass import (
    Color,
    Departure,
    HealthCode,
    LabMethod,
    LabResult,
    LabTest,
    Reason,
    Recovery,
    SigningKey,
    StatusPlace,
    UnknownEvidence,
    UnsupportedError,
    Vaccination,
    VerificationError,
)
from healthpass.codec import _cbor
from healthpass.codec._time import DAY_LIMIT, TIME_LIMIT, from_days, from_seconds
from healthpass.credential import _claims
from healthpass.credential._claims import Claims
from healthpass.credential._regions import IssuerId, RegionId

HOUR = AT // 3600 * 3600
YELLOW = {1: 1, 4: 1}
WAIVE = {"status-unknown", "presentation-required"}
KEYS = [SigningKey.from_seed(bytes([seed]) * 32).public_key for seed in range(40, 44)]


def verdict(**changes: Any) -> str:
    """Return the verdict on a signed code whose claims were changed."""
    try:
        judged(signed(cbor2.dumps(claims(**changes))), waive=WAIVE)
    except VerificationError as error:
        assert str(error).startswith(error.verdict)
        return error.verdict
    return "valid"


moments = st.integers(0, TIME_LIMIT - 1).map(from_seconds)
days = st.integers(0, DAY_LIMIT - 1).map(from_days)
numbers = st.integers(0, 2**53 - 1)
scalars = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.binary(max_size=20)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
regions = st.sampled_from(["CN", "CN-33", "CN-33-01-06", "US-CA", "FR"]).map(RegionId)
evidence = st.one_of(
    st.builds(LabTest, sampled_at=moments, result=st.sampled_from(LabResult), method=numbers),
    st.builds(Vaccination, day=days, dose=st.integers(1, 99), of=st.integers(1, 99)),
    st.builds(Recovery, day=days),
    st.builds(Departure, region=regions, day=days),
    st.builds(
        UnknownEvidence,
        type=numbers.filter(lambda n: not 1 <= n <= 4),
        values=st.lists(scalars, max_size=3).map(tuple),
    ),
)


@st.composite
def health_codes(draw: st.DrawFn, expires: int) -> HealthCode:
    """Draw any health code that may expire at `expires`."""
    color = draw(st.sampled_from(Color))
    ground: dict[str, Any] = {}
    if color is not Color.GREEN:
        ground["reason"] = draw(numbers)
        ground["until"] = draw(st.none() | st.integers(expires, TIME_LIMIT - 1).map(from_seconds))
    keys = st.integers(32, 2**53 - 1) | st.integers(-(2**53) + 1, -1)
    extensions = draw(st.dictionaries(keys, scalars | st.lists(scalars, max_size=3), max_size=8))
    return HealthCode(
        color=color,
        holder=draw(st.none() | st.sampled_from(["张*丰", "阿·*", "a" * 48])),
        binding=draw(st.none() | st.binary(min_size=16, max_size=16)),
        evidence=tuple(draw(st.lists(evidence, max_size=4))),
        status=draw(st.none() | st.builds(StatusPlace, st.integers(0, 65535), st.integers(0, 2**20 - 1))),
        residence=draw(st.none() | regions),
        origin=draw(st.none() | st.just(IssuerId("CN-31.WJW"))),
        extensions=tuple(extensions.items()),
        **ground,
    )


@st.composite
def any_claims(draw: st.DrawFn) -> Claims:
    """Draw any claims."""
    valid_from = draw(st.integers(0, TIME_LIMIT - 2))
    expires = draw(st.integers(valid_from + 1, TIME_LIMIT - 1))
    return Claims(
        issuer=draw(st.sampled_from(["CN-33-01.WJW", "CN", "US-CA.DPH"]).map(IssuerId)),
        start=valid_from,
        end=expires,
        cti=draw(st.binary(min_size=12, max_size=12)),
        holder_key=draw(st.none() | st.sampled_from(KEYS)),
        health=draw(health_codes(expires)),
    )


class TestRoundTrip:
    @settings(max_examples=300)
    @given(any_claims())
    def test_claims_decode_to_themselves(self, stated: Claims) -> None:
        """Whatever claims are encoded decode to the same, and encode to the same bytes again."""
        payload = _claims.encode(stated)
        decoded = _claims.decode(payload)
        assert decoded == stated
        assert _claims.encode(decoded) == payload


class TestMalformed:
    @pytest.mark.parametrize("name", ["iss", "exp", "nbf", "cti", "health"])
    def test_a_required_claim_is_missing(self, name: str) -> None:
        """Each required claim is required."""
        assert verdict(**{name: None}) == "malformed-claims"

    @pytest.mark.parametrize("key", [0, 2, 3, 6, 9, 10, 38, 65533, -1, -65536, -65538])
    def test_the_set_of_claims_is_closed(self, key: int) -> None:
        """Any other claim is refused, whatever its number."""
        extended = _cbor.in_order(claims() | {key: 1})
        with pytest.raises(VerificationError) as caught:
            judged(signed(cbor2.dumps(extended)))
        assert caught.value.verdict == "malformed-claims"

    @pytest.mark.parametrize("payload", [b"\x58\x20" + bytes(32), b"\x98\x18" + bytes(24), cbor2.dumps("a" * 30)])
    def test_the_payload_is_no_map(self, payload: bytes) -> None:
        """A sound payload that is not a map is malformed-claims."""
        with pytest.raises(VerificationError) as caught:
            judged(signed(payload))
        assert caught.value.verdict == "malformed-claims"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("iss", 1),
            ("iss", b"CN-33-01.WJW"),
            ("iss", ""),
            ("iss", "CN-330"),
            ("iss", "cn-33-01.WJW"),
            ("iss", ["CN"]),
            ("exp", AT),
            ("exp", AT - 1),
            ("exp", -1),
            ("exp", TIME_LIMIT),
            ("exp", 2**53 - 1),
            ("exp", "2026"),
            ("nbf", -1),
            ("nbf", b"\x00"),
            ("cti", bytes(11)),
            ("cti", bytes(13)),
            ("cti", "a" * 12),
            ("cnf", {}),
            ("cnf", {1: bytes(32)}),
            ("cnf", {1: {1: 1, -1: 6}}),
            ("cnf", {1: {1: 1, -1: 6, -2: KEY.public_key.to_bytes()[:31]}}),
            ("cnf", {1: {1: 1, -1: 4, -2: KEY.public_key.to_bytes()}}),
            ("cnf", {1: {1: 2, -1: 6, -2: KEY.public_key.to_bytes()}}),
            ("cnf", {1: {1: 1, 3: -19, -1: 6, -2: KEY.public_key.to_bytes()}}),
            ("cnf", {1: {1: 1, -1: 6, -2: KEY.public_key.to_bytes()}, 3: b"kid"}),
            ("cnf", {1: {1: 1, -1: 6, -2: b"\x01" + bytes(31)}}),
            ("cnf", {1: {1: 1, -1: 6, -2: b"\x00" * 32}}),
            ("health", []),
            ("health", {}),
            ("health", {2: "张*丰"}),
            ("health", "green"),
        ],
    )
    def test_a_claim_of_another_kind(self, name: str, value: Any) -> None:
        """A claim of another type, size or range is malformed-claims."""
        assert verdict(**{name: value}) == "malformed-claims"

    @pytest.mark.parametrize(
        "health",
        [
            {1: -1},
            {1: "green"},
            {1: b"\x00"},
            {1: 0, 2: ""},
            {1: 0, 2: b"abc"},
            {1: 0, 2: "a" * 49},
            {1: 0, 2: "张" * 17},
            {1: 0, 2: "a\u202eb"},
            {1: 0, 2: "a\u200bb"},
            {1: 0, 2: "a\x00"},
            {1: 0, 2: "\ufeffa"},
            {1: 0, 2: "\U000e0041"},
            {1: 0, 3: bytes(15)},
            {1: 0, 3: "a" * 16},
            {1: 0, 4: 1},
            {1: 0, 5: AT + 86400},
            {1: 1},
            {1: 2},
            {1: 1, 4: -1},
            {1: 1, 4: "exposure"},
            {1: 1, 4: 1, 5: AT + 86399},
            {1: 1, 4: 1, 5: TIME_LIMIT},
            {1: 1, 4: 1, 5: -1},
            {1: 1, 4: 1, 5: "2026"},
            {1: 1, 5: AT + 86400},
            {1: 0, 6: []},
            {1: 0, 6: {}},
            {1: 0, 6: [[3, 1]] * 5},
            {1: 0, 6: [[]]},
            {1: 0, 6: [3, 1]},
            {1: 0, 6: [{3: 1}]},
            {1: 0, 6: [["3", 1]]},
            {1: 0, 6: [[-3, 1]]},
            {1: 0, 6: [[1, HOUR, 0]]},
            {1: 0, 6: [[1, HOUR, 0, 1, 1]]},
            {1: 0, 6: [[1, HOUR + 60, 0, 1]]},
            {1: 0, 6: [[1, HOUR, 2, 1]]},
            {1: 0, 6: [[1, HOUR, 0, -1]]},
            {1: 0, 6: [[1, -3600, 0, 1]]},
            {1: 0, 6: [[1, TIME_LIMIT, 0, 1]]},
            {1: 0, 6: [[2, 20000, 0, 1]]},
            {1: 0, 6: [[2, 20000, 1, 100]]},
            {1: 0, 6: [[2, -1, 1, 1]]},
            {1: 0, 6: [[2, 20000, 1]]},
            {1: 0, 6: [[3, DAY_LIMIT]]},
            {1: 0, 6: [[3]]},
            {1: 0, 6: [[4, "CN-330", 20000]]},
            {1: 0, 6: [[4, 33, 20000]]},
            {1: 0, 6: [[4, "CN-33.WJW", 20000]]},
            {1: 0, 7: [65536, 0]},
            {1: 0, 7: [0, 2**20]},
            {1: 0, 7: [-1, 0]},
            {1: 0, 7: [0]},
            {1: 0, 7: [0, 0, 0]},
            {1: 0, 7: {3: 4, 17: 5}},
            {1: 0, 7: "ab"},
            {1: 0, 8: "CN-00"},
            {1: 0, 8: "CN-33.WJW"},
            {1: 0, 8: 33},
            {1: 0, 9: "Hangzhou"},
            {1: 0, **dict.fromkeys(range(32, 41), 0)},
        ],
    )
    def test_a_rule_of_the_health_code(self, health: dict[int, Any]) -> None:
        """A health code that breaks a rule is malformed-claims."""
        assert verdict(health=health) == "malformed-claims"


class TestUnsupported:
    @pytest.mark.parametrize("key", [0, *range(10, 32)])
    def test_critical_keys(self, key: int) -> None:
        """A critical key that is not assigned is unsupported-claim."""
        assert verdict(health=_cbor.in_order({1: 0, key: 0})) == "unsupported-claim"

    @pytest.mark.parametrize(
        "health", [{1: 3}, {1: 2**53 - 1}, {1: 3, 4: 1}, {1: 3, 5: AT + 86400}, {1: 3, 4: 99, 5: AT + 86400}]
    )
    def test_other_colours(self, health: dict[int, Any]) -> None:
        """An unknown colour is unsupported-claim, with a reason and an end or without."""
        assert verdict(health=health) == "unsupported-claim"

    @pytest.mark.parametrize(
        "health",
        [
            {1: 3, 3: b""},
            {1: 3, 5: AT},
            {1: 0, 4: 1, 10: 0},
            {1: 1, 10: 0},
            {1: 3, 4: -1},
            {1: 0, 10: 0, 39: 0, **{-k: 0 for k in range(1, 9)}},
        ],
    )
    def test_malformed_comes_first(self, health: dict[int, Any]) -> None:
        """A code that is both malformed and unsupported is malformed."""
        assert verdict(health=health) == "malformed-claims"

    def test_the_error_names_no_value(self) -> None:
        """The error says what kind of thing is not known, and repeats no claim."""
        with pytest.raises(UnsupportedError) as caught:
            judged(signed(cbor2.dumps(claims(health={1: 77, 2: "张*丰"}))))
        assert "77" not in str(caught.value)
        assert "张" not in str(caught.value)


class TestAccepted:
    @pytest.mark.parametrize(
        "health",
        [
            {1: 0},
            {1: 1, 4: 99},
            {1: 2, 4: 2**53 - 1},
            {1: 1, 4: 1, 5: AT + 86400},
            {1: 1, 4: 1, 5: TIME_LIMIT - 1},
            {1: 0, 2: "a" * 48},
            {1: 0, 2: "\ue000"},
            {1: 0, 2: "葛\U000e0100"},
            {1: 0, 2: "\uf900"},
            {1: 0, 6: [[1, HOUR, 1, 99]]},
            {1: 0, 6: [[1, 0, 0, 0]]},
            {1: 0, 6: [[2, 0, 99, 99], [3, DAY_LIMIT - 1], [4, "CN", 1], [5]]},
            {1: 0, 6: [[0, "x", b"y", -1]]},
            {1: 0, 7: [65535, 2**20 - 1]},
            {1: 0, 8: "US-CA", 9: "CN.1"},
            {1: 0, **{key: {1: [1]} for key in range(32, 40)}},
            {1: 0, **{-key: "x" for key in range(1, 9)}},
        ],
    )
    def test_what_the_rules_allow(self, health: dict[int, Any]) -> None:
        """An unknown reason, method or evidence type, and anything at its limit, is valid."""
        assert verdict(health=health) == "valid"

    def test_an_unknown_reason_is_a_number(self) -> None:
        """What is not known is shown as its number."""
        verified = judged(signed(cbor2.dumps(claims(health={1: 1, 4: 99, 6: [[7, "x"]]}))))
        assert verified.health.reason == 99
        assert verified.health.evidence == (UnknownEvidence(type=7, values=("x",)),)

    def test_every_claim_arrives(self) -> None:
        """What an issuer states is what a verifier reads."""
        health = HealthCode(
            color=Color.YELLOW,
            holder="阿·*",
            binding=bytes(16),
            reason=Reason.RISK_AREA,
            until=NOW + timedelta(days=7),
            evidence=(
                LabTest(sampled_at=NOW, result=LabResult.NEGATIVE, method=LabMethod.ANTIGEN),
                Departure(region=RegionId("CN-42-01"), day=date(2026, 10, 25)),
            ),
            status=StatusPlace(3, 70000),
            residence=RegionId("CN-33-01"),
            origin=IssuerId("CN-42.CDC"),
            extensions=((33, b"x"), (-5, ["y"])),
        )
        verified = judged(issued(health, holder_key=KEYS[0], cti=CTI), waive=WAIVE)
        assert verified.health == health
        assert (verified.issuer.id, verified.cti, verified.holder_key) == (ISSUER, CTI, KEYS[0])
        assert (verified.valid_from, verified.expires_at) == (NOW, datetime.fromtimestamp(AT + 86400, NOW.tzinfo))
