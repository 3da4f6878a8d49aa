"""Optimisations: many tries of one EA, shared by all workers of the installation."""
