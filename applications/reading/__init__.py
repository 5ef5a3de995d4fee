"""What a file says of itself: name, version, how it is installed and found; one file per kind, `read` for all."""
