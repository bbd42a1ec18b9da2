"""The page on which the demo is told: headings, and rows of a label and a text."""

from datetime import datetime, timedelta, timezone
from typing import Final

from rich.console import Console
from rich.text import Text

_CHINA: Final = timezone(timedelta(hours=8))
_LABELS: Final = 12  # columns
_NARROWEST: Final = 20  # columns of text
_RULE: Final = 4  # columns that are left for the line beside a heading, at least


def heading(console: Console, number: str, en: str, zh: str) -> None:
    """Write the heading of a scene."""
    console.print()
    title = Text.assemble((f"{number}  {en} ", "bold"), (zh, "bold cyan"))
    if title.cell_len + _RULE <= console.width:
        console.rule(title, align="left", style="dim")
        return
    for line in title.wrap(console, max(console.width, _NARROWEST)):  # a rule would cut it
        line.rstrip()
        console.print(line, soft_wrap=True)


def row(console: Console, label: str, value: str | Text) -> None:
    """Write a label and a text, which is wrapped beside it."""
    # No table: it would fill each line with spaces, and a line of Chinese has no spaces to be wrapped at.
    text = value if isinstance(value, Text) else Text(value)
    for line in text.wrap(console, max(console.width - _LABELS, _NARROWEST)):
        line.rstrip()
        console.print(Text.assemble((f"  {label}".ljust(_LABELS), "dim"), line), soft_wrap=True)
        label = ""


def china(moment: datetime) -> str:
    """Write a time as it is in China."""
    return f"{moment.astimezone(_CHINA):%Y-%m-%d %H:%M} UTC+8"


def hour(moment: datetime) -> str:
    """Write the time of day as it is in China."""
    return f"{moment.astimezone(_CHINA):%H:%M}"


def next_noon(moment: datetime) -> datetime:
    """Return the first noon in China that comes after a time."""
    noon = moment.astimezone(_CHINA).replace(hour=12, minute=0, second=0, microsecond=0)
    return noon if noon > moment else noon + timedelta(days=1)
