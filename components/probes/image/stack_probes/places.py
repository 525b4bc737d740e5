"""Where everything is in the container."""

from pathlib import Path

# The release in force.
CONFIG = Path("/config/current")
