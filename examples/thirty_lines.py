# The twin of thirty_lines.cpp in PyTorch.
import torch, torchvision
from torch import nn
from torch.nn.functional import cross_entropy, max_pool2d, relu
from torchvision.io import ImageReadMode, read_image, write_png
from torchvision.transforms import v2

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 32, 3, padding=1)
        self.fc = nn.Linear(32 * 7 * 7, 10)
    def forward(self, x):
        half = max_pool2d(relu(self.conv1(x)), 2)
        quarter = max_pool2d(relu(self.conv2(half)), 2)
        return self.fc(quarter.flatten(1))

normalize = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.2860], [0.3530])])
train, test = (torchvision.datasets.FashionMNIST("data", train=t, download=True, transform=normalize) for t in (True, False))
torch.manual_seed(0)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for images, labels in torch.utils.data.DataLoader(train, batch_size=64, shuffle=True):
    optimizer.zero_grad()
    cross_entropy(net(images), labels).backward()
    optimizer.step()
with torch.no_grad():
    right = sum((net(x).argmax(1) == y).sum() for x, y in torch.utils.data.DataLoader(test, batch_size=250))
print("accuracy after one epoch:", right.item() / len(test))

torch.save(net.state_dict(), "net.pt")
again = Net()
again.load_state_dict(torch.load("net.pt"))
write_png(test.data[0][None], "picture.png")
picture = normalize(read_image("picture.png", ImageReadMode.GRAY))
print("picture.png is:", test.classes[again(picture[None]).argmax().item()])
