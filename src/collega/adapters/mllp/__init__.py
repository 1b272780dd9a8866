"""HL7 over MLLP: sockets on which messages come and go."""
