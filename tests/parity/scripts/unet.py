"""A U-Net that learns to mask bright discs."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class DoubleConv(nn.Module):
    """(convolution => [BN] => ReLU) * 2"""

    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        if not mid_channels:
            mid_channels = out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(mid_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(in_channels, out_channels))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    def __init__(self, in_channels, out_channels, bilinear=True):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(in_channels, out_channels, in_channels // 2)
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(in_channels, out_channels)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        diffY = x2.size()[2] - x1.size()[2]
        diffX = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diffX // 2, diffX - diffX // 2, diffY // 2, diffY - diffY // 2])
        x = torch.cat([x2, x1], dim=1)
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, n_channels, n_classes, bilinear=False):
        super().__init__()
        factor = 2 if bilinear else 1
        self.inc = DoubleConv(n_channels, 8)
        self.down1 = Down(8, 16)
        self.down2 = Down(16, 32 // factor)
        self.up1 = Up(32, 16 // factor, bilinear)
        self.up2 = Up(16, 8, bilinear)
        self.outc = nn.Conv2d(8, n_classes, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x = self.up1(x3, x2)
        x = self.up2(x, x1)
        return self.outc(x)


def dice_loss(logits, mask, eps=1e-6):
    p = torch.sigmoid(logits)
    inter = 2 * (p * mask).sum(dim=(-1, -2))
    sets = p.sum(dim=(-1, -2)) + mask.sum(dim=(-1, -2))
    return 1 - ((inter + eps) / (sets + eps)).mean()


torch.manual_seed(3)
yy, xx = torch.meshgrid(torch.arange(22), torch.arange(26), indexing="ij")
centers = torch.randint(5, 18, (24, 2))
masks = torch.stack([((yy - cy) ** 2 + (xx - cx) ** 2 < 20).float() for cy, cx in centers.tolist()]).unsqueeze(1)
images = masks + 0.3 * torch.randn(24, 1, 22, 26)

for bilinear in (False, True):
    model = UNet(1, 1, bilinear)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-4, weight_decay=1e-8, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "min", patience=1)
    loader = DataLoader(TensorDataset(images, masks), batch_size=6, shuffle=True)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(3):
        total = 0.0
        for image, mask in loader:
            logits = model(image)
            loss = criterion(logits, mask) + dice_loss(logits, mask)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
            print(f"bilinear {bilinear} epoch {epoch} loss {loss.item():.6f}")
        scheduler.step(total)
    model.eval()
    with torch.no_grad():
        accuracy = ((model(images) > 0) == (masks > 0.5)).float().mean().item()
    print(f"pixels right {accuracy:.2f}")
