"""What is named everywhere: the form of the files, the edition of the specification, the version of the kit."""

from __future__ import annotations

from typing import Final

FORMAT: Final = "healthpass-vectors-1"
EDITION: Final = "HP1, edition 1 draft"
VERSION: Final = "0.1.0"  # of the kit: its programs and its vectors together, in the order of Semantic Versioning
