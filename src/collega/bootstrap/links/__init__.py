"""RIS, EHR and PACS: what comes from them, and what is told to them."""
