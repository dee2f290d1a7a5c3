# Pictures have colours: a kernel then has one slice a channel, and its slices' sums are added to one number.
import lamella as torch
import lamella.nn.functional as F

torch.manual_seed(0)

# [shapes] b pictures of 3 channels (red, green, blue), 28x28 each; 16 kernels of 3 slices, 3x3 each; one bias a
# kernel. Each kernel makes one feature map; a padding of 1 keeps the 28x28.
b = 2
x = torch.rand(b, 3, 28, 28)
one_kernel = torch.randn(3, 3, 3)
weight = torch.randn(16, 3, 3, 3)
bias = torch.randn(16)
out = F.conv2d(x, weight, bias, padding=1)
print(f"x {list(x.shape)}, one kernel {list(one_kernel.shape)}")
print(f"16 kernels {list(weight.shape)}, bias {list(bias.shape)}")
print(f"out {list(out.shape)}")
# [/shapes]

# [by hand] The point (10, 20) of the map of kernel 5 in picture 0. With a padding of 1 its window begins one row
# above and one column to the left. Three sums of nine products each, then all three and the bias.
point = bias[5].item()
for channel in range(3):
    window = x[0, channel, 9:12, 19:22]
    kernel_slice = weight[5, channel]
    total = (window * kernel_slice).sum().item()
    print(f"channel {'RGB'[channel]}: {list(window.shape)} times {list(kernel_slice.shape)}, sum {total:g}")
    point += total
print(f"sums and bias: {point:g}, conv2d: {out[0, 5, 10, 20].item():g}")
# [/by hand]

# [small] Small enough to be checked with a pencil: one picture of 3x4x4, two kernels.
picture = torch.tensor(
    [
        [[1.0, 0, 2, 1], [0, 3, 1, 0], [2, 1, 0, 1], [1, 0, 1, 2]],
        [[0, 1, 1, 0], [2, 0, 1, 3], [1, 1, 0, 0], [0, 2, 1, 1]],
        [[1, 1, 0, 2], [0, 1, 2, 0], [3, 0, 1, 1], [1, 0, 0, 1]],
    ]
)
kernels = torch.tensor(
    [
        [[[1.0, 0, -1], [1, 0, -1], [1, 0, -1]], [[0, 1, 0], [0, 1, 0], [0, 1, 0]], [[-1, 0, 0], [0, 1, 0], [0, 0, 1]]],
        [[[0, 0, 0], [1, 1, 1], [0, 0, 0]], [[1, 0, 0], [0, -1, 0], [0, 0, 1]], [[0, 1, 0], [1, -4, 1], [0, 1, 0]]],
    ]
)
biases = torch.tensor([1.0, 0.0])
maps = F.conv2d(picture, kernels, biases)  # without padding: 4 - 3 + 1 = 2
print(f"{list(picture.shape)} with {list(kernels.shape)} -> {list(maps.shape)}")
print(maps)
# [/small]
