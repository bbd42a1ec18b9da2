"""Reading health codes out of pictures (extra: ``scan``). What is found is not verified yet."""

from healthpass.drawing._scan import NotAHealthCodeError, PictureError, Scanned, scan

__all__ = ["NotAHealthCodeError", "PictureError", "Scanned", "scan"]
