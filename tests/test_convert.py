"""Conversion: a code of Hangzhou for one of Macao, and what becomes of it (spec/decision.md, section 5)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from authorities import Region, digest_of
from forging import AT, DAY, NOW
from healthpass import (
    Color,
    ConversionError,
    HealthCode,
    HolderKey,
    Issuer,
    IssuingFinding,
    LabMethod,
    LabResult,
    LabTest,
    Reason,
    StatusPlace,
    VerificationError,
    Verified,
    Verifier,
    convert,
    issue,
    present,
    verify,
)
from healthpass.cli import main
from healthpass.deciding import OfficeDocument, Policy, read_policy
from healthpass.issuing._source import BY, Source
from healthpass.ledger import Selection, SqliteLedger, _following, ended_conversions
from healthpass.store import TrustStore
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from healthpass.trust._views import registry_of
from listing import StatusOffice, add_office

DOCUMENT: Final = ("hm-permit", "H00000000")
NONCE: Final = bytes(range(16))
PLACE: Final = StatusPlace(3, 70_000)
HOUR: Final = timedelta(hours=1)
TEST: Final = LabTest(sampled_at=NOW - HOUR, result=LabResult.NEGATIVE, method=LabMethod.NAAT)
HEALTH: Final = HealthCode(color=Color.GREEN, holder="陈*文", status=PLACE, evidence=(TEST,), residence="MO")
SOURCE: Final = """{
  "names": {"zh": "粤澳互认", "en": "Conversion of Macao's codes"}, "zone": 480,
  "declared": [{"name": "fever", "zh": "您发热吗？", "en": "Do you have a fever?"}],
  "rules": [
    {"id": "fever", "when": {"declared": ["fever"]}, "then": "refer"},
    {"id": "same-day", "when": {"color": ["green"], "issuer": ["MO"], "shown": ["live"], "document": "matched",
     "starts_within_days": 0, "waived": []}, "then": "admit"},
    {"id": "yellow", "when": {"color": ["yellow"], "issuer": ["MO"]}, "then": "admit"}
  ]
}"""


def policy_of(source: str = SOURCE) -> OfficeDocument[Policy]:
    """Return the office's policy for conversion, in force."""
    return OfficeDocument(
        issuer="CN-33-01.WJW",  # type: ignore[arg-type]
        issued=NOW,
        expires=NOW + 7 * DAY,
        content=read_policy(source),
    )


