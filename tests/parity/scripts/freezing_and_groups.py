"""Layers frozen and thawed, parameter groups with options of their own, a warm-up in front of a decay."""

import torch
import torch.nn as nn
from torch.optim.lr_scheduler import LambdaLR, LinearLR, MultiStepLR, SequentialLR

torch.manual_seed(11)
backbone = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.ReLU(), nn.Conv2d(8, 8, 3, groups=4, padding=1), nn.InstanceNorm2d(8, affine=True), nn.Hardswish()
)  # fmt: skip
head = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.LayerNorm(32), nn.Linear(32, 4))
model = nn.Sequential()
model.add_module("backbone", backbone)
model.add_module("head", head)

for name, param in model.named_parameters():
    if name.startswith("backbone.0"):
        param.requires_grad = False

decay, no_decay = [], []
for name, param in model.named_parameters():
    if not param.requires_grad:
        continue
    (no_decay if param.ndim == 1 or name.endswith(".bias") else decay).append(param)
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.05}, {"params": no_decay, "weight_decay": 0.0, "lr": 2e-3}], lr=1e-3
)
warmup = LinearLR(optimizer, start_factor=0.1, total_iters=3)
main = MultiStepLR(optimizer, milestones=[3, 6], gamma=0.1)
scheduler = SequentialLR(optimizer, [warmup, main], milestones=[3])

x = torch.randn(16, 3, 12, 12)
y = torch.randint(0, 4, (16,))
for step in range(10):
    if step == 5:
        backbone[0].requires_grad_(True)
        optimizer.add_param_group({"params": backbone[0].parameters(), "lr": 1e-4})
        scheduler = LambdaLR(optimizer, lr_lambda=lambda epoch: 0.95**epoch)
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)
    optimizer.step()
    scheduler.step()
    lrs = " ".join(f"{group['lr']:.3e}" for group in optimizer.param_groups)
    print(f"step {step} loss {loss.item():.6f} norm {norm:.6f} lrs {lrs} frozen {backbone[0].weight.grad is None}")
