"""Signing in: passwords, sessions, tokens, links; and what shields the site's pages."""
