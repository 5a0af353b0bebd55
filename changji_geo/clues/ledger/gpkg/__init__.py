"""The ledger as one GeoPackage file."""
