"""The layers of Molmo-7B-D and its vision in eager PyTorch, as a baseline for RunnerFigures in the same run."""
import sys
import time

import torch
import torch.nn.functional as F

device = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cuda")
small = device.type == "cpu"
dtype = torch.float32 if small else torch.bfloat16
layers, vocabulary, length = (2, 16384, 512) if small else (28, 152064, 1300)
width, heads, key_heads, size, inner = 3584, 28, 4, 128, 18944


def weights(*shape):
    return torch.randn(*shape, device=device, dtype=dtype) * 0.02


def rms_norm(x, weight):
    wide = x.float()
    return weight * (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype)


def rotate(x, cos, sin):
    a, b = x.float().chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(x.dtype)


class Block:
    def __init__(self):
        self.norm, self.ff_norm = weights(width), weights(width)
        self.qkv, self.bias = weights((heads + 2 * key_heads) * size, width), weights((heads + 2 * key_heads) * size)
        self.out, self.up_gate, self.down = weights(width, width), weights(2 * inner, width), weights(width, inner)

    def __call__(self, x, cache, cos, sin):
        rows = x.shape[1]
        qkv = F.linear(rms_norm(x, self.norm), self.qkv, self.bias).view(x.shape[0], rows, -1, size).transpose(1, 2)
        q, k, v = qkv.split([heads, key_heads, key_heads], 1)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
        group = heads // key_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        x = x + F.linear(F.scaled_dot_product_attention(q, k, v, is_causal=rows > 1).transpose(1, 2).flatten(2), self.out)
        up, gate = F.linear(rms_norm(x, self.ff_norm), self.up_gate).chunk(2, -1)
        return x + F.linear(F.silu(gate) * up, self.down)


def vision_block(x, w):
    crops, positions, channels = x.shape
    q, k, v = (F.linear(F.layer_norm(x, [channels]), w[i]).view(crops, positions, 16, 64).transpose(1, 2) for i in range(3))
    x = x + F.linear(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), w[3])
    hidden = F.linear(F.layer_norm(x, [channels]), w[4])
    return x + F.linear(hidden * torch.sigmoid(1.702 * hidden), w[5])


def measure(run, count):
    times = []
    for i in range(count + 2):
        start = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times[2:])[count // 2]


@torch.inference_mode()
def main():
    blocks = [Block() for _ in range(layers)]
    head, norm = weights(vocabulary, width), weights(width)
    angles = torch.rand(length, size // 2, device=device)

    def language(x, caches, cos, sin):
        for block, cache in zip(blocks, caches):
            x = block(x, cache, cos, sin)
        return F.linear(rms_norm(x[:, -1], norm), head).argmax(-1).cpu()

    print("| Eager PyTorch | Milliseconds |\n|---|---:|")
    prompt = weights(1, length, width)
    print(f"| Prefill, {length} tokens | {measure(lambda: language(prompt, [None] * layers, angles.cos(), angles.sin()), 5):.1f} |")
    for batch in (1, 8, 32):
        past = min(length, 8192 // batch) if small else length
        caches = [(weights(batch, key_heads, past, size), weights(batch, key_heads, past, size)) for _ in blocks]
        x = weights(batch, 1, width)
        step = measure(lambda: language(x, caches, angles[:1].cos(), angles[:1].sin()), 15)
        print(f"| Decode, batch {batch}, {past} positions | {step:.1f} |")
    crops = 2 if small else 13
    vision = [[weights(1024, 1024) for _ in range(4)] + [weights(4096, 1024), weights(1024, 4096)] for _ in range(22)]

    def encode():
        x = weights(crops, 577, 1024)
        for w in vision:
            x = vision_block(x, w)

    print(f"| Vision, {crops} crops | {measure(encode, 5):.1f} |")


main()
