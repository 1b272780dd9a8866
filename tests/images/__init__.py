"""Images of our own for the container engine of this machine: one static program, one word says how it behaves."""
