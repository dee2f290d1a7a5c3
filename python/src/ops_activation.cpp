// Activations: lamella.relu(x), x.relu(), lamella.nn.functional.relu(x, inplace=False).
#include <lamella/ops/activation.h>

#include "families.h"

namespace lamella::python {

void bind_activation(const Scope& scope) {
  scope.both("relu", &relu, "input");
  scope.both("sigmoid", &sigmoid, "input");
  scope.both("tanh", &tanh, "input");
}

}  // namespace lamella::python
