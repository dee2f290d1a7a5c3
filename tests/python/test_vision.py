"""Picture datasets from files, and transforms. Values of transforms follow from arithmetic, or from torchvision's and
Pillow's documented rules."""

import gzip
import pathlib
import struct

import pytest

import lamella
from lamella.utils.data import DataLoader
from lamella.vision import datasets, transforms

numpy = pytest.importorskip("numpy")


def write_mnist(folder, split="train", n=5, packed=False):
    folder.mkdir(parents=True, exist_ok=True)
    images = (numpy.arange(n * 28 * 28) % 251).astype(numpy.uint8)
    labels = (numpy.arange(n) % 10).astype(numpy.uint8)
    for name, magic, shape, data in (
        ("images-idx3-ubyte", 0x803, (n, 28, 28), images),
        ("labels-idx1-ubyte", 0x801, (n,), labels),
    ):
        content = struct.pack(f">I{len(shape)}I", magic, *shape) + data.tobytes()
        path = folder / f"{split}-{name}{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(content) if packed else content)
    return images.reshape(n, 28, 28)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("place", ["", "mnist", "MNIST/raw"])
def test_mnist(tmp_path, place, packed):
    images = write_mnist(tmp_path / place, packed=packed)
    data = datasets.MNIST(tmp_path, train=True, download=True)
    picture, target = data[3]
    assert type(target) is int and target == 3 and len(data) == 5
    assert picture.shape == (28, 28) and (picture == images[3]).all()
    assert data.data.shape == (5, 28, 28) and data.data.dtype is lamella.uint8
    assert data.targets.tolist() == [0, 1, 2, 3, 4]
    assert data.classes[7] == "7 - seven"
    with pytest.raises(FileNotFoundError, match="no t10k-images-idx3-ubyte in .*MNIST/raw"):
        datasets.MNIST(tmp_path, train=False)


def test_mnist_in_a_loader(tmp_path):
    images = write_mnist(tmp_path)
    prepare = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    data = datasets.MNIST(str(tmp_path), transform=prepare, target_transform=lambda t: t + 1)
    (batch, targets), = DataLoader(data, batch_size=5)
    assert batch.shape == (5, 1, 28, 28) and targets.tolist() == [1, 2, 3, 4, 5]
    expected = (images.astype(numpy.float32) / 255 - numpy.float32(0.5)) / numpy.float32(0.5)
    assert (batch.numpy()[:, 0] == expected).all()


