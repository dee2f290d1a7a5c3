// What holds for every operator, by its sample record: it runs in every layout with equal values, its derivatives are
// those of differences, it replays with equal bits, and no public operator lacks a record.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include <lamella/error.h>

#include "ops/all_samples.h"
#include "ops/recording.h"
#include "ops/sample_inputs.h"

namespace lamella::testing {
namespace {

class EveryOperator : public ::testing::TestWithParam<std::size_t> {
 protected:
  const Operator& op() const { return all_operators()[GetParam()]; }
};

std::string name_of_test(const ::testing::TestParamInfo<std::size_t>& info) {
  std::string name = all_operators()[info.param].name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Samples, EveryOperator, ::testing::Range<std::size_t>(0, all_operators().size()),
                         name_of_test);

std::string describe(const Sample& sample, Layout layout) {
  std::string text = sample.torch + ", " + std::string(name_of(layout)) + ", on";
  for (const Input& input : sample.inputs) text += " " + to_string(input.shape);
  return text;
}

bool has_number(const Sample& sample) {
  return std::any_of(sample.inputs.begin(), sample.inputs.end(),
                     [](const Input& i) { return i.is_number() && !i.dtype; });
}

bool has_derivative(const Sample& sample) {
  return std::any_of(sample.inputs.begin(), sample.inputs.end(), [](const Input& i) {
    return i.is_number() && i.wants_grad && !i.dtype && checked_numel(i.shape) > 0 && checked_numel(i.shape) <= 130;
  });
}

/// The same bytes, in row-major order.
bool same_bits(const Tensor& a, const Tensor& b) {
  if (!(a.shape() == b.shape()) || a.dtype() != b.dtype()) return false;
  const Tensor x = a.detach().clone(MemoryFormat::kContiguous);
  const Tensor y = b.detach().clone(MemoryFormat::kContiguous);
  const auto bytes = static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  return bytes == 0 || std::memcmp(x.data_ptr(), y.data_ptr(), bytes) == 0;
}

/// Calls the sample; an error makes the test fail with its text.
TensorList outputs_of(const Sample& sample, const TensorList& inputs) {
  try {
    return sample.call(inputs);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
    return {};
  }
}

// A channels-last or otherwise strided input may lead to another kernel, which may add in another order: 1e-5, a
// hundred units in the last place of float32, times what the record allows.
TEST_P(EveryOperator, GivesEqualValuesInEveryLayout) {
  for (const Sample& sample : op().samples) {
    if (!op().layouts || sample.raises || !has_number(sample)) continue;
    for (const Layout layout : kLayouts) {
      if (layout == Layout::kPlain || !has_layout(sample, layout)) continue;
      SCOPED_TRACE(describe(sample, layout));
      const TensorList strided = inputs_of(sample, DType::kFloat32, layout);
      TensorList plain;
      for (const Tensor& input : strided)
        plain.push_back(input.defined() ? input.clone(MemoryFormat::kContiguous) : input);
      const TensorList expected = outputs_of(sample, plain);
      const TensorList actual = outputs_of(sample, strided);
      ASSERT_EQ(actual.size(), expected.size());
      // Dropout draws in the order of memory, as PyTorch does: another layout is another draw.
      if (op().name == "dropout" || op().name.starts_with("Tensor.")) continue;
      for (std::size_t i = 0; i < actual.size(); ++i) {
        ASSERT_EQ(actual[i].shape(), expected[i].shape());
        EXPECT_TRUE(allclose(actual[i].to(DType::kFloat64), expected[i].to(DType::kFloat64),
                             1e-5 * op().tolerance + 1e-12, 1e-5 * op().tolerance + 1e-12, true));
      }
    }
  }
}

TEST_P(EveryOperator, HasTheDerivativeOfDifferences) {
  for (const Sample& sample : op().samples) {
    if (sample.raises || !has_derivative(sample) || !op().differences) continue;
    SCOPED_TRACE(describe(sample, Layout::kPlain));
    const TensorList inputs = inputs_of(sample, DType::kFloat64, Layout::kPlain, true);
    const TensorList outputs = outputs_of(sample, inputs);
    if (!std::any_of(outputs.begin(), outputs.end(), [](const Tensor& t) { return t.requires_grad(); })) continue;
    EXPECT_EQ(gradcheck(sample.call, inputs), "");
  }
}

TEST_P(EveryOperator, HasTheSecondDerivativeOfDifferences) {
  for (const Sample& sample : op().samples) {
    std::int64_t elements = 0;
    for (const Input& input : sample.inputs) elements += checked_numel(input.shape);
    if (sample.raises || !has_derivative(sample) || !op().differences || elements > 150) continue;
    SCOPED_TRACE(describe(sample, Layout::kPlain));
    const TensorList inputs = inputs_of(sample, DType::kFloat64, Layout::kPlain, true);
    const TensorList outputs = outputs_of(sample, inputs);
    if (!std::any_of(outputs.begin(), outputs.end(), [](const Tensor& t) { return t.requires_grad(); })) continue;
    const std::string result = gradgradcheck(sample.call, inputs);
    const bool constant =
        result.find("no output depends") != std::string::npos;  // the first derivative of a linear one
    EXPECT_EQ(constant ? "" : result, "");
  }
}

TEST_P(EveryOperator, ReplaysWithEqualBits) {
  for (const Sample& sample : op().samples) {
    if (sample.raises || !op().replays) continue;
    SCOPED_TRACE(describe(sample, Layout::kPlain));
    const TensorList inputs = inputs_of(sample, DType::kFloat32);
    Recording recording;
    {
      const RecorderScope scope(&recording);
      outputs_of(sample, inputs);
    }
    // Outputs are compared with copies, since an in-place call overwrites what it is replayed on; random ones are not
    // operators' results but inputs, except where the generator itself is the operator.
    bool random = false;
    for (std::size_t i = 0; i < recording.size(); ++i) {
      for (const char* name : {"uniform", "normal", "bernoulli", "randint", "randperm", "random"}) {
        random = random || recording.op(i).name.find(name) != std::string_view::npos;
      }
    }
    if (random) continue;
    const std::vector<TensorList> again = recording.replay();
    for (std::size_t i = 0; i < again.size(); ++i) {
      for (std::size_t k = 0; k < again[i].size(); ++k) {
        EXPECT_TRUE(same_bits(again[i][k], recording.outputs(i)[k])) << "call " << i << ", " << recording.op(i).name;
      }
    }
  }
}

TEST_P(EveryOperator, RefusesWhatPyTorchRefuses) {
  for (const Sample& sample : op().samples) {
    if (!sample.raises) continue;
    const TensorList inputs = inputs_of(sample, DType::kFloat32, Layout::kPlain, true);
    EXPECT_THROW(sample.call(inputs), Error) << describe(sample, Layout::kPlain);
  }
}

TEST_P(EveryOperator, SaysWhyItsToleranceIsNotTheUsualOne) { EXPECT_EQ(op().tolerance == 1, op().reason.empty()); }

/// The names of the functions that a header declares at namespace scope.
std::set<std::string> functions_of(const std::filesystem::path& header) {
  static const std::regex declaration(R"(^(?:const )?(?:[A-Z]\w+|bool)&? (\w+)\(.*)");
  std::ifstream file(header);
  std::set<std::string> names;
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_match(line, match, declaration) && match[1] != "operator") names.insert(match[1]);
  }
  return names;
}

TEST(Samples, CoverEveryPublicOperator) {
  const std::filesystem::path headers = std::filesystem::path(__FILE__).parent_path() / "../../include/lamella/ops";
  ASSERT_TRUE(std::filesystem::exists(headers));
  std::set<std::string> known;
  for (const Operator& op : all_operators()) {
    known.insert(op.name);
    EXPECT_FALSE(op.samples.empty()) << op.name;
  }
  std::size_t functions = 0;
  for (const auto& entry : std::filesystem::directory_iterator(headers)) {
    for (const std::string& name : functions_of(entry.path())) {
      ++functions;
      EXPECT_TRUE(known.contains(name)) << entry.path().filename() << " declares " << name
                                        << ", which has no record in tests/ops/<family>_samples.h";
    }
  }
  EXPECT_GT(functions, 100u) << "the headers are not read as they are written";
}

}  // namespace
}  // namespace lamella::testing
