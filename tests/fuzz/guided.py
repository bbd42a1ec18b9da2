"""One target under atheris, in a process of its own: libFuzzer ends the process when the time is over.

Started by run.py as `python guided.py TARGET CORPUS FINDINGS SECONDS`; libFuzzer tells what it does on stderr.
"""

import random
import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# Whatever is to be covered is imported here, under the instrumentation, and nowhere before.
with atheris.instrument_imports(include=["healthpass", "base45", "PIL"]):
    import healthpass.scan  # noqa: F401
    from fuzz.changes import change_values
    from fuzz.watch import Watch


def main() -> None:
    """Fuzz until the time is over."""
    name, corpus, findings, seconds = sys.argv[1:]
    watch = Watch(name, Path(findings))

    def change(data: bytes, size: int, seed: int) -> bytes:
        chance = random.Random(seed)  # noqa: S311 - inputs are no secrets
        if watch.target.structured and chance.random() < 0.5:
            return change_values(data, chance)[:size]
        return bytes(atheris.Mutate(data, size))

    largest = max((path.stat().st_size for path in Path(corpus).iterdir()), default=0)
    atheris.enabled_hooks.add("RegEx")
    atheris.Setup(
        [
            "guided.py",
            corpus,
            f"-max_total_time={seconds}",
            f"-max_len={max(2600, largest * 2)}",
            f"-artifact_prefix={findings}/{name}-",
            "-timeout=20",  # whatever takes so long never returns to be measured
            "-rss_limit_mb=4096",
            "-print_final_stats=1",
        ],
        watch,
        custom_mutator=change,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
