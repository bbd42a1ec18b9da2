"""Signed documents: roots, registries, key requests, status lists, bundles (spec/registry.md, spec/status.md).

This room reads and writes each document on its own. It does not know which one is newer, or who is trusted.
"""
