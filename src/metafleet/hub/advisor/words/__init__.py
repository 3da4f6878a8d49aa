"""Recommendations in words: a template's, or an author's outside, who may not bring a number of their own."""
