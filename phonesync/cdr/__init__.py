"""A switch's own record of calls: read its files, keep its lines."""
