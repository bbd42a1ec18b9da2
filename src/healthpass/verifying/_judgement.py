"""A judgement as JSON: what `healthpass verify --json` prints, and what a gate's own service answers."""

from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import ConfigDict, Discriminator, Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema

from healthpass.credential._health import Stated
from healthpass.credential._in_json import ARRAY, instance_of, spelled
from healthpass.credential._model import Cti, Kid, Model, RawKey, Time
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.trust._edge import TrustedAuthority, TrustedIssuer
from healthpass.verifying._decided import Decided
from healthpass.verifying._verified import Verified
from healthpass.verifying._words_in_json import WordsField
from healthpass.words._errors import VerificationError
from healthpass.words._row import Words
from healthpass.words._verdicts import WAIVABLE, Verdict

_Verdict: TypeAlias = Annotated[
    Verdict, spelled(Verdict, Verdict, str, instance_of(Verdict), enum=[str(verdict) for verdict in Verdict])
]


class Advice(Model):
    """What to tell the guard and the holder.

    Attributes:
        guard: what was found, and what to do now.
        holder: what it means, and what they can do.
    """

    guard: WordsField
    holder: WordsField


class NamedAuthority(Model):
    """An authority in a judgement: an anchor as its own registry names it, another one as the anchor does.

    Attributes:
        id: its id, a region.
        zh: its name in Chinese.
        en: its name in English.
    """

    id: RegionId
    zh: str
    en: str


class NamedPath(Model):
    """By which way an issuer is trusted.

    Attributes:
        anchor: the authority that the verifier has pinned.
        recognised: the authority that the anchor recognises; None where the anchor lists the issuer itself.
    """

    anchor: NamedAuthority
    recognised: NamedAuthority | None


class Judgement(Model):
    """What came of judging a text: a `ValidJudgement` or a `FailedJudgement`; one form in Python and in JSON.

    `Judgement.model_validate_json` reads either, and as the type of an answer in FastAPI it stands for both. A
    judgement is true when the code is valid, and the gate's policy, if it follows one, admits the person, and only
    then: `if gate.judge(text):` lets nobody else in.

    Attributes:
        v: the version of the form.
        verdict: `valid`, or why not.
        outcome: `valid`, `not valid` or `cannot judge`.
    """

    model_config = ConfigDict(extra="ignore")  # later versions may add members

    v: Literal[1] = 1
    verdict: _Verdict
    outcome: Literal["valid", "not valid", "cannot judge"]

    def __bool__(self) -> bool:
        if not isinstance(self, ValidJudgement) or self.verdict is not Verdict.VALID or self.outcome != "valid":
            return False
        return self.decision is None or bool(self.decision)

    @staticmethod
    def of(
        judged: Verified | VerificationError, decision: Decided | None = None
    ) -> "ValidJudgement | FailedJudgement":
        """Make the judgement of what `verify` returns or raises, and of what was decided then, if it was."""
        if isinstance(judged, Verified):
            return _valid(judged, decision)
        return FailedJudgement.because(judged.verdict, judged.message)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler(source) if cls is not Judgement else handler.generate_schema(_EITHER)


class ValidJudgement(Stated, Judgement):
    """What a valid code says, and whose it is: beside the members of a `HealthCode`, those of a `Verified`.

    Its `repr` names neither the holder nor the code.

    Attributes:
        issuer: the id of who states it.
        issuer_name: what the authority calls it that lists it; None where keys were given by hand. A recognised
            authority chooses these names alone: tell them as its word.
        appeal: where a holder can object, or None.
        path: by which way the issuer is trusted; None where keys were given by hand.
        valid_from: the start of validity.
        expires_at: the end of validity.
        cti: the reference, 12 bytes; in JSON, as the next two, in hexadecimal digits.
        kid: the kid of the key that signed it, 8 bytes.
        holder_key: the device key, 32 bytes; None for a bearer code.
        presented_at: when the device made the presentation; None for a credential shown bare.
        status_issued_at: when the status list was made that called the code good; None without one.
        waived: the verdicts that would have struck, had the caller not waived them.
        decision: what the gate does with the person by its policy; None for a gate that follows none.
    """

    verdict: _Verdict = Verdict.VALID
    outcome: Literal["valid"] = "valid"
    issuer: IssuerId
    issuer_name: WordsField | None
    appeal: str | None
    path: NamedPath | None
    valid_from: Time
    expires_at: Time
    cti: Annotated[Cti, Field(repr=False)]
    kid: Kid
    holder_key: Annotated[RawKey | None, Field(repr=False)]
    presented_at: Time | None
    status_issued_at: Time | None
    waived: Annotated[tuple[_Verdict, ...], ARRAY]
    decision: Decided | None = None

    @model_validator(mode="after")
    def _check_verdict(self) -> Self:
        if self.verdict is not Verdict.VALID or not WAIVABLE.issuperset(self.waived):
            raise ValueError("the verdict of a valid code is valid, and not every verdict can be waived")
        if self.valid_from >= self.expires_at:
            raise ValueError("a code expires after it begins")
        return self


class FailedJudgement(Judgement):
    """Why a text is not valid, or cannot be judged; no claim of it (VER-9).

    Attributes:
        step: the step of verifying that failed, 1 to 14; 0 for `no-code`.
        message: what was found, in words, for developers.
        advice: what to tell the guard and the holder.
    """

    outcome: Literal["not valid", "cannot judge"]
    step: int
    message: str
    advice: Advice

    @model_validator(mode="after")
    def _check_verdict(self) -> Self:
        if self.outcome != self.verdict.outcome or self.step != self.verdict.step:
            raise ValueError("the outcome and the step are not those of the verdict")
        return self

    @classmethod
    def because(cls, verdict: Verdict, message: str) -> Self:
        """Make the judgement of a verdict, such as `Verdict.NO_CODE` where a camera has found nothing to judge.

        Raises:
            ValueError: when it is `valid`.
        """
        if verdict.outcome == "valid":
            raise ValueError("a valid code has a judgement of its own")
        return cls(
            verdict=verdict,
            outcome=verdict.outcome,
            step=verdict.step,
            message=message,
            advice=Advice(guard=verdict.guard, holder=verdict.holder),
        )


def _valid(judged: Verified, decision: Decided | None) -> ValidJudgement:
    path, holder_key = judged.path, judged.holder_key
    return ValidJudgement(
        **dict(judged.health),
        issuer=judged.issuer.id,
        issuer_name=_names(judged.issuer),
        appeal=judged.issuer.appeal,
        path=path
        and NamedPath(anchor=_authority(path.anchor), recognised=path.recognised and _authority(path.recognised)),
        valid_from=judged.valid_from,
        expires_at=judged.expires_at,
        cti=judged.cti,
        kid=judged.public_key.kid,
        holder_key=holder_key and holder_key.to_bytes(),
        presented_at=judged.presented_at,
        status_issued_at=judged.status_issued_at,
        waived=tuple(sorted(judged.waived)),
        decision=decision,
    )


def _names(one: TrustedIssuer) -> Words | None:
    return None if one.name_zh is None or one.name_en is None else Words(zh=one.name_zh, en=one.name_en)


def _authority(one: TrustedAuthority) -> NamedAuthority:
    return NamedAuthority(id=one.id, zh=one.name_zh, en=one.name_en)


_EITHER: Final = Annotated[ValidJudgement | FailedJudgement, Discriminator("outcome")]
