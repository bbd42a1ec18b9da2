"""A picture of a screen, as a camera at a gate takes it: askew, soft, noisy and unevenly lit."""

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


def photograph(code: bytes) -> bytes:
    """Put a QR code on a phone, the phone on a table, and take a picture.

    Args:
        code: the code as PNG.

    Returns:
        The picture as PNG.
    """
    picture = Image.new("RGB", _SIZE, _TABLE)
    phone = _phone(code).rotate(_ANGLE, Image.Resampling.BICUBIC, expand=True)
    picture.paste(phone, ((_SIZE[0] - phone.width) // 2, (_SIZE[1] - phone.height) // 2), phone)
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
    with Image.open(io.BytesIO(code)) as opened:
        side = (_CODE_SIDE, _CODE_SIDE)
        shown = opened.convert("RGB").resize(side, Image.Resampling.LANCZOS)
    phone.paste(shown, ((width - _CODE_SIDE) // 2, (height - _CODE_SIDE) // 2))
    return phone
