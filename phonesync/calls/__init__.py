"""Pure: entries of many phones become calls."""
