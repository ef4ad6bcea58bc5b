"""Printable PDF: cards to cut out and a booklet to study, made by WeasyPrint, with formulas by ziamath.

Both are in the extra `pdf`, and are imported only when a PDF is made.
"""
