"""PostgreSQL: the store, the job engine, the embedded server and the schema."""
