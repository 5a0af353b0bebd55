"""Faulty and mixed geometry -> valid features of one kind, every change on record."""
