// The kinds of C++ operations that a lowering is asked about. What hardware events each becomes is
// the per-port event table, which comes with the first model that tells those events apart.
#pragma once

namespace tenterhook::arch {

enum class operation {
  load,
  store,
  // A read-modify-write that writes: exchange, fetch_add, a compare-exchange that succeeds.
  rmw,
  // A compare-exchange that fails. Its order is the failure order. On x86 the instruction is
  // locked all the same; with ll/sc it is a load, and what follows it depends on the order.
  failed_cas,
  fence,
};

}  // namespace tenterhook::arch
