# The UNet of the shipped recipe fashion-unet beside PyTorch, in float on the CPU: what bench/unet_bench.cc measures of
# ito, and the same work by torch's own layers (tests/golden/torch/ito_networks.py, which golden data hold equal to ito's).
#
#   python bench/peers/unet_torch.py bench=build/gcc-release/ito_bench [kernel=unet_forward] [shape=64] [threads=1]
#
# ito and torch take turns, three rounds of 24 repetitions each; the best of each is printed, as bench/measure.cc does.
# torch's contenders: its layers one by one in its channels-last format, and torch.compile of them; a forward pass also
# with weights frozen into the compiled code, which then no longer sees what training changes.
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden/torch"))

import torch  # noqa: E402
from ito_networks import Unet  # noqa: E402
from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

ROUNDS, REPETITIONS, SECONDS_OF_REPETITION = 3, 24, 0.008
IMAGE, CLASSES = (28, 28, 1), 10
SHAPES = {"unet_forward": [8, 64], "unet_training_step": [64]}
RECIPE = tomllib.loads((ROOT / "experiments/recipes/fashion-unet.toml").read_text())
TRAINING = RECIPE["training"]


def network():
    torch.manual_seed(1)
    return Unet(RECIPE["model"], IMAGE, CLASSES).to(memory_format=torch.channels_last)


def pictures(n):
    return torch.randn(n, IMAGE[2], *IMAGE[:2]).to(memory_format=torch.channels_last)


def multiply_adds():
    """Of one image, as torch counts its own operators."""
    model, lam = network(), torch.zeros(1, dtype=torch.float64)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(pictures(1), lam, lam, torch.tensor([3]))
    return counter.get_total_flops() / 2


def forward(batch, compiled):
    model = network().eval()
    options = {"freezing": True} if compiled == "frozen" else {}
    run = torch.compile(model, dynamic=False, options=options) if compiled else model
    x, labels = pictures(batch), torch.full((batch,), 3)
    lam = torch.zeros(batch, dtype=torch.float64)
    # Frozen weights need no_grad: torch does not freeze under inference_mode.
    without_gradients = torch.no_grad if compiled == "frozen" else torch.inference_mode

    def work():
        with without_gradients():
            run(x, lam, lam, labels)

    return work


def training_step(batch, compiled):
    """Noise, forward, gradients, clipping, AdamW, moving average."""
    model = network().train()
    run = torch.compile(model, dynamic=False) if compiled else model
    parameters = list(model.parameters())
    average = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.AdamW(parameters, TRAINING["learning_rate"], weight_decay=0, fused=True)
    images, labels = pictures(512), torch.arange(512) % CLASSES
    mean, std = TRAINING["log_normal_mean"], TRAINING["log_normal_std"]

    def work():
        rows = torch.randperm(len(images))[:batch]
        clean = images[rows]
        asked = torch.where(torch.rand(batch) < TRAINING["condition_dropout"], -1, labels[rows])
        lam = -(mean + std * torch.randn(batch, dtype=torch.float64))
        sigma = torch.exp(-lam)[:, None, None, None]
        weight = (1 / sigma**2 + 1 / TRAINING["sigma_data"] ** 2).float()
        alpha = 1 / (1 + sigma**2).sqrt()
        x = alpha.float() * clean + (alpha * sigma).float() * torch.randn_like(clean)
        optimizer.zero_grad(set_to_none=True)
        (weight * (run(x, lam, lam, asked) - clean) ** 2).mean().backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1, foreach=True)
        optimizer.step()
        torch._foreach_lerp_(average, parameters, 1 - TRAINING["ema"])

    return work


class Contender:
    def __init__(self, name, make, batch, threads, compiled):
        self.name, self.threads, self.compiled = name, threads, compiled
        self.make, self.batch = make, batch
        self.work, self.seconds = None, float("inf")

    def measure(self):
        torch.set_num_threads(self.threads)
        # One thread is timed by its own clock, which other programs do not disturb; several by the wall's.
        clock = time.thread_time if self.threads == 1 else time.perf_counter
        if self.work is None:
            self.work = self.make(self.batch, self.compiled)
            self.work()
        began = clock()
        self.work()
        runs = max(1, round(SECONDS_OF_REPETITION / (clock() - began)))
        for _ in range(REPETITIONS):
            began = clock()
            for _ in range(runs):
                self.work()
            self.seconds = min(self.seconds, (clock() - began) / runs)


