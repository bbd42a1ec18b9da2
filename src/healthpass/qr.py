"""QR codes of health codes, as PNG, SVG or characters of a terminal (extra: ``qr``)."""

from healthpass.drawing._paper import caption_of
from healthpass.drawing._qr import Level, outline, png, svg, terminal, version

__all__ = ["Level", "caption_of", "outline", "png", "svg", "terminal", "version"]
