# Upsampling makes maps larger: interpolate() says by which factor or to which size, and how the new points are found.
import lamella as torch
import lamella.nn.functional as F

torch.manual_seed(0)

# [factor] 7 -> 14 and 7 -> 21: every point becomes 2x2 or 3x3 points of the same value.
x = torch.rand(1, 16, 7, 7)
twice = F.interpolate(x, scale_factor=2, mode="nearest")
three = F.interpolate(x, scale_factor=3, mode="nearest")
print(list(x.shape), "times 2 ->", list(twice.shape))
print(list(x.shape), "times 3 ->", list(three.shape))
# [/factor]

# [size] Mind the order: what follows x by position is the size. F.interpolate(x, 2) gives 2x2.
tiny = F.interpolate(x, 2)
sized = F.interpolate(x, size=(14, 21))
print("by position:", list(tiny.shape))
print("to a size by name:", list(sized.shape))
# [/size]

# [modes] nearest repeats, bilinear draws straight lines between the points of both axes.
small = torch.tensor([[0.0, 4.0], [8.0, 12.0]]).view(1, 1, 2, 2)
print("nearest", F.interpolate(small, scale_factor=2)[0, 0])
print("bilinear", F.interpolate(small, scale_factor=2, mode="bilinear")[0, 0])
# [/modes]

# [axes] The mode has to fit the axes: linear wants three [b, c, l], bilinear four [b, c, h, w], trilinear five
# [b, c, d, h, w], as a CT scan or a film has them.
try:
    F.interpolate(x, scale_factor=2, mode="trilinear")
except RuntimeError as error:
    print(error)
volume = torch.rand(1, 1, 7, 7, 7)
larger = F.interpolate(volume, scale_factor=2, mode="trilinear")
print("trilinear:", list(volume.shape), "->", list(larger.shape))
# [/axes]
