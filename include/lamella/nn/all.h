// The whole of lamella::nn.
#pragma once

#include <lamella/nn/activation.h>
#include <lamella/nn/container.h>
#include <lamella/nn/conv.h>
#include <lamella/nn/distance.h>
#include <lamella/nn/dropout.h>
#include <lamella/nn/embedding.h>
#include <lamella/nn/init.h>
#include <lamella/nn/linear.h>
#include <lamella/nn/loss.h>
#include <lamella/nn/module.h>
#include <lamella/nn/norm.h>
#include <lamella/nn/padding.h>
#include <lamella/nn/parameter_container.h>
#include <lamella/nn/pool.h>
#include <lamella/nn/rearrange.h>
#include <lamella/nn/upsample.h>
