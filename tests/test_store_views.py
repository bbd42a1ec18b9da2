"""What a store shows of itself, and what it tells of documents before and after an update."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from authorities import Office, Region, states_of
from drafts import key, request
from forging import NOW
from healthpass import DocumentError, Outcome, UntrustedError, Verdict, Verified
from healthpass.authority import KeyRequest, KeyUse, RegistryDocument, Root
from healthpass.ledger import ListClaims, open_list
from healthpass.store import (
    Kind,
    OpenedDocument,
    Standing,
    StoreError,
    TrustStore,
    join_bundle,
    open_bundle,
)
from healthpass.store import _bundling as bundling
from listing import PLACED, StatusOffice, add_office

DAY = timedelta(days=1)


class World:
    """A store in which Zhejiang is pinned, which recognises Shanghai; offices with codes of both."""

    def __init__(self, folder: Path) -> None:
        self.zhejiang, self.shanghai = Region("CN-33"), Region("CN-31")
        self.hangzhou: StatusOffice = add_office(self.zhejiang, "CN-33-01.WJW")
        self.pudong: Office = self.shanghai.office("CN-31-15.WJW")
        self.zhejiang.recognise(self.shanghai)
        self.shanghai.publish()
        self.zhejiang.publish()
        self.bundle = self.zhejiang.bundle(self.shanghai) + self.hangzhou.status_list()
        self.store = TrustStore.create(folder / "gate")
        self.store.pin("CN-33", version=1, digest=self.zhejiang.pin.digest)
        self.results = self.store.update(self.bundle, at=NOW)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give a store and what it holds."""
    return World(tmp_path)


class TestView:
    def test_shows_whom_it_trusts(self, world: World) -> None:
        """Anchors, whom they recognise, their issuers and keys, with typed members."""
        view = world.store.view(at=NOW)
        (anchor,) = view.anchors
        (recognised,) = anchor.recognised
        assert (view.at, view.clock_suspect) == (NOW, False)
        assert [(one.id, one.standing) for one in (anchor, recognised)] == [
            ("CN-33", Standing.IN_FORCE),
            ("CN-31", Standing.IN_FORCE),
        ]
        assert anchor.root
        assert anchor.root.sha256 == anchor.first_root == world.zhejiang.pin.digest
        assert anchor.counts_until == anchor.stale_from == view.stale_from
        assert recognised.recognition
        assert recognised.recognition.covers(NOW)
        assert [issuer.id for issuer in view.issuers()] == ["CN-33-01.WJW", "CN-31-15.WJW"]
        (hangzhou, _) = view.issuers()
        assert {key.entry.use for key in hangzhou.keys if key.good} == {KeyUse.CREDENTIAL, KeyUse.STATUS}
        assert hangzhou.status
        assert (hangzhou.status.lists, hangzhou.status.expired) == (1, 0)

    def test_is_frozen(self, world: World) -> None:
        """What was shown does not change."""
        with pytest.raises(ValidationError):
            world.store.view(at=NOW).environment = "staging"

    def test_of_another_time(self, world: World) -> None:
        """Later it is out of date; a clock behind what was signed tells nothing."""
        late = world.store.view(at=NOW + 60 * DAY)
        assert (late.anchors[0].standing, late.stale_from) == (Standing.STALE, None)
        early = world.store.view(at=NOW - 60 * DAY)
        assert (early.anchors[0].standing, early.clock_suspect) == (Standing.CLOCK_SUSPECT, True)

    def test_of_a_store_without_anchors(self, tmp_path: Path) -> None:
        """Nobody is trusted, and no time is known."""
        view = TrustStore.create(tmp_path / "empty").view(at=NOW)
        assert (view.anchors, view.clock_floor, view.stale_from) == ((), None, None)

    def test_of_what_has_not_come_yet(self, tmp_path: Path, world: World) -> None:
        """An anchor of which nothing has come is empty, and sets no time."""
        store = TrustStore.create(tmp_path / "new")
        store.pin("CN-33", version=1, digest=world.zhejiang.pin.digest)
        view = store.view(at=NOW)
        assert (view.anchors[0].standing, view.clock_floor) == (Standing.EMPTY, None)
        assert view.model_dump(mode="json")["clock_floor"] is None


class TestExplain:
    def test_a_valid_code(self, world: World) -> None:
        """The path, the key, and what `verify` returns."""
        explanation = world.store.explain(world.hangzhou.issue(PLACED), at=NOW)
        assert isinstance(explanation.judged, Verified)
        (path,) = explanation.paths
        assert (path.anchor.id, path.authority.id, path.issuer.id) == ("CN-33", "CN-33", "CN-33-01.WJW")
        assert (path.verdict, path.revocations) == (Verdict.VALID, ())
        assert path.verified == explanation.judged
        told = explanation.model_dump(mode="json")
        assert (told["verdict"], told["kid"]) == ("valid", explanation.judged.public_key.kid.hex())
        assert [one["anchor"] for one in told["paths"]] == ["CN-33"]

    def test_a_key_that_was_revoked(self, world: World) -> None:
        """Who has revoked it, and in which registry; no claim of the code is told."""
        text = world.pudong.issue()
        world.pudong.revoke()
        world.shanghai.publish()
        world.store.update(world.shanghai.bundle(), at=NOW)
        explanation = world.store.explain(text, at=NOW)
        assert isinstance(explanation.judged, UntrustedError)
        (path,) = explanation.paths
        (revocation,) = path.revocations
        assert (path.verdict, path.verified) == (Verdict.KEY_REVOKED, None)
        assert (revocation.by, revocation.is_own, revocation.since) == ("CN-31", True, (1, 2))
        assert path.key.revoked_by == ("CN-31",)
        assert explanation.judged.__traceback__ is None

    def test_a_key_that_nobody_lists(self, world: World) -> None:
        """There is no path, and the anchors that were asked are told."""
        stranger = Region("CN-32").office("CN-32-01.WJW")
        explanation = world.store.explain(stranger.issue(), at=NOW)
        assert (explanation.paths, [state.id for state in explanation.asked]) == ((), ["CN-33"])

    def test_what_is_no_code(self, world: World) -> None:
        """Without a kid there is no path."""
        explanation = world.store.explain("HP1:", at=NOW)
        assert (explanation.kid, explanation.paths, explanation.weak_at) == (None, (), ())


