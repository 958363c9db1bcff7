"""One of the processes of `test_losses_distributed`: computes its part of each case and writes what it got.

    python losses_process.py FOLDER      # RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT as torchrun sets them

FOLDER/cases.json holds, by name, the fields of `test_losses_distributed.Case`; FOLDER/given.safetensors the
whole batch of each: `NAME.z` (M, B, D), `NAME.labels`, `NAME.presence`, and a model's `NAME.weight`.
"""

import json
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import Tensor

from hnhar.train.losses.distributed import Processes
from hnhar.train.losses.inputs import Setting
from hnhar.train.losses.loss import hard_negative_loss

EQUATION = ("temperature", "beta", "tau_plus")


def loss_of(form: str, z: list[Tensor], options: dict) -> Tensor:
    """The loss of the batch of all processes, of this one's part of it."""
    setting = Setting(**{k: options[k] for k in EQUATION}, pairs="within" if form == "unimodal" else "cross")
    views = {"imu": z} if form == "unimodal" else {str(number): [part] for number, part in enumerate(z)}
    given = {k: v for k, v in options.items() if k not in (*EQUATION, "averaged")}
    processes = Processes(averaged=options.get("averaged", False))
    return hard_negative_loss(views, setting, processes=processes, **given)


def compute(name: str, case: dict, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """Loss, and gradient of this process's embeddings or of the model's parameters."""
    rank = dist.get_rank()
    begin = sum(case["sizes"][:rank])
    own = slice(begin, begin + case["sizes"][rank])
    options = dict(case["options"])
    for key in ("labels", "presence"):
        if case[key]:
            options[key] = given[f"{name}.{key}"][own]
    z = given[f"{name}.z"][:, own]
    if case["model"]:
        from torch.nn.parallel import DistributedDataParallel  # takes seconds, and few cases want it

        model = torch.nn.Linear(z.shape[2], z.shape[2], dtype=z.dtype)
        with torch.no_grad():
            model.weight.copy_(given[f"{name}.weight"])
            model.bias.zero_()
        parallel = DistributedDataParallel(model)
        loss = loss_of(case["form"], list(torch.nn.functional.normalize(parallel(z), dim=2)), options)
        loss.backward()
        return {"loss": loss.detach(), "gradient": model.weight.grad}
    leaves = [part.clone().requires_grad_() for part in z]
    loss = loss_of(case["form"], leaves, options)
    loss.backward()
    return {"loss": loss.detach(), "gradient": torch.stack([leaf.grad for leaf in leaves])}


def refused(z: Tensor) -> str:
    """What a process says when only one of them gives labels."""
    labels = torch.arange(3) if dist.get_rank() == 0 else None
    try:
        options = {"temperature": 0.1, "beta": 1, "tau_plus": 0, "labels": labels}
        loss_of("cross-modal", list(z[:, :3]), options)
    except ValueError as error:
        return str(error)
    return ""


def main() -> None:
    """Join, compute, write."""
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    dist.init_process_group("gloo")
    cases = json.loads((folder / "cases.json").read_text("utf-8"))
    given = load_file(folder / "given.safetensors")
    got = {}
    for name, case in cases.items():
        got |= {f"{name}.{key}": value.contiguous() for key, value in compute(name, case, given).items()}
    words = refused(given["even.z"])
    save_file(got, folder / f"got-{dist.get_rank()}.safetensors")
    (folder / f"refused-{dist.get_rank()}.txt").write_text(words, "utf-8")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
