"""On which days who used which device: what a primary user follows from."""

from django.db import models

from devices.models.device import Device
from devices.models.person import Person


class DayOfUse(models.Model):
    """Somebody was seen signed in on a device that was online, on this day (UTC)."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="days_of_use")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="days_of_use")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "person", "day"], name="day_of_use_once")]
        indexes = [models.Index(fields=["day"], name="day_of_use_day")]  # what is too old is forgotten

    def __str__(self) -> str:
        return f"{self.person} on {self.device}, {self.day}"
