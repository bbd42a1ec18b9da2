"""What the tables allow and forbid. `tests/words_from_tables.py` writes the rows from spec/tables."""

# ruff: noqa: E501
# fmt: off

from typing import Final

# The kinds of signed documents: their typ, the most bytes (DOC-1) and the most days in force (DOC-9).
DOCUMENT_KINDS: Final = {
    # document-kinds.csv
    "root": ("application/vnd.healthpass.root+cose", 8_192, 400),
    "registry": ("application/vnd.healthpass.registry+cose", 4_194_304, 31),
    "key-request": ("application/vnd.healthpass.key-request+cose", 4_096, 31),
    "status-list": ("application/statuslist+cwt", 1_114_112, 7),
    "policy": ("application/vnd.healthpass.policy+cose", 65_536, 31),
    "risk-map": ("application/vnd.healthpass.risk-map+cose", 262_144, 31),
}

# SIG-2: anybody can sign with these.
PUBLISHED_KEYS: Final = frozenset(map(bytes.fromhex, (
    # published-keys.csv
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",  # RFC 8032 section 7.1 TEST 1; RFC 8037 appendix A.1
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",  # RFC 8032 section 7.1 TEST 2
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",  # RFC 8032 section 7.1 TEST 3
    "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",  # RFC 8032 section 7.1 TEST 1024
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",  # RFC 8032 sections 7.1 TEST SHA(abc) and 7.3 TEST abc
    "dfc9425e4f968f7f0c29f0259cf5f9aed6851c2bb4ad8bfb860cfee0ab248292",  # RFC 8032 section 7.2 (first key)
    "0f1d1274943b91415889152e893d80e93275a1fc0b65fd71b4b0dda10ad7d772",  # RFC 8032 section 7.2 (second key)
    "974d96a22d224bc01adb915091477d44ccd91c9a41a11430010117d52c59240e",  # RFC 8080 section 6.1 (first key)
    "ccf9d9fd0c047bb4bc0b948fcf639f4b9451e34013936feb62713dc472048a3b",  # RFC 8080 section 6.1 (second key)
    "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",  # RFC 8410 section 10.3
    "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb",  # RFC 9421 appendix B.1.4
    "ed06a8ae61a829ba5fa54525c9d07f48dd44a302f43e0f23d8cc20b73085141e",  # RFC 9529 section 2 initiator
    "a1db47b95184854ad12a0c1a354e418aace33aa0f2c662c00b3ac55de92f9359",  # RFC 9529 section 2 responder
    "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",  # seed of 32 bytes 00
    "76a1592044a6e4f511265bca73a604d90b0529d1df602be30a19a9257660d1f5",  # seed of 32 bytes ff
    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",  # seed of the bytes 00 to 1f
    "79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664",  # seed of the bytes 01 to 20
)))

# HLT-7: what verifiers refuse in a holder's label.
FORBIDDEN: Final = (
    # forbidden-code-points.csv: verifier
    (0x0000, 0x001F),  # control
    (0x007F, 0x009F),  # control
    (0x00AD, 0x00AD),  # format
    (0x034F, 0x034F),  # format
    (0x061C, 0x061C),  # bidi
    (0x115F, 0x1160),  # filler
    (0x17B4, 0x17B5),  # format
    (0x200B, 0x200D),  # zero-width
    (0x200E, 0x200F),  # bidi
    (0x2028, 0x2029),  # separator
    (0x202A, 0x202E),  # bidi
    (0x2060, 0x2065),  # zero-width
    (0x2066, 0x2069),  # bidi
    (0x206A, 0x206F),  # format
    (0x3164, 0x3164),  # filler
    (0xD800, 0xDFFF),  # surrogate
    (0xFDD0, 0xFDEF),  # noncharacter
    (0xFEFF, 0xFEFF),  # zero-width
    (0xFFA0, 0xFFA0),  # filler
    (0xFFF0, 0xFFFB),  # format
    (0xFFFE, 0xFFFF),  # noncharacter
    (0x1BCA0, 0x1BCA3),  # format
    (0x1D173, 0x1D17A),  # format
    (0x1FFFE, 0x1FFFF),  # noncharacter
    (0x2FFFE, 0x2FFFF),  # noncharacter
    (0x3FFFE, 0x3FFFF),  # noncharacter
    (0x4FFFE, 0x4FFFF),  # noncharacter
    (0x5FFFE, 0x5FFFF),  # noncharacter
    (0x6FFFE, 0x6FFFF),  # noncharacter
    (0x7FFFE, 0x7FFFF),  # noncharacter
    (0x8FFFE, 0x8FFFF),  # noncharacter
    (0x9FFFE, 0x9FFFF),  # noncharacter
    (0xAFFFE, 0xAFFFF),  # noncharacter
    (0xBFFFE, 0xBFFFF),  # noncharacter
    (0xCFFFE, 0xCFFFF),  # noncharacter
    (0xDFFFE, 0xDFFFF),  # noncharacter
    (0xE0000, 0xE00FF),  # tag
    (0xE01F0, 0xE0FFF),  # format
    (0xEFFFE, 0xEFFFF),  # noncharacter
    (0xFFFFE, 0xFFFFF),  # noncharacter
    (0x10FFFE, 0x10FFFF),  # noncharacter
)

