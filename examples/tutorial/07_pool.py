# Pooling makes maps smaller: a window moves over each channel, and its maximum or its mean is kept. Nothing is learned.
import lamella as torch
import lamella.nn as nn
import lamella.nn.functional as F

torch.manual_seed(0)

# [grid] A 4x4 grid under a window of 2x2 that moves by 2: four windows, which do not overlap.
grid = torch.tensor([[1.0, 3, 2, 9], [7, 4, 1, 5], [8, 5, 2, 4], [4, 2, 1, 4]])
image = grid.view(1, 1, 4, 4)
largest, mean = F.max_pool2d(image, 2, stride=2), F.avg_pool2d(image, 2, stride=2)
print(grid)
for y in range(2):
    for x in range(2):
        window = grid[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].flatten().tolist()
        values = " ".join(f"{value:g}" for value in window)
        print(f"window {values}: maximum {largest[0, 0, y, x].item():g}, mean {mean[0, 0, y, x].item():g}")
# [/grid]

# [module] A layer is built first and called then. Its first argument is the window, its second the step. Without the
# second the step is the window's own size (not 1, as it is for a convolution).
x = torch.rand(1, 16, 14, 14)
by_position = nn.MaxPool2d(2, 2)
by_name = nn.MaxPool2d(kernel_size=2, stride=2)
by_default = nn.MaxPool2d(2)
overlapping = nn.MaxPool2d(2, 1)
print("MaxPool2d(2, 2):", list(x.shape), "->", list(by_position(x).shape))
print(f"by name, by default: {list(by_name(x).shape)}, {list(by_default(x).shape)}")
print("MaxPool2d(2, 1):", list(overlapping(x).shape))  # 14 - 2 + 1
print("parameters:", sum(p.numel() for p in by_position.parameters()))
# [/module]

# [function] A function takes the input first, then the window, then the step.
averaged = F.avg_pool2d(x, 2, 2)
print("avg_pool2d(x, 2, 2):", list(averaged.shape))
print("by name:", list(F.avg_pool2d(x, kernel_size=2, stride=2).shape))
# [/function]
