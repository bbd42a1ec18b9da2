"""Prove that no check can be deleted unnoticed: `python tests/mutation/run.py`.

Each module that parses and judges is changed in one place at a time: a check removed, a comparison moved by one,
a limit shifted, a step left out. The vectors of spec/vectors alone, not the tests, have to notice. What they do
not notice must stand in equivalent.toml with the reason why no vector can; a reason for a change that is noticed
is stale. Exit code 1 for either.

`--module _cose` takes one module (several allowed), `--killers` also prints what noticed each mutant.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutation.judging import ROOT, cases, killer, path_of, source_of
from mutation.mutants import Mutant, mutants_of

MODULES: Final = (
    *("_text", "_cbor", "_cose", "_claims", "_evidence", "_health", "_holder", "_keys", "_regions", "_registry"),
    *("_verify", "_model", "_time", "_binding", "_issue", "_presentation", "_replay", "_challenge", "_scope"),
    *("_present", "_document", "_fields", "_statement", "_root", "_registry_document", "_key_request", "_held"),
    *(
        "_types",
        "_state",
        "_trust",
        "_edge",
        "_views",
        "_judge",
        "_status_list",
        "_bundle",
        "_row",
        "_code_points",
        "_limits",
    ),
)
EQUIVALENT: Final = Path(__file__).with_name("equivalent.toml")


class Excuse(NamedTuple):
    """Why no vector can notice some changes. In every member but the reason, `*` stands for any text."""

    module: str
    scope: str
    kind: str
    change: str
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        """Tell whether a mutant is one of them."""
        return all(
            re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text, re.DOTALL)
            for pattern, text in zip(self[:4], mutant[:4], strict=True)
        )


def excuses() -> list[Excuse]:
    """Read the reasons; each `changes` is a list of changes with one reason."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["equivalent"]
    return [
        Excuse(entry["module"], entry["scope"], entry["kind"], change, entry["reason"])
        for entry in entries
        for change in entry["changes"]
    ]


def _noticed(mutant: Mutant) -> str | None:
    return killer(mutant.module, mutant.source)


def judged(mutants: Sequence[Mutant]) -> list[tuple[Mutant, str | None]]:
    """Judge mutants on all processors; beside each stands what notices it."""
    cases()  # read once, before the processes are forked
    with ProcessPoolExecutor() as pool:
        return list(zip(mutants, pool.map(_noticed, mutants), strict=True))


def problems(results: Sequence[tuple[Mutant, str | None]], reasons: Sequence[Excuse]) -> Iterator[str]:
    """Give survivors without a reason, and reasons without a survivor."""
    for mutant, noticed in results:
        if noticed is None and not any(excuse.covers(mutant) for excuse in reasons):
            yield f"no vector notices, and no reason is given: {said(mutant)}"
    for excuse in reasons:
        covered = [(mutant, noticed) for mutant, noticed in results if excuse.covers(mutant)]
        if not covered:
            yield f"stale: no such mutant: {' | '.join(excuse[:4])}"
        for mutant, noticed in covered:
            if noticed is not None:
                yield f"stale: {noticed} notices {said(mutant)}"


def said(mutant: Mutant) -> str:
    """Return a mutant in a line."""
    path = path_of(mutant.module).relative_to(ROOT)
    return f"{path}:{mutant.line} {mutant.scope} | {mutant.kind} | {mutant.change}"


def report(results: Sequence[tuple[Mutant, str | None]], reasons: Sequence[Excuse]) -> str:
    """Return the table by module, and the survivors under their reasons."""
    lines = [f"{'module':12}{'mutants':>8}{'killed':>8}{'survivors':>10}{'of these with a reason':>24}"]
    names = dict.fromkeys(mutant.module for mutant, _ in results)
    for name in (*names, "all"):
        mine = [(mutant, noticed) for mutant, noticed in results if name in (mutant.module, "all")]
        alive = [mutant for mutant, noticed in mine if noticed is None]
        excused = sum(any(excuse.covers(mutant) for excuse in reasons) for mutant in alive)
        lines.append(f"{name:12}{len(mine):>8}{len(mine) - len(alive):>8}{len(alive):>10}{excused:>24}")
    for reason in dict.fromkeys(excuse.reason for excuse in reasons):
        mine_too = [excuse for excuse in reasons if excuse.reason == reason]
        alive = [m for m, noticed in results if noticed is None and any(excuse.covers(m) for excuse in mine_too)]
        lines += ["", f"{len(alive)} survivors: {reason}", *(f"  {said(mutant)}" for mutant in alive)]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 for a survivor without a reason, or a reason without a survivor."""
    parser = argparse.ArgumentParser(prog="run.py", description="Prove that no check can be deleted unnoticed.")
    parser.add_argument("--module", action="append", choices=MODULES, help="one of these; all unless given")
    parser.add_argument("--killers", action="store_true", help="print what noticed each mutant")
    options = parser.parse_args(argv)
    modules = options.module or MODULES
    sources = {module: source_of(module) for module in modules}
    for module, source in sources.items():
        if (failed := killer(module, source)) is not None:
            sys.stderr.write(f"run.py: error: the unchanged {module} fails {failed}\n")
            return 2
    results = judged([mutant for module, source in sources.items() for mutant in mutants_of(module, source)])
    reasons = [excuse for excuse in excuses() if excuse.module in modules]
    sys.stdout.write(report(results, reasons))
    if options.killers:
        sys.stdout.writelines(f"{noticed or '-'}: {said(mutant)}\n" for mutant, noticed in results)
    wrong = list(problems(results, reasons))
    sys.stdout.writelines(f"\n{problem}" for problem in wrong)
    sys.stdout.write(f"\n{len(results)} mutants, {len(wrong)} problems\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
