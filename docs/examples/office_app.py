"""The office of `office.py` from files and the environment, for several workers.

    uvicorn --factory office_app:app --workers 4

| variable | what it names |
|---|---|
| `OFFICE_ID` | the issuer, such as `CN-33-01.WJW` |
| `OFFICE_BASE` | where the status lists stand, as the registry says |
| `OFFICE_LEDGER` | the ledger (`healthpass status init`): a folder, or `postgresql://...` |
| `OFFICE_STORE` | the trust store (`healthpass trust pin`), a folder |
| `OFFICE_KEY`, `OFFICE_STATUS_KEY` | the keys, PEM files that this account alone may read |
| `OFFICE_SHARED` | what workers share: a file, best in memory (`/run/office/shared`), or `postgresql://...` |

Each worker opens the ledger and the store for itself: both are made for several processes. What one worker has
seen and asked, the others have to know as well: a screenshot would pass once at each of them.
"""

import os
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from healthpass import Issuer, SigningKey
from healthpass.ledger import open_ledger
from healthpass.shared import open_memory
from healthpass.store import TrustStore
from office import office


def app() -> FastAPI:
    """Make the service of one worker."""
    key, status_key = (_key(os.environ[name]) for name in ("OFFICE_KEY", "OFFICE_STATUS_KEY"))
    ledger = open_ledger(os.environ["OFFICE_LEDGER"])
    registry = TrustStore.open(os.environ["OFFICE_STORE"]).registry
    name, base = os.environ["OFFICE_ID"], os.environ["OFFICE_BASE"]
    issuer = Issuer(name, signer=key, lifetime=timedelta(hours=24), registry=registry, ledger=ledger)
    shared = open_memory(os.environ["OFFICE_SHARED"])
    return office(issuer, ledger, registry, status_key, base, replays=shared, challenges=shared)


def _key(path: str) -> SigningKey:
    return SigningKey.from_pem(Path(path).read_bytes())
