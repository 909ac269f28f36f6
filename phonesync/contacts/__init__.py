"""Sources of contacts: read them, decide what an import changes, keep it."""
