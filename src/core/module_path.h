// The stack of modules that are running on this thread, so that an error can say where it happened.
#pragma once

#include <string>
#include <string_view>

namespace lamella {

/// Pushes one module for the scope's lifetime. `name` (may be empty for a root) and `type` must outlive the scope.
class ModuleScope {
 public:
  ModuleScope(std::string_view name, std::string_view type);
  ~ModuleScope();
  ModuleScope(const ModuleScope&) = delete;
  ModuleScope& operator=(const ModuleScope&) = delete;

 private:
  friend std::string module_path();
  std::string_view name_;
  std::string_view type_;
  ModuleScope* parent_;
};

/// "features.3 (Conv2d)", "Net" for a root that has no name, or "" outside of any module.
std::string module_path();

}  // namespace lamella
