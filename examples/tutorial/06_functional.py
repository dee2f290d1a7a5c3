# The function conv2d: the caller holds the kernels, and their shape has to fit the input's.
import lamella as torch
import lamella.nn as nn
import lamella.nn.functional as F

torch.manual_seed(0)

# [error] 16 kernels for pictures of 3 channels do not fit a picture of 1 channel.
x = torch.randn(1, 1, 28, 28)
w, b = torch.randn(16, 3, 5, 5), torch.randn(16)
try:
    F.conv2d(x, w, b, stride=1, padding=1)
except RuntimeError as error:
    print(error)
# [/error]

# [picture] Either the picture gets 3 channels …
rgb = torch.randn(1, 3, 28, 28)
out = F.conv2d(rgb, w, b, stride=1, padding=1)
halved = F.conv2d(rgb, w, b, stride=2, padding=2)
print(f"{list(rgb.shape)} with {list(w.shape)}, stride 1, padding 1: {list(out.shape)}")
print(f"{list(rgb.shape)} with {list(w.shape)}, stride 2, padding 2: {list(halved.shape)}")
# [/picture]

# [weight] … or the kernels get 1 channel. Height and width need not agree at all, as long as the kernel fits in.
grey = torch.randn(16, 1, 5, 5)
twin = F.conv2d(x, grey, b, stride=1, padding=1)
print(f"{list(x.shape)} with {list(grey.shape)}, stride 1, padding 1: {list(twin.shape)}")
# [/weight]

# [layer] The layer is the function with kernels of its own: the same numbers for the same weight.
layer = nn.Conv2d(3, 16, 5, 1, 1)
by_layer, by_function = layer(rgb), F.conv2d(rgb, layer.weight, layer.bias, padding=1)
print("layer and function:", "equal" if torch.equal(by_layer, by_function) else "different")
# [/layer]
