from django.db import models


class StationGroup(models.Model):
    """Stations that belong together: a site, a customer, a region. Roles and policies may be limited to one."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name
