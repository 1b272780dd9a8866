"""The reader's side: what to look at first, and in which words."""
