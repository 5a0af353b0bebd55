"""A file's fields -> the columns of a layer, by the alias table (`columns.map_columns`)."""
