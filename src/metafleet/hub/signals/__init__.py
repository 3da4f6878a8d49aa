"""Signals: the registry of models, and what they said, written once."""
