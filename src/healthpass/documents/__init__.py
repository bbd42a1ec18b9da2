"""Signed documents: roots, registries, key requests, status lists, bundles (spec/registry.md, spec/status.md).

This room reads and writes one document at a time, and the scopes in it. It does not know which of two documents is
newer, or who is trusted.
"""
