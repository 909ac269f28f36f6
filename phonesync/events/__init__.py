"""What phones report by themselves: reports become entries, and entries meet the rows of lists. Pure."""
