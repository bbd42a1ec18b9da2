"""`healthpass.authority`: signing, comparing and editing roots and registries."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorities import signed
from drafts import (
    DAY,
    EMPTY,
    ENTRY,
    GOOD,
    LATER,
    NAMES,
    NOW,
    OFFICE,
    ROOT,
    ROOT_1,
    SCOPE,
    codes,
    entries,
    entry,
    key,
    publics,
    published,
    raws,
    registries,
    registry,
    request,
    roots,
    source_time,
)
from healthpass import Color, DocumentError, IssuerId, RegionId
from healthpass.authority import (
    Content,
    KeyEnd,
    KeyEntry,
    Recognition,
    RegistryDocument,
    Root,
    Signed,
    SigningError,
    check_root,
    diff,
    diff_documents,
    find_keys,
    import_request,
    join,
    next_registry,
    next_root,
    open_document,
    recognise,
    retire,
    revoke,
    sign,
    unrecognise,
)
from healthpass.authority._sources import unsigned
from healthpass.codec import _cbor
from healthpass.codec._time import SECOND
from healthpass.documents._document import Document, Kind
from healthpass.documents._statement import CONTENT, MAX_DEPTH


class TestSigning:
    def test_order(self) -> None:
        """Several people signing in any order give the same bytes."""
        results = set()
        for order in permutations((1, 2, 3)):
            document: bytes | Content = ROOT
            for number in order:
                document = sign(document, key(number))
            results.add(document)
        assert len(results) == 1

    def test_environment(self) -> None:
        """Nobody signs a document of an environment that cannot be, also when it was made elsewhere."""
        odd = replace(ROOT, environment="production\x1b[2K")
        document = signed(Kind.ROOT, odd.encode(), [key(1)])
        with pytest.raises(SigningError, match="its environment is not a valid name"):
            sign(document, key(2))

    def test_apart(self) -> None:
        """Signatures that were made apart are put together."""
        assert join(sign(ROOT, key(1)), sign(ROOT, key(2))) == ROOT_1
        with pytest.raises(SigningError, match="not the same document"):
            join(ROOT_1, sign(replace(ROOT, version=2), key(1)))

    def test_join_is_sceptical(self) -> None:
        """Two signatures of one key, or more than 16, are refused."""
        parsed = open_document(ROOT_1).document
        other = bytes(parsed.signed_with(key(1).public_key.kid, bytes(64)))
        with pytest.raises(SigningError, match="different signatures"):
            join(ROOT_1, other)
        crowd = bytes(Document(Kind.ROOT, parsed.payload, {bytes([n]) * 8: bytes(64) for n in range(1, 16)}))
        with pytest.raises(SigningError, match="at most 16"):
            join(ROOT_1, crowd)

    def test_twice(self) -> None:
        """Who signs twice has signed once."""
        assert sign(ROOT_1, key(1)) == ROOT_1

    def test_wrong_key(self) -> None:
        """A key that does not matter is refused, unless it is forced; its signature counts for nothing."""
        with pytest.raises(SigningError, match="no root key of this root or of the one before"):
            sign(ROOT, key(10))
        forced = sign(ROOT_1, key(10), force=("needless-signature",))
        assert codes(check_root(forced, at=NOW)) == ["needless-signature"]
        with pytest.raises(SigningError, match="no registry key of the root"):
            sign(GOOD, key(1), root=ROOT_1)
        with pytest.raises(SigningError, match="the root that is in force is needed"):
            sign(GOOD, key(10))

    def test_previous_root(self) -> None:
        """A key of the root before signs too, when that root is given."""
        second = next_root(ROOT, at=NOW, add_root=publics(4), drop_root=publics(1))
        with pytest.raises(SigningError):
            sign(second, key(1))
        assert sign(second, key(1), previous=ROOT_1)

    def test_forgotten_revocation(self) -> None:
        """Nobody signs a registry that forgets what the one before it revoked, unless that is named."""
        gone = revoke(GOOD, key(20).public_key.to_bytes(), at=NOW, reason=2)
        held = published(gone)
        with pytest.raises(SigningError, match="revocation-undone: the key [0-9a-f]{16} of CN-33-01.WJW was rev"):
            sign(GOOD, key(10), root=ROOT_1, previous=held, force=("needless-signature",))
        assert sign(GOOD, key(10), root=ROOT_1, previous=held, force=("revocation-forgotten",)) == published(GOOD)
        assert sign(gone, key(10), root=ROOT_1, previous=held) == held
        for other in (
            ROOT_1,
            sign(replace(EMPTY, authority=RegionId("CN-31")), key(10), force=("needless-signature",)),
        ):
            with pytest.raises(SigningError, match="no registry of CN-33"):
                sign(GOOD, key(10), root=ROOT_1, previous=other)

    def test_half_signed_root(self) -> None:
        """A registry is not signed for a root that its own people have not agreed on."""
        with pytest.raises(DocumentError, match="the root is not signed as it must be") as caught:
            sign(GOOD, key(10), root=sign(ROOT, key(1)))
        assert caught.value.outcome == "threshold-not-met"

    @pytest.mark.parametrize(
        "changes", [{"authority": RegionId("CN-31")}, {"environment": "test"}, {"epoch": 2}], ids=str
    )
    def test_wrong_root(self, changes: dict[str, Any]) -> None:
        """The registry must be one of the root's authority, environment and epoch."""
        other = sign(sign(replace(ROOT, **changes), key(1)), key(2))
        with pytest.raises(SigningError):
            sign(EMPTY, key(10), root=other)

    def test_a_registry_is_no_root(self) -> None:
        """A registry in the place of a root is refused."""
        with pytest.raises(SigningError, match="is a registry"):
            sign(GOOD, key(10), root=published(GOOD))

    def test_bad_signature(self) -> None:
        """A signature that stands there and does not verify stops the next one."""
        damaged = bytearray(sign(ROOT, key(1)))
        damaged[-1] ^= 1
        with pytest.raises(DocumentError) as caught:
            sign(bytes(damaged), key(2))
        assert caught.value.outcome == "bad-signature"

    def test_more_than_can_be_shown(self) -> None:
        """Nobody signs what this version cannot show, unless it is forced."""
        wire: Any = _cbor.decode(ROOT.encode(), max_depth=MAX_DEPTH)
        wire[CONTENT] = {**wire[CONTENT], 32: b"later"}
        later = Document(Kind.ROOT, _cbor.encode(wire, max_depth=MAX_DEPTH), {})
        half = bytes(
            later.signed_with(key(1).public_key.kid, key(1).sign(later.to_be_signed(key(1).public_key.kid)))
        )
        with pytest.raises(SigningError, match="more than this version"):
            sign(half, key(2))
        whole = sign(half, key(2), force=("not-shown",))
        assert codes(check_root(whole, at=NOW)) == ["not-shown"]
        told = diff_documents(open_document(ROOT_1), open_document(whole))
        assert [change.en for change in told] == ["and more that this version cannot read"]

    def test_a_signer_that_lies(self) -> None:
        """A module that signs with another key than it says does no harm."""

        class Module:
            public_key = key(1).public_key

            def sign(self, message: bytes) -> bytes:
                return key(2).sign(message)

        with pytest.raises(Exception, match="does not verify"):
            sign(ROOT, Module())

    def test_not_a_document(self) -> None:
        """A key request is neither a root nor a registry."""
        with pytest.raises(DocumentError, match="unsupported-kind"):
            open_document(request(20).sign(key(20)))


