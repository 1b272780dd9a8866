"""The demonstration: a simulated scanner, collega as it is, and a simulated PACS on this machine."""
