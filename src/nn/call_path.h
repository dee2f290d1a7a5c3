// Which modules are running on this thread, and what the caller calls them.
#pragma once

#include <string>
#include <string_view>

#include <lamella/nn/module.h>

#include "core/module_path.h"

namespace lamella::nn {

/// Stands for one running module. Its name is looked up among the parts of the module that runs around it, so modules
/// store no names and can be shared, moved and replaced. A running module lists its children once, at the first call of
/// one, and a cursor finds them in the order in which they are declared: about 10 ns a call.
class CallPath {
 public:
  explicit CallPath(const Module& module);
  ~CallPath();
  CallPath(const CallPath&) = delete;
  CallPath& operator=(const CallPath&) = delete;

 private:
  struct Child {
    std::string_view name;
    const Module* module;
  };
  friend class ChildLister;
  std::string_view name_of(const Module& child, std::string& storage);
  void list_children();

  const Module& module_;
  CallPath* caller_;
  bool listed_ = false;
  std::size_t cursor_ = 0;
  SmallVector<Child, 12> children_;
  std::string long_name_;  ///< "features.3" where a grandchild is called directly
  ModuleScope scope_;
};

}  // namespace lamella::nn
