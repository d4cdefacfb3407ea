from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class ServedFiles(StaticFilesConfig):
    """Without the files of packages that no page of ours asks for: REST framework's own pages, extensions of htmx."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "rest_framework", "django_htmx/ext/*"]


class ConsoleConfig(AppConfig):
    default = True  # with two configurations in one file Django takes neither unless told which
    name = "console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console import checks  # noqa: F401 - a check is known once its module is loaded
