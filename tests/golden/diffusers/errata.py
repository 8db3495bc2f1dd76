"""What diffusers 0.42.1 gives in the cases of papers/errata.md: writes errata.npz beside this file. Nothing in the build
runs this.

    pip install diffusers==0.42.1 torch==2.15 scipy && python tests/golden/diffusers/errata.py

The model is that of two_points.py. Walks are float64 (float32_means_float64), so that what is shown is no rounding;
noise, where a scheduler draws any, is zero unless said.
    NAME.ends   [k, 4]  the last state of a walk of NAME.steps[i] steps
    raises.NAME [k]     the letters of the name of the error that NAME raises; empty where it raises none
    finite.NAME [k]     1: every number at the end of the walk is one; 0: not so; -1: the walk raises an error
                        (of finite.NAME.steps[i] steps, where there is such)
"""
import importlib
import pathlib

import diffusers
import numpy as np
import torch
from diffusers.utils import logging

from two_points import FLOAT64, START, answer, float32_means_float64, x0_hat

logging.set_verbosity_error()
LINEAR = dict(beta_schedule="linear", beta_start=1e-4, beta_end=0.02)
SCALED = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012)


def made(scheduler, steps, **config):
    s = getattr(diffusers, scheduler + "Scheduler")(**config)
    s.set_timesteps(steps)
    module = importlib.import_module(type(s).__module__)
    if hasattr(module, "randn_tensor"):
        module.randn_tensor = lambda shape, **_: torch.zeros(shape, dtype=FLOAT64)
    return s


def by_list(s, x=None, at_time=False, unscaled=False, skip=0):
    """A walk of a scheduler that keeps a list of sigma/alpha. at_time: the network is asked at the noise of the time
    that the scheduler names, as a real one is, instead of the noise that the scheduler takes the state to have."""
    r = float(s.sigmas[0])
    x = START * (r if unscaled else r / (1 + r * r) ** 0.5) if x is None else x
    table = np.log(np.asarray(((1 - s.alphas_cumprod) / s.alphas_cumprod) ** 0.5))
    for t in s.timesteps[skip:]:
        scaled = s.scale_model_input(x, t) if unscaled else x
        if s.step_index is None:
            s._init_step_index(t)
        r = float(np.exp(np.interp(float(t), np.arange(len(table)), table))) if at_time else float(s.sigmas[s.step_index])
        root = (1 + r * r) ** 0.5
        x = s.step(answer(s.config.prediction_type, scaled, 1 / root, r / root), t, x).prev_sample
    return x


def ddim(spacing, steps):
    s = made("DDIM", steps, **LINEAR, clip_sample=False, timestep_spacing=spacing)
    abar = s.alphas_cumprod
    x = START * (1 - abar[int(s.timesteps[0])]).sqrt()
    for t in s.timesteps:
        x = s.step(answer("epsilon", x, abar[t].sqrt(), (1 - abar[t]).sqrt()), t, x).prev_sample
    return x


def pndm(steps, until=-1, **config):
    """PLMS to index `until`, or to its end, and sigma/alpha of the times on its way (the second is visited twice)."""
    s = made("PNDM", steps, skip_prk_steps=True, **config)
    abar = s.alphas_cumprod
    x = START * (1 - abar[int(s.timesteps[0])]).sqrt()
    for t in s.timesteps:
        if t <= until:
            break
        x = s.step(answer(s.config.prediction_type, x, abar[t].sqrt(), (1 - abar[t]).sqrt()), t, x).prev_sample
    times = [int(t) for t in s.timesteps if t >= until]
    return x, ((1 - abar) / abar).sqrt()[times[:1] + times[2:]]


def equal_in_lambda(steps, behind=0):
    """sigma/alpha from 10 to 0.1 in equal steps of its logarithm, and `behind` more before it."""
    h = np.log(100.0) / steps
    return torch.tensor([10.0 * np.exp(-h * i) for i in range(-behind, steps + 1)])


def exact(x, r, r_to, pieces=2000):
    """The probability-flow ODE by RK4 in lambda, x at alpha = 1."""
    y, l, h = x / r, -np.log(r), np.log(r / r_to) / pieces

    def slope(l, y):
        return np.exp(l) * x0_hat(y * np.exp(-l), 1.0, np.exp(-l))

    for _ in range(pieces):
        k1 = slope(l, y)
        k2 = slope(l + h / 2, y + h / 2 * k1)
        k3 = slope(l + h / 2, y + h / 2 * k2)
        k4 = slope(l + h, y + h * k3)
        y, l = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), l + h
    return y * r_to


