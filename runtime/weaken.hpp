// How a defect weakens an access: the order is the defect's one difference, so the access itself
// stands once. Natively a defect is constantly off, and the choice folds away.
#pragma once

#include <cstdint>

#include "platform/atomic.hpp"
#include "platform/check.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// `order`, or relaxed while the defect is switched on.
inline std::memory_order relaxed_by(std::uint32_t defect, std::memory_order order) {
  return platform::defect(defect) ? std::memory_order_relaxed : order;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
