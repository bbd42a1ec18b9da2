"""Chinese for what the library says in English, such as its errors, for those who show it to people.

>>> in_chinese("of this there is no Chinese: it stays as it is")
'of this there is no Chinese: it stays as it is'

The code speaks English. The tables beside this file (`en,zh`) have the Chinese; they are read when it is
asked for.
"""

from healthpass.chinese._in_chinese import in_chinese
from healthpass.chinese._phrasebook import Phrasebook

__all__ = ["Phrasebook", "in_chinese"]