class TestResults:
    def test_name_what_is_held(self, world: World) -> None:
        """Roots and registries have their version, lists their number."""
        told = [(one.kind, one.version, one.issuer, one.list) for one in world.results]
        assert told == [
            (Kind.ROOT, 1, None, None),
            (Kind.ROOT, 1, None, None),
            (Kind.REGISTRY, 1, None, None),
            (Kind.REGISTRY, 1, None, None),
            (Kind.STATUS_LIST, None, "CN-33-01.WJW", 3),
        ]
        assert {one.outcome for one in world.results} == {Outcome.APPLIED}

    def test_tell_refused_from_passed_over(self, world: World) -> None:
        """What concerns nobody here is no worse for that."""
        stranger, older = Region("CN-32").roots[0], b"\xd8"
        passed_over, refused = world.store.update([stranger, older], at=NOW)
        assert (passed_over.passed_over, passed_over.refused) == (True, False)
        assert (refused.passed_over, refused.refused, refused.kind) == (False, True, None)
        assert refused.model_dump(mode="json")["meaning"] == refused.outcome.words._asdict()


class TestRehearsal:
    def test_changes_nothing(self, world: World) -> None:
        """What would come of documents is told, and the store stays as it is."""
        before = states_of(world.store)
        (result,) = world.store.rehearse(world.zhejiang.publish(), at=NOW)
        assert (result.outcome, result.version) == (Outcome.APPLIED, 2)
        assert states_of(world.store) == before

    def test_of_another_pin(self, world: World) -> None:
        """A root to which no way leads would begin anew."""
        other = Region("CN-33", root_keys=(4, 5, 6))
        (result,) = world.store.rehearse(other.roots[0], pin=other.pin, at=NOW)
        assert (result.outcome, result.notes) == (Outcome.APPLIED, (Outcome.RESTARTED,))
        assert world.store.anchors[world.zhejiang.id] == world.zhejiang.pin


class TestSeveralSources:
    def test_none_holds_up_another(self, world: World, tmp_path: Path) -> None:
        """What cannot be read is told, and the others count: a registry may come before its root."""
        gate = TrustStore.create(tmp_path / "other")
        gate.pin("CN-33", version=1, digest=world.zhejiang.pin.digest)
        (tmp_path / "1.cbor").write_bytes(world.zhejiang.registries[0])
        (tmp_path / "2.cbor").write_bytes(world.zhejiang.roots[0])
        sources = [tmp_path / "1.cbor", tmp_path / "none.cbor", tmp_path / "2.cbor"]
        update = gate.update_from_all(sources, at=NOW)
        assert [result.outcome for result in update.results] == [Outcome.APPLIED] * 2
        (problem,) = update.problems
        assert "none.cbor" in str(problem)

    def test_there_must_be_a_store(self, tmp_path: Path) -> None:
        """A store that cannot be opened is no problem of a source."""
        with pytest.raises(StoreError):
            TrustStore(tmp_path).update_from_all([])


class TestEvidence:
    def test_is_what_contradicts(self, world: World) -> None:
        """Two registries with one version are kept, each once."""
        twin = world.zhejiang.publish(version=1)
        assert world.store.evidence() == ()
        world.store.update(twin, at=NOW)
        assert set(world.store.evidence()) == {world.zhejiang.registries[0], twin}


class TestBundles:
    def test_are_opened(self, world: World) -> None:
        """Each document is told with what it claims, and what is wrong as an error."""
        *opened, broken = open_bundle(world.bundle + request(1).sign(key(1)) + b"\xd8")
        assert isinstance(broken, DocumentError)
        claims = [one.claims for one in opened if isinstance(one, OpenedDocument)]
        kinds = [Root, Root, RegistryDocument, RegistryDocument, ListClaims, KeyRequest]
        assert [type(one) for one in claims] == kinds

    def test_are_put_in_order(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Roots come first, lists last, and no more than an update takes."""
        opened = [one for one in open_bundle(world.bundle) if isinstance(one, OpenedDocument)]
        joined = [one for one in open_bundle(join_bundle(reversed(opened))) if isinstance(one, OpenedDocument)]
        assert [one.kind for one in joined] == [Kind.ROOT] * 2 + [Kind.REGISTRY] * 2 + [Kind.STATUS_LIST]
        monkeypatch.setattr(bundling, "DOCUMENT_LIMIT", 3)
        with pytest.raises(StoreError, match="at most 3 documents"):
            join_bundle(opened)

    def test_a_root_that_its_own_keys_have_signed(self, world: World) -> None:
        """A root says whose it is once enough of its keys have signed; nothing else does."""
        root, _, registry, *_ = (one for one in open_bundle(world.bundle) if isinstance(one, OpenedDocument))
        assert root.self_signed_root().authority == "CN-33"
        with pytest.raises(DocumentError):
            registry.self_signed_root()

    def test_a_list(self, world: World) -> None:
        """What a list says is counted when it is asked for; a root is none."""
        _, claims = open_list(world.hangzhou.status_list())
        assert (claims.number, claims.withdrawn, claims.entries) == (3, 0, 1_048_576)
        with pytest.raises(DocumentError):
            open_list(world.zhejiang.roots[0])
