"""Who comes in: accounts, sessions, ways to sign in, tokens."""
