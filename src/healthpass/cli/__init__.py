"""The command line, `healthpass` (extra: ``cli``).

It reads files and arguments, asks the library, and tells people what came of it.
"""

import sys
from collections.abc import Sequence

from healthpass.cli.errors import INTERRUPTED

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what follows the program's name; that of this process when left out.

    Returns:
        The exit code: 0 valid or done, 1 judged and not valid, 2 wrong usage, 3 cannot judge.
    """
    try:
        # Here, so that who has the library alone gets a sentence and no traceback.
        from healthpass.cli import app  # noqa: PLC0415

        return app.run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # while it loads; a command has its own answer
        return INTERRUPTED
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        sys.stderr.write(
            f"healthpass: error: the command line needs {missing or 'more packages'}, which cannot be imported\n"
            "hint: pip install 'healthpass[cli]'\n"
        )
        return 2
