"""Bytes and texts: CBOR, the COSE layouts, Base45, times, PEM and keys (spec/credential.md, sections 2 to 6).

This room knows how things are written, and nothing of what they mean: no claim, no document, no trust. It imports
`words` alone.
"""
