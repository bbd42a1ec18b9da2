"""QR codes of health codes, as PNG, SVG or characters of a terminal (extra: ``qr``, or ``scan``).

Where zxing-cpp is installed, which the extra ``scan`` brings, it draws the modules. Elsewhere the package qrcode
does, which is slower. The result is the same from both, to the last byte: one segment in alphanumeric mode, in the
smallest version that holds the text, with the data mask that has the fewest penalty points (ISO/IEC 18004, 7.8.3).
"""

from healthpass.drawing._paper import caption_of
from healthpass.drawing._qr import Level, outline, png, svg, terminal, version

__all__ = ["Level", "caption_of", "outline", "png", "svg", "terminal", "version"]
