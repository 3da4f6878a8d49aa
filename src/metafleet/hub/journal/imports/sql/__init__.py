"""Named queries of imports."""
