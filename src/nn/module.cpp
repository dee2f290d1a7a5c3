#include <lamella/nn/module.h>

#include <atomic>

#include <fmt/format.h>

#include "nn/backward_hooks.h"
#include "nn/call_path.h"
#include "nn/type_name.h"

namespace lamella::nn {

// A copy has lists of its own, so that adding and removing hooks on one is not seen by the other.
Module::Module(const Module& other)
    : training_(other.training_), hooks_(other.hooked() ? std::make_shared<detail::Hooks>(*other.hooks_) : nullptr) {
  if (hooks_) hooks_->owner = this;
}

Module::Module(Module&& other) noexcept : training_(other.training_), hooks_(std::move(other.hooks_)) {
  if (hooks_) hooks_->owner = this;
}

Module& Module::operator=(const Module& other) {
  if (this != &other) *this = Module(other);
  return *this;
}

Module& Module::operator=(Module&& other) noexcept {
  if (this == &other) return *this;
  if (hooks_) hooks_->owner = nullptr;
  training_ = other.training_;
  hooks_ = std::move(other.hooks_);
  if (hooks_) hooks_->owner = this;
  return *this;
}

Module::~Module() {
  if (hooks_) hooks_->owner = nullptr;
}

Tensor Module::forward(const Tensor& input) {
  static_cast<void>(input);
  throw NotImplementedError(fmt::format(
      "{0} has no forward of one tensor: override `Tensor forward(const Tensor&)`, or call it as its own class",
      type_name()));
}

std::unique_ptr<Module> Module::clone() const {
  throw NotImplementedError(
      fmt::format("{0} is held by a pointer to a base class, which cannot copy it: override clone(), or hand the "
                  "module over by value",
                  type_name()));
}

Tensor Module::operator()(const Tensor& input) {
  const CallPath path(*this);
  if (!hooked()) [[likely]]
    return forward(input);
  const TensorList outputs = forward_with_hooks(
      {input}, [this](const TensorList& inputs) { return TensorList{forward(detail::only(*this, inputs))}; });
  return detail::only(*this, outputs);
}

Tensor Module::call(TensorList inputs, const std::function<Tensor(const TensorList&)>& forward) {
  const CallPath path(*this);
  if (!hooked()) return forward(inputs);
  const TensorList outputs =
      forward_with_hooks(std::move(inputs), [&forward](const TensorList& given) { return TensorList{forward(given)}; });
  return detail::only(*this, outputs);
}

void Module::on_path(void (*body)(void*), void* argument) const {
  const CallPath path(*this);
  body(argument);
}

std::string_view Module::type_name() const { return type_name_of(typeid(*this)); }

std::uint64_t Module::next_id() {
  static std::atomic<std::uint64_t> ids{0};
  return ids.fetch_add(1, std::memory_order_relaxed);
}

detail::Hooks& Module::own_hooks() {
  if (!hooks_) {
    hooks_ = std::make_shared<detail::Hooks>();
    hooks_->owner = this;
  }
  return *hooks_;
}

namespace {

void replace(const Module& module, const char* what, TensorList& tensors, TensorList replacement) {
  if (replacement.empty()) return;
  if (replacement.size() != tensors.size()) {
    throw Error(fmt::format("{}: a {} returned {} tensors, expected {}", module.type_name(), what, replacement.size(),
                            tensors.size()));
  }
  tensors = std::move(replacement);
}

}  // namespace

TensorList Module::forward_with_hooks(TensorList inputs, const Forward& forward) {
  // Copies: a hook may add and remove hooks, also itself.
  const detail::Hooks hooks = *hooks_;
  for (const auto& [id, hook] : hooks.forward_pre.hooks)
    replace(*this, "forward pre-hook", inputs, hook(*this, inputs));
  const auto backward = BackwardHooks::make(hooks_);
  if (backward) inputs = backward->enter(inputs);
  TensorList outputs = forward(inputs);
  for (const auto& [id, hook] : hooks.forward.hooks) {
    replace(*this, "forward hook", outputs, hook(*this, inputs, outputs));
  }
  return backward ? backward->leave(outputs, inputs) : outputs;
}

const Tensor& detail::only(Module& module, const TensorList& tensors) {
  if (tensors.size() == 1) return tensors[0];
  throw Error(
      fmt::format("{}: a hook of single tensors met {} of them; let it take (nn::Module&, const TensorList&, …)",
                  module.type_name(), tensors.size()));
}

}  // namespace lamella::nn
