"""Models that say which way: their features, training, evidence, files and export. No web, no Django."""
