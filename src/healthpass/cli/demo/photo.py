"""A picture as a camera at a gate takes it: askew, soft, noisy and unevenly lit."""

import io
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

_TABLE: Final = (92, 78, 66)
_BLACK: Final = (24, 26, 30)
_WHITE: Final = (246, 247, 248)
_CREASE: Final = (215, 213, 206)
_SIZE: Final = (720, 840)
_CODE_SIZE: Final = (356, 356)  # pixels: 6 a module
_BLUR: Final = 1.2  # pixels
_NOISE: Final = 14  # grey levels, standard deviation


def photograph_phone(code: bytes) -> bytes:
    """Take a picture of a phone that lies on a table and shows a code; both are PNG."""
    phone = Image.new("RGBA", (416, 700))
    draw = ImageDraw.Draw(phone)
    draw.rounded_rectangle((0, 0, 415, 699), 44, fill=_BLACK)
    draw.rounded_rectangle((14, 14, 401, 685), 32, fill=_WHITE)
    draw.rounded_rectangle((166, 26, 250, 44), 9, fill=_BLACK)
    _put(phone, code)
    return _photograph(phone, 7)


def photograph_paper(code: bytes) -> bytes:
    """Take a picture of a code on paper that was folded once; both are PNG."""
    paper = Image.new("RGBA", (520, 700), _WHITE)
    _put(paper, code)
    ImageDraw.Draw(paper).line((0, 350, 520, 350), fill=_CREASE, width=2)
    return _photograph(paper, -5)


def _put(thing: Image.Image, code: bytes) -> None:
    with Image.open(io.BytesIO(code)) as opened:
        scaled = opened.convert("RGB").resize(_CODE_SIZE, Image.Resampling.LANCZOS)
    thing.paste(scaled, ((thing.width - scaled.width) // 2, (thing.height - scaled.height) // 2))


def _photograph(thing: Image.Image, degrees: float) -> bytes:
    picture = Image.new("RGB", _SIZE, _TABLE)
    thing = thing.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
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