class TestDiff:
    @given(registries(), registries())
    def test_registries(self, old: RegistryDocument, new: RegistryDocument) -> None:
        """Two registries differ in words if and only if their payloads differ."""
        assert bool(diff(old, new)) == (old.encode() != new.encode())
        assert diff(old, old) == ()

    @given(registries(), st.data())
    def test_one_change(self, old: RegistryDocument, data: st.DataObject) -> None:
        """Whatever part of a registry is changed, it shows."""
        other = data.draw(registries())
        name = data.draw(st.sampled_from([*RegistryDocument.__dataclass_fields__]))
        changes = {name: getattr(other, name)}
        if name in {"issued", "expires"}:
            changes = {"issued": other.issued, "expires": other.expires}
        new = replace(old, **changes)
        assert bool(diff(old, new)) == (old.encode() != new.encode())

    @given(roots(), roots())
    def test_roots(self, old: Root, new: Root) -> None:
        """Two roots differ in words if and only if their payloads differ."""
        assert bool(diff(old, new)) == (old.encode() != new.encode())

    @given(raws, st.data())
    def test_keys(self, raw: bytes, data: st.DataObject) -> None:
        """Whatever changes in a key's entry, it shows."""
        old, new = (registry(data.draw(entries(raw))) for _ in range(2))
        assert bool(diff(old, new)) == (old.encode() != new.encode())

    def test_words(self) -> None:
        """Each change is a line, in English and in Chinese."""
        kid = key(20).public_key.kid.hex()
        (change,) = diff(GOOD, revoke(GOOD, key(20).public_key.to_bytes(), at=NOW, reason=2))
        assert change.en == f"CN-33-01.WJW: key {kid} revoked: {source_time(NOW)} (compromise)"
        assert change.zh == f"CN-33-01.WJW：密钥 {kid} 撤销：{source_time(NOW)}（密钥泄露）"
        back = diff(revoke(GOOD, key(20).public_key.to_bytes(), at=NOW, reason=2), GOOD)
        assert [one.en for one in back] == [f"CN-33-01.WJW: key {kid} no longer revoked"]
        narrower = registry(entry(20, scope=replace(SCOPE, colors=[Color.GREEN])), entry(21))
        (change,) = diff(GOOD, narrower)
        assert change.en.endswith(
            "scope: colors green/yellow/red, max_lifetime 1d, max_lifetime_without_status 1d → "
            "colors green, max_lifetime 1d, max_lifetime_without_status 1d"
        )
        assert change.zh.endswith(
            "权限范围：颜色 绿/黄/红，最长有效期 1 天，没有状态位置的码 1 天 → "
            "颜色 绿，最长有效期 1 天，没有状态位置的码 1 天"
        )

    def test_kinds(self) -> None:
        """A root and a registry are not compared."""
        with pytest.raises(TypeError, match="cannot be compared"):
            diff(ROOT, GOOD)