def test_damaged_idx_files(tmp_path):
    write_mnist(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte"
    whole = path.read_bytes()
    for content, text in (
        (whole[:-1], r"shape \[5, 28, 28\] needs 3936 bytes, the file has 3935"),
        (whole[:7], "ends inside the sizes of its 3 axes"),
        (b"GIF89a", "not an IDX file of bytes: it begins with 47 49 46 38"),
        (gzip.compress(whole)[:-9], "the gzip data is damaged"),
        ((tmp_path / "train-labels-idx1-ubyte").read_bytes(), "are two files swapped"),
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=text):
            datasets.MNIST(tmp_path)


@pytest.mark.skipif(
    not pathlib.Path("/usr/share/datasets/fashion-mnist").exists(), reason="needs Debian's dataset-fashion-mnist"
)
def test_fashion_mnist_of_the_system(tmp_path):
    data = datasets.FashionMNIST(tmp_path, train=False)
    assert len(data) == 10000 and data.classes[data[0][1]] == "Ankle boot"


def test_cifar10(tmp_path):
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    pixels = numpy.arange(2 * 3072).astype(numpy.uint8).reshape(2, 3, 32, 32)
    records = [bytes([label]) + pixels[i].tobytes() for i, label in enumerate((3, 9))]
    (folder / "test_batch.bin").write_bytes(b"".join(records))
    data = datasets.CIFAR10(tmp_path, train=False)
    picture, target = data[1]
    assert target == 9 and picture.shape == (32, 32, 3) and (picture == pixels[1].transpose(1, 2, 0)).all()
    assert (transforms.ToTensor()(picture).mul(255).round().numpy() == pixels[1]).all()
    (folder / "test_batch.bin").write_bytes(b"".join(records)[:-1])
    with pytest.raises(ValueError, match="no whole number of records of 3073"):
        datasets.CIFAR10(tmp_path, train=False)


def picture(*shape):
    return numpy.arange(int(numpy.prod(shape))).astype(numpy.uint8).reshape(shape)


@pytest.fixture(params=["array", "tensor"])
def as_kind(request):
    """A grey picture as an array [H, W] or a tensor [1, H, W], and back."""
    if request.param == "array":
        return (lambda array: array), (lambda made: made)
    return (lambda array: lamella.from_numpy(array)[None]), (lambda made: made[0].numpy())


def test_to_tensor():
    assert transforms.ToTensor()(numpy.array([[0, 255]], numpy.uint8)).tolist() == [[[0, 1]]]
    colour = transforms.ToTensor()(picture(2, 3, 3))
    assert colour.shape == (3, 2, 3) and colour.is_contiguous()
    assert transforms.ToTensor()(numpy.array([[2.0]])).dtype is lamella.float64  # not scaled
    with pytest.raises(TypeError, match="is a tensor already"):
        transforms.ToTensor()(lamella.ones(1, 2, 2))
    with pytest.raises(TypeError, match="got a str"):
        transforms.ToTensor()("picture")


def test_normalize():
    x = lamella.ones(2, 1, 1)
    assert transforms.Normalize([0.5, 1.0], [0.25, 2.0])(x).flatten().tolist() == [2, 0]
    assert x.flatten().tolist() == [1, 1]
    with pytest.raises(ValueError, match="division by zero"):
        transforms.Normalize([0.0], [0.0])(x)
    with pytest.raises(TypeError, match="put ToTensor before it"):
        transforms.Normalize([0.0], [1.0])(picture(2, 2))


def test_crops(as_kind):
    to, back = as_kind
    image = picture(6, 5)
    assert (back(transforms.CenterCrop(3)(to(image))) == image[2:5, 1:4]).all()  # round(1.5) is 2
    small = back(transforms.CenterCrop((4, 8))(to(image)))
    assert small.shape == (4, 8) and (small[:, 1:6] == image[1:5]).all() and (small[:, 6:] == 0).all()
    lamella.manual_seed(5)
    top, left = lamella.randint(0, 4, (1,)).item(), lamella.randint(0, 4, (1,)).item()
    lamella.manual_seed(5)
    assert (back(transforms.RandomCrop((3, 2))(to(image))) == image[top : top + 3, left : left + 2]).all()
    assert back(transforms.RandomCrop(8, pad_if_needed=True)(to(image))).shape == (8, 8)
    assert back(transforms.RandomCrop((6, 5), padding=1)(to(image))).shape == (6, 5)
    with pytest.raises(ValueError, match=r"crop size \(9, 9\) is larger than input image size \(6, 5\)"):
        transforms.RandomCrop(9)(to(image))


def test_flips(as_kind):
    to, back = as_kind
    image = picture(2, 3)
    assert (back(transforms.RandomHorizontalFlip(1.0)(to(image))) == image[:, ::-1]).all()
    assert (back(transforms.RandomVerticalFlip(1.0)(to(image))) == image[::-1]).all()
    assert (back(transforms.RandomHorizontalFlip(0.0)(to(image))) == image).all()


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_pad(as_kind, mode):
    to, back = as_kind
    image = picture(4, 5)
    made = back(transforms.Pad((1, 2, 3, 0), fill=7, padding_mode=mode)(to(image)))
    options = {"constant_values": 7} if mode == "constant" else {}
    assert (made == numpy.pad(image, ((2, 0), (1, 3)), mode=mode, **options)).all()


def test_resize():
    image = numpy.array([[0, 100], [200, 40]], numpy.uint8)
    assert transforms.Resize(1)(image).tolist() == [[85]]  # the mean
    nearest = transforms.Resize((4, 4), transforms.InterpolationMode.NEAREST)(image)
    assert (nearest == image.repeat(2, 0).repeat(2, 1)).all()
    assert transforms.Resize(10)(picture(20, 30, 3)).shape == (10, 15, 3)
    assert transforms.Resize(10, max_size=12)(picture(20, 30)).shape == (8, 12)
    assert transforms.Resize((4, 6))(lamella.rand(2, 3, 8, 12)).shape == (2, 3, 4, 6)
    assert transforms.Resize((1, 1))(lamella.ones(1, 4, 4)).item() == pytest.approx(1)


def test_random_resized_crop(as_kind):
    to, back = as_kind
    image = picture(12, 16)
    crop = transforms.RandomResizedCrop(4)
    lamella.manual_seed(1)
    first = back(crop(to(image)))
    lamella.manual_seed(1)
    assert first.shape == (4, 4) and (back(crop(to(image))) == first).all()
    whole = transforms.RandomResizedCrop((12, 16), scale=(1.0, 1.0), ratio=(4 / 3, 4 / 3))
    assert (back(whole(to(image))) == image).all()
    assert transforms.RandomResizedCrop(4)._part(100, 2)[2:] == (3, 2)  # nothing fits: the largest part in the middle


def test_grayscale():
    colours = numpy.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], numpy.uint8)
    assert transforms.Grayscale()(colours).tolist() == [[76, 150, 29, 255]]
    assert transforms.Grayscale(3)(colours).shape == (1, 4, 3)
    assert transforms.Grayscale()(lamella.ones(3, 2, 2))[0, 0, 0].item() == pytest.approx(0.9999)


def test_compose_and_lambda():
    both = transforms.Compose([transforms.Lambda(lambda x: x + 1), transforms.RandomApply([lambda x: x * 2], p=1.0)])
    assert both(3) == 8
    assert repr(both).startswith("Compose(\n    Lambda()\n")
