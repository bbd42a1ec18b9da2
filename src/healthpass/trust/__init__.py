"""Whom a verifier trusts: states, updates, paths, and the `Registry` that verifying asks (spec/registry.md).

This room decides which document counts. It reads no file and no clock, and judges no code.
"""
