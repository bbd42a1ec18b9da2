"""Holds the Chinese specification against the English one, unit by unit.

A unit is what stands from a heading or the identifier of a rule to the next. Each Chinese unit carries, in a
comment that no page shows, the first 8 hex digits of SHA-256 of the English unit that it was written from.

    python tests/spec_in_chinese.py                             what is out of step
    python tests/spec_in_chinese.py --stamp TXT-2 privacy.md:2  these have been written anew from the English
    python tests/spec_in_chinese.py --stamp glossary.md         so has this whole file
    python tests/spec_in_chinese.py --links                     lead links to the twins there are, in docs/ too

The words of `EVERYWHERE` and the form of a line are held in all other Chinese of the project too.
"""

import hashlib
import re
import sys
from calendar import month_name
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SPEC: Final = Path(__file__).resolve().parent.parent / "spec"
DOCS: Final = SPEC.parent / "docs"
JS: Final = SPEC.parent / "src" / "healthpass-js"
NOTE: Final = "*本文件为中文文本；与英文本不一致时，以英文本为准。*\n\n"
STAMP: Final = re.compile(r"(?<=\*\*)<!-- ([0-9a-f]{8}) -->|^<!-- ([0-9a-f]{8}) -->\n", re.MULTILINE)
RULE: Final = re.compile(r"(?:\| )?\*\*([A-Z]{3}-\d+)\*\*")
NAMED: Final = re.compile(r"\b[A-Z]{3}-\d+(?:\.\d)?\b|\bRFC \d+", re.ASCII)
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
BLOCK: Final = re.compile(r"^```.*?^```|(?<=\n\n)(?: {4}[^\n]*\n)+", re.DOTALL | re.MULTILINE)
CODE: Final = re.compile(r"`[^`]+`")
NUMBER: Final = re.compile(r"(?<![\w.-])-?\d[\w,.:^+-]*\w|(?<![\w.-])-?\d", re.ASCII)
EMPHASIS: Final = re.compile(r"(?<!\*)\*[^*\s][^*]*\*(?!\*)|\*\*[^*]+\*\*")
SIGN: Final = r"<=|>=|<|>|=|\+|-|\|\|"
FORMULA: Final = re.compile(rf"[\w.^()\[\]]+(?: (?:{SIGN}) [\w.,^()\[\]]*\w\b(?![-(]))+", re.ASCII)
HAN: Final = r"[\u3400-\u9fff]"
NORMATIVE: Final = {  # GB/T 1.1-2020
    "MUST NOT": r"不应",
    "MUST": r"(?<![不相对响供适])应(?![答用急该]|对突发)",
    "SHOULD NOT": r"不宜",
    "SHOULD": r"(?<![不适便*])宜",
    "MAY": r"可(?!能)",
}
EVERYWHERE: Final = {  # a word that no Chinese text of the project has, and the one that it has instead
    "(?<![“（])哈希|散列": "杂凑",
    "(?<!“)吊销": "撤销 or 撤回",
    "注册表|登记簿": "登记库",
    "未互认": "未认可",
    "核验人员|验码人员": "工作人员",
    "附带事项|应办事项": "附加要求",
    "疑点": "检查项",
    "开启值": "打开值",
    "文件包": "信任数据包",
    "(?<!是)锚点": "信任锚",
    "源码": "原码",
    "事例": "用例",
    "(?:判定|验码)规则": "通行规则",
    "批次签发|批次（run|批次标识": "签发任务",
    "转换码|转换后的码|转换而来的码": "转码所得的码",
    "动态出示": "实时出示",
    "国家商用密码": "商用密码",
    "签发(?:通行规则|风险地图|规则|状态列表)": "签署",
    "(?<!小程序)账号": "账户",
    "开启(?:新|一个)纪元": "启用新纪元",
    "(?<!信任)数据包": "信任数据包",
}
INSTEAD: Final = {  # a word that is not written in the specification, and the one that is
    **EVERYWHERE,
    "必须|应当|(?<!无)须(?!知)": "应",
    "不得|禁止": "不应",
    "(?<!也称)卡口": "验码点",
    "查验": "核验",
    "公布": "发布 or 公开",
    "不绑定设备": "未绑定设备",
    "撤销留痕": "撤销标记",
    "认可至版本": "承认至版本",
    "签发时间超前|日期超前": "签署时间超前",
    "(?<!协调)世界时": "协调世界时",
    "重新申领|重新办理": "换领",
    "(?<!“)阈值": "门限",
    "消息认证码": "HMAC",
    "验证人|验证方": "验证者",
    "(?<!政府)颁发|发行者(?!”)|发证": "签发",
    "持有者|持有人|用户": "持码人",
}
TERMS: Final = {  # a word of the English unit, and what its Chinese unit then has
    r"credentials?": "凭证|码",
    r"issuers?": "签发机构|机构标识|`iss`|iss",
    r"holders?": "持码人|holder",
    r"gates?": "验码点",
    r"guards?": "工作人员",
    r"status lists?": "状态列表",
    r"device keys?": "设备密钥",
    r"nonces?": "随机数",
    r"challenges?": "挑战",
    r"openings?": "打开值",
    r"bindings?": "绑定|binding",
    r"epochs?": "纪元",
    r"recognitions?": "认可|互认",
    r"recognised(?! as)": "认可",
    r"clock floor": "时间下限",
    r"bundles?": "信任数据包",
    r"key requests?": "密钥登记申请",
    r"anchors?": "锚",
    r"edges?": "边",
    r"thresholds?": "门限",
    r"grace": "宽限期|grace",
    r"verdicts?": "结论",
    r"outcomes?": "结果|结论|outcome",
    r"payloads?": "载荷",
    r"suites?": "套件|商用密码算法",
    r"evidence": "佐证信息|证据|验证记录|evidence",
    r"ledgers?": "台账",
}


