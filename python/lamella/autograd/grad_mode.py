"""no_grad, enable_grad, set_grad_enabled, inference_mode: context managers that are decorators as well."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable

from lamella import _C


class _Mode:
    """A switch of this thread for the length of a `with`, a decorated function or a decorated generator's steps."""

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, *error: Any) -> None:
        raise NotImplementedError

    def clone(self) -> "_Mode":
        return type(self)()

    def __call__(self, function: Callable) -> Callable:
        if inspect.isclass(function):
            function.__init__ = self(function.__init__)
            return function
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return wrapped

    def _wrap_generator(self, function: Callable) -> Callable:
        """The mode holds while the generator's own code runs, not in the loop that it feeds."""

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            step, value = generator.send, None
            while True:
                try:
                    with self.clone():
                        item = step(value)
                except StopIteration as stop:
                    return stop.value
                try:
                    value = yield item
                    step = generator.send
                except GeneratorExit:
                    with self.clone():
                        generator.close()
                    raise
                except BaseException as error:
                    step, value = generator.throw, error

        return wrapped


class _GradMode(_Mode):
    enabled = False

    def __enter__(self) -> None:
        self.previous = _C.is_grad_enabled()
        _C._set_grad_enabled(self.enabled)

    def __exit__(self, *error: Any) -> None:
        _C._set_grad_enabled(self.previous)


class no_grad(_GradMode):
    """Nothing is recorded: `with no_grad():`, `@no_grad()` or `@no_grad`."""

    def __new__(cls, function: Callable | None = None):
        self = super().__new__(cls)
        return self if function is None else self(function)

    def __init__(self, function: Callable | None = None):
        pass


class enable_grad(no_grad):
    """Recording is on again, inside a no_grad."""

    enabled = True


class set_grad_enabled(_GradMode):
    """Switches at once when called; as a context manager it switches back."""

    def __init__(self, mode: bool):
        self.previous = _C.is_grad_enabled()
        self.enabled = bool(mode)
        _C._set_grad_enabled(self.enabled)

    def __enter__(self) -> None:
        _C._set_grad_enabled(self.enabled)

    def __call__(self, function: Callable) -> Callable:
        _C._set_grad_enabled(self.previous)
        return super().__call__(function)

    def clone(self) -> "set_grad_enabled":
        return set_grad_enabled(self.enabled)


class inference_mode(_Mode):
    """no_grad, and what is made here can never take part in autograd. `inference_mode(False)` switches it off."""

    def __new__(cls, mode: bool | Callable = True):
        self = super().__new__(cls)
        if callable(mode):
            self.mode = True
            return self(mode)
        return self

    def __init__(self, mode: bool | Callable = True):
        self.mode = mode is not False

    def __enter__(self) -> None:
        self.previous = (_C.is_grad_enabled(), _C.is_inference_mode_enabled())
        _C._set_grad_enabled(not self.mode)
        _C._set_inference(self.mode)

    def __exit__(self, *error: Any) -> None:
        _C._set_grad_enabled(self.previous[0])
        _C._set_inference(self.previous[1])

    def clone(self) -> "inference_mode":
        return inference_mode(self.mode)
