"""Events -> a chained, append-only ledger in a GeoPackage or in PostGIS, and back to clues."""
