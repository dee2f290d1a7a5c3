# The layer nn.Conv2d: a convolution that owns its kernels. Stride and padding decide the size of what comes out.
import lamella as torch
import lamella.nn as nn

torch.manual_seed(0)

# [by position] In the order of the text: 1 channel in, 3 kernels (so 3 channels out), kernels of 3x3, stride 1,
# padding 0.
layer = nn.Conv2d(1, 3, 3, 1, 0)
x = torch.rand(1, 1, 28, 28)  # one grey picture
out = layer(x)
print(layer)
print(list(x.shape), "->", list(out.shape))
print(f"weight {list(layer.weight.shape)}, bias {list(layer.bias.shape)}")
# [/by position]

# [by name] The same by name.
plain = nn.Conv2d(1, 3, kernel_size=3, stride=1, padding=0)
padded = nn.Conv2d(1, 3, kernel_size=3, stride=1, padding=1)
strided = nn.Conv2d(1, 3, kernel_size=3, stride=2, padding=1)
print("stride 1, padding 0:", list(plain(x).shape))  # 28 - 3 + 1
print("stride 1, padding 1:", list(padded(x).shape))  # 28 + 2 - 3 + 1
print("stride 2, padding 1:", list(strided(x).shape))  # (28 + 2 - 3) / 2 + 1, rounded down
# [/by name]

# [more] "same" finds the padding by itself; a kernel may have two sizes; dilation spreads it.
same = nn.Conv2d(1, 3, (3, 5), padding="same")
dilated = nn.Conv2d(1, 3, 3, dilation=2)
print("3x5, same:", list(same(x).shape))
print("dilation 2:", list(dilated(x).shape))  # spans 5: 28 - 5 + 1
# [/more]
