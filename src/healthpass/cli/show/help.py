"""The help in Chinese: the texts of a table, typer's own words, and lines that are wrapped by columns."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import typer

from healthpass.cli.language import help_text, say
from healthpass.cli.show.columns import cells, padded, wrapped

_SPACING: Final = 2  # columns between an option and what is said of it
_WIDEST: Final = 30  # columns of options
_EXTRAS: Final = re.compile(r"\s*\[(?:[^\]]*; )?(?:default|required|env var|[\d<>=x]+)[^\]]*\]\Z")
_HEADINGS: Final[dict[str, Callable[[], str]]] = {
    "Options": lambda: say("Options"),
    "Arguments": lambda: say("Arguments"),
    "Commands": lambda: say("Commands"),
}


_Base: Final[Any] = typer.Context.formatter_class  # of typer's own copy of click, or of click


class Formatter(_Base):  # type: ignore[misc]
    """Writes the help of a command."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002
        """Write how the command is called."""
        args = args.replace("[OPTIONS]", say("[OPTIONS]")).replace("COMMAND [ARGS]...", say("COMMAND [ARGS]..."))
        first, *further = wrapped(say("Usage: {} {}", prog, args), self.width)
        self.write("\n".join([first, *(f"    {line}" for line in further)]) + "\n")

    def write_heading(self, heading: str) -> None:
        """Write what a part of the help is about."""
        self.write(f"{_HEADINGS[heading]() if heading in _HEADINGS else heading}：\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        indent = " " * self.current_indent
        lines = (wrapped(told, self.width - self.current_indent) for told in _paragraphs(text))
        self.write("\n".join("".join(f"{indent}{line}\n" for line in part) for part in lines))

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = _WIDEST, col_spacing: int = _SPACING
    ) -> None:
        """Write options or commands, and beside each what it is for."""
        rows, indent = list(rows), " " * self.current_indent
        column = min(max(cells(name) for name, _ in rows), col_max) + col_spacing
        for name, text in rows:
            extras = match[0] if (match := _EXTRAS.search(text)) else ""
            told = " ".join(_paragraphs(text.removesuffix(extras))) + _extras(extras)
            lines = list(wrapped(told, max(self.width - column - len(indent), 10)))
            if cells(name) > column - col_spacing:
                self.write(f"{indent}{name}\n")
                name = ""  # noqa: PLW2901
            for line in lines or [""]:
                self.write(f"{indent}{padded(name, column)}{line}".rstrip() + "\n")
                name = ""  # noqa: PLW2901


class _Context(typer.Context):
    formatter_class = Formatter


def in_chinese(command: Any) -> Any:
    """Have a command, and those below it, write its help in Chinese; return it."""
    for one in (command, *(getattr(command, "commands", None) or {}).values()):
        if one is not None:
            one.context_class = _Context
            one.short_help = (one.help or "").partition("\n\n")[0].replace("\n", " ")  # not cut off
    return command


def _paragraphs(text: str) -> list[str]:
    return [help_text(" ".join(part.split())) for part in text.strip().split("\n\n") if part.strip()]


def _extras(text: str) -> str:
    """Say what typer adds to an option, such as `[default: 60]`."""
    if not text:
        return ""
    parts = text.strip().strip("[]").split("; ")
    told = []
    for part in parts:
        name, colon, value = part.partition(": ")
        if part == "required":
            told.append(say("required"))
        elif colon and name == "default":
            told.append(say("default: {}", value))
        else:
            told.append(part)
    return f" [{'；'.join(told)}]"
