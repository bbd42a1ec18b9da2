# ruff: noqa: INP001 - one file is no package
"""The site's own steps: anchors for the rules of the specification, and docstrings' sessions shown as code."""

import re
from typing import Final

from griffe import Extension, Object
from mkdocs.structure.pages import Page

_RULE: Final = re.compile(r"^(\| |)\*\*([A-Z]{3}-[0-9]+)\*\*", re.MULTILINE)
_SESSION: Final = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Give every rule an anchor, as in `spec/credential.md#ENV-2`."""
    return _RULE.sub(r"\1**\2**{#\2}", markdown) if page.file.src_uri.startswith("spec/") else markdown


class Sessions(Extension):
    """Fences what stands after `>>>` in a docstring; Markdown would take it for a quotation."""

    def on_object(self, *, obj: Object, **_: object) -> None:
        """Fence the sessions of one docstring."""
        if obj.docstring:
            obj.docstring.value = _SESSION.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)