class World:
    """Zhejiang recognises Macao; an office of Macao has issued a code, and one of Hangzhou converts it."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self.zhejiang, self.macao = Region("CN-33"), Region("MO")
        self.office: StatusOffice = add_office(self.macao, "MO.SSM")
        self.home = self.zhejiang.office("CN-33-01.WJW")
        self.zhejiang.recognise(self.macao)
        self.ledger = ledger
        self.news = self.office.status_list()
        self.device, self.fresh = HolderKey.generate(), HolderKey.generate()
        self.trust = Trust()
        self.trust.pin(self.zhejiang.pin)
        self.macao.publish()
        self.zhejiang.publish()
        self.learn(self.zhejiang.bundle(self.macao) + self.office.status_list())

    def learn(self, bundle: bytes, at: int = AT) -> None:
        """Let the store take documents."""
        updated(self.trust, bundle, at=at)

    def code(self, health: HealthCode = HEALTH, **more: Any) -> str:
        """Return a presentation of a code of Macao, for the nonce, with its opening."""
        given: dict[str, Any] = {"at": NOW, "lifetime": 12 * HOUR, "document": DOCUMENT} | more
        shown = {"nonce": given.pop("nonce", NONCE), "at": given.pop("shown_at", NOW)}
        signer, name = given.pop("signer", self.office.key()), given.pop("issuer", "MO.SSM")
        issued = issue(
            health,
            issuer=name,
            signer=signer,
            holder_key=self.device.public_key,
            **({"accept": list(IssuingFinding)} | given),
        )
        return present(issued.text, self.device, opening=issued.opening, **shown)

    def convert(self, text: str | None = None, **more: Any) -> Any:
        """Convert it."""
        given: dict[str, Any] = {
            "gate": Verifier(registry_of(self.trust)),
            "nonce": NONCE,
            "document": DOCUMENT,
            "issuer": self.issuer(),
            "policy": policy_of(),
            "holder_key": self.fresh.public_key,
            "officer": "counter 3",
            "answers": {"fever": False},
            "at": NOW,
            "accept": list(IssuingFinding),  # the clock of the machine is another
        }
        return convert(self.code() if text is None else text, **(given | more))

    def issuer(self, **more: Any) -> Issuer:
        """Return the office of Hangzhou that converts."""
        given: dict[str, Any] = {"signer": self.home.key(), "lifetime": DAY, "ledger": self.ledger} | more
        return Issuer("CN-33-01.WJW", **given)

    def judged(self, text: str, at: datetime = NOW) -> Verified:
        """Judge the new code."""
        waive = {"status-unknown", "presentation-required"}
        return verify(text, registry=registry_of(self.trust), at=at, waive=waive)

    def ended(self, at: datetime = NOW) -> list[str]:
        """Return what has ended of what was converted."""
        return [str(one.verdict) for one in ended_conversions(self.ledger, registry_of(self.trust), at=at)]


@pytest.fixture
def world(tmp_path: Any) -> Iterator[World]:
    """Give the world, and a ledger of the office that converts."""
    with SqliteLedger.create(tmp_path / "ledger.db", issuer="CN-33-01.WJW") as ledger:
        yield World(ledger)


class TestConverting:
    def test_says_what_the_other_code_says(self, world: World) -> None:
        """Colour, label, evidence and residence are carried along, and the author is kept."""
        issued = world.convert()
        found = world.judged(issued.text)
        assert found.health.model_copy(update={"status": PLACE, "binding": None, "origin": None}) == HEALTH
        assert found.health.origin == "MO.SSM"
        assert found.issuer.id == "CN-33-01.WJW"
        assert found.holder_key == world.fresh.public_key
        assert found.matches_document(*DOCUMENT, opening=issued.opening)

    def test_ends_with_the_other_code_or_with_the_day(self, world: World) -> None:
        """The new code is valid no longer than the old one, nor beyond the day where the rule says so."""
        midnight = NOW.replace(hour=16, minute=0, second=0)  # in Hangzhou
        midnight += DAY * (midnight <= NOW)
        assert world.judged(world.convert().text).expires_at == min(NOW + 12 * HOUR, midnight)
        short = world.convert(world.code(lifetime=HOUR), holder_key=HolderKey.generate().public_key)
        assert world.judged(short.text).expires_at == NOW + HOUR
        brief = world.convert(issuer=world.issuer(lifetime=HOUR / 2), holder_key=HolderKey.generate().public_key)
        assert world.judged(brief.text).expires_at == NOW + HOUR / 2

    def test_keeps_the_source_in_the_ledger(self, world: World) -> None:
        """The log says which code it came from, and who converted it."""
        cti = world.judged(world.convert().text).cti
        (code,) = world.ledger.select(Selection(set_by=BY))
        source = Source.read(world.ledger.batch(code.batch).why)
        assert code.cti == cti
        assert (source.issuer, source.place, source.officer) == ("MO.SSM", PLACE, "counter 3")
        assert source.public_key == world.office.key().public_key

    @pytest.mark.parametrize(
        ("rule", "more"),
        [
            ("CNV-1.2", {"document": ("hm-permit", "H00000001")}),
            ("CNV-1.3", {"policy": None}),
            ("CNV-1.3", {"answers": {}}),
            ("CNV-1.3", {"answers": {"fever": True}}),
        ],
    )
    def test_is_refused(self, world: World, rule: str, more: Any) -> None:
        """Another's document, no policy, an open question, another action: nothing is issued, no place is lost."""
        with pytest.raises(ConversionError) as caught:
            world.convert(**more)
        assert caught.value.rule == rule
        assert list(world.ledger.select(Selection())) == []

    @pytest.mark.parametrize(
        ("rule", "health", "more"),
        [
            ("CNV-1.2", HealthCode(color=Color.GREEN, status=PLACE), {"document": None}),
            ("CNV-1.3", HealthCode(color=Color.RED, reason=Reason.EXPOSURE, status=PLACE), {}),
            ("CNV-1.3", HEALTH, {"at": NOW - DAY, "lifetime": 2 * DAY}),
            ("CNV-1.4", HealthCode(color=Color.GREEN, status=PLACE, origin="HK"), {}),
        ],
    )
    def test_a_code_that_may_not_be_converted(
        self, world: World, rule: str, health: HealthCode, more: Any
    ) -> None:
        """Without a binding, red, of yesterday, or converted already."""
        with pytest.raises(ConversionError) as caught:
            world.convert(world.code(health, **more))
        assert caught.value.rule == rule

    def test_a_code_of_ones_own_authority_is_not_converted(self, world: World) -> None:
        """Who wants another code of his own region gets it from its office."""
        text = world.code(HealthCode(color=Color.GREEN), issuer="CN-33-01.WJW", signer=world.home.key())
        with pytest.raises(ConversionError, match="CNV-1.4"):
            world.convert(text)

    def test_only_a_live_showing_for_this_office_counts(self, world: World) -> None:
        """Another gate's nonce, an old showing, a bare code: the verdict says so."""
        bearer = issue(HEALTH, issuer="MO.SSM", signer=world.office.key(), lifetime=HOUR, at=NOW)
        for text, verdict in (
            (world.code(nonce=bytes(16)), "presentation-mismatch"),
            (world.code(shown_at=NOW - HOUR), "presentation-stale"),
            (bearer.text, "CNV-1.1"),
        ):
            with pytest.raises((VerificationError, ConversionError), match=verdict):
                world.convert(text)

    def test_what_was_waived_is_not_converted(self, world: World) -> None:
        """A gate that waives decides no conversion."""
        gate = Verifier(registry_of(world.trust), waive={"status-unknown"})
        other = HEALTH.model_copy(update={"status": StatusPlace(4, 1)})
        with pytest.raises(ConversionError, match="CNV-1.1"):
            world.convert(world.code(other), gate=gate)

    def test_needs_a_ledger(self, world: World) -> None:
        """Without one, nothing would follow the other code."""
        with pytest.raises(ValueError, match="ledger"):
            world.convert(issuer=world.issuer(ledger=None))

    def test_a_device_key_serves_one_code(self, world: World) -> None:
        """The new code needs a key of its own (ISS-4)."""
        world.convert()
        with pytest.raises(Exception, match="device key"):
            world.convert()


