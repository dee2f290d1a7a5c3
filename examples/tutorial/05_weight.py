# What a layer learns: layer.weight and layer.bias require a gradient. backward() fills it in, an optimiser uses it.
import lamella as torch
import lamella.nn as nn

# [weight] 3 kernels of 1 channel, 3x3 each; one bias a kernel. From one seed they are the numbers of PyTorch.
torch.manual_seed(0)
layer = nn.Conv2d(1, 3, 3, 1, 0)
print(layer.weight)
print(f"weight {list(layer.weight.shape)}, requires_grad {layer.weight.requires_grad}")
print(f"bias {list(layer.bias.shape)}, requires_grad {layer.bias.requires_grad}")
# [/weight]

# [gradient] requires_grad says that gradients are to be computed. By itself it changes no weight: backward() leaves
# a gradient of the weight's own shape beside it.
x = torch.rand(1, 1, 28, 28)
before = layer.weight.detach().clone()
loss = layer(x).mean()
loss.backward()
print(f"gradient {list(layer.weight.grad.shape)}")
print("after backward() the weight is the same:", torch.equal(layer.weight, before))
# [/gradient]

# [step] The optimiser takes the step: weight -= lr * gradient.
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
optimizer.step()
print("after step() the weight is the same:", torch.equal(layer.weight, before))
print("it is weight - lr * gradient:", torch.allclose(layer.weight, before - 0.1 * layer.weight.grad))
print(f"the loss was {loss.item():g} and is {layer(x).mean().item():g}")
# [/step]
