"""A run that stops is resumed from its checkpoint, and goes on as if it had not stopped."""

import os
import tempfile

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def build():
    model = nn.Sequential(nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU6(), nn.PixelUnshuffle(2), nn.Conv2d(24, 12, 1), nn.PixelShuffle(2), nn.Conv2d(3, 1, 3, padding=1, padding_mode="replicate"))  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, amsgrad=True)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    return model, optimizer, scheduler


def train(model, optimizer, scheduler, start, stop, path=None):
    losses = []
    for epoch in range(start, stop):
        for x, y in loader:
            loss = nn.functional.huber_loss(model(x), y, delta=0.5)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        if path:
            torch.save(
                {
                    "epoch": epoch + 1,
                    "model_state_dict": model.state_dict(),
                    "optimizer_state_dict": optimizer.state_dict(),
                    "scheduler_state_dict": scheduler.state_dict(),
                    "rng_state": torch.get_rng_state(),
                    "loss": loss,
                    "note": ("résumé", [1, 2.5, None, True]),
                },
                path,
            )
    return losses


torch.manual_seed(17)
x = torch.randn(24, 2, 8, 8)
loader = DataLoader(TensorDataset(x, x.mean(dim=1, keepdim=True)), batch_size=8, shuffle=True)
path = os.path.join(tempfile.mkdtemp(), "checkpoint.tar")

parts = build()
first = train(*parts, 0, 2, path)
whole = train(*parts, 2, 4)

model, optimizer, scheduler = build()
checkpoint = torch.load(path, weights_only=True)
model.load_state_dict(checkpoint["model_state_dict"])
optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
scheduler.load_state_dict(checkpoint["scheduler_state_dict"])
torch.set_rng_state(checkpoint["rng_state"])
resumed = train(model, optimizer, scheduler, checkpoint["epoch"], 4)

for loss in first + whole:
    print(f"{loss:.6f}")
print(whole == resumed, checkpoint["note"], f"{checkpoint['loss'].item():.6f}")
print(list(checkpoint["model_state_dict"])[:4], len(checkpoint["optimizer_state_dict"]["state"]))
