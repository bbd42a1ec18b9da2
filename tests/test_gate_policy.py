"""A gate that follows the policy of an office: what it answers, and when a judgement is true."""

from pathlib import Path

import pytest

from authorities import Region
from deciding_offices import GREEN_ADMITTED, DecidingOffice, add_office
from forging import DAY, NOW, REGISTRY
from healthpass import Color, HealthCode, Judgement, Reason, ValidJudgement, Verifier
from healthpass.deciding import MapInForce, open_map, open_policy
from healthpass.store import TrustStore

OFFICE = "CN-33-01.WJW"
YELLOW = HealthCode(color=Color.YELLOW, holder="张*丰", reason=Reason.RISK_AREA)


class World:
    """A store that trusts Zhejiang, and an office of it."""

    def __init__(self, folder: Path) -> None:
        self.region = Region("CN-33")
        self.office: DecidingOffice = add_office(self.region, OFFICE)
        self.region.publish()
        self.store = TrustStore.create(folder / "trust")
        self.store.pin(*self.region.pin[:1], version=self.region.pin.version, digest=self.region.pin.digest)
        self.store.update(self.region.bundle(), at=NOW)

    def gate(self) -> Verifier:
        """Return a gate that follows the office's policy."""
        return Verifier(self.store.registry, policy=OFFICE)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return the store and the office."""
    return World(tmp_path)


class TestJudging:
    def test_without_a_policy_nothing_changes(self, world: World) -> None:
        """A gate that follows no policy decides nothing, and its judgement of a valid code is true."""
        judgement = Verifier(world.store.registry).judge(world.office.issue(), at=NOW)
        assert isinstance(judgement, ValidJudgement)
        assert judgement.decision is None
        assert judgement

    def test_no_policy_in_force_admits_nobody(self, world: World) -> None:
        """Where the store holds no policy of the office, a valid code is no judgement that is true."""
        judgement = world.gate().judge(world.office.issue(), at=NOW)
        assert isinstance(judgement, ValidJudgement)
        assert judgement.decision is not None
        assert judgement.decision.ground == "no-policy"
        assert judgement.decision.policy is None
        assert not judgement
        assert "people decide" in judgement.decision.words.en

    def test_asks_before_it_admits(self, world: World) -> None:
        """The question is asked first, in both languages; answered no, green is admitted."""
        world.store.update(world.office.policy(), at=NOW)
        code = world.office.issue()
        asked = world.gate().judge(code, at=NOW)
        assert isinstance(asked, ValidJudgement)
        assert asked.decision is not None
        assert not asked
        assert [ask.what for ask in asked.decision.asks] == ["declared:fever"]
        assert "您发热吗？" in asked.decision.asks[0].words.zh
        admitted = world.gate().judge(code, at=NOW, answers={"fever": False})
        assert isinstance(admitted, ValidJudgement)
        assert admitted.decision is not None
        assert (admitted.decision.policy, admitted.decision.rule) == (OFFICE, "green")
        assert admitted

    def test_a_valid_code_may_be_refused(self, world: World) -> None:
        """Yellow is authentic and turned back: the judgement is of a valid code, and is not true."""
        world.store.update(world.office.policy(), at=NOW)
        judgement = world.gate().judge(world.office.issue(YELLOW), at=NOW, answers={"fever": False})
        assert isinstance(judgement, ValidJudgement)
        assert judgement.verdict == "valid"
        assert judgement.decision is not None
        assert judgement.decision.action
        assert judgement.decision.action.label == "turn-back"
        assert not judgement

    def test_what_is_not_valid_is_not_decided(self, world: World) -> None:
        """A code that is not valid is as it is without a policy."""
        world.store.update(world.office.policy(), at=NOW)
        code = world.office.issue()
        assert world.gate().judge(code, at=NOW + 2 * DAY) == Verifier(world.store.registry).judge(
            code, at=NOW + 2 * DAY
        )

    def test_another_document_is_never_admitted(self, world: World) -> None:
        """Where the document is another's, nothing is decided."""
        world.store.update(world.office.policy(), at=NOW)
        judgement = world.gate().judge(world.office.issue(), at=NOW, answers={"fever": False}, document=False)
        assert isinstance(judgement, ValidJudgement)
        assert judgement.decision is not None
        assert judgement.decision.ground == "document-mismatch"
        assert not judgement

    def test_json_is_read_back(self, world: World) -> None:
        """A judgement with a decision is one with its JSON."""
        world.store.update(world.office.policy(), at=NOW)
        for answers in ({}, {"fever": True}, {"fever": False}):
            judgement = world.gate().judge(world.office.issue(), at=NOW, answers=answers)
            assert Judgement.model_validate_json(judgement.model_dump_json()) == judgement


class TestDeciding:
    def test_a_person_without_a_code(self, world: World) -> None:
        """Who has no code is decided of by the same policy."""
        world.store.update(world.office.policy(), at=NOW)
        decided = world.gate().decide(None, at=NOW, answers={"fever": False})
        assert decided
        assert decided.rule == "no-code"
        assert not world.gate().decide(None, at=NOW)

    def test_by_a_policy_that_was_given_by_hand(self, world: World) -> None:
        """A pinned registry has no policy; an opened one is followed, with its maps."""
        key = world.office.key(8).public_key
        policy, risk_map = open_policy(world.office.policy(), key), open_map(world.office.map(), key)
        gate = Verifier(REGISTRY, policy=policy, maps=[MapInForce(risk_map, world.region.id)])
        assert gate.decide(None, at=NOW, answers={"fever": False})
        assert gate.decide(None, at=NOW + 8 * DAY).ground == "no-policy"

    def test_calls_that_nobody_may_make(self, world: World) -> None:
        """What a gate cannot follow is refused when it is made; what the policy lacks, when it is asked."""
        policy = open_policy(world.office.policy(environment="test"), world.office.key(8).public_key)
        for wrong in (OFFICE, policy):
            with pytest.raises(ValueError, match="policy"):
                Verifier(REGISTRY, policy=wrong)
        with pytest.raises(TypeError, match="opened policy"):
            Verifier(REGISTRY, policy=GREEN_ADMITTED)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="follows no policy"):
            Verifier(REGISTRY).decide(None, at=NOW)
        world.store.update(world.office.policy(), at=NOW)
        with pytest.raises(ValueError, match="no question 'cough'"):
            world.gate().decide(None, at=NOW, answers={"cough": True})
        with pytest.raises(ValueError, match="no place 'bus'"):
            world.gate().judge(world.office.issue(), at=NOW, place="bus")
