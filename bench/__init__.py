"""Measurements: how fast phones are read, against a floor in the same run, and how late under load.

Not shipped. ``python -m bench`` runs all of it; docs/reference/performance.md explains the figures.
"""
