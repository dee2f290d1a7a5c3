"""The tensor as a Python object: identity, construction, conversion, numpy and DLPack."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest

import lamella as torch


class TestIdentity:
    def test_a_tensor_is_one_object_however_often_it_crosses(self):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        assert y.grad_fn.next_functions[0][0].variable is x
        assert x.requires_grad_() is x
        assert y.retain_grad() is None
        y.sum().backward()
        assert x.grad is x.grad

    def test_attributes_live_as_long_as_either_side_holds_the_tensor(self):
        x = torch.ones(2, requires_grad=True)
        x.name = "mine"
        y = x.relu()
        address = id(x)
        del x
        gc.collect()
        again = y.grad_fn.next_functions[0][0].variable
        assert id(again) == address and again.name == "mine"

    def test_an_object_goes_when_nobody_holds_it(self):
        x = torch.ones(2, requires_grad=True)
        ref = weakref.ref(x)
        y = x.relu()
        del x
        assert ref() is not None  # the graph holds it
        del y
        gc.collect()
        assert ref() is None

    def test_tensors_are_keys_and_members(self):
        x, y = torch.ones(2), torch.ones(2)
        assert {x: 1}[x] == 1 and y not in {x}
        assert any(item is x for item in [y, x])

    def test_a_subclass_keeps_its_class(self):
        class Named(torch.Tensor):
            pass

        x = Named(torch.arange(3.0), True)
        y = x * 1
        assert y.grad_fn.next_functions[0][0].variable is x and type(x) is Named
        assert isinstance(x, torch.Tensor) and torch.is_tensor(x)

    def test_handles_dropped_on_other_threads_are_given_back(self):
        refs = []

        def work():
            for _ in range(20):
                x = torch.ones(200, 200, requires_grad=True)
                refs.append(weakref.ref(x))
                (x @ x).relu().sum().backward()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        torch.ones(200, 200) @ torch.ones(200, 200)
        gc.collect()
        assert [r() for r in refs] == [None] * 60


class TestConstruction:
    @pytest.mark.parametrize(
        "data, dtype, shape",
        [
            (3, "int64", ()),
            (3.5, "float32", ()),
            (True, "bool", ()),
            ([1, 2], "int64", (2,)),
            ([1, 2.5], "float32", (2,)),
            ([True, 2], "int64", (2,)),
            ([], "float32", (0,)),
            ([[], []], "float32", (2, 0)),
            (((1, 2), (3, 4)), "int64", (2, 2)),
            (range(3), "int64", (3,)),
            (np.float64(2), "float64", ()),
            (np.arange(4, dtype=np.int16).reshape(2, 2), "int16", (2, 2)),
            ([np.float32(1), np.float32(2)], "float32", (2,)),
            ([np.zeros(3), np.ones(3)], "float64", (2, 3)),
        ],
    )
    def test_tensor_finds_dtype_and_shape(self, data, dtype, shape):
        x = torch.tensor(data)
        assert x.dtype is getattr(torch, dtype) and x.shape == shape

    def test_lists_of_tensors_become_one(self):
        assert torch.tensor([torch.tensor(1), torch.tensor(2)]).tolist() == [1, 2]

    @pytest.mark.parametrize("data", [[[1, 2], [3]], [1, [2]], [[1], 2], [[1, 2], 3]])
    def test_ragged_lists_raise(self, data):
        with pytest.raises((ValueError, TypeError)):  # TypeError for a number where a list is expected, as in PyTorch
            torch.tensor(data)

    @pytest.mark.parametrize("data", ["text", [None], ["a"], object()])
    def test_what_is_no_number_raises(self, data):
        with pytest.raises(TypeError):
            torch.tensor(data)

    def test_dtypes_by_pythons_names(self):
        assert torch.zeros(1, dtype=float).dtype is torch.float64
        assert torch.zeros(1, dtype=int).dtype is torch.int64
        assert torch.zeros(1, dtype=bool).dtype is torch.bool

    def test_sizes_by_position_sequence_and_name(self):
        assert torch.zeros(2, 3).shape == torch.zeros((2, 3)).shape == torch.zeros(size=(2, 3)).shape == (2, 3)
        assert torch.zeros(torch.Size([4])).shape == (4,)

    def test_another_device_raises_and_says_what_to_do(self):
        with pytest.raises(RuntimeError, match="device='cpu'"):
            torch.zeros(2, device="cuda")
        assert torch.zeros(2, device=torch.device("cpu")).device == torch.device("cpu")

    def test_the_old_constructors(self):
        assert torch.Tensor(2, 3).shape == (2, 3)
        assert torch.Tensor([1, 2]).dtype is torch.float32
        assert torch.FloatTensor([1, 2]).tolist() == [1.0, 2.0]
        assert torch.LongTensor([1, 2]).dtype is torch.int64

    def test_new_takes_the_dtype_of_the_tensor(self):
        x = torch.zeros(1, dtype=torch.float64)
        assert x.new_zeros(2).dtype is x.new_tensor([1]).dtype is x.new_full((1,), 2).dtype is torch.float64

    def test_ranges(self):
        assert torch.arange(3).tolist() == [0, 1, 2]
        assert torch.arange(1, 2, 0.5).tolist() == [1.0, 1.5]
        assert torch.arange(end=2).tolist() == [0, 1]
        assert torch.linspace(0, 1, 3).tolist() == [0.0, 0.5, 1.0]
        assert torch.eye(2).tolist() == [[1.0, 0.0], [0.0, 1.0]]


class TestSize:
    def test_is_a_tuple(self):
        size = torch.zeros(2, 3, 4).shape
        assert size == (2, 3, 4) and size[0] == 2 and size[-1] == 4
        assert isinstance(size[1:], torch.Size) and size.numel() == 24
        assert isinstance(size + (5,), torch.Size)
        assert repr(size) == "torch.Size([2, 3, 4])"
        assert pickle.loads(pickle.dumps(size)) == size

    def test_refuses_what_is_no_integer(self):
        with pytest.raises(TypeError):
            torch.Size([1.5])


class TestNumpy:
    @pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"])
    def test_shares_memory_both_ways(self, dtype):
        array = np.zeros((2, 3), dtype=dtype)
        x = torch.from_numpy(array)
        array[1, 2] = 1
        assert x[1, 2].item() == 1
        x[0, 0] = 1
        assert array[0, 0] == 1
        back = x.numpy()
        back[0, 1] = 1
        assert x[0, 1].item() == 1 and back.dtype == array.dtype

    def test_strides_come_along(self):
        array = np.arange(24.0).reshape(2, 3, 4)[:, ::2].transpose(2, 0, 1)
        x = torch.from_numpy(array)
        assert x.stride() == tuple(s // 8 for s in array.strides)
        assert np.array_equal(x.numpy(), array)
        assert np.array_equal(torch.arange(24).reshape(2, 3, 4).permute(2, 0, 1).numpy(), np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1))

    def test_the_array_lives_as_long_as_a_view_of_it(self):
        x = torch.from_numpy(np.arange(1000.0))[1:]
        gc.collect()
        assert x.sum().item() == sum(range(1000))
        array = torch.arange(1000).numpy()
        gc.collect()
        assert array.sum() == sum(range(1000))

    def test_memory_of_an_operator_comes_in_the_order_of_its_strides(self):
        x = torch.nn.functional.conv2d(torch.rand(1, 3, 8, 8), torch.rand(4, 3, 3, 3))
        array = x.numpy()
        assert array.shape == (1, 4, 6, 6) and array.flags.c_contiguous
        assert np.allclose(array, np.array(x.tolist(), dtype=np.float32))

    def test_errors_say_what_to_do(self):
        with pytest.raises(ValueError, match="copy"):
            torch.from_numpy(np.arange(3.0)[::-1])
        with pytest.raises(TypeError, match="np.ndarray"):
            torch.from_numpy([1, 2])
        with pytest.raises(TypeError):
            torch.from_numpy(np.array(["a"]))
        with pytest.raises(RuntimeError, match="detach"):
            torch.ones(2, requires_grad=True).numpy()
        with pytest.raises(TypeError, match="float"):
            torch.ones(2, dtype=torch.bfloat16).numpy()

    def test_numpy_takes_tensors(self):
        assert np.asarray(torch.arange(3)).tolist() == [0, 1, 2]
        assert np.array(torch.ones(2), dtype=np.float64).dtype == np.float64

    def test_dlpack(self):
        array = np.arange(6.0).reshape(2, 3)
        x = torch.from_dlpack(array)
        assert x.tolist() == array.tolist()
        back = np.from_dlpack(torch.arange(4))
        assert back.tolist() == [0, 1, 2, 3]
        assert torch.ones(1).__dlpack_device__() == (1, 0)


class TestConversion:
    def test_to(self):
        x = torch.arange(3)
        assert x.to(torch.float64).dtype is torch.float64
        assert x.to("cpu") is x and x.to(torch.device("cpu")) is x
        assert x.to("cpu", torch.float32).dtype is torch.float32
        assert x.to(torch.zeros(1)).dtype is torch.float32
        assert x.to(dtype=torch.int32).dtype is torch.int32
        assert x.to(x.dtype, copy=True) is not x
        assert x.float().double().half().bfloat16().int().short().char().byte().bool().long().tolist() == [0, 1, 1]

    def test_channels_last_is_ordinary_strides(self):
        x = torch.rand(2, 3, 4, 5)
        y = x.to(memory_format=torch.channels_last)
        assert y.stride() == (60, 1, 15, 3) and y.is_contiguous(memory_format=torch.channels_last)
        assert torch.equal(x, y) and y.contiguous().stride() == x.stride()

    def test_scalars(self):
        x = torch.tensor(2.5)
        assert x.item() == float(x) == 2.5 and int(x) == 2 and bool(x) and f"{x:.1f}" == "2.5"
        assert [10, 20, 30][torch.tensor(1)] == 20
        with pytest.raises(RuntimeError, match="ambiguous"):
            bool(torch.ones(2))
        with pytest.raises(TypeError):
            [1, 2][torch.tensor(1.0)]

    def test_data_replaces_what_the_tensor_looks_at(self):
        x = torch.zeros(2, requires_grad=True)
        x.data = torch.ones(3)
        assert x.tolist() == [1, 1, 1] and x.requires_grad
        x.data.fill_(5)
        assert x.tolist() == [5, 5, 5]

    def test_copies(self):
        x = torch.arange(4.0, requires_grad=True)
        x.tag = [1]
        y = copy.deepcopy(x)
        assert y.tolist() == x.tolist() and y.requires_grad and y.tag == [1] and y.tag is not x.tag
        y.data[0] = 9
        assert x[0].item() == 0
        z = pickle.loads(pickle.dumps(x))
        assert z.tolist() == x.tolist() and z.requires_grad
        assert pickle.loads(pickle.dumps(torch.ones(2, dtype=torch.bfloat16))).dtype is torch.bfloat16
        with pytest.raises(RuntimeError):
            copy.deepcopy(x * 2)

    def test_pickled_dtypes_are_the_same_object(self):
        assert pickle.loads(pickle.dumps(torch.float32)) is torch.float32
        assert pickle.loads(pickle.dumps(torch.device("cpu"))) == torch.device("cpu")


class TestPrinting:
    def test_as_pytorch_prints(self):
        assert repr(torch.tensor([[1.0, 2.5], [3, 4]])) == "tensor([[1.0000, 2.5000],\n        [3.0000, 4.0000]])"
        assert str(torch.tensor(3)) == "tensor(3)"
        assert repr(torch.tensor([1.0], requires_grad=True) * 1) == "tensor([1.], grad_fn=<MulBackward0>)"

    def test_options(self):
        try:
            torch.set_printoptions(precision=2)
            assert repr(torch.tensor([1.23456])) == "tensor([1.23])"
            torch.set_printoptions(sci_mode=True)
            assert "e" in repr(torch.tensor([1.23456]))
        finally:
            torch.set_printoptions(profile="default")
        assert repr(torch.tensor([1.23456])) == "tensor([1.2346])"
