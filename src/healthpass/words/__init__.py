"""The words that everybody uses: verdicts, outcomes, errors, and what people are told.

They come from the tables in `spec/registries/`. This room knows no other.
"""
