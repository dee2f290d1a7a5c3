"""A Dataset of sequences of different lengths, a collate function that pads them, a weighted sampler, workers."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, WeightedRandomSampler, random_split


class Tones(Dataset):
    """Sine waves; the class is the frequency."""

    def __init__(self, count, transform=None):
        rng = np.random.default_rng(4)
        self.labels = rng.integers(0, 3, count)
        self.lengths = rng.integers(20, 40, count)
        self.phases = rng.random(count)
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        if torch.is_tensor(idx):
            idx = idx.tolist()
        t = np.arange(self.lengths[idx], dtype=np.float32)
        wave = np.sin(0.3 * (1 + self.labels[idx]) * t + self.phases[idx]).astype(np.float32)
        sample = {"wave": torch.from_numpy(wave), "label": int(self.labels[idx])}
        return self.transform(sample) if self.transform else sample


class AddNoise:
    def __call__(self, sample):
        return {**sample, "wave": sample["wave"] + 0.01}


def collate(samples):
    longest = max(len(s["wave"]) for s in samples)
    waves = torch.zeros(len(samples), 1, longest)
    for i, s in enumerate(samples):
        waves[i, 0, : len(s["wave"])] = s["wave"]
    lengths = torch.as_tensor([len(s["wave"]) for s in samples])
    return waves, lengths, torch.tensor([s["label"] for s in samples])


torch.manual_seed(8)
data = ConcatDataset([Tones(60), Subset(Tones(60, AddNoise()), range(20))])
train, held_out = random_split(data, [0.8, 0.2], generator=torch.Generator().manual_seed(42))
counts = torch.bincount(torch.tensor([data[i]["label"] for i in train.indices]), minlength=3).double()
weights = [(1.0 / counts)[data[i]["label"]].item() for i in train.indices]
loader = DataLoader(train, batch_size=8, sampler=WeightedRandomSampler(weights, len(weights)), collate_fn=collate, num_workers=0, drop_last=True)
model = nn.Sequential(nn.Conv1d(1, 8, 7, padding=3), nn.ReLU(), nn.AvgPool1d(2, ceil_mode=True), nn.Conv1d(8, 8, 5), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 3))  # fmt: skip
optimizer = torch.optim.Adam(model.parameters(), 0.01)
for epoch in range(2):
    for waves, lengths, labels in loader:
        loss = nn.functional.cross_entropy(model(waves), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.6f} longest {lengths.max().item()}")
with torch.no_grad():
    right = sum((model(w).argmax(1) == y).sum().item() for w, _, y in DataLoader(held_out, 4, collate_fn=collate))
print(f"{right} of {len(held_out)}")
first = next(iter(DataLoader(Tones(3), batch_size=1)))
print(sorted(first), first["wave"].shape, first["label"])