class TestFollowing:
    def test_nothing_has_ended(self, world: World) -> None:
        """While the other code is good, nothing is to be withdrawn."""
        world.convert()
        assert world.ended() == []

    def test_a_withdrawn_code_is_followed(self, world: World) -> None:
        """The office of Macao withdraws its code: that of Hangzhou is withdrawn too."""
        cti = world.judged(world.convert().text).cti
        world.learn(world.office.status_list([70_000], issued=AT + 60))
        (one,) = ended_conversions(world.ledger, registry_of(world.trust), at=NOW)
        assert (one.cti, str(one.verdict), one.is_ended) == (cti, "revoked", True)
        world.ledger.revoke(one.cti, by="follow", why=f"the code of {one.source.issuer} was withdrawn")
        assert world.ended() == []

    def test_a_revoked_key_is_followed(self, world: World) -> None:
        """The key of Macao's office is revoked."""
        world.convert()
        world.office.revoke()
        world.learn(world.macao.publish())
        assert world.ended() == ["key-revoked"]

    def test_the_end_of_recognition_is_followed(self, world: World) -> None:
        """Zhejiang recognises Macao no longer."""
        world.convert()
        world.zhejiang.recognitions.clear()
        world.learn(world.zhejiang.publish())
        assert world.ended() == ["not-recognised"]

    def test_what_cannot_be_told_is_not_withdrawn(self, world: World) -> None:
        """A store whose own registry has run out does not know whom it recognises."""
        world.convert(policy=policy_of(SOURCE.replace('"starts_within_days": 0, ', "")))
        world.trust = Trust()
        world.trust.pin(world.zhejiang.pin)
        assert world.ended() == ["registry-stale"]
        (one,) = ended_conversions(world.ledger, registry_of(world.trust), at=NOW)
        assert not one.is_ended

    def test_a_store_that_lacks_a_registry_withdraws_nothing(self, world: World) -> None:
        """A new store that has only its own authority's documents knows no key of Macao: nobody loses a code."""
        world.convert()
        world.trust = Trust()
        world.trust.pin(world.zhejiang.pin)
        world.learn(world.zhejiang.bundle())
        (one,) = ended_conversions(world.ledger, registry_of(world.trust), at=NOW)
        assert (str(one.verdict), one.is_ended) == ("unknown-key", False)

    def test_a_code_that_only_calls_itself_converted_stops_nothing(self, world: World) -> None:
        """Somebody has written `conversion` as the officer: the others are followed all the same."""
        accept = list(IssuingFinding)
        world.issuer().issue(HealthCode(color=Color.GREEN), at=NOW, by=BY, why="a declaration", accept=accept)
        world.convert()
        world.office.revoke()
        world.learn(world.macao.publish())
        assert world.ended() == ["key-revoked"]

    def test_an_expired_code_is_left_alone(self, world: World) -> None:
        """What has expired needs no withdrawal."""
        world.convert()
        world.learn(world.office.status_list([70_000], issued=AT + 60))
        assert world.ended(NOW + DAY) == []


