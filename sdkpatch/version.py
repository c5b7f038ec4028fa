"""The one place that holds the version of sdkpatch."""

__version__ = "0.1.0"
