"""Pictures and paper: drawing QR codes, reading them, laying out a sheet.

This room knows texts and what they claim. It verifies nothing, and knows no key. Its libraries are extras.
"""
