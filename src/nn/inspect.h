// What a module's `members` names, as lists.
#pragma once

#include <string_view>
#include <unordered_set>
#include <vector>

#include <lamella/nn/module.h>

namespace lamella::nn {

struct ParameterMember {
  std::string_view name;
  Parameter* parameter;
};
struct BufferMember {
  std::string_view name;
  Tensor* tensor;
  BufferOptions options;
};
struct ChildMember {
  std::string_view name;
  Module* module;
};

/// The parts of one module; undefined parameters and buffers are left out.
struct Parts {
  std::vector<ParameterMember> parameters;
  std::vector<BufferMember> buffers;
  std::vector<ChildMember> children;
};

/// Raises ValueError for a name that is empty, has a dot, or stands twice. Asking changes nothing in the module, so a
/// const one may be asked.
Parts parts_of(const Module& module);

/// Calls fn(path, module) for `root` and all below, depth first, each module once.
template <typename Fn>
void for_each_module(const Module& root, std::string_view prefix, Fn&& fn) {
  struct Walk {
    Fn& fn;
    std::unordered_set<const Module*> seen;
    void visit(const std::string& path, Module& module) {
      if (!seen.insert(&module).second) return;
      fn(path, module);
      for (const ChildMember& child : parts_of(module).children) {
        visit(path.empty() ? std::string(child.name) : path + "." + std::string(child.name), *child.module);
      }
    }
  };
  Walk{fn, {}}.visit(std::string(prefix), const_cast<Module&>(root));
}

/// "features.0" and "weight" to "features.0.weight".
std::string join_path(std::string_view path, std::string_view name);

/// Gives the tensor object another array, in its place: whoever holds a handle sees it (torch's `tensor.data = …`).
void set_data(const Tensor& tensor, const Tensor& source);

}  // namespace lamella::nn