@dataclass(frozen=True)
class Unit:
    """A rule, or the text below a heading that is no rule."""

    name: str
    """`TXT-2`, or the file and the number of the heading in it, `privacy.md:2`; the title is 0."""
    text: str
    stamp: str = ""

    @property
    def is_rule(self) -> bool:
        """Whether requirements may stand here."""
        return ":" not in self.name

    @property
    def digest(self) -> str:
        """The first 8 hex digits of SHA-256 of the text, blanks and line breaks made equal."""
        return hashlib.sha256(" ".join(self.text.split()).encode()).hexdigest()[:8]


def twin(path: Path) -> Path:
    """Return where the Chinese text of an English file stands, or would stand."""
    return path.with_name(path.stem + ".zh.md")


def originals() -> list[Path]:
    """Return the English files that have, or are to have, a Chinese twin: all but the licences."""
    pages = (path for path in SPEC.rglob("*.md") if not path.name.endswith(".zh.md"))
    return sorted(path for path in pages if path.name != "LICENSE.md")


def guides() -> list[Path]:
    """Return the English pages outside of the specification that have a Chinese twin."""
    return [*sorted(path for path in DOCS.rglob("*.md") if twin(path).exists()), JS / "README.md"]


def words_of_programs() -> list[Path]:
    """Return the files whose Chinese a program shows: tables, pages for phones, and the library's own code."""
    return [
        *sorted((SPEC / "tables").glob("*.csv")),
        *(JS / folder / "words.csv" for folder in ("mini-program", "pages")),
        *sorted((JS / "pages").glob("*.html")),
        *sorted(
            path for path in (SPEC.parent / "src" / "healthpass").rglob("*") if path.suffix in {".csv", ".py"}
        ),
    ]


def title(path: Path) -> str:
    """Return the name of a file as units bear it: `tables/README.md`."""
    return path.relative_to(SPEC).as_posix()


def units(text: str, name: str) -> list[Unit]:
    """Cut a text into its units, and take the stamps out."""
    starts, heading, fenced, at = [], -1, False, 0
    for line in text.splitlines(keepends=True):
        fenced ^= line.startswith("```")
        if not fenced and re.match("#+ ", line):
            heading += 1
            starts.append((at, f"{name}:{heading}"))
        elif not fenced and (rule := RULE.match(line)):
            starts.append((at, rule[1]))
        at += len(line)
    found = []
    for (start, called), end in zip(starts, [*(start for start, _ in starts[1:]), at], strict=True):
        part = text[start:end]
        stamp = STAMP.search(part)
        found.append(Unit(called, STAMP.sub("", part).replace(NOTE, ""), (stamp[1] or stamp[2]) if stamp else ""))
    return found


def stamped(english: str, chinese: str, name: str, wanted: set[str]) -> str:
    """Return the Chinese text with the stamps of some units, or of the whole file, made new."""
    written = []
    for left, right in zip(units(english, name), units(chinese, name), strict=True):
        if left.name != right.name:
            raise ValueError(f"{name}: {right.name} stands where {left.name} should")
        stamp = left.digest if {left.name, name} & wanted else right.stamp
        mark = f"<!-- {stamp} -->" if stamp else ""
        if left.is_rule:
            written.append(re.sub(r"^((?:\| )?\*\*[A-Z]{3}-\d+\*\*)", rf"\1{mark}", right.text))
        else:
            first, _, rest = right.text.partition("\n")
            written.append(f"{first}\n{mark}\n{rest}" if mark else right.text)
    head, _, rest = "".join(written).partition("\n\n*HP1")
    mine, _, rest = rest.partition("\n\n")
    return f"{head}\n\n*HP1{mine}\n\n{NOTE}{rest}" if rest else "".join(written).replace("\n\n", f"\n\n{NOTE}", 1)


