# ReLU sets what is negative to zero. In place it writes into its input and needs no memory for a result.
import lamella as torch
import lamella.nn as nn
import lamella.nn.functional as F

torch.manual_seed(0)

# [shape] max(x, 0), point by point: the shape stays.
x = torch.randn(1, 16, 7, 7)
y = F.relu(x)
print(list(x.shape), "->", list(y.shape))
# [/shape]


# [memory] A new tensor stands at another address and takes as many bytes again; in place nothing is added.
def bytes_more(result, given):
    return 0 if result.data_ptr() == given.data_ptr() else result.nbytes


large = torch.randn(64, 16, 28, 28)  # 3,211,264 bytes
fresh = nn.ReLU()
copied = fresh(large)
print("relu:", hex(large.data_ptr()), "->", hex(copied.data_ptr()))
print("bytes more:", bytes_more(copied, large))

in_place = nn.ReLU(True)  # by name: nn.ReLU(inplace=True)
overwritten = in_place(large)
print("relu in place:", hex(large.data_ptr()), "->", hex(overwritten.data_ptr()))
print("bytes more:", bytes_more(overwritten, large))
# [/memory]

# [price] The price: the input is gone. relu_ is the function with the underscore that says so.
before = torch.tensor([[-1.5, 2.0, 0.25], [3.0, -4.0, 1.0], [0.0, -0.125, 7.0]])
torch.relu_(before)
print("the input is now")
print(before)
# [/price]

# [leaf] What autograd still needs may not be overwritten: a parameter never …
leaf = torch.randn(3, requires_grad=True)
try:
    torch.relu_(leaf)
except RuntimeError as error:
    print(error)
# … and no value that a backward has saved: exp keeps its result.
power = torch.exp(leaf)
torch.relu_(power)
try:
    power.sum().backward()
except RuntimeError as error:
    print(error)
# After a convolution or a batch norm it is safe: their backward asks for their input, not for their result.
unit = nn.Sequential(nn.Conv2d(1, 16, 3), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
unit(torch.rand(1, 1, 28, 28)).sum().backward()
# [/leaf]
