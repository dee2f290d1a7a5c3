#include "nn/call_path.h"

#include "nn/inspect.h"

namespace lamella::nn {

namespace {

thread_local CallPath* innermost = nullptr;

}  // namespace

class ChildLister : public Members {
 public:
  explicit ChildLister(SmallVector<CallPath::Child, 12>& children) : children_(children) {}

 private:
  void on_child(std::string_view name, Module& child) override { children_.push_back({name, &child}); }
  SmallVector<CallPath::Child, 12>& children_;
};

CallPath::CallPath(const Module& module)
    : module_(module),
      caller_(innermost),
      scope_(caller_ == nullptr ? std::string_view() : caller_->name_of(module, long_name_), module.type_name()) {
  innermost = this;
}

CallPath::~CallPath() { innermost = caller_; }

void CallPath::list_children() {
  listed_ = true;
  ChildLister lister(children_);
  const_cast<Module&>(module_).members(lister);
}

std::string_view CallPath::name_of(const Module& child, std::string& storage) {
  if (!listed_) list_children();
  const std::size_t count = children_.size();
  for (std::size_t step = 0; step < count; ++step) {
    const std::size_t at = cursor_ + step < count ? cursor_ + step : cursor_ + step - count;
    if (children_[at].module != &child) continue;
    cursor_ = at + 1 < count ? at + 1 : 0;
    return children_[at].name;
  }
  if (count == 0) return "";
  for_each_module(module_, "", [&](const std::string& path, const Module& module) {
    if (&module == &child && storage.empty()) storage = path;
  });
  return storage;
}

}  // namespace lamella::nn
