"""What stands where on a print sheet, in millimetres from the upper left corner of A4.

The sheet has two parts. Above stands the code, with what people need to know of it; the colour is not among that,
or guards would read the paper instead of scanning. Below a cutting line stands the opening of the binding, to be
kept apart from the code: together they let anybody try numbers (spec/privacy.md, section 2).
"""

import unicodedata
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from healthpass.codec._text import PRESENTATION
from healthpass.credential._binding import OPENING_SIZE
from healthpass.credential._claims import Claims
from healthpass.drawing._paper import chinese_time_at, time_at
from healthpass.drawing._qr import version
from healthpass.issuing._issue import Issued
from healthpass.verifying._inspect import inspect_unverified
from healthpass.words._errors import HealthpassError

Layout: TypeAlias = Literal["bilingual", "large"]
"""Both languages, or large Chinese type for the elderly."""

WIDTH, HEIGHT = 210, 297
MARGIN: Final = 20
MIN_MODULE: Final = 0.8  # a home printer and a cheap camera still tell modules of this size apart
CODE_SIDES: Final = {"bilingual": 88, "large": 112}  # without the quiet zone; more where the text needs it

_BLACK, _GREY = 0x00, 0x58
_OPENING_MODULE: Final = 1.1


class Words(NamedTuple):
    """A line of text on its baseline; `fixed` is the typeface for what people copy character by character."""

    text: str
    x: float
    y: float
    size: float
    ink: int = _BLACK
    anchor: Literal["start", "middle", "end"] = "start"
    fixed: bool = False


class Code(NamedTuple):
    """A QR code, which brings its quiet zone: the corner is that of the code without it."""

    text: str
    x: float
    y: float
    module: float


class Rule(NamedTuple):
    """A horizontal line; a dashed one is to be cut along."""

    y: float
    x: float
    end: float
    dashed: bool = False


Mark: TypeAlias = Words | Code | Rule


class Content(NamedTuple):
    """What is printed."""

    text: str
    claims: Claims
    opening: bytes | None


def content(code: Issued | str, opening: bytes | None) -> Content:
    """Check what is to be printed.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when it is not the text of a credential, is bound to a device, or has no use for the opening.
    """
    if isinstance(code, Issued):
        opening = code.opening if opening is None else opening
    elif not isinstance(code, str):
        raise TypeError(f"code must be an Issued or a str, not {type(code).__name__}")
    text = str(code)
    claims = _bearer(text)
    if opening is not None:
        if not isinstance(opening, bytes):
            raise TypeError(f"an opening must be bytes, not {type(opening).__name__}")
        if len(opening) != OPENING_SIZE:
            raise ValueError(f"an opening has {OPENING_SIZE} bytes, not {len(opening)}")
        if claims.health.binding is None:
            raise ValueError("there is an opening, and the code is bound to no document")
    return Content(text, claims, opening)


def _bearer(text: str) -> Claims:
    """Read the claims of a code that is good for paper."""
    if text.startswith(PRESENTATION):
        raise ValueError("this is a presentation, which is good for a minute: paper needs the credential itself")
    try:
        found = inspect_unverified(text)
    except HealthpassError as error:
        raise ValueError(f"this is not the text of a credential: {error}") from error
    if found.claimed is None:
        raise ValueError(f"this is not the text of a credential: {found.problem}")
    if found.claimed.holder_key is not None:
        raise ValueError(
            "the code is bound to a device, and no gate accepts it from paper: issue one without a device key"
        )
    return found.claimed


def bilingual(sheet: Content) -> Iterator[Mark]:
    """Lay out a sheet in Chinese and English."""
    claims, right = sheet.claims, WIDTH - MARGIN
    yield Words("健康码", MARGIN, 32, 11)
    yield Words("Health code", MARGIN + 37, 32, 6, _GREY)
    yield Rule(39, MARGIN, right)
    code = _code(sheet.text, "bilingual")
    yield code._replace(x=MARGIN, y=51)
    side = _side(code)
    column = MARGIN + side + 11
    facts = [
        ("签发机构 Issuer", claims.issuer, 5.6),
        ("有效至 Valid until", time_at(claims.issuer, claims.expires_at), 5.6),
    ]
    if claims.health.holder is not None:
        facts.insert(0, ("持码人 Holder", claims.health.holder, 9))
    y = 54.0
    for label, fact, size in facts:
        yield Words(label, column, y, 3.3, _GREY)
        yield _fitted(Words(fact, column, y + 3 + size, size), right)
        y += 15.5 + size
    yield Words("码编号，申诉时提供 Reference, for appeals", column, y, 3.3, _GREY)
    reference = _grouped(claims.cti)
    for number, line in enumerate((reference[:14], reference[15:])):
        yield Words(line, column, y + 8 + 7 * number, 5.2, fixed=True)

    y = 51 + side + 17
    for x, lines in ((MARGIN, _TO_THE_CHECKER), (MARGIN + 90, _TO_THE_HOLDER)):
        heading, *rest = lines
        yield Words(heading, x, y, 3.3, _GREY)
        for number, line in enumerate(rest):
            yield Words(line, x, y + 7 + 5.6 * number, 3.9 if _is_chinese(line) else 3.5)
    if sheet.opening is not None:
        yield from _bilingual_strip(claims, sheet.opening)


