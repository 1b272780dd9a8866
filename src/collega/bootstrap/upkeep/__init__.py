"""What keeps a site in order: records, retention, backups, watch, acceptance."""
