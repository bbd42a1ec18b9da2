"""Describe a folder of wheels for who installs without a network: `python .ci/wheels.py FOLDER 'healthpass[all]'`.

pip resolves the requirement from the folder alone, so this fails where a wheel is missing. Then two files lie in
the folder: `requirements.txt` has each wheel with its version, licence and SHA-256, for `pip install
--require-hashes`; `sbom.json` is the same as a bill of materials in CycloneDX 1.6, and says what needs what. A
licence is what the package says of itself. What is built into a wheel, as libsodium is into that of PyNaCl, is not
listed by itself.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIP: Final = ("install", "--dry-run", "--quiet", "--ignore-installed", "--no-index", "--only-binary", ":all:")


def resolved(folder: Path, requirement: str) -> list[dict[str, Any]]:
    """Let pip resolve a requirement from a folder alone; return what it would install, by name."""
    command = [sys.executable, "-m", "pip", *PIP, "--find-links", str(folder), "--report", "-", requirement]
    report = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603 - no shell
    return sorted(json.loads(report)["install"], key=name_of)


def name_of(item: dict[str, Any]) -> str:
    """Return the name of a package as indexes spell it."""
    return canonicalize_name(item["metadata"]["name"])


def sha256_of(item: dict[str, Any]) -> str:
    """Return the hash of a wheel."""
    return str(item["download_info"]["archive_info"]["hashes"]["sha256"])


def licence_of(metadata: dict[str, Any]) -> str:
    """Return what a package says of its licence: the SPDX expression, else its classifiers, else its words."""
    classified = [
        line.split(" :: ")[-1] for line in metadata.get("classifier", ()) if line.startswith("License ::")
    ]
    said = metadata.get("license_expression") or ", ".join(classified) or metadata.get("license") or "not stated"
    return str(said).strip().splitlines()[0]


def needs(item: dict[str, Any], names: set[str]) -> Iterator[str]:
    """Give the packages of the folder that a package needs here; what was asked for may need its extras too."""
    for line in item["metadata"].get("requires_dist", ()):
        one = Requirement(line)
        extras = item["metadata"].get("provides_extra", ()) if item["requested"] else ()
        here = one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))
        if here and canonicalize_name(one.name) in names - {name_of(item)}:
            yield canonicalize_name(one.name)


def component(item: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of a package in a bill of materials."""
    metadata, purl = item["metadata"], f"pkg:pypi/{name_of(item)}@{item['metadata']['version']}"
    expression = metadata.get("license_expression")
    return {
        "type": "library",
        "bom-ref": purl,
        "name": metadata["name"],
        "version": metadata["version"],
        "licenses": [{"expression": expression}] if expression else [{"license": {"name": licence_of(metadata)}}],
        "hashes": [{"alg": "SHA-256", "content": sha256_of(item)}],
        "purl": purl,
    }


def sbom(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a bill of materials; it has no time and no serial number, so the same wheels give the same bytes."""
    components = {name_of(item): component(item) for item in items}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": next(components[name_of(item)] for item in items if item["requested"])},
        "components": [components[name_of(item)] for item in items if not item["requested"]],
        "dependencies": [
            {
                "ref": components[name_of(item)]["bom-ref"],
                "dependsOn": [components[name]["bom-ref"] for name in sorted({*needs(item, {*components})})],
            }
            for item in items
        ],
    }


def main() -> None:
    """Describe a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("requirement", help="what is to be installed from the folder, such as healthpass[all]")
    options = parser.parse_args()
    items = resolved(options.folder, options.requirement)
    lines = [
        f"# {licence_of(item['metadata'])}\n"
        f"{name_of(item)}=={item['metadata']['version']} --hash=sha256:{sha256_of(item)}\n"
        for item in items
    ]
    (options.folder / "requirements.txt").write_text("".join(lines), "utf-8")
    bill = json.dumps(sbom(items), indent=1, ensure_ascii=False)
    (options.folder / "sbom.json").write_text(f"{bill}\n", "utf-8")
    sys.stdout.write(f"{len(items)} wheels\n")


if __name__ == "__main__":
    main()
