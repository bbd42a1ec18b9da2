"""The world of the demo's second half: the provinces of the Yangtze delta, the national platform, and their gates.

Keys, documents and stores are real ones, made by the library's own tools. Only the people are missing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self

from healthpass import Color, HealthCode, IssuerId, RegionId, Scope, SigningKey, VerificationError, issue, verify
from healthpass.authority import (
    Entry,
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
    unrecognise,
)
from healthpass.cli import stores
from healthpass.cli.listed import with_status_base
from healthpass.cli.show.answer import Judged
from healthpass.documents._statement import PRODUCTION
from healthpass.store import Result, TrustStore, document_digest

LIFETIME: Final = timedelta(hours=24)
DAY: Final = timedelta(days=1)
COMPROMISE: Final = 2  # spec/registries/key-end-reasons.csv
ROOT_LIFE: Final = 365 * DAY
REGISTRY_LIFE: Final = 30 * DAY
RECOGNISED_FOR: Final = 90 * DAY
BASE: Final = "https://cn-33-01.wjw.example/status"
SCOPE: Final = Scope(
    colors=frozenset(Color), max_lifetime=DAY, max_bearer_lifetime=DAY, max_lifetime_without_status=DAY
)
_WITNESSES: Final = 3
_ENOUGH: Final = 2


class Office(NamedTuple):
    """An office that signs health codes.

    Attributes:
        id: its issuer id.
        names: what it is called.
        keys: its keys; the second is for the day on which it loses the first (AUT-2).
        status_key: the key that signs its status lists.
        base: where these stand; None where it publishes none.
    """

    id: IssuerId
    names: Names
    keys: tuple[SigningKey, ...]
    status_key: SigningKey
    base: str | None

    @classmethod
    def begin(cls, name: str, zh: str, en: str, key: SigningKey | None = None, base: str | None = None) -> Self:
        """Open an office, with the key that it has already or a new one."""
        keys = (key or SigningKey.generate(), SigningKey.generate())
        return cls(IssuerId(name), Names(zh, en), keys, SigningKey.generate(), base)

    def code(self, at: datetime, *, key: int = 0, holder: str = "张*丰") -> str:
        """Issue a green code."""
        health = HealthCode(color=Color.GREEN, holder=holder)
        return issue(health, issuer=self.id, signer=self.keys[key], lifetime=LIFETIME, at=at).text


class Region:
    """An authority: a root that two of three people have signed, and the registry that it has published.

    Attributes:
        id: its region.
        names: what it is called.
        office: its office; None for the national platform, which sets no colours.
        root: its root.
        registry: the registry that it has published last.
    """

    def __init__(self, name: str, zh: str, en: str, at: datetime, office: Office | None = None) -> None:
        self.id: Final = RegionId(name)
        self.names: Final = Names(zh, en)
        self.office: Final = office
        people = [SigningKey.generate() for _ in range(_WITNESSES)]
        self._machine = SigningKey.generate()
        self._began = at
        root = Root(
            authority=self.id,
            environment=PRODUCTION,
            epoch=1,
            version=1,
            issued=self._began,
            expires=at + ROOT_LIFE,
            root_keys=tuple(person.public_key for person in people),
            root_threshold=_ENOUGH,
            registry_keys=(self._machine.public_key,),
            registry_threshold=1,
        )
        self.root: Final = sign(sign(root, people[0]), people[2])
        self.registry = b""
        self._draft = first_registry(root, self.names, at=self._began, lifetime=REGISTRY_LIFE)
        if office:
            for key in office.keys:
                self._list(office, key, KeyUse.CREDENTIAL, at)
        if office and office.base:
            self._list(office, office.status_key, KeyUse.STATUS, at)
            self._draft = with_status_base(self._draft, office.id, office.base)

    @property
    def recognised(self) -> tuple[RegionId, ...]:
        """Whom it recognises."""
        return tuple(recognition.authority for recognition in self._draft.recognitions)

    def recognise(self, others: Iterable["Region"]) -> None:
        """Recognise others, from the next registry on."""
        until = self._began + RECOGNISED_FOR
        for other in others:
            root = open_document(other.root)
            self._draft = recognise(self._draft, root, valid_from=self._began, valid_until=until, scope=SCOPE)

    def forget(self, other: "Region") -> None:
        """Recognise another one no longer, from the next registry on."""
        self._draft = unrecognise(self._draft, other.id)

    def revoke(self, key: SigningKey, at: datetime) -> None:
        """Revoke a stolen key, from the next registry on."""
        self._draft = revoke(self._draft, key.public_key.to_bytes(), at=at, reason=COMPROMISE)

    def publish(self, at: datetime) -> None:
        """Publish a registry."""
        if self.registry:
            previous = open_document(self.registry)
            self._draft = next_registry(self._draft, previous=previous, at=at)
        self.registry = sign(self._draft, self._machine, root=self.root)

    def bundle(self, others: Iterable["Region"]) -> bytes:
        """Return its own documents and those of others, as it publishes them (BDL-3)."""
        regions = (self, *others)
        return b"".join([*(region.root for region in regions), *(region.registry for region in regions)])

    def _list(self, office: Office, key: SigningKey, use: int, at: datetime) -> None:
        """List a key on the request that its office has signed (AUT-6)."""
        start, end = self._began, at + ROOT_LIFE
        request = KeyRequest(
            issuer=office.id,
            authority=self.id,
            environment=PRODUCTION,
            issued=start,
            expires=at + DAY,
            public_key=key.public_key,
            use=use,
            valid_from=start,
            valid_until=end,
            scope=SCOPE if use == KeyUse.CREDENTIAL else Scope(),
        )
        asked = KeyRequest.check(request.sign(key), authority=self.id, environment=PRODUCTION, at=start)
        known = any(issuer.id == office.id for issuer in self._draft.issuers)
        entry = None if known else Entry(office.names, f"https://{self.id.lower()}.example/appeal")
        self._draft = import_request(self._draft, asked, new=entry)


class Gate(NamedTuple):
    """A gate: a trust store on its disk, and nothing else."""

    store: TrustStore

    @classmethod
    def begin(cls, folder: Path, anchor: Region, at: datetime) -> Self:
        """Pin an anchor by its thumbprint; a store of an earlier run begins anew."""
        with stores.using(folder):
            store = TrustStore.open(folder) if stores.is_store(folder) else TrustStore.create(folder)
            for earlier in store.anchors:
                store.unpin(earlier)
            store.pin_document(anchor.root, digest=document_digest(anchor.root), at=at)
        return cls(store)

    def update(self, bundle: bytes, at: datetime) -> tuple[Result, ...]:
        """Take what has been published."""
        with stores.using(self.store.path):
            return self.store.update(bundle, at=at)

    def judge(self, text: str, at: datetime) -> Judged:
        """Judge a code, offline."""
        with stores.using(self.store.path):
            registry = self.store.registry()
        try:
            return verify(text, registry=registry, at=at)
        except VerificationError as error:
            return error


class Delta:
    """Four provinces, the national platform, and the gates of three of them and of a railway station.

    Args:
        at: the present; the story begins two days before it, so that nothing is dated ahead.
        folder: where the stores are kept.
        key: the key that the office in Hangzhou signs with.

    Attributes:
        start: when all has been published for the first time.
        at: the present.
    """

    def __init__(self, at: datetime, folder: Path, key: SigningKey) -> None:
        self.at: Final = at
        start = at - 2 * DAY
        self.start: Final = start
        shanghai = Office.begin("CN-31.WJW", "上海市卫生健康委员会", "Shanghai Health Commission")
        nanjing = Office.begin("CN-32-01.WJW", "南京市卫生健康委员会", "Nanjing Health Commission")
        hangzhou = Office.begin("CN-33-01.WJW", "杭州市卫生健康委员会", "Hangzhou Health Commission", key, BASE)
        hefei = Office.begin("CN-34-01.WJW", "合肥市卫生健康委员会", "Hefei Health Commission")
        self.shanghai: Final = Region("CN-31", "上海市", "Shanghai", start, shanghai)
        self.jiangsu: Final = Region("CN-32", "江苏省", "Jiangsu", start, nanjing)
        self.zhejiang: Final = Region("CN-33", "浙江省", "Zhejiang", start, hangzhou)
        self.anhui: Final = Region("CN-34", "安徽省", "Anhui", start, hefei)
        self.platform: Final = Region("CN", "国家平台", "national platform", start)
        self.zhejiang.recognise((self.shanghai, self.jiangsu))
        self.shanghai.recognise((self.zhejiang,))
        self.platform.recognise(self.provinces)
        for region in self.regions:
            region.publish(start)
        self.zhejiang_gate: Final = self._gate(folder / "zhejiang-gate", self.zhejiang)
        self.shanghai_gate: Final = self._gate(folder / "shanghai-gate", self.shanghai)
        self.jiangsu_gate: Final = self._gate(folder / "jiangsu-gate", self.jiangsu)
        self.station: Final = self._gate(folder / "station", self.platform)

    @property
    def provinces(self) -> tuple[Region, ...]:
        """The four provinces."""
        return self.shanghai, self.jiangsu, self.zhejiang, self.anhui

    @property
    def regions(self) -> tuple[Region, ...]:
        """All authorities."""
        return (*self.provinces, self.platform)

    def bundle(self, region: Region) -> bytes:
        """Return what an authority publishes: its own documents, and those of whom it recognises."""
        return region.bundle(other for other in self.provinces if other.id in region.recognised)

    def _gate(self, folder: Path, anchor: Region) -> Gate:
        gate = Gate.begin(folder, anchor, self.start)
        gate.update(self.bundle(anchor), self.start)
        return gate
