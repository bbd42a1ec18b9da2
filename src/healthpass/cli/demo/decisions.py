"""Three scenes of the demo: a gate that decides by a policy, a colour that turns, and a code that is converted."""

from datetime import datetime, timedelta
from typing import Final

from healthpass import (
    Color,
    ConversionError,
    Departure,
    DocumentType,
    HealthCode,
    HolderKey,
    IdentityDocument,
    Issuer,
    IssuerId,
    Reason,
    Registry,
    SigningKey,
    Verifier,
    Words,
    convert,
    issue,
    present,
)
from healthpass.cli.demo.page import Page
from healthpass.cli.language import message, said, say
from healthpass.coloring import ColorRules, Event, EventKind, EventName, color_of
from healthpass.deciding import Decision, OfficeDocument, Policy, decide, read_policy
from healthpass.ledger import SqliteLedger

DAY: Final = timedelta(days=1)
_HANGZHOU: Final = "CN-33-01.WJW"
_MACAO: Final = "MO.SSM"
_PERMIT: Final = IdentityDocument(DocumentType.HM_PERMIT, "H00000000")
_CHECKPOINT: Final = """{
  "names": {"zh": "湖州吴兴高速出口，2020年2月", "en": "A motorway exit of Wuxing, February 2020"}, "zone": 480,
  "declared": [{"name": "key-area", "zh": "您14天内到过重点地区吗？", "en": "In a key area within 14 days?"}],
  "rules": [
    {"id": "red", "when": {"color": ["red"]}, "then": "central-quarantine", "duties": ["report"], "days": 14},
    {"id": "key-area", "when": {"declared": ["key-area"]}, "then": "turn-back"},
    {"id": "from-hubei", "when": {"departure": {"within_days": 14, "regions": ["CN-42"]}},
     "then": "home-quarantine", "duties": ["report"], "days": 14, "count_from": "departure"},
    {"id": "green", "when": {"color": ["green"]}, "then": "admit"},
    {"id": "no-phone", "when": {"shown": ["none"]}, "then": "admit", "duties": ["register"]}
  ]
}"""
_COLORS: Final = """{
  "names": {"zh": "杭州健康码，2020年2月", "en": "Hangzhou's colours, February 2020"}, "zone": 480,
  "rules": [
    {"id": "red", "on": {"event": "order", "kind": ["other-strict"]}, "color": "red", "reason": "isolation-order",
     "ends": {"check_ins": 14}, "say": {"zh": "连续打卡14天后转绿", "en": "Green after 14 healthy days"}},
    {"id": "green", "color": "green"}
  ]
}"""
_CONVERSION: Final = """{
  "names": {"zh": "粤澳健康码互认", "en": "Codes of Macao"}, "zone": 480,
  "rules": [
    {"id": "same-day", "when": {"color": ["green"], "issuer": ["MO"], "shown": ["live"], "starts_within_days": 0},
     "then": "admit"}
  ]
}"""


def tell_checkpoint(page: Page, at: datetime) -> None:
    """A checkpoint of 2020 decides by a table, and asks what it has to know."""
    page.scene(say("A checkpoint of 2020 decides by a table"))
    key = SigningKey.generate()
    gate = Verifier(Registry.pinned({_HANGZHOU: [key.public_key]}))
    policy = _policy(_CHECKPOINT, at)
    page.row(
        say("policy"), say("{}: {} rules", said(Words(*reversed(policy.content.names))), len(policy.content.rules))
    )
    left = Departure(region="CN-42-01", day=(at - 3 * DAY).date())
    green, hubei = HealthCode(color=Color.GREEN), HealthCode(color=Color.GREEN, evidence=(left,))
    red, no = HealthCode(color=Color.RED, reason=Reason.ISOLATION_ORDER), {"key-area": False}
    travellers: tuple[tuple[str, HealthCode | None, dict[str, bool]], ...] = (
        (say("green, and nobody has asked yet"), green, {}),
        (say("the same; he says no"), green, no),
        (say("the same; he says yes"), green, {"key-area": True}),
        (say("green, left Wuhan 3 days ago"), hubei, no),
        (say("red"), red, {}),
        (say("no phone, an old man"), None, no),
    )
    for who, health, answers in travellers:
        code = None
        if health is not None:
            code = gate.verify(issue(health, issuer=_HANGZHOU, signer=key, lifetime=DAY, at=at).text, at=at)
        page.row(say("traveller"), who)
        page.row(say("decides"), _words(decide(code, policy, at=at, answers=answers), at))


