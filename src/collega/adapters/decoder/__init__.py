"""Decoding in processes of its own: what hangs or crashes there ends there."""
