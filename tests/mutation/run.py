"""Prove that no check can be deleted unnoticed: `python tests/mutation/run.py`.

Each module that parses and judges is changed in one place at a time: a check removed, a comparison moved by one,
a limit shifted, a step left out. The vectors of spec/vectors alone, not the tests, have to notice. What they do
not notice must stand in equivalent.toml with the reason why no vector can; a reason for a change that is noticed
is stale. Exit code 1 for either.

`--module _cose` takes one module (several allowed), `--minutes 20` judges mutants at random for so long,
`--survivors` and `--killers` print more, and `--renew` writes today's names into the register after a rename.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import inf
from pathlib import Path
from typing import Final

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutation.judging import ROOMS, ROOT, SOURCE, cases, killer, path_of, source_of
from mutation.mutants import Mutant, mutants_of
from mutation.register import REGISTER, Excuse, excuses, renewed

# Cases do not reach these: texts for people, JSON and PEM, and what issuers and tools have besides.
NOT_JUDGED: Final = {
    *(
        "_attempt",
        "_challenge_memory",
        "_diagnostic",
        "_discreet",
        "_errors",
        "_finding_kinds",
        "_gap",
        "_held_lists",
        "_in_json",
        "_inspect",
    ),
    *(
        "_issuer",
        "_issuing_findings",
        "_json",
        "_judgement",
        "_listed",
        "_logging",
        "_masking",
        "_offer",
        "_office",
        "_order",
    ),
    *(
        "_outcomes",
        "_pem",
        "_problems",
        "_record",
        "_run",
        "_run_row",
        "_source",
        "_source_json",
        "_spelling",
        "_status_places",
        "_verdicts",
        "_verified",
    ),
}
UNJUDGED: Final = "(not judged)"
MODULES: Final = tuple(
    path.stem
    for room in ROOMS
    for path in sorted((SOURCE / room).glob("_[a-z]*.py"))
    if path.stem not in NOT_JUDGED
)


def _noticed(mutant: Mutant, deadline: float) -> str | None:
    return killer(mutant.module, mutant.source) if time.monotonic() < deadline else UNJUDGED


def judged(mutants: Sequence[Mutant], deadline: float = inf) -> list[tuple[Mutant, str | None]]:
    """Judge mutants on all processors, until a time of the monotonic clock; beside each stands what notices it."""
    cases()  # read once, before the processes are forked
    order = list(range(len(mutants)))
    random.shuffle(order)  # so that a run that ends early is a sample
    with ProcessPoolExecutor() as pool:
        noticed = pool.map(partial(_noticed, deadline=deadline), [mutants[number] for number in order])
        found = dict(zip(order, noticed, strict=True))
    return [(mutant, found[number]) for number, mutant in enumerate(mutants)]


def problems(results: Sequence[tuple[Mutant, str | None]], reasons: Sequence[Excuse]) -> Iterator[str]:
    """Give survivors without a reason, and reasons without a survivor."""
    for mutant, noticed in results:
        if noticed is None and not any(excuse.covers(mutant) for excuse in reasons):
            yield f"no vector notices, and no reason is given: {said(mutant)}"
    for excuse in reasons:
        covered = [(mutant, noticed) for mutant, noticed in results if excuse.covers(mutant)]
        if not covered:
            yield f"stale: no such mutant: {' | '.join(excuse[:3])}"
        for mutant, noticed in covered:
            if noticed not in (None, UNJUDGED):
                yield f"stale: {noticed} notices {said(mutant)}"


def said(mutant: Mutant) -> str:
    """Return a mutant in a line."""
    path = path_of(mutant.module).relative_to(ROOT)
    return f"{path}:{mutant.line} {mutant.scope} | {mutant.kind} | {mutant.change} | {mutant.shown}"


def report(results: Sequence[tuple[Mutant, str | None]], reasons: Sequence[Excuse]) -> str:
    """Return the table by module."""
    lines = [f"{'module':20}{'judged':>8}{'killed':>8}{'survivors':>10}{'of these with a reason':>24}"]
    names = dict.fromkeys(mutant.module for mutant, _ in results)
    for name in (*names, "all"):
        mine = [
            (mutant, noticed)
            for mutant, noticed in results
            if name in (mutant.module, "all") and noticed != UNJUDGED
        ]
        alive = [mutant for mutant, noticed in mine if noticed is None]
        excused = sum(any(excuse.covers(mutant) for excuse in reasons) for mutant in alive)
        lines.append(f"{name:20}{len(mine):>8}{len(mine) - len(alive):>8}{len(alive):>10}{excused:>24}")
    return "\n".join(lines) + "\n"


def survivors(results: Sequence[tuple[Mutant, str | None]], reasons: Sequence[Excuse]) -> Iterator[str]:
    """Give the survivors under their reasons."""
    for reason in dict.fromkeys(excuse.reason for excuse in reasons):
        mine = [excuse for excuse in reasons if excuse.reason == reason]
        alive = [m for m, noticed in results if noticed is None and any(excuse.covers(m) for excuse in mine)]
        yield f"\n{len(alive)} survivors: {reason}\n"
        yield from (f"  {said(mutant)}\n" for mutant in alive)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 for a survivor without a reason, or a reason without a survivor."""
    parser = argparse.ArgumentParser(prog="run.py", description="Prove that no check can be deleted unnoticed.")
    parser.add_argument("--module", action="append", choices=MODULES, help="one of these; all unless given")
    parser.add_argument("--minutes", type=float, default=inf, help="judge at random for so long; all unless given")
    parser.add_argument("--survivors", action="store_true", help="print the survivors under their reasons")
    parser.add_argument("--killers", action="store_true", help="print what noticed each mutant")
    parser.add_argument(
        "--renew", action="store_true", help="only write today's names and shapes into the register"
    )
    options = parser.parse_args(argv)
    modules = options.module or MODULES
    everything = {module: source_of(module) for module in MODULES}
    if options.renew:
        REGISTER.write_text(renewed(REGISTER.read_text(encoding="utf-8"), everything), encoding="utf-8")
        return 0
    reasons = [excuse for excuse in excuses(everything) if excuse.module in modules]
    if (failed := killer(modules[0], everything[modules[0]])) is not None:
        sys.stderr.write(f"run.py: error: the unchanged {modules[0]} fails {failed}\n")
        return 2
    mutants = [mutant for module in modules for mutant in mutants_of(module, everything[module])]
    results = judged(mutants, time.monotonic() + 60 * options.minutes)
    sys.stdout.write(report(results, reasons))
    if options.survivors:
        sys.stdout.writelines(survivors(results, reasons))
    if options.killers:
        sys.stdout.writelines(f"{noticed or '-'}: {said(mutant)}\n" for mutant, noticed in results)
    wrong = list(problems(results, reasons))
    sys.stdout.writelines(f"\n{problem}" for problem in wrong)
    unjudged = sum(noticed == UNJUDGED for _, noticed in results)
    sys.stdout.write(f"\n{len(results)} mutants, {unjudged} of them not judged, {len(wrong)} problems\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
