"""Alembic's migrations: from an empty file to the tables of this version. Stores only go forward."""
