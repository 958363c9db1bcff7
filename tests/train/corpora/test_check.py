"""`hnhar-train data check` says what is there, complete, missing or broken, whatever lies in the folder."""

import io
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from hnhar.model.errors import RecordingError
from hnhar.train.cli.data import details, table
from hnhar.train.cli.main import main
from hnhar.train.corpora.check import check
from hnhar.train.corpora.finding import Finding
from hnhar.train.corpora.registry import corpora
from hnhar.train.corpora.utd_mhad.check import NOWHERE, WHOLE

from . import mmact_tree, spsw_tree


def silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""


XDF = (
    *("chunk_length_lie", "clock_resets", "empty_streams", "minimal", "muse_P001", "muse_P002", "muse_P003"),
    "out_of_order_clock_offsets",
)


def utd(folder: Path, keys: Iterable[tuple[int, int, int]]) -> Path:
    """Pairs (subject, action, trial) in UTD-MHAD's format; the signals are made up."""
    scipy_io = pytest.importorskip("scipy.io")
    for part, variable, shape in (("Inertial", "d_iner", (40, 6)), ("Skeleton", "d_skel", (20, 3, 16))):
        (folder / part).mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        scipy_io.savemat(content, {variable: np.ones(shape)})
        for subject, action, trial in keys:
            path = folder / part / f"a{action}_s{subject}_t{trial}_{part.lower()}.mat"
            path.write_bytes(content.getvalue())
    return folder


def only(folder: Path) -> Finding:
    (finding,) = check(folder, corpora()[0], silent)
    return finding


def test_the_whole_of_utd_mhad_has_861_pairs() -> None:
    assert len(WHOLE) == 861
    assert not WHOLE & NOWHERE


@pytest.mark.slow
def test_a_folder_with_all_861_pairs_is_complete(tmp_path: Path) -> None:
    finding = only(utd(tmp_path, sorted(WHOLE)))
    assert finding.complete
    assert finding.found == "861 of 861 pairs usable, of subjects 1-8"
    assert "a8_s1_t4, a23_s6_t4, a27_s8_t4 exist nowhere" in finding.notes[0]


def test_missing_pairs_halves_and_subjects_of_utd_mhad_are_named(tmp_path: Path) -> None:
    keys = [key for key in sorted(WHOLE) if key.subject == 3 and key != (3, 5, 2)]
    utd(tmp_path, keys)
    (tmp_path / "Skeleton/a6_s3_t1_skeleton.mat").unlink()
    finding = only(tmp_path)
    assert not finding.complete
    assert finding.found == "106 of 861 pairs usable, of subjects 3"
    assert "subject 1: all 107 pairs" in finding.missing
    assert "subject 2: all 108 pairs" in finding.missing
    assert "a5_s3_t2: both files" in finding.missing
    assert "Skeleton/a6_s3_t1_skeleton.mat" in finding.missing
    assert len(finding.missing) == 9
    assert not finding.broken


def test_truncated_and_foreign_files_of_utd_mhad_are_broken_and_end_nothing(tmp_path: Path) -> None:
    utd(tmp_path, [(1, 1, 1), (1, 1, 2), (1, 1, 3), (1, 8, 4), (2, 2, 1)])
    first = tmp_path / "Inertial/a1_s1_t1_inertial.mat"
    first.write_bytes(first.read_bytes()[:200])
    (tmp_path / "Skeleton/a1_s1_t2_skeleton.mat").write_bytes(b"MATLAB 5.0 " + bytes(range(256)) * 4)
    (tmp_path / "Inertial/a2_s2_t1_inertial.mat").write_bytes(b"")  # the only pair of its subject
    (tmp_path / "Inertial/notes.txt").write_text("mine")
    finding = only(tmp_path)
    assert finding.found.startswith("2 of 861 pairs usable")
    told = "\n".join(finding.broken)
    assert len(finding.broken) == 3
    for name in ("a1_s1_t1_inertial.mat", "a1_s1_t2_skeleton.mat", "a2_s2_t1_inertial.mat"):
        assert name in told
    notes = "\n".join(finding.notes)
    assert "more than the corpus has: a8_s1_t4" in notes
    assert "notes.txt" in notes


def test_missing_and_broken_executions_of_spsw_har_are_named(tmp_path: Path) -> None:
    spsw_tree.write_tree(tmp_path, [1, 2])
    (tmp_path / "executions_info.csv").write_text(
        "execution_id,orientation\ns01_01,x\ns01_02,x\ns01_03,x\ns02_01,x\ns02_02,x\n"
    )
    (tmp_path / "s02/s02_01_sw.csv").unlink()
    (tmp_path / "s02/s02_02_sp.csv").write_bytes(b"\xff\xfe")
    finding = only(tmp_path)
    assert finding.found == "2 of 5 executions usable, of subjects 1-2"
    assert finding.missing == ("subjects 3-23", "s02_01: the watch's file", "s01_03: both files")
    assert len(finding.broken) == 1
    assert "s02_02_sp.csv" in finding.broken[0]


def test_all_of_spsw_har_is_complete(tmp_path: Path) -> None:
    spsw_tree.write_tree(tmp_path, range(1, 24), 1)
    listed = "".join(f"s{s:02d}_01,x\n" for s in range(1, 24))
    (tmp_path / "executions_info.csv").write_text(f"execution_id,orientation\n{listed}")
    assert only(tmp_path).complete
    (tmp_path / "executions_info.csv").unlink()
    assert "executions_info.csv" in only(tmp_path).missing[0]


