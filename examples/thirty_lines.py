# The twin of thirty_lines.cpp; with PyTorch and torchvision in the first five lines it is a PyTorch program.
import lamella as torch
from lamella import nn
from lamella.nn.functional import cross_entropy, max_pool2d, relu
from lamella.utils.data import DataLoader
from lamella.vision import datasets, io, transforms


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 32, 3, padding=1)
        self.fc = nn.Linear(32 * 7 * 7, 10)

    def forward(self, x):
        half = max_pool2d(relu(self.conv1(x)), 2)
        quarter = max_pool2d(relu(self.conv2(half)), 2)
        return self.fc(quarter.flatten(1))


normalize = transforms.Normalize([0.2860], [0.3530])
prepare = transforms.Compose([transforms.ToTensor(), normalize])
train, test = (datasets.FashionMNIST("data", train=part, download=True, transform=prepare) for part in (True, False))
torch.manual_seed(0)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for images, labels in DataLoader(train, batch_size=64, shuffle=True):
    optimizer.zero_grad()
    cross_entropy(net(images), labels).backward()
    optimizer.step()
with torch.no_grad():
    right = sum((net(x).argmax(1) == y).sum().item() for x, y in DataLoader(test, batch_size=250))
print(f"accuracy after one epoch: {right / len(test):g}")

torch.save(net.state_dict(), "net.pt")
again = Net()
again.load_state_dict(torch.load("net.pt"))
io.write_png(test.data[:1], "picture.png")
picture = normalize(io.read_image("picture.png", io.ImageReadMode.GRAY) / 255)
print("picture.png is:", test.classes[again(picture[None]).argmax().item()])
