"""A ledger and a period -> the report on it: numbers as they stood at its end, maps, a workbook, a document."""
