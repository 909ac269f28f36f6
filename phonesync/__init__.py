"""phonesync: reads desk phones' call lists in time, never forgets, never doubles, confesses its gaps."""