class TestEdits:
    def test_import(self) -> None:
        """A key is listed as its office has asked for, for an issuer that is there or a new one."""
        with pytest.raises(ValueError, match="there is no entry of CN-33-01.WJW"):
            import_request(EMPTY, request(20))
        one = import_request(EMPTY, request(20), new=ENTRY)
        (issuer,) = one.issuers
        assert issuer.keys == (KeyEntry(key(20).public_key.to_bytes(), 1, NOW, NOW + 365 * DAY, SCOPE),)
        with pytest.raises(ValueError, match="has an entry already, with another name or another address"):
            import_request(one, request(21), new=ENTRY._replace(appeal="tel:12345"))
        assert len(import_request(one, request(21)).issuers[0].keys) == 2
        assert import_request(one, request(21), new=ENTRY) == import_request(one, request(21))
        with pytest.raises(ValueError, match="is listed already, for CN-33-01.WJW"):
            import_request(one, request(20, issuer=IssuerId("CN-33.WJW")), new=ENTRY)

    def test_import_narrower(self) -> None:
        """The scope may be narrower than what was asked for, and never wider."""
        green = replace(SCOPE, colors=[Color.GREEN])
        assert import_request(EMPTY, request(20), new=ENTRY, scope=green).issuers[0].keys[0].scope == green
        with pytest.raises(ValueError, match="wider than"):
            import_request(EMPTY, request(20, scope=green), new=ENTRY, scope=SCOPE)
        with pytest.raises(ValueError, match="wider than"):
            import_request(EMPTY, request(20), new=ENTRY, scope=replace(SCOPE, max_bearer_lifetime=DAY))

    def test_ends(self) -> None:
        """A key is retired once and revoked once, and may be retired before it is revoked."""
        raw = key(20).public_key.to_bytes()
        retired = retire(GOOD, raw, at=NOW, reason=1)
        with pytest.raises(ValueError, match="was retired"):
            retire(retired, raw, at=NOW, reason=1)
        revoked = revoke(retired, raw, at=NOW + SECOND, reason=2)
        for edit in (retire, revoke):
            with pytest.raises(ValueError, match="was revoked"):
                edit(revoked, raw, at=NOW, reason=1)
            with pytest.raises(ValueError, match="not listed"):
                edit(GOOD, bytes(32), at=NOW, reason=1)
        ((office, listed),) = find_keys(revoked, key(20).public_key.kid)
        assert office == OFFICE
        assert (listed.retired, listed.revoked) == (KeyEnd(NOW, 1), KeyEnd(NOW + SECOND, 2))
        assert find_keys(GOOD, bytes(8)) == ()

    def test_next(self) -> None:
        """The next version goes on from the one that was published, however often it is asked for."""
        held = open_document(published(GOOD))
        second = next_registry(GOOD, previous=held, at=NOW + DAY)
        assert (second.version, second.previous, second.epoch) == (2, held.digest, 1)
        assert (second.issued, second.expires) == (NOW + DAY, NOW + 31 * DAY)
        assert next_registry(second, previous=held, at=NOW + DAY) == second
        early = next_registry(GOOD, previous=held, at=NOW - DAY)  # it is never dated before the last one
        assert (early.issued, early.expires) == (NOW + SECOND, NOW + SECOND + 30 * DAY)
        with pytest.raises(ValueError, match="does not go on from version 1"):
            next_registry(replace(GOOD, version=3), previous=held, at=NOW)
        for wrong in (
            ROOT_1,
            sign(replace(EMPTY, authority=RegionId("CN-31")), key(10), force=("needless-signature",)),
        ):
            with pytest.raises(ValueError, match="no registry of CN-33"):
                next_registry(GOOD, previous=open_document(wrong), at=NOW)
        with pytest.raises(ValueError, match="is of 'production' and not 'test'"):
            next_registry(replace(GOOD, environment="test"), previous=held, at=NOW)
        with pytest.raises(ValueError, match="the root is none of CN-33"):
            next_registry(GOOD, previous=held, at=NOW, root=replace(ROOT, authority=RegionId("CN-31")))

    def test_recognise(self) -> None:
        """An authority is recognised by a root that its own people have signed, and anew in place of before."""
        other = replace(ROOT, authority=RegionId("CN-31"))
        root = open_document(sign(sign(other, key(1)), key(2)))
        terms: dict[str, Any] = {"valid_from": NOW, "valid_until": LATER, "scope": SCOPE, "names": ENTRY.names}
        once = recognise(GOOD, root, **terms)
        (one,) = once.recognitions
        assert one == Recognition(RegionId("CN-31"), 1, root.digest, NOW, LATER, SCOPE, ENTRY.names)
        (renamed,) = recognise(once, root, **terms | {"names": NAMES}).recognitions
        assert renamed == one._replace(names=NAMES)
        told = diff(once, replace(once, recognitions=(renamed,)))
        assert [change.en for change in told] == [
            f"recognition of CN-31: name in Chinese: {ENTRY.names.zh} → {NAMES.zh}",
            f"recognition of CN-31: name in English: {ENTRY.names.en} → {NAMES.en}",
        ]
        assert unrecognise(once, "CN-31") == GOOD
        with pytest.raises(ValueError, match="CN-31 is not recognised"):
            unrecognise(GOOD, "CN-31")
        with pytest.raises(DocumentError, match="threshold-not-met"):
            recognise(GOOD, open_document(sign(other, key(1))), **terms)
        for wrong, why in (
            (ROOT_1, "does not recognise itself"),
            (published(GOOD), "by its root"),
            (sign(sign(replace(other, environment="test"), key(1)), key(2)), "of 'test'"),
        ):
            with pytest.raises(ValueError, match=why):
                recognise(GOOD, open_document(wrong), **terms)

    def test_rotation(self) -> None:
        """Keys are added and dropped by name; what makes no sense is refused."""
        second = next_root(ROOT, at=NOW + DAY, lifetime=DAY, add_root=publics(4), root_threshold=3)
        assert (second.root_keys, second.root_threshold) == (publics(1, 2, 3, 4), 3)
        assert (second.version, second.expires, second.epoch) == (2, NOW + 2 * DAY, ROOT.epoch)
        for wrong in (
            {"add_root": publics(1)},
            {"drop_root": publics(4)},
            {"drop_root": publics(1, 2)},
            {"add_registry": publics(1)},
            {"registry_threshold": 3},
        ):
            with pytest.raises(ValueError, match="key|threshold"):
                next_root(ROOT, at=NOW, **wrong)

    def test_goes_on(self) -> None:
        """A root goes on from the one that was published last, however often it is changed before that."""
        second = next_root(ROOT, at=NOW + DAY, add_root=publics(4))
        third = next_root(second, after=ROOT, at=NOW + DAY, add_root=publics(5))
        assert (third.version, third.root_keys) == (2, publics(1, 2, 3, 4, 5))
        with pytest.raises(ValueError, match="at version 1 and does not go on from version 2"):
            next_root(ROOT, after=second, at=NOW)
        with pytest.raises(ValueError, match="none of CN-31"):
            next_root(replace(ROOT, authority=RegionId("CN-31")), after=ROOT, at=NOW)

    @pytest.mark.parametrize(
        "changes",
        [
            {"add_registry": publics(12)},
            {"drop_registry": publics(10)},
            {"registry_threshold": 2},
            {"new_epoch": True},
        ],
        ids=str,
    )
    def test_epoch(self, changes: dict[str, Any]) -> None:
        """Other registry keys, or another threshold, open an epoch: its number is the time (ROT-3, AUT-9)."""
        opened = next_root(ROOT, at=NOW + DAY, **changes)
        assert opened.epoch == int((NOW + DAY).timestamp())
        assert next_root(opened, at=NOW + 2 * DAY).epoch == opened.epoch
        behind = next_root(opened, at=NOW, new_epoch=True)  # by a clock that is behind
        assert (behind.epoch, behind.issued) == (opened.epoch + 1, opened.issued + SECOND)

    def test_signed(self) -> None:
        """A document that was opened has the hash by which others know it."""
        opened = open_document(ROOT_1)
        assert opened == Signed(opened.document, ROOT)
        assert opened.digest == unsigned(ROOT).digest
