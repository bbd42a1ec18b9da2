"""An office as a web service: it issues codes, verifies them, and withdraws them (FastAPI).

Three parts of `healthpass` do the work: an `Issuer` signs, a ledger gives each code its place in the status lists,
and a `Verifier` judges. Their models are the bodies of the service: a request sends a `HealthCode`, and gets an
`Issued` or a judgement, in the one JSON that the command line prints too. `/docs` shows all of it.

    pip install healthpass fastapi uvicorn
    uvicorn --factory office_app:app --workers 4    # `app()` returns `office(...)` with keys, ledger and store

The service trusts whoever reaches it. Put your own sign-in in front of it, and take `by` from there.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import FastAPI, HTTPException, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from healthpass import (
    Challenges,
    Enrolment,
    FailedJudgement,
    HealthCode,
    Issued,
    Issuer,
    IssuingError,
    Registry,
    ReplayMemory,
    Replays,
    SigningKey,
    ValidJudgement,
    Verifier,
)
from healthpass.ledger import Ledger, UnknownCodeError, publish

Cti = Annotated[str, Path(pattern="^[0-9a-f]{24}$", description="The reference of a code: 24 hexadecimal digits.")]
By = Annotated[str, Field(min_length=1, max_length=500, description="Who decides: an officer or a program.")]
Why = Annotated[str, Field(min_length=1, max_length=500, description="On what ground. It is kept for appeals.")]


# 1. What requests send. `HealthCode` is a pydantic model, so that it can stand in another one: the colour is
#    "green", a time is "2026-11-02T08:00:00+08:00", and what breaks a rule is answered with 422.
class Order(BaseModel):
    """A code to be issued: for a phone, with the proof of its key; with findings, when they are meant (ISS-8)."""

    health: HealthCode
    by: By
    why: Why
    proof: (
        Annotated[str, Field(max_length=2048, description="The phone's answer to a challenge, HPK1:.")] | None
    ) = None
    challenge: (
        Annotated[str, Field(max_length=2048, description="What this holder was given to answer, HPE1:.")] | None
    ) = None
    accept: Annotated[list[str], Field(max_length=20, description="Findings that are meant as they are.")] = []


class Asked(BaseModel):
    """What a phone answers with the proof of its key."""

    challenge: str


class Withdrawal(BaseModel):
    """A code to be taken back."""

    by: By
    why: Why


class Shown(BaseModel):
    """What a scanner has read."""

    text: str


# 2. The service. It is given what is the office's own: who signs, what remembers, and whom it trusts.
def office(  # noqa: C901 - all its routes
    issuer: Issuer,
    ledger: Ledger,
    registry: Callable[[], Registry],
    status_key: SigningKey,
    address: str,
    *,
    replays: Replays | None = None,
    challenges: Challenges | None = None,
) -> FastAPI:
    """Make the service of an office.

    Args:
        issuer: who signs the codes; made with the same ledger.
        ledger: what gives each code its place, and knows which are withdrawn.
        registry: returns whom the office trusts, such as `TrustStore.open("trust").registry`.
        status_key: the key that signs the status lists.
        address: where the lists stand, as the registry says.
        replays: which presentations have passed. One process has a memory of its own; several share one.
        challenges: which challenges phones may answer; likewise.
    """
    app = FastAPI(title=f"Health codes of {issuer.id}")
    gate = Verifier(registry, replay=replays or ReplayMemory())
    phones = Enrolment(issuer.id, challenges=challenges)

    # 3. Issuing. The ledger is written to before the text leaves: a code that nobody could withdraw is never given
    #    away. `issue_async` signs and writes in threads, so that other requests go on meanwhile.
    @app.post("/codes", status_code=201)
    async def issue(order: Order) -> Issued:
        """Issue a code. Keep its `cti`: with it the code can be withdrawn."""
        try:
            phone = None if order.proof is None else phones.check(order.proof, challenge=order.challenge)
            return await issuer.issue_async(
                order.health, holder_key=phone, by=order.by, why=order.why, accept=order.accept
            )
        except IssuingError as error:  # no gate would take this code: a revoked key, a colour that is not allowed
            raise HTTPException(409, detail=str(error)) from None
        except ValueError as error:  # what only the whole code shows, such as its size; a slip; a wrong proof
            raise HTTPException(422, detail=str(error)) from None

    # 4. Enrolling a phone. The officer asks for a challenge when the holder has been identified, and shows it as a
    #    QR code; the phone makes a key and answers with `prove`; that goes into the order, and is good for one.
    @app.post("/enrolments", status_code=201)
    def enrol() -> Asked:
        """Make a challenge for one phone; it can be answered for 10 minutes."""
        return Asked(challenge=phones.challenge())

    # 5. Verifying. `judge` raises nothing for a verdict: a code that has expired is no error of the service. The
    #    answer says what was found, and what to tell the guard and the holder.
    @app.post("/verifications")
    def verify(shown: Shown) -> ValidJudgement | FailedJudgement:
        """Judge a code."""
        return gate.judge(shown.text)

    # 6. Withdrawing. Gates learn of it with the next list.
    @app.post("/codes/{cti}/withdrawal", status_code=204)
    def withdraw(cti: Cti, withdrawal: Withdrawal) -> None:
        """Withdraw a code. It cannot be given back; a wrong decision is mended by a new code."""
        try:
            ledger.revoke(bytes.fromhex(cti), by=withdrawal.by, why=withdrawal.why)
        except UnknownCodeError:
            raise HTTPException(404, detail="no code of this office has this reference") from None
        except ValueError as error:  # who or why is blank
            raise HTTPException(422, detail=str(error)) from None

    # 7. Publishing. A job calls this every few minutes, and puts what it gets to the address of the lists.
    @app.post("/lists")
    def sign_lists() -> dict[str, str]:
        """Sign all status lists anew; the answer holds them by their addresses, in hexadecimal digits."""
        lists = publish(ledger, address, status_key, lifetime=timedelta(days=1))
        return {f"{address}/{number}": signed.hex() for number, signed in lists.items()}

    # 8. What is wrong with a request is told by its path, and never repeated: it may be about a person.
    @app.exception_handler(RequestValidationError)
    def refuse(_: Request, error: RequestValidationError) -> Response:
        problems = [{"loc": one["loc"], "msg": one["msg"]} for one in error.errors()[:20]]
        return JSONResponse({"detail": problems}, status_code=422)

    return app
