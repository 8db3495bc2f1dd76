"""Trajectories of k-diffusion's samplers: writes samplers.npz beside this file. Nothing in the build runs this.

    pip install k-diffusion==0.1.1.post1 torch==2.15 && python tests/golden/k_diffusion/generate.py

The model is the formula of ../diffusers/two_points.py at alpha = 1. Everything is float64: the samplers follow the type of
the start and of their sigmas. For a case NAME on n steps
    NAME.states  [n + 1, 4]  the start and the state after each step: the end of a walk over the first k sigmas
    NAME.levels  [n + 1]     the sigmas
noise [64, 4]: row 2 k + j is what the j-th draw of step k gives (through noise_sampler, or torch.randn_like for churn).
dpm_fast_NFE chooses its grid and the orders of its steps; of dpm_adaptive_ORDER there are the start and the end.
log_likelihood.x, .value: of one sample of four independent elements, for which Hutchinson's estimate is exact.

What ito has no solver or grid for, and is recorded here all the same, tests/samplers/golden/k_diffusion_test.cc lists.
"""
import importlib.metadata
import importlib.util
import pathlib
import sys
import types

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "diffusers"))
from two_points import NOISE, START, x0_hat  # noqa: E402

torch.set_default_dtype(torch.float64)
# sampling.py alone, as it is installed: the package's __init__ and utils ask for what only its training code needs, and
# of them the samplers use append_dims (trailing axes of length 1).
package, utils = types.ModuleType("k_diffusion"), types.ModuleType("k_diffusion.utils")
package.__path__ = list(importlib.util.find_spec("k_diffusion").submodule_search_locations)
package.utils = utils
utils.append_dims = lambda x, dims: x[(...,) + (None,) * (dims - x.ndim)]
sys.modules.update({"k_diffusion": package, "k_diffusion.utils": utils})
from k_diffusion import sampling  # noqa: E402

SIGMAS = {
    "karras": sampling.get_sigmas_karras(10, 0.03, 14.6),
    "karras_5": sampling.get_sigmas_karras(5, 0.002, 80.0, rho=5.0),
    "exponential": sampling.get_sigmas_exponential(10, 0.03, 14.6),
    "polyexponential": sampling.get_sigmas_polyexponential(10, 0.03, 14.6, rho=1.5),
    "vp": sampling.get_sigmas_vp(10),
}
CHURN = dict(s_churn=0.2, s_tmin=0.05, s_tmax=10.0, s_noise=1.003)  # s_churn a step: k-diffusion divides it by n
# name, sampler, sigmas, arguments
RUNS = [
    ("euler", "euler", "karras", {}),
    ("euler_vp", "euler", "vp", {}),
    ("euler_polyexponential", "euler", "polyexponential", {}),
    ("euler_churn", "euler", "karras", CHURN),
    ("heun", "heun", "karras", {}),
    ("heun_5", "heun", "karras_5", {}),
    ("heun_churn", "heun", "karras", CHURN),
    ("dpm_2", "dpm_2", "karras", {}),
    ("dpm_2_exponential", "dpm_2", "exponential", {}),
    ("dpm_2_churn", "dpm_2", "karras", CHURN),
    *[(f"{name}_eta_{label}", name, sigmas, dict(eta=eta))
      for name, sigmas in (("euler_ancestral", "karras"), ("dpm_2_ancestral", "karras"),
                           ("dpmpp_2s_ancestral", "exponential"), ("dpmpp_sde", "karras"),
                           ("dpmpp_2m_sde", "karras"), ("dpmpp_3m_sde", "exponential"))
      for label, eta in (("0", 0.0), ("half", 0.5), ("1", 1.0))],
    ("euler_ancestral_noise", "euler_ancestral", "exponential", dict(s_noise=1.1)),
    ("dpmpp_sde_r_third", "dpmpp_sde", "exponential", dict(r=1 / 3)),
    ("dpmpp_2m_sde_heun", "dpmpp_2m_sde", "karras", dict(solver_type="heun")),
    ("dpmpp_2m_sde_heun_half", "dpmpp_2m_sde", "karras", dict(solver_type="heun", eta=0.5)),
    ("dpmpp_2m", "dpmpp_2m", "karras", {}),
    ("dpmpp_2m_exponential", "dpmpp_2m", "exponential", {}),
    ("lms", "lms", "karras", {}),
    ("lms_2", "lms", "karras", dict(order=2)),
    ("lms_3", "lms", "vp", dict(order=3)),
]
OF_NOISE = {"euler_ancestral", "dpm_2_ancestral", "dpmpp_2s_ancestral", "dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde"}


