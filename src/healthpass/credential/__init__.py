"""What a health code says: ids, label, colour, evidence, binding, claims (spec/credential.md, sections 7 to 10).

This room knows a credential and its rules. It does not know who is trusted, and judges nothing.
"""
