"""What phones reach over HTTP: their phonebooks, and the addresses they report to."""
