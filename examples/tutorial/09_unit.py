# A unit of a network: convolution, batch norm, pooling and ReLU. How they are put together is up to you; two orders
# are trained here, and one exchange is shown that changes nothing.
import sys

import lamella as torch
import lamella.nn as nn
import lamella.nn.functional as F
from lamella.utils.data import DataLoader, Subset
from lamella.vision import datasets, transforms


# [orders] The order of the text, and one that normalises last. What follows the unit is the same.
def norm_first():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.MaxPool2d(2, 2),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(16 * 14 * 14, 10),
    )


def norm_last():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.BatchNorm2d(16),
        nn.Flatten(),
        nn.Linear(16 * 14 * 14, 10),
    )
# [/orders]


# [train] One pass over the training pictures; both orders begin with the same numbers and see the same batches. The
# first and the last loss are the means of a few batches.
def train(net, name, pictures, test):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    losses = []
    for images, labels in DataLoader(pictures, batch_size=64, shuffle=True):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    few = len(losses) // 40
    first, last = sum(losses[:few]) / few, sum(losses[-few:]) / few
    print(f"{name}: loss {first:g} -> {last:g}, test accuracy {accuracy(net, test):g}")


def accuracy(net, data):
    net.eval()
    with torch.no_grad():
        right = sum((net(x).argmax(1) == y).sum().item() for x, y in DataLoader(data, batch_size=250))
    net.train()
    return right / len(data)
# [/train]


# [shapes] The shapes on the way through the unit.
torch.manual_seed(0)
net = norm_first()
x = torch.rand(8, 1, 28, 28)
print("input", list(x.shape))
for layer in net:
    x = layer(x)
    print(type(layer).__name__, list(x.shape))
# [/shapes]

# [exchange] ReLU and max pooling may change places: both keep what is greater, so the result is equal to the last
# bit. Pooling first leaves ReLU a quarter of the numbers.
maps = torch.randn(8, 16, 28, 28)
same = torch.equal(F.relu(F.max_pool2d(maps, 2)), F.max_pool2d(F.relu(maps), 2))
print("relu(pool) and pool(relu):", "equal" if same else "different")
# [/exchange]

# [run] Fashion-MNIST: 60,000 pictures of clothes. Without --full a tenth of them does.
share = 1 if "--full" in sys.argv else 10
transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.2860,), (0.3530,))])
pictures = datasets.FashionMNIST("data", train=True, download=True, transform=transform)
test = datasets.FashionMNIST("data", train=False, download=True, transform=transform)
pictures, test = Subset(pictures, range(60000 // share)), Subset(test, range(10000 // share))
print(len(pictures), "pictures to learn,", len(test), "to test")
torch.manual_seed(1)
train(norm_first(), "conv, batch norm, pool, ReLU", pictures, test)
torch.manual_seed(1)
train(norm_last(), "conv, ReLU, pool, batch norm", pictures, test)
# [/run]
