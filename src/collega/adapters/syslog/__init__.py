"""Syslog over TLS (RFC 5425), from the sender's side."""
