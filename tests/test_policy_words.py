"""Words, findings and equivalents of any policy: total, and true of what is decided."""

from dataclasses import replace
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from any_policies import ANSWERS, DOCUMENTS, NOW, PLACE, codes, maps, policies
from healthpass.deciding import (
    Ground,
    OfficeDocument,
    Policy,
    Rule,
    When,
    check_policy,
    decide,
    differences,
    explain,
    explain_decision,
)
from healthpass.deciding._decide import rules_of
from healthpass.deciding._equivalent import exchanged_for_nothing, widened_for_nothing
from healthpass.deciding._implied import implies

FACTS = st.fixed_dictionaries({"answers": ANSWERS, "document": DOCUMENTS, "place": PLACE})


def with_rules(policy: OfficeDocument[Policy], *rules: Rule) -> OfficeDocument[Policy]:
    """Return a policy with other rules."""
    return replace(policy, content=replace(policy.content, rules=rules))


def outcome(code: Any, policy: OfficeDocument[Policy], maps: Any, facts: dict[str, Any]) -> Any:
    """Return what is done."""
    found = decide(code, policy, at=NOW, maps=maps, **facts)
    return found.action, frozenset(found.duties), found.ends, found.ground, found.asks, found.rule


class TestAnyPolicy:
    @settings(max_examples=60)
    @given(policy=policies(), maps=maps(), code=codes(), facts=FACTS)
    def test_is_explained(
        self, policy: OfficeDocument[Policy], maps: Any, code: Any, facts: dict[str, Any]
    ) -> None:
        """Each policy and each decision has words, and these name the rule that decided."""
        contents = [one.document.content for one in maps]
        assert len(explain(policy.content, contents)) >= len(policy.content.rules) + 2
        decision = decide(code, policy, at=NOW, maps=maps, **facts)
        lines = explain_decision(code, policy, at=NOW, maps=maps, **facts)
        if decision.ground is Ground.DOCUMENT_MISMATCH:
            assert len(lines) == 1
        elif decision.rule is not None:
            assert f"by the rule {decision.rule}:" in lines[0].en
            assert f". {decision.rule}: holds: " in lines[-1].en
        else:
            assert not any(": holds: " in line.en for line in lines[1:]) or decision.ground is Ground.ASKS

    @settings(max_examples=60)
    @given(old=policies(), new=policies())
    def test_differences_are_told(self, old: OfficeDocument[Policy], new: OfficeDocument[Policy]) -> None:
        """Two policies differ in words exactly where they differ."""
        assert (differences(old.content, new.content) == ()) == (old.content == new.content)
        assert differences(old.content, old.content) == ()

    @settings(max_examples=150)
    @given(policy=policies(), maps=maps(), code=codes(), facts=FACTS, data=st.data())
    def test_a_rule_that_is_implied_is_never_reached(
        self, policy: OfficeDocument[Policy], maps: Any, code: Any, facts: dict[str, Any], data: st.DataObject
    ) -> None:
        """A rule that says more than an earlier one never decides, and is found."""
        first = data.draw(st.sampled_from(policy.content.rules))
        other = data.draw(st.sampled_from(policy.content.rules))
        members = dict(other.when.members) | dict(first.when.members)
        try:
            narrow = replace(first, id="narrow", when=When(**members))
            made = with_rules(policy, *policy.content.rules, narrow)
        except ValueError:  # it breaks the form, such as a question both declared and denied
            assume(False)
        assert implies(narrow.when, first.when)
        found = [one.where for one in check_policy(made.content, at=NOW) if one.code == "never-reached"]
        assert "narrow" in found
        assert decide(code, made, at=NOW, maps=maps, **facts).rule not in found

    @settings(max_examples=150)
    @given(policy=policies(), maps=maps(), code=codes(), facts=FACTS)
    def test_a_rule_that_never_holds_never_does(
        self, policy: OfficeDocument[Policy], maps: Any, code: Any, facts: dict[str, Any]
    ) -> None:
        """What `check_policy` calls impossible is so."""
        impossible = {one.where for one in check_policy(policy.content, at=NOW) if one.code == "never-holds"}
        rules = rules_of(policy, maps)
        for reading in rules.readings(rules.facts(code, at=NOW, **facts)):
            assert (
                reading.rule.id not in impossible or all(reading.members.values()) is False or not reading.in_time
            )

    @settings(max_examples=200)
    @given(policy=policies(), maps=maps(), code=codes(), facts=FACTS)
    def test_equivalents_decide_alike(
        self, policy: OfficeDocument[Policy], maps: Any, code: Any, facts: dict[str, Any]
    ) -> None:
        """A change that is said to matter to nobody changes nothing."""
        rules = policy.content.rules
        before = outcome(code, policy, maps, facts)
        for at, rule in enumerate(rules):
            earlier, later = rules[:at], rules[at + 1 :]
            if later and exchanged_for_nothing(rule, later[0], earlier):
                swapped = with_rules(policy, *earlier, later[0], rule, *later[1:])
                assert outcome(code, swapped, maps, facts) == before
            for name in ("color", "shown"):
                if getattr(rule.when, name) is not None and widened_for_nothing(rule, name, None, earlier):
                    wider = replace(rule, when=replace(rule.when, **{name: None}))
                    try:
                        made = with_rules(policy, *earlier, wider, *later)
                    except ValueError:  # it always holds now, and is not the last
                        continue
                    assert outcome(code, made, maps, facts) == before
