"""What learns from samples: trees, a line, and the logistic that makes probabilities of their scores."""
