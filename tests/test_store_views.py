"""What a store shows of itself, and what it tells of documents before and after an update."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from authorities import SECONDS, Office, Region, contents
from drafts import key, request
from forging import AT, NOW
from healthpass import DocumentError, Outcome, UntrustedError, Verdict, Verified
from healthpass.authority import KeyRequest, KeyUse, RegistryDocument, Root
from healthpass.codec import _text
from healthpass.codec._keys import thumbprint
from healthpass.documents._fields import Names
from healthpass.ledger import ListClaims, open_list
from healthpass.store import (
    Kind,
    OpenedDocument,
    Share,
    Standing,
    StoreError,
    TrustStore,
    join_bundle,
    open_bundle,
)
from healthpass.store import _bundling as bundling
from healthpass.words._limits import PUBLISHED_KEYS
from listing import INDEX, PLACED, STATUS_NUMBER, StatusOffice, add_office

DAY = timedelta(days=1)


class World:
    """A store in which Zhejiang is pinned, which recognises Shanghai; offices with codes of both."""

    def __init__(self, folder: Path) -> None:
        self.zhejiang, self.shanghai = Region("CN-33"), Region("CN-31")
        self.hangzhou: StatusOffice = add_office(self.zhejiang, "CN-33-01.WJW")
        self.pudong: Office = self.shanghai.office("CN-31-15.WJW")
        self.zhejiang.recognise(self.shanghai, names=Names("上海市", "Shanghai"))
        self.shanghai.publish()
        self.zhejiang.publish()
        self.bundle = self.zhejiang.bundle(self.shanghai) + self.hangzhou.status_list()
        self.store = TrustStore.create(folder / "gate")
        self.store.pin("CN-33", version=1, digest=self.zhejiang.pin.digest)
        self.results = self.store.update(self.bundle, at=NOW)


def pinned(path: Path, *anchors: Region) -> TrustStore:
    """Make a store with these anchors, each with its root."""
    store = TrustStore.create(path)
    for anchor in anchors:
        store.pin_document(anchor.roots[0], digest=anchor.pin.digest, at=NOW)
    return store


def speakers(store: TrustStore) -> dict[tuple[str, str], list[tuple[str, str, str, bool]]]:
    """Tell for each path which issuers it lists in vain, and who speaks for them."""
    return {
        (anchor.id, path.id): [
            (one.id, one.speaker.anchor, one.speaker.authority, one.speaker.owned)
            for one in path.issuers
            if not one.speaks and one.speaker
        ]
        for anchor in store.view(at=NOW).anchors
        for path in (anchor, *anchor.recognised)
    }


def shares(found: tuple[Share, ...]) -> dict[tuple[str, str], list[str]]:
    """Tell which issuers stand in each share."""
    return {(one.anchor, one.authority): [issuer.id for issuer in one.issuers] for one in found}


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
        assert anchor.root.sha256 == world.zhejiang.pin.digest
        assert recognised.name == ("上海市", "Shanghai")
        assert anchor.counts_until == anchor.stale_from == view.stale_from
        assert recognised.recognition
        assert recognised.recognition.covers(NOW)
        assert [issuer.id for issuer in view.issuers()] == ["CN-33-01.WJW", "CN-31-15.WJW"]
        (hangzhou, _) = view.issuers()
        assert {key.entry.use for key in hangzhou.keys if key.good} == {KeyUse.CREDENTIAL, KeyUse.STATUS}
        assert hangzhou.status
        assert (hangzhou.status.lists, hangzhou.status.expired) == (1, 0)
        assert (anchor.lists, anchor.evidence) == (1, 0)
        told = view.model_dump(mode="json")["anchors"][0]["recognised"][0]
        assert told["recognition"]["names"] == told["name"] == {"zh": "上海市", "en": "Shanghai"}

    def test_tells_who_speaks_for_an_issuer(self, world: World) -> None:
        """Who is nearest speaks on an anchor's paths; an anchor owns what lies within it, on its paths alone."""
        pudong = Region("CN-31-15")
        pudong.offices["CN-31-15.WJW"] = world.pudong
        pudong.publish()
        assert speakers(world.store) == {("CN-33", "CN-33"): [], ("CN-33", "CN-31"): []}
        world.zhejiang.recognise(pudong)
        world.store.update(world.zhejiang.publish() + pudong.bundle(), at=NOW)
        nearer = ("CN-31-15.WJW", "CN-33", "CN-31-15", False)
        assert speakers(world.store)["CN-33", "CN-31"] == [nearer]
        assert speakers(world.store)["CN-33", "CN-31-15"] == []
        world.store.pin("CN-31", version=1, digest=world.shanghai.pin.digest)  # nothing has come of it by this way
        assert speakers(world.store)["CN-33", "CN-31-15"] == [("CN-31-15.WJW", "CN-31", "CN-31", True)]

    def test_nobody_speaks_by_a_recognition_that_has_yet_to_begin(self, world: World) -> None:
        """Before it begins there is no speaker; when it has run out, it closes the name."""
        world.zhejiang.recognise(world.shanghai, valid_from=AT + 9999, valid_until=AT + 99_999)
        world.store.update(world.zhejiang.publish(), at=NOW)
        (_, issuer) = world.store.view(at=NOW).issuers()
        assert (issuer.speaks, issuer.speaker) == (False, None)
        (_, issuer) = world.store.view(at=NOW + 2 * DAY).issuers()
        assert issuer.speaks
        assert world.store.view(at=NOW + 2 * DAY).anchors[0].recognised[0].standing is Standing.ENDED

    def test_of_keys_that_the_anchor_has_ended(self, tmp_path: Path) -> None:
        """Both registries of a path are heard on a key: the anchor's, and that of who speaks."""
        platform, zhejiang = Region("CN"), Region("CN-33")
        office = zhejiang.office("CN-33-01.WJW")
        office.list(2)
        office.list(3)
        zhejiang.publish()
        platform.offices[office.id] = office
        office.revoke(1)
        office.retire(2, at=AT - 60)
        platform.recognise(zhejiang)
        platform.publish()
        store = pinned(tmp_path / "gate", platform)
        store.update(platform.bundle(zhejiang), at=NOW)
        issuer = store.view(at=NOW).anchors[0].recognised[0].issuers[0]
        keys = {key.entry.raw: key for key in issuer.keys}
        first, second, third = (keys[office.key(number).public_key.to_bytes()] for number in (1, 2, 3))
        assert (first.good, first.revoked_by, first.entry.revoked) == (False, ("CN",), None)
        assert (second.good, second.retired_from) == (False, NOW - timedelta(seconds=60))
        assert (third.good, third.revoked_by, third.retired_from) == (True, (), None)

    def test_counts_evidence(self, world: World) -> None:
        """Evidence is counted where it was found."""
        world.store.update(world.shanghai.publish(version=1, keep=False, expires=AT + 60), at=NOW)
        anchor = TrustStore.open(world.store.path).view(at=NOW).anchors[0]
        assert (anchor.evidence, anchor.recognised[0].evidence) == (0, 2)

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
        assert (view.anchors[0].standing, view.clock_floor) == (Standing.NO_ROOT, None)
        assert view.model_dump(mode="json")["clock_floor"] is None
        store.update(world.zhejiang.roots[0], at=NOW)
        assert store.view(at=NOW).anchors[0].standing is Standing.EMPTY


