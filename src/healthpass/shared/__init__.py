"""What the workers of a gate or an office share: which presentations have passed, which challenges wait.

>>> memory = open_memory("/run/gate/memory")  # doctest: +SKIP
>>> gate = Verifier(registry, replay=memory)  # doctest: +SKIP

A `FileMemory` is a file, for the processes of one computer. A `PostgresMemory` is a database, for several hosts
(extra: ``postgres``). Both are a `Replays` for `Verifier`, and a `Challenges` for `Challenge` and `Enrolment`.
They hold hashes alone, and what they cannot remember is not accepted.
"""

from healthpass.shared._errors import SharedError
from healthpass.shared._file import FileMemory
from healthpass.shared._opening import open_memory
from healthpass.shared._postgres import PostgresMemory

__all__ = ["FileMemory", "PostgresMemory", "SharedError", "open_memory"]
