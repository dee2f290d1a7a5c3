// Reductions: lamella.sum(x, dim=None, keepdim=False, *, dtype=None), x.max(dim), x.argmax(), and running sums.
//
// numpy's names (axis, keepdims) are second overloads: the first one is found without looking at the others.
#include <lamella/ops/reduce.h>

#include <cmath>

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/view.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

namespace {

PyTypeObject* max_type = nullptr;
PyTypeObject* min_type = nullptr;
PyTypeObject* aminmax_type = nullptr;

Dims all_or(OptionalDims dim) { return dim ? std::move(*dim) : Dims{}; }

/// f(input, dim=None, keepdim=False, …), and the same with axis and keepdims.
template <typename Fn, typename... Extra>
void bind_reduction(const Scope& scope, const char* name, Fn fn, const Extra&... extra) {
  scope.both(name, fn, "input", "dim"_a = nb::none(), "keepdim"_a = false, extra...);
  scope.both(name, fn, "input", "axis"_a = nb::none(), "keepdims"_a = false, extra...);
  scope.both(name, fn, "input", "axis"_a = nb::none(), "keepdim"_a = false, extra...);
  scope.both(name, fn, "input", "dim"_a = nb::none(), "keepdims"_a = false, extra...);
}

Tensor sum_over(const Tensor& input, OptionalDims dim, bool keepdim, OptionalDType dtype) {
  return sum(input, all_or(std::move(dim)), keepdim, dtype);
}
Tensor mean_over(const Tensor& input, OptionalDims dim, bool keepdim, OptionalDType dtype) {
  return mean(cast_to(input, dtype), all_or(std::move(dim)), keepdim);
}
Tensor nansum_over(const Tensor& input, OptionalDims dim, bool keepdim, OptionalDType dtype) {
  return nansum(input, all_or(std::move(dim)), keepdim, dtype);
}
Tensor nanmean_over(const Tensor& input, OptionalDims dim, bool keepdim, OptionalDType dtype) {
  return nanmean(cast_to(input, dtype), all_or(std::move(dim)), keepdim);
}
template <Tensor (*kFunction)(const Tensor&, Dims, bool)>
Tensor over(const Tensor& input, OptionalDims dim, bool keepdim) {
  return kFunction(input, all_or(std::move(dim)), keepdim);
}

Tensor product_over(const Tensor& input, OptionalInt dim, bool keepdim, OptionalDType dtype) {
  return dim ? prod(input, *dim, keepdim, dtype) : prod(input, dtype);
}

// A tensor alone without dim; values and indices with one.
ValuesAndIndices max_of(const Tensor& input, OptionalInt dim, bool keepdim) {
  if (!dim) return {max(input), {}};
  return pair_of(max(input, *dim, keepdim), max_type);
}
ValuesAndIndices min_of(const Tensor& input, OptionalInt dim, bool keepdim) {
  if (!dim) return {min(input), {}};
  return pair_of(min(input, *dim, keepdim), min_type);
}

using Spread = Tensor (*)(const Tensor&, Dims, double, bool);

double correction_of(std::optional<bool> unbiased, std::optional<Scalar> correction) {
  if (correction) return correction->to_double();
  return unbiased.value_or(true) ? 1 : 0;
}
template <Spread kFunction>
Tensor spread(const Tensor& input, OptionalDims dim, std::optional<bool> unbiased, bool keepdim,
              std::optional<Scalar> correction) {
  return kFunction(input, all_or(std::move(dim)), correction_of(unbiased, correction), keepdim);
}
template <MeanAndSpread (*kFunction)(const Tensor&, Dims, double, bool)>
TensorList spread_and_mean(const Tensor& input, OptionalDims dim, std::optional<bool> unbiased, bool keepdim,
                           std::optional<Scalar> correction) {
  MeanAndSpread both = kFunction(input, all_or(std::move(dim)), correction_of(unbiased, correction), keepdim);
  return {std::move(both.spread), std::move(both.mean)};
}
/// torch's forms (unbiased), (dim, unbiased, keepdim) and (dim, *, correction, keepdim).
template <Spread kFunction, MeanAndSpread (*kWithMean)(const Tensor&, Dims, double, bool)>
void bind_spread(const Scope& scope, const char* name, const char* name_with_mean) {
  const auto bind = [&](const char* title, auto function) {
    for (const char* dim : {"dim", "axis"}) {
      scope.both(title, function, "input", nb::arg(dim) = nb::none(), "unbiased"_a = nb::none(), "keepdim"_a = false,
                 nb::kw_only(), "correction"_a = nb::none());
    }
  };
  const auto plain = [](const Tensor& input, bool unbiased) { return kFunction(input, {}, unbiased ? 1 : 0, false); };
  scope.both(name, plain, "input", "unbiased"_a);
  bind(name, spread<kFunction>);
  bind(name_with_mean, spread_and_mean<kWithMean>);
}

/// torch.norm's p: a number, 'fro' or None, which are 2 here.
struct NormOrder {
  double p = 2;
};

}  // namespace

}  // namespace lamella::python