def third_order(steps, kind, history):
    """DPMSolverMultistep's order 3 on equal steps of lambda; with the exact outputs of the two times before them, or
    from its own start."""
    behind = 2 if history else 0  # times of its list that it does not walk
    s = made("DPMSolverMultistep", steps + behind, **SCALED, solver_order=3, algorithm_type=kind,
             lower_order_final=False, final_sigmas_type="sigma_min")
    s.sigmas = equal_in_lambda(steps, behind)
    x, before = START * 10.0, []
    if history:
        before = [exact(x, 10.0, float(r)) for r in s.sigmas[:2]]
        data = [x0_hat(y, 1.0, float(r)) for y, r in zip(before, s.sigmas)]
        s.model_outputs = [None] + [x0 if kind == "dpmsolver++" else (y - x0) / r
                                    for x0, y, r in zip(data, before, s.sigmas)]
        s.lower_order_nums = 3
    s.set_begin_index(behind)
    return by_list(s, x / (1 + 10.0**2) ** 0.5, skip=behind), before


def singlestep_sde(steps, solver_type):
    """DPMSolverSinglestep's sde-dpmsolver++ of order 3 on equal steps of lambda, three of which are one of its own."""
    s = made("DPMSolverSinglestep", steps, **SCALED, solver_order=3, algorithm_type="sde-dpmsolver++",
             solver_type=solver_type, lower_order_final=False, final_sigmas_type="sigma_min")
    s.sigmas = equal_in_lambda(steps)
    s.set_begin_index(0)
    return by_list(s, START * 10.0 / (1 + 10.0**2) ** 0.5)


def ipndm(steps):
    """Data at the one point 1, from pure noise: x_t = alpha + sigma START on the whole way, and v knows it."""
    s = made("IPNDM", steps)
    states = [START]
    for k, t in enumerate(s.timesteps):
        states.append(s.step(s.alphas[k] * START - s.betas[k], t, states[-1]).prev_sample)
    return torch.cat(states), s.betas, s.alphas


def raises(f):
    try:
        f()
    except Exception as error:  # what a user sees instead of samples
        return type(error).__name__
    return ""


def euler_ancestral(batch):
    """Real noise: one generator for the batch, as a pipeline given one seed has it."""
    s = diffusers.EulerAncestralDiscreteScheduler(**SCALED)
    s.set_timesteps(10)
    module = importlib.import_module(type(s).__module__)
    module.randn_tensor = importlib.import_module("diffusers.utils.torch_utils").randn_tensor
    generator = torch.Generator().manual_seed(0)
    x = START.expand(batch, 4) * float(s.sigmas[0])
    for t in s.timesteps:
        scaled = s.scale_model_input(x, t)
        r = float(s.sigmas[s.step_index])
        root = (1 + r * r) ** 0.5
        x = s.step(answer("epsilon", scaled, 1 / root, r / root), t, x, generator=generator).prev_sample
    return x[:1]


