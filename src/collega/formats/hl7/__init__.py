"""HL7 version 2: reading what RIS and EHR send, writing what they are answered and told."""
