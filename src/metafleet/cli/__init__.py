"""The `metafleet` command: starts, stops and looks after a whole installation."""
