"""Features by hooks: activations, gradients (Grad-CAM) and a hook that changes what a layer gives."""

import torch
import torch.nn as nn

torch.manual_seed(21)
model = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1, padding_mode="circular"), nn.ReLU(), nn.AdaptiveAvgPool2d((2, 2)), nn.Flatten(), nn.Linear(64, 5),
)  # fmt: skip
features, gradients = {}, {}


def save_activation(name):
    def hook(module, args, output):
        features[name] = output.detach()

    return hook


def save_gradient(module, grad_input, grad_output):
    gradients["conv"] = grad_output[0]


handles = [layer.register_forward_hook(save_activation(name)) for name, layer in model.named_children()]
handles.append(model[4].register_full_backward_hook(save_gradient))

images = torch.randn(6, 3, 16, 16)
labels = torch.tensor([0, 1, 2, 3, 4, 0])
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(6):
    scores = model(images)
    loss = nn.functional.cross_entropy(scores, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    weights = gradients["conv"].mean(dim=(2, 3), keepdim=True)
    cam = torch.relu((weights * features["4"]).sum(dim=1))
    cam = nn.functional.interpolate(cam[:, None], size=images.shape[-2:], mode="bilinear", align_corners=False)
    print(f"step {step} loss {loss.item():.6f} cam {cam.mean().item():.8f}")
for name, feature in features.items():
    print(name, tuple(feature.shape), f"{feature.mean():.5f} {feature.std():.5f}")

for handle in handles:
    handle.remove()
with model[0].register_forward_pre_hook(lambda module, args: (args[0] * 0.5,)):
    with torch.no_grad():
        halved = model.eval()(images)
print(f"{halved.mean():.6f} {model(images).mean():.6f} {len(model[0]._forward_pre_hooks)}")
