"""Whom a verifier trusts: updates, recognition, revocation, and the `Registry` (spec/registry.md, 6 to 9).

This room decides which document counts: whether a registry is newer, whether enough keys have signed it, what it
revokes, and whether a retired key may have signed
a code. It reads no file and no clock, and judges no code.
"""
