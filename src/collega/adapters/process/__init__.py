"""Python apps: forked from a warm template, confined, limited, accounted."""
