"""Bytes and text: CBOR, the COSE layouts, Base45, keys and signatures, PEM, times (spec/credential.md, 3 to 6).

This room knows how things are written and signed, and nothing of what they mean: no claim, no document, no
trust. It imports `words` alone. The core reads the clock here, and nowhere else.
"""
