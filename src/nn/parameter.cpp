#include <lamella/nn/parameter.h>

#include <ostream>

namespace lamella::nn {

Parameter::Parameter(const Tensor& data, bool requires_grad) : Tensor(data.detach()) {
  if (requires_grad) requires_grad_();
}

std::string Parameter::to_string() const {
  return "Parameter containing:\n" + (defined() ? Tensor::to_string() : "undefined");
}

std::ostream& operator<<(std::ostream& out, const Parameter& parameter) { return out << parameter.to_string(); }

}  // namespace lamella::nn
