"""A convolutional autoencoder: transposed convolutions, and pooling that remembers where."""

import torch
from torch import nn
from torch.nn import functional as F


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleDict(
            {
                "conv1": nn.Conv2d(1, 8, 3, stride=2, padding=1),
                "conv2": nn.Conv2d(8, 16, 3, padding="same", padding_mode="reflect"),
                "pool": nn.MaxPool2d(2, return_indices=True),
            }
        )
        self.decoder = nn.ModuleList(
            [
                nn.MaxUnpool2d(2),
                nn.ConvTranspose2d(16, 8, 3, padding=1),
                nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1),
            ]
        )
        self.register_buffer("scale", torch.tensor(0.5))

    def encode(self, x):
        x = F.elu(self.encoder["conv1"](x))
        x = F.silu(self.encoder["conv2"](x))
        return self.encoder["pool"](x)

    def forward(self, x):
        code, where = self.encode(x)
        unpool, up1, up2 = self.decoder
        x = F.gelu(up1(unpool(code, where)))
        return torch.sigmoid(up2(x, output_size=x.shape[:2] + (20, 20))) * self.scale * 2


torch.manual_seed(7)
model = AutoEncoder()
print(model)
data = torch.rand(40, 1, 20, 20)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(4):
    for batch in data.split(10):
        noisy = batch + 0.1 * torch.randn_like(batch)
        loss = F.mse_loss(model(noisy), batch) + 0.01 * F.smooth_l1_loss(model(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"epoch {epoch}, loss {loss:.6f}")
code, where = model.encode(data[:2])
print(tuple(code.shape), tuple(where.shape), where.dtype, f"{code.mean():.5f}")
