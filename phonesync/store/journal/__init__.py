"""The methods of the store that are about the journal, one module for each matter."""
