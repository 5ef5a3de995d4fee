"""Whole journeys: an administrator's browser, the console with all its parts, and a real client."""
