"""Pictures from files and back."""

import pytest

import lamella
from lamella.vision import io


def picture(channels, height=3, width=4):
    return (lamella.arange(channels * height * width) * 7 % 256).to(lamella.uint8).view(channels, height, width)


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_written_is_read(tmp_path, channels):
    image = picture(channels)
    io.write_png(image, tmp_path / "picture.png")
    again = io.read_image(tmp_path / "picture.png")
    assert again.dtype is lamella.uint8 and lamella.equal(again, image)


def test_strided_pictures_are_written_as_they_look(tmp_path):
    image = picture(3).permute(0, 2, 1)
    io.write_png(image, str(tmp_path / "picture.png"))
    assert lamella.equal(io.read_image(str(tmp_path / "picture.png")), image)


def test_modes_convert(tmp_path):
    io.write_png(picture(1), tmp_path / "grey.png")
    assert io.read_image(tmp_path / "grey.png", io.ImageReadMode.RGB).shape == (3, 3, 4)
    assert io.read_image(tmp_path / "grey.png", "rgb_alpha").shape == (4, 3, 4)
    red = lamella.tensor([[[255]], [[0]], [[0]]], dtype=lamella.uint8)
    io.write_png(red, tmp_path / "red.png")
    grey = io.read_image(tmp_path / "red.png", io.ImageReadMode.GRAY)
    assert grey.tolist() == [[[76]]]  # 0.299 of 255


def test_errors_name_what_is_wrong(tmp_path):
    with pytest.raises(OSError, match="nothing.png"):
        io.read_image(tmp_path / "nothing.png")
    with pytest.raises(ValueError, match="expected one of UNCHANGED, GRAY"):
        io.read_image("picture.png", "grey")
    with pytest.raises(TypeError, match="uint8"):
        io.write_png(lamella.rand(1, 2, 2), tmp_path / "picture.png")
    with pytest.raises(ValueError, match=r"\[2, 2\]"):
        io.write_png(picture(1, 2, 2)[0], tmp_path / "picture.png")
