// Modules in safetensors files. The metadata's keys are documented in docs/formats/model-file.md.
#include <lamella/error.h>
#include <lamella/io/checkpoint.h>
#include <lamella/models.h>

#include <fmt/format.h>

#include <cmath>

#include "io/safetensors.h"
#include "models/architecture.h"

namespace lamella {
namespace {

using models::Fields;
using models::Json;

constexpr std::string_view kPrefix = "lamella.";
constexpr const char* kVersion = "lamella.version";
constexpr const char* kArchitecture = "lamella.architecture";
constexpr const char* kInput = "lamella.input";
constexpr const char* kClasses = "lamella.classes";
constexpr const char* kNormalization = "lamella.normalization";
constexpr const char* kDataset = "lamella.dataset";
constexpr std::string_view kThisVersion = "1";

/// What is no UTF-8 becomes U+FFFD: JSON holds nothing else.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Metadata metadata_of(const nn::Module& module, const ModelInfo& info) {
  Metadata metadata = info.other;
  for (const auto& [key, value] : info.other) {
    if (key.starts_with(kPrefix)) {
      throw ValueError(fmt::format(
          "save: the metadata's name \"{}\" is lamella's own; names that begin with \"{}\" are", key, kPrefix));
    }
  }
  const auto* const model = dynamic_cast<const models::Model*>(&module);
  const Dims input = info.input.empty() && model != nullptr ? model->input_shape() : info.input;
  metadata[kVersion] = kThisVersion;
  metadata[kArchitecture] = text_of(models::describe(module).value_or(Json{{"class", module.type_name()}}));
  if (!input.empty()) metadata[kInput] = text_of(std::vector<std::int64_t>(input.begin(), input.end()));
  if (!info.classes.empty()) metadata[kClasses] = text_of(info.classes);
  if (info.normalization) {
    metadata[kNormalization] = text_of({{"mean", info.normalization->mean}, {"std", info.normalization->std}});
  }
  if (!info.dataset.empty()) metadata[kDataset] = info.dataset;
  return metadata;
}

data::Normalization normalization_of(const Json& json) {
  const Fields fields(json, kNormalization);
  data::Normalization normalization{fields.reals("mean"), fields.reals("std")};
  if (normalization.mean.size() != normalization.std.size()) fields.fail("std", "as many numbers as there are means");
  for (const double std : normalization.std) {
    if (!(std > 0)) fields.fail("std", "numbers above 0");
  }
  fields.expect_no_others();
  return normalization;
}

/// Raises ValueError.
ModelInfo info_of(const Metadata& metadata) {
  if (const auto it = metadata.find(kVersion); it != metadata.end() && it->second != kThisVersion) {
    throw ValueError(fmt::format("it is of version {}, this lamella reads version {}", it->second, kThisVersion));
  }
  ModelInfo info;
  for (const auto& [key, value] : metadata) {
    if (!key.starts_with(kPrefix)) info.other.emplace(key, value);
  }
  const auto json = [&](const char* key) -> std::optional<Json> {
    const auto it = metadata.find(key);
    if (it == metadata.end()) return std::nullopt;
    return models::parse_json(it->second, key);
  };
  // Lists, put into an object so that Fields can say what is wrong with them.
  if (const auto input = json(kInput)) {
    const Json object{{kInput, *input}};
    const auto extents = Fields(object, "metadata").wholes(kInput);
    for (const std::int64_t extent : extents) {
      if (extent < 1) Fields(object, "metadata").fail(kInput, "numbers above 0");
    }
    info.input = Dims(extents.begin(), extents.end());
  }
  if (const auto classes = json(kClasses)) {
    const Json object{{kClasses, *classes}};
    if (!classes->is_array()) Fields(object, "metadata").fail(kClasses, "a list of names");
    for (const Json& name : *classes) {
      if (!name.is_string()) Fields(object, "metadata").fail(kClasses, "a list of names");
      info.classes.push_back(name.get<std::string>());
    }
  }
  if (const auto normalization = json(kNormalization)) info.normalization = normalization_of(*normalization);
  if (const auto it = metadata.find(kDataset); it != metadata.end()) info.dataset = it->second;
  return info;
}

/// Other errors than of files name no file: this adds it, and makes one line of them.
template <typename Fn>
auto naming(const std::filesystem::path& path, Fn&& fn) {
  try {
    return fn();
  } catch (const FileError&) {
    throw;
  } catch (const Error& error) {
    std::string line;
    for (const char c : std::string_view(error.what())) {
      const bool space = c == '\n' || c == '\t' || c == ' ';
      if (!space)
        line += c;
      else if (!line.empty() && line.back() != ' ')
        line += ' ';
    }
    throw FileError(fmt::format("{}: {}", path.string(), line));
  }
}

/// The dtype of the weights, if it is not what a new module has.
std::optional<DType> other_float_dtype(const NamedTensors& tensors) {
  std::optional<DType> dtype;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.is_floating_point()) continue;
    if (dtype && *dtype != tensor.dtype()) return std::nullopt;
    dtype = tensor.dtype();
  }
  return dtype;
}

std::unique_ptr<nn::Module> build(const TensorFile& file) {
  const auto it = file.metadata.find(kArchitecture);
  if (it == file.metadata.end()) {
    throw ValueError("it holds tensors, but says of no architecture; build the module and call load(path, module)");
  }
  const Json architecture = models::parse_json(it->second, kArchitecture);
  if (architecture.is_object() && architecture.contains("class")) {
    const std::string name = Fields(architecture, kArchitecture).word("class");
    throw ValueError(
        fmt::format("it holds the weights of {}, a class of the user's own, and not its architecture; build "
                    "a {} and call load(path, module)",
                    name, name));
  }
  double numbers = 0;
  for (const auto& [name, tensor] : file.tensors) numbers += static_cast<double>(tensor.numel());
  return models::build(architecture, numbers);
}

}  // namespace

ModelInfo info_of(const data::ImageDataset& dataset) {
  const Tensor& images = dataset.images();
  return {.input = {images.size(1), images.size(2), images.size(3)},
          .classes = dataset.classes(),
          .normalization = dataset.normalization(),
          .dataset = dataset.name()};
}

void save(const std::filesystem::path& path, const nn::Module& module, const ModelInfo& info) {
  const nn::StateDict state = module.state_dict();
  save(path, state.items(), metadata_of(module, info));
}

bool has_architecture(const nn::Module& module) { return models::describe(module).has_value(); }

nn::LoadReport load(const std::filesystem::path& path, nn::Module& module, nn::LoadOptions options) {
  const bool torch_file = path.extension() == ".pt" || path.extension() == ".pth";
  return naming(path, [&] {
    NamedTensors tensors = torch_file ? load_pt(path).tensors() : load(path).tensors;
    return module.load_state_dict(nn::StateDict(std::move(tensors)), options);
  });
}

LoadedModel load_model(const std::filesystem::path& path) {
  TensorFile file = load(path);
  return naming(path, [&] {
    LoadedModel model{nullptr, info_of(file.metadata)};
    model.module = build(file);
    if (const auto dtype = other_float_dtype(file.tensors)) model.module->to(*dtype);
    model.module->load_state_dict(nn::StateDict(std::move(file.tensors)));
    model.module->eval();
    if (const auto* known = dynamic_cast<const models::Model*>(model.module.get()); known && model.info.input.empty()) {
      model.info.input = known->input_shape();
    }
    return model;
  });
}

ModelInfo read_model_info(const std::filesystem::path& path) {
  const io::SafetensorsFile file(path);
  return naming(path, [&] { return info_of(file.metadata()); });
}

}  // namespace lamella
