"""Custom autograd functions: a straight-through sign, and a leaky ReLU with a learned slope."""

import torch
import torch.nn as nn
from torch.autograd import Function, gradcheck


class SignSTE(Function):
    @staticmethod
    def forward(ctx, input, bound):
        ctx.save_for_backward(input)
        ctx.bound = bound
        return input.sign()

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input.abs() > ctx.bound] = 0
        return grad_input, None


class SlopedReLU(Function):
    @staticmethod
    def forward(ctx, x, slope):
        ctx.save_for_backward(x, slope)
        return torch.where(x > 0, x, x * slope)

    @staticmethod
    def backward(ctx, g):
        x, slope = ctx.saved_tensors
        gx = gs = None
        if ctx.needs_input_grad[0]:
            gx = torch.where(x > 0, g, g * slope)
        if ctx.needs_input_grad[1]:
            gs = (g * x * (x <= 0).to(x.dtype)).sum()
        return gx, gs


class BinaryConv(nn.Conv2d):
    def forward(self, x):
        return self._conv_forward(x, SignSTE.apply(self.weight, 1.0), self.bias)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3)
        self.conv2 = BinaryConv(6, 6, 3, stride=2)
        self.slope = nn.Parameter(torch.tensor(0.1))
        self.fc = nn.Linear(6 * 5 * 5, 2)

    def forward(self, x):
        x = SlopedReLU.apply(self.conv1(x), self.slope)
        x = SlopedReLU.apply(self.conv2(x), self.slope)
        return self.fc(x.flatten(1))


torch.manual_seed(2)
probe = torch.randn(3, 4, dtype=torch.double, requires_grad=True)
print(gradcheck(SlopedReLU.apply, (probe, torch.tensor(0.2, dtype=torch.double, requires_grad=True)), eps=1e-6, atol=1e-4))

net = Net()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
x, y = torch.randn(20, 1, 14, 14), torch.arange(20) % 2
for step in range(15):
    opt.zero_grad()
    loss = nn.NLLLoss()(torch.log_softmax(net(x), dim=-1), y)
    loss.backward()
    opt.step()
    print(f"{step} {loss.item():.6f} {net.slope.item():.6f}")
