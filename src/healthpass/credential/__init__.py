"""What a health code says: ids, label, colour, reason, evidence, binding, place (spec/credential.md, 7 to 10).

This room knows each claim and its rule. It does not know who is trusted, and judges no code.
"""
