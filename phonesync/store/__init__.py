"""The store: one database file, the only place that speaks SQL. :func:`.repository.open_store` opens it."""
