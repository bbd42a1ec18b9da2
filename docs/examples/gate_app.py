"""A gate as a web service: a back end in Java, Go or PHP sends what a scanner has read, and gets a judgement.

    pip install healthpass fastapi uvicorn
    uvicorn --factory gate_app:app --host 127.0.0.1 --port 8460 --workers 4 --no-access-log

| variable | what it names |
|---|---|
| `GATE_STORE` | the trust store (`healthpass trust pin`), a folder; a timer updates it |
| `GATE_SHARED` | what workers share: a file, best in memory (`/run/gate/shared`), or `postgresql://...` |
| `GATE_POLICY` | the office whose policy the gate follows, like `CN-33-01.WJW`; not needed |

Each worker opens the store for itself, and judges by the newest lists that the timer has brought. A judgement
needs no network. The service trusts whoever reaches it: let it listen on this machine alone, beside the back end.
It writes no log of requests: a code that somebody puts into an address by mistake would stand there.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from healthpass import (
    Challenge,
    ChallengeError,
    FailedJudgement,
    HealthpassError,
    MalformedError,
    ValidJudgement,
    Verifier,
)
from healthpass.health import Level, Report, check_store
from healthpass.shared import FileMemory, PostgresMemory, SharedError, open_memory
from healthpass.store import TrustStore

Text = Annotated[str, Field(max_length=4096)]


# 1. What requests send. `challenge` is the text that this gate has shown, if it did: it comes from the gate's own
#    screen, and never from the holder. Without it any fresh showing passes, so a gate that asks always sends it.
class Shown(BaseModel):
    """What a scanner has read, and what the guard knows beside it, for a gate with a policy."""

    model_config = ConfigDict(extra="forbid")  # a misspelt `challenge` would be judged without one

    text: Text
    challenge: Text | None = None
    answers: Annotated[dict[str, StrictBool], Field(max_length=64)] | None = None
    document: StrictBool | None = None
    place: Annotated[str, Field(max_length=64)] | None = None


class Asked(BaseModel):
    """What a gate with a screen shows."""

    challenge: str


# 2. The service. `TrustStore.registry` is given as a method: each code is judged by the newest lists.
def gate(folder: Path, shared: FileMemory | PostgresMemory, policy: str | None = None) -> FastAPI:
    """Make the service of a gate.

    Args:
        folder: its trust store.
        shared: what its workers share: which presentations have passed, and which challenges were shown.
        policy: the office whose policy it follows, or None.
    """
    service = FastAPI(title="A gate")
    verifier = Verifier(TrustStore.open(folder).registry, replay=shared, policy=policy)

    # 3. Judging. A code that is not valid is no error of the service: the answer is 200, and says what was found
    #    and what to tell the guard and the holder. Whether a valid code opens the door is the caller's own rule.
    @service.post("/verifications")
    def verify(shown: Shown) -> ValidJudgement | FailedJudgement:
        """Judge a code."""
        nonce = None if shown.challenge is None else Challenge.take_shown(shown.challenge, shared)
        return verifier.judge(
            shown.text, nonce=nonce, answers=shown.answers, document=shown.document, place=shown.place
        )

    # 4. A gate with a screen shows a new challenge to each holder, and sends it back with what he answers.
    @service.post("/challenges", status_code=201)
    def challenge() -> Asked:
        """Make a challenge, which one showing can answer within two minutes."""
        return Asked(challenge=Challenge(challenges=shared).text)

    # 5. For whoever watches: 503 where a guard would meet "cannot judge" soon, and where the memory fails.
    @service.get("/health")
    def health(response: Response) -> Report:
        """Tell how long what is held still lasts."""
        shared.take("", datetime.now(UTC))  # no challenge: it raises where the memory cannot be used
        report = Report.of([check_store(folder)])
        response.status_code = 200 if report.level in {Level.OK, Level.WARNING} else 503
        return report

    # 6. What is wrong with a request is told by its path, and never repeated: it may be about a person.
    @service.exception_handler(RequestValidationError)
    def refuse(_: Request, error: RequestValidationError) -> Response:
        known = {"body", *Shown.model_fields}
        problems = [
            {"loc": [part for part in one["loc"] if part in known], "msg": one["msg"]}
            for one in error.errors()[:20]
        ]
        return JSONResponse({"detail": problems}, status_code=422)

    @service.exception_handler(ChallengeError)  # taken before, or too old
    @service.exception_handler(MalformedError)  # no challenge of ours
    def ask_again(_: Request, error: HealthpassError) -> Response:
        return JSONResponse({"detail": str(error)}, status_code=409)

    @service.exception_handler(ValueError)  # answers, a document or a place that the policy does not ask for
    def misunderstood(_: Request, error: ValueError) -> Response:
        return JSONResponse({"detail": str(error)}, status_code=422)

    @service.exception_handler(SharedError)  # what cannot be remembered does not pass
    def forgetful(_: Request, error: SharedError) -> Response:
        return JSONResponse({"detail": str(error)}, status_code=503)

    return service


def app() -> FastAPI:
    """Make the service of one worker from the environment."""
    shared = open_memory(os.environ["GATE_SHARED"])
    return gate(Path(os.environ["GATE_STORE"]), shared, os.environ.get("GATE_POLICY") or None)
