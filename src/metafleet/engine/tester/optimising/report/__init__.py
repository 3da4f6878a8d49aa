"""What an optimisation is told as: one document, and a page that needs nothing beside it."""
