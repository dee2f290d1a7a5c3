// Numbers as tensors of a schedule's state dict, and back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <lamella/nn/state_dict.h>

namespace lamella::optim {

void put(nn::StateDict& state, const std::string& name, std::int64_t value);
void put(nn::StateDict& state, const std::string& name, double value);
void put(nn::StateDict& state, const std::string& name, const std::vector<double>& values);

/// Raises ValueError where the name is missing or its tensor has another number of elements.
std::vector<double> take(const nn::StateDict& state, const std::string& name, std::size_t count = 1);

}  // namespace lamella::optim
