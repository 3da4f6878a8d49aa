"""Recommendations: evidence gathered, a tenant advised, what was said kept and scored."""
