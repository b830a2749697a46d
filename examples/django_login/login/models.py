"""What is kept."""

from django.db import models


class Code(models.Model):  # type: ignore[misc] # Django ships no types
    """A code that was sent, and what became of its text."""

    number = models.CharField(max_length=15)
    digits = models.CharField(max_length=6)
    message_uuid = models.CharField(max_length=36, unique=True)
    sent_at = models.DateTimeField(auto_now_add=True)
    is_used = models.BooleanField(default=False)


class State(models.Model):  # type: ignore[misc] # as above
    """One callback. Not a column of the code: the first can be here before Plivo's answer to us is read."""

    message_uuid = models.CharField(max_length=36, db_index=True)
    status = models.CharField(max_length=20)
    error_code = models.CharField(max_length=10, blank=True)
