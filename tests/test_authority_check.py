"""`check_root` and `check_registry`: what verifiers refuse, and what is risky."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from drafts import (
    DAY,
    EMPTY,
    GOOD,
    NAMES,
    NOW,
    OFFICE,
    ROOT,
    ROOT_1,
    SCOPE,
    codes,
    entry,
    key,
    publics,
    published,
    registry,
    source_time,
)
from healthpass import Color, RegionId, Scope
from healthpass.authority import (
    KeyEnd,
    KeyEntry,
    KeyUse,
    Recognition,
    RegistryDocument,
    check_registry,
    check_root,
    next_registry,
    next_root,
    open_document,
    sign,
)
from healthpass.codec._time import SECOND
from healthpass.documents._document import Document, Kind
from healthpass.documents._fields import Names
from healthpass.words._limits import PUBLISHED_KEYS

DAY_2, DAY_9 = NOW + 2 * DAY, NOW + 9 * DAY
T_2, T_9 = source_time(DAY_2), source_time(DAY_9)
NO_KEY = "it has no key that could sign a code"
ONE_KEY = "it has no second key for credentials: if the one is stolen, it can sign nothing (AUT-2)"
WAIT = f"it has no second key for credentials: retire the old one no earlier than {T_9}"


class TestCheckRoot:
    def test_sound(self) -> None:
        """A sound root is without findings, as a document and as a source."""
        assert check_root(ROOT_1, at=NOW) == ()
        assert check_root(ROOT, at=NOW) == ()

    def test_half_signed(self) -> None:
        """Too few signatures are an error, and the rest is looked at all the same."""
        half = sign(replace(ROOT, issued=NOW + 2 * DAY), key(1))
        assert codes(check_root(half, at=NOW)) == ["threshold-not-met", "dated-ahead", "ahead-of-clock"]
        assert codes(check_root(sign(ROOT, key(1)), at=NOW)) == ["threshold-not-met"]

    def test_bad_signature(self) -> None:
        """A document with a bad signature stays closed: nothing else is said of it."""
        damaged = ROOT_1[:-1] + bytes([ROOT_1[-1] ^ 1])
        assert codes(check_root(damaged, at=NOW)) == ["bad-signature"]

    @pytest.mark.parametrize(
        "data", [b"", b"\xd8\x62\x84", bytes(100), ROOT_1[:-1], b"\xd8" * 70_000], ids=range(5)
    )
    def test_garbage(self, data: bytes) -> None:
        """Garbage is one finding."""
        (finding,) = check_root(data, at=NOW)
        assert finding.severity == "error"
        assert finding.code in {"malformed-envelope", "malformed-source"}

    def test_another_kind(self) -> None:
        """A registry is no root, and the other way round."""
        assert codes(check_root(published(GOOD), at=NOW)) == ["unsupported-kind"]
        assert codes(check_registry(ROOT_1, root=ROOT_1, at=NOW)) == ["unsupported-kind"]
        assert codes(check_registry(GOOD, root=published(GOOD), at=NOW)) == ["unsupported-kind"]

    def test_expiry(self) -> None:
        """One that expires soon is warned of, one that has expired is refused."""
        assert codes(check_root(ROOT_1, at=ROOT.expires - 59 * DAY)) == ["expires-soon"]
        assert codes(check_root(ROOT_1, at=ROOT.expires - 59 * DAY, soon=30 * DAY)) == []
        assert codes(check_root(ROOT_1, at=ROOT.expires)) == ["expired"]

    def test_risks(self) -> None:
        """A root that one person can replace, and one that the loss of a key ends, are warned of."""
        assert codes(check_root(replace(ROOT, root_threshold=1), at=NOW)) == ["single-signer"]
        assert codes(check_root(replace(ROOT, root_threshold=3), at=NOW)) == ["no-spare-root-key"]

    def test_rotation(self) -> None:
        """The next root needs both thresholds, and then nothing is found."""
        second = next_root(ROOT, at=NOW, add_root=publics(4, 5), drop_root=publics(1, 2))
        new_alone = sign(sign(second, key(4)), key(5))
        assert codes(check_root(new_alone, previous=[ROOT_1], at=NOW + SECOND)) == ["threshold-not-met"]
        one_old = sign(new_alone, key(1), previous=ROOT_1)
        assert codes(check_root(one_old, previous=[ROOT_1], at=NOW + SECOND)) == ["threshold-not-met"]
        whole = sign(one_old, key(2), previous=ROOT_1)
        assert check_root(whole, previous=[ROOT_1], at=NOW + SECOND) == ()
        assert check_root(second, previous=[ROOT_1], at=NOW + SECOND) == ()
        assert codes(check_root(ROOT, previous=[whole], at=NOW)) == ["superseded"]
        assert codes(check_root(ROOT, previous=[ROOT_1, whole], at=NOW + SECOND)) == ["unchanged"]

    def test_ahead(self) -> None:
        """A date ahead of the clock is warned of, and by more than a day it is refused (AUT-9)."""
        (finding,) = check_root(ROOT_1, at=NOW - 2 * SECOND)
        assert finding.message.startswith(
            f"it is dated {source_time(NOW)}, and the clock here says 2026-11-18T11:06:38Z"
        )
        assert codes(check_registry(GOOD, root=ROOT_1, at=NOW - SECOND)) == ["ahead-of-clock"]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"version": 3}, "root-gap"),
            ({"version": 1, "expires": NOW + DAY}, "equivocation"),
            ({"version": 2, "registry_keys": publics(12)}, "wrong-epoch"),
            ({"version": 2, "registry_threshold": 2}, "wrong-epoch"),
            ({"version": 2, "authority": RegionId("CN-31")}, "wrong-authority"),
            ({"version": 2, "environment": "test"}, "wrong-environment"),
            ({"version": 2, "issued": NOW + 2 * DAY}, "dated-ahead"),
        ],
        ids=str,
    )
    def test_rules(self, changes: dict[str, Any], code: str) -> None:
        """What breaks a verifier's rule is found, signed or not."""
        content = replace(ROOT, **changes)
        assert code in codes(check_root(content, previous=[ROOT_1], at=NOW))
        signed = sign(sign(content, key(1)), key(2))
        assert codes(check_root(signed, previous=[ROOT_1], at=NOW))[0] == code
        half = sign(content, key(1))
        assert codes(check_root(half, previous=[ROOT_1], at=NOW))[:2] == ["threshold-not-met", code]

    @pytest.mark.parametrize(
        "changes", [{"add_registry": publics(12)}, {"registry_threshold": 2}, {"new_epoch": True}], ids=str
    )
    def test_epoch(self, changes: dict[str, Any]) -> None:
        """A root that opens an epoch is accepted, and what must be published with it is said."""
        opening = next_root(ROOT, at=NOW, **changes)
        finding, *kept = check_root(opening, previous=[ROOT_1], at=NOW + SECOND)
        assert (finding.code, finding.severity) == ("epoch-opened", "warning")
        assert [one.code for one in kept] == ["registry-key-kept"] * len(ROOT.registry_keys)
        assert all(key.kid.hex() in one.message for key, one in zip(ROOT.registry_keys, kept, strict=True))
        assert "in one bundle with a registry of the new epoch" in finding.message
        lower = replace(opening, epoch=ROOT.epoch, registry_keys=publics(13), registry_threshold=1)
        assert codes(check_root(lower, previous=[ROOT_1], at=NOW + SECOND))[0] == "wrong-epoch"

    def test_previous_is_needed(self) -> None:
        """A later root that is checked alone is said to be, since the root before it has a say."""
        second = next_root(ROOT, at=NOW)
        assert codes(check_root(second, at=NOW + SECOND)) == ["previous-not-checked"]

    def test_previous_refused(self) -> None:
        """A previous root that is itself refused is said to be."""
        (finding,) = check_root(ROOT, previous=[sign(ROOT, key(1))], at=NOW)
        assert (finding.code, finding.where) == ("threshold-not-met", "previous root")


