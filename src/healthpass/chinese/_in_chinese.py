"""Errors in Chinese."""

from functools import cache

from healthpass.chinese._phrasebook import Phrasebook


def in_chinese(message: str) -> str:
    """Return a message of the library in Chinese, such as the text of an error.

    Codes stay as they are, such as the verdict of a `VerificationError`, and so do the values in a message: names
    of files, ids, numbers. So does all of which there is no Chinese. Control characters stay in it too; `harmless`
    is for what is shown.

    >>> in_chinese("it has ended in a way of which there is no Chinese")
    'it has ended in a way of which there is no Chinese'

    Args:
        message: what the library says, in English.
    """
    return _errors().translate(message)


@cache
def _errors() -> Phrasebook:
    return Phrasebook.read("errors")
