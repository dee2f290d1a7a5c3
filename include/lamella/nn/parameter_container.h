// Modules that hold parameters: ParameterList and ParameterDict. They cannot be called.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <lamella/nn/module.h>

namespace lamella::nn {

struct NamedParameter {
  std::string name;
  Parameter parameter;
};

/// Parameters with names, in order.
class ParameterContainer : public Module {
 public:
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  const std::vector<NamedParameter>& items() const { return items_; }
  void members(Members& m) override;
  std::string extra_repr() const override;

 protected:
  /// How printing names a tensor's type: torch.float32 in a list, torch.FloatTensor in a dictionary.
  virtual std::string kind_of(const Tensor& tensor) const = 0;
  std::vector<NamedParameter> items_;
};

/// nn::ParameterList weights({nn::Parameter(rand({3, 4})), nn::Parameter(zeros({4}))}); … weights[0]
class ParameterList : public Layer<ParameterList, ParameterContainer> {
 public:
  ParameterList() = default;
  explicit ParameterList(std::initializer_list<Parameter> parameters);
  void push_back(Parameter parameter);
  /// By position (negative: from the end). Raises IndexError.
  Parameter& operator[](std::int64_t index);

 private:
  std::string kind_of(const Tensor& tensor) const override;
};

/// nn::ParameterDict weights({{"scale", nn::Parameter(ones({3}))}}); … weights["scale"]
class ParameterDict : public Layer<ParameterDict, ParameterContainer> {
 public:
  ParameterDict() = default;
  explicit ParameterDict(std::initializer_list<NamedParameter> parameters);
  /// Adds a parameter, or replaces the one of that name in its place. Raises ValueError for a name that is empty or has
  /// a dot.
  void set(std::string name, Parameter parameter);
  /// Raises IndexError, naming what there is.
  Parameter& operator[](std::string_view name);
  bool contains(std::string_view name) const;
  /// Whether there was one.
  bool erase(std::string_view name);

 private:
  std::string kind_of(const Tensor& tensor) const override;
};

}  // namespace lamella::nn
