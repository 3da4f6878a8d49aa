"""Advice: how markets stand, and which EA to run on what, with the evidence and the record of it."""
