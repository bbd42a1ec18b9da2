"""Pictures and paper: drawing a QR code, reading one from a picture, laying out a sheet.

This room knows texts and what they claim. It verifies nothing, and knows no key. Its libraries are extras. Users
import it as `healthpass.qr`, `healthpass.scan` and `healthpass.sheet`.
"""
