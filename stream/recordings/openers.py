"""Openers of the files that hnhar reads itself: XDF, CSV, and skeletons of motion capture.

Registered in pyproject.toml under the entry points `hnhar.recordings`, as another package's would be.
"""

from pathlib import Path

from hnhar.model.errors import RecordingError

from .opener import OpenOptions, RecordingOpener
from .recording import Recording


class XdfOpener(RecordingOpener):
    """Sessions of LabRecorder."""

    kind = "an .xdf or .xdfz file"
    suffixes = (".xdf", ".xdfz")

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """See `RecordingOpener`; reads `options.select` and `options.clock`."""
        from .xdf.reader import read_xdf

        return read_xdf(path, select=options.select or None, clock=options.clock)


class BidsMotionOpener(RecordingOpener):
    """Tables of motion in the layout of BIDS, or a data set or folder of one recording."""

    kind = "a _motion.tsv file of BIDS, or the data set of one"
    suffixes = (".tsv",)

    def takes_folder(self, path: Path) -> bool:
        """See `RecordingOpener`."""
        from .bids_motion import motion_files

        return bool(motion_files(path))

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """See `RecordingOpener`."""
        from .bids_motion import is_motion, read_motion

        if not path.is_dir() and not is_motion(path):
            raise RecordingError(
                f"{path}: of .tsv files, BIDS's *_motion.tsv are recordings; export others as .csv"
            )
        return read_motion(path)


class CsvOpener(RecordingOpener):
    """Tables, one for each stream of a recording, of which any is named; their folder, or that as a zip."""

    kind = "a .csv file, or a folder or .zip of them, as apps export it"
    suffixes = (".csv", ".txt", ".zip")

    def takes_folder(self, path: Path) -> bool:
        """See `RecordingOpener`."""
        from .csv_names import recording_name, tables_in

        tables = tables_in(path)
        return any(p.suffix.lower() == ".csv" or recording_name(p) != p.stem for p in tables)

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """See `RecordingOpener`; reads `options.columns` and `options.clock`."""
        from .assignment import selected
        from .csv_columns import parse_columns
        from .csv_files import read_tables
        from .csv_sources import source_at

        columns = parse_columns(options.columns) if options.columns else None
        return selected(read_tables(source_at(path), columns, options.clock), options.select)


class MotionCaptureOpener(RecordingOpener):
    """Skeletons of motion capture: points of C3D, hierarchies of BVH, segments of Xsens MVN."""

    kind = "a .c3d, .bvh or .mvnx file"
    suffixes = (".c3d", ".bvh", ".mvnx")

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """See `RecordingOpener`."""
        suffix = path.suffix.lower()
        if suffix == ".c3d":
            from .mocap.c3d_file import read_c3d

            return read_c3d(path)
        if suffix == ".bvh":
            from .mocap.bvh import read_bvh

            return read_bvh(path)
        from .mocap.mvnx import read_mvnx

        return read_mvnx(path)
