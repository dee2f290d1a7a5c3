#include "core/module_path.h"

#include <lamella/error.h>

namespace lamella {
namespace {

thread_local ModuleScope* innermost = nullptr;

std::string with_path(const std::string& message) {
  const std::string path = module_path();
  return path.empty() ? message : path + ": " + message;
}

}  // namespace

ModuleScope::ModuleScope(std::string_view name, std::string_view type) : name_(name), type_(type), parent_(innermost) {
  innermost = this;
}

ModuleScope::~ModuleScope() { innermost = parent_; }

std::string module_path() {
  if (innermost == nullptr) return "";
  std::string path;
  for (const ModuleScope* scope = innermost; scope != nullptr; scope = scope->parent_) {
    if (scope->name_.empty()) continue;
    path = path.empty() ? std::string(scope->name_) : std::string(scope->name_) + "." + path;
  }
  const std::string type(innermost->type_);
  return path.empty() ? type : path + " (" + type + ")";
}

Error::Error(const std::string& message) : std::runtime_error(with_path(message)) {}

}  // namespace lamella
