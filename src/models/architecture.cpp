#include "models/architecture.h"

#include <lamella/error.h>
#include <lamella/models.h>
#include <lamella/random.h>

#include <fmt/format.h>

#include <typeinfo>

#include "models/builders.h"
#include "models/layer_codec.h"
#include "nn/inspect.h"

namespace lamella::models {
namespace {

constexpr int kDeepest = 32;

/// Layer by layer; null where one of them is not known.
Json describe_layers(const nn::Module& container) {
  Json layers = Json::array();
  for (const nn::ChildMember& child : nn::parts_of(container).children) {
    const std::optional<Json> layer = describe(*child.module);
    if (!layer) return nullptr;
    Json named{{"name", child.name}};
    named.update(*layer);
    layers.push_back(std::move(named));
  }
  return layers;
}

std::optional<Json> describe_list(const nn::Module& container) {
  Json layers = describe_layers(container);
  if (layers.is_null()) return std::nullopt;
  return Json{{"type", "Sequential"}, {"layers", std::move(layers)}};
}

/// A line, unless its layers are no longer those that its builder makes.
std::optional<Json> describe_model(const Model& model) {
  const Builder* const builder = find_builder(model.builder());
  if (builder == nullptr) return std::nullopt;
  const Json arguments = Json::parse(model.arguments());
  const ForkRng untouched;
  const auto fresh = builder->build(Fields(arguments, std::string(builder->name)));
  if (describe_layers(model) != describe_layers(*fresh)) return describe_list(model);
  return Json{{"builder", builder->name}, {"arguments", arguments}};
}

/// Whether a description may be built: its weights so far, and what the file holds.
class Budget {
 public:
  explicit Budget(double numbers) : numbers_(numbers) {}
  void take(double weights, std::string_view what) {
    taken_ += weights;
    // Written so that what is not a number, of groups = 0, fails as well.
    if (weights >= 0 && taken_ <= numbers_) return;
    throw ValueError(
        fmt::format("{} would need {:.6g} weights, but the file holds {:.6g} numbers in all", what, taken_, numbers_));
  }

 private:
  double numbers_;
  double taken_ = 0;
};

std::unique_ptr<nn::Module> build_model(const Fields& fields, Budget& budget) {
  const std::string name = fields.word("builder");
  const Builder* const builder = find_builder(name);
  if (builder == nullptr) throw ValueError(fmt::format("the model \"{}\" is not known to this lamella", name));
  const Fields arguments(fields.at("arguments"), name);
  budget.take(builder->weights(arguments), name);
  auto model = builder->build(arguments);
  arguments.expect_no_others();
  return model;
}

nn::AnyModule build_node(const Json& node, const std::string& path, Budget& budget, int depth);

nn::Sequential build_list(const Fields& fields, const std::string& path, Budget& budget, int depth) {
  const Json& layers = fields.at("layers");
  if (!layers.is_array()) fields.fail("layers", "a list");
  nn::Sequential list;
  for (const Json& layer : layers) {
    const Fields item(layer, fmt::format("layer {} of {}", list.size(), path.empty() ? "the model" : path));
    const std::string name = item.word("name");
    list.push_back(name, build_node(layer, path.empty() ? name : path + "." + name, budget, depth + 1));
  }
  return list;
}

nn::AnyModule build_node(const Json& node, const std::string& path, Budget& budget, int depth) {
  if (depth > kDeepest) throw ValueError(fmt::format("layers are nested deeper than {}", kDeepest));
  const Fields fields(node, path.empty() ? "the architecture" : path);
  if (depth > 0) fields.at("name");
  const auto build_named = [&]() -> nn::AnyModule {
    if (fields.has("builder")) return build_model(fields, budget);
    const std::string type = fields.word("type");
    if (type == "Sequential") return build_list(fields, path, budget, depth);
    const LayerCodec* const codec = find_codec(type);
    if (codec == nullptr)
      throw ValueError(fmt::format("{}: the layer \"{}\" is not known to this lamella", fields.what(), type));
    budget.take(codec->weights(fields), fields.what());
    return codec->build(fields);
  };
  nn::AnyModule module = build_named();
  fields.expect_no_others();
  return module;
}

}  // namespace

std::optional<Json> describe(const nn::Module& module) {
  if (const auto* model = dynamic_cast<const Model*>(&module)) return describe_model(*model);
  if (typeid(module) == typeid(nn::Sequential)) return describe_list(module);
  const LayerCodec* const codec = find_codec(module);
  if (codec == nullptr) return std::nullopt;
  Json layer{{"type", codec->type}};
  codec->describe(module, layer);
  return layer;
}

std::unique_ptr<nn::Module> build(const Json& architecture, double numbers) {
  Budget budget(numbers);
  const ForkRng untouched;
  const nn::AnyModule module = build_node(architecture, "", budget, 0);
  return module->clone();
}

}  // namespace lamella::models
