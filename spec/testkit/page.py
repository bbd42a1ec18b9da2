"""A conformance report as one page of HTML, which needs nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from conformance import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json: TypeAlias = dict[str, Any]

HEADS: Final = ("passed", "failed", "listed", "skipped")  # listed: failed, as a list says that it does
STYLE: Final = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --line: #c4c4c4; --soft: #f3f3f3; --bad: #a40000 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --paper: #161616; --line: #555; --soft: #242424; --bad: #ff9d94 }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25 } h2 { font-size: 1.25rem; margin-top: 2rem }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .25rem 1rem }
dt { font-weight: 600 } dd { margin: 0 }
code { font: .9em/1.4 ui-monospace, monospace }
pre { background: var(--soft); padding: .75rem; white-space: pre-wrap; margin: .5rem 0 }
.wide { overflow-x: auto } .wide:focus-visible { outline: 2px solid currentcolor }
table { border-collapse: collapse; width: 100% } caption { text-align: left; padding: .25rem 0 }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: normal }
thead th { background: var(--soft) } th + th.n, td.n { text-align: right; font-variant-numeric: tabular-nums }
.bad { color: var(--bad); font-weight: 600 } .part { padding-left: 1.5rem; white-space: nowrap; font-weight: 400 }
tbody th { font-weight: 500 } small { font-weight: 400 } nav ul { padding-left: 1.25rem }
@media (max-width: 40rem) { dl { display: block } dd { margin-bottom: .5rem }
  body { padding: .6rem } table { font-size: .75rem } th, td { padding: .15rem } th.part { padding-left: .5rem } }
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --line: #888; --soft: #eee; --bad: #000 }
  body { max-width: none; padding: 0; font-size: 9pt } nav { display: none } .wide { overflow: visible }
  thead { display: table-header-group } tr, article { break-inside: avoid } h2 { break-after: avoid }
}
"""


def _plain(text: Any) -> str:
    # A program's answer may hold code points that change how a line reads: here they are told, and do nothing.
    return escape(str(text).encode("ascii", "backslashreplace").decode())


def _table(caption: str, heads: Sequence[str], lines: Iterable[str], label: str) -> str:
    columns = "".join(
        f'<th scope="col"{" class=n" if head in HEADS or head == "rules" else ""}>{head}</th>' for head in heads
    )
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{label}"><table><caption>{caption}</caption>\n'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{''.join(lines)}</tbody></table></div>\n"
    )


def _numbers(counts: Json) -> str:
    return "".join(
        f'<td class="n{" bad" if state == "failed" and counts[state] else ""}">{counts[state]}</td>'
        for state in STATES
    )


def _line(name: str, counts: Json) -> str:
    part = ' class="part"' if "." in name and name.partition(".")[2].isdigit() else ""
    return f'<tr><th scope="row"{part}><code>{_plain(name)}</code></th>{_numbers(counts)}</tr>\n'


def _class(row: Json) -> str:
    claim = "claimed" if row["claimed"] else "not claimed"
    cells = f'<td class="n">{row["rules"]}</td>{_numbers(row)}'
    return f'<tr><th scope="row">{_named(row)}<br><small>{claim}</small></th>{cells}</tr>\n'


def _failure(row: Json) -> str:
    kind = f"listed as an expected failure: {_plain(row['reason'])}" if row["listed"] else "failed"
    clauses = ", ".join(map(_plain, row["clause"]))
    return (
        f'<article><h3 id="{_plain(row["id"])}"><code>{_plain(row["id"])}</code>: {kind}</h3>\n'
        f"<p>{_plain(row['comment'])} ({clauses})</p>\n"
        f"<dl><dt>expected</dt><dd><code>{_plain(row['expected'])}</code></dd>"
        f"<dt>answered</dt><dd><code>{_plain(row['got'])}</code></dd></dl></article>\n"
    )


def _skipped(row: Json) -> str:
    names = " ".join(f"<code>{_plain(name)}</code>" for name in row["cases"])
    return f"<h3>{_plain(row['reason'])}: {len(row['cases'])}</h3>\n<p>{names}</p>\n"


def _sentence(report: Json) -> str:
    total, claimed = report["total"], [row for row in report["classes"] if row["claimed"]]
    broken = [row for row in claimed if row["failed"] or row["expected_failures"] or row["skipped"]]
    text = f"{total['passed']} of {report['kit']['cases']} cases passed, {total['failed']} failed, "
    text += f"{total['expected_failures']} failed as listed, {total['skipped']} were skipped."
    if not claimed:
        return text + " No class is claimed."
    text += " Not every case of what is claimed passed." if broken else " Every case of what is claimed passed."
    silent = [_named(row) for row in claimed if not any(row[state] for state in STATES)]
    return text + (f" No case asks what these claim: {'; '.join(silent)}." if silent else "")


def _named(row: Json) -> str:
    return _plain(row["class"] + (f", option {row['option']}" if row["option"] else ""))


def page(report: Json) -> str:
    """Return the page of a report."""
    made = report["implementation"]
    title = f"Conformance report: {_plain(made['name'])} {_plain(made['version'])}"
    facts = {
        "Implementation": f"{_plain(made['name'])}, version {_plain(made['version'])}",
        "Specification": _plain(report["specification"]),
        "Test kit": f"version {_plain(report['kit']['version'])}, {report['kit']['cases']} cases",
        "SHA-256 of the vectors": f"<code>{_plain(report['kit']['vectors'])}</code>",
        "Date": f"<time>{_plain(report['date'])}</time>",
    }
    failures = "".join(map(_failure, report["failures"])) or "<p>None.</p>\n"
    skipped = "".join(map(_skipped, report["skipped"])) or "<p>None.</p>\n"
    without = "".join(
        f'<tr><th scope="row"><code>{_plain(rule)}</code></th><td>{_plain(reason)}</td></tr>\n'
        for rule, reason in report["rules_without_vectors"].items()
    )
    by_class = _table(
        "A case counts once for each class that does what it asks and has a rule that it cites: for the option"
        " that it needs. For what is claimed, it counts if all options that it needs are claimed.",
        ("class", "rules", *HEADS),
        map(_class, report["classes"]),
        "Results by class",
    )
    sections = {
        "Classes": by_class,
        "Failures": failures,
        "Skipped": skipped,
        "Files": _table(
            "Every file of vectors.",
            ("file", *HEADS),
            (_line(name, counts) for name, counts in report["files"].items()),
            "Results by file",
        ),
        "Rules": _table(
            "A case may cite several rules; parts of rules stand under their rule, whose cases include theirs.",
            ("rule", *HEADS),
            (_line(name, counts) for name, counts in report["rules"].items()),
            "Results by rule",
        ),
        "Rules without a vector": _table(
            "What no case can show, and why.", ("rule", "reason"), [without], "Rules without a vector"
        ),
        "How to make this report again": f"<pre><code>{_plain(report['command'])}</code></pre>\n",
    }
    anchors = {name: name.lower().replace(" ", "-") for name in sections}
    contents = "".join(f'<li><a href="#{anchors[name]}">{name}</a></li>' for name in sections)
    body = "".join(
        f'<section><h2 id="{anchors[name]}">{name}</h2>\n{text}</section>\n' for name, text in sections.items()
    )
    told = "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in facts.items())
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{STYLE}</style>\n</head>\n'
        f"<body>\n<main>\n<h1>{title}</h1>\n<p><strong>{_sentence(report)}</strong></p>\n<dl>\n{told}</dl>\n"
        f'<nav aria-label="Contents"><ul>{contents}</ul></nav>\n{body}</main>\n</body>\n</html>\n'
    )