class TestExplain:
    def test_a_valid_code(self, world: World) -> None:
        """The path, the key, and what `verify` returns."""
        explanation = world.store.explain(world.hangzhou.issue(PLACED), at=NOW)
        assert isinstance(explanation.judged, Verified)
        (path,) = explanation.paths
        assert (path.anchor.id, path.authority.id, path.issuer.id) == ("CN-33", "CN-33", "CN-33-01.WJW")
        assert (path.verdict, path.endings, path.withdrawals, path.ends) == (Verdict.VALID, (), (), False)
        assert path.speaks
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
        (ending,) = path.endings
        assert (path.verdict, path.verified, path.ends) == (Verdict.KEY_REVOKED, None, True)
        assert (ending.by, ending.epoch, ending.version, ending.retired) == ("CN-31", 1, 2, None)
        assert ending.revoked
        assert ending.revoked.at == NOW
        assert path.key.revoked_by == ("CN-31",)
        assert explanation.judged.__traceback__ is None

    def test_a_key_that_the_anchor_has_ended(self, tmp_path: Path) -> None:
        """The anchor's registry is heard too, and its entry makes no path of its own that counts."""
        platform, zhejiang = Region("CN"), Region("CN-33")
        office = zhejiang.office("CN-33-01.WJW")
        zhejiang.publish()
        platform.offices[office.id] = office
        platform.recognise(zhejiang)
        office.retire(at=AT)
        platform.publish()
        store = pinned(tmp_path / "gate", platform)
        store.update(platform.bundle(zhejiang), at=NOW)
        own, recognised = store.explain(office.issue(), at=NOW).paths
        assert (own.authority.id, own.speaks, own.verdict) == ("CN", False, Verdict.UNKNOWN_KEY)
        assert own.speaker == recognised.speaker
        assert (recognised.speaks, recognised.verdict) == (True, Verdict.KEY_NOT_VALID)
        assert [(one.by, one.revoked, one.retired and one.retired.at) for one in recognised.endings] == [
            ("CN", None, NOW)
        ]

    def test_a_code_that_was_withdrawn(self, world: World) -> None:
        """Which list says so: whose, of which key, and of when. Of another verdict it is not told."""
        text = world.hangzhou.issue(PLACED)
        assert world.store.explain(text, at=NOW).paths[0].withdrawals == ()
        world.store.update(world.hangzhou.status_list([INDEX], issued=AT + 1), at=NOW)
        (path,) = world.store.explain(text, at=NOW).paths
        (withdrawal,) = path.withdrawals
        kid = world.hangzhou.key(STATUS_NUMBER).public_key.kid
        assert (path.verdict, path.ends) == (Verdict.REVOKED, True)
        assert (withdrawal.by, withdrawal.kid, withdrawal.issued_at) == ("CN-33", kid, NOW + timedelta(seconds=1))
        told = world.store.explain(text, at=NOW).model_dump(mode="json")["paths"][0]["withdrawals"]
        assert told == [{"by": "CN-33", "kid": kid.hex(), "issued_at": "2026-11-01T00:00:01Z"}]
        (expired,) = world.store.explain(text, at=NOW + 2 * DAY).paths
        assert (expired.verdict, expired.withdrawals, expired.ends) == (Verdict.EXPIRED, (), False)

    def test_what_has_ended_on_one_path_has_ended_on_all(self, tmp_path: Path) -> None:
        """A path alone would do, another one has the revocation: the code is not valid, also if that is stale."""
        anchors = [Region("CN-33"), Region("CN-44")]
        shanghai = Region("CN-31")
        office = shanghai.office("CN-31.WJW")
        shanghai.publish()
        store = pinned(tmp_path / "gate", *anchors)
        for number, anchor in enumerate(anchors):
            anchor.recognise(shanghai)
            anchor.publish(expires=AT + (number + 1) * SECONDS)
        store.update(anchors[1].bundle(shanghai), at=NOW)
        store.update(anchors[0].bundle(), at=NOW)
        text = office.issue(lifetime=3 * DAY)
        assert isinstance(store.explain(text, at=NOW).judged, Verified)
        office.revoke()
        new = shanghai.publish()
        anchors[1].recognitions.clear()
        store.update(anchors[1].publish() + shanghai.roots[0] + new, at=NOW)  # CN-33 alone hears of it
        anchors[1].recognise(shanghai)
        store.update(anchors[1].publish(), at=NOW)
        for at in (NOW, NOW + DAY):
            explanation = store.explain(text, at=at)
            assert explanation.judged.verdict is Verdict.KEY_REVOKED  # type: ignore[union-attr]
            by = {str(path.anchor.id): path for path in explanation.paths}
            assert (by["CN-33"].ends, by["CN-44"].ends) == (True, False)
            assert (by["CN-44"].verdict, by["CN-44"].verified) == (Verdict.VALID, None)
            assert by["CN-33"].verdict is Verdict.KEY_REVOKED

    def test_a_key_that_nobody_lists(self, world: World) -> None:
        """There is no path, and the anchors that were asked are told."""
        stranger = Region("CN-32").office("CN-32-01.WJW")
        explanation = world.store.explain(stranger.issue(), at=NOW)
        assert (explanation.paths, [state.id for state in explanation.asked]) == ((), ["CN-33"])

    @pytest.mark.parametrize("raw", [bytes(32), min(PUBLISHED_KEYS)])
    def test_a_key_that_counts_as_not_there(self, world: World, raw: bytes) -> None:
        """Who lists a weak or a published key is told, since no path leads to it (KEY-2)."""
        office = world.shanghai.office("CN-31.WJW")
        office.list(2, raw=raw)
        world.store.update(world.shanghai.publish(), at=NOW)
        _, data = _text.decode(office.issue(), _text.CREDENTIAL)
        weak = data.replace(office.key().public_key.kid, thumbprint(raw)[:8])
        explanation = world.store.explain(_text.encode(_text.CREDENTIAL, weak), at=NOW)
        assert (explanation.kid, explanation.paths, explanation.weak_at) == (thumbprint(raw)[:8], (), ("CN-31",))
        shown = next(one for one in world.store.view(at=NOW).issuers() if one.id == office.id)
        assert sorted((key.weak, key.good) for key in shown.keys) == [(False, True), (True, False)]

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
        before = contents(world.store.path)
        (result,) = world.store.rehearse(world.zhejiang.publish(), at=NOW)
        assert (result.outcome, result.version) == (Outcome.APPLIED, 2)
        assert contents(world.store.path) == before


