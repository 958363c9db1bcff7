"""Offline: recordings in, weights out."""
