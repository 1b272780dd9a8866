"""The survey: what people think of AI in their work, and what the hospital does about it."""
