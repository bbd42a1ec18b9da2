"""Ledgers on the command line: opened, and what their logs say (`healthpass status history`, `check`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from healthpass import Words, harmless
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID, CommandError, refusing
from healthpass.cli.io.arguments import new_file
from healthpass.cli.io.files import NewFiles, read, taken
from healthpass.cli.io.output import answering, json_line, put
from healthpass.cli.io.where import (
    LEDGER_HELP,
    PASSWORDS,
    LedgerArgument,
    is_address,
    needing_postgres,
    read_where,
)
from healthpass.cli.language import message, said, say
from healthpass.cli.show.times import local_minute
from healthpass.ledger import (
    Action,
    Batch,
    DamagedError,
    DatabaseLedger,
    EntryProof,
    Head,
    LedgerError,
    ProofError,
    TamperedError,
    UnknownBatchError,
    UnknownCodeError,
    WentBackError,
    WithdrawnCodeError,
    open_ledger,
    read_cti,
)

_NOT_WHOLE: Final[dict[type[LedgerError], Words]] = {
    TamperedError: Words("TAMPERED", "日志遭篡改"),
    DamagedError: Words("DAMAGED", "数据库损坏"),
    WentBackError: Words("WENT BACK", "台账倒退"),
}
PUBLISH: Final = "gates learn of it from the next `healthpass status publish`"
_MAX_PROOFS: Final = 64 << 20  # bytes
_HINT: Final = "healthpass status init LEDGER --issuer ID makes one"
_NONE: Final = "there is no ledger in this database"

By: TypeAlias = Annotated[str, typer.Option("--by", metavar="WHO", help="Who does it, an officer or a program.")]
Why: TypeAlias = Annotated[str, typer.Option("--why", metavar="GROUND", help="On what ground.")]


@contextmanager
def using(where: str) -> Iterator[None]:
    """Say in our style what a ledger cannot do.

    Raises:
        CommandError: with exit code 1, where it does not know a code or a batch, or is not what was written; 2,
            where it is given what cannot be, or to be made where something is; 3, where it cannot be read or
            written.
    """
    try:
        yield
    except (UnknownCodeError, UnknownBatchError, WithdrawnCodeError, TamperedError, DamagedError) as error:
        raise CommandError(str(error), exit_code=NOT_VALID) from error
    except LedgerError as error:
        if isinstance(error.__cause__, FileExistsError):
            raise (CommandError(str(error)) if is_address(where) else taken(Path(where))) from error
        raise CommandError(str(error), hint=_hint(where, str(error)), exit_code=CANNOT_JUDGE) from error
    except ValueError as error:
        raise CommandError(str(error)) from error


@contextmanager
def opened(where: str) -> Iterator[DatabaseLedger]:
    """Open a ledger, and close it in the end.

    Raises:
        CommandError: when there is none, or something goes wrong with it; as `using`.
    """
    if "\0" in where:  # the address of a database would end there, and another file be opened
        raise CommandError(f"{where!r} is not the name of a file", exit_code=CANNOT_JUDGE)
    with using(where):
        with needing_postgres():
            ledger = open_ledger(where)
        with ledger:
            yield ledger


def how_many(codes: int) -> str:
    """Write a number of codes."""
    return "1 code" if codes == 1 else f"{codes:,} codes"


def reference(text: str) -> bytes:
    """Read the reference of a code.

    Raises:
        CommandError: when it is not 12 bytes in hexadecimal digits.
    """
    hint = "healthpass verify calls it the reference; it stands below the picture of a code too"
    with refusing(f"{text!r} is no cti", hint=hint):
        return read_cti(text)


def _head(text: str) -> Head:
    hint = "as `healthpass status publish` and `status check` print it"
    with refusing(f"--head {text!r}", hint=hint):
        return Head.parse(text)


def history(
    ledger: LedgerArgument,
    cti: Annotated[str | None, typer.Argument(metavar="CTI", help="The reference of a code.")] = None,
    *,
    batch: Annotated[
        int | None, typer.Option("--batch", metavar="N", help="A batch, in the place of a code.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON, as one object.")] = False,
    whole: Annotated[bool, typer.Option("--check/--no-check", help="Check the whole log too.")] = True,
) -> None:
    """Tell who set, withdrew or corrected a code, when and on what ground, and whether the log is whole.

    Codes that were issued or withdrawn together are a batch, a line of the log; --batch tells of all of them, and
    `healthpass status list --batch` which they are.

    Whether it is whole takes time, a second for some 10,000 lines; --no-check leaves that to `status check`.

    Exit codes: 0 told, 1 there is none of this name, or the log was tampered with, 2 wrong usage, 3 unreadable.
    """
    if (cti is None) == (batch is None):
        raise CommandError("of what? give the reference of a code, or --batch")
    wanted = None if cti is None else reference(cti)
    with opened(ledger) as found:
        chain = _chain(found) if whole else None
        try:
            told, lines = _of_batch(found, batch or 0) if wanted is None else _of_code(found, wanted)
        except TamperedError as error:
            problem = str(chain if isinstance(chain, LedgerError) else error)
            raise CommandError(problem, "what it says of this cannot be read", exit_code=NOT_VALID) from error
    with answering():
        if as_json:
            put(json_line({**told, "log": _chain_as_json(chain)}))
        else:
            for line in (*lines, _chain_words(chain)):
                put(harmless(line))
    raise typer.Exit(_exit_code(chain))


def _of_code(ledger: DatabaseLedger, cti: bytes) -> tuple[dict[str, Any], list[str]]:
    actions, replaced = ledger.history(cti), ledger.in_place_of(cti)
    told = {"cti": cti, "in_place_of": replaced, "actions": list(map(_as_json, actions))}
    return told, [line for action in actions for line in _as_lines(action, replaced)]


def _of_batch(ledger: DatabaseLedger, number: int) -> tuple[dict[str, Any], list[str]]:
    batch = ledger.batch(number)
    line = str(batch.line)
    if batch.codes == 1:
        told = say("batch {}: 1 code, {} of them withdrawn", line, batch.withdrawn)
    else:
        told = say("batch {}: {} codes, {} of them withdrawn", line, batch.codes, batch.withdrawn)
    return {name: getattr(batch, name) for name in Batch.__dataclass_fields__}, [
        _line(batch),
        f"  {told}",
    ]


def proof(
    ledger: LedgerArgument,
    cti: Annotated[str, typer.Argument(metavar="CTI", help="The reference of a code.")],
    *,
    head: Annotated[
        Head | None,
        typer.Option("--head", metavar="N:HASH", parser=_head, help="The head that the other one has kept."),
    ] = None,
    out: Annotated[Path, new_file("PROOF.json", "The proof, a new file.")],
) -> None:
    """Prove who set, withdrew or corrected a code, when and on what ground, to somebody who has kept a head.

    PROOF.json has a line for each thing that was done to the code, up to the head; each can be given on without
    the others. It shows nothing of other codes. `healthpass status check PROOF.json --head N:HASH` checks it,
    without the ledger.

    Exit codes: 0 done, 1 the code is not known here, or the log was tampered with, 2 wrong usage, 3 the ledger
    cannot be used, or does not have the head.
    """
    wanted = reference(cti)
    with opened(ledger) as found:
        proofs = found.prove(wanted, head=head or (head := found.head()))
    with NewFiles() as files, answering():
        files.create(out, "".join(f"{one.to_json()}\n" for one in proofs).encode(), secret=True)
        where = (wanted.hex(), head)
        if len(proofs) == 1:
            put(say("{}: 1 proof of the code {}, by the head {}", harmless(str(out)), *where))
        else:
            put(say("{}: {} proofs of the code {}, by the head {}", harmless(str(out)), len(proofs), *where))


def check(
    ledger: Annotated[
        str,
        typer.Argument(
            metavar="LEDGER|PROOF.json",
            parser=read_where,
            help=f"What to check: a ledger, {LEDGER_HELP}; a proof.",
        ),
    ],
    *,
    heads: Annotated[
        list[Head] | None,
        typer.Option(
            "--head",
            metavar="N:HASH",
            parser=_head,
            help="A head that was told earlier, kept elsewhere. Repeatable.",
        ),
    ] = None,
) -> None:
    """Check the whole ledger: database, log, codes and the lists that were published last, one against the other.

    Whoever can write to the ledger can also write it all anew, or cut off its end; that is found by a head that
    was kept elsewhere.

    A proof, which `healthpass status proof` makes, is checked by a head and without the ledger: what is proven is
    told.

    Exit codes: 0 whole, or proven, 1 tampered with, damaged or gone back, or not proven, 2 wrong usage, 3
    unreadable.
    """
    if not is_address(ledger) and _is_proof(Path(ledger)):
        _check_proofs(Path(ledger), heads or [])
        return
    with opened(ledger) as found:
        chain = _chain(found, *(heads or ()))
    with answering():
        put(harmless(_chain_words(chain)))
    raise typer.Exit(_exit_code(chain))


def _is_proof(path: Path) -> bool:
    try:
        if not path.is_file():  # a pipe would hold us up
            return False
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except (OSError, ValueError):  # said by whoever opens it as a ledger
        return False


def _check_proofs(path: Path, heads: list[Head]) -> None:
    """Check each line of a file of proofs by a head, and tell what is proven.

    Raises:
        CommandError: with exit code 1, when one proves nothing; 2, when no head is given.
    """
    if len(heads) != 1:
        raise CommandError("a proof is checked by one head that was kept", hint="add --head N:HASH")
    data = read(path, at_most=_MAX_PROOFS, exit_code=CANNOT_JUDGE)
    told: list[str] = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            action = EntryProof.from_json(line.decode()).check(heads[0])
        except (ProofError, ValueError) as error:
            raise CommandError(f"line {number} of {str(path)!r}: {error}", exit_code=NOT_VALID) from error
        told += [say("the code {}", action.cti.hex()), *_as_lines(action, ())]
    with answering():
        for words in (*told, say("all of this is in the log with the head {}", heads[0])):
            put(harmless(words))


def _chain(ledger: DatabaseLedger, *heads: Head) -> Head | LedgerError:
    """Check the log; return its head, or what is wrong with it."""
    try:
        return ledger.verify_chain(*heads)
    except (TamperedError, DamagedError, WentBackError) as error:
        return error


def _as_lines(action: Action, replaced: tuple[bytes, ...]) -> Iterator[str]:
    yield _line(action)
    if action.codes > 1:
        yield f"  {say('batch {}: {} codes', str(action.line), action.codes)}"
    if action.place and action.kid:
        place = (str(action.place.list), str(action.place.index))
        yield f"  {say('list {}, index {}; key {}', *place, action.kid.hex())}"
        yield from (f"  {say('in place of {}', old.hex())}" for old in replaced)
    if action.new:
        yield f"  {say('issued anew as {}', action.new.hex())}"


def _line(done: Action | Batch) -> str:
    by = (done.by, done.why)
    told = {
        "issued": say("issued by {}: {}", *by),
        "revoked": say("withdrawn by {}: {}", *by),
        "corrected": say("corrected by {}: {}", *by),
    }
    return f"{local_minute(done.at)}  {told.get(done.action) or say('{} by {}: {}', done.action, *by)}"


def _as_json(action: Action) -> dict[str, Any]:
    place = action.place
    told = {
        "line": action.line,
        "codes": action.codes,
        "at": action.at,
        "action": action.action,
        "by": action.by,
        "why": action.why,
        "place": place and [place.list, place.index],
        **{name: getattr(action, name) for name in ("kid", "new", "issued_at", "expires_at")},
    }
    return {name: value for name, value in told.items() if value is not None}


def _chain_words(chain: Head | LedgerError | None) -> str:
    if chain is None:
        return say("the log was not checked: `healthpass status check` does")
    if isinstance(chain, Head):
        return say("the log is whole: {} lines; head {}", chain.number, chain)
    return say("{}: {}", said(_NOT_WHOLE[type(chain)]), message(str(chain)))


def _chain_as_json(chain: Head | LedgerError | None) -> dict[str, Any]:
    whole = None if chain is None else isinstance(chain, Head)
    problem = f"{_NOT_WHOLE[type(chain)]}: {chain}" if isinstance(chain, LedgerError) else None
    return {"whole": whole, "head": str(chain) if whole else None, "message": problem}


def _exit_code(chain: Head | LedgerError | None) -> int:
    return NOT_VALID if isinstance(chain, LedgerError) else DONE


def _hint(where: str, problem: str) -> str | None:
    """Say what may help: where there is no ledger, and where a server asks for a password."""
    if is_address(where):
        return _HINT if _NONE in problem else PASSWORDS if "password" in problem else None
    try:
        return None if Path(where).exists() else _HINT
    except (OSError, ValueError):  # a name that no file can have
        return None


COMMANDS: Final = (history, proof, check)
