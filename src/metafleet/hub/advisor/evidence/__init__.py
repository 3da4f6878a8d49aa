"""Evidence: what EAs did out of sample, and what is to be thought of it. Knows no Django."""
