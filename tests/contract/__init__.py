"""The same tests on the fakes and on the real adapters."""
