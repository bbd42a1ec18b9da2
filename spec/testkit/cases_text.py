"""Section 3: the text of a credential, and everything that is not one."""

from __future__ import annotations

from encode import base45, seal
from topic import KEY, Topic, claims

TOPIC = Topic("text")
GOOD = seal(claims(), KEY)
TEXT = GOOD.text
BODY = TEXT[4:]
EVEN = "HP1:" + base45(GOOD.cose[:142])
LETTER = next(i for i in range(40, 80) if TEXT[i].isalpha())

TOPIC.good("txt-001", "TXT-1 TXT-4", "A plain green bearer code.", claims())

malformed = "malformed-text"
for identifier, comment, text in [
    ("txt-002", "An empty text is not a health code.", ""),
    ("txt-003", "A payment code of another kind of QR.", "https://example.org/HP1:" + BODY),
    ("txt-004", "The prefix is missing; a body alone has no version.", BODY),
    ("txt-005", "The prefix has no colon.", "HP1" + BODY),
    ("txt-006", "Prefixes are case-sensitive: lower case would be a second text.", "hp1:" + BODY),
    ("txt-007", "The prefix of the EU's certificates is not ours.", "HC1:" + BODY),
    ("txt-008", "Four capital letters more: the prefix stands at the start.", "XHP1:" + BODY),
    ("txt-009", "A byte order mark before the prefix.", "\ufeff" + TEXT),
    ("txt-010", "A full-width digit in the prefix is another character.", "HP\uff11:" + BODY),
    ("txt-011", "A Cyrillic letter that looks like P.", "H\u04201:" + BODY),
]:
    TOPIC.bad(identifier, malformed, "TXT-3", comment, text, attack=[35])

for identifier, comment, text in [
    ("txt-020", "The next version of the credential.", "HP2:" + BODY),
    ("txt-021", "A version of two digits.", "HP12:" + BODY),
    ("txt-022", "A version of four digits, the longest form.", "HP9999:" + BODY),
    ("txt-024", "The next version of the presentation.", "HPP2:" + BODY),
    ("txt-025", "Another version is known by its prefix alone; its body may not be Base45.", "HP2:~"),
    ("txt-026", "Another version with nothing after the prefix.", "HP2:"),
    ("txt-027", "Another version of exactly 2,048 characters.", "HP2:" + "0" * 2044),
    (
        "txt-029",
        "The same in characters that UTF-16 counts twice: code points count.",
        "HP2:" + "\U00020bb7" * 2044,
    ),
]:
    TOPIC.bad(identifier, "unsupported-version", "TXT-2", comment, text, attack=[37] if "HPP" in text else [])

for identifier, comment, text in [
    ("txt-030", "Version 0 does not exist: the first digit is not 0.", "HP0:" + BODY),
    ("txt-031", "A leading zero would be a second way to write version 1.", "HP01:" + BODY),
    ("txt-032", "Five digits are no version.", "HP10000:" + BODY),
    ("txt-033", "No digit is no version.", "HP:" + BODY),
    ("txt-034", "A third P is no prefix.", "HPPP1:" + BODY),
    ("txt-035", "An Arabic-Indic digit is a digit to many regular expressions.", "HP\u0662:" + BODY),
    ("txt-036", "A full-width 2 is a digit to many regular expressions.", "HP\uff12:" + BODY),
    ("txt-037", "Lower case is no version either.", "hp2:" + BODY),
    ("txt-038", "Space between the letters and the digit.", "HP 2:" + BODY),
    ("txt-039", "A letter among the digits.", "HP2A:" + BODY),
]:
    TOPIC.bad(identifier, malformed, "TXT-2 TXT-3", comment, text, attack=[35])

for identifier, comment, text in [
    (
        "txt-040",
        "2,049 characters of another version: the length is checked before anything else.",
        "HP2:" + "0" * 2045,
    ),
    ("txt-041", "2,049 characters of good Base45.", "HP1:" + base45(bytes(1363))),
    ("txt-042", "Ten thousand characters.", "HP1:" + "0" * 9996),
]:
    TOPIC.bad(identifier, malformed, "TXT-1 VER-11", comment, text, attack=[34])
TOPIC.bad(
    "txt-043",
    "malformed-envelope",
    "TXT-1 ENV-1",
    "2,047 characters, the longest text that is Base45: short enough for step 1, too long for step 2.",
    "HP1:" + base45(GOOD.cose.ljust(1362, b"\0")),
    attack=[34],
)

