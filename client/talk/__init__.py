"""Talking with the console: the connection, the stream and the poll that receive, the reports that tell."""
