# What a convolution does to a picture: a small kernel slides over it; at each place the numbers under the window are
# multiplied by the kernel's, the products are added up, and the sum is one point of the feature map.
import math

import lamella as torch
import lamella.nn.functional as F


# [size] The formula that the text promises: the kernel, spread by its dilation, fits that often into the padded input.
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1  # // rounds down
# [/size]


# [slide] F(y, x) = sum over r, s of I(y + r, x + s) k(r, s): for discrete data the integral is a sum.
def slide(image, kernel):
    rows, columns = kernel.shape
    feature_map = torch.empty(output_size(image.size(0), rows), output_size(image.size(1), columns))
    for y in range(feature_map.size(0)):
        for x in range(feature_map.size(1)):
            window = image[y : y + rows, x : x + columns]
            feature_map[y, x] = (window * kernel).sum()
    return feature_map
# [/slide]


def zero(size):
    """The outline of a 0, as thick as a pen: 9 where there is ink, 0 elsewhere."""
    center = (size - 1) / 2
    distances = [[math.hypot(y - center, 1.3 * (x - center)) / size for x in range(size)] for y in range(size)]
    return torch.tensor([[9.0 if 0.23 < distance < 0.41 else 0.0 for distance in row] for row in distances])


# [kernels] The kind of kernel decides what comes out: edges, something sharper, something smoother.
edge = torch.tensor([[0.0, -1.0, 0.0], [-1.0, 4.0, -1.0], [0.0, -1.0, 0.0]])
sharpen = torch.tensor([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]])
blur = torch.full((3, 3), 1 / 9)
# [/kernels]

# [map] A picture of 28x28 under a kernel of 3x3 gives a feature map of 26x26: the window has 28 - 3 + 1 places.
picture = zero(28)
feature_map = slide(picture, edge)
print(f"I {list(picture.shape)}, k {list(edge.shape)}, F {list(feature_map.shape)}")
print(f"28x28 -> {feature_map.size(0)}x{feature_map.size(1)}")
# [/map]

# [library] The library does the same, for many pictures and many kernels at once: both get two axes in front.
same = F.conv2d(picture.view(1, 1, 28, 28), edge.view(1, 1, 3, 3))
print(f"conv2d {list(same.shape)},", "equal" if torch.equal(same.view(26, 26), feature_map) else "different")
# [/library]

# [sizes] The formula for other steps and borders.
print("kernel 3, stride 1, padding 0: 28 ->", output_size(28, 3))
print("kernel 3, stride 1, padding 1: 28 ->", output_size(28, 3, stride=1, padding=1))
print("kernel 3, stride 2, padding 1: 28 ->", output_size(28, 3, stride=2, padding=1))
print("kernel 5, stride 1, padding 2: 28 ->", output_size(28, 5, stride=1, padding=2))
# [/sizes]

# [flip] Mathematics turns the kernel round before it slides; deep learning does not, so what it calls convolution is
# cross-correlation. A kernel that is not symmetric shows it.
row = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]])
right = torch.tensor([[0.0, 0.0, 1.0]])
print("correlation of 1 2 3 4 5 with 0 0 1:", slide(row, right)[0])
print("convolution of 1 2 3 4 5 with 0 0 1:", slide(row, right.flip(1))[0])
# [/flip]
