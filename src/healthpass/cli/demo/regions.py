"""The regions that the demo plays: documents, keys and stores are real ones, made with the public tools."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from healthpass import Color, HealthCode, IssuerId, RegionId, Scope, SigningKey, issue
from healthpass.authority import (
    IssuerEntry,
    KeyEntry,
    KeyUse,
    Names,
    Root,
    first_registry,
    next_registry,
    open_document,
    recognise,
    sign,
)
from healthpass.store import StoreError, TrustStore, document_digest

DAY: Final = timedelta(days=1)
_YEAR: Final = 365 * DAY
_ALL: Final = Scope(
    colors=frozenset(Color), max_lifetime=DAY, max_bearer_lifetime=DAY, max_lifetime_without_status=DAY
)


class Office:
    """An office that signs health codes.

    Attributes:
        id: its issuer id.
        names: what it is called.
        key: the key that it signs with.
        spare: the key for the day on which it loses the first (AUT-2).
        status_key: the key that signs its status lists.
        base: the address of these lists; empty where it has none.
    """

    def __init__(self, name: str, zh: str, en: str, base: str = "") -> None:
        self.id: Final = IssuerId(name)
        self.names: Final = Names(zh, en)
        self.key, self.spare, self.status_key = (SigningKey.generate() for _ in range(3))
        self.base: Final = base

    def code(self, at: datetime, *, key: SigningKey | None = None, holder: str = "张*丰") -> str:
        """Issue a green code, with the first key unless another one is given."""
        health = HealthCode(color=Color.GREEN, holder=holder)
        return issue(health, issuer=self.id, signer=key or self.key, lifetime=DAY, at=at).text

    def entry(self, at: datetime) -> IssuerEntry:
        """Write what a registry says of it: its keys, for a year, and what each may sign."""
        keys = tuple(
            KeyEntry(key.public_key.to_bytes(), use, at, at + _YEAR, scope)
            for key, use, scope in (
                (self.key, KeyUse.CREDENTIAL, _ALL),
                (self.spare, KeyUse.CREDENTIAL, _ALL),
                (self.status_key, KeyUse.STATUS, Scope()),
            )
        )
        appeal = f"https://{self.id.lower()}.example/appeal"
        return IssuerEntry(self.id, self.names, appeal, keys, self.base or None)


class Authority:
    """An authority, with its one office: two of three people sign its root, and a machine its registries.

    Attributes:
        id: its region.
        names: what it is called.
        office: the office that it lists.
        root: its root.
        draft: what its next registry shall say.
        registry: the registry that it has published last.
    """

    def __init__(self, at: datetime, name: str, zh: str, en: str, office: Office) -> None:
        self.id: Final = RegionId(name)
        self.names: Final = Names(zh, en)
        self.office: Final = office
        people = [SigningKey.generate() for _ in range(3)]
        self._machine = SigningKey.generate()
        root = Root(
            authority=self.id,
            environment="production",
            epoch=1,
            version=1,
            issued=at,
            expires=at + _YEAR,
            root_keys=tuple(person.public_key for person in people),
            root_threshold=2,
            registry_keys=(self._machine.public_key,),
            registry_threshold=1,
        )
        self.root: Final = sign(sign(root, people[0]), people[2])
        self.draft = first_registry(root, self.names, at=at, lifetime=30 * DAY)
        self.draft = replace(self.draft, issuers=(office.entry(at),))
        self.registry = b""

    def recognise(self, *others: "Authority", at: datetime) -> None:
        """Recognise others for 90 days, from the next registry on."""
        for other in others:
            root = open_document(other.root)
            until = at + 90 * DAY
            self.draft = recognise(
                self.draft, root, names=other.names, valid_from=at, valid_until=until, scope=_ALL
            )

    def publish(self, at: datetime) -> None:
        """Sign the draft, as the registry that follows the last one."""
        if self.registry:
            self.draft = next_registry(self.draft, previous=open_document(self.registry), at=at)
        self.registry = sign(self.draft, self._machine, root=self.root, previous=self.registry or None)


class Delta:
    """The Yangtze delta: four provinces and the national platform.

    Args:
        at: when they publish for the first time.
    """

    def __init__(self, at: datetime) -> None:
        shanghai = Office("CN-31.WJW", "上海市卫生健康委员会", "Shanghai Health Commission")
        nanjing = Office("CN-32-01.WJW", "南京市卫生健康委员会", "Nanjing Health Commission")
        lists = "https://cn-33-01.wjw.example/status"
        hangzhou = Office("CN-33-01.WJW", "杭州市卫生健康委员会", "Hangzhou Health Commission", lists)
        hefei = Office("CN-34-01.WJW", "合肥市卫生健康委员会", "Hefei Health Commission")
        national = Office("CN.WJW", "国家卫生健康委员会", "National Health Commission")
        self.shanghai: Final = Authority(at, "CN-31", "上海市", "Shanghai", shanghai)
        self.jiangsu: Final = Authority(at, "CN-32", "江苏省", "Jiangsu", nanjing)
        self.zhejiang: Final = Authority(at, "CN-33", "浙江省", "Zhejiang", hangzhou)
        self.anhui: Final = Authority(at, "CN-34", "安徽省", "Anhui", hefei)
        self.platform: Final = Authority(at, "CN", "国家平台", "national platform", national)
        self.all: Final = (self.shanghai, self.jiangsu, self.zhejiang, self.anhui, self.platform)
        self.zhejiang.recognise(self.shanghai, self.jiangsu, at=at)
        self.shanghai.recognise(self.zhejiang, at=at)
        self.platform.recognise(*self.all[:4], at=at)
        for authority in self.all:
            authority.publish(at)

    def recognised(self, authority: Authority) -> list[Authority]:
        """Return whom an authority recognises."""
        ids = {recognition.authority for recognition in authority.draft.recognitions}
        return [one for one in self.all if one.id in ids]

    def bundle(self, anchor: Authority) -> bytes:
        """Join what a gate of an authority needs: its documents, and those of whom it recognises (BDL-3)."""
        return b"".join(one.root + one.registry for one in (anchor, *self.recognised(anchor)))

    def gate(self, folder: Path, anchor: Authority, at: datetime) -> TrustStore:
        """Begin a gate that trusts one anchor; the store of an earlier run begins anew."""
        try:
            store = TrustStore.create(folder)
        except StoreError:
            store = TrustStore.open(folder)
        for earlier in store.anchors:
            store.unpin(earlier)
        store.pin_document(anchor.root, digest=document_digest(anchor.root), at=at)
        store.update(self.bundle(anchor), at=at)
        return store
