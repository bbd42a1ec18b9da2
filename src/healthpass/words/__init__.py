"""The words that everybody uses: codes, verdicts, outcomes, findings and errors, and what people are told.

They come from the tables in `spec/tables/`: `tests/words_from_tables.py` writes the rows, and a test holds
them equal. This room knows no other.
"""
