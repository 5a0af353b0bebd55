"""A vector file of any format -> its features as they stand (`opening.open_source`)."""
