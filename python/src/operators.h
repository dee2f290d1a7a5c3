// What several operator families need: results that are named pairs, arguments that are absent or legacy, and the names
// that torch took over from numpy.
#pragma once

#include <lamella/error.h>

#include "bind.h"

namespace lamella::python {

using OptionalDims = std::optional<Dims>;
using OptionalInt = std::optional<std::int64_t>;
using OptionalOperand = std::optional<Operand>;

/// What max, sort and pooling give: a tensor alone, a tuple, or a named tuple of `type`. It crosses the border after
/// the operator has run, with the lock.
struct ValuesAndIndices {
  Tensor values;
  Tensor indices;                ///< undefined: the values stand alone
  PyTypeObject* type = nullptr;  ///< null: a plain tuple
};
template <typename Pair>
ValuesAndIndices pair_of(Pair pair, PyTypeObject* type = nullptr) {
  return {std::move(pair.values), std::move(pair.indices), type};
}
/// A named tuple in lamella.return_types; the names are literals. Lives as long as the process.
PyTypeObject* make_pair_type(const Scope& scope, const char* name, const char* first = "values",
                             const char* second = "indices");

/// size_average and reduce, which `reduction` replaced: given, they warn as in torch.
struct LegacyFlag {
  std::optional<bool> value;
};
void check_argument(const LegacyFlag& flag);
std::string_view reduction_of(LegacyFlag size_average, LegacyFlag reduce, std::string_view reduction);

/// A UserWarning. Needs the lock; raises where the user made warnings errors.
void warn(const char* text);

inline std::int64_t work_of(const OptionalOperand& operand) { return operand ? work_of(*operand) : 0; }

/// `input` in the dtype that a reduction or a softmax was asked to compute in.
inline Tensor cast_to(const Tensor& input, OptionalDType dtype) {
  return dtype && *dtype != input.dtype() ? input.to(*dtype) : input;
}

}  // namespace lamella::python

namespace nanobind::detail {

template <>
struct type_caster<lamella::python::ValuesAndIndices> {
  NB_TYPE_CASTER(lamella::python::ValuesAndIndices, const_name("tuple[lamella.Tensor, lamella.Tensor]"))
  static handle from_cpp(const lamella::python::ValuesAndIndices& pair, rv_policy, cleanup_list*) noexcept {
    using lamella::python::wrap;
    if (!pair.indices.defined()) return wrap(pair.values);
    PyObject* result = pair.type == nullptr ? PyTuple_New(2) : PyStructSequence_New(pair.type);
    if (result == nullptr) return result;
    PyTuple_SET_ITEM(result, 0, wrap(pair.values));  // a struct sequence is a tuple
    PyTuple_SET_ITEM(result, 1, wrap(pair.indices));
    return result;
  }
};

template <>
struct type_caster<lamella::python::LegacyFlag> {
  NB_TYPE_CASTER(lamella::python::LegacyFlag, const_name("bool | None"))
  bool from_python(handle object, std::uint32_t, cleanup_list*) noexcept {
    if (object.ptr() == Py_None) return true;
    const int truth = PyObject_IsTrue(object.ptr());
    if (truth < 0) PyErr_Clear();
    value.value = truth == 1;
    return truth >= 0;
  }
};

}  // namespace nanobind::detail
