"""The processes of the line: the receiver and the workers."""