class TestCheckRegistry:
    def test_sound(self) -> None:
        """A sound registry is without findings, as a document and as a source."""
        assert check_registry(published(GOOD), root=ROOT_1, at=NOW) == ()
        assert check_registry(GOOD, root=ROOT_1, at=NOW) == ()

    def test_signatures(self) -> None:
        """Missing, bad and needless signatures are told apart."""
        root = sign(sign(replace(ROOT, registry_threshold=2), key(1)), key(2))
        half = sign(GOOD, key(10), root=root)
        assert codes(check_registry(half, root=root, at=NOW)) == ["threshold-not-met"]
        assert codes(check_registry(half[:-1] + b"\x00", root=root, at=NOW)) == ["bad-signature"]
        needless = sign(published(GOOD), key(30), root=ROOT_1, force=("needless-signature",))
        assert codes(check_registry(needless, root=ROOT_1, at=NOW)) == ["needless-signature"]

    def test_half_signed_root(self) -> None:
        """A root that is not in force is said to be none."""
        (finding,) = check_registry(GOOD, root=sign(ROOT, key(1)), at=NOW)
        assert (finding.code, finding.where) == ("threshold-not-met", "root")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"authority": RegionId("CN-31"), "issuers": ()}, "wrong-authority"),
            ({"environment": "test"}, "wrong-environment"),
            ({"epoch": 2}, "wrong-epoch"),
            ({"issued": NOW + 2 * DAY}, "dated-ahead"),
            ({"version": 3}, "equivocation"),
            ({"version": 2}, "rollback"),
        ],
        ids=str,
    )
    def test_rules(self, changes: dict[str, Any], code: str) -> None:
        """What breaks a verifier's rule is found, signed or not."""
        held = published(replace(GOOD, version=3, names=Names("别", "else")))
        content = replace(GOOD, version=4) if "version" not in changes else GOOD
        content = replace(content, **changes)
        assert codes(check_registry(content, root=ROOT_1, previous=held, at=NOW))[0] == code
        signed = sign(content, key(10), force=("needless-signature",))
        assert codes(check_registry(signed, root=ROOT_1, previous=held, at=NOW))[0] == code

    def test_malformed(self) -> None:
        """A signed payload that is none is one finding, also with too few signatures."""
        document = Document(Kind.REGISTRY, bytes(30), {})
        kid = key(10).public_key.kid
        signed = bytes(document.signed_with(kid, key(10).sign(document.to_be_signed(kid))))
        assert codes(check_registry(signed, root=ROOT_1, at=NOW)) == ["malformed-payload"]
        unknown = bytes(document.signed_with(bytes(7) + b"\x01", bytes(64)))
        assert codes(check_registry(unknown, root=ROOT_1, at=NOW)) == ["threshold-not-met", "malformed-payload"]

    @pytest.mark.parametrize(
        ("keys", "expected"),
        [
            ([], ["issuer-without-keys"]),
            ([entry(20)], ["no-second-key"]),
            ([entry(20), entry(21, revoked=KeyEnd(NOW, 2))], ["no-second-key"]),
            ([entry(20, retired=KeyEnd(NOW, 1)), entry(21, revoked=KeyEnd(NOW, 2))], ["issuer-without-keys"]),
            ([entry(20), entry(21), entry(22, use=2)], []),
            ([entry(22, use=2)], []),
            ([entry(20), entry(21), entry(22, use=9)], ["unknown-use"]),
            ([entry(20), entry(21), entry(22, scope=Scope())], ["key-without-scope"]),
            ([entry(20), entry(21), entry(22, scope=Scope(colors=list(Color)))], ["key-without-scope"]),
            ([entry(20), entry(21), entry(22, raw=bytes(32))], ["weak-key"]),
            ([entry(20), entry(21), entry(22, raw=min(PUBLISHED_KEYS))], ["weak-key"]),
            ([entry(20), entry(21), entry(22, valid_until=NOW + 29 * DAY)], ["key-ends-soon"]),
            ([entry(20), entry(21), entry(22, valid_until=NOW)], []),
            ([entry(20), entry(21), entry(22, retired=KeyEnd(NOW - 2 * DAY, 1))], ["retired-before-from"]),
        ],
    )
    def test_keys(self, keys: list[KeyEntry], expected: list[str]) -> None:
        """What is risky about an issuer's keys is warned of."""
        findings = check_registry(registry(*keys), root=ROOT_1, at=NOW)
        assert codes(findings) == expected
        assert all(finding.severity == "warning" for finding in findings)

    @pytest.mark.parametrize(
        ("keys", "expected"),
        [
            # The first retires on the day on which the third starts: there are always two.
            ([entry(20, retired=KeyEnd(DAY_9, 1)), entry(21), entry(22, valid_from=DAY_9)], []),
            # It retires earlier, or has done so.
            (
                [entry(20, retired=KeyEnd(DAY_2, 1)), entry(21), entry(22, valid_from=DAY_9)],
                [("no-second-key-for-a-time", f"from {T_2} to {T_9} {WAIT}")],
            ),
            (
                [entry(20, retired=KeyEnd(NOW, 1)), entry(21), entry(22, valid_from=DAY_9)],
                [("no-second-key-for-a-time", f"until {T_9} {WAIT}")],
            ),
            # And then the second is stolen.
            (
                [
                    entry(20, retired=KeyEnd(NOW, 1)),
                    entry(21, revoked=KeyEnd(NOW, 2)),
                    entry(22, valid_from=DAY_9),
                ],
                [
                    ("no-key-for-a-time", f"until {T_9} {NO_KEY}"),
                    ("no-second-key-for-a-time", f"from {T_9} on {ONE_KEY}"),
                ],
            ),
            (
                [entry(20, valid_until=DAY_2), entry(21, valid_from=DAY_9), entry(22, valid_from=DAY_9)],
                [
                    ("no-second-key-for-a-time", f"until {T_2} {ONE_KEY}"),
                    ("no-key-for-a-time", f"from {T_2} to {T_9} {NO_KEY}"),
                ],
            ),
            # A key that starts later is no second key until then; one that retires later is one until then.
            ([entry(20), entry(21, valid_from=DAY_9)], [("no-second-key-for-a-time", f"until {T_9} {ONE_KEY}")]),
            (
                [entry(20), entry(21, retired=KeyEnd(DAY_9, 1))],
                [("no-second-key-for-a-time", f"from {T_9} on {ONE_KEY}")],
            ),
            # A weak key, one without a scope and a revoked one are none, whenever it was revoked.
            ([entry(20), entry(21, scope=Scope())], [("no-second-key", ONE_KEY)]),
            ([entry(20), entry(22, raw=bytes(32))], [("no-second-key", ONE_KEY)]),
            ([entry(20, revoked=KeyEnd(DAY_9, 2))], [("issuer-without-keys", NO_KEY)]),
            # An office that begins later has not been without a key before.
            ([entry(20, valid_from=DAY_9), entry(21, valid_from=DAY_9)], []),
            ([entry(20, valid_from=EMPTY.expires)], [("issuer-without-keys", NO_KEY)]),
        ],
    )
    def test_coverage(self, keys: list[KeyEntry], expected: list[tuple[str, str]]) -> None:
        """A time in which an office has no key, or no second one, is told with its beginning and end (AUT-2)."""
        found = check_registry(registry(*keys), root=ROOT_1, at=NOW)
        assert [(one.code, one.message) for one in found if one.where == OFFICE] == expected

    def test_coverage_of_an_expired_registry(self) -> None:
        """Of a registry that has expired, what it says of now is told."""
        found = check_registry(registry(entry(20)), root=ROOT_1, at=EMPTY.expires + DAY)
        assert codes(found) == ["expired", "no-second-key"]

    def test_chinese(self) -> None:
        """Each finding is told in Chinese too, with its place; a refusal in the words of its outcome."""
        one, other = check_registry(registry(entry(20), entry(21, scope=Scope())), root=ROOT_1, at=NOW)
        kid = key(21).public_key.kid.hex()
        assert one.zh == f"{OFFICE} 的密钥 {kid}：没有写明颜色和最长有效期，不起任何作用"
        assert other.zh == f"{OFFICE}：没有签发凭证的备用密钥：现有的一把一旦被盗，就什么都不能签发（AUT-2）"
        (refused,) = check_registry(GOOD, root=sign(ROOT, key(1)), at=NOW)
        assert refused.zh == "根：签名数未达到门限"

    def test_expiry(self) -> None:
        """The ends of the registry and of the root are told."""
        assert codes(check_registry(GOOD, root=ROOT_1, at=GOOD.expires - 6 * DAY)) == ["expires-soon"]
        assert codes(check_registry(GOOD, root=ROOT_1, at=GOOD.expires)) == ["expired"]
        late = ROOT.expires - 10 * DAY
        fresh = registry(entry(20, valid_until=late + 90 * DAY), issued=late, expires=late + 30 * DAY)
        found = check_registry(fresh, root=ROOT_1, at=late)
        assert ("expires-soon", "root") in [(finding.code, finding.where) for finding in found]
        assert "expired" in codes(check_registry(fresh, root=ROOT_1, at=ROOT.expires))

    @pytest.mark.parametrize(
        ("until", "scope", "expected"),
        [
            (NOW + 90 * DAY, SCOPE, []),
            (NOW + 20 * DAY, SCOPE, ["recognition-ends-soon"]),
            (NOW, SCOPE, ["recognition-ended"]),
            (NOW + 90 * DAY, Scope(), ["recognition-without-scope"]),
        ],
    )
    def test_recognitions(self, until: datetime, scope: Scope, expected: list[str]) -> None:
        """Recognitions that end or allow nothing are warned of."""
        one = Recognition(RegionId("CN-31"), 1, bytes(32), NOW - DAY, until, scope, NAMES)
        assert codes(check_registry(replace(GOOD, recognitions=(one,)), root=ROOT_1, at=NOW)) == expected

    def test_nearer_authority(self) -> None:
        """An entry for which a recognised authority speaks is warned of; a parent speaks for none."""
        for authority, expected in (
            ("CN-33-01", ["issuer-spoken-for"]),
            ("CN-33-02", []),
            ("CN", []),
            ("CN-31", []),
        ):
            one = Recognition(RegionId(authority), 1, bytes(32), NOW - DAY, NOW + 90 * DAY, SCOPE, NAMES)
            assert codes(check_registry(replace(GOOD, recognitions=(one,)), root=ROOT_1, at=NOW)) == expected

    def follows(self, content: RegistryDocument, before: RegistryDocument = GOOD, **changes: Any) -> list[str]:
        """Return what is found about a content as the version after another one."""
        held = published(before)
        changed = next_registry(content, previous=open_document(held), at=NOW + DAY)
        return codes(check_registry(replace(changed, **changes), root=ROOT_1, previous=held, at=NOW + DAY))

    def test_changes(self) -> None:
        """What is risky about a change is warned of."""
        later = GOOD.expires
        assert self.follows(GOOD) == []
        assert self.follows(registry(entry(20), entry(21), entry(22))) == ["key-starts-early"]
        assert self.follows(registry(entry(20), entry(21), entry(22, valid_from=later))) == []
        assert self.follows(GOOD, version=3) == ["version-gap"]
        assert self.follows(GOOD, previous=bytes(32)) == ["broken-chain"]
        assert self.follows(GOOD, previous=None) == ["broken-chain", "previous-missing"]
        assert self.follows(registry(entry(21))) == ["no-second-key", "key-dropped"]
        three = registry(entry(20), entry(21), entry(22))
        past = registry(entry(20), entry(21), entry(22, retired=KeyEnd(NOW, 1)))
        assert self.follows(past, three) == ["retired-in-the-past"]
        ahead = registry(entry(20), entry(21), entry(22, retired=KeyEnd(NOW + 2 * DAY, 1)))
        assert self.follows(ahead, three) == []

    def test_revoked_keys(self) -> None:
        """A revoked entry stays as it is as long as the epoch lasts: stores would refuse, and the key is named."""
        revoked = entry(22, revoked=KeyEnd(NOW, 2))
        gone = registry(entry(20), entry(21), revoked)
        undone = ["revocation-undone", "revocation-forgotten"]
        assert self.follows(gone, gone) == []
        for changed in (
            GOOD,
            registry(entry(20), entry(21), entry(22)),
            registry(entry(20), entry(21), entry(22, revoked=KeyEnd(NOW, 3))),
            registry(entry(20), entry(21), entry(22, revoked=KeyEnd(NOW, 2), valid_from=NOW)),
        ):
            assert self.follows(changed, gone) == undone
            held = published(gone)
            signed = published(next_registry(changed, previous=open_document(held), at=NOW))
            found = check_registry(signed, root=ROOT_1, previous=held, at=NOW + DAY)
            assert codes(found) == undone
            assert found[1].where == f"{OFFICE}, key {revoked.kid.hex()}"
        long_ago = revoked._replace(valid_from=NOW - 90 * DAY, valid_until=NOW - 30 * DAY)
        assert self.follows(GOOD, registry(entry(20), entry(21), long_ago)) == undone

    def test_status_keys(self) -> None:
        """What a status key's end takes back is said, while its lists may count (AUT-5)."""

        def listed(**changes: Any) -> RegistryDocument:
            return registry(entry(20), entry(21), entry(22, use=KeyUse.STATUS, **changes))

        ends = ["status-key-ends"]
        before = listed()
        assert self.follows(before, before) == []
        assert self.follows(GOOD, before) == ends
        assert self.follows(listed(revoked=KeyEnd(NOW, 2)), before) == ends
        assert self.follows(listed(retired=KeyEnd(NOW, 1)), before) == ends
        for days, expected in ((13, ends), (14, [])):  # 15 days after its last list at the time of the check
            retired = listed(retired=KeyEnd(NOW - days * DAY, 1), valid_from=NOW - 60 * DAY)
            assert self.follows(GOOD, retired) == expected
            assert self.follows(retired, retired) == []

    def test_status_address(self) -> None:
        """An address that changes takes all lists back that stand at the old one (STL-11)."""
        (office,) = GOOD.issuers
        here, there = (
            replace(GOOD, issuers=(office._replace(status=f"https://{name}.example/lists"),)) for name in "ab"
        )
        assert self.follows(here, GOOD) == []
        assert self.follows(here, here) == []
        assert self.follows(there, here) == self.follows(GOOD, here) == ["status-address-changed"]

    def opened(self, content: RegistryDocument, before: bytes, at: datetime = NOW + DAY) -> list[str]:
        """Return what is found about a registry that begins an epoch, after the last honest one."""
        opening = next_root(ROOT, at=at, add_registry=publics(12), drop_registry=publics(10, 11))
        root = sign(sign(opening, key(1)), key(2))
        following = next_registry(content, previous=open_document(before), at=at, root=opening)
        assert (following.epoch, following.version) == (opening.epoch, content.version + 1)
        return codes(check_registry(following, root=root, previous=before, at=at))

    def test_epoch(self) -> None:
        """A new epoch takes honest revocations with it, until the last code of the key is dead (AUT-5, UPD-8)."""
        honest = registry(entry(20), entry(21), entry(22, revoked=KeyEnd(NOW, 2)))
        held = published(honest)
        assert self.opened(honest, held) == []
        assert self.opened(GOOD, held) == ["revocation-forgotten"]
        assert self.opened(registry(entry(20), entry(21), entry(22)), held) == ["revocation-forgotten"]
        for ago, expected in ((DAY, []), (DAY - SECOND, ["revocation-forgotten"])):  # its codes live for a day
            old = entry(22, revoked=KeyEnd(NOW, 2), valid_from=NOW - 90 * DAY, valid_until=NOW + DAY - ago)
            assert self.opened(GOOD, published(registry(entry(20), entry(21), old))) == expected
        with_status = registry(entry(20), entry(21), entry(22, use=KeyUse.STATUS))
        assert self.opened(with_status, published(with_status)) == []
        assert self.opened(GOOD, published(with_status)) == ["status-key-ends"]

    def test_root_of_the_past(self) -> None:
        """A registry is not compared with one of an epoch that the root does not know yet."""
        held = sign(replace(GOOD, epoch=2), key(10), force=("needless-signature",))
        (finding,) = check_registry(GOOD, root=ROOT_1, previous=held, at=NOW)
        assert (finding.code, finding.where) == ("wrong-epoch", "previous registry")

    def test_previous(self) -> None:
        """Without the previous registry, that is said; another authority's is refused."""
        second = replace(GOOD, version=2, previous=bytes(32))
        assert codes(check_registry(second, root=ROOT_1, at=NOW)) == ["previous-not-checked"]
        other = sign(replace(EMPTY, authority=RegionId("CN-31")), key(10), force=("needless-signature",))
        (finding,) = check_registry(second, root=ROOT_1, previous=other, at=NOW)
        assert (finding.code, finding.where) == ("wrong-authority", "previous registry")
        assert codes(check_registry(second, root=ROOT_1, previous=ROOT_1, at=NOW)) == ["unsupported-kind"]
        held = published(GOOD)
        assert codes(check_registry(held, root=ROOT_1, previous=held, at=NOW)) == ["unchanged"]
