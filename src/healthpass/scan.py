"""Reading health codes out of pictures (extra: ``scan``). What is found is not verified yet."""

from healthpass.drawing._scan import NotAHealthCodeError, PictureError, scan

__all__ = ["NotAHealthCodeError", "PictureError", "scan"]
