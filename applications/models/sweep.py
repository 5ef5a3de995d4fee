"""When the last sweep ended: one row, so that anybody can see that sweeps have stopped."""

from django.db import models


class LastSweep(models.Model):
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"
