"""What an authentic code means at a gate: policies, risk maps, decisions (spec/decision.md).

A policy is a table of rules in order. The first that holds decides, and what is not known is asked first:

>>> from datetime import UTC, datetime, timedelta
>>> from healthpass.deciding import OfficeDocument, decide, read_policy
>>> policy = read_policy('''{
...   "names": {"zh": "商场", "en": "Mall"}, "zone": 480,
...   "declared": [{"name": "fever", "zh": "您发热吗？", "en": "Do you have a fever?"}],
...   "rules": [
...     {"id": "fever", "when": {"declared": ["fever"]}, "then": "refer"},
...     {"id": "no-code", "when": {"shown": ["none"]}, "then": "admit", "duties": ["register"]}
...   ]}''')
>>> now = datetime.now(UTC)
>>> document = OfficeDocument(issuer="CN-33-01.WJW", issued=now, expires=now + timedelta(days=7), content=policy)
>>> decide(None, document, at=now).asks
('declared:fever',)
>>> decide(None, document, at=now, answers={"fever": False}).action.label
'admit'
"""

from healthpass.codec._source_json import SourceError
from healthpass.deciding._case_facts import CaseCode, CaseFacts
from healthpass.deciding._cases import Case, CaseFailure, read_cases, run_cases
from healthpass.deciding._check import check_policy
from healthpass.deciding._decide import decide
from healthpass.deciding._decision import Decision, Ground
from healthpass.deciding._differences import differences
from healthpass.deciding._explain import explain, explain_decision
from healthpass.deciding._facts import Code
from healthpass.deciding._findings import PolicyFinding
from healthpass.deciding._maps_in_words import check_map, explain_map
from healthpass.deciding._mutation import unnoticed
from healthpass.deciding._sources import (
    UnverifiedDocument,
    inspect_document,
    open_map,
    open_policy,
    read_map,
    read_policy,
    sign_map,
    sign_policy,
    write_source,
)
from healthpass.deciding._tally import Acted, Cell, Judged, Tally, merged
from healthpass.deciding._tally_published import (
    Fluency,
    Indicator,
    fluency,
    index_of,
    publishable,
    read_index,
    to_json,
    to_prometheus,
)
from healthpass.documents._fields import Names
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import CountFrom, Policy, Question, Rule, Unknown
from healthpass.documents._risk_map import MapEntry, MapInForce, RiskMap
from healthpass.documents._when import (
    Compared,
    DepartureCondition,
    LabTestCondition,
    LevelRange,
    RecoveryCondition,
    VaccinationCondition,
    When,
)
from healthpass.words._code_points import Action, Duty, Shown

__all__ = [
    "Acted",
    "Action",
    "Case",
    "CaseCode",
    "CaseFacts",
    "CaseFailure",
    "Cell",
    "Code",
    "Compared",
    "CountFrom",
    "Decision",
    "DepartureCondition",
    "Duty",
    "Fluency",
    "Ground",
    "Indicator",
    "Judged",
    "LabTestCondition",
    "LevelRange",
    "MapEntry",
    "MapInForce",
    "Names",
    "OfficeDocument",
    "Policy",
    "PolicyFinding",
    "Question",
    "RecoveryCondition",
    "RiskMap",
    "Rule",
    "Shown",
    "SourceError",
    "Tally",
    "Unknown",
    "UnverifiedDocument",
    "VaccinationCondition",
    "When",
    "check_map",
    "check_policy",
    "decide",
    "differences",
    "explain",
    "explain_decision",
    "explain_map",
    "fluency",
    "index_of",
    "inspect_document",
    "merged",
    "open_map",
    "open_policy",
    "publishable",
    "read_cases",
    "read_index",
    "read_map",
    "read_policy",
    "run_cases",
    "sign_map",
    "sign_policy",
    "to_json",
    "to_prometheus",
    "unnoticed",
    "write_source",
]
