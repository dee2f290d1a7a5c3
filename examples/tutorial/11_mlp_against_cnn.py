# Fully connected against convolutional: parameters, accuracy and time, and where the difference comes from.
import sys
import time

import lamella as torch
import lamella.nn as nn
import lamella.nn.functional as F
from lamella.utils.data import DataLoader, Subset
from lamella.vision import datasets, transforms


# [train] The same training for both.
def train(net, epochs, pictures):
    """Returns the seconds that it took."""
    start = time.perf_counter()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    for epoch in range(epochs):
        for images, labels in DataLoader(pictures, batch_size=64, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(net(images), labels).backward()
            optimizer.step()
    return time.perf_counter() - start


def accuracy(net, data):
    net.eval()
    with torch.no_grad():
        right = sum((net(x).argmax(1) == y).sum().item() for x, y in DataLoader(data, batch_size=250))
    return right / len(data)
# [/train]


torch.manual_seed(0)


# [mlp]
def parameter_count(net):
    return sum(p.numel() for p in net.parameters())


# Three hidden layers and one output layer; the input is not counted, so these are 4 layers. Each has in * out
# weights and out biases, and a float32 takes 4 bytes.
mlp = nn.Sequential(
    nn.Flatten(),
    nn.Linear(784, 300),
    nn.ReLU(inplace=True),
    nn.Linear(300, 300),
    nn.ReLU(inplace=True),
    nn.Linear(300, 200),
    nn.ReLU(inplace=True),
    nn.Linear(200, 10),
)
parameters = 0
sizes = [28 * 28, 300, 300, 200, 10]
for layer in range(1, 5):
    weights, biases = sizes[layer - 1] * sizes[layer], sizes[layer]
    parameters += weights + biases
    print(f"layer {layer}: {sizes[layer - 1]} * {sizes[layer]} + {biases} = {weights + biases}")
print(f"parameters {parameters}, as the network says: {parameter_count(mlp)}")
print("bytes", 4 * parameters)
# [/mlp]

# [sharing] From 28x28 to a map of 26x26. Fully connected, each of the 676 points has a weight for each of the 784
# pixels. Locally connected, it sees 9 of them. With shared weights all points use the same 9.
connected = nn.Linear(28 * 28, 26 * 26, bias=False)
shared = nn.Conv2d(1, 1, 3, bias=False)
print("28x28 -> 26x26, fully connected:", parameter_count(connected))
print("28x28 -> 26x26, each point a window of its own:", 26 * 26 * 9)
print("28x28 -> 26x26, one window for all:", parameter_count(shared))
# [/sharing]

# [cnn] Two convolutions with pooling and one linear layer.
cnn = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.ReLU(inplace=True),
    nn.MaxPool2d(2),  # [b, 16, 14, 14]
    nn.Conv2d(16, 32, 3, padding=1),
    nn.ReLU(inplace=True),
    nn.MaxPool2d(2),  # [b, 32, 7, 7]
    nn.Flatten(),
    nn.Linear(32 * 7 * 7, 10),
)
for name, tensor in cnn.named_parameters():
    print(name, list(tensor.shape), "=", tensor.numel())
print("parameters", parameter_count(cnn))
# What is shared is stored once, but used at every point: 28x28 times, 14x14 times, and once.
print("multiply-adds of the cnn", 144 * 28 * 28 + 4608 * 14 * 14 + 15680)
print("multiply-adds of the mlp", 784 * 300 + 300 * 300 + 300 * 200 + 200 * 10)
# [/cnn]

# [compare] Fashion-MNIST: a tenth of it and one pass, or with --full all of it and five.
share, epochs = (1, 5) if "--full" in sys.argv else (10, 1)
transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.2860,), (0.3530,))])
pictures = datasets.FashionMNIST("data", train=True, download=True, transform=transform)
test = datasets.FashionMNIST("data", train=False, download=True, transform=transform)
pictures, test = Subset(pictures, range(60000 // share)), Subset(test, range(10000 // share))
print(len(pictures), "pictures, passes:", epochs)
for name, net in (("mlp", mlp), ("cnn", cnn)):
    seconds = train(net, epochs, pictures)
    print(f"{name}: parameters {parameter_count(net)}, accuracy {accuracy(net, test):.4f}, seconds {seconds:.4f}")
# [/compare]
