"""The tools with which officers make policies: words, differences, findings, cases, changes that cases notice."""

# ruff: noqa: E501 - tables are read by their columns

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from healthpass import Color, HealthCode, IssuerId, RegionId, Words
from healthpass.deciding import (
    Case,
    CaseCode,
    MapInForce,
    OfficeDocument,
    Policy,
    RiskMap,
    SourceError,
    _equivalent,
    _mutation,
    check_policy,
    decide,
    differences,
    explain,
    explain_decision,
    read_cases,
    read_map,
    read_policy,
    run_cases,
    unnoticed,
    write_source,
)
from healthpass.deciding._cases import passes
from healthpass.deciding._decide import rules_of

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples" / "policies"
SETS = sorted(path.stem for path in EXAMPLES.glob("*-*.csv"))
AT = datetime(2022, 6, 30, 6, tzinfo=UTC)
# Changes that no case can notice, each with its reason.
EXCUSED = {
    "hubei-2020": {
        "no-code: denied + fever": "fever decides whoever says yes, and whoever was not asked is asked anyhow",
    },
    "wuxing-2020": {
        "key-area-stranger: denied + fever": "fever decides whoever says yes, and the others are asked anyhow",
        "key-area: declared + dwelling": "key-area-stranger has decided whoever says no, and asks the others",
    },
}


def source(name: str) -> tuple[Policy, list[RiskMap]]:
    """Read a rule set, and its map if it has one."""
    beside = EXAMPLES / f"{name}.map.json"
    maps = [read_map(beside.read_bytes())] if beside.exists() else []
    return read_policy((EXAMPLES / f"{name}.json").read_bytes()), maps


def rule_set(name: str) -> tuple[Policy, tuple[Case, ...], list[RiskMap]]:
    """Read a rule set with its cases."""
    policy, maps = source(name)
    return policy, read_cases((EXAMPLES / f"{name}.csv").read_bytes(), policy), maps


def signed(policy: Policy) -> OfficeDocument[Policy]:
    """Return a policy as if it had been signed."""
    end = datetime(2022, 7, 28, tzinfo=UTC)
    return OfficeDocument(issuer=IssuerId("CN-33-01.WJW"), issued=AT, expires=end, content=policy)


def policy_of(*rules: dict[str, Any], **more: Any) -> Policy:
    """Make a policy of rules in JSON."""
    import json

    return read_policy(json.dumps({"names": {"zh": "规则", "en": "Rules"}, "zone": 480, "rules": rules, **more}))


def codes(policy: Policy, *maps: RiskMap) -> list[tuple[str, str]]:
    """Return what is found of a policy."""
    return [(one.code, one.where) for one in check_policy(policy, maps, at=AT)]


NO_CODE = {"id": "no-code", "when": {"shown": ["none"]}, "then": "admit"}
GREEN = {"id": "green", "when": {"color": ["green"]}, "then": "admit"}