# ISS-3: what issuers refuse besides, with a hint.
FORBIDDEN_TO_ISSUERS: Final = (
    # forbidden-code-points.csv: issuer
    (0x0387, 0x0387, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x1427, 0x1427, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x16EB, 0x16EB, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x2022, 0x2022, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x2027, 0x2027, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x2219, 0x2219, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x22C5, 0x22C5, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x2E31, 0x2E31, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x2E33, 0x2E33, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x30FB, 0x30FB, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0x318D, 0x318D, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0xA78F, 0xA78F, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0xE000, 0xE815, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE816, 0xE816, "write U+20087 𠂇: it had this number before Unicode had it"),  # private-use
    (0xE817, 0xE817, "write U+20089 𠂉: it had this number before Unicode had it"),  # private-use
    (0xE818, 0xE818, "write U+200CC 𠃌: it had this number before Unicode had it"),  # private-use
    (0xE819, 0xE819, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE81A, 0xE81A, "write U+3473 㑳: it had this number before Unicode had it"),  # private-use
    (0xE81B, 0xE81B, "write U+3447 㑇: it had this number before Unicode had it"),  # private-use
    (0xE81C, 0xE81D, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE81E, 0xE81E, "write U+9FB4 龴: it had this number before Unicode had it"),  # private-use
    (0xE81F, 0xE81F, "write U+359E 㖞: it had this number before Unicode had it"),  # private-use
    (0xE820, 0xE820, "write U+361A 㘚: it had this number before Unicode had it"),  # private-use
    (0xE821, 0xE821, "write U+360E 㘎: it had this number before Unicode had it"),  # private-use
    (0xE822, 0xE823, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE824, 0xE824, "write U+396E 㥮: it had this number before Unicode had it"),  # private-use
    (0xE825, 0xE825, "write U+3918 㤘: it had this number before Unicode had it"),  # private-use
    (0xE826, 0xE826, "write U+9FB5 龵: it had this number before Unicode had it"),  # private-use
    (0xE827, 0xE827, "write U+39CF 㧏: it had this number before Unicode had it"),  # private-use
    (0xE828, 0xE828, "write U+39DF 㧟: it had this number before Unicode had it"),  # private-use
    (0xE829, 0xE829, "write U+3A73 㩳: it had this number before Unicode had it"),  # private-use
    (0xE82A, 0xE82A, "write U+39D0 㧐: it had this number before Unicode had it"),  # private-use
    (0xE82B, 0xE82B, "write U+9FB6 龶: it had this number before Unicode had it"),  # private-use
    (0xE82C, 0xE82C, "write U+9FB7 龷: it had this number before Unicode had it"),  # private-use
    (0xE82D, 0xE82D, "write U+3B4E 㭎: it had this number before Unicode had it"),  # private-use
    (0xE82E, 0xE82E, "write U+3C6E 㱮: it had this number before Unicode had it"),  # private-use
    (0xE82F, 0xE82F, "write U+3CE0 㳠: it had this number before Unicode had it"),  # private-use
    (0xE830, 0xE830, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE831, 0xE831, "write U+215D7 𡗗: it had this number before Unicode had it"),  # private-use
    (0xE832, 0xE832, "write U+9FB8 龸: it had this number before Unicode had it"),  # private-use
    (0xE833, 0xE833, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE834, 0xE834, "write U+4056 䁖: it had this number before Unicode had it"),  # private-use
    (0xE835, 0xE835, "write U+415F 䅟: it had this number before Unicode had it"),  # private-use
    (0xE836, 0xE836, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE837, 0xE837, "write U+4337 䌷: it had this number before Unicode had it"),  # private-use
    (0xE838, 0xE83A, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE83B, 0xE83B, "write U+2298F 𢦏: it had this number before Unicode had it"),  # private-use
    (0xE83C, 0xE83C, "write U+43B1 䎱: it had this number before Unicode had it"),  # private-use
    (0xE83D, 0xE83D, "write U+43AC 䎬: it had this number before Unicode had it"),  # private-use
    (0xE83E, 0xE83E, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE83F, 0xE83F, "write U+43DD 䏝: it had this number before Unicode had it"),  # private-use
    (0xE840, 0xE840, "write U+44D6 䓖: it had this number before Unicode had it"),  # private-use
    (0xE841, 0xE841, "write U+4661 䙡: it had this number before Unicode had it"),  # private-use
    (0xE842, 0xE842, "write U+464C 䙌: it had this number before Unicode had it"),  # private-use
    (0xE843, 0xE843, "write U+9FB9 龹: it had this number before Unicode had it"),  # private-use
    (0xE844, 0xE844, "write U+4723 䜣: it had this number before Unicode had it"),  # private-use
    (0xE845, 0xE845, "write U+4729 䜩: it had this number before Unicode had it"),  # private-use
    (0xE846, 0xE846, "write U+477C 䝼: it had this number before Unicode had it"),  # private-use
    (0xE847, 0xE847, "write U+478D 䞍: it had this number before Unicode had it"),  # private-use
    (0xE848, 0xE848, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xE849, 0xE849, "write U+4947 䥇: it had this number before Unicode had it"),  # private-use
    (0xE84A, 0xE84A, "write U+497A 䥺: it had this number before Unicode had it"),  # private-use
    (0xE84B, 0xE84B, "write U+497D 䥽: it had this number before Unicode had it"),  # private-use
    (0xE84C, 0xE84C, "write U+4982 䦂: it had this number before Unicode had it"),  # private-use
    (0xE84D, 0xE84D, "write U+4983 䦃: it had this number before Unicode had it"),  # private-use
    (0xE84E, 0xE84E, "write U+4985 䦅: it had this number before Unicode had it"),  # private-use
    (0xE84F, 0xE84F, "write U+4986 䦆: it had this number before Unicode had it"),  # private-use
    (0xE850, 0xE850, "write U+499F 䦟: it had this number before Unicode had it"),  # private-use
    (0xE851, 0xE851, "write U+499B 䦛: it had this number before Unicode had it"),  # private-use
    (0xE852, 0xE852, "write U+49B7 䦷: it had this number before Unicode had it"),  # private-use
    (0xE853, 0xE853, "write U+49B6 䦶: it had this number before Unicode had it"),  # private-use
    (0xE854, 0xE854, "write U+9FBA 龺: it had this number before Unicode had it"),  # private-use
    (0xE855, 0xE855, "write U+241FE 𤇾: it had this number before Unicode had it"),  # private-use
    (0xE856, 0xE856, "write U+4CA3 䲣: it had this number before Unicode had it"),  # private-use
    (0xE857, 0xE857, "write U+4C9F 䲟: it had this number before Unicode had it"),  # private-use
    (0xE858, 0xE858, "write U+4CA0 䲠: it had this number before Unicode had it"),  # private-use
    (0xE859, 0xE859, "write U+4CA1 䲡: it had this number before Unicode had it"),  # private-use
    (0xE85A, 0xE85A, "write U+4C77 䱷: it had this number before Unicode had it"),  # private-use
    (0xE85B, 0xE85B, "write U+4CA2 䲢: it had this number before Unicode had it"),  # private-use
    (0xE85C, 0xE85C, "write U+4D13 䴓: it had this number before Unicode had it"),  # private-use
    (0xE85D, 0xE85D, "write U+4D14 䴔: it had this number before Unicode had it"),  # private-use
    (0xE85E, 0xE85E, "write U+4D15 䴕: it had this number before Unicode had it"),  # private-use
    (0xE85F, 0xE85F, "write U+4D16 䴖: it had this number before Unicode had it"),  # private-use
    (0xE860, 0xE860, "write U+4D17 䴗: it had this number before Unicode had it"),  # private-use
    (0xE861, 0xE861, "write U+4D18 䴘: it had this number before Unicode had it"),  # private-use
    (0xE862, 0xE862, "write U+4D19 䴙: it had this number before Unicode had it"),  # private-use
    (0xE863, 0xE863, "write U+4DAE 䶮: it had this number before Unicode had it"),  # private-use
    (0xE864, 0xE864, "write U+9FBB 龻: it had this number before Unicode had it"),  # private-use
    (0xE865, 0xF8FF, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0xFF65, 0xFF65, "use the middle dot U+00B7 between the parts of a name"),  # middle-dot
    (0xFFFC, 0xFFFD, "a character was lost on the way; enter the name again from the source record"),  # replacement
    (0xF0000, 0xFFFFD, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
    (0x100000, 0x10FFFD, "use the character's Unicode code point; where it is not yet encoded, use pinyin"),  # private-use
)
