"""The page of one study: what each app says, what readers say of it, what they add."""
