"""Differentiation from Python: modes, hooks, custom functions, checkpoints, anomalies."""

import threading

import pytest

import lamella as torch
from lamella.utils.checkpoint import checkpoint, checkpoint_sequential


def leaf(*values):
    return torch.tensor([float(v) for v in values], requires_grad=True)


class TestBackward:
    def test_adds_to_the_gradients(self):
        x = leaf(1, 2)
        (x * x).sum().backward()
        (x * x).sum().backward()
        assert x.grad.tolist() == [4, 8]
        x.grad = None
        assert x.grad is None

    def test_of_chosen_inputs(self):
        x, y = leaf(1), leaf(2)
        (x * y).sum().backward(inputs=[x])
        assert x.grad.tolist() == [2] and y.grad is None

    def test_grad_returns_and_adds_nothing(self):
        x = leaf(3)
        (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
        (h,) = torch.autograd.grad(g.sum(), x)
        assert g.tolist() == [27] and h.tolist() == [18] and x.grad is None

    def test_unused_inputs(self):
        x, y = leaf(1), leaf(1)
        with pytest.raises(RuntimeError, match="allow_unused"):
            torch.autograd.grad(x.sum(), [x, y])
        assert torch.autograd.grad(x.sum(), [x, y], allow_unused=True)[1] is None
        assert torch.autograd.grad(x.sum(), [x, y], materialize_grads=True)[1].tolist() == [0]

    def test_batched_gradients(self):
        x = leaf(1, 2)
        (rows,) = torch.autograd.grad(x * x, x, torch.eye(2), is_grads_batched=True)
        assert rows.tolist() == [[2, 0], [0, 4]]

    def test_a_second_backward_says_what_to_do(self):
        x = leaf(1)
        y = (x.exp()).sum()
        y.backward()
        with pytest.raises(RuntimeError, match="retain_graph"):
            y.backward()

    def test_of_a_tensor_without_a_graph(self):
        with pytest.raises(RuntimeError, match="does not require grad"):
            torch.ones(1).backward()
        with pytest.raises(RuntimeError, match="scalar"):
            leaf(1, 2).exp().backward()

    def test_a_write_to_a_saved_tensor_is_noticed(self):
        x = leaf(1)
        y = x.exp()
        y.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


class TestModes:
    def test_as_contexts_and_decorators(self):
        x = leaf(1)

        @torch.no_grad()
        def f():
            return x * 2

        @torch.no_grad
        def g():
            return x * 2

        @torch.enable_grad()
        def h():
            return x * 2

        assert not f().requires_grad and not g().requires_grad
        with torch.no_grad():
            assert not (x * 2).requires_grad and h().requires_grad
            with torch.enable_grad():
                assert (x * 2).requires_grad
        with torch.set_grad_enabled(False):
            assert not torch.is_grad_enabled()
        assert torch.is_grad_enabled()

    def test_a_generator_leaves_its_reader_alone(self):
        @torch.no_grad()
        def numbers():
            for i in range(2):
                yield torch.is_grad_enabled()

        for inside in numbers():
            assert not inside and torch.is_grad_enabled()

    def test_inference(self):
        with torch.inference_mode():
            x = torch.ones(2)
        assert x.is_inference()
        with pytest.raises(RuntimeError, match="[Ii]nference"):
            leaf(1, 2).mul(x)

    def test_are_the_threads_own(self):
        seen = []
        with torch.no_grad():
            thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
            thread.start()
            thread.join()
        assert seen == [True]


class TestHooks:
    def test_on_a_tensor(self):
        x = leaf(1)
        y = x * 2
        handle = y.register_hook(lambda g: g * 10)
        y.sum().backward()
        assert x.grad.tolist() == [20]
        handle.remove()
        x.grad = None
        (x * 2).sum().backward()
        assert x.grad.tolist() == [2]

    def test_after_accumulation(self):
        x, seen = leaf(1), []
        x.register_post_accumulate_grad_hook(lambda p: seen.append((p is x, p.grad.tolist())))
        (x * 3).sum().backward()
        assert seen == [(True, [3])]

    def test_retained_gradients(self):
        x = leaf(1)
        y = x * 2
        y.retain_grad()
        (y * 3).sum().backward()
        assert y.grad.tolist() == [3]

    def test_on_nodes(self):
        x, seen = leaf(2), []
        y = x * x
        y.grad_fn.register_prehook(lambda outputs: seen.append(("pre", outputs[0].tolist())))
        y.grad_fn.register_hook(lambda inputs, outputs: seen.append(("post", len(inputs))))
        y.sum().backward()
        assert seen == [("pre", [1]), ("post", 2)] and y.grad_fn.name() == "MulBackward0"

    def test_an_exception_in_a_hook_arrives(self):
        y = leaf(1) * 2
        y.register_hook(lambda g: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            y.sum().backward()

    def test_a_hook_must_return_a_tensor(self):
        y = leaf(1) * 2
        y.register_hook(lambda g: "text")
        with pytest.raises(TypeError, match="hook"):
            y.sum().backward()


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        ctx.save_for_backward(x)
        return x * factor

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        assert x.shape == g.shape
        return g * ctx.factor, None


class TestFunction:
    def test_forward_and_backward(self):
        x = leaf(1, 2)
        y = Scale.apply(x, 3)
        assert type(y.grad_fn).__name__ == "Node" and y.grad_fn.name() == "ScaleBackward"
        y.sum().backward()
        assert x.grad.tolist() == [3, 3]

    def test_is_differentiable_twice(self):
        class Cube(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x**3

            @staticmethod
            def backward(ctx, g):
                (x,) = ctx.saved_tensors
                return g * 3 * x**2

        x = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(Cube.apply, (x,)) and torch.autograd.gradgradcheck(Cube.apply, (x,))

    def test_once_differentiable(self):
        class Square(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            @torch.autograd.function.once_differentiable
            def backward(ctx, g):
                return 2 * ctx.saved_tensors[0] * g

        x = leaf(3)
        (g,) = torch.autograd.grad(Square.apply(x).sum(), x, create_graph=True)
        assert g.tolist() == [6]

    def test_several_outputs_some_without_a_gradient(self):
        class Split(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                index = x.argmax()
                ctx.mark_non_differentiable(index)
                return x * 2, index, x * 3

            @staticmethod
            def backward(ctx, a, index, b):
                return 2 * a + 3 * b

        x = leaf(1, 2)
        a, index, b = Split.apply(x)
        assert index.item() == 1 and not index.requires_grad
        a.sum().backward()
        assert x.grad.tolist() == [2, 2]

    def test_setup_context(self):
        class Double(torch.autograd.Function):
            @staticmethod
            def forward(x):
                return x * 2

            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.shape = inputs[0].shape

            @staticmethod
            def backward(ctx, g):
                return g * 2

        x = leaf(1)
        Double.apply(x).sum().backward()
        assert x.grad.tolist() == [2]

    def test_gradients_may_be_asked_as_none(self):
        class Two(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.set_materialize_grads(False)
                return x * 1, x * 2

            @staticmethod
            def backward(ctx, a, b):
                assert b is None
                return a

        x = leaf(1)
        Two.apply(x)[0].sum().backward()
        assert x.grad.tolist() == [1]

    def test_a_wrong_number_of_gradients_raises(self):
        class Wrong(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x + y

            @staticmethod
            def backward(ctx, g):
                return g

        with pytest.raises(RuntimeError, match="expected 2, got 1"):
            Wrong.apply(leaf(1), leaf(2)).sum().backward()

    def test_saved_outputs_do_not_hold_the_graph(self):
        import gc
        import weakref

        class Exp(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                y = x.exp()
                ctx.save_for_backward(y)
                return y

            @staticmethod
            def backward(ctx, g):
                return g * ctx.saved_tensors[0]

        x = leaf(0)
        y = Exp.apply(x)
        y.sum().backward()
        assert x.grad.tolist() == [1]
        ref = weakref.ref(y)
        del y
        gc.collect()
        assert ref() is None

    def test_a_write_in_place(self):
        class AddOne(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                x.add_(1)
                ctx.mark_dirty(x)
                return x

            @staticmethod
            def backward(ctx, g):
                return g * 5

        x = leaf(1)
        y = x * 2
        z = AddOne.apply(y)
        assert z is y and z.tolist() == [3]
        z.sum().backward()
        assert x.grad.tolist() == [10]

    def test_an_input_returned_as_it_is(self):
        class Pass(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x

            @staticmethod
            def backward(ctx, g):
                return g * 7

        x = leaf(1)
        y = Pass.apply(x)
        assert y is not x
        y.sum().backward()
        assert x.grad.tolist() == [7]


class TestCheckpoint:
    @pytest.mark.parametrize("reentrant", [True, False])
    def test_same_gradients(self, reentrant):
        w = leaf(2)

        def f(x):
            return (x * w).exp()

        x = leaf(0.5)
        f(x).sum().backward()
        expected = x.grad.tolist(), w.grad.tolist()
        x.grad = w.grad = None
        checkpoint(f, x, use_reentrant=reentrant).sum().backward()
        assert (x.grad.tolist(), w.grad.tolist()) == expected

    def test_reaches_parameters_without_an_input_that_requires_grad(self):
        w = leaf(2)
        checkpoint(lambda x: x * w, torch.ones(1), use_reentrant=False).sum().backward()
        assert w.grad.tolist() == [1]

    def test_draws_the_same_random_numbers_again(self):
        x = torch.ones(50, requires_grad=True)
        y = checkpoint(lambda x: torch.nn.functional.dropout(x, 0.5), x, use_reentrant=False)
        y.sum().backward()
        assert x.grad.tolist() == y.tolist()

    def test_sequential(self):
        x = leaf(0.1)
        checkpoint_sequential([torch.exp, torch.sin, torch.exp], 2, x, use_reentrant=False).sum().backward()
        y = leaf(0.1)
        y.exp().sin().exp().sum().backward()
        assert x.grad.tolist() == y.grad.tolist()


class TestAnomaly:
    def test_names_the_operator_that_made_a_nan(self):
        x = leaf(0)
        with torch.autograd.detect_anomaly():
            y = (x.sqrt() * 0).sum()
            with pytest.raises(RuntimeError, match="Sqrt"):
                y.backward()


def test_gradcheck_finds_a_wrong_backward():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3

    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    with pytest.raises(torch.autograd.GradcheckError):
        torch.autograd.gradcheck(Wrong.apply, (x,))
    assert not torch.autograd.gradcheck(Wrong.apply, (x,), raise_exception=False)


def test_amp_runs_products_in_sixteen_bits():
    x, w = torch.rand(4, 4), torch.rand(4, 4, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = x @ w
        assert y.dtype is torch.bfloat16
        with torch.autocast("cpu", enabled=False):
            assert (x @ w).dtype is torch.float32
    assert (x @ w).dtype is torch.float32
    y.float().sum().backward()
    assert w.grad.dtype is torch.float32


def test_a_disabled_scaler_passes_through():
    scaler = torch.amp.GradScaler("cuda", enabled=False)
    loss = torch.ones(1)
    assert scaler.scale(loss) is loss and scaler.get_scale() == 1.0 and scaler.state_dict() == {}
