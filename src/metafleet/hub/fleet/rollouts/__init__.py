"""Moving EA instances from one released version to another: a few first, then all, or back."""
