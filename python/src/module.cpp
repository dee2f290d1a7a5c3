// The extension module lamella._C: the tensor and the operators. What users see is the plain Python around it.
#include "families.h"
#include "objects.h"

#include <lamella/error.h>

namespace lamella::python {

namespace {

/// lamella's exceptions in Python. Where torch raises RuntimeError for what is a bad value to us, both `except` clauses
/// work: ours derive from both.
void bind_errors(nb::module_& m) {
  static PyObject* types[6] = {};
  const auto make = [&](int i, const char* name, PyObject* kind) {
    const nb::object bases = nb::make_tuple(nb::borrow(kind), nb::borrow(PyExc_RuntimeError));
    types[i] = PyErr_NewException(name, kind == PyExc_RuntimeError ? kind : bases.ptr(), nullptr);
    if (types[i] == nullptr) throw nb::python_error();
    m.attr(name + sizeof("lamella._C")) = nb::handle(types[i]);
  };
  make(0, "lamella._C.Error", PyExc_RuntimeError);
  make(1, "lamella._C.BadValue", PyExc_ValueError);
  make(2, "lamella._C.BadType", PyExc_TypeError);
  make(3, "lamella._C.BadIndex", PyExc_IndexError);
  make(4, "lamella._C.BadFile", PyExc_OSError);
  make(5, "lamella._C.NotSupported", PyExc_NotImplementedError);
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const ValueError& error) {
      PyErr_SetString(types[1], error.what());
    } catch (const TypeError& error) {
      PyErr_SetString(types[2], error.what());
    } catch (const IndexError& error) {
      PyErr_SetString(types[3], error.what());
    } catch (const NotImplementedError& error) {
      PyErr_SetString(types[5], error.what());
    } catch (const FileError& error) {
      PyErr_SetString(types[4], error.what());
    } catch (const Error& error) {
      PyErr_SetString(types[0], error.what());
    }
  });
}

}  // namespace

}  // namespace lamella::python

NB_MODULE(_C, m) {
  using namespace lamella::python;
  nb::set_leak_warnings(false);  // tensors may outlive the interpreter's shutdown in modules' globals
  m.attr("__version__") = LAMELLA_VERSION;
  bind_errors(m);
  bind_size(m);
  bind_dtype(m);
  bind_device(m);
  TensorClass tensor(m, "Tensor", "An n-dimensional array with strides, a dtype and a gradient.",
                     nb::intrusive_ptr<lamella::TensorImpl>(
                         [](lamella::TensorImpl* self, PyObject* object) noexcept { self->set_foreign_owner(object); }),
                     nb::dynamic_attr(), nb::is_weak_referenceable());
  set_tensor_type(tensor);
  const Scope scope{m, tensor, m.def_submodule("_nn", "torch.nn.functional's forms")};
  bind_tensor(scope);
  bind_autograd(scope);
  bind_indexing(scope);
  bind_values(scope);
  bind_random(scope);
  bind_create(scope);
  bind_activation(scope);
  bind_unary(scope);
  bind_arithmetic(scope);
  bind_compare(scope);
  bind_select(scope);
  bind_conv(scope);
  bind_pool(scope);
  bind_norm(scope);
  bind_linear(scope);
  bind_loss(scope);
  bind_interpolate(scope);
  bind_dropout(scope);
  bind_index(scope);
  bind_sort(scope);
  bind_special(scope);
  bind_search(scope);
  bind_reduce(scope);
  bind_view(scope);
  bind_metadata(scope);
  bind_join(scope);
  bind_optim(scope);
  bind_io(scope);
}
