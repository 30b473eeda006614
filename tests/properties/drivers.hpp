// Drivers: each applies a sequence of operations to a part of the runtime and to its sequential
// specification, and tells where they first differ. Compiled for the native and for the hooked
// platform, whose drivers are one table each. Thread safety: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenterhook::tests {

// Drawn at random: each driver makes of it an operation that its protocol allows at that point.
struct op {
  int kind = 0;
  int p = 0;
  int n = 0;  // 0 to 100: a share of whatever is sensible
};

// The sizes that the specification goes by. Others than the platform's own must be found wrong.
struct rules {
  std::size_t runq_size;
  std::size_t gfree_high;
  std::size_t gfree_low;
  std::uint64_t goid_batch;
  std::uint32_t first_count = 1;  // of the semaphore
  unsigned lfstack_bottom = 0;    // nodes that are not there
  unsigned extra_iterations = 0;  // of parfor
  bool note_begins_woken = false;
};

struct setup {
  int procs = 1;
  bool go14 = false;
  std::uint32_t start = 0;  // of the run queues' indices
};

struct difference {
  const char* what = nullptr;  // null: none
  std::size_t step = 0;        // operation, from 0
  std::int64_t expected = 0;
  std::int64_t got = 0;

  // Keeps the first difference only.
  void same(const char* name, std::size_t at, std::int64_t wanted, std::int64_t found) {
    if (what == nullptr && wanted != found) *this = {name, at, wanted, found};
  }
};

using driver = difference (*)(const rules&, const setup&, const std::vector<op>&);

struct drivers {
  const char* platform;
  rules own;  // of the platform
  driver queues, lfstack, gfree, goid, sema, parfor, note;
};

}  // namespace tenterhook::tests

namespace tenterhook::native::tests {
extern const tenterhook::tests::drivers all;
}
namespace tenterhook::hooked::tests {
extern const tenterhook::tests::drivers all;
}
