"""What goes wrong, as one line for whoever runs the service."""


class BackupError(Exception):
    """Its text is that line."""
