# ruff: noqa: INP001 - one file is no package
"""The site's own steps: anchors of rules, figures that are counted, and sessions of docstrings shown as code."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

from griffe import Extension, Object
from mkdocs.structure.pages import Page

_RULE: Final = re.compile(r"^(\| |)\*\*([A-Z]{3}-[0-9]+)\*\*", re.MULTILINE)
_FIGURES: Final = "<!-- figures -->"
_SESSION: Final = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)


@cache
def _figures() -> str:
    program = Path(__file__).resolve().parent.parent / "tests" / "figures.py"
    return subprocess.run([sys.executable, program], stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Give every rule an anchor, as in `spec/credential.md#ENV-2`; count what stands at the mark."""
    if page.file.src_uri.startswith("spec/"):
        return _RULE.sub(r"\1**\2**{#\2}", markdown)
    return markdown.replace(_FIGURES, _figures()) if _FIGURES in markdown else markdown


class Sessions(Extension):
    """Fences what stands after `>>>` in a docstring; Markdown would take it for a quotation."""

    def on_object(self, *, obj: Object, **_: object) -> None:
        """Fence the sessions of one docstring."""
        if obj.docstring:
            obj.docstring.value = _SESSION.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)
