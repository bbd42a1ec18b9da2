"""Deciding: total, pure, and never undone by an answer (spec/decision.md)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from any_policies import ANSWERS, DOCUMENTS, NOW, PLACE, QUESTIONS, codes, maps, policies
from healthpass.deciding import Action, Decision, Ground, OfficeDocument, decide, read_policy, write_source
from healthpass.deciding._decide import rules_of
from healthpass.documents._policy import Policy

KNOWN = st.fixed_dictionaries(
    {
        "policy": policies(),
        "maps": maps(),
        "code": codes(),
        "answers": ANSWERS,
        "document": DOCUMENTS,
        "place": PLACE,
    }
)
SECOND = timedelta(seconds=1)


def decided(known: dict[str, Any], at: datetime = NOW, **others: Any) -> Decision:
    """Decide by what is known, some of which may be another."""
    facts = known | others
    return decide(facts.pop("code"), facts.pop("policy"), at=at, **facts)


def told(decision: Decision) -> Any:
    """Return what an answer may not change: the action, the duties and the end."""
    return decision.action, frozenset(decision.duties), decision.ends


class TestDeciding:
    @settings(max_examples=100)
    @given(known=KNOWN)
    def test_is_total(self, known: dict[str, Any]) -> None:
        """Whatever is known, there is an action or a ground, and never both."""
        found = decided(known)
        assert (found.action is None) != (found.ground is None)
        assert bool(found.asks) == (found.ground is Ground.ASKS)
        assert bool(found) == (found.action is Action.ADMIT)
        assert found.until is not None
        assert found.until > NOW

    @settings(max_examples=200)
    @given(known=KNOWN, answer=st.booleans(), asked=st.sampled_from([*QUESTIONS, "document", "place"]))
    def test_an_answer_changes_no_decision(self, known: dict[str, Any], answer: bool, asked: str) -> None:  # noqa: FBT001
        """What was decided stays decided, whatever is answered afterwards."""
        before = decided(known)
        if before.action is not None:
            others: dict[str, dict[str, Any]] = {
                "document": {"document": True},
                "place": {"place": known["place"] or "station"},
            }
            more = others.get(asked, {"answers": {asked: answer} | known["answers"]})
            assert told(decided(known, **more)) == told(before)

    @settings(max_examples=100)
    @given(known=KNOWN)
    def test_answering_all_ends_the_asking(self, known: dict[str, Any]) -> None:
        """Once every question is answered, only what nobody at a gate can know is open."""
        every = dict.fromkeys(QUESTIONS, True) | known["answers"]
        found = decided(known, answers=every, document=True, place=known["place"] or "station")
        assert set(found.asks) <= {"residence", "departure"}

    @settings(max_examples=100)
    @given(known=KNOWN, share=st.floats(0, 1))
    def test_nothing_changes_before_until(self, known: dict[str, Any], share: float) -> None:
        """Until the moment that a decision names, the same facts decide alike."""
        now = decided(known)
        assert now.until is not None
        for at in (NOW + share * (now.until - SECOND - NOW), now.until - SECOND):
            later = decided(known, at=at.replace(microsecond=0))
            assert replace(later, until=None) == replace(now, until=None)

    @settings(max_examples=100)
    @given(known=KNOWN)
    def test_order_of_evidence_does_not_matter(self, known: dict[str, Any]) -> None:
        """The same evidence in another order decides alike, and so does the same call again."""
        first = decided(known)
        assert decided(known) == first
        if (code := known["code"]) is not None:
            turned = replace(code, health=code.health.model_copy(update={"evidence": code.health.evidence[::-1]}))
            assert decided(known, code=turned) == first

    @settings(max_examples=100)
    @given(known=KNOWN)
    def test_readings_tell_the_rule_that_decided(self, known: dict[str, Any]) -> None:
        """What explains a decision has found the same rule."""
        rules = rules_of(known["policy"], known["maps"])
        given_facts = {name: known[name] for name in ("answers", "document", "place")}
        facts = rules.facts(known["code"], at=NOW, **given_facts)
        decision = rules.decide(facts)
        held = [one.rule.id for one in rules.readings(facts) if one.holds]
        if decision.ground is None:
            assert held == [decision.rule] * (decision.rule is not None)

    @settings(max_examples=60)
    @given(policy=policies())
    def test_a_source_is_read_as_it_was_written(self, policy: OfficeDocument[Policy]) -> None:
        """Writing a policy for people and reading it again changes nothing."""
        assert read_policy(write_source(policy.content)) == policy.content


ALWAYS = """{
  "names": {"zh": "规则", "en": "Policy"}, "zone": 0,
  "rules": [{"id": "a", "when": {}, "then": "admit"}]
}"""


def test_without_a_policy_nothing_is_decided() -> None:
    """No policy, no action."""
    found = decide(None, None, at=NOW)
    assert found == Decision(ground=Ground.NO_POLICY)
    assert not found


@pytest.mark.parametrize(("facts", "says"), [({"answers": {"x": True}}, "question"), ({"place": "x"}, "place")])
def test_what_the_policy_does_not_know_is_an_error(facts: Any, says: str) -> None:
    """A gate that answers what nobody asked is misconfigured, and hears of it."""
    policy = read_policy(
        '{"names": {"zh": "规", "en": "P"}, "zone": 0, "rules": [{"id": "a", "when": {}, "then": "admit"}]}'
    )
    document = OfficeDocument(issuer="CN", issued=NOW, expires=NOW + timedelta(days=1), content=policy)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=says):
        decide(None, document, at=NOW, **facts)
