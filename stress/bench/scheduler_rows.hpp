// What tenterhook-bench-scheduler measures: each row in a runtime of ours. scheduler.go has them
// for Go, under the same names, with the same sizes.
//
// Thread safety: one row at a time in a process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tenterhook::stress {

struct bench_row {
  std::string name;
  std::string unit;
  std::string about;
  bool computes;                    // its CPU time says how fast it is
  std::int64_t size;                // how much of it is one measurement
  std::vector<std::int32_t> procs;  // with which GOMAXPROCS
  double (*ours)(std::int32_t procs, std::int64_t size);  // one measurement, in `unit`
};

const std::vector<bench_row>& bench_rows();

}  // namespace tenterhook::stress
