"""The commands, and the one place where whatever goes wrong becomes a line on standard error."""

import io
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import chain
from typing import Annotated, Any, Final, cast, get_type_hints

import typer
from typer.core import TyperGroup
from typer.main import get_command

from healthpass.cli import language
from healthpass.cli.errors import (
    BROKEN_PIPE,
    CANNOT_JUDGE,
    DONE,
    INTERRUPTED,
    USAGE,
    CommandError,
    unforeseen,
    why,
)
from healthpass.cli.io.output import abandon_stdout, complain
from healthpass.cli.show.help import in_chinese as help_in_chinese

# The commands in the order of the help, and the modules of each: one with `NAME_command`, or with `HELP` and
# `COMMANDS` for a group. The docstring of a command is its help.
_MODULES: Final = {
    "demo": ("demo",),
    "keygen": ("issuer",),
    "enrol": ("enrolment",),
    "prove": ("enrolment",),
    "issue": ("issuer",),
    "verify": ("gate",),
    "inspect": ("inspect",),
    "present": ("holder",),
    "print": ("holder",),
    "bundle": ("bundle",),
    "gate": ("gate",),
    "authority": ("authority", "publishing_roots"),
    "registry": ("registry", "registry_keys", "publishing"),
    "policy": ("policy",),
    "map": ("risk_map",),
    "tally": ("tally",),
    "trust": ("trust",),
    "status": ("status",),
    "color": ("color",),
    "bulk": ("bulk",),
    "health": ("health",),
}
_PLUGIN: Final = "health"  # to those who watch, exit code 2 is an alarm: of it, wrong usage is 3
# UsageError, which BadParameter is one of. It is typer's own since typer brings its copy of click along, and
# click's before; this is it in both.
_USAGE_ERROR: Final = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])


class _Commands(TyperGroup):
    """The commands, each of which is imported when it is asked for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"commands": dict.fromkeys(_MODULES)})

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - as typer has it
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return _command(cmd_name) if cmd_name in _MODULES else None


def _plain(**settings: Any) -> typer.Typer:
    # Plain help reads the same in a terminal, a pipe and the documentation.
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, **settings)


def _command(name: str) -> Any:
    command = _typer_command(name)
    return help_in_chinese(command) if language.is_chinese() else command


def _typer_command(name: str) -> Any:
    modules = [import_module(f"healthpass.cli.{module}") for module in _MODULES[name]]
    group = _plain()
    if function := getattr(modules[0], f"{name}_command", None):
        group.command(name)(_opens_its_files(function))
        return get_command(group)
    group.callback(help=modules[0].HELP)(lambda: None)
    for function in chain(*(module.COMMANDS for module in modules)):
        group.command(function.__name__.strip("_"))(_opens_its_files(function))
    return get_command(group)


def _opens_its_files(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep typer from looking at a command's files: the command knows what it means when one cannot be read."""
    for hint in get_type_hints(function, include_extras=True).values():
        for info in getattr(hint, "__metadata__", ()):
            info.readable = False
    return function


app = _plain(context_settings={"help_option_names": ["-h", "--help"]})


@app.callback(
    cls=_Commands,
    invoke_without_command=True,
    help="Health codes that one region issues and every other region can check, offline.\n\n"
    "New here? `healthpass demo` tells the whole story in seconds.",
)
def _root(
    context: typer.Context,
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    lang: Annotated[  # for the help: `choose` has taken it, wherever it stood
        str | None,
        typer.Option(
            language.OPTION,
            metavar="en|zh",
            help="The language, anywhere on the line; else that of HEALTHPASS_LANG, or of the locale.",
        ),
    ] = None,
) -> None:
    del lang
    if show_version:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and nothing else needs it

        sys.stdout.write(f"healthpass {version('healthpass')}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stderr.write(context.get_help() + "\n")
        raise typer.Exit(USAGE)


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; nothing leaves here as a traceback."""
    if sys.stdout is None:
        complain(("standard output is closed",), None)
        return USAGE
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors in {"strict", "surrogateescape"}:
        # Chinese on an ASCII terminal: hard to read, and no reason to fall over.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        arguments = language.choose(arguments)
        exit_code = _invoke(arguments)
        sys.stdout.flush()
    except CommandError as error:
        complain(error.problems, error.hint)
        exit_code = CANNOT_JUDGE if _PLUGIN in arguments[:1] else error.exit_code
    except BrokenPipeError:
        exit_code = BROKEN_PIPE
    except KeyboardInterrupt:
        exit_code = INTERRUPTED
    except OSError as error:
        complain((f"cannot write: {why(error)}",), None)
        exit_code = USAGE
    except ImportError:
        raise  # an extra is missing
    except Exception as error:  # noqa: BLE001 - a mistake of ours is still told in one line
        problem, hint = unforeseen(error)
        complain((problem,), hint)
        exit_code = CANNOT_JUDGE
    try:
        sys.stdout.flush()
    except OSError:
        abandon_stdout()
    return exit_code


def _invoke(arguments: list[str]) -> int:
    """Run a command in typer's terms, without its own handling of errors and of shell completion."""
    command = get_command(app)
    if language.is_chinese():
        help_in_chinese(command)
    try:
        with command.make_context("healthpass", arguments) as context:
            command.invoke(context)
    except typer.Exit as error:
        return error.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except _USAGE_ERROR as error:
        # By our manners: no capital, no full stop, and a hint of its own line.
        message = str(error.format_message()).rstrip(".").replace("\n", " ")
        message = message.replace("Value error, ", "").replace(": Input should", ": it should")  # pydantic's words
        if "unexpected extra argument" in message:  # not repeated: a code's text has spaces
            message = "there are more arguments than the command takes; put a code's text in quotes"
        place = error.ctx.command_path if error.ctx else "healthpass"
        raise CommandError(message[:1].lower() + message[1:], hint=f"{place} --help") from error
    return DONE
