// How a module says what it is made of.
#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <typeinfo>

#include <lamella/nn/parameter.h>

namespace lamella::nn {

class Module;
class AnyModule;

struct BufferOptions {
  bool persistent = true;  ///< whether it is in the state_dict
  /// Whether a state_dict without it still loads strictly: old checkpoints know no num_batches_tracked.
  bool may_be_absent = false;
};

/// Copies a module of a type that is known where the module was handed over.
using ModuleCloner = std::shared_ptr<Module> (*)(const Module&);

/// What `Module::members` names its parts to. Whoever asks (state_dict, train, printing, …) enumerates them then, so a
/// module stores no addresses: it can be moved, copied, and held in a std::vector.
///
///   void members(nn::Members& m) override { m("conv1", conv1)("fc", fc); }
///
/// Names are torch's: not empty, without dots, each once a module. They must outlive the module's call (literals do).
class Members {
 public:
  virtual ~Members() = default;

  Members& operator()(std::string_view name, Module& child) {
    on_child(name, child);
    return *this;
  }
  Members& operator()(std::string_view name, Parameter& parameter) {
    on_parameter(name, parameter);
    return *this;
  }
  /// Children behind pointers; a null one is no child.
  template <std::derived_from<Module> M>
  Members& operator()(std::string_view name, std::unique_ptr<M>& child) {
    if (child) on_child(name, *child);
    return *this;
  }
  template <std::derived_from<Module> M>
  Members& operator()(std::string_view name, std::shared_ptr<M>& child);
  /// A tensor that is state but not learned (running statistics).
  Members& buffer(std::string_view name, Tensor& tensor, BufferOptions options = {}) {
    on_buffer(name, tensor, options);
    return *this;
  }
  /// A plain tensor is neither learned nor state: make it a Parameter, or say m.buffer(name, tensor).
  Members& operator()(std::string_view name, Tensor& tensor) = delete;

 protected:
  virtual void on_child(std::string_view, Module&) {}
  virtual void on_parameter(std::string_view, Parameter&) {}
  virtual void on_buffer(std::string_view, Tensor&, BufferOptions) {}
  /// What to put in the place of a shared child; null keeps it.
  virtual std::shared_ptr<Module> substitute(const std::shared_ptr<Module>&, ModuleCloner) { return nullptr; }
};

namespace detail {
/// A copy of `module` whose C++ type is M or, where M is only a base of it, what its clone() gives.
template <typename M>
std::shared_ptr<Module> clone_as(const Module& module);
}  // namespace detail

template <std::derived_from<Module> M>
Members& Members::operator()(std::string_view name, std::shared_ptr<M>& child) {
  if (!child) return *this;
  if (auto copy = substitute(child, &detail::clone_as<M>)) child = std::static_pointer_cast<M>(std::move(copy));
  on_child(name, *child);
  return *this;
}

}  // namespace lamella::nn