def tell_turn(page: Page, at: datetime) -> None:
    """A colour turns from red to green with the fourteenth healthy check-in."""
    page.scene(say("A colour turns, and says why"))
    rules = ColorRules.read(_COLORS.encode())
    began = at - 20 * DAY
    history = [Event(event=EventName.ORDER, at=began, kind=EventKind.OTHER_STRICT)]
    for day in range(1, 15):
        if day in {1, 7, 14}:
            _tell_color(page, rules, history, began + day * DAY)
        history.append(Event(event=EventName.CHECK_IN, at=began + day * DAY, healthy=True))
    _tell_color(page, rules, history, began + 14 * DAY + timedelta(hours=1))


def tell_conversion(page: Page, at: datetime, ledger: SqliteLedger) -> None:
    """An office of Hangzhou issues its own code for one of Macao, shown live."""
    page.scene(say("A code of Macao becomes one of Hangzhou"))
    macao, hangzhou = SigningKey.generate(), SigningKey.generate()
    phone, fresh = HolderKey.generate(), HolderKey.generate()
    nonce = bytes(range(16))
    registry = Registry.pinned({_MACAO: [macao.public_key], _HANGZHOU: [hangzhou.public_key]})
    health = HealthCode(color=Color.GREEN, holder="陈*文")
    issued = issue(
        health, issuer=_MACAO, signer=macao, lifetime=DAY, at=at, holder_key=phone.public_key, document=_PERMIT
    )
    office = Issuer(_HANGZHOU, signer=hangzhou, lifetime=DAY, ledger=ledger)
    gate = Verifier(registry)
    shown = present(issued.text, phone, nonce=nonce, opening=issued.opening, at=at)
    for who, document in (
        (say("the code, live, and another's permit"), IdentityDocument(DocumentType.HM_PERMIT, "H00000001")),
        (say("the code, live, and his own permit"), _PERMIT),
    ):
        page.row(say("counter"), who)
        try:
            made = convert(
                shown,
                gate=gate,
                nonce=nonce,
                document=document,
                issuer=office,
                policy=_policy(_CONVERSION, at),
                holder_key=fresh.public_key,
                officer="counter 3",
                at=at,
            )
        except ConversionError as error:
            page.row(say("refused"), message(error.message))
        else:
            reader = Verifier(registry, waive={"status-unknown"})  # which has no list yet
            read = reader.verify(present(made.text, fresh, at=at), at=at)
            end = read.expires_at.astimezone(at.tzinfo)
            told = say("{}, from {}: {}", read.issuer.id, read.health.origin, read.health.holder)
            page.row(say("converted"), told)
            page.row(say("until"), say("{} UTC+8, the same day", f"{end:%Y-%m-%d %H:%M}"))


def _policy(source: str, at: datetime) -> OfficeDocument[Policy]:
    return OfficeDocument(issuer=IssuerId(_HANGZHOU), issued=at, expires=at + 7 * DAY, content=read_policy(source))


def _words(decision: Decision, at: datetime) -> str:
    if decision.action is None:
        return say("asks first: {}", ", ".join(decision.asks))
    told = said(decision.action.words)
    if decision.ends is not None:
        told = say("{} until {}", told, f"{decision.ends.astimezone(at.tzinfo):%m-%d}")
    told = say(", ").join((told, *(said(duty.words) for duty in decision.duties)))
    return say("{}; rule {}", told, decision.rule or say("none"))


def _tell_color(page: Page, rules: ColorRules, history: list[Event], at: datetime) -> None:
    found = color_of(history, rules, at=at)
    told = say("none") if found.color is None else f"{found.color.symbol} {said(found.color.words)}"
    if isinstance(found.reason, Reason):
        told = say("{}, {}", told, said(found.reason.words))
    healthy = sum(one.event is EventName.CHECK_IN for one in history)
    page.row(f"{at:%m-%d}", say("{} healthy check-ins: {}", healthy, told))
