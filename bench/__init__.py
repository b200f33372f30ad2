"""Measurements of the product: each compares within one run and gives ratios.

``python -m bench`` runs them all; docs/benchmarks.md says what is measured and how.
"""
