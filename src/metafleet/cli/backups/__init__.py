"""Backups of an installation: taken while it runs, sealed, listed, verified by restoring."""
