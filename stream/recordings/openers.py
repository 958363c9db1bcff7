"""Openers of the files that hnhar reads itself: XDF and CSV.

Registered in pyproject.toml under the entry points `hnhar.recordings`, as another package's would be.
"""

from pathlib import Path

from .opener import OpenOptions, RecordingOpener
from .recording import Recording


class XdfOpener(RecordingOpener):
    """Sessions of LabRecorder."""

    kind = "an .xdf file"
    suffixes = (".xdf",)

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """See `RecordingOpener`; reads `options.select`."""
        from .xdf.reader import read_xdf

        return read_xdf(path, select=options.select or None)


class CsvOpener(RecordingOpener):
    """Tables, one for each stream of a recording, of which any is named."""

    kind = "a .csv file"
    suffixes = (".csv",)

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """See `RecordingOpener`."""
        from .csv_files import read_csv, siblings

        return read_csv(siblings(path))
