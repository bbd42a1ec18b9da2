"""Issuing: from a health code to a signed text (spec/credential.md, section 11).

This room makes codes, and asks a ledger for their places. It does not know how a ledger gives them out or keeps
them.
"""
