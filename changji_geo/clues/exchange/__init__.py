"""Files that leave the ledger for the field and the counties, and come back by the clue's id."""
