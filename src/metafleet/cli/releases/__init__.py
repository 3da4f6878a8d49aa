"""Bringing a version into service, and taking it back: what `metafleet deploy` and its siblings do."""
