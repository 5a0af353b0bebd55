"""Tables of indicator values -> the indicator tables of a workspace, and out again."""
