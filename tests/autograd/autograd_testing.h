// Helpers of the autograd tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

namespace lamella::testing {

/// The text of the error that `fn` raises, or "no error".
template <typename Fn>
std::string error_of(Fn&& fn) {
  try {
    fn();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

inline ::testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "'" << part << "' is not in: " << text;
}

inline Tensor leaf(const NestedList& values) {
  return tensor(values, {.dtype = DType::kFloat32, .requires_grad = true});
}

using Numbers = std::vector<float>;
inline Numbers numbers(const Tensor& tensor) { return tensor.to_vector<float>(); }

}  // namespace lamella::testing
