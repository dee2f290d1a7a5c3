"""A learning-rate finder: the rate grows at every batch until the loss explodes; then one-cycle training."""

import copy
import math

import torch
from torch import nn

torch.manual_seed(31)
model = nn.Sequential(nn.Conv2d(1, 8, 5, stride=2), nn.LeakyReLU(0.1), nn.Conv2d(8, 8, 3), nn.Softplus(), nn.Flatten(), nn.Linear(128, 64), nn.Tanh(), nn.Linear(64, 3))  # fmt: skip
inputs = torch.randn(48, 1, 16, 16)
targets = inputs.mean(dim=(1, 2, 3)).mul(20).clamp(-1, 1).round().long() + 1
criterion = nn.CrossEntropyLoss()


def find_lr(model, init_value=1e-4, final_value=1.0, beta=0.9, steps=20):
    state = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=init_value)
    mult = (final_value / init_value) ** (1 / (steps - 1))
    lr, avg_loss, best = init_value, 0.0, math.inf
    losses, log_lrs = [], []
    for batch_num in range(1, steps + 1):
        optimizer.param_groups[0]["lr"] = lr
        index = torch.randperm(len(inputs))[:16]
        optimizer.zero_grad()
        loss = criterion(model(inputs[index]), targets[index])
        avg_loss = beta * avg_loss + (1 - beta) * loss.item()
        smoothed = avg_loss / (1 - beta**batch_num)
        if batch_num > 1 and smoothed > 4 * best:
            break
        best = min(best, smoothed)
        losses.append(smoothed)
        log_lrs.append(math.log10(lr))
        loss.backward()
        optimizer.step()
        lr *= mult
    model.load_state_dict(state)
    return log_lrs, losses


for log_lr, loss in zip(*find_lr(model)):
    print(f"{log_lr:.4f} {loss:.6f}")

optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=12)
for step in range(12):
    loss = criterion(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    print(f"{loss.item():.6f} lr {scheduler.get_last_lr()[0]:.6f} momentum {optimizer.param_groups[0]['momentum']:.4f}")
