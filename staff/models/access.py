from django.db import models


class LoginWindow(models.Model):
    """Failed tries to sign in for one account or address within the current window (see `staff.throttle`)."""

    key = models.CharField(max_length=200, primary_key=True)
    started_at = models.DateTimeField()
    tries = models.PositiveIntegerField()

    def __str__(self):
        return self.key
