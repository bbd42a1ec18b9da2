"""The health code and its evidence: spec/credential.md, section 9, as an issuer meets it in Python."""

import json
import pickle
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from healthpass import (
    Color,
    Departure,
    HealthCode,
    LabMethod,
    LabResult,
    LabTest,
    Reason,
    Recovery,
    RegionId,
    StatusPlace,
    UnknownEvidence,
    Vaccination,
    harmless,
    problems_of,
)
from healthpass.credential._holder import check_holder, check_holder_to_issue
from healthpass.words._limits import FORBIDDEN, FORBIDDEN_TO_ISSUERS

UNTIL = datetime(2026, 12, 1, tzinfo=UTC)
TEST = LabTest(sampled_at=UNTIL, result=LabResult.NEGATIVE, method=LabMethod.NAAT)


class TestHealthCode:
    @pytest.mark.parametrize(
        ("value", "says"),
        [
            (2**53, "2.53"),
            ([True], "bool"),
            ("a\ud800", "surrogate"),
            ([{"a": 1}], "'str' and 'int'"),
            ([None], "NoneType"),
        ],
    )
    def test_refuses_what_cannot_be_written(self, value: Any, says: str) -> None:
        """An extension, and evidence of an unknown type, hold what CBR allows; the error repeats no value."""
        with pytest.raises(ValueError, match=says) as caught:
            HealthCode(color=Color.GREEN, extensions=((32, value),))
        assert "\ud800" not in str(caught.value)
        with pytest.raises(ValueError, match="values"):
            UnknownEvidence(type=40, values=(value,))

    def test_a_small_text_makes_few_problems(self) -> None:
        """Many wrong members are told once and again, not without end."""
        text = '{"color": "green", "evidence": [{"type": 40, "values": [' + ", ".join(["[]"] * 10_000) + "]}]}"
        with pytest.raises(ValidationError) as caught:
            HealthCode.model_validate_json(text)
        assert caught.value.error_count() < 10
        with pytest.raises(ValidationError) as caught:
            HealthCode.model_validate({"color": "green"} | {f"m{number}": 1 for number in range(100)})
        assert problems_of(caught.value)[19:] == ["m19: there is no such member", "there are more"]

    def test_everything_at_once(self) -> None:
        """A code with every claim keeps each as it was given, and is frozen."""
        code = HealthCode(
            color=Color.YELLOW,
            holder="阿·古*",
            binding=bytes(16),
            reason=Reason.EXPOSURE,
            until=UNTIL,
            evidence=(TEST, Vaccination(day=date(2026, 1, 2), dose=3, of=2), Recovery(day=date(2026, 3, 4))),
            status=StatusPlace(65535, 2**20 - 1),
            residence=RegionId("CN-33-01"),
            origin="CN-31.WJW",
            extensions=((32, "x"), (-1, [1, {2: b"y"}])),
        )
        assert code.status is not None
        assert (code.status.list, code.status.index) == (65535, 2**20 - 1)
        assert code.origin is not None
        assert code.origin.region == "CN-31"
        assert pickle.loads(pickle.dumps(code)) == code
        with pytest.raises(ValueError, match="frozen"):
            code.color = Color.GREEN

    @pytest.mark.parametrize(
        "claims",
        [
            {},
            {"color": 0},
            {"color": "green"},
            {"color": Color.YELLOW},
            {"color": Color.RED, "until": UNTIL},
            {"color": Color.GREEN, "reason": Reason.EXPOSURE},
            {"color": Color.GREEN, "until": UNTIL},
            {"color": Color.RED, "reason": -1},
            {"color": Color.RED, "reason": 2**53},
            {"color": Color.RED, "reason": True},
            {"color": Color.RED, "reason": "exposure"},
            {"color": Color.RED, "reason": Reason.EXPOSURE, "until": 1},
            {"color": Color.RED, "reason": Reason.EXPOSURE, "until": UNTIL.replace(tzinfo=None)},
            {"color": Color.RED, "reason": Reason.EXPOSURE, "until": UNTIL.replace(year=9999)},
            {"color": Color.RED, "reason": Reason.EXPOSURE, "until": UNTIL.replace(year=1969)},
            {"color": Color.GREEN, "holder": ""},
            {"color": Color.GREEN, "holder": "张" * 17},
            {"color": Color.GREEN, "holder": "a\u202eb"},
            {"color": Color.GREEN, "holder": "a\nb"},
            {"color": Color.GREEN, "holder": b"a"},
            {"color": Color.GREEN, "binding": bytes(15)},
            {"color": Color.GREEN, "binding": "0" * 16},
            {"color": Color.GREEN, "evidence": (TEST,) * 5},
            {"color": Color.GREEN, "evidence": ([3, 1],)},
            {"color": Color.GREEN, "status": (3, 17)},
            {"color": Color.GREEN, "residence": "CN-330"},
            {"color": Color.GREEN, "origin": "Hangzhou"},
            {"color": Color.GREEN, "extensions": ((10, 1),)},
            {"color": Color.GREEN, "extensions": ((32, 1), (32, 2))},
            {"color": Color.GREEN, "extensions": tuple((-key, 1) for key in range(1, 10))},
            {"color": Color.GREEN, "name": "张三丰"},
        ],
    )
    def test_each_rule(self, claims: dict[str, Any]) -> None:
        """A code that breaks a rule is a ValueError which repeats no value."""
        with pytest.raises(ValueError, match="HealthCode") as caught:
            HealthCode(**claims)
        assert "input_value" not in str(caught.value)

    def test_times_are_in_whole_seconds_and_utc(self) -> None:
        """A time in another zone is the same moment; a fraction of a second is dropped."""
        shanghai = timezone(timedelta(hours=8))
        until = datetime(2026, 12, 1, 8, 0, 0, 999_999, tzinfo=shanghai)
        assert HealthCode(color=Color.RED, reason=Reason.EXPOSURE, until=until).until == UNTIL

    def test_an_unknown_reason_stays_a_number(self) -> None:
        """A known reason given as a number becomes the reason, an unknown one stays a number."""
        assert HealthCode(color=Color.RED, reason=6).reason is Reason.ISOLATION_ORDER
        assert HealthCode(color=Color.RED, reason=99).reason == 99

    def test_each_colour_has_its_shape(self) -> None:
        """No two colours share a shape."""
        assert [color.symbol for color in Color] == ["●", "▲", "■"]


