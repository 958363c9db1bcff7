"""Recorded streams: UTD-MHAD trials and sessions composed of them, XDF files, the synthetic performer."""

from .open import open_recording
from .recording import Annotation, RecordedStream, Recording

__all__ = ["Annotation", "RecordedStream", "Recording", "open_recording"]
