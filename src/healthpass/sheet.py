"""A sheet to print for people who carry their code on paper (extra: ``print``)."""

from healthpass.drawing._sheet import Layout, pdf, svg

__all__ = ["Layout", "pdf", "svg"]