class TestStatusPlace:
    @pytest.mark.parametrize("place", [(65536, 0), (0, 2**20), (-1, 0), (0, -1), (True, 0), (0, 1.0), ("0", 0)])
    def test_out_of_range(self, place: tuple[Any, Any]) -> None:
        """A place beyond the lists is refused, and so is anything but integers."""
        with pytest.raises((TypeError, ValueError), match="status (list|index) must"):
            StatusPlace(*place)


class TestEvidence:
    def test_a_test_keeps_the_hour(self) -> None:
        """The minutes of a sample are dropped: the format does not have them."""
        test = LabTest(sampled_at=UNTIL + timedelta(minutes=59), result=LabResult.POSITIVE, method=77)
        assert test.sampled_at == UNTIL
        assert test.method == 77

    @pytest.mark.parametrize(
        ("model", "fields"),
        [
            (LabTest, {"sampled_at": UNTIL, "result": 2, "method": 1}),
            (LabTest, {"sampled_at": UNTIL.replace(tzinfo=None), "result": LabResult.NEGATIVE, "method": 1}),
            (Vaccination, {"day": date(2026, 1, 1), "dose": 0, "of": 1}),
            (Vaccination, {"day": date(2026, 1, 1), "dose": 1, "of": 100}),
            (Vaccination, {"day": date(1969, 12, 31), "dose": 1, "of": 2}),
            (Recovery, {"day": date(9999, 1, 1)}),
            (Recovery, {"day": "2026-01-01"}),
            (Departure, {"day": date(2026, 1, 1), "region": "Wuhan"}),
            (UnknownEvidence, {"type": -5, "values": ()}),
            (UnknownEvidence, {"type": 5, "values": ([1],)}),
            (UnknownEvidence, {"type": 3, "values": (1,)}),
        ],
    )
    def test_each_rule(self, model: Any, fields: dict[str, Any]) -> None:
        """Evidence that breaks a rule is a ValueError."""
        with pytest.raises(ValueError, match="validation error"):
            model(**fields)


class TestHolder:
    @pytest.mark.parametrize(
        "label", ["张*丰", "阿卜杜·*", "*", "a" * 48, "欧阳*", "김*수", "Ž*", "𠮷*", "葛󠄀*", "豈*"]
    )
    def test_labels_of_people(self, label: str) -> None:
        """Labels with rare characters, variation selectors and compatibility ideographs are accepted."""
        assert check_holder(label) == label
        check_holder_to_issue(label)

    def test_every_forbidden_code_point(self) -> None:
        """Each end of each forbidden range is refused, and what lies beside it is judged on its own."""
        for first, last in FORBIDDEN:
            for code in {first, last}:
                with pytest.raises(ValueError, match=f"U\\+{code:04X}"):
                    check_holder("a" + chr(code))

    def test_what_no_label_may_hold_is_harmless(self) -> None:
        """`harmless` writes each forbidden code point as the escape of JSON, and changes no other."""
        forbidden = {code for first, last in FORBIDDEN for code in range(first, last + 1)}
        for code in range(0x110000):
            for text in (chr(code), f"张{chr(code)}*"):
                escaped = text.replace(chr(code), json.dumps(chr(code))[1:-1]) if code in forbidden else text
                if code in map(ord, "\b\t\n\f\r\x7f"):  # json has a shorter escape, or none
                    escaped = text.replace(chr(code), f"\\u{code:04x}")
                assert harmless(text) == escaped

    def test_issuers_are_stricter(self) -> None:
        """Private use and look-alikes of the middle dot pass a verifier, and an issuer is told what to write."""
        for first, last, hint in FORBIDDEN_TO_ISSUERS:
            for code in {first, last}:
                check_holder(chr(code))
                with pytest.raises(ValueError, match=f"U\\+{code:04X}.*{re.escape(hint[:20])}"):
                    check_holder_to_issue(chr(code))
