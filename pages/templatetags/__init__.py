"""Template tags with which pages about devices show applications."""
