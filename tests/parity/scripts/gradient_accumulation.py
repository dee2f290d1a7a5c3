"""Large batches by accumulation, with autocast, a scaler that is off, and an exponential average of the weights."""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(5)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 6, padding_idx=0)
        self.conv = nn.Conv1d(6, 12, 5, padding=2, dilation=1)
        self.norm = nn.BatchNorm1d(12)
        self.act = nn.PReLU()
        self.out = nn.Linear(12, 3)

    def forward(self, tokens):
        x = self.embed(tokens).transpose(1, 2)
        x = self.act(self.norm(self.conv(x)))
        x = F.adaptive_max_pool1d(x, 1).squeeze(-1)
        return self.out(F.dropout(x, p=0.2, training=self.training))


class EMA:
    def __init__(self, model, decay):
        self.decay = decay
        self.shadow = copy.deepcopy(model).eval()
        for p in self.shadow.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for s, p in zip(self.shadow.parameters(), model.parameters()):
            s.mul_(self.decay).add_(p.detach(), alpha=1 - self.decay)
        for s, b in zip(self.shadow.buffers(), model.buffers()):
            s.copy_(b)


model = Net()
ema = EMA(model, 0.9)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scaler = torch.amp.GradScaler("cuda", enabled=False)
accumulation_steps = 4
tokens = torch.randint(0, 20, (64, 15))
target = (tokens == 3).sum(dim=1).clamp(max=2)
weight = torch.tensor([1.0, 2.0, 3.0])

for epoch in range(3):
    running = 0.0
    optimizer.zero_grad()
    for i, (x, y) in enumerate(zip(tokens.chunk(8), target.chunk(8))):
        with torch.autocast("cpu", enabled=False):
            loss = F.cross_entropy(model(x), y, weight=weight) / accumulation_steps
        scaler.scale(loss).backward()
        running += loss.item()
        if (i + 1) % accumulation_steps == 0:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_value_(model.parameters(), 0.2)
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad(set_to_none=False)
            ema.update(model)
    with torch.inference_mode():
        shadow = F.cross_entropy(ema.shadow(tokens), target).item()
    print(f"epoch {epoch} loss {running:.6f} average's loss {shadow:.6f}")
