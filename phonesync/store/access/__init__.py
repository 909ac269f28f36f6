"""Who may read the journal: users, their sessions, tokens and links, and the log of what they did."""