class TestCommand:
    @pytest.fixture
    def follow(self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
        """Run `status follow` at NOW, with a store that holds what the world has learnt."""
        store = TrustStore.create(tmp_path / "store")
        root = world.zhejiang.roots[0]
        store.pin_document(root, digest=digest_of(root), at=NOW)
        monkeypatch.setattr(_following, "now", lambda: NOW)

        def run(*more: str) -> int:
            store.update(world.zhejiang.bundle(world.macao) + world.news, at=NOW)
            return main(("status", "follow", str(tmp_path / "ledger.db"), str(tmp_path / "store"), *more))

        return run

    def test_withdraws_what_has_ended(
        self, world: World, follow: Callable[..., int], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """First nothing, then the code whose source was withdrawn; rehearsing only tells."""
        cti = world.judged(world.convert().text).cti
        assert (follow(), capsys.readouterr().out) == (0, "")
        world.news = world.office.status_list([70_000], issued=AT + 60)
        assert follow("--rehearse") == 0
        assert capsys.readouterr().out == f"{cti.hex()} of MO.SSM: revoked, would be withdrawn\n"
        assert follow() == 0
        assert capsys.readouterr().out == f"{cti.hex()} of MO.SSM: revoked, withdrawn\n"
        assert (follow(), capsys.readouterr().out) == (0, "")
        assert world.ledger.history(cti)[-1].by == "status follow"

    def test_an_old_store_withdraws_nothing(
        self, world: World, follow: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        """A store that has no root yet is out of date, and says so."""
        world.convert()
        empty = TrustStore.create(tmp_path / "empty")
        root = world.zhejiang.roots[0]
        empty.pin(world.zhejiang.id, version=1, digest=digest_of(root))
        assert follow() == 0
        assert main(("status", "follow", str(tmp_path / "ledger.db"), str(tmp_path / "empty"))) == 3
        assert "out of date" in capsys.readouterr().err
        assert world.ended() == []


@pytest.mark.parametrize(
    "ground",
    [
        "",
        "negative test",
        f"MO.SSM cti {'0' * 24} key {'0' * 64} status none by x",
        f"MO.SSM cti {'0' * 23} key {'0' * 64} status none by x",
        f"mo cti {'0' * 24} key {'0' * 64} status 65536/0 by x",
    ],
)
def test_another_ground_is_no_source(ground: str) -> None:
    """Nothing is guessed from a text that a person wrote."""
    with pytest.raises(ValueError, match=r".+"):
        Source.read(ground)
