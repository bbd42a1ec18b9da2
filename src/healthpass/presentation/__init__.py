"""Showing a code live: presentations, challenges, replays (spec/presentation.md).

This room knows the device's signature and its time. It does not know the issuer's registry.
"""
