"""Verifying, in the numbered steps of the specification (spec/credential.md, section 12).

This room judges a code by a `Registry`, which does not change. It knows nothing of updates, files or networks.
"""
