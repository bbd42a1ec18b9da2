"""Two provinces: a gate in Shanghai accepts codes from Hangzhou, until a key is stolen there.

Run it with `python docs/examples/two_provinces.py`. It needs no network and leaves no file. It prints:

    The gate is offered 4 documents: unchanged, applied, applied, applied
    A code from Hangzhou is green: Shanghai recognises Zhejiang, which lists Hangzhou Health Commission
    A code that a forger made: unknown-key
    The gate is offered 2 documents: unchanged, applied
    The code from Hangzhou: key-revoked
    The key that signed this code has been revoked, so the code no longer counts; ask the holder to renew it.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from healthpass import Color, HealthCode, Issuer, IssuerId, RegionId, Scope, SigningKey, Verifier
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
from healthpass.store import TrustStore, document_digest

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

    def publish(self) -> bytes:
        """Sign the draft as the next registry; return it behind the root, for whoever wants them."""
        if self.registry:
            self.draft = next_registry(self.draft, previous=open_document(self.registry), at=NOW)
        self.registry = sign(self.draft, self.machine, root=self.root, previous=self.registry or None)
        return self.root + self.registry


def update(store: TrustStore, documents: bytes) -> None:
    """Offer documents to a store. It takes what is signed by those whom it trusts, and nothing else."""
    results = store.update(documents)
    outcomes = ", ".join(result.outcome for result in results)
    print(f"The gate is offered {len(results)} documents: {outcomes}")


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
    root = open_document(zhejiang.root)
    until = NOW + 90 * DAY
    names = Names("浙江省", "Zhejiang")
    shanghai.draft = recognise(shanghai.draft, root, names=names, valid_from=NOW, valid_until=until, scope=ONE_DAY)

    # 4. A gate in Shanghai pins Shanghai's root, whose digest somebody has compared. All else follows from it.
    store = TrustStore.create(folder / "gate")
    store.pin_document(shanghai.root, digest=document_digest(shanghai.root))
    update(store, shanghai.publish() + zhejiang.publish())
    gate = Verifier(store.registry)

    # 5. The office issues a code. The gate judges it without a network.
    issuer = Issuer("CN-33-01.WJW", signer=key, lifetime=DAY)
    code = issuer.issue(HealthCode(color=Color.GREEN, holder="张*丰"), at=NOW).text
    verified = gate.verify(code)
    if verified.path:  # there is none where a gate has pinned keys by hand
        anchor, authority = verified.path.anchor.name_en, verified.path.authority.name_en
        color, office = verified.health.color.words.en, verified.issuer.name_en
        print(f"A code from Hangzhou is {color}: {anchor} recognises {authority}, which lists {office}")

    # 6. Anybody can sign a code in the office's name, but not with a key that its authority lists. `judge` raises
    #    nothing, and its answer is what a service can send as JSON.
    forger = Issuer("CN-33-01.WJW", signer=SigningKey.generate(), lifetime=DAY)
    forged = forger.issue(HealthCode(color=Color.GREEN, holder="张*丰"), at=NOW).text
    print("A code that a forger made:", gate.judge(forged).verdict)

    # 7. The office's key is stolen. Its authority revokes it, and the gate takes the next registry: from now on
    #    nothing that the key has ever signed counts, whoever signed it.
    raw = key.public_key.to_bytes()
    zhejiang.draft = revoke(zhejiang.draft, raw, at=NOW, reason=KeyEndReason.COMPROMISE)
    update(store, zhejiang.publish())
    judgement = gate.judge(code)
    print("The code from Hangzhou:", judgement.verdict)
    print(judgement.verdict.guard.en)


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        main(Path(temporary))
