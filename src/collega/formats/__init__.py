"""Pure translators between records and the formats of the field."""
