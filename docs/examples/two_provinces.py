"""Two provinces and a national platform: who accepts a code from Hangzhou, until a key is stolen there.

Run it with `python docs/examples/two_provinces.py`. It needs no network and leaves no file. It prints:

    The gate is offered 4 documents: 3 applied, 1 unchanged
    A code from Hangzhou is green: Shanghai recognises Zhejiang, which lists Hangzhou Health Commission
    A code that a forger made: unknown-key
    The platform leaves out 'Shanghai': malformed-envelope
    The station is offered 4 documents: 3 applied, 1 unchanged
    The same code is green: National platform recognises Zhejiang, which lists Hangzhou Health Commission
    The gate is offered 2 documents: 1 applied, 1 unchanged
    The code from Hangzhou: key-revoked
    The key that signed this code has been revoked, so the code no longer counts; ask the holder to renew it.
    The station is offered 6 documents: 3 applied, 3 unchanged
    The code from Hangzhou: key-revoked
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from healthpass import Color, HealthCode, Issuer, IssuerId, RegionId, Scope, SigningKey, Verified, Verifier
from healthpass.authority import (
    Entry,
    KeyEndReason,
    KeyRequest,
    KeyUse,
    Names,
    Root,
    first_registry,
    import_request,
    next_registry,
    open_document,
    recognise,
    revoke,
    sign,
)
from healthpass.store import PublishedBundle, TrustStore, compose_bundle, document_digest

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
YEAR = 365 * DAY
# Every colour, in codes that live for a day at most. What a scope does not allow is not allowed.
ONE_DAY = Scope(colors=list(Color), max_lifetime=DAY, max_bearer_lifetime=DAY, max_lifetime_without_status=DAY)


class Authority:
    """The authority of a region, which says who issues codes there."""

    def __init__(self, region: str, names: Names) -> None:
        """Make a root: three people guard it, and two of them must sign."""
        people = [SigningKey.generate() for _ in range(3)]
        self.machine = SigningKey.generate()  # signs the registries: each lives for a month
        root = Root(
            authority=RegionId(region),
            environment="production",
            epoch=1,
            version=1,
            issued=NOW,
            expires=NOW + YEAR,
            root_keys=tuple(person.public_key for person in people),
            root_threshold=2,
            registry_keys=(self.machine.public_key,),
            registry_threshold=1,
        )
        signed_by_one = sign(root, people[0])
        self.root = sign(signed_by_one, people[2])
        self.draft = first_registry(root, names, at=NOW, lifetime=30 * DAY)
        self.registry = b""

    def recognise(self, other: "Authority") -> None:
        """Recognise another authority by its root, for three months."""
        root, until = open_document(other.root), NOW + 90 * DAY
        names = other.draft.names
        self.draft = recognise(self.draft, root, names=names, valid_from=NOW, valid_until=until, scope=ONE_DAY)

    def publish(self) -> bytes:
        """Sign the draft as the next registry; return it behind the root, for whoever wants them."""
        if self.registry:
            self.draft = next_registry(self.draft, previous=open_document(self.registry), at=NOW)
        self.registry = sign(self.draft, self.machine, root=self.root, previous=self.registry or None)
        return self.root + self.registry


class Gate:
    """A gate that has pinned an authority, whose digest somebody has compared. All else follows from it."""

    def __init__(self, name: str, folder: Path, anchor: Authority) -> None:
        self.name = name
        self.store = TrustStore.create(folder)
        self.store.pin_document(anchor.root, digest=document_digest(anchor.root))
        self.verifier = Verifier(self.store.registry)

    def update(self, documents: bytes) -> None:
        """Offer documents to the store. It takes what is signed by those whom it trusts, and nothing else."""
        outcomes = Counter(str(result.outcome) for result in self.store.update(documents))
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        print(f"The {self.name} is offered {outcomes.total()} documents: {told}")

    def tell(self, what: str, code: str) -> None:
        """Judge a code, and say by which path it is trusted."""
        verified: Verified = self.verifier.verify(code)
        if verified.path:  # there is none where a gate has pinned keys by hand
            anchor, authority = verified.path.anchor.name_en, verified.path.authority.name_en
            color, office = verified.health.color.words.en, verified.issuer.name_en
            print(f"{what} is {color}: {anchor} recognises {authority}, which lists {office}")


def main(folder: Path) -> None:
    """Tell the story; the gate's trust store lies in the folder."""
    zhejiang = Authority("CN-33", Names("浙江省", "Zhejiang"))
    shanghai = Authority("CN-31", Names("上海市", "Shanghai"))

    # 1. An office in Hangzhou makes a key, and asks its authority to list it. The request is signed with that key.
    key = SigningKey.generate()
    request = KeyRequest(
        issuer=IssuerId("CN-33-01.WJW"),
        authority=RegionId("CN-33"),
        environment="production",
        issued=NOW,
        expires=NOW + 7 * DAY,
        public_key=key.public_key,
        use=KeyUse.CREDENTIAL,
        valid_from=NOW,
        valid_until=NOW + YEAR,
        scope=ONE_DAY,
    ).sign(key)

    # 2. Zhejiang's authority checks the request, compares the key's thumbprint with the office by telephone, and
    #    lists the key.
    checked = KeyRequest.check(request, authority="CN-33", environment="production", at=NOW)
    entry = Entry(Names("杭州市卫生健康委员会", "Hangzhou Health Commission"), "https://hangzhou.example/appeal")
    zhejiang.draft = import_request(zhejiang.draft, checked, new=entry)

    # 3. Shanghai's authority recognises Zhejiang's, by its root, for three months. That is Shanghai's act alone:
    #    it does not mean that Zhejiang recognises Shanghai.
    shanghai.recognise(zhejiang)

    # 4. A gate in Shanghai pins Shanghai's root.
    gate = Gate("gate", folder / "gate", shanghai)
    gate.update(shanghai.publish() + zhejiang.publish())

    # 5. The office issues a code. The gate judges it without a network.
    issuer = Issuer("CN-33-01.WJW", signer=key, lifetime=DAY)
    code = issuer.issue(HealthCode(color=Color.GREEN, holder="张*丰"), at=NOW).text
    gate.tell("A code from Hangzhou", code)

    # 6. Anybody can sign a code in the office's name, but not with a key that its authority lists. `judge` raises
    #    nothing, and its answer is what a service can send as JSON.
    forger = Issuer("CN-33-01.WJW", signer=SigningKey.generate(), lifetime=DAY)
    forged = forger.issue(HealthCode(color=Color.GREEN, holder="张*丰"), at=NOW).text
    print("A code that a forger made:", gate.verifier.judge(forged).verdict)

    # 7. The national platform recognises both, and bundles what they publish: a station has one anchor, and one
    #    address to ask. Today Shanghai's server answers with a page. That is left out, and costs nobody else
    #    anything. The platform signs its own registry only: it passes on what the provinces have signed.
    platform = Authority("CN", Names("国家平台", "National platform"))
    platform.recognise(zhejiang)
    platform.recognise(shanghai)
    platform.publish()

    def bundled(before: bytes = b"", **news: bytes) -> PublishedBundle:
        return compose_bundle([platform.root], platform.registry, news, before=before, at=NOW)

    first = bundled(Zhejiang=zhejiang.root + zhejiang.registry, Shanghai=b"<html>502 Bad Gateway</html>")
    for line in first.left_out:
        print("The platform leaves out", ":".join(line.split(":")[:2]))
    station = Gate("station", folder / "station", platform)
    station.update(first.content)
    station.tell("The same code", code)

    # 8. The office's key is stolen. Its authority revokes it, and the gate takes the next registry: from now on
    #    nothing that the key has ever signed counts, whoever signed it.
    raw = key.public_key.to_bytes()
    zhejiang.draft = revoke(zhejiang.draft, raw, at=NOW, reason=KeyEndReason.COMPROMISE)
    gate.update(zhejiang.publish())
    judgement = gate.verifier.judge(code)
    print("The code from Hangzhou:", judgement.verdict)
    print(judgement.verdict.guard.en)

    # 9. The station learns of it by way of the platform, with its next bundle.
    news = zhejiang.root + zhejiang.registry
    station.update(bundled(first.content, Zhejiang=news, Shanghai=shanghai.root + shanghai.registry).content)
    print("The code from Hangzhou:", station.verifier.judge(code).verdict)


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        main(Path(temporary))
