"""Sentences and labels on the screen, in the reader's language."""
