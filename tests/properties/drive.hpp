// The drivers of one platform, for their table.
#pragma once

#include "platform/plain.hpp"
#include "tests/properties/drivers.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::tests {

using tenterhook::tests::difference;
using tenterhook::tests::op;
using tenterhook::tests::rules;
using tenterhook::tests::setup;

difference drive_queues(const rules&, const setup&, const std::vector<op>&);
difference drive_lfstack(const rules&, const setup&, const std::vector<op>&);
difference drive_gfree(const rules&, const setup&, const std::vector<op>&);
difference drive_goid(const rules&, const setup&, const std::vector<op>&);
difference drive_sema(const rules&, const setup&, const std::vector<op>&);
difference drive_parfor(const rules&, const setup&, const std::vector<op>&);
difference drive_note(const rules&, const setup&, const std::vector<op>&);

// Where a driver is. Written at each call: to the checker a thread that only reads the same again
// and again waits for another one to change it.
class progress {
 public:
  void step() { count_.set(count_.get() + 1); }

 private:
  platform::plain<std::int64_t> count_{0, "progress"};
};

// 1 for n = 0, `most` for n = 100.
inline std::int64_t share(int n, std::size_t most) {
  return 1 + n * (static_cast<std::int64_t>(most) - 1) / 100;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::tests
