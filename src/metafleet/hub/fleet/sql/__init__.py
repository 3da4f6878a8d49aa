"""Named statements of the fleet's hot paths, where the ORM is too slow or cannot say it."""
