"""People: proving a phone, signing in, what they told about themselves."""
