"""Phonebooks, purely: what each phone may know, and what fits on it."""
