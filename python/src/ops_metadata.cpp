// Views that replace the tensor itself, and another size: x.unsqueeze_(0), x.t_(), x.resize_(2, 3).
#include <lamella/ops/metadata.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

void bind_metadata(const Scope& scope) {
  scope.method("squeeze_", light([](const Tensor& self, OptionalDims dim) -> const Tensor& {
                 return dim ? squeeze_(self, std::move(*dim)) : squeeze_(self);
               }),
               "dim"_a = nb::none());
  scope.method("unsqueeze_", light(&unsqueeze_), "dim"_a);
  scope.method("t_", light(&t_));
  for (const char* name : {"transpose_", "swapdims_", "swapaxes_"}) {
    const bool axes = std::string_view(name) == "swapaxes_";
    scope.method(name, light(&transpose_), nb::arg(axes ? "axis0" : "dim0"), nb::arg(axes ? "axis1" : "dim1"));
  }
  const auto resize = [](const Tensor& self, const nb::args& sizes, nb::handle) -> const Tensor& {
    return resize_(self, dims_of(sizes, "resize_"));
  };
  scope.method("resize_", resize, "sizes"_a, nb::kw_only(), "memory_format"_a = nb::none());
  scope.method(
      "resize_as_",
      [](const Tensor& self, const Tensor& other) -> const Tensor& { return resize_(self, other.shape()); },
      "the_template"_a);
}

}  // namespace lamella::python
