"""Named statements of the journal's hot paths."""
