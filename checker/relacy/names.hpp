// Names of cells and objects, for the trace: Relacy prints addresses. Filled only while the failing
// execution is recorded.
//
// Thread safety: none needed, as session.hpp.
#pragma once

#include "checker/relacy/relacy_headers.hpp"

namespace tenterhook::relacy::engine {

class names {
 public:
  void clear() { known_.clear(); }
  void cell(const void* begin, std::size_t bytes, const char* name, int index);
  void object(const void* begin, std::size_t bytes, const char* type, std::int64_t number);
  // "p1.runqhead", "runq[2]"; empty: unknown.
  std::string of(std::uintptr_t address) const;

 private:
  struct entry {
    std::uintptr_t begin;
    std::size_t bytes;
    bool is_cell;
    rl::string name;
  };
  rl::vector<entry>::type known_;
};

}  // namespace tenterhook::relacy::engine
