"""The console API: what the screens and scripts use."""