def measure_ito(bench, kernel, batch, threads):
    """Seconds, GFLOP/s and peak of ito_bench's row."""
    command = [bench, f"kernel={kernel}", f"shape={batch}", "dtype=float", f"threads={threads}"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    row = re.search(rf"^{kernel} .* ([\d.]+) (us|ms) +([\d.]+) GFLOP/s +([\d.]+)", printed, re.MULTILINE)
    if row is None:
        sys.exit(f"{' '.join(command)}: no row of {kernel} in what it printed")
    return float(row[1]) * {"us": 1e-6, "ms": 1e-3}[row[2]], float(row[3]), float(row[4])


def print_row(kernel, batch, threads, seconds, operations, peak, name, ratio):
    rate = operations / seconds * 1e-9
    print(
        f"{kernel:<28}{batch:<18}{'float':<8}{threads:>7}{seconds * 1e3:>10.2f} ms{rate:>10.1f} GFLOP/s"
        f"{peak:>9.1f}{rate / peak:>10.2f}{batch / seconds:>7.0f} images/s  {name:<24}{ratio:>6.2f}",
        flush=True,
    )


def compare(bench, kernel, batch, threads, operations_of_image):
    make = forward if kernel == "unet_forward" else training_step
    version = torch.__version__
    ways = [(f"torch {version}", ""), (f"compiled {version}", "compiled")]
    if kernel == "unet_forward":
        ways.append((f"frozen {version}", "frozen"))
    contenders = [Contender(name, make, batch, threads, compiled) for name, compiled in ways]
    ito, peak, broken = float("inf"), 0.0, {}
    for _ in range(ROUNDS):
        seconds, rate, its_peak = measure_ito(bench, kernel, batch, threads)
        ito, peak = min(ito, seconds), max(peak, its_peak)
        of_ito = rate * 1e9 * seconds / batch
        if abs(of_ito / operations_of_image - 1) > 0.01:
            sys.exit(f"{kernel}: ito counts {of_ito:.4g} operations an image, torch {operations_of_image:.4g}")
        for contender in contenders:
            if contender.name in broken:
                continue
            try:
                contender.measure()
            except Exception as error:  # torch.compile needs a compiler that it can work with
                if not contender.compiled:
                    raise
                broken[contender.name] = str(error).strip().partition("\n")[0]
    operations = operations_of_image * batch
    print_row(kernel, batch, threads, ito, operations, peak, "ito", 1)
    for contender in contenders:
        if contender.name in broken:
            print(f"  {contender.name} does not work here: {broken[contender.name]}")
        else:
            seconds = contender.seconds
            print_row(kernel, batch, threads, seconds, operations, peak, contender.name, seconds / ito)


def whole(given, key):
    if not given[key].isdecimal() or int(given[key]) < 1:
        sys.exit(f"{key}={given[key]}: a whole number from 1 was expected")
    return int(given[key])


def main():
    given = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
    if unknown := given.keys() - {"bench", "kernel", "shape", "dtype", "threads"}:
        sys.exit(f"{min(unknown)}: expected bench=, kernel=, shape=, dtype= or threads=")
    given = {key: value for key, value in given.items() if value}
    if given.get("dtype", "float") != "float":
        return print("UNet of fashion-unet beside torch: in float alone")
    if "kernel" not in given and "x" in given.get("shape", ""):
        return  # a shape of other kernels
    kernels = [given["kernel"]] if "kernel" in given else list(SHAPES)
    if kernels[0] not in SHAPES:
        sys.exit(f"kernel={kernels[0]}: expected one of {', '.join(SHAPES)}")
    threads = [whole(given, "threads")] if "threads" in given else sorted({1, len(os.sched_getaffinity(0))})
    torch._dynamo.config.recompile_limit = 64  # a compiled network for each batch and number of threads
    one = 2 * multiply_adds()
    size = sum(p.numel() for p in network().parameters())
    print(f"UNet of fashion-unet: {size} parameters, {one / 2e6:.1f} million multiply-adds an image")
    print(
        f"{'kernel':<28}{'shape':<18}{'type':<8}{'threads':>7}{'time':>13}{'rate   ':>18}{'peak':>9}{'fraction':>10}"
        f"{'':>18}{'library':<24}ito / it"
    )
    for kernel in kernels:
        for batch in [whole(given, "shape")] if "shape" in given else SHAPES[kernel]:
            for count in threads:
                # A training step's operations: forward, and twice as many for the gradients.
                compare(given["bench"], kernel, batch, count, one if kernel == "unet_forward" else 3 * one)


if __name__ == "__main__":
    main()
