"""The version, in one place: the build backend and the command both read it here."""

__version__ = "0.1.0"