for identifier, comment, text in [
    ("txt-050", "The first character beyond the number 65,535: ::: is 91,124.", "HP1::::" + BODY[3:]),
    ("txt-051", "GGW is 65,536, one too many.", "HP1:GGW" + BODY[3:]),
    ("txt-052", "A last group of two above 255: U5 is 255, V5 is 256.", EVEN + "V5"),
    ("txt-053", "A last group of one character holds no byte.", EVEN + "0"),
    ("txt-054", "A character of lower case is not in the table.", "HP1:" + BODY.lower()),
    ("txt-055", "One letter in lower case.", TEXT[:LETTER] + TEXT[LETTER].lower() + TEXT[LETTER + 1 :]),
    ("txt-056", "A comma is not in the table.", TEXT[:40] + "," + TEXT[41:]),
    ("txt-057", "NUL in the middle, where a string of C would end.", TEXT[:40] + "\0" + TEXT[41:]),
    ("txt-058", "Full-width letters.", TEXT[:40] + "\uff21" + TEXT[41:]),
    ("txt-059", "The letter \u017f becomes S when it is upper-cased.", TEXT[:40] + "\u017f" + TEXT[41:]),
    ("txt-060", "A character outside the BMP.", TEXT[:40] + "\U0001d400" + TEXT[41:]),
    ("txt-061", "Nothing but the prefix and one character.", "HP1:0"),
]:
    TOPIC.bad(identifier, malformed, "TXT-4", comment, text, attack=[35])
TOPIC.bad(
    "txt-062", "malformed-envelope", "TXT-4 ENV-4", "FGW is 65,535, the largest group: good Base45.", "HP1:FGW"
)
TOPIC.bad(
    "txt-063", "malformed-envelope", "TXT-4 ENV-4", "U5 is 255, the largest last group: good Base45.", "HP1:U5"
)
TOPIC.bad("txt-064", "malformed-envelope", "TXT-4 ENV-4", "The prefix alone: Base45 of no bytes at all.", "HP1:")

SPACED = next(text for i in range(999) if " " in (text := seal(claims({7: i.to_bytes(12)}), KEY).text)[-80:])
for identifier, comment, text in [
    ("txt-070", "A newline after the text, as a scanner that types it adds.", TEXT + "\n"),
    ("txt-071", "A newline before the text.", "\n" + TEXT),
    ("txt-072", "A newline inside, as mail programs break lines.", TEXT[:76] + "\n" + TEXT[76:]),
    ("txt-073", "CR and LF after the text.", TEXT + "\r\n"),
    ("txt-074", "A space before the text: a space is a character of Base45.", " " + TEXT),
    ("txt-075", "A space after the text would be a group of one character.", TEXT + " "),
    ("txt-076", "A tab after the text.", TEXT + "\t"),
    ("txt-077", "A space between prefix and body shifts every group.", "HP1: " + BODY),
    ("txt-078", "%20 for a space, as camera programs write it.", SPACED.replace(" ", "%20")),
    ("txt-079", "%3A for the colon of the prefix.", TEXT.replace("HP1:", "HP1%3A")),
    ("txt-081", "A no-break space for a space.", SPACED.replace(" ", "\xa0")),
    ("txt-082", "A text between quotation marks.", f'"{TEXT}"'),
    ("txt-083", "A zero-width space at the end.", TEXT + "\u200b"),
    ("txt-084", "Two texts, one after the other.", TEXT + TEXT),
]:
    TOPIC.bad(identifier, malformed, "TXT-5", comment, text, attack=[35])
TOPIC.bad(
    "txt-080",
    "bad-signature",
    "TXT-5 SIG-5",
    "+ for a space, as web forms write it: another character of Base45, so another signature, and not repaired.",
    SPACED[:-80] + SPACED[-80:].replace(" ", "+", 1),
    attack=[35],
)

TOPIC.bad("txt-028", "unsupported-version", "TXT-2", "A version with a zero that does not lead.", "HP10:" + BODY)
for identifier, comment, text in [
    ("txt-044", "A second colon in place of the digit: it follows 9 in ASCII.", "HP::" + BODY),
    ("txt-045", "A slash among the digits: it precedes 0 in ASCII.", "HP2/:" + BODY),
]:
    TOPIC.bad(identifier, malformed, "TXT-2 TXT-3", comment, text, attack=[35])