def headings(path: Path) -> list[str]:
    """Return the anchors of a file's headings, as GitHub and the site make them."""
    text = BLOCK.sub("", path.read_text("utf-8"))
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in found]


def lead(target: str, page: Path) -> str:
    """Return where the Chinese twin of an English page leads what leads to `target` there."""
    file, _, anchor = target.partition("#")
    path = (page.parent / file).resolve() if file else page
    if "://" in target or path.suffix != ".md" or not twin(path).exists():
        return target
    if anchor in (there := headings(path)):
        anchor = headings(twin(path))[there.index(anchor)]
    name = f"{file.removesuffix('.md')}.zh.md" if file else ""
    return f"{name}#{anchor}" if anchor else name


def blocks(text: str) -> list[str]:
    """Return the fenced and indented blocks of a text."""
    return BLOCK.findall(text)


def prose(text: str) -> str:
    """Return a text without its blocks, code and the targets of links."""
    text = BLOCK.sub("", text)
    return re.sub(r"\bRFC\s+", "RFC ", LINK.sub("]", CODE.sub("` `", text)))


def cells(text: str) -> Iterator[list[tuple[object, ...]]]:
    """Yield the rows of the tables: for each cell, its code, and its rules and numbers."""
    for line in text.splitlines():
        if line.startswith("|"):
            split = re.split(r"(?<!\\)\|", line)[1:-1]
            yield [(sorted(CODE.findall(cell)), sorted(numbers(cell).elements())) for cell in split]


def numbers(text: str) -> Counter[str]:
    """Count the numbers of a text, that of a month too, but not those that identify a rule, an RFC or an item."""
    bare = NAMED.sub(" ", re.sub(r"^\d+\. ", "", prose(text), flags=re.MULTILINE))
    for number, month in enumerate(month_name[1:], 1):
        bare = re.sub(rf"\b{month}\s(?=\d{{4}}\b)", f"{number} ", bare)
    bare = re.sub(rf"(?<=\d)-(?=[a-z])|(?<={HAN})\d+", " ", bare)
    return Counter(one.rstrip(",.:") for one in NUMBER.findall(bare))


def facts(unit: Unit, page: Path | None = None) -> dict[str, object]:
    """Return what the two texts of a unit have in common; with a page, links as its twin has them."""
    text = BLOCK.sub("", unit.text)
    first = unit.text.splitlines()[0]
    return {
        "level": len(first) - len(first.lstrip("#")),
        "blocks of code": blocks(unit.text),
        "code": Counter(" ".join(one.split()) for one in CODE.findall(text)),
        "links": Counter(lead(one, page) if page else one for one in LINK.findall(text)),
        "verdicts": re.findall(r"→\s+`([a-z-]+)`", text),
        "rules and RFCs": Counter(NAMED.findall(prose(text))),
        "items": re.findall(r"^(\d+\.|-) ", text, re.MULTILINE),
        "numbers": numbers(text),
        "signs": Counter(
            re.findall(rf"(?<=[ ）])({SIGN}) ", " ".join(re.sub("(?m)^ *- ", "", prose(text)).split()))
        ),
        "tables": list(cells(text)),
        "emphasis": len(EMPHASIS.findall(prose(text))),
        "paragraphs": len(re.split(r"\n\s*\n", text.strip())),
    }


def refused(text: str, instead: dict[str, str]) -> Iterator[str]:
    """Yield the words that are not written in a text, with those that are."""
    for wrong, right in instead.items():
        if found := re.search(wrong, text):
            yield f"{found[0]}: write {right}"


def words(english: Unit, chinese: Unit) -> Iterator[str]:
    """Yield what is wrong with the words of a Chinese unit."""
    said, text = prose(english.text), prose(chinese.text)
    for word, wanted in NORMATIVE.items():
        count = len(re.findall(rf"\b{word}\b(?! NOT)", said))
        there = len(re.findall(wanted, text))
        if there < count or (there > count and word.startswith("SHOULD")):
            yield f"{word} {count} times, {there} times in Chinese"
    if not english.is_rule and not re.search(r"\bMUST\b", said) and re.search(NORMATIVE["MUST"], text):
        yield "a requirement outside of a rule"
    yield from refused(text, INSTEAD)
    for word, term in TERMS.items():
        if re.search(rf"\b(?<!-){word}\b(?!-)", said, re.IGNORECASE) and not re.search(term, chinese.text):
            yield f"{word}: {term} does not occur"


