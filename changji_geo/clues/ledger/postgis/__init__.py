"""The ledger as a schema of a PostgreSQL database with PostGIS (extra ``postgis``)."""
