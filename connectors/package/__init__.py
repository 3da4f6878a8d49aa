"""The zip that people install from: the programs in a terminal's folders, presets, and how to install."""
