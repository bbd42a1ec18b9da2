"""Pack the kit into one file that runs anywhere: `python spec/testkit/pack.py FOLDER`.

The file is the same each time, byte for byte, where zlib is the same: it holds no times and no owners.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import Final

from edition import EDITION, VERSION

ROOT: Final = Path(__file__).resolve().parents[2]
NAME: Final = f"healthpass-testkit-{VERSION}"
CONTENT: Final = ("LICENSE", "spec/LICENSE.md", "spec/testkit/*.*", "spec/vectors/*.json", "spec/tables/*.*")
README: Final = f"""# The test kit, version {VERSION}

It holds the test vectors of {EDITION}, the code tables, and the programs that write the vectors and run an
implementation over them. Python 3.11 is enough. In this folder:

    python spec/testkit/run.py --report report --name NAME --release VERSION --claim verifier -- COMMAND

COMMAND is your program, which reads a case a line and answers one line each, as `spec/testkit/README.md` says. The
folder `report` then holds the conformance report: `index.html` for people, `report.json` for programs. While you
work, leave out `--report` and what belongs to it.

The specification itself is not in here; links to it lead nowhere. `spec/testkit/healthpass_adapter.py` is an
example of an adapter, and needs the library that it is for.
"""


def packed() -> bytes:
    """Return the packed kit."""
    paths = sorted({path for pattern in CONTENT for path in ROOT.glob(pattern) if path.is_file()})
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in sorted((files | {"README.md": README.encode()}).items()):
            entry = zipfile.ZipInfo(f"{NAME}/{name}")  # of 1980, since nothing else is said
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)
    return whole.getvalue()


def main(arguments: list[str]) -> int:
    """Write the file into a folder; return the exit code."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: pack.py FOLDER\n")
        return 2
    path = Path(arguments[0]) / f"{NAME}.zip"
    path.write_bytes(packed())
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
