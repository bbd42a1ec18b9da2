"""A picture of a screen or of paper, as a camera at a gate takes it: askew, soft, noisy and unevenly lit."""

import io
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

_TABLE: Final = (92, 78, 66)
_PHONE: Final = (24, 26, 30)
_SCREEN: Final = (246, 247, 248)
_SIZE: Final = (720, 840)
_PHONE_SIZE: Final = (416, 700)
_CODE_SIDE: Final = 356  # pixels: 6 a module
_ANGLE: Final = 7  # degrees
_BLUR: Final = 1.2  # pixels
_NOISE: Final = 14  # grey levels, standard deviation
_PAPER: Final = (243, 241, 234)
_CREASE: Final = (215, 213, 206)
_PAPER_SIZE: Final = (520, 700)
_PAPER_ANGLE: Final = -5  # degrees


def photograph(code: bytes) -> bytes:
    """Put a QR code on a phone, the phone on a table, and take a picture.

    Args:
        code: the code as PNG.

    Returns:
        The picture as PNG.
    """
    return _photograph(_phone(code), _ANGLE)


def photograph_paper(code: bytes) -> bytes:
    """Print a QR code, fold the paper once, and take a picture of it.

    Args:
        code: the code as PNG.

    Returns:
        The picture as PNG.
    """
    return _photograph(_paper(code), _PAPER_ANGLE)


def _photograph(thing: Image.Image, angle: float) -> bytes:
    picture = Image.new("RGB", _SIZE, _TABLE)
    thing = thing.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    picture.paste(thing, ((_SIZE[0] - thing.width) // 2, (_SIZE[1] - thing.height) // 2), thing)
    picture = picture.filter(ImageFilter.GaussianBlur(_BLUR))
    # Bright at the upper edge, dim at the lower one.
    light = Image.linear_gradient("L").resize(_SIZE).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    light = light.point(lambda level: 110 + level * 145 // 255)
    picture = ImageChops.multiply(picture, Image.merge("RGB", (light, light, light)))
    noise = Image.effect_noise(_SIZE, _NOISE)
    picture = ImageChops.add(picture, Image.merge("RGB", (noise, noise, noise)), offset=-128)
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)  # noise does not get smaller by trying harder
    return file.getvalue()


def _phone(code: bytes) -> Image.Image:
    width, height = _PHONE_SIZE
    phone = Image.new("RGBA", _PHONE_SIZE)
    draw = ImageDraw.Draw(phone)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), 44, fill=_PHONE)
    draw.rounded_rectangle((14, 14, width - 15, height - 15), 32, fill=_SCREEN)
    draw.rounded_rectangle((width // 2 - 42, 26, width // 2 + 42, 44), 9, fill=_PHONE)
    phone.paste(_scaled(code), ((width - _CODE_SIDE) // 2, (height - _CODE_SIDE) // 2))
    return phone


def _paper(code: bytes) -> Image.Image:
    width, height = _PAPER_SIZE
    paper = Image.new("RGBA", _PAPER_SIZE, _PAPER)
    ink = ImageChops.multiply(_scaled(code), Image.new("RGB", (_CODE_SIDE, _CODE_SIDE), _PAPER))
    paper.paste(ink, ((width - _CODE_SIDE) // 2, (height - _CODE_SIDE) // 2))
    ImageDraw.Draw(paper).line((0, height // 2, width, height // 2), fill=_CREASE, width=2)
    return paper


def _scaled(code: bytes) -> Image.Image:
    with Image.open(io.BytesIO(code)) as opened:
        return opened.convert("RGB").resize((_CODE_SIDE, _CODE_SIDE), Image.Resampling.LANCZOS)
