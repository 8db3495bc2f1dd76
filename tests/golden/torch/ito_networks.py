# The networks of experiments/models written again in PyTorch's own layers, independently of the C++: what golden data
# (networks.py) and the benchmark beside torch (bench/peers/unet_torch.py) are made with.
#
# Images are [N, C, H, W]. Parameters have ito's names. A constructor takes the keys of a recipe's table `model`. Nothing
# is dropped out.
import math

import torch
import torch.nn.functional as F
from torch import nn

GROUPS = 8


def group_norm(channels):
    """At most 8 groups, of a number of channels that divides."""
    groups = next(g for g in range(min(GROUPS, channels), 0, -1) if channels % g == 0)
    return nn.GroupNorm(groups, channels)


def features(times, half, period):
    """cos and sin of each time at frequencies period^(-i / half): [N, 2 half]."""
    i = torch.arange(half, dtype=times.dtype, device=times.device)
    angles = times[:, None] * period ** (-i / half)
    return torch.cat([angles.cos(), angles.sin()], 1)


def to_patches(x, p):
    """Channel (dy p + dx) C + c of a position is pixel (dy, dx) of its patch."""
    if p == 1:
        return x
    return F.pixel_unshuffle(x, p).unflatten(1, (x.shape[1], p * p)).transpose(1, 2).flatten(1, 2)


