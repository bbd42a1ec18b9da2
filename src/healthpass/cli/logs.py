"""`healthpass status history`, `check`: what the log of a ledger says, and whether it is what was written."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer

from healthpass import Words, harmless, write_time
from healthpass.cli import ledgers
from healthpass.cli.errors import DONE, NOT_VALID, CommandError
from healthpass.cli.io.output import JSON_VERSION, answering, json_line, put
from healthpass.cli.ledgers import LedgerFile, read_cti
from healthpass.cli.show.times import local_minute
from healthpass.codec._time import from_seconds
from healthpass.ledger import Action, Head, SqliteLedger, TamperedError

HISTORY_HELP: Final = (
    "Tell who set, withdrew or corrected a code, when and on what ground, and whether the log is whole.\n\n"
    "Whether it is whole takes time, a second for some 20,000 lines; --no-check leaves that to `status check`.\n\n"
    "Exit codes: 0 told, 1 no such code is known, or the log was tampered with, 2 wrong usage, 3 unreadable."
)
CHECK_HELP: Final = (
    "Check the whole log: that no line was changed, removed or inserted, and that the codes are as it tells.\n\n"
    "Whoever can write to the ledger can also write it all anew, or cut off its end; that is found by a head that "
    "was kept elsewhere.\n\n"
    "Exit codes: 0 whole, 1 tampered with, 2 wrong usage, 3 unreadable."
)
_ACTIONS: Final = {
    "issued": Words("issued", "签发"),
    "revoked": Words("withdrawn", "撤回"),
    "corrected": Words("corrected", "纠错"),
}
_HEAD: Final = re.compile(r"[1-9][0-9]{0,14}:[0-9a-f]{64}", re.ASCII)
_UNREADABLE: Final = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
_WHOLE: Final = "the log is whole 日志完整"
_TAMPERED: Final = "TAMPERED 日志遭篡改"


def history(
    ledger: LedgerFile,
    cti: Annotated[str, typer.Argument(metavar="CTI", help="The reference of a code.", show_default=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON, as one object.")] = False,
    whole: Annotated[bool, typer.Option("--check/--no-check", help="Check the whole log too.")] = True,
) -> None:
    """Tell the history of a code."""
    wanted = read_cti(cti)
    with ledgers.opened(ledger) as opened:
        chain = _chain(opened) if whole else None
        with _readable(chain):
            actions = opened.history(wanted)
            replaced = _replaced(opened, wanted)
            lines = [line for action in actions for line in _as_lines(action, replaced)]
            told = [_as_json(action) for action in actions]
    with answering():
        if as_json:
            record = {"cti": wanted.hex(), "in_place_of": replaced, "actions": told}
            put(json_line({"v": JSON_VERSION, **record, "log": _chain_as_json(chain)}))
        else:
            for line in (*lines, _chain_words(chain)):
                put(harmless(line))
    raise typer.Exit(_exit_code(chain))


def check(
    ledger: LedgerFile,
    *,
    heads: Annotated[
        list[str] | None,
        typer.Option("--head", metavar="N:HASH", help="A head that was told earlier, kept elsewhere. Repeatable."),
    ] = None,
) -> None:
    """Check the log."""
    known = [_head(text) for text in heads or ()]
    with ledgers.opened(ledger) as opened:
        chain = _chain(opened, *known)
    with answering():
        put(harmless(_chain_words(chain)))
    raise typer.Exit(_exit_code(chain))


def _chain(ledger: SqliteLedger, *heads: Head) -> Head | str:
    """Check the log; return its head, or what is wrong with it."""
    try:
        return ledger.verify_chain(*heads)
    except TamperedError as error:
        return str(error)
    except _UNREADABLE:  # such as bytes in the place of a text
        return "the log holds what no ledger writes"


@contextmanager
def _readable(chain: Head | str | None) -> Iterator[None]:
    """Say in our style that a line which was tampered with cannot be read at all."""
    try:
        yield
    except _UNREADABLE as error:
        found = chain if isinstance(chain, str) else "the log holds what no ledger writes"
        raise CommandError(found, "what it says of this code cannot be read", exit_code=NOT_VALID) from error


def _replaced(ledger: SqliteLedger, cti: bytes) -> list[str]:
    """Return the codes that this one was issued in place of.

    Their corrections say so, and nothing of this code's own: what is forgotten of them is forgotten here too.
    """
    told = (json.loads(line.facts) for line in ledger.log() if line.action == "corrected" and line.facts)
    return list(dict.fromkeys(facts["cti"] for facts in told if facts["new"] == cti.hex()))


def _as_lines(action: Action, replaced: list[str]) -> Iterator[str]:
    words = " ".join(_ACTIONS.get(action.action, (action.action,)))
    yield f"{local_minute(action.at)}  {words} by {action.by}: {action.why}"
    facts = action.facts
    if "place" in facts and "kid" in facts:
        number, index = facts["place"]
        yield f"  list {number}, index {index}; key {facts['kid']}"
        yield from (f"  in place of {old} 换发前的原码" for old in replaced)
    if "new" in facts:
        yield f"  issued anew as {facts['new']} 已换发"


def _as_json(action: Action) -> dict[str, Any]:
    facts = action.facts
    times = {
        f"{name}_at": write_time(from_seconds(facts[name])) for name in ("issued", "expires") if name in facts
    }
    return {
        "line": action.number,
        "at": write_time(action.at),
        "action": action.action,
        "by": action.by,
        "why": action.why,
        **{name: facts[name] for name in ("place", "kid", "new") if name in facts},
        **times,
    }


def _chain_words(chain: Head | str | None) -> str:
    if chain is None:
        return "the log was not checked 未检查日志: `healthpass status check` does"
    return (
        f"{_WHOLE}: {chain.number:,} lines; head {chain}" if isinstance(chain, Head) else f"{_TAMPERED}: {chain}"
    )


def _chain_as_json(chain: Head | str | None) -> dict[str, Any]:
    whole = None if chain is None else isinstance(chain, Head)
    return {"whole": whole, "head": str(chain) if whole else None, "message": None if whole else chain}


def _exit_code(chain: Head | str | None) -> int:
    return NOT_VALID if isinstance(chain, str) else DONE


def _head(text: str) -> Head:
    # By its form, exactly: a head that no line can have would be compared with nothing.
    if not _HEAD.fullmatch(text):
        raise CommandError(
            f"--head {text!r}: expected a number, a colon and 64 hexadecimal digits",
            hint="as `healthpass status publish` and `status check` print it",
        )
    return Head.parse(text)


COMMANDS: Final[tuple[tuple[str, str, Callable[..., None]], ...]] = (
    ("history", HISTORY_HELP, history),
    ("check", CHECK_HELP, check),
)