def test_mmact_is_counted_by_modality_and_its_own_oddities_are_no_damage(tmp_path: Path) -> None:
    finding = only(mmact_tree.write_tree(tmp_path))
    assert not finding.broken
    counts = "acc_phone 9, acc_watch 6, gyro 8, orientation 6, pose 7"
    assert finding.found == f"11 clips of subjects 1-2, 13, 16-17, 20: {counts}"
    assert finding.missing[0] == "subjects 3-12, 14-15, 18-19"
    assert finding.missing[1].startswith("28 of 35 classes: carrying_heavy")
    assert any("5 clips lack a modality" in note for note in finding.notes)
    path = tmp_path / "gyro_clip/subject1/scene1/session1/carrying.csv"
    path.write_text("20181016_13:33:45,1,2\n")
    (broken,) = only(tmp_path).broken
    assert broken.startswith(f"{path}, line 1")


def test_a_damaged_xdf_file_is_broken_and_one_without_imu_lacks_it(data_dir: Path, tmp_path: Path) -> None:
    for name in XDF:  # others may lie beside them
        shutil.copy(data_dir / "xdf" / f"{name}.xdf", tmp_path)
    finding = only(tmp_path)
    assert finding.found == "2 of 8 files usable"
    assert [text.split(":")[0] for text in finding.broken] == [
        "chunk_length_lie.xdf",
        "out_of_order_clock_offsets.xdf",
    ]
    assert {text.split(":")[0] for text in finding.missing} == {
        "clock_resets.xdf",
        "empty_streams.xdf",
        "minimal.xdf",
        "muse_P003.xdf",
    }


@pytest.mark.parametrize("content", [b"", b"XDF:", b"not one", b"XDF:" + bytes(range(256)) * 8])
def test_an_xdf_file_of_nonsense_is_a_finding(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "sub" / "ses").mkdir(parents=True)
    (tmp_path / "sub" / "ses" / "run.XDF").write_bytes(content)
    finding = only(tmp_path)
    assert not finding.complete
    assert finding.found == "0 of 1 files usable"


def test_pipes_links_in_circles_and_folders_named_like_files_end_nothing(tmp_path: Path) -> None:
    utd(tmp_path / "a", [(1, 1, 1)])
    os.mkfifo(tmp_path / "a/Inertial/a1_s1_t2_inertial.mat")
    (tmp_path / "a/Skeleton/a1_s1_t2_skeleton.mat").mkdir()
    mmact_tree.whole(tmp_path / "b", "1/1/1/carrying")
    os.mkfifo(tmp_path / "b/gyro_clip/subject1/scene1/session1/fall.csv")
    (tmp_path / "b/gyro_clip/round").symlink_to(tmp_path / "b")
    spsw_tree.write_tree(tmp_path / "c", [1], 1)
    os.mkfifo(tmp_path / "c/s01/s01_02_sp.csv")
    os.mkfifo(tmp_path / "d.xdf")
    findings = {finding.corpus: finding for finding in check(tmp_path, corpora()[0], silent)}
    assert sorted(findings) == ["MMAct", "UTD-MHAD", "XDF recordings", "spsw_har"]
    assert all(finding.broken for finding in findings.values())


def test_progress_ends_at_its_total(tmp_path: Path) -> None:
    spsw_tree.write_tree(tmp_path / "spsw", [1])
    mmact_tree.write_tree(tmp_path)
    last: dict[str, tuple[int, int]] = {}
    check(tmp_path, corpora()[0], lambda what, done, total: last.update({what: (done, total)}))
    assert last == {"spsw_har": (2, 2), "MMAct": (11, 11)}


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is not a folder"):
        check(tmp_path / "nowhere", corpora()[0], silent)


def test_the_exit_code_says_complete_incomplete_or_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spsw_tree.write_tree(tmp_path, range(1, 24), 1)
    listed = tmp_path / "executions_info.csv"
    listed.write_text("".join(f"s{s:02d}_01\n" for s in range(1, 24)))
    assert main(["data", "check", str(tmp_path)]) == 0
    assert "complete" in capsys.readouterr().out
    listed.unlink()
    assert main(["data", "check", str(tmp_path)]) == 1
    assert "missing" in capsys.readouterr().out
    (tmp_path / "empty").mkdir()
    assert main(["data", "check", str(tmp_path / "empty")]) == 2
    assert "holds no corpus that is known" in capsys.readouterr().err
    assert main(["data", "check", str(tmp_path / "nowhere")]) == 2
    assert "is not a folder" in capsys.readouterr().err


def test_long_lists_are_cut_and_what_files_are_called_does_no_harm() -> None:
    nasty = "[red]a\x1b[2Jb\nc[/]"
    finding = Finding("UTD-MHAD", Path(f"/x/{nasty}"), "1 of 861", tuple(map(str, range(30))), (nasty,))
    lines = list(details([finding], shown=20))
    assert len(lines) == 22
    assert "10 more" in lines[-1]
    assert len(list(details([finding], shown=None))) == 31
    out = io.StringIO()
    console = Console(file=out, width=100)
    console.print(table([finding]))
    console.print(lines[0])
    assert "\x1b" not in out.getvalue()
    assert "[red]a [2Jb c[/]" in out.getvalue()


def test_without_the_package_that_reads_a_corpus_nothing_is_called_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = utd(tmp_path, [(1, 1, 1)])
    monkeypatch.setitem(sys.modules, "scipy", None)
    assert main(["data", "check", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert "broken" not in out + err
    assert err == "error: reading .mat files needs the package 'scipy': pip install 'hnhar[mat]'\n"
