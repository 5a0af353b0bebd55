"""Renderers: a `Scene` goes in, a page to read on screen or on paper comes out; nothing here decides anything."""
