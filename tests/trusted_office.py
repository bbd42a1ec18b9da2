"""An office whose keys a real trust store lists now, by the clock of this machine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from healthpass import Color, IssuerId, RegionId, Scope, SigningKey
from healthpass.authority import Entry, KeyRequest, KeyUse, Names, Root, first_registry, import_request, sign
from healthpass.ledger import SqliteLedger
from healthpass.store import TrustStore, document_digest

ADDRESS = "https://status.example.cn/hangzhou"
OFFICE = "CN-33-01.WJW"
DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
SCOPE = Scope(colors=list(Color), max_lifetime=DAY, max_bearer_lifetime=DAY, max_lifetime_without_status=DAY)


class Office:
    """An office, its authority, and the store that trusts it."""

    def __init__(self, folder: Path) -> None:
        person, machine = SigningKey.generate(), SigningKey.generate()
        self.key, self.status_key = SigningKey.generate(), SigningKey.generate()
        root = Root(
            authority=RegionId("CN-33"),
            environment="production",
            epoch=1,
            version=1,
            issued=NOW,
            expires=NOW + 365 * DAY,
            root_keys=(person.public_key,),
            root_threshold=1,
            registry_keys=(machine.public_key,),
            registry_threshold=1,
        )
        registry = first_registry(root, Names("浙江省", "Zhejiang"), at=NOW, lifetime=30 * DAY)
        entry: Entry | None = Entry(Names("杭州市卫健委", "Hangzhou Health Commission"), "tel:12320")
        for key, use in ((self.key, KeyUse.CREDENTIAL), (self.status_key, KeyUse.STATUS)):
            request = KeyRequest(
                issuer=IssuerId(OFFICE),
                authority=RegionId("CN-33"),
                environment="production",
                issued=NOW,
                expires=NOW + DAY,
                public_key=key.public_key,
                use=use,
                valid_from=NOW,
                valid_until=NOW + 90 * DAY,
                scope=SCOPE,
            )
            registry = import_request(registry, request, new=entry)
            entry = None
        registry = replace(registry, issuers=(registry.issuers[0]._replace(status=ADDRESS),))
        signed_root = sign(root, person)
        self.store = TrustStore.create(folder / "trust")
        self.store.pin_document(signed_root, digest=document_digest(signed_root))
        self.store.update(sign(registry, machine, root=signed_root))
        self.ledger = SqliteLedger.create(folder / "ledger", OFFICE)
