"""Whether an app is right here: what is taken to be true, panels, label checks, validations."""
