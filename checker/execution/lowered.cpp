#include "checker/execution/lowered.hpp"

namespace tenterhook::checker {
namespace {

bool acquires(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_consume ||
         order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}

bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

}  // namespace

Barriers load_barriers(GraphModel model, std::memory_order order) {
  const bool strongest = order == std::memory_order_seq_cst;
  if (!acquires(order)) return {};
  return {strongest ? Barrier::full : Barrier::none,
          model == GraphModel::power ? Barrier::instruction : Barrier::full};
}

Barriers store_barriers(GraphModel model, std::memory_order order) {
  const bool strongest = order == std::memory_order_seq_cst;
  if (!releases(order)) return {};
  if (model == GraphModel::power) return {strongest ? Barrier::full : Barrier::light, {}};
  return {Barrier::full, strongest ? Barrier::full : Barrier::none};
}

Barriers modify_barriers(GraphModel model, std::memory_order order, std::memory_order fail_order,
                         bool failed) {
  Barriers b;
  const bool power = model == GraphModel::power;
  if (releases(order)) {
    b.before = power && order != std::memory_order_seq_cst ? Barrier::light : Barrier::full;
  }
  if (acquires(failed ? fail_order : order)) {
    b.after = power ? Barrier::instruction : Barrier::full;
  }
  return b;
}

Barrier fence_barrier(GraphModel model, std::memory_order order) {
  if (order == std::memory_order_relaxed) return Barrier::none;
  const bool light = model == GraphModel::power && order != std::memory_order_seq_cst;
  return light ? Barrier::light : Barrier::full;
}

}  // namespace tenterhook::checker