def model(x, sigma, **_):
    sigma = sigma.reshape(-1, *[1] * (x.ndim - 1))
    return x0_hat(x, torch.ones_like(sigma), sigma)


def noise_of(sigmas):
    drawn = {}

    def sampler(sigma, sigma_next):
        step = int((sigmas - sigma).abs().argmin())
        draw = drawn[step] = drawn.get(step, -1) + 1
        return NOISE[2 * step + draw]

    return sampler


def walk(name, sigmas, arguments):
    sampler = getattr(sampling, "sample_" + name)
    calls = [0]

    def randn_like(x):  # one a step, whether it is used or not
        calls[0] += 1
        return NOISE[2 * (calls[0] - 1)]

    extra = dict(arguments)
    if "s_churn" in extra:
        extra["s_churn"] *= len(sigmas) - 1
    if name in OF_NOISE:
        extra["noise_sampler"] = noise_of(sigmas)
    torch.randn_like, real = randn_like, torch.randn_like
    try:
        return sampler(model, START * sigmas[0], sigmas, disable=True, **extra)
    finally:
        torch.randn_like = real


def main():
    torch.set_num_threads(1)
    version = importlib.metadata.version("k-diffusion")
    print("k-diffusion", version, "torch", torch.__version__)
    arrays = {"noise": np.concatenate([z.numpy() for z in NOISE]),
              "versions": np.array([int(v) for v in version.replace("post", "").split(".")], dtype=np.int64)}
    for name, sampler, grid, arguments in RUNS:
        sigmas = SIGMAS[grid]
        states = [START * sigmas[0]] + [walk(sampler, sigmas[: k + 1], arguments) for k in range(1, len(sigmas))]
        arrays[name + ".states"] = np.concatenate([x.numpy() for x in states])
        arrays[name + ".levels"] = sigmas.numpy()
        print(name, states[-1].numpy())
    sigma_min, sigma_max = 0.03, 14.6
    start = START * sigma_max
    for nfe in (7, 11, 12):
        seen = []
        x = sampling.sample_dpm_fast(model, start, sigma_min, sigma_max, nfe, disable=True,
                                     callback=lambda info: seen.append((info["x"], float(info["sigma"]))),
                                     noise_sampler=lambda *_: NOISE[0])
        arrays[f"dpm_fast_{nfe}.states"] = np.concatenate([y.numpy() for y, _ in seen] + [x.numpy()])
        arrays[f"dpm_fast_{nfe}.levels"] = np.array([sigma for _, sigma in seen] + [sigma_min])
    for order in (2, 3):
        x, info = sampling.sample_dpm_adaptive(model, start, sigma_min, sigma_max, order=order, rtol=1e-3, atol=1e-3,
                                               disable=True, return_info=True, noise_sampler=lambda *_: NOISE[0])
        arrays[f"dpm_adaptive_{order}.states"] = np.concatenate([start.numpy(), x.numpy()])
        arrays[f"dpm_adaptive_{order}.levels"] = np.array([sigma_max, sigma_min])
        arrays[f"dpm_adaptive_{order}.steps"] = np.array([info["nfe"], info["n_accept"], info["n_reject"]])
        print("dpm_adaptive", order, info, x.numpy())
    data = torch.tensor([[0.9, -1.2, 0.4, -0.1]])
    randint_like, torch.randint_like = torch.randint_like, lambda x, _: torch.ones_like(x)
    value, info = sampling.log_likelihood(model, data, 0.01, 200.0, atol=1e-11, rtol=1e-11)
    torch.randint_like = randint_like
    arrays["log_likelihood.x"], arrays["log_likelihood.value"] = data.numpy(), value.detach().numpy()
    print("log_likelihood", value, info)
    # For papers/errata.md: walks of one step, and the same first sample in batches of 1 and 2 with the default noise.
    for name in ("dpmpp_2m_sde", "dpmpp_3m_sde"):
        try:
            getattr(sampling, "sample_" + name)(model, start, torch.tensor([sigma_max, 0.0]), disable=True,
                                                noise_sampler=lambda *_: NOISE[0])
            raised = ""
        except Exception as error:  # what a user sees instead of samples
            raised = type(error).__name__
        arrays["raises.one_step_" + name] = np.array([float(ord(letter)) for letter in raised])  # its name's letters
        print(name, "in one step:", raised)
    for batch in (1, 2):
        torch.manual_seed(0)
        x = sampling.sample_euler_ancestral(model, start.expand(batch, 4), SIGMAS["karras"], disable=True)
        arrays[f"euler_ancestral_of_{batch}.end"] = x[:1].numpy()
    np.savez_compressed(pathlib.Path(__file__).parent / "samplers.npz", **arrays)


if __name__ == "__main__":
    main()
