"""The clients' stream: one open connection per client, as a raw ASGI application beside Django."""

from stream.app import application

__all__ = ["application"]
