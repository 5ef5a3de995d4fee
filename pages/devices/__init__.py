"""The pages about devices; one file per page."""
