"""Tests of the pages on which administrators write down who is where."""
