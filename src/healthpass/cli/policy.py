"""`healthpass policy`: what a gate does with an authentic code, as a table that officers write and test."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from healthpass import harmless
from healthpass.authority import Kind, Names
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID
from healthpass.cli.io.arguments import AsJson, At, new_file
from healthpass.cli.io.documents import refusing_file
from healthpass.cli.io.files import read
from healthpass.cli.io.grants import NameEn, NameZh
from healthpass.cli.io.office_documents import Zone, create, diffing, showing, signing
from healthpass.cli.io.output import answering, json_line, put
from healthpass.cli.io.policies import Maps, OfficeFile, a_policy, contents, put_words, tell_check
from healthpass.cli.language import message, say
from healthpass.cli.show.times import now
from healthpass.deciding import (
    Action,
    Duty,
    Policy,
    Question,
    Rule,
    Shown,
    When,
    check_policy,
    explain,
    read_cases,
    run_cases,
    unnoticed,
)

HELP: Final = (
    "Write, test and sign the rules of gates.\n\nA policy is a table of rules in order; the first that holds "
    "decides. Its source, policy.json, is made to be kept in git and reviewed, with a table of cases beside it."
)
_MAX_CASES: Final = 4_194_304  # bytes; the library says it too


def new(
    *,
    name_zh: NameZh,
    name_en: NameEn,
    zone: Zone = 480,
    out: Annotated[Path, new_file("policy.json", "Where the source goes; a new file.")],
) -> None:
    """Write the source of a policy to begin with.

    It sends people with a fever to a clinic, admits green codes that are shown live or on paper, and registers
    people without a code.
    """
    fever = Question("fever", "您现在发热或咳嗽吗？", "Do you have a fever or a cough now?")
    say = Names("您有发热症状，请到发热门诊。", "You have a fever: please go to a fever clinic.")
    rules = (
        Rule(id="fever", when=When(declared=("fever",)), then=Action.REFER, say=say),
        Rule(id="green", when=When(color=(0,), shown=(Shown.LIVE, Shown.BEARER)), then=Action.ADMIT),
        Rule(id="no-code", when=When(shown=(Shown.NONE,)), then=Action.ADMIT, duties=(Duty.REGISTER,)),
    )
    create(out, Policy(names=Names(name_zh, name_en), zone=zone, declared=(fever,), rules=rules))


def check(
    document: Annotated[OfficeFile, a_policy("What to check.")],
    *,
    maps: Maps = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Check a policy: its form, and what cannot be meant so.

    Rules that nobody reaches or meets, questions that no rule asks, levels without a map, rules that have ended,
    and a code that is the only way in.

    Exit codes: 0 accepted, perhaps with warnings; 1 refused; 2 wrong usage; 3 a file cannot be read.
    """
    found = check_policy(document.policy, contents(document.policy, maps), at=at or now())
    tell_check(document.path, found, as_json=as_json)


def _test(
    document: Annotated[OfficeFile, a_policy("What to test.")],
    cases: Annotated[
        Path, typer.Argument(metavar="CASES.csv", help="A person in each row, and what is expected.")
    ],
    *,
    maps: Maps = None,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Tell also which change of a rule no case would notice.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide a table of cases, and compare with what it expects.

    Columns of what is known: at, color, reason, issuer, origin, residence, tests, departures, doses, recovered,
    starts, waived, shown, document, answers, place. Columns of what is expected: action, duties, last_day, rule,
    asks. Beside them: case, source. Only at and action are required; an unknown column is an error.

    Exit codes: 0 all as expected, and no change unnoticed; 1 not so; 2 wrong usage; 3 a file cannot be read.
    """
    policy, given_maps = document.policy, contents(document.policy, maps)
    data = read(cases, at_most=_MAX_CASES, exit_code=CANNOT_JUDGE)
    with refusing_file(cases):
        table = read_cases(data, policy)
    failures = run_cases(policy, table, given_maps)
    left = unnoticed(policy, table, given_maps) if mutate and not failures else ()
    with answering():
        if as_json:
            record: dict[str, Any] = {"cases": len(table), "failures": [one._asdict() for one in failures]}
            put(json_line(record | ({"unnoticed": list(left)} if mutate and not failures else {})))
        else:
            for failure in failures:
                put(say("FAILED {}", harmless(message(str(failure)))))
            for what in left:
                put(say("UNNOTICED {}", harmless(message(what))))
            put(_summary(len(table), len({one.case for one in failures}), len(left) if mutate else None))
    raise typer.Exit(NOT_VALID if failures or left else DONE)


def _summary(cases: int, failed: int, left: int | None) -> str:
    if failed:
        return say("{} cases, {} failed", cases, failed)
    if left is None:
        return say("{} cases, none failed", cases)
    if left == 1:
        return say("{} cases, none failed; 1 change unnoticed", cases)
    if left:
        return say("{} cases, none failed; {} changes unnoticed", cases, left)
    return say("{} cases, none failed; no change unnoticed", cases)


def explain_(
    document: Annotated[OfficeFile, a_policy("What to tell.")],
    *,
    maps: Maps = None,
) -> None:
    """Tell a policy in plain words, rule by rule: for an officer, a court, a traveller."""
    with answering():
        put_words(explain(document.policy, contents(document.policy, maps)))


def _checked(content: Policy, at: datetime) -> Any:
    return check_policy(content, at=at)


COMMANDS: Final = (
    new,
    check,
    _test,
    explain_,
    diffing(Kind.POLICY),
    signing(Kind.POLICY, _checked),
    showing(Kind.POLICY, explain),
)
