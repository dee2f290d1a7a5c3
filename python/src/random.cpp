// PyTorch's random streams: Generator, the seeds, the factories of random tensors and the in-place draws.
#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/random.h>

#include "families.h"

namespace lamella::python {

namespace {

/// Draws from `generator` for the scope's lifetime, or from the default one.
class Draws {
 public:
  explicit Draws(Generator* generator) {
    if (generator != nullptr) scope_.emplace(*generator);
  }

 private:
  std::optional<GeneratorScope> scope_;
};

/// torch takes negative seeds too: their bits count.
std::uint64_t seed_of(nb::handle seed) {
  const nb::object integer = nb::steal(PyNumber_Index(seed.ptr()));
  if (!integer.is_valid()) throw nb::python_error();
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(integer.ptr(), &overflow);
  if (overflow == 0) return static_cast<std::uint64_t>(value);
  const unsigned long long wide = PyLong_AsUnsignedLongLong(integer.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw Error("manual_seed: the seed must lie in [-2^63, 2^64), got " + nb::cast<std::string>(nb::str(integer)));
  }
  return wide;
}

Tensor state_tensor(const Generator& generator) {
  const std::vector<std::uint8_t> state = generator.get_state();
  return tensor(std::span<const std::uint8_t>(state));
}

void set_state(Generator& generator, const Tensor& state) {
  if (state.dtype() != DType::kUInt8) throw TypeError("set_state: expected a uint8 tensor, as get_state() gives");
  const std::vector<std::uint8_t> bytes = state.to_vector<std::uint8_t>();
  generator.set_state(bytes);
}

void bind_generator(nb::module_& m) {
  nb::class_<Generator>(m, "Generator", "A stream of random numbers: PyTorch's Mersenne Twister.")
      .def(
          "__init__",
          [](Generator* self, DeviceArgument device) {
            check_argument(device);
            new (self) Generator();
          },
          "device"_a = nb::none())
      .def("manual_seed",
           [](nb::object self, nb::handle seed) {
             nb::cast<Generator&>(self).manual_seed(seed_of(seed));
             return self;
           })
      .def("seed", &Generator::seed)
      .def("initial_seed", &Generator::initial_seed)
      .def("get_state", state_tensor)
      .def("set_state",
           [](nb::object self, const Tensor& state) {
             set_state(nb::cast<Generator&>(self), state);
             return self;
           })
      .def("clone_state", [](const Generator& self) { return Generator(self); })
      .def_prop_ro("device", [](const Generator&) { return nb::module_::import_("lamella._C").attr("device")("cpu"); })
      .def("__getstate__", [](const Generator& self) { return nb::make_tuple(state_tensor(self)); })
      .def("__setstate__", [](Generator& self, const nb::tuple& state) {
        new (&self) Generator();
        set_state(self, nb::cast<Tensor>(state[0]));
      });
  m.attr("default_generator") = nb::cast(&default_generator(), nb::rv_policy::reference);
  m.def(
      "manual_seed",
      [](nb::handle seed) {
        manual_seed(seed_of(seed));
        return nb::cast(&default_generator(), nb::rv_policy::reference);
      },
      "seed"_a);
  m.def("seed", [] { return seed(); });
  m.def("initial_seed", [] { return initial_seed(); });
  m.def("get_rng_state", [] { return state_tensor(default_generator()); });
  m.def("set_rng_state", [](const Tensor& state) { set_state(default_generator(), state); }, "new_state"_a);
}

using Make = Tensor (*)(Dims, RandomOptions);

void bind_sized(nb::module_& m, const char* name, Make make) {
  m.def(
      name,
      [name, make](nb::args args, std::optional<Dims> size, Generator* generator, OptionalDType dtype, nb::handle,
                   DeviceArgument device, bool requires_grad, bool) {
        check_argument(device);
        return make(size ? *size : dims_of(args, name), {dtype, requires_grad, generator});
      },
      "args"_a, "size"_a = nb::none(), "generator"_a = nb::none(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false, "pin_memory"_a = false);
}

/// torch.rand_like and its kin keep the strides of a dense input, and draw in the order of the memory.
void bind_like(nb::module_& m, const char* name, const Tensor& (*draw)(const Tensor&)) {
  m.def(
      name,
      [draw](const Tensor& input, OptionalDType dtype, nb::handle, DeviceArgument device, bool requires_grad,
             nb::handle, Generator* generator) {
        check_argument(device);
        const Draws draws(generator);
        const Tensor result = empty_like(input, {.dtype = dtype});
        draw(result);
        if (requires_grad) result.requires_grad_();
        return result;
      },
      "input"_a, nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(), "device"_a = nb::none(),
      "requires_grad"_a = false, "memory_format"_a = nb::none(), "generator"_a = nb::none());
}

void bind_integers(nb::module_& m) {
  const auto draw = [](std::int64_t low, std::int64_t high, Dims size, Generator* generator, OptionalDType dtype,
                       nb::handle, DeviceArgument device, bool requires_grad) {
    check_argument(device);
    return randint(low, high, std::move(size), {dtype, requires_grad, generator});
  };
  m.def("randint", draw, "low"_a, "high"_a, "size"_a, nb::kw_only(), "generator"_a = nb::none(), "dtype"_a = nb::none(),
        "layout"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false);
  m.def(
      "randint",
      [draw](std::int64_t high, Dims size, Generator* generator, OptionalDType dtype, nb::handle layout,
             DeviceArgument device, bool requires_grad) {
        return draw(0, high, std::move(size), generator, dtype, layout, device, requires_grad);
      },
      "high"_a, "size"_a, nb::kw_only(), "generator"_a = nb::none(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false);
  m.def(
      "randint_like",
      [](const Tensor& input, std::int64_t low, std::optional<std::int64_t> high, OptionalDType dtype, nb::handle,
         DeviceArgument device, bool requires_grad) {
        check_argument(device);
        const Tensor result = empty_like(input, {.dtype = dtype});
        result.random_(high ? low : 0, high ? *high : low);
        if (requires_grad) result.requires_grad_();
        return result;
      },
      "input"_a, "low"_a, "high"_a = nb::none(), nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false);
  m.def(
      "randperm",
      [](std::int64_t n, Generator* generator, OptionalDType dtype, nb::handle, DeviceArgument device,
         bool requires_grad, bool) {
        check_argument(device);
        return randperm(n, {dtype, requires_grad, generator});
      },
      "n"_a, nb::kw_only(), "generator"_a = nb::none(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false, "pin_memory"_a = false);
}

void bind_in_place(const Scope& scope) {
  scope
      .method(
          "uniform_",
          [](const Tensor& self, double from, double to, Generator* generator) -> const Tensor& {
            const Draws draws(generator);
            return self.uniform_(from, to);
          },
          "from_"_a = 0.0, "to"_a = 1.0, nb::kw_only(), "generator"_a = nb::none())
      .method(
          "normal_",
          [](const Tensor& self, double mean, double std, Generator* generator) -> const Tensor& {
            const Draws draws(generator);
            return self.normal_(mean, std);
          },
          "mean"_a = 0.0, "std"_a = 1.0, nb::kw_only(), "generator"_a = nb::none())
      .method(
          "exponential_",
          [](const Tensor& self, double lambda, Generator* generator) -> const Tensor& {
            const Draws draws(generator);
            return self.exponential_(lambda);
          },
          "lambd"_a = 1.0, nb::kw_only(), "generator"_a = nb::none())
      .method(
          "random_",
          [](const Tensor& self, std::optional<std::int64_t> from, std::optional<std::int64_t> to,
             Generator* generator) -> const Tensor& {
            const Draws draws(generator);
            return self.random_(from, to);
          },
          "from_"_a = nb::none(), "to"_a = nb::none(), nb::kw_only(), "generator"_a = nb::none())
      .method(
          "bernoulli_",
          [](const Tensor& self, const Operand& p, Generator* generator) -> const Tensor& {
            const Draws draws(generator);
            if (!p.is_tensor()) return self.bernoulli_(p.scalar.to_double());
            return self.copy_(bernoulli(p.tensor.get().expand(self.shape())));
          },
          "p"_a = 0.5, nb::kw_only(), "generator"_a = nb::none());
}

}  // namespace

void bind_random(const Scope& scope) {
  nb::module_ m = scope.torch;
  bind_generator(m);
  bind_sized(m, "rand", &rand);
  bind_sized(m, "randn", &randn);
  bind_like(m, "rand_like", [](const Tensor& x) -> const Tensor& { return x.uniform_(); });
  bind_like(m, "randn_like", [](const Tensor& x) -> const Tensor& { return x.normal_(); });
  bind_integers(m);
  bind_in_place(scope);
  scope.both(
      "bernoulli",
      [](const Tensor& input, std::optional<double> p, Generator* generator) {
        const Draws draws(generator);
        if (!p) return bernoulli(input);
        return empty_like(input).bernoulli_(*p);
      },
      "input", "p"_a = nb::none(), nb::kw_only(), "generator"_a = nb::none());
}

}  // namespace lamella::python