def _bilingual_strip(claims: Claims, opening: bytes) -> Iterator[Mark]:
    y = 212.0
    yield from _cutting_line(y, "沿虚线剪下 Cut here")
    code = _opening_code(opening)
    yield code._replace(x=WIDTH - MARGIN - _side(code), y=y + 13)
    yield Words("证件核对条", MARGIN, y + 19, 7)
    yield Words("Document strip", MARGIN + 38, y + 19, 4.6, _GREY)
    for number, line in enumerate(_ABOUT_THE_STRIP):
        yield Words(line, MARGIN, y + 29 + 5.6 * number, 3.9 if _is_chinese(line) else 3.5)
    yield Words("打开值 Opening", MARGIN, y + 64, 3.3, _GREY)
    yield Words(f"码编号 Reference {_grouped(claims.cti)}", WIDTH - MARGIN, y + 64, 3.3, _GREY, "end")
    yield Words(_grouped(opening), MARGIN, y + 72, 6.4, fixed=True)


def large(sheet: Content) -> Iterator[Mark]:
    """Lay out a sheet in large Chinese type."""
    claims, middle = sheet.claims, WIDTH / 2
    yield Words("健康码", middle, 32, 17, anchor="middle")
    code = _code(sheet.text, "large")
    yield code._replace(x=middle - _side(code) / 2, y=43)
    y = 43 + _side(code) + 21
    if claims.health.holder is not None:
        yield _fitted(Words(claims.health.holder, middle, y, 14, anchor="middle"), WIDTH - MARGIN)
        y += 14
    until = chinese_time_at(claims.issuer, claims.expires_at)
    yield _fitted(Words(f"有效至 {until}", middle, y, 8.4, anchor="middle"), WIDTH - MARGIN)
    yield Words("请出示此码，由工作人员扫描。", middle, y + 13, 7.4, anchor="middle")
    yield Words(
        f"签发机构 {claims.issuer}   码编号 {_grouped(claims.cti)}", middle, y + 22, 4.6, _GREY, anchor="middle"
    )
    if sheet.opening is not None:
        yield from _large_strip(sheet.opening)


def _large_strip(opening: bytes) -> Iterator[Mark]:
    y = 227.0
    yield from _cutting_line(y, "沿虚线剪下")
    code = _opening_code(opening)
    yield code._replace(x=WIDTH - MARGIN - _side(code), y=y + 11)
    yield Words("证件核对条", MARGIN, y + 18, 9)
    for number, line in enumerate(_ABOUT_THE_STRIP_IN_LARGE):
        yield Words(line, MARGIN, y + 29 + 8.4 * number, 6.2)
    yield Words(f"打开值 {_grouped(opening)}", MARGIN, y + 59, 5.4, fixed=True)


_TO_THE_CHECKER: Final = (
    "工作人员 To whoever checks",
    "请扫码核验，纸面文字不作为放行依据。",
    "Scan the code. Nothing that is written",
    "here is a reason to let anybody pass.",
)
_TO_THE_HOLDER: Final = (
    "持码人 To the holder",
    "请保持码面平整；如有异议，请凭码编号",
    "向签发机构提出。",
    "Keep the code flat. To object, ask the",
    "issuer, and name the reference.",
)
_ABOUT_THE_STRIP: Final = (
    "请与上方的码分开保管。查验身份证件时出示本条，可确认该码属于此证件；",
    "其他时候请勿出示。没有本条，任何人都无法由该码推知证件号码。",
    "Keep it apart from the code above. Show it where your identity document is",
    "checked: it confirms that the code belongs to that document. Show it nowhere",
    "else: without it, nobody can learn the document's number from the code.",
)

_ABOUT_THE_STRIP_IN_LARGE: Final = (
    "请剪下，与健康码分开保管。",
    "查验身份证件时，请出示本条；",
    "其他时候，请勿出示。",
)


def _code(text: str, layout: Layout) -> Code:
    """Draw a code at the layout's size, or larger, where its modules would be too small."""
    return Code(text, 0, 0, max(MIN_MODULE, CODE_SIDES[layout] / _modules(text)))


def _opening_code(opening: bytes) -> Code:
    # In capitals, which the alphanumeric mode has.
    return Code(opening.hex().upper(), 0, 0, _OPENING_MODULE)


def _side(code: Code) -> float:
    return code.module * _modules(code.text)


def _modules(text: str) -> int:
    return 17 + 4 * version(text)


def _cutting_line(y: float, words: str) -> Iterator[Mark]:
    yield Rule(y, 0, WIDTH, dashed=True)
    yield Words(words, MARGIN, y - 1.8, 3, _GREY)


def _grouped(data: bytes) -> str:
    """Write bytes in groups of four digits, which people can copy."""
    return data.hex(" ", 2)


def _fitted(words: Words, right: float) -> Words:
    """Shrink a line that is too long to end at the margin."""
    room = right - words.x if words.anchor == "start" else 2 * (right - words.x)
    return words._replace(size=min(words.size, room / ems(words.text)))


def ems(text: str) -> float:
    """Measure a text in ems, from above: for a viewer whose fonts are not known."""
    return sum(
        1.0 if unicodedata.east_asian_width(char) in {"W", "F", "A"} else 0.72 if char.isupper() else 0.56
        for char in text
    )


def _is_chinese(line: str) -> bool:
    return not line.isascii()