def latin(english: Unit, chinese: Unit) -> Iterator[str]:
    """Yield what is wrong with the names and formulas of a Chinese unit."""
    said, text = prose(english.text), prose(chinese.text)
    for formula in FORMULA.findall(text):
        if re.search("[<>=-]", formula) and formula not in " ".join(said.split()):
            yield f"{formula}: not so in English"
    known = set(re.findall(r"[a-z_]+", said.lower()))
    if new := {one for one in re.findall(r"[a-z_]+", text.lower()) if not {one, f"{one}s"} & known}:
        yield f"words that the English does not have: {new}"


def form(text: str) -> Iterator[str]:
    """Yield what is wrong with the marks, blanks and lines of Chinese prose."""
    for wrong, what in {
        rf"{HAN}(?:[,;:!()]|\?(?![、 ）：]))|[,;:!?()]{HAN}": "punctuation of English",
        rf"{HAN}[A-Za-z0-9`]|[A-Za-z0-9`]{HAN}": "no blank between Chinese and Latin",
        rf"[，。；：、！？](?:\*\*)? +(?=[^ \n|→`*\[])|{HAN} +{HAN}": "a blank too many",
        rf"^(?![|#<!?]).*(?:(?:{HAN}|[，。；：、）”])\n *(?![-|#<>*]|\d+\. )\S|\S\n *{HAN})": "a broken line",
    }.items():
        if found := re.search(wrong, text, re.MULTILINE):
            yield f"{what}: {found[0]!r}"
    for one in EMPHASIS.finditer(text):
        before, after = text[: one.start()][-1:], text[one.end() :][:1]
        first, last = (one[0].strip("*")[at] for at in (0, -1))
        if any(
            re.match(r"\w", outer) and re.match(r"\W", inner) for outer, inner in ((before, first), (after, last))
        ):
            yield f"emphasis that GitHub does not show: {one[0]}"


def page_faults(text: str) -> list[str]:
    """Return what is wrong with the words and the form of a Chinese page that is no part of the specification."""
    text = re.sub(r"\A---\n.*?^---\n|^ *```console$.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    bare = CODE.sub("` `", re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE))
    bare = LINK.sub("]", re.sub(r"\{[^}]*\}|<[^>]*>", "", bare))
    return [*refused(text, EVERYWHERE), *form(bare)]


def out_of_step(english: str, chinese: str, page: Path) -> list[str]:
    """Return what is wrong with a Chinese text, a line for each, with the name of the unit."""
    name = title(page)
    left, right = units(english, name), units(chinese, name)
    if (here := [one.name for one in left]) != (there := [one.name for one in right]):
        wrong = next((a for a, b in zip(here, there, strict=False) if a != b), "the end")
        return [f"{name}: other rules or headings from {wrong} on"]
    found = [] if NOTE in chinese else [f"{name}: says nothing of the English text"]
    for one, other in zip(left, right, strict=True):
        if one.digest != other.stamp:
            found.append(f"{one.name}: the English is {one.digest}, the Chinese is of {other.stamp or 'nothing'}")
        wanted, have = facts(one, page), facts(other)
        found += [
            f"{one.name}: {fact}: {difference(wanted[fact], have[fact])}"
            for fact in wanted
            if wanted[fact] != have[fact]
        ]
        found += [
            f"{one.name}: {wrong}" for wrong in (*words(one, other), *latin(one, other), *form(prose(other.text)))
        ]
    return found


def difference(wanted: object, have: object) -> str:
    """Say how two facts differ."""
    if isinstance(wanted, Counter) and isinstance(have, Counter):
        return f"missing {sorted((wanted - have).elements())}, too many {sorted((have - wanted).elements())}"
    if isinstance(wanted, list) and isinstance(have, list):
        pairs = [(a, b) for a, b in zip(wanted, have, strict=False) if a != b]
        return f"{len(wanted)} and {len(have)}; {pairs[:1]}"
    return f"{wanted}, in Chinese {have}"


def main() -> int:
    """Do what the command line asks for."""
    verb, wanted = (sys.argv[1], set(sys.argv[2:])) if sys.argv[1:] else ("", set())
    if verb == "--links":
        for page in [*originals(), *guides()]:
            if (path := twin(page)).exists():
                led = LINK.sub(lambda one: f"]({lead(one[1], page)})", path.read_text("utf-8"))  # noqa: B023 - at once
                path.write_text(led, "utf-8")
        return 0
    bad = 0
    for page in originals():
        path = twin(page)
        if not path.exists():
            print(f"{title(page)}: no Chinese text")  # noqa: T201 - a program
            continue
        english, chinese = page.read_text("utf-8"), path.read_text("utf-8")
        if verb == "--stamp":
            path.write_text(stamped(english, chinese, title(page), wanted), "utf-8")
        elif found := out_of_step(english, chinese, page):
            print("\n".join(found))  # noqa: T201 - a program
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
