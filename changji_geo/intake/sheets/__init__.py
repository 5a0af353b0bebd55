"""A CSV or XLSX file -> a table of cells with the row numbers the user sees (`sheets.read_sheet`)."""