def main():
    torch.set_num_threads(1)
    arrays = {}

    def put(name, x):
        arrays[name] = np.asarray(x, dtype=np.float64)

    def put_error(name, f):
        error = raises(f)
        put("raises." + name, [ord(letter) for letter in error])
        print(name, "raises", error)

    def put_finite(name, walks):
        ends = []
        put("finite." + name, [-1 if raises(lambda: ends.append(walk())) else bool(torch.isfinite(ends[-1]).all())
                               for walk in walks])
        print(name, arrays["finite." + name])

    def table(name, steps, walk):
        put(name + ".steps", steps)
        put(name + ".ends", np.concatenate([np.asarray(walk(n)) for n in steps]))

    with float32_means_float64():
        for spacing in ("linspace", "trailing"):
            table("ddim_" + spacing, (10, 20, 50, 100, 150, 300, 600), lambda n: ddim(spacing, n))
        table("third_order", (16, 32, 64, 128, 256), lambda n: third_order(n, "dpmsolver++", True)[0])
        put("third_order.behind", [np.concatenate([np.asarray(y) for y in third_order(n, "dpmsolver++", True)[1]])
                                   for n in (16, 32, 64, 128, 256)])
        table("third_order_sde", (16, 32, 64, 128, 256), lambda n: third_order(n, "sde-dpmsolver++", False)[0])
        table("log_linear", (10, 20, 50, 100, 200), lambda n: by_list(
            made("EulerDiscrete", n, **SCALED, interpolation_type="log_linear"), at_time=True, unscaled=True))
        for name, value in zip(("states", "sigmas", "alphas"), ipndm(10)):
            put("ipndm." + name, value)
        table("third_order_eps", (16, 32, 64, 128, 256), lambda n: third_order(n, "dpmsolver", True)[0])
        for kind in ("heun", "midpoint"):
            table("singlestep_sde_" + kind, (15, 30, 60, 120, 240), lambda n: singlestep_sde(n, kind))
        table("pndm_linspace", (50, 100, 150, 300, 600),
              lambda n: pndm(n, **LINEAR, set_alpha_to_one=True, timestep_spacing="linspace")[0])
        fine = dict(beta_schedule="linear", beta_start=5e-6, beta_end=1e-3, num_train_timesteps=20000)
        for kind in ("epsilon", "v_prediction"):
            table("pndm_" + kind, (25, 50, 100, 200), lambda n: pndm(n, 4000, **fine, prediction_type=kind)[0])
        put("pndm_v_prediction.levels", np.concatenate([pndm(n, 4000, **fine)[1] for n in (25, 50, 100, 200)]))
        put("ddim_trailing_61.end", ddim("trailing", 61))
    lengths = {n: made("DDIM", n, timestep_spacing="trailing").timesteps for n in range(1, 1001)}
    put("trailing.one_too_many", [n for n, times in lengths.items() if len(times) == n + 1])
    assert all(len(times) in (n, n + 1) for n, times in lengths.items())
    put("trailing_61.times", lengths[61])
    put("unipc_bh1.end", by_list(made("UniPCMultistep", 10, **LINEAR, solver_type="bh1")))
    for kind in ("karras", "exponential", "beta"):
        put(f"third_order_{kind}.end", by_list(made(
            "DPMSolverMultistep", 20, **SCALED, solver_order=3, final_sigmas_type="sigma_min",
            **{f"use_{kind}_sigmas": True})))
        if kind == "beta":
            put_error("third_order_beta_50", lambda: by_list(made(
                "DPMSolverMultistep", 50, **SCALED, solver_order=3, final_sigmas_type="sigma_min", use_beta_sigmas=True)))
        steps = (5, 10, 14, 15, 16, 20, 30, 50, 100)
        put(f"finite.third_order_{kind}.steps", steps)
        put_finite(f"third_order_{kind}", [lambda n=n: by_list(made(
            "DPMSolverMultistep", n, **SCALED, solver_order=3, final_sigmas_type="sigma_min",
            **{f"use_{kind}_sigmas": True})) for n in steps])
        for scheduler in ("EulerDiscrete", "DPMSolverMultistep", "DPMSolverSinglestep"):
            put(f"last_sigmas.{scheduler}_{kind}", made(scheduler, 10, **SCALED, final_sigmas_type="sigma_min",
                                                        **{f"use_{kind}_sigmas": True}).sigmas[-2:])
    default_grids = [dict(timestep_spacing=spacing) for spacing in ("linspace", "leading", "trailing")]
    default_grids += [{f"use_{kind}_sigmas": True} for kind in ("karras", "exponential", "beta")]
    put_finite("unipc_bh1", [
        lambda grid=grid: by_list(made("UniPCMultistep", 10, **LINEAR, solver_type="bh1", **grid))
        for grid in default_grids])
    put("deis_flow.last_sigmas", [made("DEISMultistep", n, use_flow_sigmas=True, prediction_type="flow_prediction",
                                       flow_shift=3.0).sigmas[-1] for n in (10, 100)])
    s = made("DDIM", 10, **SCALED, clip_sample=False, timestep_spacing="trailing", rescale_betas_zero_snr=True)
    put("zero_snr_eps.first", s.step(START, s.timesteps[0], START).prev_sample)
    put("laplace.index", [99, 249, 499, 749, 899])
    for scheduler in ("DDPM", "DDPMParallel"):
        s = getattr(diffusers, scheduler + "Scheduler")(beta_schedule="laplace")
        put(f"laplace.{scheduler}.abar", s.alphas_cumprod[[99, 249, 499, 749, 899]])
    for batch in (1, 2):
        put(f"euler_ancestral_of_{batch}.end", euler_ancestral(batch))
    cosine = dict(beta_schedule="squaredcos_cap_v2", use_karras_sigmas=True)
    for scheduler in ("DPMSolverMultistep", "DPMSolverSinglestep", "DEISMultistep", "UniPCMultistep"):
        put_error("karras_cosine_" + scheduler, lambda: by_list(made(scheduler, 20, **cosine)))

    def edm_sde_3():
        s = made("EDMDPMSolverMultistep", 10, solver_order=3, algorithm_type="sde-dpmsolver++")
        x = START * 80.0
        for t in s.timesteps:
            x = s.step(START, t, x).prev_sample

    put_error("edm_sde_3", edm_sde_3)
    for name, value in arrays.items():
        print(name, value.tolist() if value.size < 9 else value.shape)
    np.savez_compressed(pathlib.Path(__file__).parent / "errata.npz", **arrays)


if __name__ == "__main__":
    main()
