"""Verifying: from a text to a result or a verdict, in the 14 steps of VER-1 (spec/credential.md, section 12).

This room judges a code by a `Registry`, which does not change. It knows nothing of updates, files or networks.
"""
