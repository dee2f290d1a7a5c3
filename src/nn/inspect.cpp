#include "nn/inspect.h"

#include <fmt/format.h>

#include "autograd/node.h"
#include "core/tensor_impl.h"

namespace lamella::nn {

namespace {

class PartsReader : public Members {
 public:
  explicit PartsReader(const Module& module) : module_(module) {}
  Parts parts;

 private:
  void on_child(std::string_view name, Module& child) override {
    check(name);
    parts.children.push_back({name, &child});
  }
  void on_parameter(std::string_view name, Parameter& parameter) override {
    check(name);
    if (parameter.defined()) parts.parameters.push_back({name, &parameter});
  }
  void on_buffer(std::string_view name, Tensor& tensor, BufferOptions options) override {
    check(name);
    if (tensor.defined()) parts.buffers.push_back({name, &tensor, options});
  }

  void check(std::string_view name) {
    if (name.empty() || name.find('.') != std::string_view::npos) {
      throw ValueError(fmt::format("{}: \"{}\" cannot be a member's name: it must not be empty or contain a dot",
                                   module_.type_name(), name));
    }
    if (!names_.insert(name).second) {
      throw ValueError(fmt::format("{}: members() names \"{}\" twice", module_.type_name(), name));
    }
  }

  const Module& module_;
  std::unordered_set<std::string_view> names_;
};

}  // namespace

Parts parts_of(const Module& module) {
  PartsReader reader(module);
  const_cast<Module&>(module).members(reader);
  return std::move(reader.parts);
}

std::string join_path(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

void set_data(const Tensor& tensor, const Tensor& source) {
  TensorImpl& to = impl(tensor);
  const TensorImpl& from = impl(source);
  to.storage = from.storage;
  to.meta = from.meta;
  to.offset = from.offset;
  if (GradMeta* data = find_grad_meta(tensor)) data->accumulator.reset();  // it knows the old dtype
}

}  // namespace lamella::nn
