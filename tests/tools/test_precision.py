"""How trainings of two precisions are compared on who was left out."""

import torch
from tools.precision import Outcome, reached, table


def outcome(precision: str, subject: int, accuracy: float, cpu_s: float) -> Outcome:
    return Outcome(precision, subject, 0, cpu_s, {"imu": accuracy}, {"imu": 1.0})


def test_only_windows_in_which_an_action_prevails_count_for_the_accuracy() -> None:
    targets = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.3, 0.7], [1.0, 0.0, 0.0], [0.6, 0.4, 0.0]])
    logits = torch.tensor([[0.0, 9.0, 0.0], [0.0, 9.0, 0.0], [0.0, 9.0, 0.0], [0.0, 9.0, 0.0]])
    accuracy, cross_entropy = reached({"imu": (logits, targets)}, idle=0)
    assert accuracy == {"imu": 0.5}
    assert abs(cross_entropy["imu"] - 9.0 * (0.0 + 0.7 + 1.0 + 0.6) / 4) < 0.01


def test_differences_are_those_of_the_same_subject_and_seed() -> None:
    made = [outcome("bfloat16", 1, 0.7, 4.0), outcome("float32", 1, 0.6, 8.0)]
    made += [outcome("float32", 3, 0.8, 10.0), outcome("bfloat16", 3, 0.9, 5.0)]
    columns = [list(column.cells) for column in table(made).columns]
    assert columns[0] == ["accuracy, imu", "cross-entropy, imu", "processor time, s"]
    assert columns[1] == ["0.7000", "1.0000", "9.0"]
    assert columns[2] == ["0.8000", "1.0000", "4.5"]
    assert columns[3] == ["+0.1000 ± 0.0000", "+0.0000 ± 0.0000", "x0.50"]
