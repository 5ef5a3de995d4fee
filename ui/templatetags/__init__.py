"""Template tags of the console: {% load koppel %}."""
