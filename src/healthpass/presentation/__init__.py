"""Showing a code live: presentations, challenges, replays (spec/presentation.md, sections 3 to 8).

This room knows the device's signature and its time. It does not know who the issuer is, or whether it is trusted.
"""