template <>
struct nanobind::detail::type_caster<lamella::python::NormOrder> {
  NB_TYPE_CASTER(lamella::python::NormOrder, const_name("float | str"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    if (object.is_none()) return true;
    if (PyUnicode_Check(object.ptr())) return PyUnicode_CompareWithASCIIString(object.ptr(), "fro") == 0;
    lamella::Scalar number;
    if (!lamella::python::to_scalar(object.ptr(), number)) return false;
    value.p = number.to_double();
    return true;
  }
};

namespace lamella::python {

namespace {

Tensor p_norm(const Tensor& input, NormOrder p, OptionalDims dim, bool keepdim, OptionalDType dtype) {
  return norm(cast_to(input, dtype), p.p, all_or(std::move(dim)), keepdim);
}

void bind_norms(const Scope& scope) {
  scope.both("norm", p_norm, "input", "p"_a.none() = "fro", "dim"_a = nb::none(), "keepdim"_a = false,
             "dtype"_a = nb::none());
  nb::module_ torch = scope.torch;
  const Scope linalg{torch.def_submodule("linalg", "Norms."), scope.tensor, scope.nn};
  for (const char* name : {"vector_norm", "norm"}) {
    linalg.function(name, p_norm, name[0] == 'v' ? "x" : "A", "ord"_a.none() = 2, "dim"_a = nb::none(),
                    "keepdim"_a = false, nb::kw_only(), "dtype"_a = nb::none());
  }
}

void bind_extremes(const Scope& scope) {
  max_type = make_pair_type(scope, "max");
  min_type = make_pair_type(scope, "min");
  aminmax_type = make_pair_type(scope, "aminmax", "min", "max");
  bind_reduction(scope, "max", max_of);
  bind_reduction(scope, "min", min_of);
  scope.both("max", &maximum, "input", "other"_a).both("min", &minimum, "input", "other"_a);
  bind_reduction(scope, "amax", over<amax>);
  bind_reduction(scope, "amin", over<amin>);
  bind_reduction(scope, "argmax", &argmax);
  bind_reduction(scope, "argmin", &argmin);
  const auto both_ends = [](const Tensor& input, OptionalInt dim, bool keepdim) -> ValuesAndIndices {
    Extremes ends = aminmax(input, dim, keepdim);
    return {std::move(ends.min), std::move(ends.max), aminmax_type};
  };
  scope.both("aminmax", both_ends, "input", nb::kw_only(), "dim"_a = nb::none(), "keepdim"_a = false);
}

}  // namespace

void bind_reduce(const Scope& scope) {
  const auto dtype = [] { return nb::arg("dtype") = nb::none(); };
  bind_reduction(scope, "sum", sum_over, nb::kw_only(), dtype());
  bind_reduction(scope, "mean", mean_over, nb::kw_only(), dtype());
  bind_reduction(scope, "nansum", nansum_over, nb::kw_only(), dtype());
  bind_reduction(scope, "nanmean", nanmean_over, nb::kw_only(), dtype());
  bind_reduction(scope, "prod", product_over, nb::kw_only(), dtype());
  bind_reduction(scope, "all", over<all>);
  bind_reduction(scope, "any", over<any>);
  const auto count = [](const Tensor& input, OptionalDims dim) { return count_nonzero(input, all_or(std::move(dim))); };
  scope.both("count_nonzero", count, "input", "dim"_a = nb::none());
  bind_extremes(scope);
  bind_spread<var, var_mean>(scope, "var", "var_mean");
  bind_spread<std, std_mean>(scope, "std", "std_mean");
  bind_norms(scope);
  scope.both("logsumexp", &logsumexp, "input", "dim"_a, "keepdim"_a = false);
  for (const char* dim : {"dim", "axis"}) {
    scope.both("cumsum", &cumsum, "input", nb::arg(dim), nb::kw_only(), dtype());
    scope.both("cumprod", &cumprod, "input", nb::arg(dim), nb::kw_only(), dtype());
  }
  const auto differences = [](const Tensor& input, std::int64_t n, std::int64_t dim) { return diff(input, n, dim); };
  scope.both("diff", differences, "input", "n"_a = 1, "dim"_a = -1);
}

}  // namespace lamella::python