def from_patches(x, p):
    if p == 1:
        return x
    return F.pixel_shuffle(x.unflatten(1, (p * p, x.shape[1] // (p * p))).transpose(1, 2).flatten(1, 2), p)


class Conditioning(nn.Module):
    """silu(layer_1(silu(layer_0(features)) + class_embedding)), the last class for none (-1)."""

    def __init__(self, channels, time_features, classes, of_lambda):
        super().__init__()
        self.time_features, self.classes, self.of_lambda = time_features, classes, of_lambda
        self.layer_0 = nn.Linear(time_features, channels)
        self.layer_1 = nn.Linear(channels, channels)
        self.class_embedding = nn.Embedding(classes + 1, channels)

    def forward(self, times, lam, condition):
        clock = 3 * lam.clamp(-10, 10) if self.of_lambda else 30 * times
        e = features(clock, self.time_features // 2, 100).to(self.layer_0.weight.dtype)
        label = torch.where(condition < 0, self.classes, condition)
        return F.silu(self.layer_1(F.silu(self.layer_0(e)) + self.class_embedding(label)))


class Attention(nn.Module):
    """Self-attention of tokens [N, L, C]: heads beside each other, queries, keys and values by one projection."""

    def __init__(self, channels, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x):
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in self.qkv(x).chunk(3, -1))
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class AttentionBlock(Attention):
    def __init__(self, channels, heads, skip_scale):
        super().__init__(channels, heads)
        self.norm, self.skip_scale = group_norm(channels), skip_scale

    def forward(self, x):
        tokens = self.norm(x).permute(0, 2, 3, 1).flatten(1, 2)
        y = super().forward(tokens).unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)
        return self.skip_scale * (x + y)


class ResidualBlock(nn.Module):
    """With the attention behind it, where there is one."""

    def __init__(self, c_in, c_out, embedding=0, skip_scale=1.0, heads=0):
        super().__init__()
        self.skip_scale = skip_scale
        self.norm_0 = group_norm(c_in)
        self.conv_0 = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.affine = nn.Linear(embedding, 2 * c_out) if embedding else None
        self.norm_1 = group_norm(c_out)
        self.conv_1 = nn.Conv2d(c_out, c_out, 3, padding=1)
        self.skip = nn.Conv2d(c_in, c_out, 1) if c_in != c_out else nn.Identity()
        self.attention = AttentionBlock(c_out, heads, skip_scale) if heads else nn.Identity()

    def forward(self, x, embedding=None):
        h = self.norm_1(self.conv_0(F.silu(self.norm_0(x))))
        if self.affine is not None:
            scale, shift = self.affine(embedding)[:, :, None, None].chunk(2, 1)
            h = h * (1 + scale) + shift
        h = self.conv_1(F.silu(h))
        return self.attention(self.skip_scale * (self.skip(x) + h))


class ImageNetwork(nn.Module):
    """forward(x, times, lambda, condition): the network itself, or EDM's preconditioning of it."""

    def __init__(self, o, shape, classes):
        super().__init__()
        self.edm, self.sigma_data = o["preconditioning"] == "edm", o["sigma_data"]
        self.patch, self.pixels = o["patch"], o["patch"] ** 2 * shape[2]
        self.conditioning = Conditioning(o["embedding"], o["time_features"], classes, self.edm)

    def forward(self, x, times, lam, condition):
        if not self.edm:
            return self.network(x, self.conditioning(times, lam, condition))
        # Karras 2022, table 1, for x = x_t / sqrt(alpha^2 + sigma^2).
        a2, b2, sd2 = torch.sigmoid(2 * lam), torch.sigmoid(-2 * lam), self.sigma_data**2
        p = b2 + sd2 * a2
        skip, out, scale = (
            c.to(x.dtype)[:, None, None, None]
            for c in (sd2 * a2.sqrt() / p, b2.sqrt() * self.sigma_data / p.sqrt(), 1 / p.sqrt())
        )
        return skip * x + out * self.network(scale * x, self.conditioning(times, lam, condition))


IMAGE_DEFAULTS = {
    "preconditioning": "edm", "sigma_data": 0.5, "patch": 2, "embedding": 128, "time_features": 64, "dropout": 0.0,
}  # fmt: skip
UNET_DEFAULTS = {
    "channels": [48, 96], "blocks": 1, "attention": [1], "heads": 2, "middle": True, "skip_scale": "one",
}  # fmt: skip


class Unet(ImageNetwork):
    def __init__(self, options, shape, classes):
        o = IMAGE_DEFAULTS | UNET_DEFAULTS | options
        super().__init__(o, shape, classes)
        channels, blocks, scale = o["channels"], o["blocks"], math.sqrt(0.5) if o["skip_scale"] == "sqrt_half" else 1.0

        def stage(c_in, level):
            heads = o["heads"] if level in o["attention"] else 0
            return ResidualBlock(c_in, channels[level], o["embedding"], scale, heads)

        c, skips = channels[0], []
        self.conv_in = nn.Conv2d(self.pixels, c, 3, padding=1)
        self.encoder = nn.ModuleList(nn.ModuleList() for _ in channels)
        self.decoder = nn.ModuleList(nn.ModuleList() for _ in channels)
        for level, width in enumerate(channels):
            for _ in range(blocks):
                self.encoder[level].append(stage(c, level))
                c = width
                skips.append(c)
        self.middle = stage(c, len(channels) - 1) if o["middle"] else None
        for level in reversed(range(len(channels))):
            for _ in range(blocks):
                self.decoder[level].append(stage(c + skips.pop(), level))
                c = channels[level]
        self.norm_out = group_norm(c)
        self.conv_out = nn.Conv2d(c, self.pixels, 3, padding=1)

    def network(self, x, embedding):
        h, skips = self.conv_in(to_patches(x, self.patch)), []
        for level, stages in enumerate(self.encoder):
            if level > 0:
                h = F.avg_pool2d(h, 2)
            for block in stages:
                h = block(h, embedding)
                skips.append(h)
        if self.middle is not None:
            h = self.middle(h, embedding)
        for level in reversed(range(len(self.decoder))):
            for block in self.decoder[level]:
                h = block(torch.cat([h, skips.pop()], 1), embedding)
            if level > 0:
                h = F.interpolate(h, scale_factor=2, mode="nearest")
        return from_patches(self.conv_out(F.silu(self.norm_out(h))), self.patch)


DIT_DEFAULTS = {"channels": 64, "blocks": 4, "heads": 4}


class DitBlock(nn.Module):
    def __init__(self, channels, heads, embedding):
        super().__init__()
        self.modulation = nn.Linear(embedding, 6 * channels)
        self.norm_1 = nn.LayerNorm(channels, 1e-6, elementwise_affine=False)
        self.norm_2 = nn.LayerNorm(channels, 1e-6, elementwise_affine=False)
        self.attention = Attention(channels, heads)
        self.mlp_0 = nn.Linear(channels, 4 * channels)
        self.mlp_1 = nn.Linear(4 * channels, channels)

    def forward(self, h, embedding):
        shift_1, scale_1, gate_1, shift_2, scale_2, gate_2 = self.modulation(embedding)[:, None, :].chunk(6, -1)
        h = h + gate_1 * self.attention(self.norm_1(h) * (1 + scale_1) + shift_1)
        wide = F.gelu(self.mlp_0(self.norm_2(h) * (1 + scale_2) + shift_2), approximate="tanh")
        return h + gate_2 * self.mlp_1(wide)


class Dit(ImageNetwork):
    def __init__(self, options, shape, classes):
        o = IMAGE_DEFAULTS | DIT_DEFAULTS | options
        super().__init__(o, shape, classes)
        c = o["channels"]
        self.linear_in = nn.Linear(self.pixels, c)
        self.blocks = nn.ModuleList(DitBlock(c, o["heads"], o["embedding"]) for _ in range(o["blocks"]))
        self.modulation_out = nn.Linear(o["embedding"], 2 * c)
        self.norm_out = nn.LayerNorm(c, 1e-6, elementwise_affine=False)
        self.linear_out = nn.Linear(c, self.pixels)
        # A token's row in the first half of the channels, its column in the second.
        rows, columns = (
            features(torch.arange(side // self.patch, dtype=torch.float64), c // 4, 10000) for side in shape[:2]
        )
        grid = [rows[:, None, :].expand(-1, len(columns), -1), columns[None, :, :].expand(len(rows), -1, -1)]
        self.register_buffer("positions", torch.cat(grid, -1).flatten(0, 1), persistent=False)

    def network(self, x, embedding):
        patches = to_patches(x, self.patch)
        h = self.linear_in(patches.flatten(2).transpose(1, 2)) + self.positions
        for block in self.blocks:
            h = block(h, embedding)
        shift, scale = self.modulation_out(embedding)[:, None, :].chunk(2, -1)
        h = self.linear_out(self.norm_out(h) * (1 + scale) + shift)
        return from_patches(h.transpose(1, 2).unflatten(2, patches.shape[2:]), self.patch)


class Classifier(nn.Module):
    def __init__(self, options, shape, classes):
        super().__init__()
        channels = options.get("channels", [16, 32, 64])
        self.conv_in = nn.Conv2d(shape[2], channels[0], 3, padding=1)
        self.blocks = nn.ModuleList(map(ResidualBlock, channels[:1] + channels[:-1], channels))
        self.norm_out = group_norm(channels[-1])
        self.head = nn.Linear(channels[-1], classes)

    def forward(self, x, times, lam, condition):
        h = self.conv_in(x)
        for level, block in enumerate(self.blocks):
            h = block(F.avg_pool2d(h, 2) if level > 0 else h)
        return self.head(F.silu(self.norm_out(h)).mean((2, 3)))
