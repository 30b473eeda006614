// Results as bytes, for pipes and checkpoints: what an exploration came to so far, without verdict.
#pragma once

#include "checker/explore/explorer.hpp"
#include "checker/graph/bytes.hpp"

namespace tenterhook::checker {

void put_result(Bytes& out, const Result& result);
Result get_result(Bytes& in);  // throws std::runtime_error

}  // namespace tenterhook::checker