class TestRuleSets:
    @pytest.mark.parametrize("name", SETS)
    def test_cases_hold(self, name: str) -> None:
        """Each rule set has 20 cases and more, each with its source, and decides them all as expected."""
        policy, cases, maps = rule_set(name)
        assert len(cases) >= 20
        assert all(case.source for case in cases)
        assert run_cases(policy, cases, maps) == ()

    @pytest.mark.parametrize("name", SETS)
    def test_cases_notice_each_change(self, name: str) -> None:
        """No member of a rule can be deleted or altered without a case that notices it."""
        assert set(unnoticed(*rule_set(name))) == set(EXCUSED.get(name, {}))

    @pytest.mark.parametrize("name", SETS)
    def test_what_is_left_out_could_not_be_noticed(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The changes that are called equivalent are: no case of their rule set notices one."""
        policy, cases, maps = rule_set(name)
        told = {mutant.what for mutant in _mutation.mutants_of(policy)}
        for one in ("widened_for_nothing", "exchanged_for_nothing"):
            monkeypatch.setattr(_mutation, one, lambda *_: False)
        monkeypatch.setattr(_mutation, "can_be_unknown", lambda _: True)
        left_out = [one for one in _mutation.mutants_of(policy) if one.what not in told]
        assert left_out
        assert [one.what for one in left_out if not passes(one.policy, cases, maps)] == []

    @pytest.mark.parametrize("name", SETS)
    def test_nothing_is_wrong_with_them(self, name: str) -> None:
        """`check_policy` finds nothing but what has ended since, and rules that have begun."""
        policy, maps = source(name)
        assert {code for code, _ in codes(policy, *maps)} <= {"ended", "began"}

    @pytest.mark.parametrize("name", SETS)
    def test_every_rule_is_told(self, name: str) -> None:
        """Each rule is told in both languages, and no word of the wire is left in the Chinese."""
        policy, maps = source(name)
        lines = explain(policy, maps)
        for number, rule in enumerate(policy.rules, 1):
            (line,) = (line for line in lines if line.zh.startswith(f"{number}. {rule.id}："))
            assert line.en.startswith(f"{number}. {rule.id}: ")
            assert rule.then.words.zh in line.zh
        assert read_policy(write_source(policy)) == policy


class TestExplain:
    def test_tells_each_member(self) -> None:
        """Each of the seventeen members has words of its own."""
        when = {
            "color": ["yellow"], "reason": ["test-due"], "issuer": ["CN-42"], "origin": ["CN-82"],
            "residence": ["CN-42-01"], "residence_level": {"at_least": 2, "at_most": 3},
            "departure": {"at_least": 4, "within_days": 7, "regions": ["CN-31"]},
            "test": {"methods": ["naat"], "result": "negative", "within_hours": 72, "count": 2, "hours_apart": 24},
            "vaccination": {"doses": 2, "days_since": 14}, "recovery": {"within_days": 90},
            "starts_within_days": 0, "shown": ["live"], "document": "matched", "declared": ["a"], "denied": ["b"],
            "place": ["school"], "waived": ["status-unknown"],
        }  # fmt: skip
        questions = [{"name": name, "zh": f"问{name}？", "en": f"Ask {name}?"} for name in "ab"]
        policy = policy_of({"id": "all", "when": when, "then": "admit"}, declared=questions, places=["school"])
        line = explain(policy)[-2]
        for part in (
            "the code is yellow", "a test is due", "issued in Hubei (CN-42)", "the colour was set in Macao (CN-82)",
            "lives in CN-42-01 in Hubei", "risk level 2 to level 3",
            "left Shanghai (CN-31) of risk level 4 or higher on that day within the last 7 days", "2 negative results",
            "of the last 72 hours, each at least 24 hours after the one before", "at least 2 doses, the last at least 14",
            "recovered within the last 90 days", "the code began today", "shown live", "the identity document is",
            "the answer to “Ask a?” is yes", "the answer to “Ask b?” is no", "of the kind school",
            "no check of the code was waived but: whether it was withdrawn",
        ):  # fmt: skip
            assert part in line.en
        for part in ("黄码", "湖北（CN-42）", "72小时内2次核酸检测阴性", "对“问a？”回答“是”", "对“问b？”回答“否”"):
            assert part in line.zh

    def test_names_levels_as_the_map_does(self) -> None:
        """The words of levels are those of the map's scale."""
        policy, maps = source("seven-three-2022")
        assert any("风险等级为5级（高风险）的地区" in line.zh for line in explain(policy, maps))
        assert not any("高风险）" in line.zh for line in explain(policy))

    def test_times_are_civil(self) -> None:
        """The span of a rule is told in the policy's zone."""
        policy, _ = source("macao-2021")
        assert any("至 2021-07-10 00:00 止" in line.zh for line in explain(policy))


class TestExplainDecision:
    def told(self, case: str, name: str = "seven-three-2022", **known: Any) -> tuple[Words, ...]:
        """Explain what is decided of a case, at noon of 30 June 2022."""
        policy, cases, maps = rule_set(name)
        facts = next(one for one in cases if one.name == case).facts
        in_force = tuple(
            MapInForce(
                OfficeDocument(issuer=office, issued=AT, expires=datetime(2022, 7, 28, tzinfo=UTC), content=one),
                RegionId("CN"),
            )
            for office, one in zip(policy.maps, maps, strict=True)
        )
        document = signed(policy)
        lines = explain_decision(
            facts.code, document, at=facts.at, maps=in_force, answers=facts.answers,
            document=facts.document, place=facts.place, **known,
        )  # fmt: skip
        decision = decide(facts.code, document, at=facts.at, maps=in_force, answers=facts.answers)
        if decision.rule:
            assert f"by the rule {decision.rule}" in lines[0].en
        return lines

    def test_tells_what_did_not_hold(self) -> None:
        """The first line is the decision; each rule before it has the member that did not hold."""
        lines = self.told("left a county of medium risk")
        assert lines[0].en.startswith("Decided by the rule medium: quarantine at home; to the end of 2022-07-05")
        assert lines[0].zh == "依据规则 medium：居家隔离；至 2022-07-05 日终；通报属地；落地检测"
        assert lines[2].en == "2. red: does not hold. It requires that the code is red"
        assert lines[-1].en.startswith("5. medium: holds: the person left a region of risk level 3 (medium risk)")
        assert len(lines) == 6

    def test_tells_what_is_asked(self) -> None:
        """Where nothing is decided, the questions come first."""
        lines = self.told("not asked")
        assert "“Do you have a fever or a cough now?”" in lines[0].en
        assert lines[1].en.startswith("1. fever: not known: ")
        assert lines[1].en.endswith("it is asked")

    def test_tells_that_nothing_holds(self) -> None:
        """To turn back without a rule is said to be that."""
        assert self.told("as a screenshot")[0].en == "Decided because no rule holds: turn back"

    def test_says_why_people_decide(self) -> None:
        """Without a policy, with an expired one, or another's document, people decide."""
        document = signed(policy_of(GREEN, NO_CODE))
        assert "No policy" in explain_decision(None, None, at=AT)[0].en
        assert "expired" in explain_decision(None, document, at=document.expires)[0].en
        assert "not the one of the code" in explain_decision(None, document, at=AT, document=False)[0].en

    def test_tells_of_rules_out_of_time(self) -> None:
        """A rule that does not hold yet is told as that."""
        rule = {**GREEN, "from": "2022-07-01T00:00:00+08:00"}
        lines = explain_decision(None, signed(policy_of(rule, NO_CODE)), at=AT)
        assert lines[1].en == "1. green: not in force now, but from 2022-07-01 00:00 on"

    def test_readings_agree_with_the_decision(self) -> None:
        """Of all cases of all rule sets, the last reading that holds is the rule that decides."""
        for name in SETS:
            policy, cases, _ = rule_set(name)
            if not policy.maps:
                rules = rules_of(signed(policy), ())
                for case in cases:
                    known = case.facts
                    facts = rules.facts(
                        known.code, at=known.at, answers=known.answers, document=known.document, place=known.place
                    )
                    decision, readings = rules.decide(facts), rules.readings(facts)
                    if decision.rule:
                        assert (readings[-1].rule.id, readings[-1].holds) == (decision.rule, True)


class TestDifferences:
    def test_tells_rules(self) -> None:
        """What is new, gone, moved or other is told in a line each."""
        old = policy_of(GREEN, {"id": "old", "when": {"color": ["red"]}, "then": "refer"}, NO_CODE)
        test = {"methods": ["naat"], "result": "negative", "within_hours": 48}
        new = policy_of(
            NO_CODE,
            {**GREEN, "when": {"test": test}, "duties": ["monitor"], "days": 3, "say": {"zh": "请", "en": "Come"}},
            {"id": "new", "when": {}, "then": "turn-back"},
        )
        assert [line.en for line in differences(old, new)] == [
            "rule old removed: if the code is red: refer to a fever clinic",
            "rule green: no longer asks that the code is green",
            "rule green: now only if the code has a negative nucleic acid amplification test of the last 48 hours and no positive result since",
            "rule green: also monitor health",
            "rule green: nothing → for 3 days after today",
            "rule green, what people are told: nothing → “Come”",
            "rule new added in place 3: always: turn back",
            "rule green is tried in place 2 now",
        ]
        assert differences(old, old) == ()

    def test_tells_what_has_become_other(self) -> None:
        """A condition that has changed is told before and after."""
        hours = [
            policy_of({"id": "r", "when": {"test": {"methods": ["naat"], "result": "negative", "within_hours": n}},
                       "then": "admit", "until": f"2022-07-0{n // 24}T00:00:00+08:00"})
            for n in (48, 72)
        ]  # fmt: skip
        assert [line.zh for line in differences(*hours)] == [
            "规则 r：持48小时内核酸检测阴性结果且其后无阳性结果 → 持72小时内核酸检测阴性结果且其后无阳性结果",
            "规则 r的生效期：至 2022-07-02 00:00 止 → 至 2022-07-03 00:00 止",
        ]

    def test_tells_maps(self) -> None:
        """Regions of a map are told with their names of levels."""
        _, (old,) = source("seven-three-2022")
        text = (
            write_source(old).decode().replace('"default": 1', '"default": 2').replace("2022-06-26", "2022-06-27")
        )
        assert [line.en for line in differences(old, read_map(text))] == [
            "all other regions of the authority: level 1 (no cases) → level 2 (low risk)",
            "CN-34-13-24 in Anhui: level 3 (medium risk) since 2022-06-20, level 5 (high risk) since 2022-06-26, level 3 (medium risk) since 2022-07-05 → level 3 (medium risk) since 2022-06-20, level 5 (high risk) since 2022-06-27, level 3 (medium risk) since 2022-07-05",
        ]
        with pytest.raises(TypeError):
            differences(old, policy_of(GREEN))  # type: ignore[type-var]


class TestCheck:
    @pytest.mark.parametrize(
        ("rules", "found"),
        [
            ([GREEN, {"id": "paper", "when": {"color": ["green"], "shown": ["bearer"]}, "then": "admit"}, NO_CODE],
             [("never-reached", "paper")]),
            ([{"id": "all", "when": {"issuer": ["CN"]}, "then": "admit"},
              {"id": "some", "when": {"issuer": ["CN-42", "CN-33-01"]}, "then": "admit"}, NO_CODE],
             [("never-reached", "some")]),
            ([{"id": "why", "when": {"color": ["green"], "reason": ["symptoms"]}, "then": "admit"}, NO_CODE],
             [("never-holds", "why")]),
            ([{"id": "none", "when": {"shown": ["none"], "color": ["green"]}, "then": "admit"}, NO_CODE],
             [("never-holds", "none")]),
            ([{"id": "far", "when": {"test": {"methods": ["naat"], "result": "negative", "within_hours": 24, "count": 3,
                                             "hours_apart": 24}}, "then": "admit"}, NO_CODE],
             [("never-holds", "far")]),
            ([{"id": "old", "when": {}, "then": "admit", "until": "2022-06-01T00:00:00+08:00"}, NO_CODE],
             [("ended", "old")]),
            ([{"id": "soon", "when": {}, "then": "admit", "from": "2022-07-01T00:00:00+08:00"}, NO_CODE],
             [("not-yet", "soon")]),
            ([{"id": "home", "when": {"residence_level": {"at_least": 3}}, "then": "refer",
               "say": {"zh": "请就诊", "en": "See a doctor"}}, NO_CODE], [("no-map", "home")]),
            ([GREEN, {"id": "rest", "when": {}, "then": "turn-back"}],
             [("nothing-said", "rest"), ("code-only", "")]),
            ([{"id": "home", "when": {"residence": ["CN-33"]}, "then": "admit", "unknown": "yes"}, NO_CODE],
             [("admits-unknown", "home")]),
            ([{"id": "w", "when": {"waived": ["expired"]}, "then": "admit"}, NO_CODE], [("unknown-value", "w")]),
        ],
    )  # fmt: skip
    def test_finds(self, rules: list[dict[str, Any]], found: list[tuple[str, str]]) -> None:
        """Each finding is found where it is, and nothing else."""
        assert codes(policy_of(*rules)) == found

    def test_finds_what_is_listed_and_not_used(self) -> None:
        """A question, a place and a map that no rule speaks of are found."""
        question = {"name": "fever", "zh": "发热？", "en": "Fever?"}
        policy = policy_of(NO_CODE, declared=[question], places=["mall"], maps=["CN.NHC"])
        no_default = read_map('{"names": {"zh": "图", "en": "Map"}, "zone": 480}')
        assert codes(policy, no_default) == [
            ("question-unused", "fever"), ("place-unused", "mall"), ("map-unused", "CN.NHC"), ("no-default", "CN.NHC"),
        ]  # fmt: skip

    def test_sees_no_more_than_there_is(self) -> None:
        """A wider rule after a narrow one, other colours, and an earlier rule of a shorter time hide nothing."""
        paper = {"id": "paper", "when": {"color": ["green"], "shown": ["bearer"]}, "then": "admit"}
        short = {**GREEN, "id": "short", "until": "2022-07-30T00:00:00+08:00"}
        assert codes(policy_of(paper, short, GREEN, NO_CODE)) == []

    def test_is_told_in_chinese(self) -> None:
        """Each finding has Chinese words with its place."""
        (finding,) = check_policy(policy_of(GREEN), at=AT)
        assert "国办发〔2020〕45号" in finding.zh
        assert finding.severity == "warning"


class TestCases:
    HEAD = "at,color,issuer,action\n"

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            ("at,colour,action\n", "column 'colour' is not known: expected some of case, source, at"),
            ("at,at,action\n", "column 'at' is there twice"),
            ("color\n", "column 'at' is missing"),
            (HEAD, "it has no case"),
            (HEAD + "2022-06-30 09:00,green,CN-33.WJW\n", "line 2: found 3 cells, expected 4"),
            (HEAD + "30 June,green,CN-33.WJW,admit\n", "line 2: at: found '30 June', expected a day and a time"),
            (HEAD + "2022-06-30,blue,CN-33.WJW,admit\n", "line 2: color: found 'blue', expected one of green, yellow"),
            (HEAD + "2022-06-30,green,,admit\n", "line 2: issuer: found ''"),
            (HEAD + "2022-06-30,green,CN-33.WJW,pass\n", "line 2: action: found 'pass', expected one of admit, asks"),
            (HEAD + "2022-06-30,red,CN-33.WJW,refer\n", "line 2: the code: "),
            (HEAD + "2022-06-30,,CN-33.WJW,admit\n", "line 2: issuer: found 'CN-33.WJW', expected nothing"),
            ("at,action,answers\n2022-06-30,admit,fever maybe\n", "answers: found 'fever maybe', expected answers such"),
            ("at,action,answers\n2022-06-30,admit,fever yes\n", "answers: found 'fever', expected a question"),
            ("at,action,place\n2022-06-30,admit,mall\n", "place: found 'mall', expected a place of the policy"),
            ("at,action,rule\n2022-06-30,admit,grean\n", "rule: found 'grean', expected a rule of the policy"),
            ("at,action,color,issuer,tests\n2022-06-30,admit,green,CN-33.WJW,pcr\n", "tests: found 'pcr', expected a test"),
            ("at,action,color,issuer,doses\n2022-06-30,admit,green,CN-33.WJW,two\n", "doses: found 'two', expected a dose"),
            ("at,action,color,issuer,departures\n2022-06-30,admit,green,CN-33.WJW,Wuhan\n", "expected a departure such"),
            ("case,at,action\na,2022-06-30,admit\na,2022-06-30,admit\n", "case: found 'a' twice"),
            ('at,action\n"2022', "it is not CSV"),
        ],
    )  # fmt: skip
    def test_refuses(self, table: str, said: str) -> None:
        """What is wrong is named with its place, what was found, and what was expected."""
        with pytest.raises(SourceError) as error:
            read_cases(table, policy_of(GREEN, NO_CODE))
        assert said in str(error.value)

    def test_refuses_other_encodings(self) -> None:
        """A table that is no UTF-8 is none."""
        with pytest.raises(SourceError, match="not UTF-8"):
            read_cases("at,action,case\n2022-06-30,admit,绿".encode("gb18030"), policy_of(NO_CODE))

    def test_tells_what_turned_out_otherwise(self) -> None:
        """A failure names the case, the column, what was expected, and what was found."""
        table = self.HEAD + "2022-06-30 09:00,green,CN-33.WJW,turn-back\n"
        policy = policy_of(GREEN, NO_CODE)
        (failure,) = run_cases(policy, read_cases(table, policy))
        assert str(failure) == "line 2: action: expected turn-back, found admit"
        with pytest.raises(ValueError, match="run them first"):
            unnoticed(policy, read_cases(table, policy))

    def test_reads_all_columns(self) -> None:
        """Each column of facts reaches the code; times are those of the policy's zone."""
        head = "at,color,reason,issuer,origin,residence,tests,departures,doses,recovered,starts,shown,document,waived,action"
        row = (
            "2022-06-30 09:00,yellow,test-due,CN-33.WJW,CN-31.WJW,CN-33-01,naat negative 2022-06-29 08:00,"
            "CN-31 2022-06-28,2/2 2021-08-01,2022-01-05,2022-06-30,bearer,matched,status-unknown; clock-suspect,admit"
        )
        policy = policy_of(GREEN, NO_CODE)
        (case,) = read_cases(f"{head}\n{row}\n", policy)
        code = case.facts.code
        assert isinstance(code, CaseCode)
        assert case.facts.at == datetime(2022, 6, 30, 1, tzinfo=UTC)
        assert code.valid_from == datetime(2022, 6, 29, 16, tzinfo=UTC)
        assert [type(one).__name__ for one in code.health.evidence] == [
            "LabTest",
            "Departure",
            "Vaccination",
            "Recovery",
        ]
        assert (code.health.residence, code.health.origin) == ("CN-33-01", "CN-31.WJW")
        assert code.waived == {"status-unknown", "clock-suspect"}
        assert (code.holder_key, code.presented_at, case.facts.document) == (None, None, True)
        assert isinstance(code.health, HealthCode)
        assert code.health.color is Color.YELLOW


class TestEquivalent:
    def test_apart(self) -> None:
        """Rules of other colours, places, answers, times or issuers are met by nobody together."""
        pairs = [
            ({"color": ["green"]}, {"color": ["red"]}),
            ({"place": ["a"]}, {"place": ["b"]}),
            ({"declared": ["q"]}, {"denied": ["q"]}),
            ({"shown": ["none"]}, {"color": ["red"]}),
            ({"issuer": ["CN-33"]}, {"issuer": ["CN-42"]}),
        ]
        question = [{"name": "q", "zh": "问？", "en": "Ask?"}]
        for one, other in pairs:
            rules = policy_of(
                {"id": "one", "when": one, "then": "admit"},
                {"id": "other", "when": other, "then": "refer"},
                declared=question, places=["a", "b"],
            ).rules  # fmt: skip
            assert _equivalent.exchanged_for_nothing(rules[0], rules[1], ())
            same = policy_of(
                {"id": "one", "when": one, "then": "admit"},
                {"id": "other", "when": one, "then": "refer"},
                declared=question, places=["a", "b"],
            ).rules  # fmt: skip
            assert not _equivalent.exchanged_for_nothing(same[0], same[1], ())