class TestEffects:
    def test_a_wider_anchor_takes_what_nobody_owns(self, world: World) -> None:
        """CN beside CN-33: it owns Shanghai's names from then on, and Zhejiang keeps its own."""
        before, platform = contents(world.store.path), Region("CN")
        platform.publish()
        effects = world.store.pin_effects(platform.pin, platform.bundle(), at=NOW)
        assert shares(effects.lost) == {("CN-33", "CN-31"): ["CN-31-15.WJW"]}
        assert shares(effects.kept) == {("CN-33", "CN-33"): ["CN-33-01.WJW"]}
        assert all(share.region for share in (*effects.lost, *effects.kept))
        assert (effects.unlisted, effects.unreached) == (("CN-31-15.WJW",), ())
        assert shares(effects.gained) == {("CN", "CN"): []}
        assert (effects.takes, effects.begins_anew, effects.lists, effects.evidence) == (True, False, 0, 0)
        assert [share.name for share in effects.lost] == [("上海市", "Shanghai")]
        assert contents(world.store.path) == before
        platform.recognise(world.shanghai)
        platform.publish()
        effects = world.store.pin_effects(platform.pin, platform.bundle(world.shanghai), at=NOW)
        assert effects.unlisted == ()
        assert shares(effects.gained) == {("CN", "CN"): [], ("CN", "CN-31"): ["CN-31-15.WJW"]}
        world.store.pin_document(platform.roots[0], digest=platform.pin.digest, at=NOW)
        text = world.pudong.issue()
        assert world.store.explain(text, at=NOW).judged.verdict is Verdict.NOT_RECOGNISED  # type: ignore[union-attr]

    def test_a_more_specific_anchor_takes_its_own(self, world: World) -> None:
        """CN-31 beside CN-33: what CN-33 says of its issuers counts no more. CN-44 takes nothing."""
        effects = world.store.pin_effects(world.shanghai.pin, world.shanghai.bundle(), at=NOW)
        assert shares(effects.lost) == {("CN-33", "CN-31"): ["CN-31-15.WJW"]}
        assert shares(effects.gained) == {("CN-31", "CN-31"): ["CN-31-15.WJW"]}
        assert (effects.kept, effects.unlisted) == ((), ())
        other = Region("CN-44")
        assert not world.store.pin_effects(other.pin, other.roots[0], at=NOW).takes

    def test_a_region_is_taken_with_what_it_has_yet_to_list(self, world: World) -> None:
        """Who is recognised and lists nobody yet loses its region; of a part of a region, those who are listed."""
        anhui, pudong = Region("CN-34"), Region("CN-31-15")
        anhui.publish()
        world.zhejiang.recognise(anhui)
        world.shanghai.office("CN-31.WJW")
        world.store.update(world.zhejiang.publish() + world.shanghai.publish() + anhui.bundle(), at=NOW)
        effects = world.store.pin_effects(anhui.pin, anhui.bundle(), at=NOW)
        assert [(one.anchor, one.authority, one.region, one.issuers) for one in effects.lost] == [
            ("CN-33", "CN-34", True, ())
        ]
        assert (effects.takes, effects.gained[0].region, effects.kept) == (True, True, ())
        effects = world.store.pin_effects(pudong.pin, pudong.roots[0], at=NOW)
        assert [(one.authority, one.region) for one in effects.lost] == [("CN-31", False)]
        assert shares(effects.lost) == {("CN-33", "CN-31"): ["CN-31-15.WJW"]}

    def test_another_root_of_an_anchor(self, world: World) -> None:
        """The chain begins anew; what other keys have signed does not count until they are replaced."""
        same_signers = Region("CN-33", root_keys=(4, 5, 6))
        effects = world.store.pin_effects(same_signers.pin, same_signers.roots[0], at=NOW)
        assert (effects.begins_anew, effects.lost, effects.takes) == (True, (), False)
        other = Region("CN-33", root_keys=(4, 5, 6))
        other.rotate(registry_keys=(2,))
        effects = world.store.pin_effects(other.pin, other.roots[-1], at=NOW)
        assert effects.begins_anew
        assert shares(effects.lost) == {
            ("CN-33", "CN-33"): ["CN-33-01.WJW"],
            ("CN-33", "CN-31"): ["CN-31-15.WJW"],
        }
        assert effects.unreached == ("CN-31",)
        again = world.store.pin_effects(world.zhejiang.pin, at=NOW)
        assert (again.begins_anew, again.takes) == (False, False)
        assert world.store.anchors[world.zhejiang.id] == world.zhejiang.pin

    def test_without_an_anchor(self, world: World) -> None:
        """Issuers, authorities, lists and evidence are lost; what another anchor vouches for goes on by that."""
        world.store.update(world.zhejiang.publish(version=1, keep=False, expires=AT + 60), at=NOW)
        effects = world.store.unpin_effects("CN-33", at=NOW)
        assert shares(effects.lost) == {
            ("CN-33", "CN-33"): ["CN-33-01.WJW"],
            ("CN-33", "CN-31"): ["CN-31-15.WJW"],
        }
        assert effects.unlisted == ("CN-33-01.WJW", "CN-31-15.WJW")
        assert (effects.unreached, effects.lists, effects.evidence) == (("CN-31",), 1, 2)
        platform = Region("CN-44")
        platform.recognise(world.shanghai)
        platform.publish()
        world.store.pin_document(platform.roots[0], digest=platform.pin.digest, at=NOW)
        world.store.update(platform.bundle(world.shanghai), at=NOW)
        effects = world.store.unpin_effects("CN-33", at=NOW)
        assert (effects.unlisted, effects.unreached) == (("CN-33-01.WJW",), ())
        world.store.unpin("CN-33")
        assert isinstance(world.store.explain(world.pudong.issue(), at=NOW).judged, Verified)
        with pytest.raises(StoreError, match="is no anchor here"):
            world.store.unpin_effects("CN-33")

    def test_an_anchor_of_which_nothing_has_come(self, tmp_path: Path) -> None:
        """There is nothing to lose."""
        store = pinned(tmp_path / "gate", Region("CN-33"))
        assert not store.unpin_effects("CN-33").takes


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
