"""The office of `office.py` from files and the environment, for several workers of one computer.

    uvicorn --factory office_app:app --workers 4

| variable | what it names |
|---|---|
| `OFFICE_ID` | the issuer, such as `CN-33-01.WJW` |
| `OFFICE_BASE` | where the status lists stand, as the registry says |
| `OFFICE_FOLDER` | a folder with `ledger` (`healthpass status init`) and `store` (`healthpass trust pin`) |
| `OFFICE_KEY`, `OFFICE_STATUS_KEY` | the keys, PEM files that this account alone may read |
| `OFFICE_SHARED` | a file that the workers share, best in memory, such as `/run/office/shared` |

Each worker opens the ledger and the store for itself: both are made for several processes.
"""

import os
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from healthpass import Issuer, SigningKey
from healthpass.ledger import SqliteLedger
from healthpass.store import TrustStore
from office import office
from shared_memory import SharedEnrolment, SharedFile, SharedReplays


def app() -> FastAPI:
    """Make the service of one worker."""
    folder = Path(os.environ["OFFICE_FOLDER"])
    key, status_key = (_key(os.environ[name]) for name in ("OFFICE_KEY", "OFFICE_STATUS_KEY"))
    ledger = SqliteLedger(folder / "ledger")
    registry = TrustStore.open(folder / "store").registry
    name, base = os.environ["OFFICE_ID"], os.environ["OFFICE_BASE"]
    issuer = Issuer(name, signer=key, lifetime=timedelta(hours=24), registry=registry, ledger=ledger)
    shared = SharedFile(Path(os.environ["OFFICE_SHARED"]))
    replays, enrolment = SharedReplays(shared), SharedEnrolment(shared, name)
    return office(issuer, ledger, registry, status_key, base, replays=replays, enrolment=enrolment)


def _key(path: str) -> SigningKey:
    return SigningKey.from_pem(Path(path).read_bytes())
