# layer(x) and layer.forward(x) compute the same, but only the call runs the hooks and knows the layer's path.
from collections import OrderedDict

import lamella as torch
import lamella.nn as nn

torch.manual_seed(0)
layer = nn.Conv2d(1, 3, 3, 1, 0)
x = torch.rand(1, 1, 28, 28)

# [forward] Both are one forward pass.
called = layer(x)
direct = layer.forward(x)
same = "equal" if torch.equal(called, direct) else "different"
print(f"layer(x) {list(called.shape)}, layer.forward(x) {list(direct.shape)}: {same}")
# [/forward]

# [hooks] A hook looks at what goes in and what comes out, or replaces it, without a change to the layer.
seen = []


def look_in(module, args):
    print(f"  into {type(module).__name__}: {list(args[0].shape)}")


def look_out(module, args, out):
    seen.append(out)
    print(f"  out of it: {list(out.shape)}")


before = layer.register_forward_pre_hook(look_in)
after = layer.register_forward_hook(look_out)
print("layer(x)")
layer(x)
print("layer.forward(x)")
layer.forward(x)  # no hook runs
print(f"the hooks have run {len(seen)} time")
# [/hooks]

# [remove] The handle takes a hook away again. A hook that returns a tensor replaces the result.
before.remove()
after.remove()
negative = layer.register_forward_hook(lambda module, args, out: -out)
print("replaced by its negative:", "yes" if torch.equal(layer(x), -direct) else "no")
negative.remove()
print("and back again:", "yes" if torch.equal(layer(x), direct) else "no")
# [/remove]

# [path] A call also puts the layer on the path, so that an error inside a network says where it happened.
net = nn.Sequential(OrderedDict(conv=nn.Conv2d(1, 3, 3), flatten=nn.Flatten(), fc=nn.Linear(3 * 28 * 28, 10)))
try:
    net(x)
except RuntimeError as error:
    print(error)
# [/path]
