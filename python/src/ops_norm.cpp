// Normalisation, in functional's forms.
#include <lamella/ops/norm.h>

#include "families.h"
#include "operators.h"

namespace lamella::python {

void bind_norm(const Scope& scope) {
  scope.functional("batch_norm", &batch_norm, "input", "running_mean"_a.none(), "running_var"_a.none(),
                   "weight"_a = nb::none(), "bias"_a = nb::none(), "training"_a = false, "momentum"_a = 0.1,
                   "eps"_a = 1e-5);
  scope.functional("instance_norm", &instance_norm, "input", "running_mean"_a = nb::none(),
                   "running_var"_a = nb::none(), "weight"_a = nb::none(), "bias"_a = nb::none(),
                   "use_input_stats"_a = true, "momentum"_a = 0.1, "eps"_a = 1e-5);
  scope.functional("group_norm", &group_norm, "input", "num_groups"_a, "weight"_a = nb::none(), "bias"_a = nb::none(),
                   "eps"_a = 1e-5);
  scope.functional("layer_norm", &layer_norm, "input", "normalized_shape"_a, "weight"_a = nb::none(),
                   "bias"_a = nb::none(), "eps"_a = 1e-5);
  scope.functional("rms_norm", &rms_norm, "input", "normalized_shape"_a, "weight"_a = nb::none(), "eps"_a = nb::none());
  scope.function("layer_norm", &layer_norm, "input", "normalized_shape"_a, "weight"_a = nb::none(),
                 "bias"_a = nb::none(), "eps"_a = 1e-5);
  scope.function("group_norm", &group_norm, "input", "num_groups"_a, "weight"_a = nb::none(), "bias"_a = nb::none(),
                 "eps"_a = 1e-5);
  scope.function("rms_norm", &rms_norm, "input", "normalized_shape"_a, "weight"_a = nb::none(), "eps"_a = nb::none());
  scope.functional("local_response_norm", &local_response_norm, "input", "size"_a, "alpha"_a = 1e-4, "beta"_a = 0.75,
                   "k"_a = 1.0);
}

}  // namespace lamella::python
